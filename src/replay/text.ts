/**
 * Stage 5, the text view: how a pull request came to be, told to be read in one go (`git trace show`). A head that sums
 * up, then scenes: who was at it, and line by line what happened. Yields lines without their newlines; pure.
 */
import { millis } from '../core/time.ts';
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { type Actor, Cast, isClonesOwn } from '../timeline/cast.ts';
import type { DocumentHead, DocumentSession } from '../timeline/document.ts';
import { numberOf, textOf } from '../timeline/members.ts';
import { Story } from '../timeline/story.ts';
import type { EventItem, Item } from '../timeline/timeline.ts';
import { counted, duration, pause, roughly, timeOfDay } from '../timeline/words.ts';
import { deedsLines } from './deeds-lines.ts';
import { eventsOf, type Folding, foldScene, type Row } from './fold.ts';
import { headerLines, type Unread } from './header.ts';
import { clipSpans, paint, type Span, type Style, span, widthOfSpans, wrapSpans } from './paint.ts';
import { type SceneBegin, scenesOf, silenceOf } from './scenes.ts';
import { type Counts, countItems } from './tally.ts';
import { progressWords, quietNode } from './tell-progress.ts';
import { Hindsight, type RowView, tellRow } from './tell-row.ts';
import { terminalText } from './terminal-text.ts';
import type { View } from './told.ts';

export interface TextOptions {
  /** Width of the terminal. */
  readonly columns: number;
  readonly color: boolean;
  /** Show diffs and the files of commits. */
  readonly patch?: boolean;
  /** Show every event by itself and every line of its output. */
  readonly all?: boolean;
  /** What a filter left of the trace; by default all of it. */
  readonly items?: readonly Item[];
  /** Parts of the journal that could not be read. */
  readonly unread?: readonly Unread[];
  /** When what has not ended is judged, in milliseconds since 1970; by default at the last event. */
  readonly now?: number;
  /** The whole trace as a story; by default what is shown of it. */
  readonly story?: Story;
}

const MINUTE = 60_000;

/** Wider than this no line is easier to read; narrower than that none is readable. */
const [WIDEST, NARROWEST] = [120, 40];

/** The columns that are written to in a terminal of so many. */
export function textColumns(columns: number): number {
  return Math.max(Math.min(columns, WIDEST), NARROWEST);
}

/** Where words begin: behind a time, a symbol and the blanks around them. */
export const INDENT = 12;

/**
 * Tells a trace.
 *
 * @param head folded with the present as its reference, so that sessions are judged as of now
 * @param whole all items of the trace
 */
export function traceText(trace: TraceName, head: DocumentHead, whole: readonly Item[], options: TextOptions): Generator<string> {
  return countedText(trace, head, countItems(whole), { ...options, items: options.items ?? whole, story: new Story(whole) });
}

/**
 * Tells a trace of which only the counts and what is to be shown are at hand.
 *
 * @param head folded with the present as its reference
 */
