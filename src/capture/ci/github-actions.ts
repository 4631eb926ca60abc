/**
 * Stage 1, CI: GitHub Actions. Variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables;
 * payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads. GITHUB_SHA is the test merge on
 * pull_request, and the base branch on pull_request_target and workflow_run, so it counts on no pull request. Pure.
 */
import type { CiEnvironment, CiHost, CiPullRequest, CiPullRequestFacts } from './job.ts';
import { branchIn, countIn, memberIn, numberIn, oidIn, repositoryIn, textIn, timeIn, urlIn, type Variables } from './values.ts';

/** Where the members of a run come from: what was pushed, and for which pull request. */
type Found = Pick<CiEnvironment, 'sha' | 'branch' | 'pullRequest'>;

/** Reads the environment of a job, and the event that started it. */
export function githubActions(env: Variables, event: unknown): CiEnvironment {
  const host = hostOf(env);
  const runId = textIn(env['GITHUB_RUN_ID']) ?? null;
  const attempt = countIn(env['GITHUB_RUN_ATTEMPT']) ?? null;
  const name = textIn(env['GITHUB_EVENT_NAME']) ?? null;
  return {
    provider: 'github-actions',
    runId,
    runUrl:
      host === null || runId === null
        ? null
        : `${host.serverUrl}/${host.repository}/actions/runs/${runId}${(attempt ?? 1) > 1 ? `/attempts/${attempt}` : ''}`,
    workflow: textIn(env['GITHUB_WORKFLOW']) ?? null,
    job: textIn(env['GITHUB_JOB']) ?? null,
    attempt,
    matrix: null,
    jobId: null,
    ref: textIn(env['GITHUB_REF']) ?? null,
    event: name,
    action: textIn(memberIn(event, 'action')) ?? null,
    // who re-runs a run is not who started it
    actor: textIn(env['GITHUB_TRIGGERING_ACTOR']) ?? textIn(env['GITHUB_ACTOR']) ?? null,
    startedAt: null,
    conclusion: null,
    host,
    stepSummary: env['GITHUB_STEP_SUMMARY'] || null,
    ...found(env, event, name, host),
  };
}

function hostOf(env: Variables): CiHost | null {
  const serverUrl = urlIn(env['GITHUB_SERVER_URL']);
  const repository = repositoryIn(env['GITHUB_REPOSITORY']);
  if (serverUrl === undefined || repository === undefined) return null;
  return { name: new URL(serverUrl).hostname, repository, serverUrl, apiUrl: urlIn(env['GITHUB_API_URL']) ?? null };
}

function found(env: Variables, event: unknown, name: string | null, host: CiHost | null): Found {
  switch (name) {
    case 'pull_request':
    case 'pull_request_target':
    case 'pull_request_review':
    case 'pull_request_review_comment':
      return ofPullRequest(pullRequestIn(memberIn(event, 'pull_request'), host) ?? pullRequestOfRef(env, host), null);
    case 'issue_comment':
      return ofPullRequest(issueIn(memberIn(event, 'issue'), host), null);
    case 'workflow_run':
      return ofRun(memberIn(event, 'workflow_run'), memberIn(event, 'repository', 'id'), host);
    case 'merge_group':
      return ofMergeGroup(memberIn(event, 'merge_group'), host);
    default:
      return { sha: oidIn(env['GITHUB_SHA']) ?? null, branch: branchOfRef(env['GITHUB_REF']), pullRequest: null };
  }
}

function ofPullRequest(pullRequest: CiPullRequest | null, branch: string | null): Found {
  const head = pullRequest?.head ?? null;
  return { sha: head?.oid ?? null, branch: head?.branch ?? branch, pullRequest };
}

/** What a payload says of a pull request, in whole or as events of reviews have it. */
function pullRequestIn(value: unknown, host: CiHost | null): CiPullRequest | null {
  const number = numberIn(memberIn(value, 'number'));
  if (number === undefined) return null;
  const branch = branchIn(memberIn(value, 'head', 'ref'));
  const base = branchIn(memberIn(value, 'base', 'ref'));
  const oid = oidIn(memberIn(value, 'head', 'sha')) ?? null;
  return {
    number,
    repository: repositoryIn(memberIn(value, 'base', 'repo', 'full_name')) ?? host?.repository ?? null,
    head: branch === undefined ? null : { branch, oid, ...forkIn(memberIn(value, 'head', 'repo'), host) },
    base: base === undefined ? null : { branch: base },
    facts: factsIn(value),
  };
}

