/** The scrubber: all of a trace on one line, with marks for failures, commits and the like, and where in it we are. Pure. */
import { dayOf } from '../../timeline/words.ts';
import { type Span, type Style, span, widthOfSpans } from '../paint.ts';
import type { Layout } from './layout.ts';
import type { Model } from './model.ts';
import { between } from './places.ts';
import { MARKS, type Mark, type Telling } from './telling.ts';

const SIGNS: Readonly<Record<Mark, readonly [string, Style]>> = {
  failure: ['✗', 'red'],
  merge: ['◆', 'magenta'],
  commit: ['●', 'yellow'],
  push: ['↑', 'blue'],
  success: ['✓', 'green'],
  note: ['✎', 'cyan'],
};

/**
 * The frame that a column of the bar stands for; `undefined` outside of it.
 *
 * @example
 * frameAt(9, 10, 91) // 90
 */
export function frameAt(column: number, length: number, count: number): number | undefined {
  if (column < 0 || column >= length || count === 0) return undefined;
  return length < 2 ? count - 1 : Math.round((column / (length - 1)) * (count - 1));
}

/** The column of the bar that a frame stands in. */
export function columnOf(frame: number, length: number, count: number): number {
  return count < 2 ? 0 : Math.round((between(frame, 0, count - 1) / (count - 1)) * (length - 1));
}

/** What was made last of each telling: most keys move along a bar whose marks stay. */
const known = new WeakMap<Telling, { readonly count: number; readonly length: number; readonly cells: readonly (Mark | undefined)[] }>();

/** The mark in each cell of the bar: the most telling one of those that fall there. */
function cellsOf(telling: Telling, length: number): readonly (Mark | undefined)[] {
  const count = telling.story.frames.length;
  const before = known.get(telling);
  if (before !== undefined && before.count === count && before.length === length) return before.cells;
  const ranks = new Array<number>(length).fill(MARKS.length);
  for (const [i, frame] of telling.marked.entries()) {
    const column = columnOf(frame, length, count);
    ranks[column] = Math.min(ranks[column] ?? MARKS.length, MARKS.indexOf(telling.marks[i] ?? 'note'));
  }
  const cells = ranks.map((rank) => MARKS[rank]);
  known.set(telling, { count, length, cells });
  return cells;
}

/** The scrubber's line. */
export function scrubberLine(model: Model, { bar, counter, isSmall }: Layout): Span[] {
  const { open } = model;
  const { telling, cursor } = open;
  const count = telling.story.frames.length;
  const sign =
    open.play !== undefined ? span(' ▶ ', 'green') : open.follows && open.state === 'open' ? span(' ● ', 'green') : span(' ‖ ', 'yellow');
  const here = count === 0 ? -1 : columnOf(cursor, bar.length, count);
  const spans: Span[] = [sign];
  let plain = '';
  let isTold = true;
  const flush = (): void => {
    if (plain !== '') spans.push(span(plain, isTold ? 'plain' : 'dim'));
    plain = '';
  };
  for (const [column, mark] of cellsOf(telling, bar.length).entries()) {
    if (column === here) {
      flush();
      spans.push(span('█', 'bold'));
      isTold = false;
    } else if (mark === undefined) plain += isTold ? '━' : '─';
    else {
      flush();
      const [text, style] = SIGNS[mark];
      spans.push(span(text, style));
    }
  }
  flush();
  const words = counterWords(model, isSmall);
  const room = Math.max(counter - widthOfSpans(words), 0);
  return [...spans, span(` ${' '.repeat(room)}`), ...words];
}

function counterWords({ open }: Model, isSmall: boolean): Span[] {
  const { frames } = open.telling.story;
  const at = frames[open.cursor]?.item;
  const place = span(`${Math.min(open.cursor + 1, frames.length)}/${frames.length}`);
  if (isSmall || at === undefined) return [place];
  const when = `${dayOf(at.at).slice(0, -5)} ${at.entry.event.ts.slice(11, 19)}`;
  return [place, span(`  ${when}`, 'dim')];
}
