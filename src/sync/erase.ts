/**
 * Stage 4, erasing: takes events out of a trace, wherever it lies here, and out of the history of the refs that hold it.
 * Each event's line is replaced by its mark, in a commit that continues nothing. Talks to no remote.
 */
import { fail } from '../core/errors.ts';
import type { Entry, TraceEvent } from '../core/line.ts';
import { mergeSessions } from '../core/order.ts';
import type { ObjectBatch, Oid, Ref, RefChange } from '../core/ports.ts';
import { ERASED_FILE, FORMAT, FORMAT_FILE } from '../core/segment.ts';
import { isNumbered, journalRef, type TraceName } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { commitObject } from '../journal/commit.ts';
import { type Marks, putMarks, readMarks } from '../journal/erased.ts';
import { FLUSH_LOCK } from '../journal/flush.ts';
import { formatOf, loadRoot, readRoot, refuseNewer } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { eraseLines } from './erase-lines.ts';
import type { SyncPorts } from './integrate.ts';
import { Layer } from './layer.ts';
import { wholeTrace } from './whole.ts';

/** Swaps that may be lost. */
const SWAPS = 10;

/** What a trace holds, as far as erasing is concerned. */
export interface TraceContents {
  readonly entries: readonly Entry[];
  /** Marks of what was erased before. */
  readonly marks: Marks;
}

/**
 * All events of a trace that are here, in their order; `undefined` where there is no such trace.
 *
 * @throws unreadable-segment
 */
export async function eventsOf(ports: SyncPorts, trace: TraceName): Promise<TraceContents | undefined> {
  const whole = await wholeTrace(ports, trace);
  if (whole === undefined) return undefined;
  const { parts } = await readRoot(whole.objects, whole.root);
  return { entries: mergeSessions(parts, ports.sha256).entries, marks: await readMarks(whole.objects, whole.root) };
}

/**
 * Every text of an event: all strings in its payload and in members that are not ours, as they were said and not as JSON
 * writes them. Names of members are none.
 *
 * @example
 * textsOf({ type: 'x', ts: '2026-01-01T00:00:00.000Z', session: 's', payload: { a: ['b', 1] } }) // ['b']
 */
export function textsOf({ type: _type, ts: _ts, session: _session, assigned: _assigned, ...said }: TraceEvent): string[] {
  return stringsIn(said);
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/**
 * Erases events of a trace in its local journal and in the archives that are here, all in one swap:
 *
 * 1. where one of the events stands, or may have stood before it was pruned, the ref gets a commit without a parent;
 * 2. where none does, only the marks are added, so that none comes in later;
 * 3. reflogs of these refs are emptied; what was noted of the trace (ids, digest, titles) is thrown away.
 *
 * @param marks the sha-256 of each event's id
 * @returns the refs that have a new root
 * @throws locked, newer-format, unreadable-segment
 */
export async function eraseEvents(ports: SyncPorts, trace: TraceName, marks: Marks): Promise<readonly string[]> {
  const lock = await ports.files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing was erased']);
  const { refs } = ports.repository;
  try {
    for (let attempt = 1; attempt <= SWAPS; attempt++) {
      const layer = new Layer(ports.repository.objects);
      const batch = layer.batch();
      const changes = await rewritten(ports, layer, batch, trace, marks);
      await batch.write();
      if ((await refs.update(changes.map(({ isRoot: _, ...change }) => change))) !== 'done') continue;
      await refs.forgetLogs(changes.map(({ name }) => name)); // 3
      ports.files.remove(`ids/${trace}`);
      ports.files.remove(`digest/${trace}`);
      for (const page of ports.files.list('list')) ports.files.remove(`list/${page}`); // titles of pull requests are in there
      return changes.filter(({ isRoot }) => isRoot).map(({ name }) => name);
    }
  } finally {
    lock.release();
  }
  throw fail('locked', `the journal of '${trace}' kept changing`, ['run the command again; nothing was erased']);
}

/** What the refs of a trace are to become. */
async function rewritten(
  ports: SyncPorts,
  layer: Layer,
  batch: ObjectBatch,
  trace: TraceName,
  marks: Marks,
): Promise<(RefChange & { readonly isRoot: boolean })[]> {
  const { repository, clock, sha256 } = ports;
  const changes: (RefChange & { isRoot: boolean })[] = [];
  const who = await repository.identity();
  const subject = `chore(trace): erase ${marks.size} ${marks.size === 1 ? 'event' : 'events'}`;
  const rewrite = async (name: string, tip: Oid, root: Tree, journal: Tree): Promise<void> => {
    refuseNewer(await formatOf(layer, root), name);
    const listed = new Set([...(await readMarks(layer, journal)), ...marks]);
    const { isBehind: isRoot } = await eraseLines(layer, batch, journal, { marks, listed }, sha256); // 1, 2
    await putMarks(batch, journal, listed);
    if (root.file(FORMAT_FILE) === undefined) await root.put(FORMAT_FILE, batch.add('blob', Buffer.from(`${FORMAT}\n`)));
    const commit = commitObject(root.write(batch), isRoot ? undefined : tip, who, Math.floor(clock.now() / 1000), subject);
    changes.push({ name, before: tip, after: batch.add('commit', commit), isRoot });
  };
  const tip = await repository.refs.get(journalRef(trace));
  if (tip !== undefined) {
    const root = await loadRoot(layer, tip);
    await rewrite(journalRef(trace), tip, root, root);
  }
  for (const { name, oid } of isNumbered(trace) ? await localArchives(repository) : []) {
    const root = await loadRoot(layer, oid);
    const journal = await root.folder(trace);
    if (journal !== undefined) await rewrite(name, oid, root, journal);
  }
  return changes;
}

/**
 * Sees to it that what was erased in one place of a trace is erased in all that are here: a journal and an archive may come
 * on different days. Costs nothing where the trace lies in one place.
 *
 * @throws locked, newer-format, unreadable-segment
 */
export async function levelErased(ports: SyncPorts, trace: TraceName, archives: readonly Ref[]): Promise<void> {
  const { refs, objects } = ports.repository;
  const tip = archives.length === 0 ? undefined : await refs.get(journalRef(trace));
  const archived = tip === undefined ? [] : await archivedIn(objects, archives, trace);
  if (tip === undefined || archived.length === 0) return;
  const roots = [await loadRoot(objects, tip), ...(await Promise.all(archived.map(({ tree }) => Tree.load(objects, tree))))];
  if (new Set(roots.map((root) => root.file(ERASED_FILE))).size === 1) return;
  const all = new Set((await Promise.all(roots.map((root) => readMarks(objects, root)))).flatMap((marks) => [...marks]));
  await eraseEvents(ports, trace, all);
}
