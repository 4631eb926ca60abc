/** Finding the reports of a recorded command: by time, in usual places, bounded, each once. */
import { describe, expect, test } from 'vitest';
import { type ReportIdentity, reportsOf, type TestCommand } from '../../src/capture/tests/find-reports.ts';
import type { ReportFiles } from '../../src/core/ports.ts';

const BEGAN = Date.UTC(2026, 10, 21, 9, 0, 0);
const command: TestCommand = { command: 'npm test', cwd: '', startedAt: BEGAN, durationMs: 5_000 };
const search = { top: '/shop', patterns: [] };

interface File {
  readonly text: string;
  readonly modified: number;
}

/** A work tree of files, each written in the middle of the command unless told; counts what is asked of it. */
function tree(files: Readonly<Record<string, string | File>>): ReportFiles & { readonly listed: string[]; readonly opened: string[] } {
  const all = new Map(
    Object.entries(files).map(([path, file]) => [path, typeof file === 'string' ? { text: file, modified: BEGAN + 2_500 } : file]),
  );
  const listed: string[] = [];
  const opened: string[] = [];
  return {
    listed,
    opened,
    list(folder) {
      listed.push(folder);
      const prefix = folder === '' ? '' : `${folder}/`;
      const names = new Map<string, 'file' | 'folder'>();
      for (const path of all.keys()) {
        if (!path.startsWith(prefix)) continue;
        const [name = '', ...below] = path.slice(prefix.length).split('/');
        names.set(name, below.length > 0 ? 'folder' : 'file');
      }
      return [...names].map(([name, kind]) => ({ name, kind }));
    },
    stat(path) {
      const file = all.get(path);
      return file === undefined ? undefined : { size: Buffer.byteLength(file.text), modified: file.modified };
    },
    read(path, limit) {
      opened.push(path);
      const file = all.get(path);
      return file === undefined ? undefined : Buffer.from(file.text).subarray(0, limit);
    },
  };
}

const junit = (passed: number, failing: readonly string[] = [], suite = 's'): string => {
  const cases = Array.from({ length: passed }, (_, i) => `<testcase name="${suite}${i}"/>`).join('');
  const failures = failing.map((name) => `<testcase name="${name}" file="/shop/a.js"><failure message="no"/></testcase>`).join('');
  return `<testsuite name="${suite}">${cases}${failures}</testsuite>`;
};

test('a report that was written while the command ran', () => {
  const [found, ...more] = reportsOf(command, tree({ 'reports/junit.xml': junit(2, ['bad']) }), search);
  expect(more).toEqual([]);
  expect(found?.payload).toEqual({
    command: 'npm test',
    failed: 1,
    failures: [{ name: 'bad', file: 'a.js', message: 'no' }],
    framework: 'junit',
    passed: 2,
    report: 'reports/junit.xml',
    skipped: 0,
    source: 'local',
    suite: 's',
  });
  expect(found?.reports).toEqual([{ path: 'reports/junit.xml', modified: BEGAN + 2_500, size: expect.any(Number) }]);
});

test('the runner says what a plain JUnit file is of', () => {
  const found = reportsOf({ ...command, command: 'go test ./...' }, tree({ 'report.xml': junit(1) }), search);
  expect(found[0]?.payload.framework).toBe('go test');
});

test.each([
  ['before it began', BEGAN - 1_000],
  ['long after it ended', BEGAN + 60_000],
])('not one that was written %s', (_, modified) => {
  expect(reportsOf(command, tree({ 'junit.xml': { text: junit(1), modified } }), search)).toEqual([]);
});

test('nothing is looked at for a command that runs no tests', () => {
  const files = tree({ 'junit.xml': junit(1) });
  expect(reportsOf({ ...command, command: 'git status' }, files, search)).toEqual([]);
  expect(files.listed).toEqual([]);
});

test('what was recorded before is not recorded again', () => {
  const files = tree({ 'junit.xml': junit(1), 'other/junit.xml': junit(2) });
  const known = reportsOf(command, files, search).flatMap(({ reports }) => reports);
  expect(known).toHaveLength(2);
  const isKnown = (one: ReportIdentity) =>
    known.some(({ path, modified, size }) => path === one.path && modified === one.modified && size === one.size);
  expect(reportsOf(command, files, { ...search, isKnown })).toEqual([]);
});

