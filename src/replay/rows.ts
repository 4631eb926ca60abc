/**
 * A story told row by row, as `show --follow` and `show --play` do: the same rows as the text view, but each event for
 * itself, since nobody knows what comes next. Pure.
 */
import type { Item } from '../timeline/timeline.ts';
import type { SceneBegin } from './scenes.ts';
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