export function* countedText(
  trace: TraceName,
  head: DocumentHead,
  counts: Counts,
  options: TextOptions & { readonly items: readonly Item[] },
): Generator<string> {
  const { color, unread = [], items } = options;
  const columns = textColumns(options.columns);
  const line = (...spans: Span[]): string => paint(spans, columns, color);
  if (counts.first === undefined && unread.length === 0) {
    yield line(span(`trace ${describeTrace(trace)} is empty: nothing was recorded yet`));
    return;
  }
  const cast = new Cast(head, terminalText);
  const { story, now } = options;
  const deeds = story === undefined ? [] : [...deedsLines(story.deeds.by(cast), columns)];
  for (const spans of headerLines({ trace, head, cast, counts, unread, columns, now, isCastTold: deeds.length > 0 })) yield line(...spans);
  const progress = story === undefined ? [] : progressWords(story, now);
  if (progress.length > 0) yield line(...progress);
  if (deeds.length > 0) yield '';
  for (const spans of deeds) yield line(...spans);
  const [total, shown] = [counts.events, countEvents(items)];
  if (shown < total) yield line(span(shown === 0 ? `no event matches, of ${total}` : `showing ${shown} of ${total}`, 'yellow'));

  const view: View = { columns: columns - INDENT, patch: options.patch ?? false, all: options.all ?? false };
  const silences = new Set<string>();
  const hindsight = new Hindsight(items, story ?? new Story(items), now);
  const { nodes } = hindsight;
  const untold = view.all ? items : items.filter((item) => item.kind === 'gap' || !nodes.isSilent(item));
  const told = untold.filter((item) => {
    const silence = view.all ? undefined : silenceOf(item, cast);
    if (silence !== undefined) silences.add(silence);
    return silence === undefined;
  });
  const folding: Folding = {
    noise: !view.all,
    edits: !view.all && !view.patch,
    runs: !view.all,
    nodeOf: (item) => {
      const row = nodes.of(item);
      return row === undefined ? undefined : (quietNode(row) ?? null);
    },
  };
  const known = new Set<string>();
  let shownItems = 0;
  for (const { opening, actor, items: inScene } of scenesOf(told, cast)) {
    yield '';
    const session = actor.session?.session ?? '';
    yield* beginLines({ opening, actor }, columns, color, { now, isContinued: known.has(session) });
    known.add(session);
    const kept = view.all ? inScene : withoutBoundaries(inScene);
    if (kept.length < inScene.length) silences.add('session');
    shownItems += kept.length;
    const rows = foldScene(kept, folding);
    for (const [i, row] of rows.entries())
      yield* rowLines(row, { ...view, hindsight, testsFollow: failingTestsIn(rows.slice(i + 1, i + 4)) }, columns, color);
  }
  const silent = untold.length - shownItems;
  if (silent > 0) {
    yield '';
    const what = [
      ...(silences.has('session') ? ['the beginning or end of a session'] : []),
      ...(silences.has('call') ? ['calls of git trace'] : []),
    ];
    yield line(span(`(${counted(silent, 'more event')}: ${what.join(', ')}; --events shows all)`, 'dim'));
  }
}

const STATUS_STYLES: Readonly<Record<string, Style>> = { active: 'green', completed: 'dim', failed: 'red', interrupted: 'yellow' };

/** What a scene's heading may say of its session. */
export interface HeadingOptions {
  /** The present, in milliseconds since 1970. */
  readonly now?: number | undefined;
  /** Its session was told of before. */
  readonly isContinued?: boolean;
}

/** What stands above a scene: when it begins, and who is at it. */
export function* beginLines(
  { opening, actor }: SceneBegin,
  columns: number,
  color: boolean,
  options: HeadingOptions = {},
): Generator<string> {
  if (opening !== undefined) yield paint([span(`── ${opening} ${'─'.repeat(columns)}`.slice(0, columns), 'bold')], columns, color);
  yield paint(heading(actor, options), columns, color);
}

function heading({ name, kind, session }: Actor, options: HeadingOptions): Span[] {
  const spans = [span(name, 'bold')];
  if (session === undefined) return spans;
  const isOwn = isClonesOwn(session.session);
  if (kind === 'person' && !isOwn && session.tool !== null) spans.push(span(` · ${session.tool}`));
  if (session.developer?.os) spans.push(span(` · ${session.developer.os}`));
  const isOver = session.status === 'completed' || session.status === 'failed';
  // how a job ended, its own line says
  if (isOwn ? session.status !== 'active' : kind === 'ci' && isOver) return spans;
  const words = options.isContinued === true && isOver ? 'continued' : session.status;
  spans.push(span(' · '), span(words, STATUS_STYLES[words] ?? 'plain'));
  if (words !== 'continued') spans.push(span(lastingWords(session, options), 'dim'));
  return spans;
}

