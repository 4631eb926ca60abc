/** The story's rows as they stand on the screen: only those that are seen are made. Pure. */
import { millis } from '../../core/time.ts';
import type { Cycle } from '../../timeline/cycles.ts';
import type { Frame } from '../../timeline/story.ts';
import { duration, pause, timeOfDay } from '../../timeline/words.ts';
import { summaryOf } from '../fold.ts';
import { clipSpans, type Span, span, widthOfSpans } from '../paint.ts';
import { tell } from '../tell.ts';
import { tellGap } from '../tell-row.ts';
import { briefPayload } from './brief.ts';
import type { OpenTrace } from './model.ts';
import { selectedRow } from './moves.ts';
import type { Row } from './rows.ts';

export interface StoryView {
  readonly columns: number;
  readonly height: number;
  /** Short times. */
  readonly isSmall: boolean;
}

/** Columns that are of use to say why something failed. */
const WHY = 16;

/** Types that have words of their own for several of them. */
const SUMMED_UP: ReadonlySet<string> = new Set(['command', 'environment', 'navigation', 'tool_call']);

/** Most of a folded stretch that is looked at for its words. */
const SUMMED = 500;

/** The rows that are seen. While the story is told in time, what comes later is not. */
export function storyLines(open: OpenTrace, { columns, height, isSmall }: StoryView): Span[][] {
  const { telling, top, play } = open;
  const { list } = telling.rows;
  const selected = selectedRow(open);
  const until = play === undefined ? list.length : selected + 1;
  const seen = list.slice(top, Math.min(top + height, until));
  const cycles = cyclesAmong(telling.story.cycles, seen);
  const hits = new Set(open.search?.hits);
  return seen.map((row, i) => {
    const isSelected = top + i === selected;
    const sign = isSelected ? span('▸', 'bold') : row.kind === 'event' && hasHit(row, hits) ? span('*', 'yellow') : span(' ');
    const lead = [sign, bracket(row, cycles), ...(isSmall ? [] : [span(' ')])];
    return [...lead, ...rowSpans(open, row, columns - lead.length, isSmall)];
  });
}

function hasHit({ first, last }: Row & { kind: 'event' }, hits: ReadonlySet<number>): boolean {
  if (hits.size === 0) return false;
  for (let i = first; i <= last; i++) if (hits.has(i)) return true;
  return false;
}

/** The cycles that some rows lie in. */
function cyclesAmong(cycles: readonly Cycle[], rows: readonly Row[]): Cycle[] {
  const first = (rows[0]?.first ?? 0) + 1;
  const end = rows.at(-1);
  const last = (end?.kind === 'event' ? end.last : (end?.first ?? 0)) + 1;
  return cycles.filter(({ red, green }) => red <= last && (green ?? Number.POSITIVE_INFINITY) >= first);
}

/** From red to green, beside the rows. */
function bracket(row: Row, cycles: readonly Cycle[]): Span {
  const [first, last] = [row.first + 1, (row.kind === 'event' ? row.last : row.first - 1) + 1];
  let text = ' ';
  for (const { red, green = Number.POSITIVE_INFINITY } of cycles) {
    if (green >= first && green <= last) return span('└', 'green');
    if (red >= first && red <= last) text = '┌';
    else if (red < first && green > last && text === ' ') text = '│';
  }
  return span(text, 'red');
}

function rowSpans(open: OpenTrace, row: Row, columns: number, isSmall: boolean): Span[] {
  if (row.kind === 'scene') return sceneSpans(open, row, columns);
  if (row.kind === 'gap') {
    const { symbol, style, words } = tellGap(row.item.gap);
    return [span(isSmall ? '      ' : '          '), span(`${symbol} `, style), ...words];
  }
  const frame = open.telling.story.frames[row.first];
  if (frame === undefined) return [];
  return row.count > 1 ? foldedSpans(open, row, frame, columns, isSmall) : eventSpans(frame, columns, isSmall);
}

function timeSpan({ item }: Frame, isSmall: boolean): Span {
  const time = timeOfDay(item.entry.event.ts);
  return span(isSmall ? `${time.slice(0, 5)} ` : `${time}  `, 'dim');
}

function eventSpans(frame: Frame, columns: number, isSmall: boolean): Span[] {
  const { entry } = frame.item;
  const begin = isSmall ? 8 : 12;
  const told = tell(entry.event.type, briefPayload(entry), { columns: columns - begin, patch: false, all: false });
  // of one whose clock had jumped back
  const behind = frame.item.at - millis(entry.event.ts);
  const late = behind < 1000 ? [] : [span(`  (clock ${behind < 60_000 ? duration(behind) : pause(behind)} behind)`, 'yellow')];
  const result = [...(told.result ?? []), ...late];
  const isQuiet = frame.weight === 'noise';
  const words = isQuiet ? told.words.map(({ text }) => span(text, 'dim')) : told.words;
  const why = frame.weight === 'failure' ? (told.below?.[0] ?? []) : [];
  // the result is kept whole; the words give way, and leave room for what went wrong
  const room = Math.max(columns - begin - widthOfSpans(result), 12);
  const shown = clipSpans(words, why.length > 0 && room > 2 * WHY ? Math.ceil(room * 0.6) : room);
  const line = [timeSpan(frame, isSmall), span(told.symbol, told.style), span(' '), ...shown, ...result];
  const left = columns - widthOfSpans(line) - 2;
  return why.length === 0 || left < WHY ? line : [...line, span('  '), ...clipSpans(why, left).map(({ text }) => span(text, 'dim'))];
}

function foldedSpans({ telling }: OpenTrace, row: Row & { kind: 'event' }, frame: Frame, columns: number, isSmall: boolean): Span[] {
  const { frames } = telling.story;
  const items = frames.slice(row.first, Math.min(row.last, row.first + SUMMED) + 1).map(({ item }) => item);
  const spent = (frames[row.last]?.item.at ?? 0) - frame.item.at;
  const more = row.count - items.length;
  const told = items.filter(({ entry }) => SUMMED_UP.has(entry.event.type));
  const others = new Map<string, number>();
  for (const { entry } of items.filter((item) => !told.includes(item))) {
    const name = entry.event.type.replaceAll('_', ' ');
    others.set(name, (others.get(name) ?? 0) + 1);
  }
  const parts = [
    ...(told.length > 0 ? [summaryOf(told)] : []),
    ...[...others].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)),
  ];
  const words = `${parts.join(', ')}${more > 0 ? `, ${more} more` : ''}`;
  const result = spent < 1000 ? '' : `  in ${duration(spent)}`;
  const room = Math.max(columns - (isSmall ? 8 : 12) - result.length, 12);
  return [timeSpan(frame, isSmall), span('⋯', 'dim'), span(' '), ...clipSpans([span(words, 'dim')], room), span(result, 'dim')];
}

function sceneSpans({ telling }: OpenTrace, { opening, session }: Row & { kind: 'scene' }, columns: number): Span[] {
  const { name, session: said } = telling.cast.of(session);
  const status = said?.status === 'active' ? [span(' active', 'green')] : said?.status === 'failed' ? [span(' failed', 'red')] : [];
  const spans = [
    span(opening === undefined ? '── ' : `── ${opening} `, opening === undefined ? 'dim' : 'bold'),
    span(opening === undefined ? '' : '· ', 'dim'),
    span(name, 'bold'),
    ...status,
    span(' '),
  ];
  return [...spans, span('─'.repeat(Math.max(columns - widthOfSpans(spans), 0)), 'dim')];
}
