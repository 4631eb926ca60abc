/**
 * The one sanitizer for Markdown: every text that comes from an event passes here before it stands in a summary. Hosts
 * make links and mentions of `@name`, `#1`, `!1`, commits, addresses and what a project has configured, but never in
 * a code span; so what is not plain words is one. Pure.
 */
import { visibleText } from '../timeline/visible-text.ts';

/** Characters of a text that are shown, where the caller names no other number. */
const LONGEST = 80;

/** The text without what is invisible, and without the marks that begin and end a comment in HTML. */
function seen(text: string, lines: boolean): string {
  return visibleText(text, lines).replace(/<!--/g, '<!- -').replace(/-->/g, '- ->');
}

/** At most so many characters, and what says that there were more. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  // not in the middle of a pair
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 2)) ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}

/**
 * A text as a code span: nothing in it means anything, to Markdown or to a host.
 *
 * @param most characters that are shown
 * @example
 * code('a`b') // '``a`b``'
 */
export function code(text: string, most: number = LONGEST): string {
  // what is cut off needs no look at it
  const clean = clipped(
    seen(
      text
        .slice(0, most * 4)
        .replace(/\s+/g, ' ')
        .trim(),
      false,
    ),
    most,
  );
  if (clean === '') return '(empty)';
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

const CHARACTER = String.raw`[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\p{Emoji_Modifier}\u200c\u200d\ufe0e\ufe0f]`;
/** A word with the signs that stand around and in words. */
const WORD = new RegExp(`^[("“‘«']*${CHARACTER}+(?:[.’'–—-]${CHARACTER}+)*[)"”’»'.,;:!?…]*%?$`, 'u');
/** What is a word, and still more to a host or to Markdown: commits, names of tickets, `www.`, the number of a list. */
const MORE_THAN_A_WORD = /[0-9a-f]{7}|[a-z]-\d|www\.|^\d{1,9}[.)]$/i;
const SIGN = /^[–—…·→]$/;

/**
 * A text as prose of one line: words stay as they are, all else becomes a code span.
 *
 * @param most characters that are shown
 * @example
 * prose('ask @ada, see #12') // 'ask `@ada`, see `#12`'
 */
export function prose(text: string, most: number = LONGEST): string {
  return (
    proseLine(
      clipped(
        seen(
          text
            .slice(0, most * 4)
            .replace(/\s+/g, ' ')
            .trim(),
          false,
        ),
        most,
      ),
    ) || '(empty)'
  );
}

/** What may stand around a code span as it stands around a word. */
const AROUND = /^([("“‘«]*)(.*?)([)"”’».,;:!?…]*)$/su;

/** A code span as whoever wrote it meant it, or what stands between spaces. */
const TOKEN = /[("“‘«]*`[^`\s](?:[^`]*[^`\s])?`[)"”’».,;:!?…]*(?=\s|$)|\S+/g;
const QUOTED = /^`([^`]+)`$/;

function proseLine(line: string): string {
  const parts: string[] = [];
  /** Strange tokens that follow each other are one code span. */
  let strange: string[] = [];
  let opening = '';
  const close = (closing: string): void => {
    if (strange.length > 0) parts.push(`${opening}${code(strange.join(' '), Number.MAX_SAFE_INTEGER)}${closing}`);
    strange = [];
    opening = '';
  };
  for (const token of line.match(TOKEN) ?? []) {
    if (SIGN.test(token) || (WORD.test(token) && !MORE_THAN_A_WORD.test(token))) {
      close('');
      parts.push(token);
      continue;
    }
    const [, before = '', core = '', after = ''] = AROUND.exec(token) ?? [];
    if (core === '' || /^\d+$/.test(core)) {
      // nothing but signs, or what begins a list
      strange.push(token);
      continue;
    }
    if (before !== '') {
      close('');
      opening = before;
    }
    strange.push(QUOTED.exec(core)?.[1] ?? core);
    if (after !== '') close(after);
  }
  close('');
  return parts.join(' ');
}

/**
 * A text of several lines as a quotation.
 *
 * @param most characters that are shown; `lines`: how many lines
 * @example
 * quotation('one\n# two', { most: 100, lines: 5 }) // ['> one\\', '> `#` two']
 */
export function quotation(text: string, { most, lines }: { readonly most: number; readonly lines: number }): string[] {
  const clean = clipped(seen(text.slice(0, most * 4), true).trim(), most);
  const all = clean
    .split('\n')
    .map((line) => proseLine(line))
    .filter((line, i, among) => line !== '' || (i > 0 && among[i - 1] !== ''));
  const kept = all.slice(0, lines);
  const left = all.length - kept.length;
  const last = left === 0 ? [] : [`(… and ${left} more ${left === 1 ? 'line' : 'lines'})`];
  const shown = [...kept, ...last];
  // a backslash at the end of a line keeps the break
  return shown.map((line, i) => (line === '' ? '>' : (shown[i + 1] ?? '') === '' ? `> ${line}` : `> ${line}\\`));
}

/**
 * One row of a table, of cells that are Markdown already.
 *
 * @example
 * row(['a', '`b|c`']) // '| a | `b\\|c` |'
 */
export function row(cells: readonly string[]): string {
  // a backslash before a bar cannot be said in a cell: the bar becomes another one
  return `| ${cells.map((cell) => cell.replace(/\\\|/g, '\\¦').replaceAll('|', '\\|')).join(' | ')} |`;
}

/**
 * A text as a label in a diagram: letters, digits and what has no meaning there.
 *
 * @example
 * label('a: b; c') // 'a b c'
 */
export function label(text: string): string {
  const clean = text
    .slice(0, 200)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{Mn}\p{Mc} ._/+-]/gu, ' ')
    .replace(/-{2,}/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
  return clipped(clean, 32) || 'unnamed';
}
