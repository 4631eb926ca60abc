/** Where things stand on the screen: the one answer that drawing and clicking share. Pure. */
import { type Model, TABS, type Tab } from './model.ts';

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Narrow or low: one line of head, short times, no frame. */
  readonly isSmall: boolean;
  /** Row of the line with the tabs. */
  readonly tabs: number;
  /** The first row of the body, and how many it has. */
  readonly body: number;
  readonly height: number;
  /** Columns of the list, and where the pane beside it begins; undefined where there is no room for one. */
  readonly list: number;
  readonly pane: number | undefined;
  /** Row of the scrubber, and its bar's first column and length. */
  readonly scrubber: number;
  readonly bar: { readonly from: number; readonly length: number };
  /** Columns behind the bar. */
  readonly counter: number;
  /** Row of the last line. */
  readonly foot: number;
}

/** The least terminal that anything is drawn on. */
export const LEAST = { columns: 20, rows: 5 } as const;

/** Columns of `  Sat 21 Nov 10:00:17`. */
const WHEN = 21;

/** Where everything stands. */
export function layoutOf({ size, tab, open, menu, help }: Pick<Model, 'size' | 'tab' | 'open' | 'menu' | 'help'>): Layout {
  const { columns, rows } = size;
  const isSmall = columns < 64 || rows < 16;
  const tabs = isSmall ? 1 : 2;
  const body = tabs + (isSmall ? 1 : 2);
  const foot = rows - 1;
  const scrubber = rows - 2;
  const isWide = columns >= 100 && !isSmall && tab === 'story' && open.detail === undefined && menu === undefined && help === undefined;
  const list = isWide ? Math.max(58, Math.min(Math.floor(columns * 0.56), columns - 42)) : columns;
  // two numbers, and for whom there is room a day and a time
  const digits = String(open.telling.story.frames.length).length;
  const counter = Math.min(2 * digits + 1 + (isSmall ? 0 : WHEN), columns >> 1);
  return {
    columns,
    rows,
    isSmall,
    tabs,
    body,
    height: Math.max(scrubber - body, 1),
    list,
    pane: isWide ? list + 1 : undefined,
    scrubber,
    bar: { from: 3, length: Math.max(columns - counter - 5, 1) },
    counter,
    foot,
  };
}

const NAMES: Readonly<Record<Tab, string>> = { story: 'Story', sessions: 'Sessions', progress: 'Progress', traces: 'Traces' };

/** A tab's words and where they stand. */
export interface TabPlace {
  readonly tab: Tab;
  readonly words: string;
  readonly from: number;
}

/** The tabs, with how many things each holds; names are cut where there is no room. */
export function tabPlaces(columns: number, counts: Readonly<Record<Tab, number | undefined>>): TabPlace[] {
  for (const long of [99, 5, 2]) {
    const places: TabPlace[] = [];
    let from = 1;
    for (const [i, tab] of TABS.entries()) {
      const count = counts[tab];
      const words = ` ${i + 1} ${NAMES[tab].slice(0, long)}${count === undefined || long < 5 ? '' : ` ${count}`} `;
      places.push({ tab, words, from });
      from += words.length + (long > 5 ? 1 : 0);
    }
    if (from <= columns || long === 2) return places;
  }
  return [];
}
