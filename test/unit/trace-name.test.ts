/** Names of traces: how branches are encoded, what an argument means, and that no name makes a ref git refuses. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  branchTrace,
  decodeBranch,
  describeTrace,
  encodeBranch,
  isBranchName,
  isTraceName,
  journalRef,
  parseTraceArgument,
  traceOfRef,
  trackingRef,
} from '../../src/core/trace-name.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('encodeBranch', () => {
  it.each([
    ['main', 'main'],
    ['feature/login', 'feature%2Flogin'],
    ['100%', '100%25'],
    ['%2F', '%252F'],
    ['fix#42', 'fix%2342'],
    ['@', '%40'],
    ['a@b', 'a%40b'],
    ['grüße/日本', 'grüße%2F日本'],
    ['🚀', '🚀'],
    ['a.lock', 'a%2Elock'],
    ['a.LOCK', 'a%2ELOCK'],
    ['a.lock/b', 'a.lock%2Fb'],
    ['.hidden', '%2Ehidden'],
    ['a..b', 'a%2E.b'],
    ['dot.', 'dot%2E'],
    ['a...', 'a%2E.%2E'],
    ['\u0085', '%C2%85'],
    ['"$`', '%22%24%60'],
  ])('writes %j as %j, and back', (branch, encoded) => {
    expect(encodeBranch(branch, hash)).toBe(encoded);
    expect(decodeBranch(encoded)).toBe(branch);
  });

  it('cuts a name that would be longer than a file name may be, and tells such names apart', () => {
    const long = (end: string): string => `${'feature/'.repeat(25)}${end}`;
    const [one, two] = [encodeBranch(long('1'), hash), encodeBranch(long('2'), hash)];
    expect(one).toBe(`${'feature%2F'.repeat(14)}%.${hash(long('1')).slice(0, 32)}`);
    expect(two).not.toBe(one);
    expect(decodeBranch(one)).toBe(`${'feature/'.repeat(14)}…`);
  });

  it.each([180, 181])('counts bytes, not characters: %d of them', (bytes) => {
    const branch = 'é'.repeat(85) + 'a'.repeat(bytes - 170);
    expect(Buffer.byteLength(encodeBranch(branch, hash))).toBe(bytes === 180 ? 180 : 140 + 34);
  });

  it('never cuts an escape in two', () => {
    for (let i = 0; i < 4; i++) expect(encodeBranch(`${'a'.repeat(i)}${'/'.repeat(100)}`, hash)).toMatch(/^a*(%2F)+%\.[0-9a-f]{32}$/);
  });
});

describe('isBranchName', () => {
  it.each(['a', 'feature/x', '@', 'a@b', '100%', 'fix#42', 'grüße', 'a.b', 'a.lock.b', '\u0085', 'a\u00a0b', '{', 'refs/heads/x'])(
    'takes %j',
    (name) => {
      expect(isBranchName(name)).toBe(true);
    },
  );

  it.each([
    '',
    'HEAD',
    '-a',
    'a.',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a..b',
    'a//b',
    '/a',
    'a/',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '@{-1}',
    'a\n',
    'a\x7f',
    '\ud800',
  ])('refuses %j', (name) => {
    expect(isBranchName(name)).toBe(false);
  });
});

describe('isTraceName', () => {
  it.each(['1', '42', '4294967296', 'unassigned', 'heads/main', 'heads/feature%2Flogin', 'heads/日本', `heads/x%.${'0'.repeat(32)}`])(
    'takes %j',
    (name) => {
      expect(isTraceName(name)).toBe(true);
    },
  );

  it.each([
    '',
    '0',
    '042',
    '12345678901',
    'heads',
    'heads/',
    'heads/a/b',
    'heads/.a',
    'heads/a..b',
    'heads/a.lock',
    'heads/a b',
    'heads/%',
    'heads/%2f',
    'heads/x%.0',
    'heads/../x',
    'main',
    '../x',
    'archive/2026-01',
    'heads/\ud800',
    `heads/${'a'.repeat(181)}`,
  ])('refuses %j', (name) => {
    expect(isTraceName(name)).toBe(false);
  });
});

describe('parseTraceArgument', () => {
  it.each([
    ['42', '42'],
    ['#42', '42'],
    ['!42', '42'],
    ['4294967296', '4294967296'],
  ])('%s is the pull request %s', (text, number) => {
    expect(parseTraceArgument(text)).toEqual({ kind: 'number', number });
  });

  it.each([
    ['owner/repo#42', 'owner/repo'],
    ['group/sub/repo!42', 'group/sub/repo'],
    ['o.w-n_er/re.po#42', 'o.w-n_er/re.po'],
  ])('%s names the repository %s too', (text, repository) => {
    expect(parseTraceArgument(text)).toEqual({ kind: 'number', number: '42', repository });
  });

  it.each([
    ['https://github.com/o/r/pull/42', 'github.com', 'o/r'],
    ['https://github.com/o/r/pull/42/files', 'github.com', 'o/r'],
    ['https://github.com/o/r/pull/42#issuecomment-1', 'github.com', 'o/r'],
    ['https://github.com/o/r/pull/42?diff=split', 'github.com', 'o/r'],
    ['https://github.com/o/pull/pull/42', 'github.com', 'o/pull'],
    ['https://github.example.com:8443/o/r/pull/42', 'github.example.com:8443', 'o/r'],
    ['http://localhost/o/r/pull/42/', 'localhost', 'o/r'],
    ['https://gitlab.com/g/s/r/-/merge_requests/42/diffs', 'gitlab.com', 'g/s/r'],
    ['https://gitlab.example.com/r/r/merge_requests/42', 'gitlab.example.com', 'r/r'],
    ['https://gitea.example.com/o/r/pulls/42', 'gitea.example.com', 'o/r'],
    ['https://codeberg.org/o/r/pulls/42/files', 'codeberg.org', 'o/r'],
    ['https://bitbucket.org/o/r/pull-requests/42', 'bitbucket.org', 'o/r'],
  ])('%s is the pull request 42 on %s of %s', (text, host, repository) => {
    expect(parseTraceArgument(text)).toEqual({ kind: 'number', number: '42', repository, host });
  });

  it.each([
    ['refs/traces/42', '42'],
    ['refs/traces/42/', '42'],
    ['refs/traces/42/journal', '42'],
    ['refs/traces/42/inbox/00112233445566aa', '42'],
    ['refs/traces/unassigned', 'unassigned'],
    ['refs/traces/heads/feature%2Flogin', 'heads/feature%2Flogin'],
    ['refs/traces/heads/journal', 'heads/journal'],
    ['refs/traces/heads/journal/journal', 'heads/journal'],
  ])('%s is the trace %s', (text, trace) => {
    expect(parseTraceArgument(text)).toEqual({ kind: 'trace', trace });
  });

  it.each([
    ['main', 'main'],
    ['feature/login', 'feature/login'],
    ['12345678901', '12345678901'],
    ['042', '042'],
    ['refs/heads/42', '42'],
    ['refs/heads/fix/issue#42', 'fix/issue#42'],
    ['refs/heads/refs/heads/x', 'refs/heads/x'],
    ['grüße', 'grüße'],
    ['100%', '100%'],
  ])('%s is the branch %s', (text, branch) => {
    expect(parseTraceArgument(text)).toEqual({ kind: 'branch', branch });
  });

  it.each([
    '',
    ' ',
    'a b',
    'HEAD',
    '-x',
    'a..b',
    'refs/heads/',
    'refs/heads/a..b',

    'refs/traces/',
    'refs/traces/x',
    'refs/traces/heads/a b',
    'https://github.com/o/r',
    'https://u@github.com/o/r/pull/42',
    'https://github.com/o/r/pull/42x',
    'https://github.com/o/r/issues/42',
  ])('%j is neither, and the error says what is', (text) => {
    expect(() => parseTraceArgument(text)).toThrow(
      expect.objectContaining({ code: 'bad-argument', exit: 129, message: `${JSON.stringify(text)} is no pull request and no branch` }),
    );
  });

  it('shows nothing that a terminal would act on', () => {
    expect(() => parseTraceArgument('a\u001b]52;c;\u009b31m\u202e')).toThrow('"a\\u001b]52;c;\\u009b31m\\u202e" is no');
  });
});

describe('refs', () => {
  it('of a trace are its own folder', () => {
    expect(journalRef(branchTrace('a/b', hash))).toBe('refs/traces/heads/a%2Fb/journal');
    expect(traceOfRef('refs/traces/heads/a%2Fb/journal')).toEqual({ trace: 'heads/a%2Fb', leaf: 'journal' });
    expect(traceOfRef('refs/traces/42/inbox/x')).toEqual({ trace: '42', leaf: 'inbox/x' });
    for (const ref of [
      'refs/traces/042/journal',
      'refs/traces/42',
      'refs/traces/x/journal',
      'refs/heads/42/journal',
      'refs/traces/heads/a',
    ])
      expect(traceOfRef(ref)).toBeUndefined();
  });

  it('of a remote stand outside what is pushed, whatever the remote is called', () => {
    expect(trackingRef('origin', 'refs/traces/42/journal')).toBe('refs/trace-remotes/origin/42/journal');
    expect(trackingRef('a.b/c', 'refs/traces/42/journal')).toBe('refs/trace-remotes/a%2Eb%2Fc/42/journal');
    expect(trackingRef('\u{1f600}', 'refs/traces/1/journal')).not.toBe(trackingRef('\u{1f601}', 'refs/traces/1/journal'));
  });
});

describe('describeTrace', () => {
  it.each([
    ['42', '42'],
    ['unassigned', 'unassigned'],
    ['heads/feature%2Flogin', 'branch feature/login'],
    ['heads/gr%C3%BC%C3%9Fe', 'branch grüße'],
    ['heads/%1B%5D52;c;x%07', 'branch \ufffd]52;c;x\ufffd'],
    ['heads/%FFa', 'branch \ufffda'],
    ['heads/%EF%BB%BFa', 'branch \ufeffa'],
    ['heads/a%E2%80%AEb', 'branch a\ufffdb'],
  ])('calls %j %j', (trace, words) => {
    expect(describeTrace(trace)).toBe(words);
  });
});
