/** Which command lines only look, told in time that grows with the line and no faster: a fork may write any of them. */
import { describe, expect, test } from 'vitest';
import { callsUs, onlyLooks, unquoted } from '../../src/timeline/looking.ts';

describe('onlyLooks', () => {
  test.each([
    ['ls', true],
    ['  ls -l src', true],
    ['cat a | wc -l', true],
    ['cat\tREADME.md\n', true],
    ['git log --oneline', true],
    ['git  stash   list -p', true],
    ['git stash', false],
    ['git stash pop', false],
    ['git commit -m ls', false],
    ['git', false],
    ['lsof', false],
    ['echo x > file', false],
    ['ls; rm -rf x', false],
    ['cd src && make', false],
    ['', false],
    ['constructor', false],
  ])('%j: %s', (command, expected) => {
    expect(onlyLooks(command)).toBe(expected);
  });
});

describe('callsUs', () => {
  test.each([
    ['git trace show 42', true],
    ['git-trace note "a; b && c"', true],
    [`git trace note 'a; b'`, true],
    ['git trace note "he said \\"; rm\\""', true],
    ['git trace note "never closed; here', true],
    ['git trace show; rm -rf x', false],
    ['git trace run npm test', false],
    ['git tracer', false],
    ['npm test', false],
  ])('%s: %s', (command, expected) => {
    expect(callsUs(command)).toBe(expected);
  });

  test.each([
    ['quotes that are escaped', '"\\'.repeat(500_000)],
    ['an escape at the end', '"\\"'.repeat(300_000)],
    ['quotes of both kinds', `"'`.repeat(500_000)],
  ])('takes no time for %s', (_, text) => {
    // the square of these lengths would take minutes
    expect(callsUs(`git trace ${text}`)).toBeTypeOf('boolean');
    expect(unquoted(text).length).toBeLessThan(text.length);
  });
});
