/** Makes the next model of a message. Nothing here acts: what the outside is to do, `wantsOf` says. */
import type { Sha256 } from '../../core/line.ts';
import type { Item } from '../../timeline/timeline.ts';
import { layoutOf } from './layout.ts';
import { traceRows } from './lists.ts';
import type { Message, Model, OpenTrace } from './model.ts';
import { PORTION, playOn, searchOn, settled } from './moves.ts';
import { onKey, onPaste } from './on-key.ts';
import { onMouse } from './on-mouse.ts';
import { placed } from './places.ts';
import { Telling } from './telling.ts';

/** What is said of one trace. */
type OfTrace = Extract<Message, { readonly trace: string }>;

/** The model after a message. */
export function reduce(model: Model, message: Message): Model {
  switch (message.kind) {
    case 'key':
      return onKey({ ...model, notice: undefined }, message);
    case 'paste':
      return onPaste(model, message.text);
    case 'mouse':
      return onMouse(model, message);
    case 'resize':
      return withOpen({ ...model, size: message.size, redraws: model.redraws + 1 }, settled);
    case 'clock': {
      const { now } = message;
      const late = { ...model, now };
      return withOpen(late, (open, height) => playOn(open, model.speed, now, height));
    }
    case 'work':
      return withOpen(model, work);
    case 'traces': {
      const listed = { ...model, traces: message.rows };
      return { ...listed, tracesAt: placed(model.tracesAt, traceRows(listed).length, layoutOf(listed).height) };
    }
    case 'searched':
      // what is found late, of another text, is nothing any more
      return message.searched.text === model.tracesText ? { ...model, searched: message.searched } : model;
    case 'notice':
      return { ...model, notice: message.text };
    default:
      return message.trace === model.open.trace ? ofTrace(model, message) : model;
  }
}

function ofTrace(model: Model, message: OfTrace): Model {
  if (message.kind === 'failed') return { ...model, open: { ...model.open, state: 'failed', reason: message.reason } };
  const { items, faults } = message;
  return withOpen(model, (open, height) => {
    const told: OpenTrace = { ...open, state: 'open', faults };
    if (message.kind === 'rebuilt') return anew(told, items, model.sha256, height);
    // what comes while another order is told comes behind that
    if (told.coming !== undefined) {
      told.coming.take(items);
      return told;
    }
    told.telling.take(items);
    told.telling.work(PORTION);
    return settled(told, height);
  });
}

/** The same trace, told from its beginning. What was told before is seen until that is done. */
function anew(open: OpenTrace, items: readonly Item[], sha256: Sha256, height: number): OpenTrace {
  const coming = new Telling(open.trace, sha256);
  coming.filter(open.telling.rows.filter);
  coming.take(items);
  return comeOn({ ...open, coming }, coming, height);
}

/** Tells a portion of what is to take the place of the other; then it does, and what is selected is found again by its id. */
function comeOn(open: OpenTrace, coming: Telling, height: number): OpenTrace {
  coming.work(PORTION);
  if (coming.isBusy) return open;
  const id = open.follows ? undefined : (open.goTo ?? open.telling.story.frames[open.cursor]?.item.entry.id);
  const { search } = open;
  const begun = search && { text: search.text, hits: [], looked: 0, from: undefined };
  return settled({ ...open, telling: coming, coming: undefined, goTo: id, search: begun }, height);
}

function work(open: OpenTrace, height: number): OpenTrace {
  const { telling, coming } = open;
  if (coming !== undefined) return comeOn(open, coming, height);
  if (!telling.isBusy) return searchOn(open, height);
  telling.work(PORTION);
  return settled(open, height);
}

/** Changes the open trace, given the height of the body. */
export function withOpen(model: Model, change: (open: OpenTrace, height: number) => OpenTrace): Model {
  const open = change(model.open, layoutOf(model).height);
  return open === model.open ? model : { ...model, open };
}
