/** What keys do. The table of keys that the help shows and the documentation has is in keys-help.ts. Pure. */
import type { Key } from '../../core/screen.ts';
import { wantedText } from './find.ts';
import { layoutOf } from './layout.ts';
import { progressRows, sessionRows, traceRows, typeRows } from './lists.ts';
import { type Model, type OpenTrace, opening, SPEEDS, TABS, type Tab } from './model.ts';
import { goToFrame, goToHit, goToMark, narrow, play, search, selected, settled, step, widen } from './moves.ts';
import { between, type Place, placed, stepOf } from './places.ts';
import { backspaced, withoutWord } from './typing.ts';
import { detailHeight } from './view-detail.ts';
import { helpLines } from './view-help.ts';

/** The model after a key. */
export function onKey(model: Model, key: Key): Model {
  if (key.ctrl && key.name === 'c') return { ...model, isOver: true };
  if (key.ctrl && key.name === 'l') return { ...model, redraws: model.redraws + 1 };
  if (model.prompt !== undefined) return inPrompt(model, key);
  if (model.help !== undefined) return inHelp(model, key, model.help);
  if (model.menu !== undefined) return inMenu(model, key, model.menu);
  if (model.tab === 'story' && model.open.detail !== undefined) return inDetail(model, key, model.open.detail);
  return anywhere(model, key) ?? (model.tab === 'story' ? inStory(model, key) : inList(model, key));
}

/** Keys that mean the same on every tab; `undefined` for any other. */
function anywhere(model: Model, { name, ctrl, shift }: Key): Model | undefined {
  if (ctrl) return undefined;
  switch (name) {
    case 'q':
      return { ...model, isOver: true };
    case '?':
    case 'f1':
      return { ...model, help: 0 };
    case 'tab':
      return toTab(model, TABS[(TABS.indexOf(model.tab) + (shift ? TABS.length - 1 : 1)) % TABS.length] ?? 'story');
    case 'r':
      return { ...model, asked: model.asked + 1, notice: 'reading the list of traces again' };
    case '1':
    case '2':
    case '3':
    case '4':
      return toTab(model, TABS[Number(name) - 1] ?? 'story');
    default:
      return undefined;
  }
}

/** Shows a tab. */
export function toTab(model: Model, tab: Tab): Model {
  const isAsked = tab === 'traces' && model.asked === 0;
  const shown: Model = { ...model, tab, help: undefined, menu: undefined, asked: isAsked ? 1 : model.asked };
  return { ...shown, open: settled(shown.open, layoutOf(shown).height) };
}

function inStory(model: Model, key: Key): Model {
  const { height } = layoutOf(model);
  const { open, speed } = model;
  const to = (next: OpenTrace | undefined, otherwise = ''): Model =>
    next === undefined ? { ...model, notice: otherwise } : { ...model, open: next };
  const steps = stepOf(key, height) ?? (key.name === 'right' || key.name === '.' ? 1 : key.name === 'left' ? -1 : undefined);
  // whoever moves takes the telling into their own hands
  if (steps !== undefined) return to(step({ ...open, play: undefined }, steps, height));
  switch (key.name) {
    case 'enter':
      return openDetail(model);
    case 'escape':
      if (open.play !== undefined) return to({ ...open, play: undefined });
      if (open.search !== undefined) return to({ ...open, search: undefined });
      return to(widen(open, height));
    case 'space':
    case 'p':
      return to(open.play === undefined ? play(open, speed, model.now, height) : { ...open, play: undefined });
    case '+':
    case '=':
    case '-':
      return { ...model, speed: between(speed + (key.name === '-' ? -1 : 1), 0, SPEEDS.length - 1) };
    case 'f':
    case 'F':
      return to(goToMark(open, ['failure'], key.name === 'f' ? 1 : -1, height), 'no failures');
    case 'c':
    case 'C':
      return to(goToMark(open, ['commit', 'merge'], key.name === 'c' ? 1 : -1, height), 'no commits');
    case 'm':
    case 'M':
      return to(goToMark(open, ['note'], key.name === 'm' ? 1 : -1, height), 'no notes or prompts');
    case 'n':
    case 'N':
      if (open.search === undefined) return { ...model, notice: "nothing is looked for: '/' begins" };
      return to(goToHit(open, key.name === 'n' ? 1 : -1, height), `no event says "${open.search.text}"`);
    case '/':
      return { ...model, prompt: { kind: 'search', text: '' } };
    case '&':
      return { ...model, prompt: { kind: 'filter', text: open.telling.rows.filter.wanted?.text ?? '' } };
    case 't':
      return { ...model, menu: { at: 0, top: 0 } };
    case 's':
      return to(onlySession(open, height));
    case 'z':
      return to(narrow(open, { folds: !open.telling.rows.filter.folds, unfolded: new Set() }, height));
    case 'x':
      return to(widen(open, height));
    default:
      return model;
  }
}

