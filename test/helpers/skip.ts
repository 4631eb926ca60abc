/**
 * Skipping aloud: a test that needs what a machine may lack says so with a reason, which the run prints and counts.
 * `test.skip` without a reason fails the run (test/helpers/skip-reporter.ts).
 */
import { type TestAPI, test } from 'vitest';

/**
 * A `test` whose tests run only if `condition` holds, and else are skipped with the reason.
 *
 * @example
 * const testZsh = skipUnless(hasProgram('zsh'), 'zsh is not installed');
 * testZsh('records a command', () => {});
 */
export function skipUnless(condition: boolean, reason: string): TestAPI {
  if (condition) return test;
  return test.extend<{ lacking: boolean }>({
    lacking: [
      async ({ skip }, use) => {
        skip(reason);
        await use(true);
      },
      { auto: true },
    ],
  });
}
