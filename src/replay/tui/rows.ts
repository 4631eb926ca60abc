/**
 * The rows of a story: which events are listed, headings where a scene begins, quiet stretches folded into one row.
 * Grows at its end, so that one event costs what one event costs; made anew when the filter changes. Pure.
 */
import type { TraceEvent } from '../../core/line.ts';
import type { Cast } from '../../timeline/cast.ts';
import type { Frame } from '../../timeline/story.ts';
import type { GapItem } from '../../timeline/timeline.ts';
import { SceneCut, silenceOf } from '../scenes.ts';
import { says, type Wanted } from './find.ts';

export type Row =
  /** An event, or a stretch of quiet ones; `first` and `last` are indices of frames. */
  | { readonly kind: 'event'; readonly first: number; last: number; count: number }
  | { readonly kind: 'scene'; readonly first: number; readonly opening: string | undefined; readonly session: string }
  | { readonly kind: 'gap'; readonly first: number; readonly item: GapItem };

/** What of a story is listed. */
export interface RowFilter {
  /** Types of events; none means all. */
  readonly types: ReadonlySet<string>;
  /** The session whose events are listed; undefined for all. */
  readonly session: string | undefined;
  /** A text that listed events say. */
  readonly wanted: Wanted | undefined;
  /** Fold quiet stretches. */
  readonly folds: boolean;
  /** First frames of stretches that are unfolded all the same. */
  readonly unfolded: ReadonlySet<number>;
}

export const ALL_ROWS: RowFilter = { types: new Set(), session: undefined, wanted: undefined, folds: true, unfolded: new Set() };

/** So many quiet events in a row stand for themselves. */
const FEW = 3;

/** Whether a filter leaves something out. */
export function narrows({ types, session, wanted }: RowFilter): boolean {
  return types.size > 0 || session !== undefined || wanted !== undefined;
}

/** Whether an event only says that a session began, or came to a good end: the headings around it say as much. */
function isBoundary({ type, payload }: TraceEvent): boolean {
  if (type === 'session_started') return true;
  return type === 'session_ended' && payload['status'] === 'completed' && payload['reason'] === undefined;
}

export class Rows {
  readonly filter: RowFilter;
  readonly list: Row[] = [];
  /** Events that are listed, each one of a folded stretch too. */
  events = 0;
  /** Events that a filter leaves and that only say what their scene says: listed when nothing is folded. */
  silent = 0;
  readonly #cut = new SceneCut();
  /** Rows at the end that are quiet events, one each. */
  #quiet = 0;

  constructor(filter: RowFilter) {
    this.filter = filter;
  }

  /** Takes the next frame. @param index of the frame in the story */
  add(frame: Frame, index: number, cast: Cast): void {
    const { item } = frame;
    const { event } = item.entry;
    const { types, session, wanted, folds } = this.filter;
    if (types.size > 0 && !types.has(event.type)) return;
    if (session !== undefined && event.session !== session) return;
    if (wanted !== undefined && !says(item.entry, wanted)) return;

    if (folds && !types.has(event.type) && (isBoundary(event) || silenceOf(item, cast) !== undefined)) {
      this.silent++;
      return;
    }
    this.events++;
    const begin = this.#cut.next(item, cast);
    if (begin !== undefined) {
      this.list.push({ kind: 'scene', first: index, opening: begin.opening, session: begin.actor.session?.session ?? event.session });
      this.#quiet = 0;
    }
    const isQuiet = folds && frame.weight === 'noise' && !types.has(event.type);
    if (!isQuiet) this.#quiet = 0;
    else if (this.#fold(index)) return;
    this.list.push({ kind: 'event', first: index, last: index, count: 1 });
    if (isQuiet) this.#quiet++;
  }

  /** Takes the next place without an event; filters that look at events leave it out. @param index of the frame that comes next */
  addGap(item: GapItem, index: number): void {
    const { types, session, wanted } = this.filter;
    if (types.size > 0 || wanted !== undefined || (session !== undefined && item.gap.session !== session)) return;
    this.list.push({ kind: 'gap', first: index, item });
    this.#quiet = 0;
  }

  /** Puts a quiet event into the stretch at the end, if it has grown long. */
  #fold(index: number): boolean {
    const last = this.list.at(-1);
    if (last?.kind !== 'event' || this.#quiet === 0) return false;
    if (last.count === 1) {
      if (this.#quiet < FEW) return false;
      const first = this.list[this.list.length - this.#quiet]?.first ?? index;
      if (this.filter.unfolded.has(first)) return false;
      this.list.length -= this.#quiet;
      this.list.push({ kind: 'event', first, last: index, count: this.#quiet + 1 });
      this.#quiet = 1;
      return true;
    }
    last.last = index;
    last.count++;
    return true;
  }

  /** The row that shows a frame, or the nearest one before it, or behind it; -1 where no event is listed. */
  rowOf(frame: number): number {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle]?.first ?? 0) <= frame) low = middle + 1;
      else high = middle;
    }
    return this.#event(low - 1, -1) ?? this.#event(low, 1) ?? -1;
  }

  /** The nearest row of an event from a row on, itself included; `undefined` where there is none that way. */
  #event(row: number, step: 1 | -1): number | undefined {
    for (let i = row; i >= 0 && i < this.list.length; i += step) if (this.list[i]?.kind === 'event') return i;
    return undefined;
  }

  /** The row of an event so many rows of events away, or the last one there is that way; headings and gaps are passed over. */
  away(row: number, steps: number): number {
    const step = steps < 0 ? -1 : 1;
    if (!Number.isFinite(steps)) return (step < 0 ? this.#event(0, 1) : this.#event(this.list.length - 1, -1)) ?? row;
    let at = row;
    for (let left = Math.abs(steps); left > 0; left--) {
      const next = this.#event(at + step, step);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** The row of an event at a place of the screen, or the nearest one behind or before it. */
  near(row: number): number {
    return this.#event(row, 1) ?? this.#event(Math.min(row, this.list.length - 1), -1) ?? -1;
  }
}