/** The repository of a head; it is null once the fork is deleted. */
function forkIn(value: unknown, host: CiHost | null): { repository: string | null; cloneUrl: string | null } {
  const repository = repositoryIn(memberIn(value, 'full_name')) ?? null;
  if (repository === null) return { repository, cloneUrl: null };
  const derived = host === null ? null : `${host.serverUrl}/${repository}.git`;
  return { repository, cloneUrl: urlIn(memberIn(value, 'clone_url')) ?? derived };
}

function factsIn(value: unknown): CiPullRequestFacts | null {
  const state = memberIn(value, 'state');
  if (state !== 'open' && state !== 'closed') return null;
  const mergedAt = timeIn(memberIn(value, 'merged_at')) ?? timeIn(memberIn(value, 'pull_request', 'merged_at')) ?? null;
  const isMerged = mergedAt !== null || memberIn(value, 'merged') === true;
  return {
    title: textIn(memberIn(value, 'title')) ?? null,
    status: isMerged ? 'merged' : state,
    url: urlIn(memberIn(value, 'html_url')) ?? null,
    createdAt: timeIn(memberIn(value, 'created_at')) ?? null,
    mergedAt,
    closedAt: timeIn(memberIn(value, 'closed_at')) ?? null,
    mergeCommit: isMerged ? (oidIn(memberIn(value, 'merge_commit_sha')) ?? null) : null,
  };
}

/** What the variables alone say, where the payload cannot be read. */
function pullRequestOfRef(env: Variables, host: CiHost | null): CiPullRequest | null {
  const number = numberIn(/^refs\/pull\/([0-9]+)\//.exec(env['GITHUB_REF'] ?? '')?.[1]);
  if (number === undefined) return null;
  const branch = branchIn(env['GITHUB_HEAD_REF']);
  const base = branchIn(env['GITHUB_BASE_REF']);
  return {
    number,
    repository: host?.repository ?? null,
    head: branch === undefined ? null : { branch, oid: null, repository: null, cloneUrl: null },
    base: base === undefined ? null : { branch: base },
    facts: null,
  };
}

/** A comment's issue: a pull request only if it says so, and its head is not told. */
function issueIn(value: unknown, host: CiHost | null): CiPullRequest | null {
  const number = numberIn(memberIn(value, 'number'));
  if (number === undefined || typeof memberIn(value, 'pull_request') !== 'object' || memberIn(value, 'pull_request') === null) return null;
  return { number, repository: host?.repository ?? null, head: null, base: null, facts: factsIn(value) };
}

/**
 * A run that another run has started: its head is what that one was run for. The list of pull requests is empty for
 * forks, and may name pull requests of other repositories that have the same head; several are not guessed between.
 */
function ofRun(run: unknown, repositoryId: unknown, host: CiHost | null): Found {
  const branch = branchIn(memberIn(run, 'head_branch')) ?? null;
  const sha = oidIn(memberIn(run, 'head_sha')) ?? null;
  const list = memberIn(run, 'pull_requests');
  const own = (Array.isArray(list) ? list : []).filter(
    (one) => repositoryId === undefined || memberIn(one, 'base', 'repo', 'id') === repositoryId,
  );
  const only = own.length === 1 ? pullRequestIn(own[0], host) : null;
  if (only === null) return { sha, branch, pullRequest: null };
  const head = branch === null ? only.head : { branch, oid: sha, ...forkIn(memberIn(run, 'head_repository'), host) };
  return { sha, branch, pullRequest: { ...only, repository: host?.repository ?? only.repository, head } };
}

/**
 * A merge queue's group: its commit is nobody's push, and its ref names the pull request that was added last.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
 */
function ofMergeGroup(group: unknown, host: CiHost | null): Found {
  const ref = memberIn(group, 'head_ref');
  const branch = branchIn(ref) ?? null;
  const number = typeof ref === 'string' ? numberIn(/\/pr-([0-9]+)-[0-9a-f]{40,64}$/.exec(ref)?.[1]) : undefined;
  const base = branchIn(memberIn(group, 'base_ref'));
  const sha = oidIn(memberIn(group, 'head_sha')) ?? null;
  if (number === undefined) return { sha, branch, pullRequest: null };
  const repository = host?.repository ?? null;
  return { sha, branch, pullRequest: { number, repository, head: null, base: base === undefined ? null : { branch: base }, facts: null } };
}

function branchOfRef(ref: string | undefined): string | null {
  return ref?.startsWith('refs/heads/') ? (branchIn(ref) ?? null) : null;
}
