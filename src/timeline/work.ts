/**
 * How long was worked: stretches of events that follow each other closely, apart from the calendar's span. What CI does
 * and what the host says of a pull request is nobody's work. Pure.
 */
import { HOST_FACTS } from '../core/host.ts';
import type { Cast } from './cast.ts';
import { numberOf } from './members.ts';
import { type EventItem, type Item, SCENE_BREAK_MS } from './timeline.ts';

export interface Stretch {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** A command that is said to have taken longer was not waited for. */
const LONGEST = 12 * 3_600_000;

/** Whether an event is somebody's doing, and no machine's. */
export function isWork({ entry: { event } }: EventItem, cast: Cast): boolean {
  return cast.of(event.session).kind !== 'ci' && !HOST_FACTS.has(event.type);
}

/**
 * When an event was over: a command is told by when it began.
 *
 * @returns milliseconds since 1970
 */
export function endOf({ at, entry: { event } }: EventItem): number {
  if (event.type !== 'command') return at;
  const ms = numberOf(event.payload, 'duration_ms') ?? 0;
  return at + Math.min(Math.max(ms, 0), LONGEST);
}

/** The stretches of work in a trace, in order; a pause of SCENE_BREAK_MS ends one. */
export function stretchesOf(items: readonly Item[], cast: Cast): Stretch[] {
  const stretches: { from: number; to: number }[] = [];
  for (const item of items) {
    if (item.kind === 'gap' || !isWork(item, cast)) continue;
    const last = stretches.at(-1);
    const end = endOf(item);
    if (last === undefined || item.at - last.to >= SCENE_BREAK_MS) stretches.push({ from: item.at, to: end });
    else last.to = Math.max(last.to, end);
  }
  return stretches;
}

/**
 * The time that stretches take together, in milliseconds.
 *
 * @example
 * lengthOf([{ from: 0, to: 5 }, { from: 10, to: 11 }]) // 6
 */
export function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}