describe('several reports', () => {
  test('of a folder that are named after classes are one run', () => {
    const files = tree({
      'target/surefire-reports/TEST-a.A.xml': junit(2, [], 'a.A'),
      'target/surefire-reports/TEST-a.B.xml': junit(3, ['bad'], 'a.B'),
      'target/classes/TEST-x.xml': junit(9),
    });
    const found = reportsOf({ ...command, command: 'mvn test' }, files, search);
    expect(found).toHaveLength(1);
    expect(found[0]?.payload).toMatchObject({ framework: 'surefire', passed: 5, failed: 1, report: 'target/surefire-reports/' });
    expect(found[0]?.reports).toHaveLength(2);
    expect(files.listed).not.toContain('target/classes');
  });

  test('of two modules are two', () => {
    const files = tree({ 'a/build/test-results/test/TEST-A.xml': junit(2), 'b/build/test-results/test/TEST-B.xml': junit(2) });
    expect(reportsOf(command, files, search).map(({ payload }) => payload.passed)).toEqual([2, 2]);
  });

  test('that tell the same run in two formats are one', () => {
    const vitest = JSON.stringify({
      numTotalTests: 1,
      testResults: [{ status: 'passed', assertionResults: [{ title: 's0', status: 'passed' }] }],
    });
    const found = reportsOf(command, tree({ 'junit.xml': junit(1), 'vitest-results.json': vitest }), search);
    expect(found).toHaveLength(1);
    expect(found[0]?.payload.framework).toBe('vitest');
    expect(found[0]?.reports).toHaveLength(2);
  });
});

describe('where it looks', () => {
  test('not in what others wrote', () => {
    const files = tree({ 'node_modules/x/junit.xml': junit(1), '.git/junit.xml': junit(1), 'vendor/a/junit.xml': junit(1) });
    expect(reportsOf(command, files, search)).toEqual([]);
    expect(files.listed).toEqual(['']);
  });

  test('not at files that no report is named like', () => {
    const files = tree({ 'pom.xml': junit(1), 'package.json': '{}', 'src/results.ts': '' });
    expect(reportsOf(command, files, search)).toEqual([]);
    expect(files.opened).toEqual([]);
  });

  test('below the folder in which the command ran', () => {
    const files = tree({ 'api/junit.xml': junit(1), 'web/junit.xml': junit(2) });
    expect(reportsOf({ ...command, cwd: 'api' }, files, search).map(({ payload }) => payload.report)).toEqual(['api/junit.xml']);
  });

  test('where a pattern says, wherever the command ran', () => {
    const files = tree({ 'api/a.ts': '', 'out/x/odd.data': junit(1), 'out/y.txt': junit(2) });
    const found = reportsOf({ ...command, cwd: 'api' }, files, { ...search, patterns: ['out/**/*.data'] });
    expect(found.map(({ payload }) => payload.report)).toEqual(['out/x/odd.data']);
  });

  test('never above the work tree, whatever a policy says', () => {
    const files = tree({ '../other/junit.xml': junit(1) });
    expect(reportsOf(command, files, { ...search, patterns: ['../other/*.xml', '/../**'] })).toEqual([]);
    expect(files.listed).toEqual(['']);
  });

  test('not without end', () => {
    const endless: ReportFiles = {
      list: () => Array.from({ length: 50 }, (_, i) => ({ name: `f${i}`, kind: 'folder' })),
      stat: () => undefined,
      read: () => undefined,
    };
    let lists = 0;
    const list: ReportFiles['list'] = (folder) => {
      lists++;
      return endless.list(folder);
    };
    reportsOf(command, { ...endless, list }, search);
    expect(lists).toBeLessThan(2_001);
  });

  test('and a file system that fails is no reason to fail', () => {
    const failing = () => {
      throw new Error('EIO');
    };
    expect(reportsOf(command, { list: failing, stat: failing, read: failing }, search)).toEqual([]);
  });
});
