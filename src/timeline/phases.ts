/**
 * What an event says of progress: of which kind of thing it tells, and which part of that thing's life (docs/progress.md).
 * `node_started` is the beginning of a node, `response_received` the end of a request. Pure.
 */
import { memberOf, numberOf, textOf } from './members.ts';

/** `waits` and `begins` open something, `goes_on` tells of it, the others end it. */
export type Phase = 'waits' | 'begins' | 'goes_on' | 'completes' | 'fails' | 'cancels';

export interface Said {
  readonly kind: string;
  readonly phase: Phase;
}

/** The last words of a type; two count before one. */
const PHASES: ReadonlyMap<string, Phase> = new Map([
  ...phase('waits', 'enqueued', 'pending', 'queued', 'requested', 'scheduled', 'sent', 'submitted', 'waiting'),
  ...phase('begins', 'began', 'begun', 'resumed', 'running', 'started'),
  ...phase('goes_on', 'progress', 'progressed', 'retried', 'retrying'),
  ...phase('completes', 'completed', 'done', 'ended', 'finished', 'received', 'stopped', 'succeeded'),
  ...phase('fails', 'crashed', 'error', 'errored', 'failed', 'rejected', 'timed_out', 'timeout'),
  ...phase('cancels', 'aborted', 'canceled', 'cancelled', 'skipped'),
]);

/** What a `status` says beside the words above. */
const STATUSES: ReadonlyMap<string, Phase> = new Map([
  ...PHASES,
  ...phase('begins', 'active', 'in_progress'),
  ...phase('completes', 'complete', 'ok', 'passed', 'success'),
  ...phase('fails', 'failure', 'interrupted'),
]);

function phase(name: Phase, ...words: readonly string[]): [string, Phase][] {
  return words.map((word) => [word, name]);
}

/** Types that end a thing without a word of the list. */
const MADE: ReadonlySet<string> = new Set(['plan_created', 'plan_ready']);
/** Types whose payload's `status` or `state` says the phase. */
const TOLD_BY_STATUS = /^([a-z][a-z0-9_]*?)_(?:(?:status|state)(?:_(?:changed|updated))?|changed|updated)$/;

/** What a type says without its payload: its phase is null where the payload's status has to say it. */
interface TypeSaid {
  readonly kind: string;
  readonly phase: Phase | null;
}

/** A type is looked at once, however many events have it. */
const known = new Map<string, TypeSaid | null>();
const MOST_KNOWN = 4096;

/**
 * Tells what an event says of progress; `undefined` for one that says nothing of it.
 *
 * @example
 * saidOf('node_timed_out', {}) // { kind: 'node', phase: 'fails' }
 */
export function saidOf(type: string, payload: unknown): Said | undefined {
  let said = known.get(type);
  if (said === undefined) {
    said = readType(type) ?? null;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(type, said);
  }
  if (said === null) return undefined;
  if (said.phase === null) {
    const phase = statusIn(payload);
    return phase === undefined ? undefined : { kind: said.kind, phase };
  }
  // what is over may still have gone wrong
  return said.phase === 'completes' ? { kind: said.kind, phase: howItEnded(payload) } : { kind: said.kind, phase: said.phase };
}

function readType(type: string): TypeSaid | undefined {
  if (MADE.has(type)) return { kind: 'plan', phase: 'completes' };
  const words = type.split('_');
  for (const count of [2, 1]) {
    const phase = PHASES.get(words.slice(-count).join('_'));
    const kind = words.slice(0, -count).join('_');
    // an answer ends what was asked
    if (phase !== undefined && kind !== '') return { kind: kind.replace(/(?<=^|_)response$/, 'request'), phase };
  }
  const kind = TOLD_BY_STATUS.exec(type)?.[1];
  return kind === undefined ? undefined : { kind, phase: null };
}

function statusIn(payload: unknown): Phase | undefined {
  const status = textOf(payload, 'status') ?? textOf(payload, 'state');
  return status === undefined ? undefined : STATUSES.get(status.toLowerCase());
}

/** The first status code of HTTP that is an error. */
const FIRST_ERROR = 400;

function howItEnded(payload: unknown): Phase {
  const status = statusIn(payload);
  if (status === 'fails' || status === 'cancels') return status;
  const code = numberOf(payload, 'status_code') ?? numberOf(payload, 'http_status') ?? 0;
  const isWrong = memberOf(payload, 'success') === false || memberOf(payload, 'ok') === false || code >= FIRST_ERROR;
  return isWrong || textOf(payload, 'error') !== undefined ? 'fails' : 'completes';
}

const QUEUE =
  /^(?:[a-z0-9_]{1,32}_)?queue(?:_(?:changed|depth|figures|length|metrics|report|size|snapshot|state|statistics|stats|status|updated)){1,4}$/;

/** Whether a type tells the figures of a queue. */
export function tellsQueue(type: string): boolean {
  return type.includes('queue') && QUEUE.test(type);
}
