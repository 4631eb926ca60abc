/** What the mouse does: the wheel scrolls, a click selects, a second one opens; the scrubber is clicked and dragged along. Pure. */
import type { Mouse } from '../../core/screen.ts';
import { type Layout, layoutOf, tabPlaces } from './layout.ts';
import { progressRows, sessionRows, tabCounts, traceRows, typeRows } from './lists.ts';
import type { Model, OpenTrace } from './model.ts';
import { goToFrame, selectedRow, selectRow } from './moves.ts';
import { onKey, openDetail, openRow, toTab } from './on-key.ts';
import { between, type Place, scrolled } from './places.ts';
import { frameAt } from './scrubber.ts';
import { detailHeight } from './view-detail.ts';
import { helpLines } from './view-help.ts';

/** Rows that one notch of the wheel goes. */
const NOTCH = 3;

/** The model after something was done with the mouse. */
export function onMouse(model: Model, mouse: Mouse): Model {
  const layout = layoutOf(model);
  if (mouse.action === 'wheel-up' || mouse.action === 'wheel-down')
    return onWheel(model, mouse.action === 'wheel-up' ? -NOTCH : NOTCH, mouse, layout);
  if (mouse.button !== 'left' || mouse.action === 'release') return model;
  if (mouse.row === layout.scrubber) return onScrubber(model, mouse.column, layout);
  if (mouse.action !== 'press') return model;
  if (mouse.row === layout.tabs) return onTabs(model, mouse.column, layout);
  const row = mouse.row - layout.body;
  return row >= 0 && row < layout.height ? onBody(model, row, mouse.column, layout) : model;
}

function onTabs(model: Model, column: number, { columns }: Layout): Model {
  const found = tabPlaces(columns, tabCounts(model)).find(({ from, words }) => column >= from && column < from + words.length);
  return found === undefined ? model : toTab({ ...model, open: { ...model.open, detail: undefined } }, found.tab);
}

function onScrubber(model: Model, column: number, { bar, height }: Layout): Model {
  const count = model.open.telling.story.frames.length;
  const frame = frameAt(column - bar.from, bar.length, count);
  if (frame === undefined) return column < bar.from ? onKey({ ...model, tab: 'story' }, SPACE) : model;
  return { ...model, open: goToFrame({ ...model.open, play: undefined }, frame, height) };
}

const SPACE = { kind: 'key', name: 'space', ctrl: false, alt: false, shift: false, text: ' ' } as const;

function onBody(model: Model, row: number, column: number, layout: Layout): Model {
  if (model.help !== undefined) return { ...model, help: undefined };
  if (model.menu !== undefined) {
    const at = model.menu.top + row;
    return at < typeRows(model.open).length ? onKey({ ...model, menu: { ...model.menu, at } }, SPACE) : { ...model, menu: undefined };
  }
  const { open, tab } = model;
  if (tab !== 'story') return onList(model, row);
  if (open.detail !== undefined) return model;
  if (layout.pane !== undefined && column >= layout.pane) return openDetail(model);
  const at = open.top + row;
  if (open.telling.rows.list[at]?.kind !== 'event') return model;
  return at === selectedRow(open) ? openDetail(model) : { ...model, open: selectRow({ ...open, play: undefined }, at, layout.height) };
}

function onList(model: Model, row: number): Model {
  const { open, tab } = model;
  if (tab === 'traces') {
    const at = model.tracesAt.top + row;
    if (at >= traceRows(model).length) return model;
    return at === model.tracesAt.at ? openRow(model) : { ...model, tracesAt: { ...model.tracesAt, at } };
  }
  const name = tab === 'sessions' ? 'sessions' : 'progress';
  const at = open[name].top + row;
  if (at >= countOf(model)) return model;
  return at === open[name].at ? openRow(model) : { ...model, open: { ...open, [name]: { ...open[name], at } } };
}

function countOf(model: Model): number {
  const { open, tab, now } = model;
  if (tab === 'sessions') return sessionRows(open, now).length;
  return tab === 'progress' ? progressRows(open).length : traceRows(model).length;
}

function onWheel(model: Model, by: number, { column }: Mouse, layout: Layout): Model {
  const { open, tab } = model;
  const { height } = layout;
  const scroll = (place: Place, count: number): Place => scrolled(place, by, count, height);
  if (model.help !== undefined)
    return { ...model, help: between(model.help + by, 0, Math.max(helpLines(layout.columns).length - height, 0)) };
  if (model.menu !== undefined) return { ...model, menu: scroll(model.menu, typeRows(open).length) };
  if (tab === 'sessions') return { ...model, open: { ...open, sessions: scroll(open.sessions, countOf(model)) } };
  if (tab === 'progress') return { ...model, open: { ...open, progress: scroll(open.progress, countOf(model)) } };
  if (tab === 'traces') return { ...model, tracesAt: scroll(model.tracesAt, countOf(model)) };
  if (open.detail !== undefined)
    return { ...model, open: { ...open, detail: between(open.detail + by, 0, Math.max(detailHeight(model) - height, 0)) } };
  if (layout.pane !== undefined && column >= layout.pane) return model;
  return { ...model, open: scrollStory(open, by, height) };
}

/** Scrolls the story; the selection goes along as far as it must. */
function scrollStory(open: OpenTrace, by: number, height: number): OpenTrace {
  const { rows } = open.telling;
  const at = Math.max(selectedRow(open), 0);
  const place = scrolled({ at, top: open.top }, by, rows.list.length, height);
  const top = place.top;
  if (place.at === at) return { ...open, top, play: undefined };
  const row = rows.near(place.at);
  const moved = selectRow({ ...open, top, play: undefined }, row, height);
  return moved;
}
