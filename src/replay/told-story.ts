/**
 * A whole story, told row by row, of which any part can be had: what a player shows after so many events, and what a
 * recording of it holds. Tells only what is asked for, however long the story is. Pure.
 */
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { Cast } from '../timeline/cast.ts';
import type { DocumentHead } from '../timeline/document.ts';
import type { Item } from '../timeline/timeline.ts';
import { weightOf } from '../timeline/weight.ts';
import { paint, span } from './paint.ts';
import type { Mark, Score } from './play.ts';
import { itemLines, type RowsOptions } from './rows.ts';
import { type SceneBegin, SceneCut, silenceOf } from './scenes.ts';
import { terminalText } from './terminal-text.ts';
import { textColumns } from './text.ts';

export class ToldStory implements Score {
  readonly title: string;
  readonly items: readonly Item[];
  readonly times: readonly number[];
  readonly marks: readonly (Mark | undefined)[];
  readonly #begins: readonly (SceneBegin | undefined)[];

  /** @param items what is told of the trace; `head` is of all of it */
  constructor(trace: TraceName, head: DocumentHead, items: readonly Item[], all: boolean) {
    const cast = new Cast(head, terminalText);
    // players of recordings show it, too
    this.title = terminalText(`trace ${describeTrace(trace)}${head.pr.title === null ? '' : ` · ${head.pr.title}`}`);
    this.items = all ? items : items.filter((item) => silenceOf(item, cast) === undefined);
    this.times = this.items.map(({ at }) => at);
    this.marks = this.items.map(markOf);
    const cut = new SceneCut();
    this.#begins = this.items.map((item) => cut.next(item, cast));
  }

  /** The lines that tell one item, and above the first one the title. */
  linesAt(index: number, options: RowsOptions): string[] {
    const item = this.items[index];
    if (item === undefined) return [];
    const title = index === 0 ? [paint([span(this.title, 'bold')], textColumns(options.columns), options.color)] : [];
    return [...title, ...itemLines(item, this.#begins[index], options)];
  }

  /** The last lines, at most so many, once so many items were told. */
  endOf(shown: number, rows: number, options: RowsOptions): string[] {
    let lines: string[] = [];
    for (let i = shown - 1; i >= 0 && lines.length < rows; i--) lines = [...this.linesAt(i, options), ...lines];
    return lines.slice(-rows);
  }
}

/** What of an item somebody looks for. */
function markOf(item: Item): Mark | undefined {
  if (item.kind === 'gap') return undefined;
  const { event } = item.entry;
  if (event.type === 'commit') return 'commit';
  if (event.type === 'annotation') return 'note';
  return weightOf(event) === 'failure' ? 'failure' : undefined;
}
