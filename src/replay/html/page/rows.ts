/**
 * The rows of the list: what a filter leaves, where scenes begin, and which noise is folded. A function of the trace and
 * the filter; knows no document.
 */
import type { Actor, Cast } from '../../../timeline/cast.ts';
import type { Item } from '../../../timeline/timeline.ts';
import { scenesOf } from '../../scenes.ts';
import type { PageTrace } from './trace.ts';

/** What is looked at: `story` folds what only looks around, `all` folds nothing, the others pick. */
export const VIEWS = ['story', 'all', 'failures', 'tests', 'commits', 'notes'] as const;
export type ViewName = (typeof VIEWS)[number];

/** Which events a search has found. */
export interface Hits {
  has(event: number): boolean;
}

export interface RowFilter {
  readonly view: ViewName;
  /** Empty for any. */
  readonly type: string;
  /** None for any. */
  readonly sessions: readonly string[];
  /** Events that a search has found, where only those are wanted. */
  readonly hits: Hits | undefined;
}

export const EVERYTHING: RowFilter = { view: 'story', type: '', sessions: [], hits: undefined };

interface RowBegin {
  /** The day or the pause that begins here. */
  readonly opening?: string;
  /** Who goes on from here. */
  readonly actor?: Actor;
}

export type Row = RowBegin &
  (
    | { readonly kind: 'event'; readonly event: number }
    | { readonly kind: 'gap'; readonly gap: number }
    /** Events that only look around, from the first to the last. */
    | { readonly kind: 'fold'; readonly events: readonly number[] }
  );

/** So many in a row stand for themselves. */
const FEW = 3;

const TESTS = new Set(['test', 'ci_run']);
const COMMITS = new Set(['commit', 'merge', 'push', 'rewrite', 'pr_linked', 'pr_updated', 'pr_reviewed']);
const NOTES = new Set(['annotation', 'prompt']);

/** What a session's lane shows already, and the story need not say. */
const BOUNDARIES = new Set(['session_started', 'session_ended']);

/** Whether a filter picks events, rather than telling the story. */
export function isPicking({ view, type, sessions, hits }: RowFilter): boolean {
  return (view !== 'story' && view !== 'all') || type !== '' || sessions.length > 0 || hits !== undefined;
}

/** Whether a filter leaves an event. */
export function isShown(trace: PageTrace, filter: RowFilter, i: number): boolean {
  const { view, type, sessions, hits } = filter;
  if (type !== '' && trace.typeOf(i) !== type) return false;
  if (sessions.length > 0 && !sessions.includes(trace.sessionOf(i))) return false;
  if (hits !== undefined && !hits.has(i)) return false;
  switch (view) {
    case 'failures':
      return trace.weightOf(i) === 'failure';
    case 'tests':
      return TESTS.has(trace.typeOf(i));
    case 'commits':
      return COMMITS.has(trace.typeOf(i));
    case 'notes':
      return NOTES.has(trace.typeOf(i));
    case 'story':
      return isPicking(filter) || trace.weightOf(i) !== 'noise' || !BOUNDARIES.has(trace.typeOf(i));
    case 'all':
      return true;
  }
}

/** The events that a filter leaves, in order. */
export function shownEvents(trace: PageTrace, filter: RowFilter): number[] {
  const shown: number[] = [];
  for (let i = 0; i < trace.count; i++) if (isShown(trace, filter, i)) shown.push(i);
  return shown;
}

/** The rows of the events that a filter leaves. @param unfolded first events of folds that stand open */
export function rowsOf(trace: PageTrace, cast: Cast, filter: RowFilter, events: readonly number[], unfolded: ReadonlySet<number>): Row[] {
  const picks = isPicking(filter);
  const { items, places } = withGaps(trace, filter, events, picks && filter.sessions.length === 0);
  const rows: Row[] = [];
  let next = 0;
  for (const scene of scenesOf(items, cast)) {
    const begin = rows.length;
    let noise: number[] = [];
    const close = (): void => {
      const [first] = noise;
      if (noise.length > FEW && first !== undefined && !unfolded.has(first)) rows.push({ kind: 'fold', events: noise });
      else rows.push(...noise.map((event): Row => ({ kind: 'event', event })));
      noise = [];
    };
    for (const item of scene.items) {
      const place = places[next++] ?? 0;
      if (
        item.kind === 'event' &&
        filter.view === 'story' &&
        filter.type === '' &&
        filter.hits === undefined &&
        trace.weightOf(place) === 'noise'
      ) {
        noise.push(place);
        continue;
      }
      close();
      rows.push(item.kind === 'gap' ? { kind: 'gap', gap: place } : { kind: 'event', event: place });
    }
    close();
    const first = rows[begin];
    if (first !== undefined) {
      const { opening, actor } = scene;
      rows[begin] = { ...first, ...(opening === undefined ? {} : { opening }), actor };
    }
  }
  return rows;
}

/** Items in order, and what each stands for: the number of an event, or of a gap. */
function withGaps(
  trace: PageTrace,
  { sessions }: RowFilter,
  events: readonly number[],
  picks: boolean,
): { items: Item[]; places: number[] } {
  const items: Item[] = [];
  const places: number[] = [];
  const gaps = picks ? [] : trace.tail.gaps;
  let gap = 0;
  const addGaps = (before: number): void => {
    for (let here = gaps[gap]; here !== undefined && here.before <= before; here = gaps[++gap]) {
      if (sessions.length > 0 && !sessions.includes(here.session)) continue;
      const { at, before: _, ...said } = here;
      items.push({ kind: 'gap', at, gap: { ...said, writer: '', before: here.before } });
      places.push(gap);
    }
  };
  for (const event of events) {
    addGaps(event);
    items.push(trace.itemOf(event));
    places.push(event);
  }
  addGaps(trace.count);
  return { items, places };
}

/** The row in which an event stands, alone or folded; the next one behind it where a filter has left it out. */
export function rowOfEvent(rows: readonly Row[], event: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const last = lastEvent(rows, middle);
    if (last < event) low = middle + 1;
    else high = middle;
  }
  // gaps count as the event before them, and come after it
  return Math.min(low, Math.max(rows.length - 1, 0));
}

/** The last event that stands in a row or before it. */
function lastEvent(rows: readonly Row[], at: number): number {
  for (let i = at; i >= 0; i--) {
    const row = rows[i];
    if (row?.kind === 'event') return row.event;
    if (row?.kind === 'fold') return row.events.at(-1) ?? -1;
  }
  return -1;
}
