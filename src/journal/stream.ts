/**
 * Stage 3, reading what is too large to hold: the events of a journal in the total order (docs/format.md, "Order"), with
 * one segment of each session in memory. Says the same as mergeSessions of all, or that it cannot.
 */
import { messageOf } from '../core/errors.ts';
import { sink } from '../core/heap.ts';
import { HOST_FACTS } from '../core/host.ts';
import type { Entry, Sha256 } from '../core/line.ts';
import { type Gap, isBeforeAtOnce, type Read, readEntry } from '../core/order.ts';
import type { GitObjects } from '../core/ports.ts';
import { moment } from '../core/time.ts';
import { IdSet } from './id-set.ts';
import { linesOf, type ReadFault, readSegment, type Segment } from './read.ts';

/** Items given at once. */
const BATCH = 512;
/** Sessions whose first segment is read at the same time. */
const AT_ONCE = 64;

/** An event or a place without one, in order, with its effective time in milliseconds since 1970. */
export type Streamed =
  | { readonly kind: 'event'; readonly seq: number; readonly at: number; readonly entry: Entry }
  | { readonly kind: 'gap'; readonly at: number; readonly gap: Gap };

/** What is known only at the end. */
export interface StreamEnd {
  readonly faults: ReadFault[];
  /** The erased places that are not missed: the host has said again what stood there. As `sha-256 of the id`. */
  readonly said: Set<string>;
  /** Events that stand a second time somewhere, and were left out there. */
  repeated: number;
}

/** A session's lines are not in plain rising order: it has to be read whole. */
export class NotInOrder extends Error {}

/**
 * The events of a journal, in batches.
 *
 * @param segments in order of writer, session, first seq and version
 * @param end is filled while the events are given
 * @throws NotInOrder where two versions of a segment say different things, or a session's beginning holds no event
 */
