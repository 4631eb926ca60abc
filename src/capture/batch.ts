/**
 * Stage 1, batches: takes a JSON batch, a bare array or NDJSON apart into spool records. One bad event never loses the
 * good ones: it is rejected with its index and the reason.
 */
import { canonical, fitsCanonically, type JsonObject } from '../core/canonical.ts';
import { type ErrorCode, fail, isTraceError, messageOf } from '../core/errors.ts';
import { developerSchema, payloadFault } from '../core/event.schema.ts';
import { type ScanFault, scanJson } from '../core/json-scan.ts';
import { isAssigned, LINE_LIMIT, type Sha256, TYPE } from '../core/line.ts';
import { SESSION } from '../core/segment.ts';
import { shown } from '../core/shown.ts';
import { normaliseTime } from '../core/time.ts';
import { isBranchName, parseTraceArgument, type TraceArgument } from '../core/trace-name.ts';
import type { Place, SessionFacts, SpoolRecord } from '../spool/record.ts';
import { decodeText, formOf, type InputLine, inputLines, isObject, parseJson, SHAPES, WHOLE_LIMIT } from './json-input.ts';

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

/** Characters of a developer and of a branch: every record repeats them. */
const HEAD_LIMIT = 4_096;

interface Defaults {
  readonly place: Place;
  readonly session: string | undefined;
  readonly developer: JsonObject;
  /** Those that the batch has named so far: its events share them. */
  readonly sessions: Map<string, SessionFacts>;
}

/**
 * Takes a batch apart.
 *
 * @throws bad-json, bad-batch, too-large when nothing of it can be understood; then nothing was given out yet
 */
export function* readBatch(bytes: Buffer, options: BatchOptions): Generator<BatchItem> {
  const marked = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const body = marked ? bytes.subarray(3) : bytes;
  const defaults: Defaults = { place: options.place, session: undefined, developer: options.developer, sessions: new Map() };
  const { isNdjson, read } = formOf(body);
  if (isNdjson) {
    let index = 0;
    for (const line of inputLines(body)) yield readOneLine(line, index++, defaults, options);
    return;
  }
  if (body.length > WHOLE_LIMIT)
    throw fail('too-large', `${options.name} is one JSON value of ${body.length} bytes, expected at most ${WHOLE_LIMIT}`, [
      'send it as NDJSON, one event a line, which may be of any length',
    ]);
  const text = read?.text ?? decodeText(body, options.name);
  if (text.trim() === '') return;
  const value = read === undefined ? parseJson(text, options.name) : read.value;
  const faults = scanJson(text);
  // an event's path is [3] in a list and ['events', 3] in a batch
  const at = Array.isArray(value) ? 0 : 1;
  const outer = faults.find(({ path }) => typeof path[at] !== 'number' || (at === 1 && path[0] !== 'events'));
  if (outer !== undefined)
    throw fail('bad-batch', `${options.name} is ambiguous: ${outer.reason}`, ['mend the batch and send it again; nothing was recorded']);
  const batch = Array.isArray(value) ? { events: value, defaults } : readHead(value, defaults, options);
  // from behind, so that the first fault of an event is the one that stays
  const byEvent = new Map(faults.reverse().map((fault) => [fault.path[at], fault]));
  for (const [index, item] of batch.events.entries()) {
    const fault = byEvent.get(index);
    yield fault === undefined ? readItem(item, index, batch.defaults, options) : ambiguous(index, fault, at + 1);
  }
}

function readOneLine(line: InputLine, index: number, defaults: Defaults, options: BatchOptions): BatchItem {
  const name = `line ${line.number}`;
  try {
    if (typeof line.text !== 'string' && line.text.bytes.length > LINE_LIMIT) return tooLarge(index, line.text.bytes.length);
    const text = typeof line.text === 'string' ? line.text : decodeText(line.text.bytes, name);
    const value = parseJson(text, name);
    const fault = scanJson(text)[0];
    return fault === undefined ? readItem(value, index, defaults, options) : ambiguous(index, fault, 0);
  } catch (error) {
    return reject(index, isTraceError(error) ? error.code : 'bad-json', messageOf(error));
  }
}

