/**
 * Stage 1, edits, deciding: who changed a file between two snapshots, the developer or git itself (a checkout, a merge, a
 * rebase, a stash)? Pure; decided from HEAD's reflog and from what stands in the commits, never from the clock.
 */
import type { HeadMove, Oid, PathChange } from '../../core/ports.ts';

/** Something that wrote files, or recorded what was written: the content it left at each path (`undefined`: none). */
export interface Source {
  readonly by: 'work' | 'vcs';
  readonly paths: ReadonlyMap<string, Oid | undefined>;
}

/**
 * Who moved HEAD so: with a commit the developer records what is there already, anything else writes files.
 *
 * @example
 * moverOf('commit (amend): fix') // 'work'
 */
export function moverOf(message: string): 'work' | 'vcs' {
  return /^commit(?: \((?:initial|amend)\))?:/.test(message) ? 'work' : 'vcs';
}

/**
 * HEAD's moves as few pairs of commits to compare: neighbours of one mover are one, and of very many only the ends count.
 *
 * @example
 * joinMoves([{ from: 'a', to: 'b', at: 0, message: 'commit: x' }, { from: 'b', to: 'c', at: 1, message: 'commit: y' }]) // [{ from: 'a', to: 'c', by: 'work' }]
 */
export function joinMoves(moves: readonly HeadMove[]): { from: Oid; to: Oid; by: 'work' | 'vcs' }[] {
  const joined: { from: Oid; to: Oid; by: 'work' | 'vcs' }[] = [];
  for (const { from, to, message } of moves) {
    const by = moverOf(message);
    const last = joined.at(-1);
    if (last !== undefined && last.by === by && last.to === from) joined[joined.length - 1] = { from: last.from, to, by };
    else joined.push({ from, to, by });
  }
  const [first, last] = [joined[0], joined.at(-1)];
  const many = joined.length > 20 && first !== undefined && last !== undefined;
  return many ? [{ from: first.from, to: last.to, by: joined.some(({ by }) => by === 'vcs') ? 'vcs' : 'work' }] : joined;
}

/**
 * Whether a change came from the developer's work or from git: the last source that left what now stands there.
 *
 * @param altered paths whose snapshot is not their content, so that only the path can be compared
 */
export function originOf(change: PathChange, sources: readonly Source[], altered: ReadonlySet<string>): 'work' | 'vcs' {
  for (const { by, paths } of sources.toReversed()) {
    if (!paths.has(change.path)) continue;
    if (altered.has(change.path) || paths.get(change.path) === change.oid) return by;
  }
  return 'work';
}

/**
 * What git itself has put where the developer then worked on, by path, if it is not what stood there before.
 *
 * @param work changes that {@link originOf} has found to be the developer's
 */
export function broughtTo(work: readonly PathChange[], sources: readonly Source[]): ReadonlyMap<string, Oid | undefined> {
  const brought = new Map<string, Oid | undefined>();
  for (const { path, oldOid } of work) {
    const last = sources.findLast(({ by, paths }) => by === 'vcs' && paths.has(path));
    const oid = last?.paths.get(path);
    if (last !== undefined && oid !== oldOid) brought.set(path, oid);
  }
  return brought;
}
