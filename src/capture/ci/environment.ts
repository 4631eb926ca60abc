/**
 * Stage 1, CI: which job of which build server we are in, and for which pull request, as its environment and the event
 * that started it say. Pure: variables and a parsed payload in, one value out. Takes nothing on trust, and never reads a
 * token.
 */
import { buildkite, circleCi, jenkins } from './build-servers.ts';
import { generic, withOwnVariables } from './generic.ts';
import { githubActions } from './github-actions.ts';
import { gitlabCi } from './gitlab-ci.ts';
import type { CiEnvironment } from './job.ts';
import type { Variables } from './values.ts';

/** What a job is called for itself, where the environment does not say it. */
export interface SaidOfJob {
  readonly job?: string | undefined;
  readonly matrix?: string | undefined;
  readonly conclusion?: string | undefined;
  readonly jobId?: string | undefined;
}

/**
 * Recognises the build server whose job we are in; `undefined` where there is none.
 *
 * The variables are those of the servers' own documentation, named in the file of each. GITTRACE_CI_… win over them, so
 * that any server can be made known.
 *
 * @param event the parsed payload of GITHUB_EVENT_PATH, if there is one
 * @example
 * ciEnvironment({ GITLAB_CI: 'true', CI_PIPELINE_ID: '7' })?.provider // 'gitlab-ci'
 */
export function ciEnvironment(env: Variables, event?: unknown): CiEnvironment | undefined {
  const recognised = recognise(env, event);
  return recognised === undefined ? undefined : withOwnVariables(recognised, env);
}

function recognise(env: Variables, event: unknown): CiEnvironment | undefined {
  if (env['GITHUB_ACTIONS'] === 'true') return githubActions(env, event);
  if (env['GITLAB_CI'] === 'true') return gitlabCi(env);
  if (env['CIRCLECI'] === 'true') return circleCi(env);
  if (env['BUILDKITE'] === 'true') return buildkite(env);
  // JENKINS_URL is missing where the administrator has set none; the tag always begins so
  if (env['JENKINS_URL'] !== undefined || env['BUILD_TAG']?.startsWith('jenkins-')) return jenkins(env);
  return generic(env);
}

/**
 * The environment with what a person or an action says of the job: an empty text says nothing.
 *
 * @example
 * withSaid(ciEnvironment({ GITLAB_CI: 'true' }), { job: 'unit' }).job // 'unit'
 */
export function withSaid(environment: CiEnvironment, { job, matrix, conclusion, jobId }: SaidOfJob): CiEnvironment {
  return {
    ...environment,
    job: job || environment.job,
    // what `toJSON(matrix)` gives for a job without a matrix
    matrix: (matrix === 'null' ? '' : compact(matrix)) || environment.matrix,
    conclusion: conclusion || environment.conclusion,
    jobId: jobId || environment.jobId,
  };
}

/** JSON in one line; any other text as it is. */
function compact(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
