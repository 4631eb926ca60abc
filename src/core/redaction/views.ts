/**
 * Other readings of a text in which a secret may stand whole that stands broken in the text itself: without colours, with
 * escapes and percent-encoding undone, with wrapped lines joined. A view knows where each of its characters came from.
 */

/** A reading of a text; `from[i]` and `to[i]` say where in the original its character `i` begins and ends. */
export interface View {
  readonly text: string;
  readonly from: (index: number) => number;
  readonly to: (index: number) => number;
  /** Lines were joined that may not belong together: only shapes count, not places. */
  readonly isJoined: boolean;
}

/** What may be undone: control sequences of terminals, `%XX`, and backslash escapes of JSON and shells. */
const CODED = /(?:\u001b\[|\u009b)[0-9;:?]{0,40}[ -/]{0,3}[@-~]|%[2-7][0-9A-Fa-f]|\\(?:u00[0-7][0-9A-Fa-f]|x[2-7][0-9A-Fa-f]|[nrt"'\\/])/g;
const MAY_BE_CODED = /[\u001b\u009b\\]|%[2-7]/;

/** A line at least so long may go on in the next one, as a terminal or an encoder breaks it. */
const WRAPPED = 60;
/** The end of a line, and the blanks that a continued one begins with. */
const BREAK = /\\\r?\n[ \t]{0,40}|\r?\n/g;
const OF_WORD = /[\w.=+/-]/;

/** How often escapes are undone: JSON in JSON in a shell's word. */
const DEPTH = 3;

/**
 * The other readings of a text, none for most texts.
 *
 * @example
 * viewsOf('ghp\\u005fabc').map(({ text }) => text) // ['ghp_abc']
 */
export function viewsOf(text: string): readonly View[] {
  const views: View[] = [];
  let last: View | undefined;
  for (let i = 0; i < DEPTH && MAY_BE_CODED.test(last?.text ?? text); i++) {
    const next = replaced(last?.text ?? text, CODED, decoded, last, false);
    if (next === undefined) break;
    views.push(next);
    last = next;
  }
  const base = last?.text ?? text;
  if ((base.length > WRAPPED || base.includes('\\')) && base.includes('\n')) {
    const joined = replaced(base, BREAK, (code, at) => (isBroken(base, code, at) ? '' : undefined), last, true);
    if (joined !== undefined) views.push(joined);
  }
  return views;
}

function decoded(code: string): string {
  if (code.startsWith('%')) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  if (!code.startsWith('\\')) return '';
  if (code.length > 2) return String.fromCharCode(Number.parseInt(code.slice(code.startsWith('\\u') ? 4 : 2), 16));
  const char = code.charAt(1);
  return { n: '\n', r: '\r', t: '\t' }[char] ?? char;
}

/** Whether a line ends in the middle of a word. */
function isBroken(text: string, code: string, at: number): boolean {
  if (code.startsWith('\\')) return true;
  if (!OF_WORD.test(text.charAt(at - 1)) || !OF_WORD.test(text.charAt(at + code.length))) return false;
  return at - (text.lastIndexOf('\n', at - 1) + 1) > WRAPPED;
}

/** A view of a view, with places in the original; `undefined` where nothing was replaced. */
function replaced(
  text: string,
  what: RegExp,
  by: (code: string, at: number) => string | undefined,
  below: View | undefined,
  isJoined: boolean,
): View | undefined {
  const parts: string[] = [];
  // where the pieces that stayed begin in the view, and how far they have moved
  const starts: number[] = [0];
  const shifts: number[] = [0];
  /** Lengths of the codes that became a character. */
  const codes = new Map<number, number>();
  let at = 0;
  let length = 0;
  what.lastIndex = 0;
  for (let found = what.exec(text); found !== null; found = what.exec(text)) {
    const char = by(found[0], found.index);
    if (char === undefined) continue;
    parts.push(text.slice(at, found.index), char);
    length += found.index - at;
    if (char !== '') {
      codes.set(length, found[0].length);
      starts.push(length);
      shifts.push(found.index - length);
    }
    length += char.length;
    at = found.index + found[0].length;
    starts.push(length);
    shifts.push(at - length);
  }
  if (parts.length === 0) return undefined;
  parts.push(text.slice(at));
  const place = (index: number): number => index + (shifts[pieceOf(starts, index)] ?? 0);
  const from = (index: number): number => (below === undefined ? place(index) : below.from(place(index)));
  const to = (index: number): number => {
    const end = place(index) + (codes.get(index) ?? 1);
    return below === undefined ? end : below.to(end - 1);
  };
  return { text: parts.join(''), from, to, isJoined };
}

/** The last piece that begins at or before an index. */
function pieceOf(starts: readonly number[], index: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
