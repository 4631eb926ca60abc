/** Moving along an open story: selecting, following, jumping, searching, filtering, telling it in time. Pure but for the telling, which grows. */
import type { Frame } from '../../timeline/story.ts';
import { says, wantedText } from './find.ts';
import { type OpenTrace, SPEEDS } from './model.ts';
import { between, windowFor } from './places.ts';
import { ALL_ROWS, type Row, type RowFilter } from './rows.ts';
import type { Mark } from './telling.ts';

/** Items that are told, listed or looked at between two looks at the keys. */
export const PORTION = 2_000;
/** A pause is never told longer, in milliseconds. */
const IDLE_MS = 1_500;
/** At the usual speeds no event follows another sooner. */
const SOONEST_MS = 40;
/** Events that one moment may tell. */
const AT_ONCE = 2_000;

/** The selected row of the story; -1 where nothing is listed. */
export function selectedRow({ telling, cursor }: OpenTrace): number {
  return telling.rows.rowOf(cursor);
}

/** The selected event, or stretch of events: the row and the frame that it is told by. */
export function selected(open: OpenTrace): { readonly row: Row & { readonly kind: 'event' }; readonly frame: Frame } | undefined {
  const row = open.telling.rows.list[selectedRow(open)];
  const frame = row?.kind === 'event' ? open.telling.story.frames[row.first] : undefined;
  return row?.kind === 'event' && frame !== undefined ? { row, frame } : undefined;
}

/** Selects a row of an event. The last one is followed: what comes next is selected then. */
export function selectRow(open: OpenTrace, row: number, height: number): OpenTrace {
  const { rows, story } = open.telling;
  const found = rows.list[row];
  if (found?.kind !== 'event') return open;
  const follows = rows.away(row, 1) === row && !open.telling.isBusy;
  const end = story.frames.length;
  const moved = { ...open, cursor: follows ? end - 1 : found.last, follows, seen: follows ? end : open.seen };
  return inWindow(moved, row, height);
}

/** Moves the window so that a row is seen, and the heading above it. */
function inWindow(open: OpenTrace, row: number, height: number): OpenTrace {
  const { list } = open.telling.rows;
  // behind the last event there may be gaps
  const last = open.follows ? list.length - 1 : row;
  const below = windowFor(Math.max(last, row), open.top, list.length, height);
  const head = list[row - 1]?.kind === 'scene' ? row - 1 : row;
  const top = between(below, row - height + 1, height > 1 ? head : row);
  return top === open.top ? open : { ...open, top };
}

/** Selects anew what is to be selected after rows have come, or gone, or the window has another height. */
export function settled(open: OpenTrace, height: number): OpenTrace {
  const { rows, story } = open.telling;
  if (open.goTo !== undefined) return foundById(open, open.goTo, height);
  if (open.follows) {
    const cursor = story.frames.length - 1;
    return inWindow({ ...open, cursor, seen: story.frames.length }, Math.max(rows.rowOf(cursor), 0), height);
  }
  const row = selectedRow(open);
  return row < 0 ? { ...open, top: 0 } : inWindow(open, row, height);
}

function foundById(open: OpenTrace, id: string, height: number): OpenTrace {
  const { story, rows } = open.telling;
  const index = story.frames.findIndex(({ item }) => item.entry.id === id);
  if (index < 0) return open.telling.isBusy || open.state !== 'open' ? open : settled({ ...open, goTo: undefined, follows: true }, height);
  const { goTo: _, ...rest } = open;
  const there: OpenTrace = { ...rest, goTo: undefined, cursor: index, follows: false };
  return inWindow(there, Math.max(rows.rowOf(index), 0), height);
}

/** Selects the event so many rows away. */
export function step(open: OpenTrace, steps: number, height: number): OpenTrace {
  const row = selectedRow(open);
  return row < 0 ? open : selectRow(open, open.telling.rows.away(row, steps), height);
}

/** Selects the row that shows a frame. */
export function goToFrame(open: OpenTrace, frame: number, height: number): OpenTrace {
  const row = open.telling.rows.rowOf(between(frame, 0, open.telling.story.frames.length - 1));
  return row < 0 ? open : selectRow(open, row, height);
}

/** The first of some frames, in order, behind the selected one or before it, that is listed; `undefined` where there is none. */
function nextListed(open: OpenTrace, frames: readonly number[], step: 1 | -1): number | undefined {
  const row = selectedRow(open);
  const { list } = open.telling.rows;
  const here = list[row];
  if (here?.kind !== 'event') return undefined;
  let at = firstAbove(frames, here.last);
  if (step < 0) at = firstAbove(frames, here.first - 1) - 1;
  for (; at >= 0 && at < frames.length; at += step) {
    const found = open.telling.rows.rowOf(frames[at] ?? 0);
    const of = list[found];
    if (of?.kind === 'event' && of.first <= (frames[at] ?? 0) && (frames[at] ?? 0) <= of.last) return found;
  }
  return undefined;
}

