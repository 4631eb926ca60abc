/**
 * Stage 1, CI, the words: one job of a build server, the host of its repository, and the pull request it is run for.
 * Types alone; environment.ts finds them.
 */
import type { Oid } from '../../core/ports.ts';
import type { Timestamp } from '../../core/time.ts';

/** The host of the repository that a job belongs to. */
export interface CiHost {
  /** Host name without port, e.g. `github.com`. */
  readonly name: string;
  /** The repository that pull requests go to, e.g. `owner/repo`. */
  readonly repository: string;
  /** E.g. `https://github.com`, without a final slash. */
  readonly serverUrl: string;
  /** Null where the environment does not say it. */
  readonly apiUrl: string | null;
}

/** What an event says of a pull request besides where it is. */
export interface CiPullRequestFacts {
  readonly title: string | null;
  readonly status: 'open' | 'merged' | 'closed';
  readonly url: string | null;
  readonly createdAt: Timestamp | null;
  readonly mergedAt: Timestamp | null;
  readonly closedAt: Timestamp | null;
  /** Null unless merged: until then hosts name a test merge here. */
  readonly mergeCommit: Oid | null;
}

/** The pull request (GitLab: merge request) that a job is run for. */
export interface CiPullRequest {
  readonly number: string;
  /** The repository it is to be merged into. */
  readonly repository: string | null;
  /** Null where the event does not tell it, as with a comment. */
  readonly head: {
    readonly branch: string;
    readonly oid: Oid | null;
    /** Null where the fork is gone, or not told. */
    readonly repository: string | null;
    /** Where git fetches the fork from; null where the repository is. */
    readonly cloneUrl: string | null;
  } | null;
  readonly base: { readonly branch: string } | null;
  /** Null where the job knows no more than the number. */
  readonly facts: CiPullRequestFacts | null;
}

/** One job of a build server. */
export interface CiEnvironment {
  /** `github-actions`, `gitlab-ci`, `circleci`, `buildkite`, `jenkins`, or what GITTRACE_CI_PROVIDER says. */
  readonly provider: string;
  /** Null only where a generic environment does not say it. */
  readonly runId: string | null;
  readonly runUrl: string | null;
  readonly workflow: string | null;
  /** In GitHub Actions the job's key, which all jobs of a matrix share. */
  readonly job: string | null;
  /** From 1; null where the server does not count. */
  readonly attempt: number | null;
  /** Which job of a matrix or of parallel ones, in the server's words. */
  readonly matrix: string | null;
  /** What the server calls this very job, if it has a name for it that no other job ever gets. */
  readonly jobId: string | null;
  /** The commit that somebody pushed, never a test merge; null where only a test merge is known. */
  readonly sha: Oid | null;
  /** Full name, e.g. `refs/pull/42/merge`. */
  readonly ref: string | null;
  /** The branch that was pushed, or a pull request's head. */
  readonly branch: string | null;
  /** What started the run, e.g. `pull_request`. */
  readonly event: string | null;
  /** What happened, e.g. `opened`, `closed`. */
  readonly action: string | null;
  /** The account that started the run. */
  readonly actor: string | null;
  readonly startedAt: Timestamp | null;
  /** `success`, `failure`, `cancelled`; null while nobody says it. */
  readonly conclusion: string | null;
  readonly host: CiHost | null;
  readonly pullRequest: CiPullRequest | null;
  /** The file whose Markdown the server shows with the run. */
  readonly stepSummary: string | null;
}
