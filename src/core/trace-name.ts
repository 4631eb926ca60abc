/**
 * Names of traces and their refs. A trace is everything below `refs/traces/<name>/`; `<name>` is a pull request's
 * number, `heads/<encoded branch>` before there is one, or `unassigned` for work that had no branch.
 */
import { fail } from './errors.ts';
import { withoutUserinfo } from './pull-request.ts';
import { harmless, shown } from './shown.ts';

/** `42`, `heads/feature%2Flogin` or `unassigned`. */
export type TraceName = string;

export const TRACES = 'refs/traces/';
export const UNASSIGNED: TraceName = 'unassigned';

const NUMBER = /^[1-9][0-9]{0,9}$/;
const SAFE = /^[A-Za-z0-9_.-]$/;
/** What encodeBranch writes: kept characters, escapes, and for a long name the hash at its end. */
const ENCODED = /^(?!\.)(?!.*\.\.)(?!.*\.lock$)(?:[A-Za-z0-9_.-]|%[0-9A-F]{2}|[^\0-\x9f])+(?:%\.[0-9a-f]{32})?$/u;
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
  const text = kept.replace(/(?:%[0-9A-F]{2})+/g, (run) =>
    UTF8.decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );
  return cut === undefined ? text : `${text}…`;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Tells whether git takes a text for a branch name (git-check-ref-format; `--branch` also refuses `-…` and `HEAD`).
 *
 * @example
 * isBranchName('feature/login') // true
 */
export function isBranchName(text: string): boolean {
  if (text === '' || text === 'HEAD' || text.startsWith('-') || text.endsWith('.') || !text.isWellFormed()) return false;
  if (/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(text)) return false;
  return text.split('/').every((step) => step !== '' && !step.startsWith('.') && !step.endsWith('.lock'));
}

/**
 * Tells whether a text names a trace, so that a ref can be made of it.
 *
 * @example
 * isTraceName('heads/feature%2Flogin') // true
 */
export function isTraceName(text: string): boolean {
  if (text === UNASSIGNED || NUMBER.test(text)) return true;
  if (!text.startsWith('heads/') || !text.isWellFormed()) return false;
  return utf8Length(text) <= LONGEST + 'heads/'.length && ENCODED.test(text.slice('heads/'.length));
}

/** The trace of a branch that has no pull request yet. */
export function branchTrace(branch: string, hash: (text: string) => string): TraceName {
  return `heads/${encodeBranch(branch, hash)}`;
}

export function journalRef(trace: TraceName): string {
  return `${TRACES}${trace}/journal`;
}

/** Where the traces of closed pull requests lie, one ref a month. */
export const ARCHIVE = `${TRACES}archive/`;

/** The archive of a month, given as `2026-11`. */
export function archiveRef(month: string): string {
  return `${ARCHIVE}${month}`;
}

/**
 * The month of an archive's ref; `undefined` for any other ref.
 *
 * @example
 * archiveMonth('refs/traces/archive/2026-11') // '2026-11'
 */
export function archiveMonth(ref: string): string | undefined {
  return /^refs\/traces\/archive\/([0-9]{4}-(?:0[1-9]|1[0-2]))$/.exec(ref)?.[1];
}

/** Whether a trace is that of a pull request, given by its number. Only those are archived. */
export function isNumbered(trace: TraceName): boolean {
  return NUMBER.test(trace);
}

/** Where one clone delivers a trace that it cannot, or need not, unite with the journal: only that clone writes there. */
export function inboxRef(trace: TraceName, writer: string): string {
  return `${TRACES}${trace}/inbox/${writer}`;
}

/** What the names of tracking refs begin with. */
export const TRACKING = 'refs/trace-remotes/';

/**
 * Where a remote's journals are kept here: outside `refs/traces` (never pushed) and `refs/remotes` (never pruned).
 *
 * @param remote a name, or a URL; a long one is cut into components, since file names end at 255 bytes
 */
export function trackingRef(remote: string, ref: string): string {
  const name = withoutUserinfo(remote)
    .replace(/[^A-Za-z0-9_-]/gu, (char) => percent(char))
    .replace(/.{200}(?=.)/g, '$&/+');
  return `${TRACKING}${name}/${ref.slice(TRACES.length)}`;
}

/** The trace that a ref below `refs/traces/` belongs to, and the rest of its name; `undefined` for any other ref. */
export function traceOfRef(ref: string): { trace: TraceName; leaf: string } | undefined {
  const found = /^refs\/traces\/([1-9][0-9]{0,9}|heads\/[^/]+|unassigned)\/(.+)$/.exec(ref);
  const [, trace, leaf] = found ?? [];
  return trace === undefined || leaf === undefined ? undefined : { trace, leaf };
}

/** How a trace is called when speaking to a person: `42`, `branch feature/login`, `unassigned`. Safe on a terminal. */
export function describeTrace(trace: TraceName): string {
  const text = trace.startsWith('heads/') ? `branch ${decodeBranch(trace.slice('heads/'.length))}` : trace;
  return harmless(text);
}

/** What a person may mean by the argument `<pr>`. */
export type TraceArgument =
  | { kind: 'number'; number: string; repository?: string; host?: string }
  | { kind: 'branch'; branch: string }
  | { kind: 'trace'; trace: TraceName };

/**
 * Reads a `<pr>` argument: a number, `#42`, `owner/repo#42`, a pull request's URL (GitHub, GitLab, Gitea, Bitbucket, on any
 * host), a ref below `refs/traces/`, or a branch name. A branch that looks like one of the others is meant by `refs/heads/…`.
 *
 * @example
 * parseTraceArgument('https://github.com/o/r/pull/42') // { kind: 'number', number: '42', repository: 'o/r', host: 'github.com' }
 * @throws bad-argument
 */
export function parseTraceArgument(text: string): TraceArgument {
  const [, bare] = /^[#!]?([1-9][0-9]{0,9})$/.exec(text) ?? [];
  if (bare !== undefined) return { kind: 'number', number: bare };
  if (text.startsWith(TRACES)) {
    const { trace } = traceOfRef(`${text.replace(/\/$/, '')}/journal`) ?? {};
    if (trace !== undefined && isTraceName(trace)) return { kind: 'trace', trace };
  } else if (!text.startsWith('refs/heads/')) {
    const [, repository, number] = /^([\w.-]+(?:\/[\w.-]+)+)[#!]([1-9][0-9]{0,9})$/.exec(text) ?? [];
    if (repository !== undefined && number !== undefined) return { kind: 'number', number, repository };
    const [, host, path, id] = PULL_REQUEST_URL.exec(text) ?? [];
    if (host !== undefined && path !== undefined && id !== undefined) return { kind: 'number', number: id, repository: path, host };
    if (isBranchName(text)) return { kind: 'branch', branch: text };
  } else if (isBranchName(text.slice('refs/heads/'.length))) return { kind: 'branch', branch: text.slice('refs/heads/'.length) };
  throw fail('bad-argument', `${shown(text)} is no pull request and no branch`, [
    'give a number, owner/repo#number, the URL of a pull request, or a branch name',
  ]);
}

const PULL_REQUEST_URL =
  /^https?:\/\/([^/\s@]+)\/([^\s?#]+?)(?:\/-)?\/(?:pulls?|merge_requests|pull-requests)\/([1-9][0-9]{0,9})(?:[/?#].*)?$/;

function percent(char: string): string {
  let text = '';
  for (const byte of new TextEncoder().encode(char)) text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
