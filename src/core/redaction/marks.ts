/**
 * Takes data out of texts: a run of more than 200 characters of base64 or hex, also over several lines, says nothing to a
 * reader and may be anything. A mark with its length and hash stays, so that two of them can be told apart. One pass.
 */
import type { Sha256 } from '../line.ts';

/** Characters of a run that are kept as they are. */
export const RUN_LIMIT = 200;
/** A line at least so long, of nothing else, goes on in the next one. */
const WHOLE_LINE = 56;

const DATA = Uint8Array.from({ length: 128 }, (_, unit) => (/[A-Za-z0-9+/_=-]/.test(String.fromCharCode(unit)) ? 1 : 0));

/**
 * The text with marks in place of data.
 *
 * @example
 * markData('x '.repeat(200)) === 'x '.repeat(200) // true
 */
export function markData(text: string, sha256: Sha256 | undefined): string {
  if (text.length <= RUN_LIMIT || !hasLongRun(text)) return text;
  let result = '';
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (!isData(text, at)) continue;
    const end = endOf(text, at);
    const mark = end - at > RUN_LIMIT ? markOf(text.slice(at, end), sha256) : undefined;
    if (mark !== undefined) {
      result += text.slice(kept, at) + mark;
      kept = end;
    }
    at = end;
  }
  return kept === 0 ? text : result + text.slice(kept);
}

/** Whether there is a run as long as a whole line; one that long covers a place that is looked at. */
function hasLongRun(text: string): boolean {
  for (let at = WHOLE_LINE - 1; at < text.length; at += WHOLE_LINE) {
    if (!isData(text, at)) continue;
    let [from, to] = [at, at + 1];
    while (from > 0 && isData(text, from - 1)) from--;
    while (to < text.length && isData(text, to)) to++;
    if (to - from >= WHOLE_LINE) return true;
  }
  return false;
}

/** Where the run ends that begins at `start`; a whole line of data leads over to the next. */
function endOf(text: string, start: number): number {
  let at = start;
  let line = start === 0 || text.charAt(start - 1) === '\n' || /\n[ +-]$/.test(text.slice(Math.max(0, start - 2), start)) ? start : -1;
  while (true) {
    while (at < text.length && isData(text, at)) at++;
    if (line < 0 || at - line < WHOLE_LINE) return at;
    const next = /^(?:\r?\n|\\n)[ +-]?(?=[A-Za-z0-9+/])/.exec(text.slice(at, at + 4))?.[0].length;
    if (next === undefined) return at;
    line = at + next;
    at = line;
  }
}

function isData(text: string, at: number): boolean {
  return DATA[text.charCodeAt(at)] === 1;
}

/** A mark for data; nothing for a line of dashes, a long path or name. */
function markOf(run: string, sha256: Sha256 | undefined): string | undefined {
  const isHex = /^[0-9a-f\s+-]+$/i.test(run) && /[0-9]/.test(run) && /[a-f]/i.test(run);
  if (!isHex && !(/[a-z]/.test(run) && /[A-Z]/.test(run) && /[0-9]/.test(run))) return undefined;
  const hash = sha256 === undefined ? '' : `, sha256 ${sha256(run)}`;
  return `«${isHex ? 'hex' : 'base64'}: ${run.length} characters${hash}»`;
}
