/**
 * A journal line: the canonical JSON of one event, and what is derived from it. The line holds only what was said;
 * id and seq are never stored.
 */
import { canonical } from './canonical.ts';
import { fail } from './errors.ts';
import { SESSION } from './segment.ts';
import { shown } from './shown.ts';
import { splitLine } from './split-line.ts';
import { isTimestamp, type Timestamp } from './time.ts';

export interface EventPayload {
  readonly [member: string]: unknown;
}

/** One event as it stands in a line; members that are not named here are kept byte for byte. */
export interface TraceEvent {
  readonly payload: EventPayload;
  readonly session: string;
  readonly ts: Timestamp;
  readonly type: string;
  /** The members that we filled in because the producer left them out. */
  readonly assigned?: readonly ('session' | 'ts')[];
}

/** sha-256 of bytes (a text counts as its UTF-8), as 64 hex digits. */
export type Sha256 = (bytes: string) => string;

/** One line of a journal, read. */
export interface Entry {
  /** Content hash: 64 hex digits. */
  readonly id: string;
  readonly writer: string;
  /** Position in the session, from 1. */
  readonly seq: number;
  readonly event: TraceEvent;
  /** The line's text without its newline. */
  readonly line: string;
  /** The payload as it stands in the line, where the line has no members but those that TraceEvent names. */
  readonly payloadText?: string;
}

/** Characters of a line; a longer one is refused (a payload is capped far below). */
export const LINE_LIMIT = 1_048_576;

/** Writes an event as its line, without the newline. @throws bad-event */
export function formatLine(event: TraceEvent): string {
  return canonical(event);
}

/**
 * The content hash of a line: sha-256 of its bytes less the assigned members, so that a batch sent twice has the same
 * ids although its times were filled in twice.
 *
 * @throws bad-event for a line of an unusual form that cannot be said canonically
 */
export function lineId(line: string, event: TraceEvent, sha256: Sha256): string {
  const { assigned } = event;
  if (assigned === undefined) return sha256(line);
  const parts = splitLine(line);
  if (parts !== undefined) {
    // the usual line: its bytes are at hand, and most events of a clone's own session come this way
    const session = assigned.includes('session') ? '' : `,"session":"${parts.session}"`;
    const ts = assigned.includes('ts') ? '' : `,"ts":"${parts.ts}"`;
    return sha256(`{"payload":${parts.payload}${session}${ts},"type":"${parts.type}"}`);
  }
  const said: Record<string, unknown> = { ...event };
  for (const member of assigned) delete said[member];
  delete said['assigned'];
  return sha256(canonical(said));
}

/** What stands in a line of a journal: an event, the place of an erased one, or neither. */
export type ReadLine =
  | { kind: 'event'; event: TraceEvent }
  | { kind: 'erased'; erased: string }
  | { kind: 'pruned' }
  | { kind: 'bad'; reason: string };

const ERASED = /^\{"erased":"([0-9a-f]{64})"\}$/;
/** What stands in place of an event that was dropped for its age. */
export const PRUNED_LINE = '{"pruned":{}}';
/** Types of events. */
export const TYPE = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Reads a line that came from anywhere. With `strict` a line must be the canonical form of what it says; readers that
 * only show it may skip that (it costs half of reading).
 */
export function readLine(line: string, strict: boolean): ReadLine {
  if (line.length > LINE_LIMIT) return { kind: 'bad', reason: `longer than ${LINE_LIMIT} characters` };
  const erased = ERASED.exec(line)?.[1];
  if (erased !== undefined) return { kind: 'erased', erased };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: 'bad', reason: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'bad', reason: 'not a JSON object' };
  if (isPrunedLine(line)) return { kind: 'pruned' };
  const reason = eventFault(value as Record<string, unknown>);
  if (reason !== undefined) return { kind: 'bad', reason };
  if (strict) {
    try {
      if (canonical(value) !== line) return { kind: 'bad', reason: 'not canonical JSON' };
    } catch (cause) {
      return { kind: 'bad', reason: cause instanceof Error ? cause.message : 'not canonical JSON' };
    }
  }
  // eventFault has looked at every member that TraceEvent names
  return { kind: 'event', event: value as unknown as TraceEvent };
}

/** Tells whether a line stands in place of an event that was dropped for its age. */
export function isPrunedLine(line: string): boolean {
  return line.startsWith('{"pruned":');
}

/**
 * The marks of erased events that a pruned line keeps: what was erased before it was dropped must not come back.
 *
 * @example
 * prunedMarks('{"pruned":{}}') // []
 */
export function prunedMarks(line: string): readonly string[] {
  const list = /^\{"pruned":\{"erased":\["([0-9a-f",]*)"\]\}\}$/.exec(line)?.[1];
  return list?.split('","').filter((mark) => /^[0-9a-f]{64}$/.test(mark)) ?? [];
}

/** What keeps an object from being an event, in words; `undefined` if nothing does. Payloads are the schema's matter. */
export function eventFault(value: Record<string, unknown>): string | undefined {
  const { payload, session, ts, type, assigned } = value;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return `"payload" is ${shown(payload)}, expected an object`;
  if (typeof session !== 'string' || !SESSION.test(session)) return `"session" is ${shown(session)}, expected 1 to 64 of A-Z a-z 0-9 . _ -`;
  if (typeof ts !== 'string' || !isTimestamp(ts)) return `"ts" is ${shown(ts)}, expected a UTC time with milliseconds`;
  if (typeof type !== 'string' || !TYPE.test(type)) return `"type" is ${shown(type)}, expected snake_case of at most 64 characters`;
  if (assigned === undefined) return undefined;
  return isAssigned(assigned) ? undefined : `"assigned" is ${shown(assigned)}, expected some of "session", "ts"`;
}

/** Tells whether a value is what `assigned` may hold: one or both of its words, none twice. */
export function isAssigned(value: unknown): value is NonNullable<TraceEvent['assigned']> {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size < value.length) return false;
  return value.every((member) => member === 'session' || member === 'ts');
}

/** Reads a line as an event. @throws bad-line */
export function parseLine(line: string): TraceEvent {
  const read = readLine(line, true);
  if (read.kind === 'event') return read.event;
  throw fail('bad-line', read.kind === 'bad' ? read.reason : `the line holds no event (${read.kind})`);
}
