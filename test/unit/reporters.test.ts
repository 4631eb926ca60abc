/** What is added to a test command, and where better nothing is. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readReport } from '../../src/capture/tests/read-report.ts';
import { recogniseWords } from '../../src/capture/tests/recognise.ts';
import { planReporter } from '../../src/capture/tests/reporters.ts';

function plan(line: string, configs: Readonly<Record<string, string>> = {}, folder = '/t') {
  const words = line.split(' ');
  const recognised = recogniseWords(words);
  return recognised === undefined
    ? undefined
    : planReporter({ words, recognised, folder, isOurNode: (word) => word === 'node', config: (name) => configs[name] });
}

describe('a reporter is added', () => {
  test.each([
    ['npx vitest run src', 'npx vitest run src --reporter=default --reporter=/t/reporter.mjs'],
    ['vitest run -- x', 'vitest run --reporter=default --reporter=/t/reporter.mjs -- x'],
    ['pnpm exec jest --ci a.test.js', 'pnpm exec jest --ci a.test.js --reporters=default --reporters=/t/reporter.cjs'],
    ['npm exec -- jest', 'npm exec -- jest --reporters=default --reporters=/t/reporter.cjs'],
    [
      'node --test a.js',
      'node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination=/t/report.xml a.js',
    ],
  ])('%s', (line, wanted) => {
    expect(plan(line)?.words.join(' ')).toBe(wanted);
  });
});

describe('nothing is added', () => {
  test.each([
    'npm test',
    'npm exec jest',
    'sh -c vitest',
    'pytest -q',
    'cargo test',
    'go test ./...',
    'vitest run --reporter=dot',
    'vitest --watch',
    'vitest -c other.config.ts',
    'vitest --config=other.config.ts',
    'jest --json',
    'jest --reporters=x',
    'jest --watch',
    'node --test --test-reporter=dot',
    '/opt/old/node --test',
  ])('to %s', (line) => {
    expect(plan(line)).toBeUndefined();
  });

  test('where a configuration names reporters', () => {
    expect(plan('vitest run', { 'vitest.config.ts': "test: { reporters: ['dot'] }" })).toBeUndefined();
    expect(plan('jest', { 'package.json': '{ "jest": { "reporters": ["default", "jest-junit"] } }' })).toBeUndefined();
    expect(plan('jest', { 'package.json': '{ "name": "x" }' })).toBeDefined();
  });
});

test('the reporter for jest writes what it is given, and throws nothing', () => {
  const folder = mkdtempSync(join(process.env['HOME'] ?? '', 'reporter-'));
  const made = plan('jest', {}, folder);
  for (const [name, text] of Object.entries(made?.files ?? {})) writeFileSync(join(folder, name), text);
  const Reporter = createRequire(import.meta.url)(join(folder, 'reporter.cjs'));
  const reporter = new Reporter();
  expect(() => reporter.onRunComplete(new Set(), undefined)).not.toThrow();
  // as jest 30 gives it: one file with tests, one that did not load
  reporter.onRunComplete(new Set(), {
    numTotalTests: 2,
    wasInterrupted: false,
    testResults: [
      {
        testFilePath: '/a/cart.test.js',
        numFailingTests: 1,
        failureMessage: 'all of it',
        perfStats: { start: 1_000, end: 1_500 },
        testResults: [
          { title: 'adds', ancestorTitles: ['cart'], status: 'passed', failureMessages: [] },
          { title: 'sums up', ancestorTitles: ['cart'], status: 'failed', failureMessages: ['Error: no'] },
        ],
      },
      {
        testFilePath: '/a/broken.test.js',
        numFailingTests: 0,
        testExecError: {},
        failureMessage: 'cannot find',
        perfStats: { start: 0, end: 0 },
        testResults: [],
      },
    ],
  });
  const bytes = readFileSync(join(folder, made?.report ?? ''));
  expect(readReport(bytes, bytes.length)).toEqual({
    framework: 'jest',
    passed: 1,
    failed: 2,
    skipped: 0,
    durationMs: 500,
    failures: [
      { name: 'cart > sums up', file: '/a/cart.test.js', message: 'Error: no' },
      { name: '/a/broken.test.js could not be run', file: '/a/broken.test.js', message: 'cannot find' },
    ],
  });
});
