/**
 * Stage 1, capture of what a host says: which of the pull requests it found is meant, and the events that tell it. Pure:
 * the same answer makes the same events in every clone, so that many who ask add nothing twice.
 */
import type { PullRequest, Review } from '../core/host.ts';
import { type Timestamp, timestamp } from '../core/time.ts';

/** What is already known of a pull request, as a document's `pr` says it. */
export interface KnownPullRequest {
  readonly title: string | null;
  readonly status: 'open' | 'merged' | 'closed';
  readonly created_at: Timestamp | null;
  readonly merged_at: Timestamp | null;
}

/** What somebody says of a pull request now: a host that was asked, or the event that started a job. */
export interface SaidPullRequest {
  readonly title: string | null;
  readonly status: 'open' | 'merged' | 'closed';
  readonly url: string | null;
  readonly createdAt: Timestamp | null;
  readonly mergedAt: Timestamp | null;
  readonly closedAt: Timestamp | null;
  readonly mergeCommit: string | null;
}

/** An event that is to be recorded, less the place. */
export interface HostEvent {
  readonly type: 'pr_linked' | 'pr_updated' | 'pr_reviewed';
  readonly ts: Timestamp;
  /** The id then depends on what is said alone. */
  readonly tsAssigned: boolean;
  readonly payload: Record<string, string | null>;
}

export type Choice =
  /** `all`: this one and those that are not meant. */
  | { readonly kind: 'one'; readonly pullRequest: PullRequest; readonly all: readonly PullRequest[] }
  | { readonly kind: 'many'; readonly open: readonly PullRequest[] }
  /** None is open; the newest of those that were closed or merged. It may be another branch's of the same name. */
  | { readonly kind: 'closed'; readonly pullRequest: PullRequest }
  | { readonly kind: 'none' };

/**
 * Chooses the pull request that a branch belongs to, and never guesses: of several that are open somebody must say which.
 *
 * @example
 * choosePullRequest([]) // { kind: 'none' }
 */
export function choosePullRequest(found: readonly PullRequest[]): Choice {
  const all = [...new Map(found.map((one) => [`${one.repository}#${one.number}`, one])).values()];
  const open = all.filter(({ status }) => status === 'open');
  const [only] = open;
  if (only !== undefined) return open.length === 1 ? { kind: 'one', pullRequest: only, all } : { kind: 'many', open };
  const [closed] = all.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return closed === undefined ? { kind: 'none' } : { kind: 'closed', pullRequest: closed };
}

/** `owner/repo#42`, as pr_linked says it; the number alone where the repository is not known. */
export function idOfPullRequest(repository: string | undefined, number: string): string {
  return repository === undefined ? number : `${repository}#${number}`;
}

/** The event that says that a trace is a pull request's. Linking twice, or in two clones, adds nothing. */
export function linkedEvent(
  of: { number: string; repository?: string | undefined; host?: string | undefined; head?: string | undefined; base?: string | undefined },
  now: number,
): HostEvent {
  return {
    type: 'pr_linked',
    ts: timestamp(now),
    tsAssigned: true,
    payload: { base: of.base ?? null, head: of.head ?? null, host: of.host ?? null, pr_id: idOfPullRequest(of.repository, of.number) },
  };
}

/**
 * The event that brings what is known of a pull request up to date; `undefined` where nothing has changed. Its time is
 * the host's where the host has one for this change, so that all who notice it record the same event.
 */
export function updatedEvent(pr: SaidPullRequest, known: KnownPullRequest, now: number): HostEvent | undefined {
  const { title, status, createdAt, mergedAt, closedAt, mergeCommit, url } = pr;
  const isNew = known.created_at === null && known.title === null;
  if (!isNew && known.title === title && known.status === status && known.created_at === createdAt && known.merged_at === mergedAt)
    return undefined;
  const hosts = status === 'merged' ? mergedAt : status === 'closed' ? closedAt : isNew ? createdAt : null;
  const changed = isNew || known.status !== status;
  return {
    type: 'pr_updated',
    // a new title of a pull request that was closed long ago is news of today; re-opening has no time of its own
    ts: changed && hosts !== null ? hosts : timestamp(now),
    tsAssigned: false,
    payload: {
      closed_at: closedAt,
      created_at: createdAt,
      merge_commit: mergeCommit,
      merged_at: mergedAt,
      status,
      title,
      url,
    },
  };
}

/** The event of a review. */
export function reviewedEvent({ reviewer, sha, state, submittedAt }: Review): HostEvent {
  return { type: 'pr_reviewed', ts: submittedAt, tsAssigned: false, payload: { reviewer, sha, state, submitted_at: submittedAt } };
}
