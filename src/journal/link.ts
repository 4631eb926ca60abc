/**
 * Stage 3, linking: a branch's journal becomes the pull request's. The refs change in one transaction; what was recorded
 * under the branch is then under the number.
 */
import { fail } from '../core/errors.ts';
import type { Oid, Repository, TraceFiles } from '../core/ports.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { FLUSH_LOCK } from './flush.ts';

export interface LinkPorts {
  readonly repository: Repository;
  readonly files: TraceFiles;
  /** Makes one journal of two: a commit that continues `theirs` (sync's union, handed in from above). */
  readonly unite: (ours: Oid, theirs: Oid, ref: string) => Promise<Oid>;
}

/**
 * Moves the journal of one trace into another's: a branch's, or that of the events without a branch, into a pull
 * request's.
 *
 * @returns whether there was anything to move
 * @throws locked, git-failed, unreadable-segment, newer-format
 */
export async function adoptTrace(ports: LinkPorts, source: TraceName, target: TraceName): Promise<boolean> {
  const { repository, files } = ports;
  const lock = await files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing is lost']);
  try {
    const [from, to] = [journalRef(source), journalRef(target)];
    for (let attempt = 1; attempt <= 10; attempt++) {
      const [theirs, ours] = await Promise.all([repository.refs.get(from), repository.refs.get(to)]);
      if (theirs === undefined) return false;
      const after = ours === undefined ? theirs : await ports.unite(theirs, ours, to);
      const changes = [
        { name: to, before: ours, after },
        { name: from, before: theirs, after: undefined },
      ];
      if ((await repository.refs.update(changes)) === 'done') return true;
    }
  } finally {
    lock.release();
  }
  throw fail('locked', 'the journal kept changing under the link', ['run the command again; nothing is lost']);
}
