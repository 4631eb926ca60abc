/**
 * Stage 3, deciding: from a spooled record to the event it says, and to the trace it belongs to. Pure but for the
 * ports it is given; writes nothing.
 */
import { canonical } from '../core/canonical.ts';
import { capCommand, capPayload } from '../core/cap.ts';
import { messageOf } from '../core/errors.ts';
import { payloadFault } from '../core/event.schema.ts';
import { type EventPayload, eventFault, formatLine, LINE_LIMIT, lineId, type Sha256, type TraceEvent } from '../core/line.ts';
import { allowed, type Policy } from '../core/policy.ts';
import type { CommitFacts } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { shellSession } from '../core/session.ts';
import { shown } from '../core/shown.ts';
import { isTraceName } from '../core/trace-name.ts';
import type { SessionFacts, SpoolRecord } from '../spool/record.ts';
import { complete } from './complete.ts';

/** An event ready for its session. For the clone's own session the line is made once the session is known. */
export interface Prepared {
  readonly event: TraceEvent;
  readonly id: string;
  /** The line, unless the event joins the clone's own session, whose name is not known yet. */
  readonly line: string | undefined;
}

export type Preparation =
  | { kind: 'event'; prepared: Prepared; session: SessionFacts | undefined }
  | { kind: 'excluded' }
  | { kind: 'bad'; reason: string };

/** What preparing looks up and obeys. */
export interface PrepareOptions {
  readonly facts: ReadonlyMap<string, CommitFacts>;
  readonly redactor: Redactor;
  readonly policy: Policy;
  readonly sha256: Sha256;
}

/** A name for an event that has no session yet; taken out of the id like every assigned session. */
const NOT_YET = 'local';

/** Narrows to what the policy allows, redacts, checks and caps one record, and computes its id. Never throws for what the record holds. */
export function prepare(record: SpoolRecord, ts: string, options: PrepareOptions): Preparation {
  // what it means is told before a record comes here; nobody has looked at what it holds
  if (record.agent !== undefined) return { kind: 'bad', reason: 'what an agent said, and nobody has told what it means' };
  try {
    const session = sessionOf(record.session, options.redactor);
    const reason = placeFault(record.place) ?? (typeof session === 'string' ? session : nameFault('"type"', record.type, options.redactor));
    if (reason !== undefined || typeof session === 'string') return { kind: 'bad', reason: reason ?? '' };
    return prepareEvent(record, session, ts, options);
  } catch (error) {
    return { kind: 'bad', reason: messageOf(error) };
  }
}

function prepareEvent(
  record: SpoolRecord,
  from: SessionFacts | undefined,
  ts: string,
  { facts, redactor, policy, sha256 }: PrepareOptions,
): Preparation {
  const { type, payload: said } = complete(record, facts);
  const filled = allowed(type, said, policy);
  if (filled === undefined) return { kind: 'excluded' };
  const session = from?.id ?? NOT_YET;
  const redacted = redactor.redact(filled);
  const isTyped = record.type === 'command' && shellSession(session) !== undefined;
  const payload = capPayload(isTyped ? capCommand(redacted, sha256) : redacted);
  const more = record.more && redactor.redact(record.more);
  const assigned: ('session' | 'ts')[] = [];
  if (from === undefined || from.assigned) assigned.push('session');
  if (record.tsAssigned) assigned.push('ts');
  const event: TraceEvent = { ...more, ...(assigned.length === 0 ? {} : { assigned }), payload, session, ts, type };
  // TraceEvent's members are those that eventFault looks at
  const reason = eventFault(event as unknown as Record<string, unknown>) ?? schemaFault(type, payload);
  if (reason !== undefined) return { kind: 'bad', reason };
  const line = formatLine(event);
  // the own session's name, which is not known yet, is longer
  if (line.length > LINE_LIMIT - 128) return { kind: 'bad', reason: `its line has more than ${LINE_LIMIT - 128} characters` };
  return {
    kind: 'event',
    prepared: { event, id: lineId(line, event, sha256), line: from === undefined ? undefined : line },
    session: from,
  };
}

/** What is wrong with the place of a record; a spool file may hold anything. */
function placeFault({ trace, branch }: SpoolRecord['place']): string | undefined {
  if (trace !== undefined && (typeof trace !== 'string' || !isTraceName(trace)))
    return `"place.trace" is ${shown(trace)}, expected a trace's name`;
  return branch === undefined || branch === null || typeof branch === 'string'
    ? undefined
    : `"place.branch" is ${shown(branch)}, expected a branch's name`;
}

const SOMEBODY = { os: '', user_id: '00000000-0000-0000-0000-000000000000' };

/** Sessions and names that were looked at, by what they say: all the records of a file name the same ones. */
const looked = new WeakMap<Redactor, Map<string, SessionFacts | string | undefined>>();

/** What each session says as one text: the events of a batch share one. */
const texts = new WeakMap<SessionFacts, string>();

function once<T extends SessionFacts | string | undefined>(redactor: Redactor, key: string, look: () => T): T {
  const known = looked.get(redactor) ?? new Map<string, SessionFacts | string | undefined>();
  looked.set(redactor, known);
  if (known.has(key)) return known.get(key) as T; // each key is looked at by one function
  const found = look();
  if (known.size < 1_000) known.set(key, found);
  return found;
}

/** A record's session without secrets, or what is wrong with it: whether its `session_started` could be written. @throws bad-event */
function sessionOf(session: SessionFacts | undefined, redactor: Redactor): SessionFacts | string | undefined {
  if (session === undefined) return undefined;
  const text = texts.get(session) ?? JSON.stringify(session);
  texts.set(session, text);
  return once(redactor, text, () => {
    const fault = startFault(session) ?? nameFault("its session's name", session.id, redactor);
    return fault ?? { ...redactor.redact({ ...session }), id: session.id };
  });
}

/** A name stands in paths and commits as it is, so none may be a secret. */
function nameFault(what: string, name: string, redactor: Redactor): string | undefined {
  return once(redactor, `"${what} ${name}`, () => (redactor.text(name).kinds.length === 0 ? undefined : `${what} holds a secret`));
}

function startFault(session: SessionFacts): string | undefined {
  const { developer = SOMEBODY, kind = 'api', tool = '' } = session;
  const started = { developer, kind, tool };
  canonical(started);
  return schemaFault('session_started', started);
}

/** What is wrong with a payload, in words; a dropped payload is held to no schema. */
export function schemaFault(type: string, payload: EventPayload): string | undefined {
  if (typeof payload['dropped'] === 'string') return undefined;
  const fault = payloadFault(type, payload);
  return fault && `"${fault.path}" is ${shown(fault.seen)}, expected ${fault.expected}`;
}
