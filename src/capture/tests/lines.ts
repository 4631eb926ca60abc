/** Stage 1, capture: a report's text line by line, so that 32 MiB are not doubled for being looked at. */

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
    yield text.slice(at, Math.min(text[stop - 1] === '\r' ? stop - 1 : stop, at + longest));
    at = stop + 1;
  }
}