/** How long a session was at it, or when it was last heard of. */
function lastingWords({ status, start_time, end_time }: DocumentSession, { now, isContinued }: HeadingOptions): string {
  const [from, to] = [millis(start_time), millis(end_time)];
  if (status === 'active') return now === undefined || now - to < MINUTE ? '' : `, last heard of ${roughly(now - to)} ago`;
  if (isContinued === true || to - from < MINUTE) return '';
  return ` ${status === 'interrupted' ? 'after' : 'in'} ${pause(to - from)}`;
}

/** A scene without what its heading says: that its session began, and that it came to its end. */
function withoutBoundaries(items: readonly Item[]): readonly Item[] {
  const types = new Set(items.map((item) => (item.kind === 'gap' ? '' : item.entry.event.type)));
  const isBoundary = (item: Item): boolean => {
    if (item.kind === 'gap') return false;
    const { type, payload } = item.entry.event;
    if (type === 'session_started') return true;
    const isTold = payload['status'] === 'completed' || types.has('ci_run');
    return type === 'session_ended' && isTold && textOf(payload, 'reason') === undefined;
  };
  const kept = items.filter((item) => !isBoundary(item));
  return kept.length === 0 ? items : kept;
}

function countEvents(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + (item.kind === 'event' ? 1 : 0), 0);
}

function failingTestsIn(rows: readonly Row[]): boolean {
  return rows.some((row) => {
    const event = row.kind === 'event' ? row.item.entry.event : undefined;
    return event?.type === 'test' && (numberOf(event.payload, 'failed') ?? 0) > 0;
  });
}

/** A row as lines of a terminal, without their newlines. */
export function* rowLines(row: Row, view: RowView, columns: number, color: boolean): Generator<string> {
  const told = tellRow(row, view);
  const first = eventsOf(row)[0];
  const time = span(first === undefined ? ' '.repeat(8) : timeOfDay(first.entry.event.ts), 'dim');
  const begin = [time, span('  '), span(told.symbol, told.style), span(' ')];
  const { aside = [] } = told;
  const isBeside = aside.length > 0 && widthOfSpans([...told.words, ...(told.result ?? []), ...aside]) + 2 <= columns - INDENT;
  const result = [
    ...(told.result ?? []),
    ...(isBeside ? [span('  '), ...aside] : []),
    ...clockNote(first),
    ...(view.all && first !== undefined ? [span(`  #${first.seq}`, 'dim')] : []),
  ];
  const below = (spans: readonly Span[]): string => paint([span(' '.repeat(INDENT)), ...spans], columns, color);
  const room = columns - INDENT - widthOfSpans(result);
  if (widthOfSpans(told.words) <= room) {
    yield paint([...begin, ...told.words, ...result], columns, color);
  } else if (!view.all) {
    // the result is kept whole, the words give way
    yield paint([...begin, ...clipSpans(told.words, Math.max(room, 12)), ...result], columns, color);
  } else {
    const wrapped = wrapSpans(told.words, view.columns);
    const last = wrapped.at(-1) ?? [];
    // behind the last line if there is room, else beneath it
    if (widthOfSpans([...last, ...result]) <= view.columns) wrapped[wrapped.length - 1] = [...last, ...result];
    else wrapped.push([...result]);
    const [opening = [], ...rest] = wrapped;
    yield paint([...begin, ...opening], columns, color);
    for (const spans of rest) yield below(spans);
  }
  for (const spans of [...(isBeside || aside.length === 0 ? [] : [aside]), ...(told.below ?? [])]) {
    if (view.all) for (const part of wrapSpans(spans, view.columns)) yield below(part);
    else yield below(spans);
  }
}

/** Says of an event whose clock had jumped back how far it stands behind. */
function clockNote(item: EventItem | undefined): Span[] {
  const behind = item === undefined ? 0 : item.at - millis(item.entry.event.ts);
  return behind < 1000 ? [] : [span(`  (clock ${behind < 60_000 ? duration(behind) : pause(behind)} behind)`, 'yellow')];
}
