/** Tells a row of the text view: one event, several that were folded into one line, a node, a place without an event. Pure. */
import type { Gap } from '../core/order.ts';
import type { Cycle } from '../timeline/cycles.ts';
import type { Story } from '../timeline/story.ts';
import type { EventItem, Item } from '../timeline/timeline.ts';
import { counted, duration } from '../timeline/words.ts';
import { clip, clipPath, displayWidth } from './display-width.ts';
import { type Row, sumOfEdits } from './fold.ts';
import { type Span, span, widthOfSpans } from './paint.ts';
import { tell } from './tell.ts';
import { ProgressRows, tellNode } from './tell-progress.ts';
import { tellRun } from './tell-runs.ts';
import { terminalText } from './terminal-text.ts';
import { changed, quiet, type Told, type View } from './told.ts';

/** What the whole story says of its events: which are told as nodes, and which test runs were green again. */
export class Hindsight {
  readonly nodes: ProgressRows;
  readonly #greens: ReadonlyMap<number, Cycle>;

  /**
   * @param items what is shown of the story
   * @param reference when what has not ended is judged, in milliseconds since 1970
   */
  constructor(items: Iterable<Item>, story: Story, reference: number | undefined) {
    this.nodes = new ProgressRows(items, story, reference);
    this.#greens = new Map(story.cycles.flatMap((cycle) => (cycle.green === undefined ? [] : [[cycle.green, cycle]])));
  }

  /** What became green with a test run. */
  greenAt({ seq }: EventItem): Cycle | undefined {
    return this.#greens.get(seq);
  }
}

/** How a row is told; without hindsight each event is told by itself. */
export interface RowView extends View {
  readonly hindsight?: Hindsight;
}

/** Tells a row. */
export function tellRow(row: Row, view: RowView): Told {
  switch (row.kind) {
    case 'event': {
      const node = view.all ? undefined : view.hindsight?.nodes.of(row.item);
      if (node !== undefined) return tellNode(node, view.columns);
      const { type, payload } = row.item.entry.event;
      const told = tell(type, payload, view);
      return type === 'test' ? { ...told, aside: greenWords(row.item, view) } : told;
    }
    case 'run': {
      const [command, test] = [row.command.entry.event.payload, row.test.entry.event.payload];
      return { ...tellRun(command, test, view), aside: greenWords(row.test, view) };
    }
    case 'gap':
      return tellGap(row.item.gap);
    case 'edits': {
      const { additions, deletions } = sumOfEdits(row.items);
      const words = [span(clipPath(terminalText(row.file), view.columns - 20))];
      const result = [span('  '), ...changed(additions, deletions), span(`  ${counted(row.items.length, 'edit')}`, 'dim')];
      return { symbol: '±', style: 'plain', words, result };
    }
    case 'files': {
      const { additions, deletions } = sumOfEdits(row.items);
      const words = [span(`${counted(row.files.length, 'more file')}: ${row.files.join(', ')}`)];
      return { symbol: '±', style: 'plain', words, result: [span('  '), ...changed(additions, deletions)] };
    }
    case 'noise': {
      const spent = Math.abs((row.items.at(-1)?.at ?? 0) - (row.items[0]?.at ?? 0));
      const result = spent < 1000 ? [] : [span(`  in ${duration(spent)}`, 'dim')];
      const room = view.columns - widthOfSpans(result);
      const isLong = displayWidth(row.summary) > room && row.summary.endsWith(')');
      return { ...quiet(isLong ? `${clip(terminalText(row.summary), room - 1)})` : row.summary), result };
    }
  }
}

/** How long a suite was red that a test run shows mended, and after how many edits. */
function greenWords(item: EventItem, { hindsight, all }: RowView): Span[] {
  const cycle = all ? undefined : hindsight?.greenAt(item);
  if (cycle?.to === undefined) return [];
  const edits = cycle.edits === 0 ? '' : `, ${counted(cycle.edits, 'edit')}`;
  return [span(`green after ${duration(cycle.to - cycle.from)}${edits}`, 'green')];
}

/** Tells a line that holds no event. */
export function tellGap({ kind, session, seq, reason }: Gap): Told {
  const which = `event ${seq} of session ${session}`;
  if (kind === 'erased') return quiet(`(${which} was erased)`);
  if (kind === 'pruned') return quiet(`(session ${session} was pruned)`);
  return { symbol: '!', style: 'yellow', words: [span(`(${which} cannot be read: ${reason ?? 'no reason known'})`, 'yellow')] };
}
