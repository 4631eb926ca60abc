/**
 * The TUI's model: everything that its screen shows, as one value. `reduce` makes the next one of a message, `screenLines`
 * draws it, `wantsOf` says what it wants from the outside; whoever runs it (src/cli/tui.ts) does that and nothing else.
 */

import type { Sha256 } from '../../core/line.ts';
import type { ScreenInput, ScreenSize } from '../../core/screen.ts';
import type { TraceName } from '../../core/trace-name.ts';
import type { ReadFault } from '../../journal/read.ts';
import type { Item } from '../../timeline/timeline.ts';
import { type Place, START } from './places.ts';
import { Telling } from './telling.ts';

export const TABS = ['story', 'sessions', 'progress', 'traces'] as const;
export type Tab = (typeof TABS)[number];

/** A trace of this clone, as a list tells it. */
export interface ListedRow {
  readonly trace: TraceName;
  readonly title: string | null;
  readonly status: string;
  readonly events: number;
  readonly sessions: number;
  /** ISO 8601; null where it has no event. */
  readonly end_time: string | null;
  /** The month in whose archive it is. */
  readonly archived: string | null;
  /** Why it cannot be read, where it cannot. */
  readonly fault: string | null;
}

/** An event of any trace that says what is looked for. */
export interface Hit {
  readonly trace: TraceName;
  readonly id: string;
  /** ISO 8601. */
  readonly ts: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** How far a search through all traces has come. */
export interface Searched {
  readonly text: string;
  readonly hits: readonly Hit[];
  /** Traces that were looked through, of how many, and how many of them could not be read. */
  readonly looked: number;
  readonly total: number;
  readonly unreadable: number;
  /** `cut`: there are more hits than are shown. */
  readonly state: 'running' | 'done' | 'cut' | 'stopped';
}

/** A text that is looked for in the open trace. */
export interface Search {
  readonly text: string;
  /** Frames that say it, in order. */
  readonly hits: readonly number[];
  /** How many frames were looked at. */
  readonly looked: number;
  /** Where the search began: the first hit from there on is gone to once it is known. */
  readonly from: number | undefined;
}

/** Telling the story in time. */
export interface Play {
  /** When the next event is told, in milliseconds since 1970. */
  readonly due: number;
}

/** The trace on the screen. */
export interface OpenTrace {
  readonly trace: TraceName;
  /** Rises with each trace that is opened. */
  readonly nth: number;
  readonly state: 'opening' | 'open' | 'failed';
  /** Why it could not be opened, and ways out. */
  readonly reason: readonly string[];
  readonly telling: Telling;
  /** The same trace in another order, told from its beginning behind the scenes; takes the place of the other when it is done. */
  readonly coming: Telling | undefined;
  /** Parts of the journal that could not be read. */
  readonly faults: readonly ReadFault[];
  /** The frame that is told last: the selected event. */
  readonly cursor: number;
  /** The first row on the screen. */
  readonly top: number;
  /** The newest event is selected, whatever comes. */
  readonly follows: boolean;
  /** Frames there were when the newest one was last selected. */
  readonly seen: number;
  /** The first line seen of the selected event's detail; undefined while it is closed. */
  readonly detail: number | undefined;
  readonly play: Play | undefined;
  readonly search: Search | undefined;
  /** The id of an event to be selected once it is told. */
  readonly goTo: string | undefined;
  readonly sessions: Place;
  readonly progress: Place;
}

/** A line that is being typed. */
export interface Prompt {
  readonly kind: 'search' | 'filter' | 'traces';
  readonly text: string;
}

export interface Model {
  readonly size: ScreenSize;
  readonly color: boolean;
  /** Milliseconds since 1970, as last told. */
  readonly now: number;
  readonly sha256: Sha256;
  readonly tab: Tab;
  readonly open: OpenTrace;
  /** All traces that are here; undefined until they are known. */
  readonly traces: readonly ListedRow[] | undefined;
  readonly tracesAt: Place;
  /** What the list of traces is narrowed to, and what is looked for in all of them. */
  readonly tracesText: string;
  readonly searched: Searched | undefined;
  /** Rises when the list of traces is to be read again. */
  readonly asked: number;
  readonly prompt: Prompt | undefined;
  /** The selected row of the list of types; undefined while it is closed. */
  readonly menu: Place | undefined;
  /** The first line seen of the help; undefined while it is closed. */
  readonly help: number | undefined;
  /** Index in SPEEDS. */
  readonly speed: number;
  /** Told once, until the next key. */
  readonly notice: string | undefined;
  readonly isOver: boolean;
  /** Lets everything be drawn again (ctrl+l); rises. */
  readonly redraws: number;
}

/** What has happened. */
export type Message =
  | ScreenInput
  | { readonly kind: 'resize'; readonly size: ScreenSize }
  /** It is so late; what is due is told. */
  | { readonly kind: 'clock'; readonly now: number }
  /** There is time for a portion of work. */
  | { readonly kind: 'work' }
  /** The trace that was wanted is here. */
  | { readonly kind: 'opened'; readonly trace: TraceName; readonly items: readonly Item[]; readonly faults: readonly ReadFault[] }
  | { readonly kind: 'failed'; readonly trace: TraceName; readonly reason: readonly string[] }
  /** Items that come next in the open trace. */
  | { readonly kind: 'added'; readonly trace: TraceName; readonly items: readonly Item[]; readonly faults: readonly ReadFault[] }
  /** The open trace's order has changed: all items anew. */
  | { readonly kind: 'rebuilt'; readonly trace: TraceName; readonly items: readonly Item[]; readonly faults: readonly ReadFault[] }
  | { readonly kind: 'traces'; readonly rows: readonly ListedRow[] }
  | { readonly kind: 'searched'; readonly searched: Searched }
  | { readonly kind: 'notice'; readonly text: string };

/** How many times faster than life a story is told. */
export const SPEEDS = [1, 4, 16, 60, 240, 1000, 4000] as const;
const USUAL_SPEED = 3;

/** A trace that nothing is known of yet. @param goTo the event to be selected */
export function opening(trace: TraceName, sha256: Sha256, nth: number, goTo?: string): OpenTrace {
  return {
    trace,
    nth,
    state: 'opening',
    reason: [],
    telling: new Telling(trace, sha256),
    coming: undefined,
    faults: [],
    cursor: -1,
    top: 0,
    follows: goTo === undefined,
    seen: 0,
    detail: undefined,
    play: undefined,
    search: undefined,
    goTo,
    sessions: START,
    progress: START,
  };
}

/** The model at the beginning: a trace that is being opened. */
export function firstModel(options: Pick<Model, 'size' | 'color' | 'now' | 'sha256'> & { readonly trace: TraceName }): Model {
  const { size, color, now, sha256, trace } = options;
  return {
    size,
    color,
    now,
    sha256,
    tab: 'story',
    open: opening(trace, sha256, 1),
    traces: undefined,
    tracesAt: START,
    tracesText: '',
    searched: undefined,
    asked: 0,
    prompt: undefined,
    menu: undefined,
    help: undefined,
    speed: USUAL_SPEED,
    notice: undefined,
    isOver: false,
    redraws: 0,
  };
}

/** What a model wants from the outside; whoever runs it makes that so. */
export interface Wants {
  /** The trace to have open; opened anew whenever `nth` is another number. */
  readonly trace: TraceName;
  readonly nth: number;
  /** How often the list of traces was asked for; 0 for never. */
  readonly traces: number;
  /** What is to be looked for in all traces; empty for nothing. */
  readonly search: string;
  /** When to tell the time, in milliseconds since 1970; undefined where any time will do. */
  readonly wakeAt: number | undefined;
  /** There is work to be done in portions. */
  readonly isBusy: boolean;
}

/** Fewer letters are found everywhere. */
export const LEAST_SEARCHED = 2;

/** What a model wants from the outside. */
export function wantsOf(model: Model): Wants {
  const { open, asked, tracesText } = model;
  const isSearching = open.search !== undefined && open.search.looked < open.telling.story.frames.length;
  return {
    trace: open.trace,
    nth: open.nth,
    traces: asked,
    search: [...tracesText].length < LEAST_SEARCHED ? '' : tracesText,
    wakeAt: open.play?.due,
    isBusy: open.telling.isBusy || open.coming !== undefined || isSearching,
  };
}
