/**
 * Stage 3, completing: what a hook could not say of a commit or a merge, because it knows oids only, is read from the
 * object at the flush. Pure but for the facts it is given; guesses nothing that no object or message says.
 */
import { PATHS } from '../core/cap.ts';
import type { EventPayload } from '../core/line.ts';
import type { CommitFacts, Oid } from '../core/ports.ts';
import type { SpoolRecord } from '../spool/record.ts';

/** An event's type and payload, before redaction. */
export interface Completed {
  readonly type: string;
  readonly payload: EventPayload;
}

/**
 * The commit whose facts a record wants, if it is one of a hook.
 *
 * @example
 * commitWanted({ place: {}, type: 'commit', payload: { sha: '4e1243bd' } }) // '4e1243bd'
 * commitWanted({ place: {}, type: 'commit', payload: { sha: '4e1243bd', message: 'said' } }) // undefined
 */
export function commitWanted({ type, payload }: SpoolRecord): Oid | undefined {
  if ((type !== 'commit' && type !== 'merge') || payload['message'] !== undefined) return undefined;
  return payload['squash'] === true || typeof payload['sha'] !== 'string' ? undefined : payload['sha'];
}

/**
 * Completes a record. A commit with several parents is a `merge`, whether git or a person concluded it; one whose object
 * is gone says so.
 */
export function complete(record: SpoolRecord, facts: ReadonlyMap<Oid, CommitFacts>): Completed {
  const { type, payload } = record;
  const sha = commitWanted(record);
  if (sha === undefined) return { type, payload };
  const commit = facts.get(sha);
  const branch = record.place.branch ?? null;
  if (type === 'merge') {
    const { message, parents } = commit ?? {};
    if (payload['fast_forward'] === true || message === undefined || parents === undefined)
      return { type, payload: { ...payload, branch, ...(message === undefined ? { missing: true } : {}) } };
    return { type, payload: { ...payload, branch, message, parents } };
  }
  if (commit === undefined) return { type, payload: { ...payload, branch, files_changed: 0, message: '', missing: true } };
  if (commit.parents.length > 1)
    return { type: 'merge', payload: { ...payload, branch, message: commit.message, parents: commit.parents } };
  return { type, payload: { ...originOf(commit.message), ...payload, ...commitPayload(commit), branch } };
}

function commitPayload(commit: CommitFacts): EventPayload {
  const sum = (counts: (number | null)[]): number => counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  return {
    additions: sum(commit.files.map((file) => file.additions)),
    deletions: sum(commit.files.map((file) => file.deletions)),
    files: commit.files.slice(0, PATHS).map(({ path, additions, deletions }) => ({ additions, deletions, path })),
    files_changed: commit.files.length,
    message: commit.message,
    parents: commit.parents,
    ...(commit.files.length > PATHS ? { truncated: true } : {}),
  };
}

/** What git's own words in a message say of where a commit comes from: `cherry-pick -x` and `revert` leave them. */
function originOf(message: string): EventPayload {
  const picked = [...message.matchAll(/^\(cherry picked from commit ([0-9a-f]{40,64})\)$/gm)].at(-1)?.[1];
  const reverted = /^This reverts commit ([0-9a-f]{40,64})[.,]/m.exec(message)?.[1];
  return {
    ...(picked === undefined ? {} : { cherry_picked_from: picked }),
    ...(reverted === undefined ? {} : { reverts: reverted }),
  };
}
