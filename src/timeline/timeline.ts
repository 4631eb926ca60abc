/**
 * Stage 5, the timeline: what every renderer walks along. Events in the total order with their place in the whole
 * trace, and between them the lines that hold none. Pure.
 */
import type { Entry } from '../core/line.ts';
import type { Gap, Ordered } from '../core/order.ts';

export interface EventItem {
  readonly kind: 'event';
  /** Position in the whole trace, from 1; filters keep it. */
  readonly seq: number;
  /** Effective time in milliseconds since 1970: never less than that of the item before. */
  readonly at: number;
  readonly entry: Entry;
}

export interface GapItem {
  readonly kind: 'gap';
  /** Effective time of the event before it; of the first event for one at the beginning. */
  readonly at: number;
  readonly gap: Gap;
}

export type Item = EventItem | GapItem;

/** A pause of so long ends a stretch of work. */
export const SCENE_BREAK_MS = 30 * 60_000;

/** All events and gaps of a trace, in order. */
export function timelineOf({ entries, times, gaps }: Ordered): Item[] {
  const items: Item[] = [];
  let at = times[0] ?? 0;
  let gap = 0;
  for (let i = 0; i <= entries.length; i++) {
    for (let here = gaps[gap]; here !== undefined && here.before <= i; here = gaps[++gap]) items.push({ kind: 'gap', at, gap: here });
    const entry = entries[i];
    if (entry === undefined) break;
    at = times[i] ?? at;
    items.push({ kind: 'event', seq: i + 1, at, entry });
  }
  return items;
}
