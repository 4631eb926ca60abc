/**
 * Spans of text and how they become a line of a terminal. A span is made by {@link span} alone, which sanitizes: what
 * reaches a terminal has passed here.
 */
import { clip, displayWidth, wrap } from './display-width.ts';
import { terminalText } from './terminal-text.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'inverse';

/** Select Graphic Rendition, ECMA-48 8.3.117. */
const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
  inverse: '7',
};

declare const harmless: unique symbol;

export interface Span {
  readonly text: string;
  readonly style: Style;
  readonly [harmless]: true;
}

/** No terminal line is longer; what is behind it is not even looked at. */
const LONGEST = 2000;

/** A piece of one line in one style, made harmless. */
export function span(raw: string, style: Style = 'plain'): Span {
  const text = raw.length > LONGEST ? `${raw.slice(0, LONGEST).toWellFormed()}…` : raw;
  // the brand exists for the compiler only: it keeps anybody from making a span of raw text
  return { text: terminalText(text), style } as Span;
}

export function widthOfSpans(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** Cuts spans to so many columns. */
export function clipSpans(spans: readonly Span[], columns: number): Span[] {
  const kept: Span[] = [];
  let room = columns;
  for (const [i, piece] of spans.entries()) {
    const width = displayWidth(piece.text);
    if (width > room || (width === room && widthOfSpans(spans.slice(i + 1)) > 0)) {
      if (room > 0) kept.push({ ...piece, text: clip(`${piece.text} `, room).trimEnd() });
      break;
    }
    kept.push(piece);
    room -= width;
  }
  return kept;
}

/** Breaks spans into lines of at most so many columns; lines that had to be broken take the style of their first span. */
export function wrapSpans(spans: readonly Span[], columns: number): Span[][] {
  const [first] = spans;
  if (first === undefined || widthOfSpans(spans) <= columns) return [[...spans]];
  return wrap(spans.map(({ text }) => text).join(''), columns).map((text) => [{ ...first, text }]);
}

/** One line as the terminal gets it: clipped, coloured if wanted, no blanks at its end, no newline. */
export function paint(spans: readonly Span[], columns: number, color: boolean): string {
  const clipped = widthOfSpans(spans) > columns ? clipSpans(spans, columns) : spans;
  if (!color)
    return clipped
      .map(({ text }) => text)
      .join('')
      .trimEnd();
  return clipped
    .map(({ text, style }) => (CODES[style] === '' || text.trim() === '' ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`))
    .join('');
}
