/**
 * Stage 2, the words: what stands in a spool file. Shells write raw NUL-separated fields (`*.rec`), node producers
 * one JSON object a line (`*.ndjson`); both become a {@link SpoolRecord}. Pure; never opens a file.
 */
import type { JsonObject } from '../core/canonical.ts';
import { eventFault } from '../core/line.ts';
import { shown } from '../core/shown.ts';
import { AGENT_HOOK, type AgentRecord, agentRecord } from './agent-record.ts';
import { shellCommandPayload } from './command-record.ts';
import { hookPayload, isHookType } from './hook-record.ts';

/** Where an event happened, as far as the producer knew at that moment. */
export interface Place {
  /** The trace itself, where it was named (`link`, `ingest --pr`). */
  readonly trace?: string;
  /** Branch without `refs/heads/`; null where HEAD was detached. */
  readonly branch?: string | null;
  /** HEAD's commit. */
  readonly head?: string;
}

/** Whose run an event belongs to. Without one it joins the clone's own session. */
export interface SessionFacts {
  readonly id: string;
  readonly kind?: string;
  readonly tool?: string;
  /** The model that an agent uses, as far as it said. */
  readonly model?: string;
  readonly developer?: JsonObject;
  /** The id was made up here, not said by the producer. */
  readonly assigned?: boolean;
}

/** One spooled record. */
export interface SpoolRecord {
  readonly place: Place;
  readonly session?: SessionFacts;
  readonly type: string;
  /** Missing where the producer had no clock; the file's time of last write stands in for it. */
  readonly ts?: string;
  /** The time was filled in for the producer. */
  readonly tsAssigned?: boolean;
  readonly payload: JsonObject;
  /** Members of the event that are none of ours, kept as they came. */
  readonly more?: JsonObject;
  /** What an agent's hook was given: no event yet, the flush makes events of it. */
  readonly agent?: AgentRecord;
}

/** What a stretch of a spool file turned out to be. Offsets are bytes from the file's start. */
export type Decoded =
  | { readonly kind: 'record'; readonly record: SpoolRecord; readonly end: number }
  | { readonly kind: 'bad'; readonly bytes: Buffer; readonly start: number; readonly end: number; readonly reason: string };

export interface Decoding {
  readonly found: readonly Decoded[];
  /** Where the next read begins; what lies behind it is an unfinished record. */
  readonly next: number;
}

/** Bytes of one record; a longer one goes to quarantine unread. */
export const RECORD_LIMIT = 1_048_576;

const MAGIC = Buffer.from('\ngt1\0');
const END = 'end';
const EQUALS = 0x3d;

/**
 * Writes a record as a shell does: `LF gt1 NUL type NUL <count> NUL (field NUL)* end NUL`, each field `name=value`.
 *
 * @example
 * formatShellRecord('commit', ['head=abc']).toString() // '\ngt1\0commit\0' + '1\0head=abc\0end\0'
 */
export function formatShellRecord(type: string, fields: readonly string[]): Buffer {
  return Buffer.from(`\ngt1\0${[type, String(fields.length), ...fields, END].join('\0')}\0`);
}

/** Writes a record as node producers do: a newline, then the JSON object, then a newline. */
export function formatRecord(record: SpoolRecord): string {
  return `\n${JSON.stringify(record)}\n`;
}

/**
 * Reads the records of a shell-written file from `offset` on. A torn or foreign stretch damages only itself: reading
 * goes on at the next record's beginning. The start of a command and its end become one record; a start whose end has
 * not come is unread while somebody may write it.
 *
 * @param finished nobody writes to the file any more, so that an unfinished record at its end will stay so
 */
export function decodeShellRecords(bytes: Buffer, offset: number, finished: boolean): Decoding {
  const found: Decoded[] = [];
  let begun: { fields: readonly Buffer[]; start: number; end: number } | undefined;
  const put = (type: string, fields: readonly Buffer[], start: number, end: number): void => {
    const record = shellRecord(type, fields);
    if (typeof record !== 'string') found.push({ kind: 'record', record, end: offset + end });
    else found.push({ kind: 'bad', bytes: bytes.subarray(start, end), start: offset + start, end: offset + end, reason: record });
  };
  const giveUp = (): void => {
    if (begun !== undefined) put('command', begun.fields, begun.start, begun.end);
    begun = undefined;
  };
  const waiting = (next: number): Decoding => {
    const { start } = begun ?? { start: next };
    return { found: found.filter(({ end }) => end <= offset + start), next: offset + start };
  };
  let at = 0;
  while (at < bytes.length) {
    const read = bytes.subarray(at, at + MAGIC.length).equals(MAGIC) ? readFields(bytes, at + MAGIC.length) : undefined;
    if (read !== undefined && read.kind === 'fields') {
      const { type, fields, end } = read;
      if (type === 'finish' && begun !== undefined) {
        put('command', [...begun.fields, ...fields], begun.start, end);
        begun = undefined;
      } else {
        giveUp();
        if (type === 'start') begun = { fields, start: at, end };
        else put(type, fields, at, end);
      }
      at = end;
      continue;
    }
    // neither a record nor the beginning of one: what lies before the next beginning is damaged
    const next = bytes.indexOf(MAGIC, at + 1);
    if (next < 0 && !finished && bytes.length - at <= RECORD_LIMIT) return waiting(at);
    const end = next < 0 ? bytes.length : next;
    found.push({ kind: 'bad', bytes: bytes.subarray(at, end), start: offset + at, end: offset + end, reason: 'a torn or foreign record' });
    at = end;
  }
  if (begun !== undefined && !finished) return waiting(at);
  giveUp();
  return { found, next: offset + at };
}

type Fields = { kind: 'fields'; type: string; fields: Buffer[]; end: number } | { kind: 'none' };

