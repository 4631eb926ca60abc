/**
 * Names of traces and their refs. A trace is everything below `refs/traces/<name>/`; `<name>` is a pull request's
 * number, `heads/<encoded branch>` before there is one, or `unassigned` for work that had no branch.
 */
import { fail } from './errors.ts';

/** `42`, `heads/feature%2Flogin` or `unassigned`. */
export type TraceName = string;

export const TRACES = 'refs/traces/';
export const UNASSIGNED: TraceName = 'unassigned';

const NUMBER = /^[1-9][0-9]{0,9}$/;
const SAFE = /^[A-Za-z0-9_.-]$/;
/** Bytes; a loose ref is a file, and file names end at 255. */
const LONGEST = 180;

/**
 * Writes a branch name as one path component, so that no two traces can be file and folder of one another.
 *
 * Bytes other than letters, digits, `_`, `.` and `-` become `%XX`, except that non-ASCII letters stay as they are; a
 * final `.lock` and a leading dot, which git refuses, are encoded too. A name that would pass 180 bytes is cut and
 * ends in `%.` and 32 hex digits of `hash(branch)`.
 *
 * @param hash sha-256 of a text, as hex
 * @example
 * encodeBranch('feature/100%', () => '') // 'feature%2F100%25'
 */
export function encodeBranch(branch: string, hash: (text: string) => string): string {
  let encoded = '';
  for (const char of branch) {
    const keep = SAFE.test(char) || (char.codePointAt(0) ?? 0) > 0x9f;
    encoded += keep ? char : percent(char);
  }
  encoded = encoded
    .replace(/^\./, '%2E')
    .replace(/\.$/, '%2E')
    .replace(/\.(?=\.)/g, '%2E')
    .replace(/\.lock$/i, (end) => `%2E${end.slice(1)}`);
  if (utf8Length(encoded) <= LONGEST) return encoded;
  let cut = '';
  let length = 0;
  for (const char of encoded) {
    length += utf8Length(char);
    if (length > LONGEST - 40) break;
    cut += char;
  }
  return `${cut.replace(/%[0-9A-F]?$/, '')}%.${hash(branch).slice(0, 32)}`;
}

/** Reads an encoded branch name; one that was cut comes back with `…` at its end. */
export function decodeBranch(encoded: string): string {
  const [kept = '', cut] = encoded.split('%.');
  const text = kept.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return cut === undefined ? text : `${text}…`;
}

/** The trace of a branch that has no pull request yet. */
export function branchTrace(branch: string, hash: (text: string) => string): TraceName {
  return `heads/${encodeBranch(branch, hash)}`;
}

export function journalRef(trace: TraceName): string {
  return `${TRACES}${trace}/journal`;
}

/** Where a remote's journals are kept here: outside `refs/traces` (never pushed) and `refs/remotes` (never pruned). */
export function trackingRef(remote: string, ref: string): string {
  const name = remote.replace(/[^A-Za-z0-9_-]/g, (char) => percent(char));
  return `refs/trace-remotes/${name}/${ref.slice(TRACES.length)}`;
}

const NAME = /^(?:[1-9][0-9]{0,9}|unassigned|heads\/[A-Za-z0-9_.%\u{a0}-\u{10ffff}-]+)$/u;

/**
 * Tells whether a text, from wherever it came, names a trace, so that its ref is a name that git takes.
 *
 * @example
 * isTraceName('heads/feature%2Flogin') // true
 */
export function isTraceName(text: string): boolean {
  return NAME.test(text) && text.isWellFormed() && utf8Length(text) <= LONGEST + 'heads/'.length && !/\/\.|\.\.|\.$|\.lock$/i.test(text);
}

/** The trace that a ref below `refs/traces/` belongs to, and the rest of its name; `undefined` for any other ref. */
export function traceOfRef(ref: string): { trace: TraceName; leaf: string } | undefined {
  const found = /^refs\/traces\/([1-9][0-9]*|heads\/[^/]+|unassigned)\/(.+)$/.exec(ref);
  const [, trace, leaf] = found ?? [];
  return trace === undefined || leaf === undefined ? undefined : { trace, leaf };
}

/** How a trace is called when speaking to a person: `42`, `branch feature/login`, `unassigned`. */
export function describeTrace(trace: TraceName): string {
  return trace.startsWith('heads/') ? `branch ${decodeBranch(trace.slice('heads/'.length))}` : trace;
}

/** What a person may mean by the argument `<pr>`. */
export type TraceArgument =
  | { kind: 'number'; number: string; repository?: string; host?: string }
  | { kind: 'branch'; branch: string }
  | { kind: 'trace'; trace: TraceName };

/**
 * Reads a `<pr>` argument: a number, `#42`, `owner/repo#42`, a pull request's URL, `refs/traces/…`, or a branch name.
 *
 * @example
 * parseTraceArgument('https://github.com/o/r/pull/42') // { kind: 'number', number: '42', repository: 'o/r', host: 'github.com' }
 * @throws bad-argument
 */
export function parseTraceArgument(text: string): TraceArgument {
  if (NUMBER.test(text.replace(/^#/, ''))) return { kind: 'number', number: text.replace(/^#/, '') };
  const short = /^([\w.-]+(?:\/[\w.-]+)+)[#!]([1-9][0-9]{0,9})$/.exec(text);
  if (short?.[1] && short[2]) return { kind: 'number', number: short[2], repository: short[1] };
  const url = /^https?:\/\/([^/\s@]+)\/([^\s?#]+?)(?:\/-)?\/(?:pull|pulls|merge_requests)\/([1-9][0-9]{0,9})(?:[/?#].*)?$/.exec(text);
  if (url?.[1] && url[2] && url[3]) return { kind: 'number', number: url[3], repository: url[2], host: url[1] };
  if (text.startsWith(TRACES)) {
    const found = traceOfRef(text.endsWith('/journal') ? text : `${text.replace(/\/$/, '')}/journal`);
    if (found) return { kind: 'trace', trace: found.trace };
  }
  if (text === '' || /[\s~^:?*[\\\p{Cc}]|\.\.|^-|^\/|\/$|\/\/|@\{/u.test(text)) {
    throw fail('bad-argument', `"${text}" is no pull request and no branch`, [
      'give a number, owner/repo#number, the URL of a pull request, or a branch name',
    ]);
  }
  return { kind: 'branch', branch: text.replace(/^refs\/heads\//, '') };
}

function percent(char: string): string {
  let text = '';
  for (const byte of new TextEncoder().encode(char)) text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
