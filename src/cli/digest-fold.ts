/**
 * How a digest comes to be: gathered while a trace is walked along, and made to grow by what a journal has more than the
 * one that it was made of. Where in doubt it does not grow, and the trace is walked along again.
 */
import { HOST_FACTS } from '../core/host.ts';
import type { Sha256 } from '../core/line.ts';
import { type Gap, mergeSessions, readEntry } from '../core/order.ts';
import type { GitObjects, Oid, TraceFiles } from '../core/ports.ts';
import { ERASED_FILE } from '../core/segment.ts';
import type { TraceName } from '../core/trace-name.ts';
import { countIdsSince } from '../journal/known-ids.ts';
import { linesOf, loadRoot, type Part, readSegment, type Segment, walkJournal, walkSession } from '../journal/read.ts';
import type { Tree } from '../journal/tree.ts';
import { type Counts, countItem, noCounts } from '../replay/tally.ts';
import { HeadFold } from '../timeline/document.ts';
import { type GapItem, type Item, timelineOf } from '../timeline/timeline.ts';
import type { Digest, Place } from './trace-digest.ts';

/** So many of the newest items are known by their place. */
export const NEWEST = 1_000;

/** So many segments that are new are read one by one; where there are more, all is walked along. */
const MORE = 256;

/** Gathers what a digest says. */
export class DigestFold {
  readonly head: HeadFold;
  readonly counts: Counts;
  #events: number;
  #newest: (Place | GapItem)[];
  readonly #ends: Map<string, number>;
  /** The session that was met last: most often it is the next one too. */
  #run = { writer: '', session: '', name: '' };

  /** @param from what was gathered of the beginning */
  constructor(from?: Digest) {
    this.head = new HeadFold(from?.head);
    this.counts = { ...noCounts(), ...from?.counts };
    this.#events = from?.events ?? 0;
    this.#newest = [...(from?.newest ?? [])];
    this.#ends = new Map(Object.entries(from?.ends ?? {}));
  }

