/**
 * What the page shows at this moment: the filter, the rows it leaves, the event that is looked at, what a search has found.
 * The parts of the page ask it and are told of changes; knows no document.
 */
import { Cast } from '../../../timeline/cast.ts';
import { Progress, type ProgressNode } from '../../../timeline/progress.ts';
import { visibleText } from '../../../timeline/visible-text.ts';
import type { PageCycle } from '../data.ts';
import { EVERYTHING, isPicking, isShown, type Row, type RowFilter, rowOfEvent, rowsOf, shownEvents } from './rows.ts';
import { SearchText, wordsOf } from './search.ts';
import type { PageTrace } from './trace.ts';

export type Change = 'rows' | 'current' | 'hits';

/** Colours that tell actors apart; they begin anew where there are more. */
const COLORS = 8;

export class Replay {
  readonly trace: PageTrace;
  readonly cast: Cast;
  readonly search: SearchText;
  /** What began and how it ended, as far as the trace was walked along. */
  readonly progress = new Progress();
  filter: RowFilter = EVERYTHING;
  rows: readonly Row[] = [];
  /** The events that the filter leaves, in order. */
  shown: readonly number[] = [];
  /** The event that is looked at. */
  current: number | undefined;
  query = '';
  /** The events that the search has found, in order, whatever the filter. */
  hits: readonly number[] = [];
  /** Whether only what was found is shown. */
  onlyHits = false;
  /** What became green, by the seq of the test run that showed it. */
  readonly greens: ReadonlyMap<number, PageCycle>;
  /** The nodes that an event opened or ended, by its seq; those that more than one event tells of. */
  readonly #nodes = new Map<number, ProgressNode[]>();
  #walked = 0;
  /** One for each event that was found. */
  #isHit: Uint8Array;
  readonly #colors = new Map<string, number>();
  readonly #unfolded = new Set<number>();
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(trace: PageTrace) {
    this.trace = trace;
    this.cast = new Cast(trace.head.document, (text) => visibleText(text));
    this.search = new SearchText(trace);
    this.#isHit = new Uint8Array(trace.count);
    this.greens = new Map(trace.tail.cycles.flatMap((cycle) => (cycle.green === undefined ? [] : [[cycle.green, cycle]])));
    for (const { session } of trace.head.document.sessions) this.colorOf(session);
    this.#make();
  }

  /** Whether all events were walked along: all of them are searched, and the progress is whole. */
  get isWhole(): boolean {
    return this.search.isWhole;
  }

