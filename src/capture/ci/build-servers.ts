/**
 * Stage 1, CI: build servers that are no code hosts. They know the repository by its URL and a pull request by its
 * number. CircleCI: https://circleci.com/docs/reference/variables/; Buildkite:
 * https://buildkite.com/docs/pipelines/configure/environment-variables; Jenkins: https://www.jenkins.io/doc/book/pipeline/jenkinsfile/
 * and the change request variables of Branch API. Pure.
 */
import { parseRemoteUrl } from '../../core/pull-request.ts';
import { parseTraceArgument } from '../../core/trace-name.ts';
import type { CiEnvironment, CiHost, CiPullRequest } from './job.ts';
import { branchIn, countIn, numberIn, oidIn, repositoryIn, textIn, urlIn, type Variables } from './values.ts';

const UNSAID = { action: null, startedAt: null, stepSummary: null };

/** Reads the environment of a CircleCI job. */
export function circleCi(env: Variables): CiEnvironment {
  const host = hostOfUrl(env['CIRCLE_REPOSITORY_URL']);
  // of several pull requests of one branch CIRCLE_PULL_REQUEST is any one
  const urls = (env['CIRCLE_PULL_REQUESTS'] ?? env['CIRCLE_PULL_REQUEST'] ?? '').split(',').filter((url) => url !== '');
  const number = numberIn(env['CIRCLE_PR_NUMBER']) ?? (urls.length === 1 ? numberOfUrl(urls[0]) : undefined);
  const isTag = textIn(env['CIRCLE_TAG']) !== undefined;
  const sha = oidIn(env['CIRCLE_SHA1']) ?? null;
  // a fork's branch is called pull/<number> here, and its own name is not told
  const said = branchIn(env['CIRCLE_BRANCH']);
  const branch = said === undefined || /^pull\/[0-9]+(?:\/head)?$/.test(said) ? null : said;
  const fork = repositoryIn(`${env['CIRCLE_PR_USERNAME'] ?? ''}/${env['CIRCLE_PR_REPONAME'] ?? ''}`) ?? null;
  return {
    ...UNSAID,
    provider: 'circleci',
    runId: textIn(env['CIRCLE_WORKFLOW_ID']) ?? textIn(env['CIRCLE_BUILD_NUM']) ?? null,
    runUrl: urlIn(env['CIRCLE_BUILD_URL']) ?? null,
    workflow: null,
    job: textIn(env['CIRCLE_JOB']) ?? null,
    attempt: null,
    matrix: partOf(countIn(env['CIRCLE_NODE_INDEX']), countIn(env['CIRCLE_NODE_TOTAL'])),
    // with the index: parallel runs of one job share the number of the job
    jobId: textIn(env['CIRCLE_WORKFLOW_JOB_ID']) ?? textIn(env['CIRCLE_BUILD_NUM']) ?? null,
    sha,
    ref: isTag || branch === null ? null : `refs/heads/${branch}`,
    branch,
    event: null,
    actor: textIn(env['CIRCLE_USERNAME']) ?? null,
    conclusion: null,
    host,
    pullRequest: number === undefined ? null : pullRequestOf(number, { branch, sha, base: undefined, fork }, host),
  };
}

/** Reads the environment of a Buildkite job. */
export function buildkite(env: Variables): CiEnvironment {
  const host = hostOfUrl(env['BUILDKITE_REPO']);
  const number = numberIn(env['BUILDKITE_PULL_REQUEST']); // "false" on no pull request
  const fork = hostOfUrl(env['BUILDKITE_PULL_REQUEST_REPO'])?.repository ?? null;
  const isFork = fork !== null && fork !== host?.repository;
  // a fork's branch comes with its owner before it
  const branch = branchIn(isFork ? env['BUILDKITE_BRANCH']?.replace(/^[\w.-]+:/, '') : env['BUILDKITE_BRANCH']) ?? null;
  const sha = oidIn(env['BUILDKITE_COMMIT']) ?? null; // "HEAD" where nobody said which
  const exit = countIn(env['BUILDKITE_COMMAND_EXIT_STATUS']);
  const retries = countIn(env['BUILDKITE_RETRY_COUNT']);
  return {
    ...UNSAID,
    provider: 'buildkite',
    runId: textIn(env['BUILDKITE_BUILD_ID']) ?? null,
    runUrl: urlIn(env['BUILDKITE_BUILD_URL']) ?? null,
    workflow: textIn(env['BUILDKITE_PIPELINE_NAME']) ?? textIn(env['BUILDKITE_PIPELINE_SLUG']) ?? null,
    job: textIn(env['BUILDKITE_LABEL']) ?? textIn(env['BUILDKITE_STEP_KEY']) ?? null,
    attempt: retries === undefined ? null : retries + 1,
    matrix: partOf(countIn(env['BUILDKITE_PARALLEL_JOB']), countIn(env['BUILDKITE_PARALLEL_JOB_COUNT'])),
    jobId: textIn(env['BUILDKITE_JOB_ID']) ?? null,
    sha,
    ref: branch === null || number !== undefined ? null : `refs/heads/${branch}`,
    branch,
    event: textIn(env['BUILDKITE_SOURCE']) ?? null,
    actor: textIn(env['BUILDKITE_BUILD_CREATOR']) ?? null,
    // known to the hooks that come after the command
    conclusion: exit === undefined ? null : exit === 0 ? 'success' : 'failure',
    host,
    pullRequest:
      number === undefined ? null : pullRequestOf(number, { branch, sha, base: env['BUILDKITE_PULL_REQUEST_BASE_BRANCH'], fork }, host),
  };
}

