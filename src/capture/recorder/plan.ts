/**
 * Stage 1, the recorder, deciding: when it takes a snapshot, when it flushes, when it goes. A pure function of what it
 * has seen and the time; src/cli/commands/recorder.ts does what it says.
 */

/** Milliseconds without anything new after which what was recorded goes into the journal. */
export const FLUSH_AFTER = 2_000;
/** As many records, or bytes, go at once. */
const FLUSH_RECORDS = 100;
const FLUSH_BYTES = 32_768;
/** Milliseconds without any work after which the recorder ends. */
export const IDLE_EXIT = 10 * 60_000;
/** Milliseconds from when something is seen to wait for a remote until it is tried again; doubled each time, up to the last. */
const FIRST_RETRY = 60_000;
const LAST_RETRY = 480_000;
/** An editor saves without telling: milliseconds after the last work at which the work tree is looked at again. */
const IDLE_LOOKS = [5_000, 15_000, 30_000, 60_000, 120_000, 180_000, 240_000, 300_000, 420_000, 540_000];
/** Snapshots take at most this share of the time, however many boundaries there are. */
const SHARE = 5;

/** What the recorder remembers. All times are milliseconds since some beginning that does not jump. */
export interface RecorderState {
  /** When there was work last: a record, or an edit that a look has found. */
  readonly active: number;
  /** What wants a snapshot: the last boundary not yet looked at. */
  readonly boundary: string | undefined;
  /** Looks since there was work. */
  readonly looks: number;
  /** Before this no snapshot is taken, for the last one was dear. */
  readonly notBefore: number;
  /** What waits to be flushed. */
  readonly records: number;
  readonly bytes: number;
  /** When what waits for a remote is tried again, and the pause before that; nothing where nothing waits. */
  readonly retry?: { readonly at: number; readonly pause: number } | undefined;
}

export type RecorderAction =
  | { readonly do: 'snapshot'; readonly boundary: string }
  | { readonly do: 'flush' }
  | { readonly do: 'deliver' }
  | { readonly do: 'exit' }
  | { readonly do: 'wait'; readonly until: number };

/** The state of a recorder that has just begun; what waits in the spool is its first work. */
export function beginning(now: number): RecorderState {
  return { active: now, boundary: 'start', looks: 0, notBefore: now, records: 1, bytes: 0 };
}

/** New records were seen; `boundary` is the kind of the last one that is a boundary. */
export function seen(
  state: RecorderState,
  now: number,
  news: { boundary: string | undefined; records: number; bytes: number },
): RecorderState {
  return {
    ...state,
    active: now,
    boundary: news.boundary ?? state.boundary,
    looks: 0,
    records: state.records + news.records,
    bytes: state.bytes + news.bytes,
  };
}

/** A snapshot was taken in `took` milliseconds and found so many edits. */
export function looked(state: RecorderState, now: number, took: number, events: number): RecorderState {
  const wasIdle = state.boundary === undefined;
  return {
    active: events > 0 ? now : state.active,
    boundary: undefined,
    looks: events > 0 ? 0 : wasIdle ? state.looks + 1 : state.looks,
    notBefore: now + took * SHARE,
    records: state.records + events,
    bytes: state.bytes,
    retry: state.retry,
  };
}

/** Everything that waited is in the journal, or cannot be now and waits for the next work. */
export function flushed(state: RecorderState): RecorderState {
  return { ...state, records: 0, bytes: 0 };
}

/** Whether something waits for a remote, as seen now. */
export function outbox(state: RecorderState, now: number, isWaiting: boolean): RecorderState {
  if (!isWaiting) return { ...state, retry: undefined };
  return state.retry === undefined ? { ...state, retry: { at: now + FIRST_RETRY, pause: FIRST_RETRY } } : state;
}

/** A delivery was begun; unless nothing waits any more, the next one comes after a longer pause. */
export function delivering(state: RecorderState, now: number): RecorderState {
  const pause = Math.min(LAST_RETRY, (state.retry?.pause ?? FIRST_RETRY) * 2);
  return { ...state, retry: { at: now + pause, pause } };
}

/**
 * What to do now.
 *
 * @example
 * nextAction({ ...flushed(beginning(0)), boundary: 'command' }, 10) // { do: 'snapshot', boundary: 'command' }
 */
export function nextAction(state: RecorderState, now: number): RecorderAction {
  const { active, boundary, looks, notBefore, records, bytes, retry } = state;
  if (boundary !== undefined && now >= notBefore) return { do: 'snapshot', boundary };
  const many = records >= FLUSH_RECORDS || bytes >= FLUSH_BYTES;
  if (records > 0 && (many || now >= active + FLUSH_AFTER)) return { do: 'flush' };
  const nextLook = IDLE_LOOKS[looks];
  const lookAt = boundary === undefined ? (nextLook === undefined ? Number.POSITIVE_INFINITY : active + nextLook) : 0;
  if (boundary === undefined && now >= Math.max(lookAt, notBefore)) return { do: 'snapshot', boundary: 'idle' };
  if (now >= active + IDLE_EXIT) return { do: 'exit' };
  const retryAt = retry?.at ?? Number.POSITIVE_INFINITY;
  if (now >= retryAt) return { do: 'deliver' };
  const flushAt = records > 0 ? active + FLUSH_AFTER : Number.POSITIVE_INFINITY;
  return { do: 'wait', until: Math.min(Math.max(lookAt, notBefore), flushAt, retryAt, active + IDLE_EXIT) };
}

const BOUNDARIES: Readonly<Record<string, string>> = {
  agent_hook: 'agent',
  checkout: 'checkout',
  command: 'command',
  commit: 'commit',
  merge: 'merge',
  prompt: 'agent',
  push: 'push',
  rewrite: 'rewrite',
  session_ended: 'end',
  test: 'test',
  tool_call: 'agent',
};

/** The boundary that a record of this type makes, if it makes one. */
export function boundaryOf(type: string): string | undefined {
  return Object.hasOwn(BOUNDARIES, type) ? BOUNDARIES[type] : undefined;
}