  /** Walks along some more events, for the search and the progress. */
  walk(): void {
    this.search.gather();
    for (; this.#walked < this.search.ready; this.#walked++) {
      const item = this.trace.itemOf(this.#walked);
      const node = this.progress.add(item);
      if (node === undefined || (node.opened === item.seq && node.closed === item.seq)) continue;
      this.#nodes.set(item.seq, [...(this.#nodes.get(item.seq) ?? []), node]);
    }
  }

  /** The nodes of progress that an event moves. */
  nodesOf(seq: number): readonly ProgressNode[] {
    return this.#nodes.get(seq) ?? [];
  }

  /** Whether the search has found an event. */
  isHit(event: number): boolean {
    return this.#isHit[event] === 1;
  }

  /** The number of the colour of whoever acts in a session. */
  colorOf(session: string): number {
    const actor = this.cast.of(session);
    const key = actor.kind === 'person' ? actor.key : `${actor.kind} ${actor.name}`;
    const known = this.#colors.get(key) ?? this.#colors.size % COLORS;
    this.#colors.set(key, known);
    return known;
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  #make(): void {
    const filter = { ...this.filter, hits: this.onlyHits && this.query !== '' ? { has: (event: number) => this.isHit(event) } : undefined };
    this.filter = filter;
    this.shown = shownEvents(this.trace, filter);
    this.rows = rowsOf(this.trace, this.cast, filter, this.shown, this.#unfolded);
  }

  setFilter(change: Partial<Omit<RowFilter, 'hits'>>): void {
    this.filter = { ...this.filter, ...change };
    this.#make();
    this.#tell('rows');
  }

  clearFilter(): void {
    this.onlyHits = false;
    this.setFilter(EVERYTHING);
  }

  get isFiltered(): boolean {
    return isPicking(this.filter);
  }

  /** Looks at an event. One that the filter leaves out takes the filter away. */
  select(event: number | undefined): void {
    if (event !== undefined && !isShown(this.trace, this.filter, event)) {
      this.onlyHits = false;
      this.filter = isShown(this.trace, EVERYTHING, event) ? EVERYTHING : { ...EVERYTHING, view: 'all' };
      this.#make();
      this.#tell('rows');
    }
    if (event === this.current) return;
    this.current = event;
    this.#tell('current');
  }

  /** Opens the fold that begins with an event. */
  unfold(first: number): void {
    this.#unfolded.add(first);
    this.#make();
    this.#tell('rows');
  }

  /** Looks for a query among what was gathered so far. */
  find(query: string): void {
    this.query = query.trim();
    this.hits = wordsOf(this.query).length === 0 ? [] : this.search.find(this.query);
    this.#isHit = new Uint8Array(this.trace.count);
    for (const hit of this.hits) this.#isHit[hit] = 1;
    if (this.onlyHits) {
      this.#make();
      this.#tell('rows');
    }
    this.#tell('hits');
  }

  setOnlyHits(only: boolean): void {
    this.onlyHits = only;
    this.#make();
    this.#tell('rows');
  }

  /** The row of the event that is looked at. */
  get currentRow(): number | undefined {
    return this.current === undefined || this.rows.length === 0 ? undefined : rowOfEvent(this.rows, this.current);
  }

  /** Whether the filter leaves an event. */
  shows(event: number): boolean {
    return isShown(this.trace, this.filter, event);
  }

  /** Steps over rows; a fold is stepped onto as its first event. */
  step(by: number): number | undefined {
    const { rows } = this;
    const last = rows.length - 1;
    const from = this.currentRow ?? (by < 0 ? rows.length : -1);
    const wanted = by === Number.POSITIVE_INFINITY ? last : by === Number.NEGATIVE_INFINITY ? 0 : Math.min(Math.max(from + by, 0), last);
    // gaps cannot be looked at: what stands behind them in the same direction can, or else what stands before them
    for (const direction of by < 0 ? [-1, 1] : [1, -1])
      for (let row = wanted; row >= 0 && row <= last; row += direction) {
        const event = firstEvent(rows[row]);
        if (event !== undefined) return event;
      }
    return this.current;
  }

  /** The next event of a sort in a direction, among those that are shown; round the end where `wrap`. */
  next(direction: 1 | -1, fits: (event: number) => boolean): number | undefined {
    const { shown } = this;
    const from = this.current === undefined ? (direction > 0 ? -1 : shown.length) : placeIn(shown, this.current, direction);
    for (let at = from + direction; at >= 0 && at < shown.length; at += direction) {
      const event = shown[at];
      if (event !== undefined && fits(event)) return event;
    }
    return undefined;
  }

  /** The next hit in a direction, round the end. */
  nextHit(direction: 1 | -1): number | undefined {
    const { hits, current } = this;
    if (current === undefined) return direction > 0 ? hits[0] : hits.at(-1);
    const at = lowest(hits, direction > 0 ? current + 1 : current);
    return direction > 0 ? (hits[at] ?? hits[0]) : (hits[at - 1] ?? hits.at(-1));
  }

  /** Which of the hits is looked at, from 1; 0 for none of them. */
  get hitNumber(): number {
    const { hits, current } = this;
    if (current === undefined || !this.isHit(current)) return 0;
    return lowest(hits, current) + 1;
  }
}

/** The event that stands for a row. */
export function firstEvent(row: Row | undefined): number | undefined {
  return row?.kind === 'event' ? row.event : row?.kind === 'fold' ? row.events[0] : undefined;
}

/** Where an event stands in a sorted list; where it is missing, where a step in the direction begins. */
function placeIn(events: readonly number[], event: number, direction: 1 | -1): number {
  const low = lowest(events, event);
  return events[low] === event || direction < 0 ? low : low - 1;
}

/** Where in a sorted list the first stands that is no less. */
function lowest(events: readonly number[], least: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