function readFields(bytes: Buffer, start: number): Fields {
  const fields: Buffer[] = [];
  let wanted = 2;
  let at = start;
  while (true) {
    const nul = bytes.indexOf(0, at);
    if (nul < 0) return { kind: 'none' };
    // a torn record runs into the next one, whose type is no field
    if (fields.length >= 2 && fields.length < wanted - 1 && !bytes.subarray(at, nul).includes(EQUALS)) return { kind: 'none' };
    fields.push(bytes.subarray(at, nul));
    at = nul + 1;
    if (fields.length === 2) {
      const count = fields[1]?.toString('latin1') ?? '';
      if (!/^[0-9]{1,3}$/.test(count)) return { kind: 'none' };
      wanted = Number(count) + 3;
    }
    if (fields.length === wanted) break;
  }
  if (fields.at(-1)?.toString('latin1') !== END) return { kind: 'none' };
  return { kind: 'fields', type: fields[0]?.toString('latin1') ?? '', fields: fields.slice(2, -1), end: at };
}

/** Makes a record of a shell's fields, or says why it cannot. */
function shellRecord(type: string, fields: readonly Buffer[]): SpoolRecord | string {
  const said = new Map<string, Buffer>();
  for (const field of fields) {
    const equals = field.indexOf(EQUALS);
    if (equals < 1) return 'a field without a name';
    said.set(field.toString('latin1', 0, equals), field.subarray(equals + 1));
  }
  const takeBytes = (name: string): Buffer | undefined => {
    const value = said.get(name);
    return value?.length === 0 ? undefined : value;
  };
  // bytes that are no UTF-8 become U+FFFD here; git's names and messages come from git itself later
  const take = (name: string): string | undefined => takeBytes(name)?.toString('utf8');
  const branch = take('branch')?.replace(/^refs\/heads\//, '');
  const head = take('head');
  const session = take('session');
  const ts = take('ts') ?? momentSinceBoot(take('boot'), take('up'), take('nth'));
  if (ts !== undefined && !isMoment(ts)) return `"ts" is ${shown(ts)}, expected milliseconds since 1970`;
  const agent = type === AGENT_HOOK ? agentRecord(takeBytes) : undefined;
  if (typeof agent === 'string') return agent;
  const payload = agent === undefined ? shellPayload(type, head, take, takeBytes) : {};
  if (typeof payload === 'string') return payload;
  const record: SpoolRecord = {
    place: { branch: branch ?? null, ...(head === undefined ? {} : { head }) },
    type,
    payload,
    ...(session === undefined ? {} : { session: { id: session } }),
    ...(ts === undefined ? {} : { ts: new Date(Number(ts)).toISOString() }),
    ...(agent === undefined ? {} : { agent }),
  };
  return record;
}

/** A moment as a shell says it that cannot add: hundredths of a second since a known one, and which command it is of these. */
function momentSinceBoot(boot: string | undefined, up: string | undefined, nth = '0'): string | undefined {
  if (boot === undefined || up === undefined || !/^[0-9]{1,16}$/.test(boot) || !/^[0-9]{1,12}\.[0-9]{2}$/.test(up)) return undefined;
  return String(Number(boot) + Math.round(Number(up) * 1_000) + (/^[0-9]{1,15}$/.test(nth) ? Number(nth) % 10 : 0));
}

/** Whether a text counts milliseconds since 1970, as far as a date goes. */
function isMoment(text: string): boolean {
  return /^[0-9]{1,16}$/.test(text) && !Number.isNaN(new Date(Number(text)).getTime());
}

function shellPayload(
  type: string,
  head: string | undefined,
  take: (name: string) => string | undefined,
  takeBytes: Parameters<typeof shellCommandPayload>[0],
): JsonObject | string {
  if (isHookType(type)) return hookPayload(type, head, take);
  switch (type) {
    case 'command':
      return shellCommandPayload(takeBytes);
    case 'session_ended':
      return { status: 'completed' };
    case 'finish':
      return 'the end of a command whose start is missing';
    default:
      return `a record of type "${type.slice(0, 40)}", which no shell of this version writes`;
  }
}

/** Reads the records of a node-written file from `offset` on; every line stands for itself. */
export function decodeRecords(bytes: Buffer, offset: number, finished: boolean): Decoding {
  const found: Decoded[] = [];
  let at = 0;
  while (at < bytes.length) {
    let end = bytes.indexOf(0x0a, at);
    if (end < 0) {
      if (!finished && bytes.length - at <= RECORD_LIMIT) return { found, next: offset + at };
      end = bytes.length;
    }
    if (end > at) {
      const record = end - at > RECORD_LIMIT ? `longer than ${RECORD_LIMIT} bytes` : nodeRecord(bytes.toString('utf8', at, end));
      const to = Math.min(end + 1, bytes.length);
      if (typeof record === 'string')
        found.push({ kind: 'bad', bytes: bytes.subarray(at, end), start: offset + at, end: offset + to, reason: record });
      else found.push({ kind: 'record', record, end: offset + to });
    }
    at = end + 1;
  }
  return { found, next: offset + Math.min(at, bytes.length) };
}

function nodeRecord(line: string): SpoolRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  // every member is looked at below before the record is believed
  const record = value as Partial<Record<keyof SpoolRecord, unknown>>;
  const { place, session, ts } = record;
  if (typeof place !== 'object' || place === null) return 'no place';
  if (session !== undefined && (typeof session !== 'object' || session === null || !('id' in session))) return 'a session without an id';
  const id = session === undefined ? 'local' : (session as SessionFacts).id;
  const fault = eventFault({ payload: record.payload, type: record.type, session: id, ts: ts ?? '1970-01-01T00:00:00.000Z' });
  if (fault !== undefined) return fault;
  return value as SpoolRecord;
}