/** Reads the environment of a Jenkins build. */
export function jenkins(env: Variables): CiEnvironment {
  const host = hostOfUrl(env['GIT_URL'] ?? env['GIT_URL_1']) ?? hostOfChange(env['CHANGE_URL']);
  const number = numberIn(env['CHANGE_ID']);
  const branch =
    branchIn(env['CHANGE_BRANCH']) ??
    (number === undefined ? (branchIn(env['BRANCH_NAME']) ?? branchIn(env['GIT_BRANCH']?.replace(/^origin\//, ''))) : undefined) ??
    null;
  const sha = oidIn(env['GIT_COMMIT']) ?? null;
  // `user`, or `user/repository` where the names differ
  const said = textIn(env['CHANGE_FORK']);
  const name = host?.repository.split('/').at(-1) ?? '';
  const fork = said === undefined ? (host?.repository ?? null) : (repositoryIn(said) ?? repositoryIn(`${said}/${name}`) ?? null);
  return {
    ...UNSAID,
    provider: 'jenkins',
    runId: textIn(env['BUILD_TAG']) ?? textIn(env['BUILD_ID']) ?? textIn(env['BUILD_NUMBER']) ?? null,
    runUrl: urlIn(env['BUILD_URL']) ?? null,
    workflow: textIn(env['JOB_NAME']) ?? null,
    job: textIn(env['STAGE_NAME']) ?? null,
    attempt: null,
    matrix: null,
    jobId: null,
    sha,
    ref: branch === null || number !== undefined ? null : `refs/heads/${branch}`,
    branch,
    event: null,
    actor: textIn(env['CHANGE_AUTHOR']) ?? null,
    conclusion: null,
    host,
    pullRequest: number === undefined ? null : pullRequestOf(number, { branch, sha, base: env['CHANGE_TARGET'], fork }, host),
  };
}

interface Sides {
  readonly branch: string | null;
  readonly sha: string | null;
  readonly base: string | undefined;
  readonly fork: string | null;
}

function pullRequestOf(number: string, { branch, sha, base, fork }: Sides, host: CiHost | null): CiPullRequest {
  const target = branchIn(base);
  const cloneUrl = fork === null || host === null ? null : `${host.serverUrl}/${fork}.git`;
  return {
    number,
    repository: host?.repository ?? null,
    head: branch === null ? null : { branch, oid: sha, repository: fork, cloneUrl },
    base: target === undefined ? null : { branch: target },
    facts: null,
  };
}

/** The host that a clone's URL names. An ssh address tells the host; that it speaks https too is a guess that may fail. */
export function hostOfUrl(url: string | undefined): CiHost | null {
  const hosted = url === undefined ? undefined : parseRemoteUrl(url);
  const repository = repositoryIn(hosted?.path);
  if (hosted === undefined || repository === undefined) return null;
  const web = urlIn(url);
  return {
    name: hosted.host,
    repository,
    serverUrl: web === undefined ? `https://${hosted.host}` : new URL(web).origin,
    apiUrl: null,
  };
}

/** The host that a pull request's address names. */
function hostOfChange(url: string | undefined): CiHost | null {
  const meant = argumentOf(url);
  const repository = repositoryIn(meant?.repository);
  const web = urlIn(url);
  if (web === undefined || repository === undefined) return null;
  const { hostname, origin } = new URL(web);
  return { name: hostname, repository, serverUrl: origin, apiUrl: null };
}

function numberOfUrl(url: string | undefined): string | undefined {
  return numberIn(argumentOf(url)?.number);
}

function argumentOf(url: string | undefined): { number: string; repository?: string } | undefined {
  try {
    const meant = parseTraceArgument(url ?? '');
    return meant.kind === 'number' ? meant : undefined;
  } catch {
    return undefined;
  }
}

/** The third of ten parallel jobs as `3/10`; null for the only one. */
function partOf(index: number | undefined, total: number | undefined): string | null {
  return index === undefined || total === undefined || total < 2 ? null : `${index + 1}/${total}`;
}
