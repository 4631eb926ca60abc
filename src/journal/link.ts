/**
 * Stage 3, linking: the branch's journal becomes the pull request's. The refs change in one transaction; what was
 * recorded under the branch is then under the number, and the branch's later events go there too.
 */
import { fail } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { Oid, Repository, TraceFiles } from '../core/ports.ts';
import { branchTrace, journalRef, type TraceName } from '../core/trace-name.ts';
import { FLUSH_LOCK } from './flush.ts';

export interface LinkPorts {
  readonly repository: Repository;
  readonly files: TraceFiles;
  readonly sha256: Sha256;
  /** Makes one journal of two: a commit that continues `theirs` (sync's union, handed in from above). */
  readonly unite: (ours: Oid, theirs: Oid, ref: string) => Promise<Oid>;
}

/**
 * Moves a branch's journal to a pull request's trace.
 *
 * @returns whether the branch had a journal of its own
 * @throws locked, git-failed, unreadable-segment, newer-format
 */
export async function adoptBranch(ports: LinkPorts, branch: string, trace: TraceName): Promise<boolean> {
  const { repository, files } = ports;
  const lock = await files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing is lost']);
  try {
    const key = `branch.${branch}.trace`;
    if (repository.config.getAll(key).at(-1) !== trace) await repository.config.add(key, trace);
    const [from, to] = [journalRef(branchTrace(branch, ports.sha256)), journalRef(trace)];
    for (let attempt = 1; attempt <= 10; attempt++) {
      const [branchTip, traceTip] = await Promise.all([repository.refs.get(from), repository.refs.get(to)]);
      if (branchTip === undefined) return false;
      const after = traceTip === undefined ? branchTip : await ports.unite(branchTip, traceTip, to);
      const changes = [
        { name: to, before: traceTip, after },
        { name: from, before: branchTip, after: undefined },
      ];
      if ((await repository.refs.update(changes)) === 'done') return true;
    }
  } finally {
    lock.release();
  }
  throw fail('locked', 'the journal kept changing under the link', ['run the command again; nothing is lost']);
}