/** How many of some numbers, in order, are not above a limit. */
function firstAbove(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Selects the next event with a mark, or the one before; at the end it goes on from the beginning. */
export function goToMark(open: OpenTrace, wanted: readonly Mark[], step: 1 | -1, height: number): OpenTrace | undefined {
  const { marked, marks } = open.telling;
  const frames = marked.filter((_, i) => wanted.includes(marks[i] ?? 'note'));
  return goToNext(open, frames, step, height);
}

function goToNext(open: OpenTrace, frames: readonly number[], step: 1 | -1, height: number): OpenTrace | undefined {
  const row = nextListed(open, frames, step);
  if (row !== undefined) return selectRow(open, row, height);
  const around = step > 0 ? frames[0] : frames.at(-1);
  return around === undefined ? undefined : goToFrame(open, around, height);
}

/** Selects the next event that says what is looked for; at the end it goes on from the beginning. */
export function goToHit(open: OpenTrace, step: 1 | -1, height: number): OpenTrace | undefined {
  return goToNext(open, open.search?.hits ?? [], step, height);
}

/** Begins to look for a text; nothing is looked for with an empty one. @param from the frame from which on the first hit is selected */
export function search(open: OpenTrace, text: string, from: number): OpenTrace {
  return { ...open, search: text === '' ? undefined : { text, hits: [], looked: 0, from } };
}

/** Looks through a portion of the frames. */
export function searchOn(open: OpenTrace, height: number): OpenTrace {
  const { search: said, telling } = open;
  const { frames } = telling.story;
  if (said === undefined || said.looked >= frames.length) return open;
  const wanted = wantedText(said.text);
  const looked = Math.min(said.looked + PORTION, frames.length);
  const hits = [...said.hits];
  for (let i = said.looked; i < looked; i++) {
    const entry = frames[i]?.item.entry;
    if (entry !== undefined && says(entry, wanted)) hits.push(i);
  }
  const { from } = said;
  const first = from === undefined ? undefined : (hits.find((hit) => hit >= from) ?? (looked === frames.length ? hits[0] : undefined));
  const isFound = first !== undefined || looked === frames.length;
  const next: OpenTrace = { ...open, search: { text: said.text, hits, looked, from: isFound ? undefined : from } };
  return first === undefined ? next : goToFrame(next, first, height);
}

/** Lists only what a filter leaves. */
export function narrow(open: OpenTrace, change: Partial<RowFilter>, height: number): OpenTrace {
  const { telling } = open;
  const filter = { ...telling.rows.filter, ...change };
  telling.filter(filter);
  open.coming?.filter(filter);
  telling.work(PORTION);
  return settled({ ...open, top: open.top }, height);
}

/** Lists everything again. */
export function widen(open: OpenTrace, height: number): OpenTrace {
  const { folds } = open.telling.rows.filter;
  return narrow(open, { ...ALL_ROWS, folds }, height);
}

/** Milliseconds until the event behind a row is told; `undefined` at the end. */
function gapAfter({ telling }: OpenTrace, row: number, speed: number): number | undefined {
  const { rows, story } = telling;
  const next = rows.away(row, 1);
  const [here, there] = [rows.list[row], rows.list[next]];
  if (next === row || here === undefined || there === undefined) return undefined;
  const [from, to] = [story.frames[here.first]?.item.at ?? 0, story.frames[there.first]?.item.at ?? 0];
  const faster = SPEEDS[speed] ?? 1;
  return between((to - from) / faster, Math.min(SOONEST_MS, (SOONEST_MS * 60) / faster), IDLE_MS);
}

/** Begins to tell the story in time, from the selected event on; at the end, from the beginning. */
export function play(open: OpenTrace, speed: number, now: number, height: number): OpenTrace {
  let from = selectedRow(open);
  if (from < 0) return open;
  if (gapAfter(open, from, speed) === undefined) from = open.telling.rows.away(from, Number.NEGATIVE_INFINITY);
  const gap = gapAfter(open, from, speed);
  if (gap === undefined) return open;
  return { ...selectRow(open, from, height), follows: false, play: { due: now + gap } };
}

/** Tells what is due; stops behind the last event. */
export function playOn(open: OpenTrace, speed: number, now: number, height: number): OpenTrace {
  if (open.play === undefined) return open;
  let { due } = open.play;
  let row = selectedRow(open);
  for (let told = 0; due <= now && told < AT_ONCE; told++) {
    row = open.telling.rows.away(row, 1);
    const gap = gapAfter(open, row, speed);
    if (gap === undefined) return { ...selectRow(open, row, height), play: undefined };
    due += gap;
  }
  // a moment that was slept through is not made up for
  return { ...selectRow(open, row, height), follows: false, play: { due: Math.max(due, now) } };
}
