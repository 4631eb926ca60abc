/**
 * Stage 1, capture: writes an argument list as a person would type it: quoted where a shell needs it and nowhere else.
 * For reading and for pasting back; pure, never handed to a shell by us.
 */

/** What no POSIX shell, nor zsh or fish, takes for more than itself. */
const BARE = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*$/;
const CONTROL = /\p{Cc}/u;
const CONTROLS = new RegExp(CONTROL, 'gu');

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/**
 * Joins a command and its arguments.
 *
 * @example
 * shellCommand(['grep', '-r', "it's", 'src/a b.ts']) // "grep -r 'it'\\''s' 'src/a b.ts'"
 */
export function shellCommand(argv: readonly string[]): string {
  return argv.map((word, i) => (i === 0 && word.includes('=') ? quoted(word) : shellWord(word))).join(' ');
}

/** Quotes one word where it needs it. */
export function shellWord(word: string): string {
  return BARE.test(word) ? word : quoted(word);
}

function quoted(word: string): string {
  if (!CONTROL.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // bash's, zsh's and POSIX 2024's form, so that a newline or an ESC stays visible on one line
  const escaped = word.replace(/[\\']/g, '\\$&').replace(CONTROLS, (char) => NAMED[char] ?? octal(char));
  return `$'${escaped}'`;
}

/** Three octal digits for each byte: unlike `\\x1b` they never swallow a digit that follows. */
function octal(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
