/**
 * How many columns a text takes in a terminal, and texts cut or wrapped to columns. Works on what terminalText has
 * made harmless; never splits what a reader sees as one character.
 */

const PLAIN = /^[\x20-\x7e]*$/;
/** Characters that stand alone, whatever follows that is one of them too, as in most languages: no need to look for what a reader sees as one. */
const APART =
  /^[\x20-\x7e\xa1-\xac\xae-\u024f\u0391-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2190-\u27bf\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3−]*$/;
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}[\p{Emoji_Modifier}]*\uFE0F)/u;
/** Characters that take no column of their own: marks and joiners; vowels and finals of decomposed Hangul. */
const EMPTY = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11FF]$/u;

/** Wide and full-width characters that are no emoji. https://www.unicode.org/reports/tr11/ */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

let segmenter: Intl.Segmenter | undefined;

/** Made when a text asks for it, which most never do: node looks for the data of languages then, which takes eight milliseconds. */
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter;
}

/** The characters of a text as a reader sees them; one that is wider than two columns in its parts, so that every line can hold any. */
function* characters(text: string): Generator<string> {
  if (APART.test(text)) return yield* text;
  for (const segment of segments(text)) {
    if (widthOf(segment) <= 2) yield segment;
    else yield* parts(segment);
  }
}

/** Code units that are looked at together: the time that V8's segmenter takes grows with the square of the text. */
const WINDOW = 256;

function* segments(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = at + WINDOW + (/[\ud800-\udbff]/.test(text.charAt(at + WINDOW - 1)) ? 1 : 0);
    const window = text.slice(at, end);
    const isLast = end >= text.length;
    let held = '';
    for (const { segment } of graphemes().segment(window)) {
      if (held !== '') yield held;
      at += held.length;
      held = segment;
    }
    // the last one may go on behind the window
    if (!isLast && held.length < window.length) continue;
    yield held;
    at += held.length;
  }
}

/** The code points of a text, each with those that take no column and follow it. */
function* parts(text: string): Generator<string> {
  let part = '';
  for (const point of text) {
    if (part !== '' && widthOfPoint(point) > 0) {
      yield part;
      part = '';
    }
    part += point;
  }
  yield part;
}

/**
 * Columns that a text of one line takes.
 *
 * @example
 * displayWidth('naïve 漢字 👍') // 13
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of characters(text)) width += widthOf(character);
  return width;
}

/** Columns of one character as a reader sees it, which may be several code points. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300 && character.length === 1) return code < 0x20 ? 0 : 1;
  // ideographs and syllables, the bulk of what is wide
  if (character.length === 1 && ((code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3))) return 2;
  if (EMOJI.test(character)) return 2;
  let width = 0;
  for (const point of character) width += widthOfPoint(point);
  return width;
}

function widthOfPoint(point: string): number {
  const code = point.codePointAt(0) ?? 0;
  if (EMPTY.test(point)) return 0;
  return code >= 0x1100 && WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/**
 * Cuts a text to so many columns; one that is cut ends in `…`.
 *
 * @example
 * clip('a long sentence', 8) // 'a long …'
 */
export function clip(text: string, columns: number): string {
  if (text.length <= columns && PLAIN.test(text)) return text;
  if (columns <= 0) return '';
  let kept = '';
  let width = 0;
  for (const character of characters(text)) {
    const wide = widthOf(character);
    if (width + wide > columns) {
      // the last kept characters give way to the ellipsis
      const shorter = [...characters(kept)];
      while (width + 1 > columns) width -= widthOf(shorter.pop() ?? ' ');
      return `${shorter.join('')}…`;
    }
    kept += character;
    width += wide;
  }
  return kept;
}

/**
 * Cuts a path in its middle, because its end says most.
 *
 * @example
 * clipPath('src/a/very/long/way/main.ts', 16) // 'src/…way/main.ts'
 */
export function clipPath(path: string, columns: number): string {
  if (displayWidth(path) <= columns) return path;
  if (columns < 8) return clip(path, columns);
  const head = clip(path, 5).slice(0, -1);
  const all = [...characters(path)];
  let tail = '';
  let width = 0;
  for (let i = all.length - 1; i >= 0; i--) {
    const character = all[i] ?? '';
    if (width + widthOf(character) > columns - displayWidth(head) - 1) break;
    tail = character + tail;
    width += widthOf(character);
  }
  return `${head}…${tail}`;
}

/**
 * Breaks a text of several lines into lines of at most so many columns, at spaces where there are any.
 *
 * @example
 * wrap('one two three', 8) // ['one two', 'three']
 */
export function wrap(text: string, columns: number): string[] {
  const room = Math.max(columns, 2);
  return text.split('\n').flatMap((line) => wrapLine(withoutEnd(line.replaceAll('\t', '  ')), room));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  let width = 0;
  for (const word of line.split(/(?<= )(?=[^ ])/)) {
    const wide = displayWidth(withoutEnd(word));
    if (width + wide > columns && width > 0) {
      lines.push(withoutEnd(current));
      current = '';
      width = 0;
    }
    if (wide <= columns) {
      current += word;
      width += displayWidth(word);
      continue;
    }
    for (const character of characters(word)) {
      const one = widthOf(character);
      if (width + one > columns) {
        lines.push(current);
        current = '';
        width = 0;
      }
      current += character;
      width += one;
    }
  }
  lines.push(withoutEnd(current));
  return lines;
}

/** The text less the blanks at its end. By hand: `/ +$/` is quadratic on hostile text, and trimEnd takes more than blanks. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(0, end);
}
