import { describe, expect, it } from 'vitest';
import { matchGlob, matchPath } from '../../src/core/glob.ts';
import { type PolicyFile, readPolicyFile } from '../../src/core/policy.schema.ts';
import { allowed, makePolicy, type Policy } from '../../src/core/policy.ts';

const policy = (team: PolicyFile, own: Record<string, string[]> = {}): Policy =>
  makePolicy(team, { flag: (key) => (own[key] === undefined ? undefined : own[key].at(-1) === 'true'), getAll: (key) => own[key] ?? [] });

describe('patterns', () => {
  it.each([
    ['*.env', 'prod.env', true],
    ['*.env', 'deploy/prod.env', false],
    ['**/*.env', 'deploy/a/prod.env', true],
    ['**/*.env', 'prod.env', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'b/a/c', false],
    ['?.ts', 'a.ts', true],
    ['?.ts', '/.ts', false],
    ['**', 'any/thing', true],
    ['', '', true],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXcYYb', false],
  ])('%s ~ %s is %s', (pattern, text, expected) => {
    expect(matchGlob(pattern, text)).toBe(expected);
  });

  it('takes no time on a hostile pattern', () => {
    expect(matchGlob('*a'.repeat(200), `${'a'.repeat(2_000)}b`)).toBe(false);
  });

  it.each([
    ['node_modules', 'a/node_modules/b.js', true],
    ['/secrets/', 'secrets/key', true],
    ['/secrets', 'a/secrets/key', false],
    ['a/*.pem', 'a/x.pem', true],
    ['.env*', '.env.local', true],
  ])('path %s covers %s: %s', (pattern, path, expected) => {
    expect(matchPath(pattern, path)).toBe(expected);
  });
});

describe('a policy', () => {
  it.each([
    [{ capture: { comands: false } }, 'there is no setting "capture.comands"'],
    [{ captur: {} }, 'there is no setting "captur"'],
    [{ capture: { commands: 'no' } }, '"capture.commands" must be a boolean'],
    [{ caps: { diff: 1e9 } }, '"caps.diff" is more than 65536'],
    [{ redact: { rules: [{ kind: 'A B', pattern: 'x' }] } }, '"redact.rules[0].kind" must be lower-case letters, digits and dashes'],
    [[], 'it must be an object'],
  ])('%j is refused', (value, why) => {
    expect(readPolicyFile(value)).toBe(why);
  });

  it('is narrowed, never widened, by a person', () => {
    const team = { capture: { edits: false } };
    expect(policy(team, { 'trace.captureedits': ['true'] }).capture.edits).toBe(false);
    expect(policy({}, { 'trace.captureedits': ['false'] }).capture.edits).toBe(false);
    expect(policy({ exclude: { paths: ['a'] } }, { 'trace.exclude': ['b'] }).exclude.paths).toEqual(['a', 'b']);
  });

  it('takes personal redaction rules with and without a kind', () => {
    const { rules } = policy({}, { 'trace.redact': ['acme=acme_[a-z]{8}', 'x{3,4}'] }).redact;
    expect(rules).toEqual([
      { kind: 'acme', pattern: 'acme_[a-z]{8}' },
      { kind: 'personal', pattern: 'x{3,4}' },
    ]);
  });
});

describe('what a policy lets through', () => {
  const run = { command: 'vault read x/y', cwd: 'ops', exit_code: 0, duration_ms: 5, stdout_sample: 'out', stderr_sample: 'err' };
  const hidden = { command: '', duration_ms: 5, exit_code: 0, hidden: true, stdout_sample: '' };

  it('is everything where nothing is said', () => {
    expect(allowed('command', run, policy({}))).toBe(run);
  });

  it('hides commands by text and by folder, with their exit and duration', () => {
    expect(allowed('command', run, policy({ exclude: { commands: ['vault *'] } }))).toEqual(hidden);
    expect(allowed('command', run, policy({ exclude: { paths: ['ops/'] } }))).toEqual(hidden);
    expect(allowed('command', run, policy({ exclude: { commands: ['vault'] } }))).toBe(run);
  });

  it('leaves out what is switched off', () => {
    expect(allowed('command', run, policy({ capture: { commands: false } }))).toBeUndefined();
    expect(allowed('command', run, policy({ capture: { output: false } }))).toEqual({
      command: run.command,
      cwd: 'ops',
      duration_ms: 5,
      exit_code: 0,
      stdout_sample: '',
    });
    expect(allowed('navigation', { file: 'a', line: 1, column: 1 }, policy({ capture: { navigation: false } }))).toBeUndefined();
    expect(allowed('prompt', { text: 'x' }, policy({ capture: { prompts: false } }))).toBeUndefined();
    expect(allowed('annotation', { text: 'x' }, policy({ capture: { commands: false } }))).toEqual({ text: 'x' });
  });

  it('keeps edits of excluded paths out, also under their old name', () => {
    const edit = { file: 'src/a.ts', change_summary: '+1/-1', diff_snippet: 'd' };
    const off = policy({ exclude: { paths: ['secrets'] } });
    expect(allowed('edit', edit, off)).toBe(edit);
    expect(allowed('edit', { ...edit, file: 'secrets/a' }, off)).toBeUndefined();
    expect(allowed('edit', { ...edit, old_file: 'secrets/a' }, off)).toBeUndefined();
    expect(allowed('edit', edit, policy({ capture: { diffs: false } }))).toEqual({ ...edit, diff_snippet: '' });
    expect(allowed('edit', edit, policy({ capture: { edits: false } }))).toBeUndefined();
  });

  it('results of tests go with a hidden command, and lose what is output or a command', () => {
    const results = {
      framework: 'jest',
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: ['a', { name: 'b', message: 'no' }],
      command: 'npm test',
    };
    const { command: _, ...alone } = results;
    expect(allowed('test', results, policy({}))).toBe(results);
    expect(allowed('test', results, policy({ exclude: { commands: ['npm *'] } }))).toBeUndefined();
    expect(allowed('test', results, policy({ capture: { commands: false } }))).toEqual(alone);
    expect(allowed('test', results, policy({ capture: { output: false } }))).toEqual({ ...results, failures: ['a', { name: 'b' }] });
  });
});
