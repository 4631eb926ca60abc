/**
 * A story told row by row, as `show --follow` and `show --play` do: the same rows as the text view, but each event for
 * itself, since nobody knows what comes next. Pure.
 */
import type { Cast } from '../timeline/cast.ts';
import type { Item } from '../timeline/timeline.ts';
import { type SceneBegin, SceneCut, silenceOf } from './scenes.ts';
import { beginLines, INDENT, rowLines, textColumns } from './text.ts';

export interface RowsOptions {
  /** Width of the terminal. */
  readonly columns: number;
  readonly color: boolean;
  readonly patch: boolean;
  /** Tell also what only says that a session began or ended, or that git trace was called. */
  readonly all: boolean;
}

/** The lines that tell an item, without their newlines: none for one that goes without saying. @param begin the scene that it begins */
export function* itemLines(item: Item, begin: SceneBegin | undefined, { columns, color, patch, all }: RowsOptions): Generator<string> {
  const wide = textColumns(columns);
  if (begin !== undefined) {
    yield '';
    yield* beginLines(begin, wide, color);
  }
  const view = { columns: wide - INDENT, patch, all };
  yield* rowLines(item.kind === 'gap' ? { kind: 'gap', item } : { kind: 'event', item }, view, wide, color);
}

/** Tells items one after the other. */
export class Rows {
  readonly #options: RowsOptions;
  readonly #cut = new SceneCut();

  constructor(options: RowsOptions) {
    this.#options = options;
  }

  /** Takes note of an item that was told by somebody else. */
  noteTold(item: Item, cast: Cast): void {
    if (!this.#isSilent(item, cast)) this.#cut.next(item, cast);
  }

  /** The lines that tell the next item. */
  tell(item: Item, cast: Cast): string[] {
    if (this.#isSilent(item, cast)) return [];
    return [...itemLines(item, this.#cut.next(item, cast), this.#options)];
  }

  #isSilent(item: Item, cast: Cast): boolean {
    return !this.#options.all && silenceOf(item, cast) !== undefined;
  }
}