/** Reads what a batch says once for all its events. @throws bad-batch */
function readHead(value: unknown, defaults: Defaults, options: BatchOptions): { events: unknown[]; defaults: Defaults } {
  const wrong = (member: string, seen: unknown, expected: string): Error =>
    fail('bad-batch', `${options.name}: "${member}" is ${shown(seen)}, expected ${expected}`, [SHAPES]);
  if (!isObject(value)) throw fail('bad-batch', `${options.name} is ${shown(value)}, expected a batch`, [SHAPES]);
  const { events, session = null, developer = null } = value;
  if (events === undefined && 'type' in value) return { events: [value], defaults };
  if (!Array.isArray(events)) throw wrong('events', events, 'a list of events');
  let { place } = defaults;
  const { pr, branch } = placeSaid(value);
  if (pr !== null) {
    const meant = typeof pr === 'number' || typeof pr === 'string' ? meaning(String(pr)) : undefined;
    if (meant?.kind !== 'number') throw wrong('pr', pr, 'a number or "owner/repo#number"');
    place = { trace: meant.number };
  } else if (branch !== null) {
    const name = typeof branch === 'string' ? branch.replace(/^refs\/heads\//, '') : '';
    if (!isBranchName(name) || name.length > HEAD_LIMIT) throw wrong('branch', branch, "a branch's name");
    place = { branch: name };
  }
  if (session !== null && (typeof session !== 'string' || !SESSION.test(session)))
    throw wrong('session', session, '1 to 64 of A-Z a-z 0-9 . _ -');
  if (developer === null) return { events, defaults: { ...defaults, place, session: session ?? undefined } };
  const said = { os: 'unknown', ...(isObject(developer) ? developer : {}) };
  if (!developerSchema.safeParse(said).success || !isShort(said))
    throw wrong('developer', developer, `{"user_id": <uuid>, "ide_version", "os"} of at most ${HEAD_LIMIT} characters`);
  // plain JSON, as the whole batch
  return { events, defaults: { ...defaults, place, session: session ?? undefined, developer: said as JsonObject } };
}

/** The pull request and the branch of a batch; it may say them as a trace document does, in `pr.pr_id` and `repo.branch`. */
function placeSaid({ pr = null, branch, repo }: Record<string, unknown>): { pr: unknown; branch: unknown } {
  const name = branch ?? (isObject(repo) ? repo['branch'] : undefined) ?? null;
  if (!isObject(pr)) return { pr, branch: name };
  // one that names neither is no word for the branch we are on
  return { pr: pr['pr_id'] ?? (name === null ? pr : null), branch: name };
}

function isShort(value: unknown): boolean {
  try {
    return canonical(value).length <= HEAD_LIMIT;
  } catch {
    return false; // it cannot be said at all
  }
}

/** What a pull request's name means; `undefined` where it means none. */
function meaning(text: string): TraceArgument | undefined {
  try {
    return parseTraceArgument(text);
  } catch {
    return undefined;
  }
}

function readItem(value: unknown, index: number, defaults: Defaults, options: BatchOptions): BatchItem {
  if (!isObject(value)) return reject(index, 'bad-event', `it is ${shown(value)}, expected an object`);
  const { ts, type, payload, session, assigned, ...more } = value;
  if (typeof type !== 'string' || !TYPE.test(type))
    return reject(index, 'bad-event', `"type" is ${shown(type)}, expected snake_case of at most 64 characters`);
  if (!isObject(payload)) return reject(index, 'bad-event', `"payload" is ${shown(payload)}, expected an object`);
  const time = ts === undefined || ts === null ? options.now : typeof ts === 'string' ? normaliseTime(ts) : undefined;
  if (time === undefined) return reject(index, 'bad-event', `"ts" is ${shown(ts)}, expected an ISO 8601 time with a zone`);
  if (session !== undefined && session !== null && (typeof session !== 'string' || !SESSION.test(session)))
    return reject(index, 'bad-event', `"session" is ${shown(session)}, expected 1 to 64 of A-Z a-z 0-9 . _ -`);
  if (assigned !== undefined && !isAssigned(assigned))
    return reject(index, 'bad-event', `"assigned" is ${shown(assigned)}, expected some of "session", "ts"`);
  const fault = payloadFault(type, payload);
  if (fault !== undefined) return reject(index, 'bad-event', `"${fault.path}" is ${shown(fault.seen)}, expected ${fault.expected}`);
  try {
    if (!fitsCanonically(value, LINE_LIMIT)) {
      const size = Buffer.byteLength(canonical(value));
      if (size > LINE_LIMIT) return tooLarge(index, size);
    }
  } catch (error) {
    return reject(index, 'bad-event', messageOf(error));
  }
  const record: SpoolRecord = {
    place: defaults.place,
    session: sessionFacts(
      typeof session === 'string' ? session : defaults.session,
      assigned?.includes('session') === true,
      defaults,
      options,
    ),
    type,
    ts: time,
    ...(ts === undefined || ts === null || assigned?.includes('ts') ? { tsAssigned: true } : {}),
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
  const key = `${said ?? ''}${wasAssigned ? ' assigned' : ''}`;
  const known = defaults.sessions.get(key) ?? madeSession(said, wasAssigned, defaults, options);
  defaults.sessions.set(key, known);
  return known;
}

function madeSession(said: string | undefined, wasAssigned: boolean, defaults: Defaults, options: BatchOptions): SessionFacts {
  const facts = { kind: 'api', tool: 'git-trace ingest', developer: defaults.developer };
  if (said !== undefined) return { id: said, ...facts, ...(wasAssigned ? { assigned: true } : {}) };
  // one stable session for each developer; the writer and the trace are in the path anyway
  return { id: `api-${options.sha256(canonical(defaults.developer['user_id'])).slice(0, 16)}`, ...facts, assigned: true };
}

/** @param from steps of the path that lead to the event */
function ambiguous(index: number, fault: ScanFault, from: number): BatchItem {
  return reject(index, 'bad-json', `at "${fault.path.slice(from).join('.')}": ${fault.reason}`);
}

function reject(index: number, code: ErrorCode, message: string): BatchItem {
  return { kind: 'rejected', rejection: { index, code, message } };
}

function tooLarge(index: number, bytes: number): BatchItem {
  return reject(index, 'too-large', `it has ${bytes} bytes, expected at most ${LINE_LIMIT}; send large output as a sample`);
}