/** Lists only the session of the selected event, or all again. */
function onlySession(open: OpenTrace, height: number): OpenTrace {
  const session = open.telling.rows.filter.session === undefined ? selected(open)?.frame.item.entry.event.session : undefined;
  return narrow(open, { session }, height);
}

/** Opens the selected event; a folded stretch is unfolded. */
export function openDetail(model: Model): Model {
  const { open } = model;
  const found = selected(open);
  if (found === undefined) return model;
  if (found.row.count === 1) return { ...model, open: { ...open, detail: 0, play: undefined } };
  const { unfolded } = open.telling.rows.filter;
  const at: OpenTrace = { ...open, cursor: found.row.first, follows: false, play: undefined };
  return { ...model, open: narrow(at, { unfolded: new Set([...unfolded, found.row.first]) }, layoutOf(model).height) };
}

function inDetail(model: Model, key: Key, top: number): Model {
  const { open } = model;
  const layout = layoutOf(model);
  const shown = (next: OpenTrace): Model => ({ ...model, open: next });
  switch (key.name) {
    case 'escape':
    case 'enter':
    case 'q':
    case 'backspace': {
      const closed = { ...model, open: { ...open, detail: undefined } };
      return { ...closed, open: settled(closed.open, layoutOf(closed).height) };
    }
    case 'left':
    case 'right':
      return shown({ ...step(open, key.name === 'left' ? -1 : 1, layout.height), detail: 0 });
    case 'f':
    case 'F':
    case 'c':
    case 'C':
    case 'm':
    case 'M':
    case 'n':
    case 'N': {
      const moved = inStory(model, key);
      return moved.open === open ? moved : { ...moved, open: { ...moved.open, detail: 0 } };
    }
    case '?':
      return { ...model, help: 0 };
  }
  const steps = stepOf(key, layout.height) ?? (key.name === 'space' ? layout.height - 1 : undefined);
  const most = Math.max(detailHeight(model) - layout.height, 0);
  return steps === undefined ? model : shown({ ...open, detail: between(top + steps, 0, most) });
}

function inHelp(model: Model, key: Key, top: number): Model {
  const { height, columns } = layoutOf(model);
  const steps = stepOf(key, height);
  const most = Math.max(helpLines(columns).length - height, 0);
  return { ...model, help: steps === undefined ? undefined : between(top + steps, 0, most) };
}

function inMenu(model: Model, key: Key, at: Place): Model {
  const { height } = layoutOf(model);
  const rows = typeRows(model.open);
  const steps = stepOf(key, height);
  if (steps !== undefined) return { ...model, menu: placed({ ...at, at: at.at + steps }, rows.length, height) };
  if (key.name === 'x') return { ...model, menu: undefined, open: narrow(model.open, { types: new Set() }, height) };
  if (key.name !== 'space' && key.name !== 'enter') return { ...model, menu: undefined };
  const type = rows[at.at]?.type;
  if (type === undefined) return model;
  const { types } = model.open.telling.rows.filter;
  // enter takes this one alone, space puts it to the others or takes it away
  const next = key.name === 'enter' ? new Set([type]) : new Set(types);
  if (key.name === 'space' && !next.delete(type)) next.add(type);
  return { ...model, menu: key.name === 'enter' ? undefined : at, open: narrow(model.open, { types: next }, height) };
}

function inList(model: Model, key: Key): Model {
  const { height } = layoutOf(model);
  const steps = stepOf(key, height);
  if (steps !== undefined) return moveInList(model, steps);
  if (key.name === 'enter') return openRow(model);
  if (key.name === '/' && model.tab === 'traces') return { ...model, prompt: { kind: 'traces', text: model.tracesText } };
  if (key.name === 'escape') {
    if (model.tab === 'traces' && model.tracesText !== '') return searchTraces(model, '');
    return toTab(model, 'story');
  }
  if (key.name === 'left' || key.name === 'right' || key.name === 'space') {
    // the story goes on beneath: the progress of any moment can be seen
    return model.tab === 'progress' ? inStory(model, key) : model;
  }
  if (key.name === '/' || key.name === '&') return inStory(toTab(model, 'story'), key);
  return model;
}

