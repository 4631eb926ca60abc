/**
 * All that one event says: what it is told as, then its output, diff, failures, text, then every other member, known or
 * not. Lines are made when they are looked at, because an event may say a megabyte. Pure.
 */
import type { Actor, Cast } from '../../timeline/cast.ts';
import { memberOf, numberOf, textOf } from '../../timeline/members.ts';
import type { Frame } from '../../timeline/story.ts';
import { dayOf } from '../../timeline/words.ts';
import { displayWidth, wrap } from '../display-width.ts';
import { allLines } from '../output-lines.ts';
import { type Span, type Style, span, wrapSpans } from '../paint.ts';
import { tell } from '../tell.ts';
import { terminalText } from '../terminal-text.ts';
import { changed } from '../told.ts';
import { briefPayload } from './brief.ts';
import type { Model } from './model.ts';
import { selected } from './moves.ts';

/** Characters of one text that are shown; a longer one is cut, and said to be. */
const LONGEST = 32_768;
/** Characters of a line that are broken into lines at once: what is not seen is not broken. */
const PIECE = 4_096;

/** Characters of a member's name. */
const LONGEST_NAME = 100;

type Line = readonly Span[];

/** What is shown as a block of its own, in this order, and what the block is called. */
const BLOCKS: readonly (readonly [member: string, title: string, lines: (value: unknown, columns: number) => Iterable<Line>])[] = [
  ['text', 'text', textLines],
  ['message', 'message', textLines],
  ['failures', 'failures', failureLines],
  ['diff_snippet', 'diff', diffLines],
  ['stdout_sample', 'output', outputLines],
  ['stderr_sample', 'error output', outputLines],
  ['files', 'files', fileLines],
];
const IN_BLOCKS: ReadonlySet<string> = new Set(BLOCKS.map(([member]) => member));

/** Types that are what somebody said: their text comes first. */
const SPOKEN: ReadonlySet<string> = new Set(['annotation', 'prompt']);

/** What a frame is told as to whom, in how many columns. */
export interface DetailView {
  readonly cast: Cast;
  readonly columns: number;
}

/** The lines of an event's detail, one after the other. */
export function* detailOf({ item, weight }: Frame, { cast, columns }: DetailView): Generator<Line> {
  const { event, id, seq, writer } = item.entry;
  const { type, payload, session, ts } = event;
  const actor = cast.of(session);
  yield [span(`#${item.seq} `, 'dim'), span(type, weight === 'failure' ? 'red' : 'bold'), span(` · ${actor.name}`)];
  yield [span(`${dayOf(Date.parse(ts))} ${ts.slice(11, 23)} UTC`, 'dim')];
  yield [];
  const told = tell(type, briefPayload(item.entry), { columns, patch: false, all: false });
  const text = SPOKEN.has(type) ? textOf(payload, 'text') : undefined;
  if (text !== undefined) yield* styled(text.trim(), columns, () => told.style);
  else yield* wrapSpans([span(`${told.symbol} `, told.style), ...told.words, ...(told.result ?? [])], columns);
  for (const [member, title, lines] of BLOCKS) {
    const value = memberOf(payload, member);
    if (!isEmpty(value) && !(member === 'text' && text !== undefined)) yield* block(title, lines(value, columns), columns);
  }
  const others = Object.entries(payload).filter(([name, value]) => !IN_BLOCKS.has(name) || (isEmpty(value) && value !== undefined));
  yield* block('says', memberLines(others, columns), columns);
  yield* block('where', placeLines(actor, { session, writer, seq, id }, columns), columns);
}

/** A block of nothing would be an empty heading; what holds nothing is listed among the members. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function* block(title: string, lines: Iterable<Line>, columns: number): Generator<Line> {
  let isFirst = true;
  for (const line of lines) {
    if (isFirst) yield* [[], [span(`${title} `, 'cyan'), span('─'.repeat(Math.max(columns - title.length - 1, 0)), 'dim')]];
    isFirst = false;
    yield line;
  }
}

/** The beginning of a text, and how much of it is not shown. */
function beginning(text: string): { readonly shown: string; readonly more: readonly Line[] } {
  if (text.length <= LONGEST) return { shown: text, more: [] };
  const words = `… ${text.length - LONGEST} more characters; 'git trace show --ndjson' has all`;
  return { shown: text.slice(0, LONGEST).toWellFormed(), more: [[span(words, 'yellow')]] };
}

/** A harmless line in lines of at most so many columns. */
function* broken(line: string, columns: number): Generator<string> {
  if (line.length <= PIECE) return yield* wrap(line, columns);
  for (let at = 0; at < line.length; at += PIECE) yield* wrap(terminalText(line.slice(at, at + PIECE)), columns);
}

function* styled(text: string, columns: number, styleOf: (line: string) => Style): Generator<Line> {
  const { shown, more } = beginning(text);
  for (const line of shown.split('\n')) {
    const clean = terminalText(line.replaceAll('\t', '    '));
    for (const part of broken(clean, columns)) yield [span(part, styleOf(line))];
  }
  yield* more;
}

function textLines(value: unknown, columns: number): Iterable<Line> {
  return typeof value === 'string' ? styled(value.trimEnd(), columns, () => 'plain') : jsonLines(value, columns);
}

