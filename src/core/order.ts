/**
 * Order: many sessions of many writers become one sequence, the same in every clone that holds the same lines
 * (docs/format.md, "Order"). Inside a session by position, between sessions by effective time. Pure; reads lines as
 * they stand in the journal and never throws over one of them.
 */
import { sink } from './heap.ts';
import { HOST_FACTS } from './host.ts';
import { type Entry, LINE_LIMIT, lineId, readLine, type Sha256, type TraceEvent } from './line.ts';
import { splitLine } from './split-line.ts';
import { isTimestamp, moment } from './time.ts';

/** The lines of one session as one writer wrote them, its segments joined. */
export interface SessionPart {
  readonly writer: string;
  readonly session: string;
  /** Without their newlines. */
  readonly lines: readonly string[];
  /** Position in the session of the first line; 1 unless only the session's end was read. */
  readonly firstSeq: number;
}

/** A line that holds no event, and where it stands. */
export interface Gap {
  readonly kind: 'erased' | 'pruned' | 'bad';
  readonly writer: string;
  readonly session: string;
  /** Position in the session, from 1. */
  readonly seq: number;
  /** Of a bad line: what is wrong with it. Never its content. */
  readonly reason?: string;
  /** Of an erased line: the sha-256 of the id of what stood there. */
  readonly erased?: string;
  /** How many of the ordered events come before it. */
  readonly before: number;
}

/** All that was read, in the total order. */
export interface Ordered {
  readonly entries: readonly Entry[];
  /** Effective time of each entry in milliseconds since 1970; never falls. */
  readonly times: readonly number[];
  readonly gaps: readonly Gap[];
}

/** A line read: an event, or the place of none. */
export type Read = Entry | Omit<Gap, 'before'>;

/** Lines of one session of one writer while they are merged: `next` is the first that was not taken yet. */
interface Run {
  readonly writer: string;
  readonly session: string;
  readonly read: Read[];
  /** Effective time of each line: the latest `ts` of its run so far; before the first event, of that event. */
  readonly at: number[];
  next: number;
}

/**
 * Merges sessions into the total order.
 *
 * 1. Inside a session of one writer the order is that of its lines; a line that holds no event keeps its place.
 * 2. Between sessions it is effective time, the running maximum of `ts`; so a clock that jumps back moves nothing.
 * 3. Ties: session id, then position, then id, then writer. So a session id that two writers used merges by time, position and id.
 * 4. Of events with the same id, the first in this order stays. Of a part given in several versions, each a beginning of the next, the longest stays.
 *
 * @param sha256 hash of a text, as hex
 * @example
 * mergeSessions([], () => '') // { entries: [], times: [], gaps: [] }
 */
export function mergeSessions(parts: readonly SessionPart[], sha256: Sha256): Ordered {
  const heap = runsOf(parts, sha256);
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, isBefore);

  const entries: Entry[] = [];
  const times: number[] = [];
  const gaps: Gap[] = [];
  const known = new Set<string>();
  for (let run = heap[0]; run !== undefined; run = heap[0]) {
    const time = run.at[run.next] ?? 0;
    const read = run.read[run.next++];
    if (run.next === run.read.length) {
      const last = heap.pop();
      if (last !== undefined && last !== run) heap[0] = last;
    }
    sink(heap, 0, isBefore);
    if (read === undefined) continue;
    if ('id' in read) {
      // one look into the set where `has` and `add` would be two
      const before = known.size;
      if (known.add(read.id).size === before) continue;
      entries.push(read);
      times.push(time);
    } else {
      // the same place read twice, say from a journal and its older version
      const place = `${read.kind} ${read.writer} ${read.session} ${read.seq}`;
      if (known.has(place)) continue;
      known.add(place);
      gaps.push({ ...read, before: entries.length });
    }
  }
  return { entries, times, gaps: lost(gaps, entries, sha256) };
}

/** The gaps where something is lost: what a fork said of a host was erased, and is not missed where the host has said it. */
function lost(gaps: readonly Gap[], entries: readonly Entry[], sha256: Sha256): readonly Gap[] {
  if (!gaps.some(({ kind }) => kind === 'erased')) return gaps;
  const here = new Set(entries.filter(({ event }) => HOST_FACTS.has(event.type)).map(({ id }) => sha256(id)));
  return gaps.filter(({ erased }) => erased === undefined || !here.has(erased));
}

/** Whether the next line of `a` comes before that of `b`. */
function isBefore(a: Run, b: Run): boolean {
  const difference = (a.at[a.next] ?? 0) - (b.at[b.next] ?? 0);
  if (difference !== 0) return difference < 0;
  const [left, right] = [a.read[a.next], b.read[b.next]];
  return left !== undefined && right !== undefined && isBeforeAtOnce(left, a, right, b);
}

