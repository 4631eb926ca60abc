/** Stage 4, revising: puts one more commit on a local journal, under the flush lock and by compare-and-swap. */
import { fail } from '../core/errors.ts';
import type { ObjectBatch, Oid } from '../core/ports.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { commitObject } from '../journal/commit.ts';
import { FLUSH_LOCK } from '../journal/flush.ts';
import { formatOf, refuseNewer } from '../journal/read.ts';
import { readCommit, Tree } from '../journal/tree.ts';
import type { SyncPorts } from './integrate.ts';
import { Layer } from './layer.ts';

/** Swaps of the local ref that may be lost. */
const SWAPS = 10;

/** A journal that is about to get one more commit. */
export interface Draft {
  readonly layer: Layer;
  readonly batch: ObjectBatch;
  /** The local tip and its tree; `undefined` where there is no journal yet. */
  readonly tip: Oid | undefined;
  readonly tree: Oid | undefined;
}

export interface Revision<T> {
  /** The tree that the journal is to have. */
  readonly tree: Oid | undefined;
  readonly subject: string;
  /** What the commit continues, if not the local tip. */
  readonly parent?: Oid;
  /** It continues nothing: what is behind the local tip holds what was erased. */
  readonly isRoot?: boolean;
  readonly result: T;
}

/**
 * Lets `change` make a new tree of a local journal's, and commits it on top of the local tip, unless it is the same.
 *
 * @returns what `change` has found out, and whether the journal has moved
 * @throws locked, unreadable-segment, newer-format; and what `change` throws
 */
export async function revise<T>(
  ports: SyncPorts,
  trace: TraceName,
  change: (draft: Draft) => Promise<Revision<T>>,
): Promise<{ moved: boolean; result: T }> {
  const lock = await ports.files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing is lost']);
  try {
    return await reviseRef(ports, journalRef(trace), change);
  } finally {
    lock.release();
  }
}

/** The same for any ref whose tree has a `format`, without a lock. */
export async function reviseRef<T>(
  { repository, clock }: Pick<SyncPorts, 'repository' | 'clock'>,
  ref: string,
  change: (draft: Draft) => Promise<Revision<T>>,
): Promise<{ moved: boolean; result: T }> {
  for (let attempt = 1; attempt <= SWAPS; attempt++) {
    const layer = new Layer(repository.objects);
    const batch = layer.batch();
    const tip = await repository.refs.get(ref);
    const before = tip === undefined ? undefined : (await readCommit(layer, tip)).tree;
    if (before !== undefined) refuseNewer(await formatOf(layer, await Tree.load(layer, before)), ref);
    const { tree, subject, result, isRoot, parent = isRoot ? undefined : tip } = await change({ layer, batch, tip, tree: before });
    if (tree === undefined || (tree === before && parent === tip)) return { moved: false, result };
    // what it continues may have all of it already
    const isThere = parent !== undefined && parent !== tip && (await readCommit(layer, parent)).tree === tree;
    const commit = async (): Promise<Oid> =>
      batch.add('commit', commitObject(tree, parent, await repository.identity(), Math.floor(clock.now() / 1000), subject));
    const after = isThere ? parent : await commit();
    await batch.write();
    if ((await repository.refs.update([{ name: ref, before: tip, after }])) === 'done') return { moved: true, result };
  }
  throw fail('locked', `'${ref}' kept changing under the union`, ['run the command again; nothing is lost']);
}
