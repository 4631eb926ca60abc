/**
 * Stage 1, capture: a report's text line by line, so that 32 MiB are not doubled for being looked at, and cuts that fall
 * between words, so that half of a secret does not pass the redactor as something else.
 */

/** Characters of a line that are looked at, where nothing else is said: patterns are matched against no more. */
const LINE = 4_096;

/**
 * The lines of a text, without their ends and none longer than told.
 *
 * @example
 * [...lines('a\r\n\nb')] // ['a', '', 'b']
 */
export function* lines(text: string, longest = LINE): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const line = Math.min(text[stop - 1] === '\r' ? stop - 1 : stop, at + longest + 1);
    yield headOf(text.slice(at, line), longest);
    at = stop + 1;
  }
}

/** How far a cut moves to fall between words. */
const WORD = 256;

/**
 * The beginning of a text, at most so long.
 *
 * @example
 * headOf('one two three', 9) // 'one two '
 */
export function headOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  for (let at = limit; at > Math.max(0, limit - WORD); at--) if (isBlank(text.charCodeAt(at - 1))) return text.slice(0, at);
  return text.slice(0, limit).toWellFormed();
}

/**
 * The end of a text, at most so long.
 *
 * @example
 * tailOf('one two three', 9) // ' three'
 */
export function tailOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const from = text.length - limit;
  for (let at = from; at < Math.min(text.length, from + WORD); at++) if (isBlank(text.charCodeAt(at))) return text.slice(at);
  return text.slice(from).toWellFormed();
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