/** Which of two lines of one effective time comes first. */
export function isBeforeAtOnce(left: Read, a: Pick<Run, 'session' | 'writer'>, right: Read, b: Pick<Run, 'session' | 'writer'>): boolean {
  if (a.session !== b.session) return a.session < b.session;
  if (left.seq !== right.seq) return left.seq < right.seq;
  const [one, other] = [content(left), content(right)];
  return one === other ? a.writer < b.writer : one < other;
}

/** What decides between lines of one time and place: nothing may depend on the order in which parts are given. */
function content(read: Read): string {
  // a gap has no id and comes first; lines of one id may differ in what was assigned
  return 'id' in read ? `${read.id} ${read.line}` : ` ${read.kind} ${read.reason ?? ''}`;
}

/** Reads all parts. Those of one session of one writer are one run, unless they say different things of the same place. */
function runsOf(parts: readonly SessionPart[], sha256: Sha256): Run[] {
  const sorted = longest(parts)
    .filter((part) => part.lines.length > 0)
    .sort((a, b) => compare(a.writer, b.writer) || compare(a.session, b.session) || a.firstSeq - b.firstSeq);
  const runs: Run[] = [];
  for (const part of sorted) {
    const last = runs.at(-1);
    const follows =
      last !== undefined && last.writer === part.writer && last.session === part.session && (last.read.at(-1)?.seq ?? 0) < part.firstSeq;
    const run: Run = follows ? last : { writer: part.writer, session: part.session, read: [], at: [], next: 0 };
    if (run !== last) runs.push(run);
    readPart(part, run, sha256);
  }
  for (const { at } of runs) {
    // lines before the first event stand with it; a run without any event stands at the beginning
    const first = at.find(Number.isFinite) ?? 0;
    for (let i = 0; i < at.length && at[i] === Number.NEGATIVE_INFINITY; i++) at[i] = first;
  }
  return runs;
}

function readPart({ writer, session, firstSeq, lines }: SessionPart, { read, at }: Run, sha256: Sha256): void {
  let latest = at.at(-1) ?? Number.NEGATIVE_INFINITY;
  let seq = firstSeq;
  for (const line of lines) {
    const found = readEntry(line, writer, session, seq++, sha256);
    // what was pruned is one gap, however many lines it had
    const before = read.at(-1);
    if ('kind' in found && found.kind === 'pruned' && before !== undefined && 'kind' in before && before.kind === 'pruned') continue;
    if ('id' in found) latest = Math.max(latest, moment(found.event.ts) ?? latest);
    read.push(found);
    at.push(latest);
  }
}

/** The parts less those that are only the beginning of another one. */
function longest(parts: readonly SessionPart[]): SessionPart[] {
  const kept = new Map<string, SessionPart[]>();
  for (const part of parts) {
    const path = `${part.writer}/${part.session}/${part.firstSeq}`;
    const versions = kept.get(path) ?? [];
    if (versions.some((other) => isBeginning(part.lines, other.lines))) continue;
    kept.set(path, [...versions.filter((other) => !isBeginning(other.lines, part.lines)), part]);
  }
  return [...kept.values()].flat();
}

function isBeginning(lines: readonly string[], of: readonly string[]): boolean {
  return lines.length <= of.length && lines.every((line, i) => line === of[i]);
}

/** Reads one line: its event, or why there is none. Never throws. */
export function readEntry(line: string, writer: string, session: string, seq: number, sha256: Sha256): Read {
  const usual = line.length > LINE_LIMIT ? undefined : readUsual(line, writer, session, seq, sha256);
  if (usual !== undefined) return usual;
  const read = readLine(line, true);
  if (read.kind === 'erased') return { kind: 'erased', writer, session, seq, erased: read.erased };
  if (read.kind === 'pruned') return { kind: 'pruned', writer, session, seq };
  if (read.kind === 'bad') return { kind: 'bad', writer, session, seq, reason: read.reason };
  const { event } = read;
  if (event.session !== session) return { kind: 'bad', writer, session, seq, reason: 'it names another session than its path does' };
  return { id: lineId(line, event, sha256), writer, seq, event, line };
}

/** The three forms that splitLine knows. */
const ASSIGNED: Readonly<Record<string, TraceEvent['assigned']>> = {
  '["session"]': ['session'],
  '["ts"]': ['ts'],
  '["session","ts"]': ['session', 'ts'],
};

/** Reads a line of the usual form: all but the payload is matched as text, so only the payload has to be parsed. */
function readUsual(line: string, writer: string, session: string, seq: number, sha256: Sha256): Entry | undefined {
  const parts = splitLine(line);
  if (parts === undefined || parts.session !== session || !isTimestamp(parts.ts)) return undefined;
  const { ts, type, payload: payloadText } = parts;
  try {
    // splitLine saw the opening brace: what parses is an object
    const payload = JSON.parse(payloadText) as TraceEvent['payload'];
    const assigned = ASSIGNED[parts.assigned];
    const event = assigned === undefined ? { payload, session, ts, type } : { assigned, payload, session, ts, type };
    return { id: lineId(line, event, sha256), writer, seq, event, line, payloadText };
  } catch {
    return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
