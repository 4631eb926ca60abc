/**
 * Playing a story in time: when each event is shown, and what a person at the keys makes of it. A schedule and a state
 * with its next states; waits for nothing, draws nothing. Pure.
 */

/** Milliseconds that a story takes if nobody says how fast; a shorter one is not slowed down. */
export const USUAL_LENGTH = 60_000;
/** Seconds of a pause, as one watches it, that are the most. */
export const USUAL_IDLE_LIMIT = 2;
/** How much faster or slower a key makes it. */
const STEP = 1.5;
/** Beyond these nothing can be told from everything at once, or from a stop. */
const [SLOWEST, FASTEST] = [0.01, 10_000_000];

/** What a key can go to. */
export type Mark = 'failure' | 'note' | 'commit';

export interface Pace {
  /** Milliseconds of the story that go by in one as one watches it. */
  readonly speed: number;
  /** The longest pause as one watches it, in milliseconds. */
  readonly idleLimit: number;
}

/** When, in milliseconds from the beginning of playing, each event is shown. */
export class Schedule {
  readonly pace: Pace;
  readonly #at: Float64Array;

  /** @param times of the events, in milliseconds; they never fall */
  constructor(times: readonly number[], pace: Pace) {
    this.pace = pace;
    this.#at = new Float64Array(times.length);
    let at = 0;
    for (let i = 1; i < times.length; i++) {
      at += waitBetween(times[i - 1] ?? 0, times[i] ?? 0, pace);
      this.#at[i] = at;
    }
  }

  get length(): number {
    return this.#at.length;
  }

  /** When the last event is shown. */
  get total(): number {
    return this.#at.at(-1) ?? 0;
  }

  /** When an event is shown; behind the last one, when that one is. */
  at(index: number): number {
    return this.#at[Math.max(0, Math.min(index, this.length - 1))] ?? 0;
  }

  /** How many events are shown after so many milliseconds. */
  shownAt(elapsed: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#at[middle] ?? 0) <= elapsed) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function waitBetween(before: number, after: number, { speed, idleLimit }: Pace): number {
  return Math.min(Math.max(after - before, 0) / speed, idleLimit);
}

/**
 * The speed at which a story takes about a minute, pauses cut short; 1, as it happened, for one that takes less.
 *
 * @param times in milliseconds, never falling
 * @param idleLimit in milliseconds
 * @example
 * usualSpeed([0, 1_000, 2_000], 2_000) // 1
 */
export function usualSpeed(times: readonly number[], idleLimit: number): number {
  const length = (speed: number): number => new Schedule(times, { speed, idleLimit }).total;
  if (length(1) <= USUAL_LENGTH) return 1;
  let [low, high] = [1, 2];
  while (length(high) > USUAL_LENGTH && high < FASTEST) [low, high] = [high, high * 2];
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (length(middle) > USUAL_LENGTH) low = middle;
    else high = middle;
  }
  // as a person would say it
  const unit = 10 ** Math.floor(Math.log10(high));
  return Math.min(Math.max(1, Math.ceil((high / unit) * 10) * (unit / 10)), FASTEST);
}

/** Where playing is. */
export interface Playing {
  readonly schedule: Schedule;
  /** Milliseconds that were played, as the schedule counts them. */
  readonly elapsed: number;
  /** Events that are shown. */
  readonly shown: number;
  readonly isPaused: boolean;
}

export type PlayMessage =
  | { readonly kind: 'passed'; readonly ms: number }
  | { readonly kind: 'pause' | 'step' | 'back' | 'faster' | 'slower' | 'restart' | 'end' }
  | { readonly kind: 'next'; readonly mark: Mark };

/** What playing goes by: the times of the events, and which of them a key can go to. */
export interface Score {
  readonly times: readonly number[];
  readonly marks: readonly (Mark | undefined)[];
}

/** The beginning: the first event is shown at once. */
export function beginPlaying({ times }: Score, pace: Pace): Playing {
  const schedule = new Schedule(times, pace);
  return { schedule, elapsed: 0, shown: schedule.shownAt(0), isPaused: false };
}

/** The state after something has happened. Whoever goes somewhere wants to look at it: then it pauses. */
export function nextPlaying(playing: Playing, message: PlayMessage, score: Score): Playing {
  const { schedule, shown, elapsed, isPaused } = playing;
  switch (message.kind) {
    case 'passed': {
      if (isPaused) return playing;
      const now = Math.min(elapsed + message.ms, schedule.total);
      return { ...playing, elapsed: now, shown: Math.max(shown, schedule.shownAt(now)) };
    }
    case 'pause':
      // at the end there is nothing to go on with, but the beginning
      return isOver(playing) ? { ...goTo(playing, Math.min(1, schedule.length)), isPaused: false } : { ...playing, isPaused: !isPaused };
    case 'step':
      return { ...goTo(playing, Math.min(shown + 1, schedule.length)), isPaused: true };
    case 'back':
      return { ...goTo(playing, Math.max(shown - 1, Math.min(1, schedule.length))), isPaused: true };
    case 'restart':
      return { ...goTo(playing, Math.min(1, schedule.length)), isPaused: false };
    case 'end':
      return { ...goTo(playing, schedule.length), isPaused: true };
    case 'faster':
      return atSpeed(playing, schedule.pace.speed * STEP, score);
    case 'slower':
      return atSpeed(playing, schedule.pace.speed / STEP, score);
    case 'next': {
      const found = score.marks.indexOf(message.mark, shown);
      return found < 0 ? playing : { ...goTo(playing, found + 1), isPaused: true };
    }
  }
}

/** Whether all events are shown. */
export function isOver({ schedule, shown }: Playing): boolean {
  return shown >= schedule.length;
}

/** Milliseconds until the next event is shown; `undefined` where none will be by itself. */
export function untilNext(playing: Playing): number | undefined {
  const { schedule, shown, elapsed, isPaused } = playing;
  return isPaused || isOver(playing) ? undefined : Math.max(0, schedule.at(shown) - elapsed);
}

function goTo(playing: Playing, shown: number): Playing {
  return { ...playing, shown, elapsed: playing.schedule.at(shown - 1) };
}

/** Goes on from the same place, in the same part of a pause. */
function atSpeed(playing: Playing, wanted: number, { times }: Score): Playing {
  const { schedule, shown, elapsed } = playing;
  const speed = Math.min(Math.max(wanted, SLOWEST), FASTEST);
  const next = new Schedule(times, { ...schedule.pace, speed });
  const [from, to] = [schedule.at(shown - 1), schedule.at(shown)];
  const part = to > from ? Math.min(1, Math.max(0, (elapsed - from) / (to - from))) : 0;
  const [nextFrom, nextTo] = [next.at(shown - 1), next.at(shown)];
  return { ...playing, schedule: next, elapsed: nextFrom + (nextTo - nextFrom) * part };
}
