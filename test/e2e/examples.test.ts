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

/** What the README takes for granted: a project with a remote, a branch that tracks it, and tests. */
const PROJECT = `
git init -q --bare ../origin.git && git init -q && git remote add origin ../origin.git
echo '{"scripts":{"test":"echo 3 passed"}}' > package.json
git add package.json && git commit -q -m first && git push -q -u origin HEAD
git config trace.pushWait 20000
`;

test('the README is true of such a project', () => {
  const steps = stepsOf(fencedBlocks(readPage('README.md')));
  const [setup, ...ran] = runSteps([{ command: PROJECT, shown: [], fails: false, at: 0 }, ...steps]);
  expect(setup).toMatchObject({ status: 0 });
  for (const { command, printed, status } of ran) expect({ command, status, printed }).toMatchObject({ command, status: 0 });
  const shown = ran.find(({ command }) => command === 'git trace show 42')?.printed.join('\n') ?? '';
  for (const told of ['npm test', 'the clock was in local time', '42']) expect(shown).toContain(told);
  const plain = ran.findLast(({ command }) => command.startsWith('git grep'))?.printed.join('\n') ?? '';
  expect(plain).toContain('the clock was in local time');
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