export async function* streamJournal(
  objects: GitObjects,
  segments: readonly Segment[],
  sha256: Sha256,
  end: StreamEnd,
): AsyncGenerator<Streamed[]> {
  const heap: Run[] = [];
  const runs = runsOf(segments).map((own) => new Run(objects, own, sha256, end.faults));
  for (let at = 0; at < runs.length; at += AT_ONCE) {
    const some = runs.slice(at, at + AT_ONCE);
    await Promise.all(some.map((run) => run.begin()));
    for (const run of some) if (run.read !== undefined) heap.push(run);
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, isBefore);
  const known = new IdSet();
  let [count, at] = [0, 0];
  let batch: Streamed[] = [];
  /** Gaps before the first event, which stand with it. */
  let early: Gap[] = [];
  for (let run = heap[0]; run !== undefined; run = heap[0]) {
    const { read, time } = run;
    if (read !== undefined && 'id' in read) {
      if (known.add(read.id)) {
        at = time;
        for (const gap of early) batch.push({ kind: 'gap', at, gap });
        early = [];
        batch.push({ kind: 'event', seq: ++count, at, entry: read });
        if (HOST_FACTS.has(read.event.type)) end.said.add(sha256(read.id));
      } else end.repeated++;
    } else if (read !== undefined && !run.goesOnPruned) {
      const gap = { ...read, before: count };
      if (count === 0) early.push(gap);
      else batch.push({ kind: 'gap', at, gap });
    }
    if (!run.step()) {
      if (batch.length > 0) yield batch;
      batch = [];
      await run.load();
    }
    if (run.read === undefined) {
      const last = heap.pop();
      if (last !== undefined && last !== run) heap[0] = last;
    }
    sink(heap, 0, isBefore);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  for (const gap of early) batch.push({ kind: 'gap', at, gap });
  if (batch.length > 0) yield batch;
}

function isBefore(a: Run, b: Run): boolean {
  if (a.time !== b.time) return a.time < b.time;
  return a.read !== undefined && b.read !== undefined && isBeforeAtOnce(a.read, a, b.read, b);
}

function isPruned(read: Read): boolean {
  return 'kind' in read && read.kind === 'pruned';
}

/** Segments by session of one writer. */
function runsOf(segments: readonly Segment[]): Segment[][] {
  const runs: Segment[][] = [];
  for (const segment of segments) {
    const last = runs.at(-1)?.[0];
    if (segment.version > 0) throw new NotInOrder();
    if (last?.writer === segment.writer && last.session === segment.session) runs.at(-1)?.push(segment);
    else runs.push([segment]);
  }
  return runs;
}

/** The lines of one session of one writer while they are given; one segment of them is in memory. */
class Run {
  readonly session: string;
  readonly writer: string;
  /** The line that is next; `undefined` at the end. */
  read: Read | undefined;
  /** The next line was pruned, and so was the one before: what was pruned is one gap, however many lines it had. */
  goesOnPruned = false;
  /** Its effective time. */
  time = Number.NEGATIVE_INFINITY;
  readonly #objects: GitObjects;
  readonly #segments: readonly Segment[];
  readonly #sha256: Sha256;
  readonly #faults: ReadFault[];
  /** The segment that is read after the one in memory. */
  #next = 0;
  #ahead: Promise<Buffer> | undefined;
  #lines: readonly string[] = [];
  #line = 0;
  #seq = 0;
  /** Whether only the first line is kept, and the others are to be read when it is taken. */
  #waits = false;

  constructor(objects: GitObjects, segments: readonly Segment[], sha256: Sha256, faults: ReadFault[]) {
    this.#objects = objects;
    this.#segments = segments;
    this.#sha256 = sha256;
    this.#faults = faults;
    this.session = segments[0]?.session ?? '';
    this.writer = segments[0]?.writer ?? '';
  }

  /** Finds the first line and its time, and keeps nothing else. @throws NotInOrder */
  async begin(): Promise<void> {
    await this.load(false);
    const first = this.#lines.findIndex((_, i) => 'id' in this.#readLine(i));
    if (first < 0 && this.#next < this.#segments.length && this.#lines.length > 0) throw new NotInOrder();
    const event = first < 0 ? undefined : this.#readLine(first);
    // lines before the first event stand with it; a session without any stands at the beginning
    this.time = event !== undefined && 'id' in event ? (moment(event.event.ts) ?? 0) : 0;
    if (this.read === undefined) return;
    // a copy: a part of a text keeps all of it in memory
    this.read = readEntry(Buffer.from(this.#lines[0] ?? '').toString(), this.writer, this.session, this.#seq, this.#sha256);
    this.#lines = [];
    this.#waits = true;
  }

  /** Goes to the next line; `false` where it has to be loaded first. */
  step(): boolean {
    if (this.#waits || this.#line + 1 >= this.#lines.length) return false;
    this.#line++;
    this.#take();
    return true;
  }

  /** Reads on: the segment of the first line, or the next that holds a line. @throws NotInOrder */
  async load(ahead = true): Promise<void> {
    if (this.#waits) {
      this.#waits = false;
      const segment = this.#segments[this.#next - 1];
      this.#lines = segment === undefined ? [] : linesOf(await readSegment(this.#objects, segment));
      if (this.step()) return;
    }
    const expected = this.#seq + this.#lines.length;
    this.#lines = [];
    for (let segment = this.#segments[this.#next]; segment !== undefined; segment = this.#segments[this.#next]) {
      this.#next++;
      const asked = this.#ahead ?? readSegment(this.#objects, segment);
      this.#ahead = undefined;
      const bytes = await asked.catch((error: unknown) => {
        this.#faults.push({ path: segment.path, reason: messageOf(error) });
      });
      if (ahead) this.#lookAhead();
      if (bytes === undefined) continue;
      if (bytes.length > 0 && bytes.at(-1) !== 0x0a) this.#faults.push({ path: segment.path, reason: 'its last line has no end' });
      this.#lines = linesOf(bytes);
      if (this.#lines.length === 0) continue;
      if (segment.firstSeq < expected) throw new NotInOrder();
      this.#seq = segment.firstSeq;
      this.#line = 0;
      this.#take();
      return;
    }
    this.read = undefined;
  }

  #lookAhead(): void {
    const segment = this.#segments[this.#next];
    this.#ahead = segment === undefined ? undefined : readSegment(this.#objects, segment);
    this.#ahead?.catch(() => {}); // told when it is its turn
  }

  #take(): void {
    const wasPruned = this.read !== undefined && isPruned(this.read);
    this.read = this.#readLine(this.#line);
    this.goesOnPruned = wasPruned && isPruned(this.read);
    if ('id' in this.read) this.time = Math.max(this.time, moment(this.read.event.ts) ?? this.time);
  }

  #readLine(i: number): Read {
    return readEntry(this.#lines[i] ?? '', this.writer, this.session, this.#seq + i, this.#sha256);
  }
}