  /** Takes the next item; a gap is not counted yet. */
  add(item: Item): void {
    if (item.kind === 'gap') {
      this.#pass(item.gap, false);
      this.#newest.push(item);
      return;
    }
    const { entry, at } = item;
    const run = this.#pass({ writer: entry.writer, session: entry.event.session, seq: entry.seq }, true);
    this.head.add(entry, at);
    countItem(this.counts, item);
    this.#events++;
    this.#newest.push([run, entry.seq, item.seq, at]);
    // now and then, for taking the first away moves all others
    if (this.#newest.length > 4 * NEWEST) this.#newest = this.#newest.slice(-NEWEST);
  }

  #pass({ writer, session, seq }: { writer: string; session: string; seq: number }, isEvent: boolean): string {
    if (this.#run.session !== session || this.#run.writer !== writer) this.#run = { writer, session, name: `${writer}/${session}` };
    const { name } = this.#run;
    const end = this.#ends.get(name) ?? 0;
    const next = Math.max(Math.abs(end), seq + 1);
    // a session without an event has no time yet: what it has moves once the first one comes
    this.#ends.set(name, isEvent || end > 0 ? next : -next);
    return name;
  }

  /** What was gathered, for the journal of that commit. @param isLost whether a gap is one @param grows see Digest */
  digest(tip: Oid, isLost: (gap: Gap) => boolean, grows: boolean): Digest {
    return {
      tip,
      events: this.#events,
      head: this.head.state(),
      counts: this.counts,
      newest: this.#newest.slice(-NEWEST).filter((item) => !isGap(item) || isLost(item.gap)),
      grows,
      ends: Object.fromEntries(this.#ends),
    };
  }
}

/**
 * The digest of a journal that has all that another had, and after it more; `undefined` where that is not all.
 *
 * @param ports `files` has the index of ids, which says that nothing of what is new was there before
 */
export async function grownDigest(
  ports: { readonly objects: GitObjects; readonly files: TraceFiles; readonly sha256: Sha256 },
  trace: TraceName,
  digest: Digest,
  tip: Oid,
): Promise<Digest | undefined> {
  const { objects, files, sha256 } = ports;
  const added = countIdsSince(files, trace, digest.tip, tip);
  // what has no time of its own stands with the first event
  if (added === undefined || digest.events === 0 || !digest.grows) return undefined;
  const [root, earlier] = [await loadRoot(objects, tip), await loadRoot(objects, digest.tip)];
  if (root.file(ERASED_FILE) !== earlier.file(ERASED_FILE)) return undefined;
  const { segments, faults } = await walkJournal(root, earlier);
  if (faults.length > 0 || segments.length > MORE) return undefined;
  const parts: Part[] = [];
  for (const segment of segments) {
    const part = await newLines(objects, segment);
    const end = digest.ends[`${segment.writer}/${segment.session}`] ?? 1;
    if (part === undefined || end < 0 || part.firstSeq < end) return undefined;
    parts.push(part);
  }
  const items = timelineOf(mergeSessions(parts, sha256));
  const lines = parts.reduce((sum, part) => sum + part.lines.length, 0);
  if (lines !== added || items.length !== added) return undefined;
  const fold = new DigestFold(digest);
  for (const item of items) {
    if (item.kind === 'gap' || item.at <= digest.counts.last) return undefined;
    // it may be what was erased, said again
    if (digest.counts.erased > 0 && HOST_FACTS.has(item.entry.event.type)) return undefined;
    fold.add({ ...item, seq: digest.events + item.seq });
  }
  return fold.digest(tip, () => true, true);
}

/** The lines by which a segment has grown; `undefined` where it has changed otherwise. */
async function newLines(objects: GitObjects, segment: Segment): Promise<Part | undefined> {
  const { writer, session, firstSeq, version, earlier } = segment;
  const bytes = await readSegment(objects, segment);
  const before = earlier === undefined ? Buffer.alloc(0) : await readSegment(objects, { ...segment, oid: earlier });
  const isWhole = [bytes, before].every((text) => text.length === 0 || text.at(-1) === 0x0a);
  if (version > 0 || !isWhole || !bytes.subarray(0, before.length).equals(before)) return undefined;
  return { writer, session, firstSeq: firstSeq + linesOf(before).length, lines: linesOf(bytes.subarray(before.length)) };
}

/**
 * The newest items of a digest.
 *
 * @param events how many events of them
 * @returns in order; `undefined` where the digest does not reach so far
 */
export async function newestItems(
  { objects, root, sha256 }: { readonly objects: GitObjects; readonly root: Tree; readonly sha256: Sha256 },
  { newest, events: total }: Digest,
  events: number,
): Promise<Item[] | undefined> {
  let from = newest.length;
  for (let left = events; left > 0 && from > 0; from--) if (!isGap(newest[from - 1])) left--;
  const wanted = newest.slice(from);
  if (wanted.filter((item) => !isGap(item)).length < Math.min(events, total)) return undefined;
  const runs = new Map<string, { segments: readonly Segment[]; read: Map<Oid, readonly string[]> }>();
  const items: Item[] = [];
  for (const kept of wanted) {
    if (isGap(kept)) {
      items.push(kept);
      continue;
    }
    const [run, line, seq, at] = kept;
    const [writer = '', session = ''] = run.split('/');
    const known = runs.get(run) ?? { segments: await walkSession(root, writer, session), read: new Map<Oid, readonly string[]>() };
    runs.set(run, known);
    const segment = known.segments.findLast(({ firstSeq }) => firstSeq <= line);
    if (segment === undefined) return undefined;
    const lines = known.read.get(segment.oid) ?? linesOf(await readSegment(objects, segment));
    known.read.set(segment.oid, lines);
    const entry = readEntry(lines[line - segment.firstSeq] ?? '', writer, session, line, sha256);
    if (!('id' in entry)) return undefined;
    items.push({ kind: 'event', seq, at, entry });
  }
  return items;
}

function isGap(item: Place | GapItem | undefined): item is GapItem {
  return item !== undefined && 'kind' in item;
}
