/**
 * Stage 1, CI: GitLab CI. Variables: https://docs.gitlab.com/ci/variables/predefined_variables/. A retried job has a new
 * CI_JOB_ID and no count, so the id tells jobs apart. CI_COMMIT_SHA is a test merge in pipelines for merged results, and
 * only there CI_MERGE_REQUEST_SOURCE_BRANCH_SHA says what was pushed. Pure.
 */
import type { CiEnvironment, CiHost, CiPullRequest } from './job.ts';
import { branchIn, numberIn, oidIn, repositoryIn, textIn, timeIn, urlIn, type Variables } from './values.ts';

const CONCLUSIONS: Readonly<Record<string, string>> = { success: 'success', failed: 'failure', canceled: 'cancelled' };

/** Reads the environment of a job. */
export function gitlabCi(env: Variables): CiEnvironment {
  const host = hostOf(env);
  const pullRequest = pullRequestOf(env, host);
  return {
    provider: 'gitlab-ci',
    runId: textIn(env['CI_PIPELINE_ID']) ?? null,
    runUrl: urlIn(env['CI_JOB_URL']) ?? urlIn(env['CI_PIPELINE_URL']) ?? null,
    workflow: textIn(env['CI_PIPELINE_NAME']) ?? null,
    job: textIn(env['CI_JOB_NAME']) ?? null,
    attempt: null,
    matrix: null,
    jobId: textIn(env['CI_JOB_ID']) ?? null,
    sha: pullRequest?.head?.oid ?? oidIn(env['CI_COMMIT_SHA']) ?? null,
    ref: textIn(env['CI_MERGE_REQUEST_REF_PATH']) ?? refOf(env),
    branch: pullRequest?.head?.branch ?? branchIn(env['CI_COMMIT_BRANCH']) ?? null,
    event: textIn(env['CI_PIPELINE_SOURCE']) ?? null,
    action: null,
    actor: textIn(env['GITLAB_USER_LOGIN']) ?? null,
    startedAt: timeIn(env['CI_JOB_STARTED_AT']) ?? null,
    // known in after_script; until then it says running
    conclusion: CONCLUSIONS[env['CI_JOB_STATUS'] ?? ''] ?? null,
    host,
    pullRequest,
    stepSummary: null,
  };
}

function hostOf(env: Variables): CiHost | null {
  const serverUrl = urlIn(env['CI_SERVER_URL']);
  const repository = repositoryIn(env['CI_MERGE_REQUEST_PROJECT_PATH']) ?? repositoryIn(env['CI_PROJECT_PATH']);
  if (serverUrl === undefined || repository === undefined) return null;
  return { name: new URL(serverUrl).hostname, repository, serverUrl, apiUrl: urlIn(env['CI_API_V4_URL']) ?? null };
}

function refOf(env: Variables): string | null {
  const [branch, tag] = [branchIn(env['CI_COMMIT_BRANCH']), branchIn(env['CI_COMMIT_TAG'])];
  return branch !== undefined ? `refs/heads/${branch}` : tag !== undefined ? `refs/tags/${tag}` : null;
}

function pullRequestOf(env: Variables, host: CiHost | null): CiPullRequest | null {
  const number = numberIn(env['CI_MERGE_REQUEST_IID']);
  if (number === undefined) return openOfBranch(env, host);
  const branch = branchIn(env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME']);
  const base = branchIn(env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME']);
  const isMerged = env['CI_MERGE_REQUEST_EVENT_TYPE'] === 'merged_result' || env['CI_MERGE_REQUEST_EVENT_TYPE'] === 'merge_train';
  const oid = oidIn(env['CI_MERGE_REQUEST_SOURCE_BRANCH_SHA']) ?? (isMerged ? undefined : oidIn(env['CI_COMMIT_SHA'])) ?? null;
  const repository = repositoryIn(env['CI_MERGE_REQUEST_SOURCE_PROJECT_PATH']) ?? null;
  const project = urlIn(env['CI_MERGE_REQUEST_SOURCE_PROJECT_URL']);
  return {
    number,
    repository: host?.repository ?? null,
    head:
      branch === undefined
        ? null
        : { branch, oid, repository, cloneUrl: repository === null || project === undefined ? null : `${project}.git` },
    base: base === undefined ? null : { branch: base },
    facts: null,
  };
}

/** In a branch's pipeline: the one open merge request of the branch, as `group/project!7`. At most four are told. */
function openOfBranch(env: Variables, host: CiHost | null): CiPullRequest | null {
  const open = (env['CI_OPEN_MERGE_REQUESTS'] ?? '').split(',').filter((one) => one !== '');
  const [, path, iid] = /^(.+)!([0-9]+)$/.exec(open.length === 1 ? (open[0] ?? '') : '') ?? [];
  const number = numberIn(iid);
  const branch = branchIn(env['CI_COMMIT_BRANCH']);
  if (number === undefined || branch === undefined || host === null || repositoryIn(path) !== host.repository) return null;
  const project = urlIn(env['CI_PROJECT_URL']);
  const head = { branch, oid: oidIn(env['CI_COMMIT_SHA']) ?? null, repository: host.repository };
  return {
    number,
    repository: host.repository,
    head: { ...head, cloneUrl: project === undefined ? null : `${project}.git` },
    base: null,
    facts: null,
  };
}
