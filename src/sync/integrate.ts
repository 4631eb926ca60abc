/**
 * Stage 4, integrating: makes one journal of the local one and one that was fetched, or of two local ones, and moves the
 * local ref by compare-and-swap. Talks to no remote.
 */
import { fail } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { Clock, Oid, Random, Repository, TraceFiles } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { commitObject } from '../journal/commit.ts';
import { FLUSH_LOCK } from '../journal/flush.ts';
import { formatOf, loadRoot, refuseNewer } from '../journal/read.ts';
import { readCommit } from '../journal/tree.ts';
import { knownWriter, newWriter } from '../journal/writer.ts';
import { Layer } from './layer.ts';
import { type Outdated, uniteTrees } from './unite.ts';

export interface SyncPorts {
  readonly repository: Repository;
  readonly files: TraceFiles;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha256: Sha256;
}

/** What uniting did to the local journal; `archived`: there is none, since an archive that is here holds the trace. */
export type Integration = 'nothing' | 'unchanged' | 'fast-forward' | 'united' | 'archived';

const TRIES = 10;

/**
 * Unites a journal's commit with the local journal of a trace:
 *
 * 1. nothing here: the local ref names their commit;
 * 2. theirs is in ours: nothing to do; ours is in theirs: fast-forward;
 * 3. both have grown: the union of the trees becomes a commit whose only parent is theirs, so that pushing it is a
 *    fast-forward and history stays linear. If theirs has all of ours already, there is nothing to commit: theirs it is;
 * 4. the history of theirs holds an event that was erased here: then the union continues ours, or, if that is true the
 *    other way round as well, nothing.
 *
 * @param onto `ours` for what is no version of this very ref, as a branch's journal that was adopted: the union then
 *   continues the local commit, or the remote's ref could never be fast-forwarded to it
 * @throws unreadable-segment, newer-format, locked
 */
export async function integrate(
  ports: SyncPorts,
  trace: TraceName,
  theirs: Oid,
  from: string,
  onto: 'ours' | 'theirs' = 'theirs',
): Promise<Integration> {
  const { repository, files } = ports;
  const ref = journalRef(trace);
  if ((await repository.refs.get(ref)) === theirs) return 'unchanged';
  const lock = await files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing is lost']);
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const ours = await repository.refs.get(ref);
      const isOurs = onto === 'ours' && ours !== undefined;
      const next = isOurs ? await united(ports, theirs, ours, ref, from) : await united(ports, ours, theirs, ref, from);
      if (next.oid === ours) return 'unchanged';
      if ((await repository.refs.update([{ name: ref, before: ours, after: next.oid }])) === 'done')
        return next.oid === theirs ? 'fast-forward' : next.kind;
    }
  } finally {
    lock.release();
  }
  throw fail('locked', `'${ref}' kept changing under the union`, ['run the command again; nothing is lost']);
}

/**
 * The commit that holds both journals, by the cases of {@link integrate}. Its objects are written, no ref is moved.
 *
 * @returns `continues`: whether it is theirs or has theirs behind it, so that no push of it need be forced
 */
export async function united(
  ports: SyncPorts,
  ours: Oid | undefined,
  theirs: Oid,
  ref: string,
  from: string,
): Promise<{ oid: Oid; kind: Integration; continues: boolean }> {
  const { objects } = ports.repository;
  // whatever comes, it must be a journal: a ref that names something else would stop the next flush
  const other = await loadRoot(objects, theirs);
  const format = await formatOf(objects, other);
  if (ours === undefined) return { oid: theirs, kind: 'fast-forward', continues: true }; // 1
  if (await objects.isAncestor(theirs, ours)) return { oid: ours, kind: 'unchanged', continues: true }; // 2
  if (await objects.isAncestor(ours, theirs)) return { oid: theirs, kind: 'fast-forward', continues: true };
  const layer = new Layer(objects);
  const mine = await loadRoot(layer, ours); // 3
  for (const number of [format, await formatOf(layer, mine)]) refuseNewer(number, ref);
  const batch = layer.batch();
  const { forkedWriters, outdated } = await uniteTrees(layer, batch, mine, await loadRoot(layer, theirs), ports.sha256);
  renameForkedWriter(ports, forkedWriters);
  const tree = mine.write(batch);
  const parent = parentOf(outdated, ours, theirs); // 4
  const continues = parent === theirs;
  if (parent !== undefined && tree === (await readCommit(layer, parent)).tree)
    return { oid: parent, kind: continues ? 'fast-forward' : 'unchanged', continues };
  const subject = `chore(trace): unite with ${withoutUserinfo(from)
    .replace(/\p{Cc}/gu, '')
    .slice(0, 100)}`;
  const who = await ports.repository.identity();
  const oid = batch.add('commit', commitObject(tree, parent, who, Math.floor(ports.clock.now() / 1000), subject));
  await batch.write();
  return { oid, kind: 'united', continues };
}

/** What a union may continue: theirs, unless its history holds what ours knows to be erased; then ours, or nothing at all. */
export function parentOf<T>(outdated: Outdated, ours: T, theirs: T): T | undefined {
  if (!outdated.theirs) return theirs;
  return outdated.ours ? undefined : ours;
}

/** A copied `.git` writes to the paths of its original; the copy that notices takes a new name for what it writes next. */
export function renameForkedWriter({ files, random }: SyncPorts, forked: ReadonlySet<string>): void {
  const own = knownWriter(files);
  if (own !== undefined && forked.has(own)) newWriter(files, random);
}
