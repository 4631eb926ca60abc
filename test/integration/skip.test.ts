/** Skipping is never silent: a run of vitest within a folder of its own, with one skip of each kind. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import type { RunReport } from '../helpers/skip-reporter.ts';

const HELPER = resolve('test/helpers/skip.ts');

function runVitest(text: string): { status: number | null; stdout: string; report: RunReport } {
  const folder = realpathSync(mkdtempSync(join(inject('temporaryFolder'), 'skip-')));
  symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'one.test.ts'),
    `import { skipUnless } from '${HELPER}'; import { beforeAll, describe, test } from 'vitest';\n${text}`,
  );
  const env = { ...process.env, GITTRACE_TEST_REPORT: join(folder, 'report.json') };
  const args = [
    resolve('node_modules/vitest/vitest.mjs'),
    'run',
    '--root',
    folder,
    `--reporter=${resolve('test/helpers/skip-reporter.ts')}`,
  ];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  // the reporter wrote it a moment ago
  return { status, stdout, report: JSON.parse(readFileSync(env.GITTRACE_TEST_REPORT, 'utf8')) as RunReport };
}

test('skipUnless runs what it can, and tells the reason for what it cannot', () => {
  const { status, stdout, report } = runVitest(`
    const testFish = skipUnless(false, 'fish is not installed');
    testFish('alone', () => { throw new Error('ran'); });
    testFish.each([1, 2])('each %i', () => { throw new Error('ran'); });
    skipUnless(true, 'never told')('runs', () => {});`);
  expect(status).toBe(0);
  expect(report).toMatchObject({ passed: 1, failed: 0 });
  expect(report.skipped).toEqual(
    ['alone', 'each 1', 'each 2'].map((name) => ({ test: `one.test.ts > ${name}`, reason: 'fish is not installed' })),
  );
  expect(stdout).toContain('skipped  one.test.ts > each 2: fish is not installed');
});

test('a skip without a reason fails the run', () => {
  const { status, stdout, report } = runVitest("test.skip('silent', () => {}); test('runs', () => {});");
  expect(status).toBe(1);
  expect(report).toEqual({ passed: 1, failed: 1, skipped: [{ test: 'one.test.ts > silent', reason: 'NO REASON GIVEN' }] });
  expect(stdout).toContain('1 skipped without a reason');
});

test('what a failed hook or a broken file keeps from running is a failure, told once', () => {
  const hook = runVitest("describe('x', () => { beforeAll(() => { throw new Error('no'); }); test('a', () => {}); });");
  expect(hook.report).toEqual({ passed: 0, failed: 1, skipped: [{ test: 'one.test.ts > x > a', reason: 'a hook failed' }] });
  const broken = runVitest("throw new Error('no');");
  expect([broken.status, broken.report]).toEqual([1, { passed: 0, failed: 1, skipped: [] }]);
});
