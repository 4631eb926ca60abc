/** A frame: what a terminal must be told so that it shows new lines where it shows old ones. Only lines that differ are written. Pure. */

/** DEC mode 2026: the terminal shows all of it at once; one that does not know it takes no notice. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];

/**
 * The text that turns one screen into the next; empty where they are the same.
 *
 * @param before what the terminal shows; undefined where that is not known, and all is drawn
 */
export function frameOf(before: readonly string[] | undefined, after: readonly string[]): string {
  const known = before?.length === after.length ? before : undefined;
  let text = known === undefined ? '\u001b[0m\u001b[2J' : '';
  for (const [row, line] of after.entries()) {
    // erased first: behind a line that fills the row the cursor still stands on its last character
    if (known?.[row] !== line) text += `\u001b[${row + 1};1H\u001b[K${line}`;
  }
  return text === '' ? '' : `${BEGIN}${text}${END}`;
}
