/**
 * Stage 4, pruning: puts `{"pruned":{}}` in place of the lines of sessions, or of a whole trace. Lines keep their places,
 * so that a union drops them in every clone and keeps what was added behind them. What is to go is the caller's choice.
 */
import type { Sha256 } from '../core/line.ts';
import { isPrunedLine, PRUNED_LINE } from '../core/line.ts';
import type { ObjectBatch } from '../core/ports.ts';
import { parseSegmentName, SESSION, segmentName, WRITER } from '../core/segment.ts';
import { archiveRef, isNumbered, type TraceName } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { type JournalContents, readRoot } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import type { SyncPorts } from './integrate.ts';
import type { Layer } from './layer.ts';
import { revise, reviseRef } from './revise.ts';
import { uniteTrees } from './unite.ts';

/** Sessions by their ids, or all that a trace has. */
export type Doomed = ReadonlySet<string> | 'all';

/**
 * Prunes sessions of a local journal, in one more commit. What to prune is chosen again of what the journal holds then.
 *
 * @returns whether the journal has changed
 * @throws locked, unreadable-segment, newer-format, disk-full, read-only
 */
export async function pruneJournal(ports: SyncPorts, trace: TraceName, choose: (contents: JournalContents) => Doomed): Promise<boolean> {
  const { moved } = await revise(ports, trace, async ({ layer, batch, tree }) => {
    const subject = 'chore(trace): prune';
    if (tree === undefined) return { tree, subject, result: undefined };
    const root = await Tree.load(layer, tree);
    const doomed = choose(await readRoot(layer, root));
    await pruneTree(layer, batch, root, doomed, ports.sha256);
    return { tree: root.write(batch), subject, result: undefined };
  });
  return moved;
}

/**
 * Prunes all of a trace in every archive here that has it.
 *
 * @param choose whether what an archive holds is to go
 * @throws locked, unreadable-segment, newer-format, disk-full, read-only
 */
export async function pruneArchived(ports: SyncPorts, trace: TraceName, choose: (contents: JournalContents) => boolean): Promise<void> {
  const { repository, sha256 } = ports;
  if (!isNumbered(trace)) return;
  for (const { month } of await archivedIn(repository.objects, await localArchives(repository), trace)) {
    await reviseRef(ports, archiveRef(month), async ({ layer, batch, tree }) => {
      const subject = `chore(trace): prune ${trace}`;
      const root = tree === undefined ? undefined : await Tree.load(layer, tree);
      const journal = await root?.folder(trace);
      if (root === undefined || journal === undefined || !choose(await readRoot(layer, journal)))
        return { tree, subject, result: undefined };
      await pruneTree(layer, batch, journal, 'all', sha256);
      return { tree: root.write(batch), subject, result: undefined };
    });
  }
}

/** Unites a journal with one whose lines are all pruned: that is all that pruning is. */
async function pruneTree(layer: Layer, batch: ObjectBatch, root: Tree, doomed: Doomed, sha256: Sha256): Promise<void> {
  const mask = new Tree(layer);
  for (const writer of root.names()) {
    const sessions = writer.kind === 'folder' && WRITER.test(writer.name) ? await root.folder(writer.name) : undefined;
    for (const { name, kind } of sessions?.names() ?? []) {
      if (kind !== 'folder' || !SESSION.test(name) || (doomed !== 'all' && !doomed.has(name))) continue;
      const session = await sessions?.folder(name);
      if (session !== undefined) await maskFolder(layer, session, mask, `${writer.name}/${name}/`);
    }
  }
  mask.write(layer.batch()); // to have names; never written to the store
  await uniteTrees(layer, batch, root, mask, sha256);
}

/** Puts a pruned line into `mask` for each line of a folder's segments, and of the folders in it. */
async function maskFolder(layer: Layer, folder: Tree, mask: Tree, path: string): Promise<void> {
  const scratch = layer.batch();
  const counts = new Map<number, number>();
  for (const { name, kind, oid } of folder.names()) {
    if (kind === 'folder' && /^[0-9]{4}$/.test(name)) {
      const below = await folder.folder(name);
      if (below !== undefined) await maskFolder(layer, below, mask, `${path}${name}/`);
    }
    const firstSeq = parseSegmentName(name)?.firstSeq;
    if (kind !== 'file' || oid === undefined || firstSeq === undefined) continue;
    const blob = await layer.read(oid);
    // what cannot be read, or ends in half a line, is not touched
    if (blob?.type !== 'blob' || blob.data.at(-1) !== 0x0a) continue;
    const lines = blob.data.toString('latin1').split('\n').slice(0, -1);
    if (!lines.every(isPrunedLine)) counts.set(firstSeq, Math.max(counts.get(firstSeq) ?? 0, lines.length));
  }
  for (const [firstSeq, count] of counts) {
    await mask.put(`${path}${segmentName(firstSeq, 0)}`, scratch.add('blob', Buffer.from(`${PRUNED_LINE}\n`.repeat(count))));
  }
}
