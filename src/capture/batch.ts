/**
 * Stage 1, batches: takes a JSON batch, a bare array or NDJSON apart into spool records. One bad event never loses the
 * good ones: it is rejected with its index and the reason.
 */
import type { JsonObject } from '../core/canonical.ts';
import { canonical } from '../core/canonical.ts';
import { type ErrorCode, fail, isTraceError, messageOf } from '../core/errors.ts';
import { developerSchema, payloadFault } from '../core/event.schema.ts';
import { scanJson } from '../core/json-scan.ts';
import { LINE_LIMIT, type Sha256 } from '../core/line.ts';
import { SESSION } from '../core/segment.ts';
import { shown } from '../core/shown.ts';
import { normaliseTime } from '../core/time.ts';
import { parseTraceArgument } from '../core/trace-name.ts';
import type { Place, SessionFacts, SpoolRecord } from '../spool/record.ts';

export interface Rejection {
  /** Position of the event in the batch, from 0. */
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

export type BatchItem = { kind: 'record'; index: number; record: SpoolRecord } | { kind: 'rejected'; rejection: Rejection };

export interface BatchOptions {
  /** How the source is called in messages. */
  readonly name: string;
  /** Where events belong that name no place. */
  readonly place: Place;
  readonly developer: JsonObject;
  readonly sha256: Sha256;
  /** The time for events that have none. */
  readonly now: string;
}

/** Bytes of a batch that is one JSON value; NDJSON may be of any length. */
const WHOLE_LIMIT = 268_435_456;

interface Defaults {
  readonly place: Place;
  readonly session: string | undefined;
  readonly developer: JsonObject;
}

/**
 * Takes a batch apart.
 *
 * @throws bad-json, bad-batch, too-large when nothing of it can be understood
 */
export function* readBatch(bytes: Buffer, options: BatchOptions): Generator<BatchItem> {
  const start = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  const defaults: Defaults = { place: options.place, session: undefined, developer: options.developer };
  if (isNdjson(bytes, start)) {
    yield* readLines(bytes, start, defaults, options);
    return;
  }
  if (bytes.length > WHOLE_LIMIT)
    throw fail('too-large', `${options.name} is one JSON value of ${bytes.length} bytes, at most ${WHOLE_LIMIT} are read`, [
      'send it as NDJSON, one event a line, of any length',
    ]);
  const text = decode(bytes.subarray(start), options.name);
  if (text.trim() === '') return;
  const value = parse(text, options.name);
  const faults = scanJson(text);
  const at = Array.isArray(value) ? 0 : 1;
  const outer = faults.find((fault) => typeof fault.path[at] !== 'number');
  if (outer !== undefined)
    throw fail('bad-batch', `${options.name} is ambiguous: ${outer.reason}`, ['mend the batch and send it again; nothing was recorded']);
  const batch = Array.isArray(value) ? { events: value, defaults } : readHead(value, defaults, options);
  for (const [index, item] of batch.events.entries()) {
    const fault = faults.find((found) => found.path[at] === index);
    yield fault === undefined ? readItem(item, index, batch.defaults, options) : reject(index, 'bad-json', fault.reason);
  }
}

/** Whether the first line is an event by itself (a batch has `events`, or goes on in the next line). */
function isNdjson(bytes: Buffer, start: number): boolean {
  let from = start;
  for (let end = bytes.indexOf(0x0a, from); ; end = bytes.indexOf(0x0a, from)) {
    const line = bytes.toString('utf8', from, end < 0 ? bytes.length : end).trim();
    if (line !== '') {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === 'object' && value !== null && !Array.isArray(value) && !('events' in value);
      } catch {
        return false;
      }
    }
    if (end < 0) return false;
    from = end + 1;
  }
}

function* readLines(bytes: Buffer, start: number, defaults: Defaults, options: BatchOptions): Generator<BatchItem> {
  let index = 0;
  for (let from = start; from < bytes.length; ) {
    const found = bytes.indexOf(0x0a, from);
    const end = found < 0 ? bytes.length : found;
    if (end - from > LINE_LIMIT) yield tooLarge(index++, end - from);
    else if (end > from && bytes.toString('latin1', from, end).trim() !== '')
      yield readOneLine(bytes.subarray(from, end), index++, defaults, options);
    from = end + 1;
  }
}

function readOneLine(bytes: Buffer, index: number, defaults: Defaults, options: BatchOptions): BatchItem {
  try {
    const text = decode(bytes, `line ${index + 1}`);
    const value = parse(text, `line ${index + 1}`);
    const fault = scanJson(text)[0];
    return fault === undefined ? readItem(value, index, defaults, options) : reject(index, 'bad-json', fault.reason);
  } catch (error) {
    return reject(index, isTraceError(error) ? error.code : 'bad-json', messageOf(error));
  }
}

