/**
 * Stage 1, CI: any other build server, by CI=true and our own GITTRACE_CI_… variables (docs/ci.md). They also win over
 * what a known server says, for where that is wrong or missing. Pure.
 */
import { parseTraceArgument } from '../../core/trace-name.ts';
import { hostOfUrl } from './build-servers.ts';
import type { CiEnvironment, CiPullRequest } from './job.ts';
import { branchIn, countIn, numberIn, oidIn, textIn, timeIn, urlIn, type Variables } from './values.ts';

const NOTHING: CiEnvironment = {
  provider: 'ci',
  runId: null,
  runUrl: null,
  workflow: null,
  job: null,
  attempt: null,
  matrix: null,
  jobId: null,
  sha: null,
  ref: null,
  branch: null,
  event: null,
  action: null,
  actor: null,
  startedAt: null,
  conclusion: null,
  host: null,
  pullRequest: null,
  stepSummary: null,
};

/** A build server of which nothing else is known. */
export function generic(env: Variables): CiEnvironment | undefined {
  const isCi = (env['CI'] ?? '') !== '' && env['CI'] !== 'false' && env['CI'] !== '0';
  return isCi || Object.keys(env).some((name) => OWN.has(name)) ? NOTHING : undefined;
}

const OWN = new Set(['GITTRACE_CI_RUN_ID', 'GITTRACE_CI_PROVIDER', 'GITTRACE_CI_PULL_REQUEST']);

/** The environment with what GITTRACE_CI_… say; empty ones say nothing. */
export function withOwnVariables(environment: CiEnvironment, env: Variables): CiEnvironment {
  const said = (name: string): string | undefined => textIn(env[`GITTRACE_CI_${name}`]);
  const host = hostOfUrl(said('REPOSITORY_URL')) ?? environment.host;
  const branch = branchIn(said('BRANCH')) ?? environment.branch;
  const sha = oidIn(said('SHA')) ?? environment.sha;
  const number = said('PULL_REQUEST');
  return {
    ...environment,
    provider: said('PROVIDER') ?? environment.provider,
    runId: said('RUN_ID') ?? environment.runId,
    runUrl: urlIn(said('RUN_URL')) ?? environment.runUrl,
    workflow: said('WORKFLOW') ?? environment.workflow,
    job: said('JOB') ?? environment.job,
    attempt: countIn(said('ATTEMPT')) ?? environment.attempt,
    matrix: said('MATRIX') ?? environment.matrix,
    jobId: said('JOB_ID') ?? environment.jobId,
    sha,
    branch,
    event: said('EVENT') ?? environment.event,
    actor: said('ACTOR') ?? environment.actor,
    startedAt: timeIn(said('STARTED_AT')) ?? environment.startedAt,
    conclusion: said('CONCLUSION') ?? environment.conclusion,
    host,
    pullRequest: number === undefined ? environment.pullRequest : pullRequestOf(number, { ...environment, branch, sha, host }, env),
  };
}

/** The pull request that a number or an address means; anything else, such as `false`, means that there is none. */
function pullRequestOf(said: string, { branch, sha, host, pullRequest }: CiEnvironment, env: Variables): CiPullRequest | null {
  const number = numberIn(said) ?? numberOf(said);
  if (number === undefined) return null;
  if (number === pullRequest?.number) return pullRequest;
  const base = branchIn(env['GITTRACE_CI_BASE']);
  return {
    number,
    repository: host?.repository ?? null,
    head: branch === null ? null : { branch, oid: sha, repository: host?.repository ?? null, cloneUrl: cloneUrlOf(host) },
    base: base === undefined ? null : { branch: base },
    facts: null,
  };
}

function cloneUrlOf(host: CiEnvironment['host']): string | null {
  return host === null ? null : `${host.serverUrl}/${host.repository}.git`;
}

function numberOf(text: string): string | undefined {
  try {
    const meant = parseTraceArgument(text);
    return meant.kind === 'number' ? meant.number : undefined;
  } catch {
    return undefined;
  }
}
