/**
 * The whole screen as lines of a terminal: exactly as many as it has rows, none wider than its columns. What comes from
 * events is in spans, which are harmless (paint.ts); nothing else is written. Pure.
 */
import { displayWidth } from '../display-width.ts';
import { paint, type Span, span } from '../paint.ts';
import { type Layout, LEAST, layoutOf } from './layout.ts';
import type { Model } from './model.ts';
import { selected, selectedRow } from './moves.ts';
import { narrows } from './rows.ts';
import { scrubberLine } from './scrubber.ts';
import { detailLines, firstDetailLines } from './view-detail.ts';
import { footLine, headLines, tabLine } from './view-head.ts';
import { helpLines } from './view-help.ts';
import { progressLines, sessionLines, traceLines, typeLines } from './view-lists.ts';
import { storyLines } from './view-story.ts';

/** Draws a model. @returns a line for each row of the screen */
export function screenLines(model: Model): string[] {
  const { size, color } = model;
  const { columns, rows } = size;
  if (columns < LEAST.columns || rows < LEAST.rows) return tooSmall(model);
  const layout = layoutOf(model);
  const line = (spans: readonly Span[]): string => paint(spans, columns, color);
  const lines = [...headLines(model, layout).map(line), line(tabLine(model, layout))];
  if (!layout.isSmall) lines.push(ruleLine(layout, color));
  lines.push(...bodyLines(model, layout));
  lines.push(line(scrubberLine(model, layout)), line(footLine(model, layout)));
  return lines;
}

function tooSmall({ size, color }: Model): string[] {
  const lines = new Array<string>(size.rows).fill('');
  lines[0] = paint([span(`needs ${LEAST.columns}×${LEAST.rows}`)], size.columns, color);
  return lines;
}

function ruleLine({ columns, list, pane }: Layout, color: boolean): string {
  const rule = pane === undefined ? '─'.repeat(columns) : `${'─'.repeat(list)}┬${'─'.repeat(columns - list - 1)}`;
  return paint([span(rule, 'dim')], columns, color);
}

function bodyLines(model: Model, layout: Layout): string[] {
  const { height, list, pane, columns } = layout;
  const { color } = model;
  const left = leftLines(model, layout);
  const mark = markedRow(model);
  const right = pane === undefined ? [] : paneLines(model, columns - pane - 2, height);
  return Array.from({ length: height }, (_, i) => {
    const spans = left[i] ?? [];
    const text = paint(i === mark && color ? [inverted(spans, list)] : spans, list, color);
    if (pane === undefined) return text;
    // to the column, however wide the terminal has drawn what stands before
    return `${text}\u001b[${list + 1}G${paint([span('│ ', 'dim'), ...(right[i] ?? [])], columns - list, color)}`;
  });
}

/** The selected row in reverse, over the whole width. */
function inverted(spans: readonly Span[], columns: number): Span {
  const text = spans.map((one) => one.text).join('');
  return span(text + ' '.repeat(Math.max(columns - displayWidth(text), 0)), 'inverse');
}

/** The row of the body that is selected; -1 where none is. */
function markedRow({ tab, open, menu, help, tracesAt }: Model): number {
  if (help !== undefined) return -1;
  if (menu !== undefined) return menu.at - menu.top;
  if (tab === 'story') return open.detail !== undefined || open.state !== 'open' ? -1 : selectedRow(open) - open.top;
  const { at, top } = tab === 'sessions' ? open.sessions : tab === 'progress' ? open.progress : tracesAt;
  return at - top;
}

function leftLines(model: Model, layout: Layout): (readonly Span[])[] {
  const { height, list: columns, isSmall } = layout;
  const { open, tab, help, menu } = model;
  if (help !== undefined) {
    const lines = helpLines(columns);
    return lines.slice(Math.min(help, Math.max(lines.length - height, 0))).slice(0, height);
  }
  if (menu !== undefined) return typeLines(model, columns, height);
  if (tab === 'traces')
    return model.traces === undefined ? words('reading the list of traces…') : orElse(traceLines(model, columns, height), 'no traces here');
  if (open.state === 'opening') return words('opening the trace…');
  if (open.state === 'failed') return open.reason.map((line, i) => [span(` ${line}`, i === 0 ? 'red' : 'plain')]);
  if (tab === 'sessions') return orElse(sessionLines(model, columns, height), 'no sessions yet');
  if (tab === 'progress') return orElse(progressLines(model, columns, height), 'nothing has begun yet');
  const found = selected(open);
  if (open.detail !== undefined && found !== undefined) {
    const lines = detailLines(found.frame, { cast: open.telling.cast, columns: columns - 2 });
    const top = Math.min(open.detail, Math.max(lines.length - height, 0));
    return lines.slice(top, top + height).map((line) => [span(' '), ...line]);
  }
  return orElse(storyLines(open, { columns, height, isSmall }), ...whyEmpty(model));
}

function whyEmpty({ open }: Model): string[] {
  const { telling } = open;
  const total = telling.story.frames.length;
  if (telling.isBusy) return ['…'];
  if (narrows(telling.rows.filter) && total > 0) return [`no event matches, of ${total}`, 'x shows all of them again'];
  if (total > 0) return ['only the beginnings and ends of sessions so far', 'z shows them'];
  return ['nothing was recorded yet', 'what happens on this branch appears here as it happens'];
}

function words(...lines: string[]): Span[][] {
  return [[], ...lines.map((line) => [span(`  ${line}`, 'dim')])];
}

function orElse(lines: readonly (readonly Span[])[], ...otherwise: string[]): (readonly Span[])[] {
  return lines.length > 0 ? [...lines] : words(...otherwise);
}

/** The pane beside the story: the selected event. */
function paneLines({ open }: Model, columns: number, height: number): (readonly Span[])[] {
  const found = open.state === 'open' ? selected(open) : undefined;
  if (found === undefined) return [];
  const lines = firstDetailLines(found.frame, { cast: open.telling.cast, columns }, height);
  return found.row.count === 1 ? lines : [[span(`${found.row.count} quiet events; Enter unfolds them`, 'dim')], [], ...lines.slice(0, -2)];
}