/** Reads what a batch says once for all its events. @throws bad-batch, bad-argument */
function readHead(value: unknown, defaults: Defaults, options: BatchOptions): { events: unknown[]; defaults: Defaults } {
  if (typeof value !== 'object' || value === null) throw notABatch(options.name, value);
  // members are looked at one by one
  const { events, pr, branch, session, developer } = value as Record<string, unknown>;
  if (events === undefined && 'type' in value) return { events: [value], defaults };
  if (!Array.isArray(events))
    throw fail('bad-batch', `${options.name}: "events" is ${shown(events)}, expected a list of events`, [
      'a batch is {"events":[…]}, a list of events, or NDJSON; nothing was recorded',
    ]);
  let { place } = defaults;
  if (pr !== undefined && pr !== null) {
    const meant = typeof pr === 'number' || typeof pr === 'string' ? parseTraceArgument(String(pr)) : undefined;
    if (meant?.kind !== 'number')
      throw fail('bad-batch', `${options.name}: "pr" is ${shown(pr)}, expected a number or "owner/repo#number"`, ['nothing was recorded']);
    place = { trace: meant.number };
  } else if (branch !== undefined && branch !== null) {
    const meant = typeof branch === 'string' ? parseTraceArgument(`refs/heads/${branch.replace(/^refs\/heads\//, '')}`) : undefined;
    if (meant?.kind !== 'branch')
      throw fail('bad-batch', `${options.name}: "branch" is ${shown(branch)}, expected a branch name`, ['nothing was recorded']);
    place = { branch: meant.branch };
  }
  if (session !== undefined && session !== null && (typeof session !== 'string' || !SESSION.test(session))) {
    throw fail('bad-batch', `${options.name}: "session" is ${shown(session)}, expected 1 to 64 of A-Z a-z 0-9 . _ -`, [
      'nothing was recorded',
    ]);
  }
  if (developer !== undefined && developer !== null && !developerSchema.safeParse({ os: 'unknown', ...developer }).success) {
    throw fail('bad-batch', `${options.name}: "developer" is ${shown(developer)}, expected {"user_id": <uuid>, "ide_version", "os"}`, [
      'nothing was recorded',
    ]);
  }
  return {
    events,
    defaults: {
      place,
      session: typeof session === 'string' ? session : undefined,
      // the schema has just told that it is an object
      developer: developer === undefined || developer === null ? defaults.developer : ({ os: 'unknown', ...developer } as JsonObject),
    },
  };
}

function readItem(value: unknown, index: number, defaults: Defaults, options: BatchOptions): BatchItem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return reject(index, 'bad-event', `it is ${shown(value)}, expected an object`);
  const { ts, type, payload, session, assigned, ...more } = value as Record<string, unknown>; // looked at below
  if (typeof type !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(type))
    return reject(index, 'bad-event', `"type" is ${shown(type)}, expected snake_case of at most 64 characters`);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return reject(index, 'bad-event', `"payload" is ${shown(payload)}, expected an object`);
  const time = ts === undefined || ts === null ? options.now : typeof ts === 'string' ? normaliseTime(ts) : undefined;
  if (time === undefined) return reject(index, 'bad-event', `"ts" is ${shown(ts)}, expected an ISO 8601 time with a zone`);
  if (session !== undefined && session !== null && (typeof session !== 'string' || !SESSION.test(session)))
    return reject(index, 'bad-event', `"session" is ${shown(session)}, expected 1 to 64 of A-Z a-z 0-9 . _ -`);
  const fault = payloadFault(type, payload);
  if (fault !== undefined) return reject(index, 'bad-event', `"${fault.path}" is ${shown(fault.seen)}, expected ${fault.expected}`);
  try {
    const size = Buffer.byteLength(canonical(value));
    if (size > LINE_LIMIT) return tooLarge(index, size);
  } catch (error) {
    return reject(index, 'bad-event', messageOf(error));
  }
  const filled = new Set(Array.isArray(assigned) ? assigned : []);
  const record: SpoolRecord = {
    place: defaults.place,
    session: sessionFacts(typeof session === 'string' ? session : defaults.session, filled.has('session'), defaults, options),
    type,
    ts: time,
    ...(ts === undefined || ts === null || filled.has('ts') ? { tsAssigned: true } : {}),
    payload: payload as JsonObject, // canonical has walked it: plain JSON all through
    ...moreMembers(more),
  };
  return { kind: 'record', index, record };
}

/** Members that are none of ours are kept; what `show --ndjson` derives is not said again. */
function moreMembers(more: Record<string, unknown>): { more?: JsonObject } {
  const derived = typeof more['id'] === 'string' && /^[0-9a-f]{64}$/.test(more['id']) && typeof more['seq'] === 'number';
  const { id: _id, seq: _seq, session_seq: _sessionSeq, writer: _writer, ...others } = more;
  const kept = derived ? others : more;
  return Object.keys(kept).length === 0 ? {} : { more: kept as JsonObject }; // plain JSON, as above
}

function sessionFacts(said: string | undefined, wasAssigned: boolean, defaults: Defaults, options: BatchOptions): SessionFacts {
  const facts = { kind: 'api', tool: 'git-trace ingest', developer: defaults.developer };
  if (said !== undefined) return { id: said, ...facts, ...(wasAssigned ? { assigned: true } : {}) };
  // one stable session for each developer; the writer and the trace are in the path anyway
  return { id: `api-${options.sha256(canonical(defaults.developer['user_id'])).slice(0, 16)}`, ...facts, assigned: true };
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fail('bad-json', `${name} is not UTF-8`, ['JSON is UTF-8; nothing of it was recorded']);
  }
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const said = messageOf(cause)
      .replace(/, ?"?[\s\S]{0,40}"? is not valid JSON$/, '')
      .replace(/ in JSON at position/, ' at position');
    throw fail(
      'bad-json',
      `${name} is not JSON: ${said.length > 120 ? 'it cannot be parsed' : said}`,
      ['a batch is {"events":[…]}, a list of events, or NDJSON; nothing of it was recorded'],
      { cause },
    );
  }
}

function notABatch(name: string, value: unknown): Error {
  return fail('bad-batch', `${name} is ${shown(value)}, expected a batch`, [
    'a batch is {"events":[…]}, a list of events, or NDJSON; nothing was recorded',
  ]);
}

function reject(index: number, code: ErrorCode, message: string): BatchItem {
  return { kind: 'rejected', rejection: { index, code, message } };
}

function tooLarge(index: number, bytes: number): BatchItem {
  return reject(index, 'too-large', `it has ${bytes} bytes, at most ${LINE_LIMIT} are taken; send large output as a sample`);
}