/** An output as a terminal showed it at last. */
function* outputLines(value: unknown, columns: number): Generator<Line> {
  if (typeof value !== 'string') return yield* jsonLines(value, columns);
  const { shown, more } = beginning(value);
  for (const line of allLines(shown)) for (const part of broken(line, columns)) yield [span(part)];
  yield* more;
}

function diffLines(value: unknown, columns: number): Iterable<Line> {
  if (typeof value !== 'string') return jsonLines(value, columns);
  return styled(value.replace(/\n$/, ''), columns, (line) => {
    if (line.startsWith('@@')) return 'cyan';
    if (/^(?:diff --git |index |--- |\+\+\+ )/.test(line)) return 'bold';
    return line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'plain';
  });
}

function* failureLines(value: unknown, columns: number): Generator<Line> {
  if (!Array.isArray(value)) return yield* jsonLines(value, columns);
  for (const failure of value) {
    const name = typeof failure === 'string' ? failure : (textOf(failure, 'name') ?? '?');
    const file = textOf(failure, 'file');
    yield* wrapSpans([span('✗ ', 'red'), span(name, 'red'), span(file === undefined ? '' : `  ${file}`, 'dim')], columns);
    const message = textOf(failure, 'message');
    if (message !== undefined) for (const line of outputLines(message, Math.max(columns - 2, 2))) yield [span('  '), ...line];
    if (typeof failure !== 'object' || failure === null) continue;
    const rest = Object.entries(failure).filter(([member]) => !['name', 'file', 'message'].includes(member));
    for (const line of memberLines(rest, Math.max(columns - 2, 2))) yield [span('  '), ...line];
  }
}

function* fileLines(value: unknown, columns: number): Generator<Line> {
  if (!Array.isArray(value)) return yield* jsonLines(value, columns);
  for (const file of value) {
    const path = typeof file === 'string' ? file : textOf(file, 'path');
    if (path === undefined) yield* jsonLines(file, columns);
    else {
      const sums = changed(numberOf(file, 'additions'), numberOf(file, 'deletions'));
      const status = textOf(file, 'status');
      yield [...sums, span(sums.length === 0 ? '' : '  '), span(path), span(status === undefined ? '' : `  ${status}`, 'dim')];
    }
  }
}

/** Members, one a line; a value of several lines stands beneath its name. */
function* memberLines(members: readonly (readonly [string, unknown])[], columns: number): Generator<Line> {
  const labels = members.map(([name]) => span(name.slice(0, LONGEST_NAME).toWellFormed(), 'dim'));
  const wide = Math.min(Math.max(0, ...labels.map(({ text }) => displayWidth(text))), 24, columns >> 1);
  for (const [i, [name, value]] of members.entries()) {
    const label = labels[i] ?? span(name);
    const gap = span(' '.repeat(Math.max(wide - displayWidth(label.text), 0) + 2));
    const text =
      typeof value === 'string' ? value : typeof value === 'object' && value !== null ? undefined : String(JSON.stringify(value));
    if (text !== undefined && !text.includes('\n') && text.length <= PIECE) {
      const [first = '', ...rest] = wrap(terminalText(text.replaceAll('\t', '    ')), Math.max(columns - wide - 2, 8));
      yield [label, gap, text === '' ? span('""', 'dim') : span(first)];
      for (const line of rest) yield [span(' '.repeat(wide + 2)), span(line)];
      continue;
    }
    yield [label];
    for (const line of text === undefined ? jsonLines(value, Math.max(columns - 2, 8)) : textLines(text, Math.max(columns - 2, 8)))
      yield [span('  '), ...line];
  }
}

function jsonLines(value: unknown, columns: number): Iterable<Line> {
  return styled(String(JSON.stringify(value, null, 2)), columns, () => 'plain');
}

function placeLines(
  { session: said, kind, user }: Actor,
  at: { readonly session: string; readonly writer: string; readonly seq: number; readonly id: string },
  columns: number,
): Iterable<Line> {
  const tool = [said?.tool, said?.developer?.os].filter((word) => word !== null && word !== undefined).join(' · ');
  const members: [string, string][] = [
    ['session', `${at.session}, event ${at.seq} of it`],
    ['tool', tool === '' ? kind : tool],
    ...(user === undefined ? [] : [['user', user] as [string, string]]),
    ['writer', at.writer],
    ['id', at.id],
  ];
  return memberLines(members, columns);
}

/** What was asked for last of each frame. */
const known = new WeakMap<Frame, { readonly columns: number; readonly cast: Cast; readonly lines: readonly Line[] }>();

/** All lines of an event's detail. */
export function detailLines(frame: Frame, view: DetailView): readonly Line[] {
  const before = known.get(frame);
  if (before !== undefined && before.columns === view.columns && before.cast === view.cast) return before.lines;
  const lines = [...detailOf(frame, view)];
  known.set(frame, { ...view, lines });
  return lines;
}

/** The first lines of an event's detail. */
export function firstDetailLines(frame: Frame, view: DetailView, most: number): Line[] {
  const lines: Line[] = [];
  for (const line of detailOf(frame, view)) {
    if (lines.length === most) return [...lines.slice(0, -1), [span('… Enter shows all', 'dim')]];
    lines.push(line);
  }
  return lines;
}

/** How many lines the detail of the selected event has. */
export function detailHeight(model: Model): number {
  const found = selected(model.open);
  return found === undefined ? 0 : detailLines(found.frame, { cast: model.open.telling.cast, columns: model.size.columns - 2 }).length;
}
