/** The tutorials in examples/ and the README do what they show: each page is one terminal session, run as written. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isAsShown, runSteps, stepsOf } from '../helpers/console-session.ts';
import { fencedBlocks, readPage } from '../helpers/fenced.ts';

const tutorials = readdirSync(fileURLToPath(new URL('../../examples', import.meta.url)))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `examples/${name}`);

test('there are tutorials', () => {
  expect(tutorials.length).toBeGreaterThan(0);
});

describe.each(tutorials)('%s', (page) => {
  test('runs as it is written', () => {
    const steps = stepsOf(fencedBlocks(readPage(page)));
    expect(steps.length).toBeGreaterThan(0);
    for (const { command, printed, shown, status, fails, at } of runSteps(steps)) {
      const where = `${page}:${at}: $ ${command}`;
      // toEqual first where they differ, for its diff
      if (!isAsShown(printed, shown)) expect([where, ...printed]).toEqual([where, ...shown]);
      expect({ where, failed: status !== 0, printed }).toEqual({ where, failed: fails, printed });
    }
  });
});
