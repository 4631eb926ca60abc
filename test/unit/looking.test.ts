/** Which command lines only look, told in time that grows with the line and no faster: a fork may write any of them. */
import { describe, expect, test } from 'vitest';
import { callsUs, unquoted } from '../../src/timeline/looking.ts';

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