/** Moves in the list of the tab that is shown. */
export function moveInList(model: Model, steps: number): Model {
  const { height } = layoutOf(model);
  const move = (place: Place, count: number): Place =>
    placed({ ...place, at: between(place.at + steps, 0, Math.max(count - 1, 0)) }, count, height);
  const { open, tab } = model;
  if (tab === 'sessions') return { ...model, open: { ...open, sessions: move(open.sessions, sessionRows(open, model.now).length) } };
  if (tab === 'progress') return { ...model, open: { ...open, progress: move(open.progress, progressRows(open).length) } };
  return { ...model, tracesAt: move(model.tracesAt, traceRows(model).length) };
}

/** Opens what is selected in the list of the tab that is shown. */
export function openRow(model: Model): Model {
  const { open, tab } = model;
  if (tab === 'sessions') {
    const row = sessionRows(open, model.now)[open.sessions.at];
    if (row?.kind !== 'session') return model;
    const story = toTab(model, 'story');
    return { ...story, open: narrow(story.open, { session: row.session.session }, layoutOf(story).height) };
  }
  if (tab === 'progress') {
    const row = progressRows(open)[open.progress.at];
    if (row === undefined) return model;
    const seq = row.kind === 'queue' ? row.queue.seq : (row.node.closed ?? row.node.opened);
    const story = toTab(model, 'story');
    return { ...story, open: goToFrame(story.open, seq - 1, layoutOf(story).height) };
  }
  const row = traceRows(model)[model.tracesAt.at];
  if (row === undefined || row.kind === 'heading') return model;
  if (row.kind === 'trace') return toTab({ ...model, open: opening(row.row.trace, model.sha256, open.nth + 1) }, 'story');
  const { trace, id } = row.hit;
  return toTab({ ...model, open: opening(trace, model.sha256, open.nth + 1, id) }, 'story');
}

/** Narrows the list of traces, and looks for a text in all of them. */
function searchTraces(model: Model, text: string): Model {
  return { ...model, tracesText: text, searched: undefined, tracesAt: { at: 0, top: 0 } };
}

function inPrompt(model: Model, key: Key): Model {
  const { prompt } = model;
  if (prompt === undefined) return model;
  if (key.name === 'escape') return { ...typed(model, ''), prompt: undefined };
  if (key.name === 'enter') {
    const { search: said } = model.open;
    const isVain =
      prompt.kind === 'search' && said !== undefined && said.hits.length === 0 && said.looked === model.open.telling.story.frames.length;
    return { ...model, prompt: undefined, notice: isVain ? `no event says "${said.text}"` : undefined };
  }
  if (key.name === 'backspace') return prompt.text === '' ? { ...model, prompt: undefined } : typed(model, backspaced(prompt.text));
  if (key.ctrl && key.name === 'u') return typed(model, '');
  if (key.ctrl && key.name === 'w') return typed(model, withoutWord(prompt.text));
  if (key.text !== '') return typed(model, prompt.text + key.text);
  if (prompt.kind === 'traces' && (key.name === 'up' || key.name === 'down')) return moveInList(model, key.name === 'up' ? -1 : 1);
  return model;
}

/** Characters of a text that is looked for. */
const LONGEST = 200;

/** The line that is typed is another one: what is looked for with it, too. */
function typed(model: Model, text: string): Model {
  const { prompt, open } = model;
  if (prompt === undefined) return model;
  const next = { ...model, prompt: { ...prompt, text: text.slice(0, LONGEST) } };
  const { height } = layoutOf(model);
  if (prompt.kind === 'search') return { ...next, open: search(open, next.prompt.text, open.cursor) };
  if (prompt.kind === 'traces') return searchTraces(next, next.prompt.text);
  return { ...next, open: narrow(open, { wanted: text === '' ? undefined : wantedText(next.prompt.text) }, height) };
}

/** The model after a paste: it goes into the line that is typed, and nowhere else. */
export function onPaste(model: Model, text: string): Model {
  return model.prompt === undefined ? model : typed(model, model.prompt.text + text.replace(/\s+/g, ' '));
}
