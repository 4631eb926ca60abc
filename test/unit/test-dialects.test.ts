/** What runners write that is not among the fixtures, as their documentation and sources have it. */
import { describe, expect, test } from 'vitest';
import { readPrinted, readReport } from '../../src/capture/tests/read-report.ts';

const read = (text: string) => readReport(Buffer.from(text), Buffer.byteLength(text));

describe('JUnit XML', () => {
  test('surefire: reruns, flakes, seconds with a comma', () => {
    const report = read(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd" name="shop.CartTest" time="1,234.5" tests="3" errors="0" skipped="0" failures="1">
  <testcase name="adds" classname="shop.CartTest" time="1.2"><flakyFailure message="once"><stackTrace>at a</stackTrace></flakyFailure></testcase>
  <testcase name="opens" classname="shop.CartTest"><failure message="no" type="E">at b</failure><rerunFailure message="no again"/></testcase>
  <testcase name="ships" classname="shop.CartTest"/>
</testsuite>`);
    expect(report).toEqual({
      framework: 'surefire',
      suite: 'shop.CartTest',
      passed: 2,
      failed: 1,
      skipped: 0,
      durationMs: 1_234_500,
      failures: [{ name: 'shop.CartTest > opens', message: 'no\nat b' }],
    });
  });

  test('suites in suites, timed once', () => {
    const inner = '<testsuite name="b" time="1"><testcase name="x"/><testcase name="y"><error/></testcase></testsuite>';
    expect(read(`<testsuites><testsuite name="a" time="2">${inner}<testcase name="z"/></testsuite></testsuites>`)).toEqual({
      framework: 'junit',
      suite: 'a',
      passed: 2,
      failed: 1,
      skipped: 0,
      durationMs: 2_000,
      failures: [{ name: 'y' }],
    });
  });

  test('googletest: what was not run', () => {
    const cases =
      '<testcase name="a" status="run" result="completed"/><testcase name="b" status="notrun" result="suppressed"/><testcase name="c" status="run" result="skipped"/>';
    expect(read(`<testsuites><testsuite name="T">${cases}</testsuite></testsuites>`)).toMatchObject({ passed: 1, skipped: 2 });
  });

  test('only totals', () => {
    expect(read('<testsuites><testsuite name="a" tests="5" failures="1" errors="1" skipped="1"/></testsuites>')).toEqual({
      framework: 'junit',
      suite: 'a',
      passed: 2,
      failed: 2,
      skipped: 1,
      failures: [],
      warning: 'the report names no test, only how many there were',
    });
  });
});

describe('go', () => {
  test('a build that failed, as from 1.24 on', () => {
    const events = [
      { ImportPath: 'a [a.test]', Action: 'build-output', Output: 'a_test.go:5: undefined: b\n' },
      { ImportPath: 'a [a.test]', Action: 'build-fail' },
      { Time: '2026-11-21T09:00:00Z', Action: 'start', Package: 'a' },
      { Time: '2026-11-21T09:00:00Z', Action: 'fail', Package: 'a', Elapsed: 0, FailedBuild: 'a [a.test]' },
    ];
    expect(read(events.map((event) => `${JSON.stringify(event)}\n`).join(''))).toMatchObject({
      failed: 1,
      failures: [{ name: 'a', message: 'a_test.go:5: undefined: b' }],
    });
  });

  test('tests that did not end', () => {
    const events = ['A', 'B'].map((name) => `${JSON.stringify({ Action: 'run', Package: 'p', Test: `Test${name}` })}\n`).join('');
    expect(read(events)?.warning).toBe('2 tests began and did not end');
  });

  test('a test that failed after all of its subtests passed', () => {
    const event = (Action: string, Test: string) => `${JSON.stringify({ Action, Package: 'p', Test })}\n`;
    const text = ['TestA', 'TestA/x'].map((name) => event('run', name)).join('') + event('pass', 'TestA/x') + event('fail', 'TestA');
    expect(read(text)).toMatchObject({ passed: 1, failed: 1, failures: [{ name: 'TestA' }] });
  });
});

describe('pytest-json-report', () => {
  test('failures, errors of a fixture and of a module', () => {
    const report = {
      created: 1,
      duration: 0.5,
      exitcode: 1,
      root: '/home/dev/app',
      summary: { passed: 1, failed: 1, error: 1, skipped: 1, total: 4 },
      collectors: [{ nodeid: 'broken.py', outcome: 'failed', longrepr: 'ImportError: no' }],
      tests: [
        { nodeid: 'a.py::b', outcome: 'passed' },
        { nodeid: 'a.py::c', outcome: 'failed', call: { crash: { path: 'a.py', lineno: 1, message: 'assert 1 == 2' }, longrepr: 'long' } },
        { nodeid: 'a.py::d', outcome: 'error', setup: { longrepr: 'E fixture' } },
        { nodeid: 'a.py::e', outcome: 'skipped' },
      ],
    };
    expect(read(JSON.stringify(report))).toEqual({
      framework: 'pytest',
      passed: 1,
      failed: 3,
      skipped: 1,
      durationMs: 500,
      failures: [
        { name: 'a.py::c', file: 'a.py', message: 'assert 1 == 2' },
        { name: 'a.py::d', file: 'a.py', message: 'E fixture' },
        { name: 'broken.py', message: 'ImportError: no' },
      ],
    });
  });
});

describe('what is printed', () => {
  test.each([
    ['pytest', '1 passed in 0.01s', [1, 0, 0]],
    ['pytest', '===== 2 failed, 3 passed, 1 skipped, 2 xfailed, 1 xpassed, 1 warning, 1 error in 61.20s (0:01:01) =====', [4, 3, 3]],
    ['pytest', '==== no tests ran in 0.01s ====', [0, 0, 0]],
    ['playwright', '  2 failed\n    a.spec.ts:3:1 › a\n  1 flaky\n  1 skipped\n  5 passed (3.2s)', [6, 2, 1]],
    ['bun', ' 3 pass\n 1 skip\n 2 fail\n 6 expect() calls', [3, 2, 1]],
    ['deno', 'FAILED | 3 passed (2 steps) | 1 failed | 2 ignored (12ms)', [3, 1, 2]],
    ['rspec', '5 examples, 1 failure, 1 pending', [3, 1, 1]],
    ['minitest', '5 runs, 9 assertions, 1 failures, 1 errors, 1 skips', [2, 2, 1]],
    [
      'surefire',
      '[INFO] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1, Time elapsed: 0.1 s - in A\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1\n[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0',
      [3, 1, 1],
    ],
    ['phpunit', 'OK (5 tests, 9 assertions)', [5, 0, 0]],
    ['phpunit', 'Tests: 5, Assertions: 9, Errors: 1, Failures: 1, Skipped: 1.', [2, 2, 1]],
    [
      'cargo nextest',
      '     Summary [   0.010s] 5 tests run: 3 passed, 2 failed, 1 skipped\n        FAIL [   0.005s] cart tests::sums_up',
      [3, 2, 1],
    ],
    ['dotnet', 'Failed!  - Failed:     1, Passed:     3, Skipped:     2, Total:     6, Duration: 9 ms - a.dll (net8.0)', [3, 1, 2]],
    ['ctest', '80% tests passed, 1 tests failed out of 5', [4, 1, 0]],
    ['unittest', 'FAIL: test_b (a.T.test_b)\n----\nRan 5 tests in 0.01s\n\nFAILED (failures=1, errors=1, skipped=1)', [2, 2, 1]],
    ['unittest', 'Ran 5 tests in 0.01s\n\nOK', [5, 0, 0]],
  ])('%s: %j', (framework, text, [passed, failed, skipped]) => {
    expect(readPrinted([`something before\n${text}\n`], undefined, true)).toMatchObject({ framework, passed, failed, skipped });
  });

  test('two runs of pytest in one command are added, what jest shows while it runs is not', () => {
    expect(readPrinted(['1 passed in 0.10s\n2 failed, 1 passed in 0.20s\n'], 'script', true)).toMatchObject({ passed: 2, failed: 2 });
    const jest = ['Tests:       1 passed, 1 total\n', 'Tests:       1 failed, 2 passed, 3 total\n'];
    expect(readPrinted([jest.join('')], 'jest', true)).toMatchObject({ passed: 2, failed: 1 });
  });

  test('names of pytest with dashes', () => {
    const text =
      'FAILED a.py::b[x - y] - assert 1 - 1\nFAILED a.py::c - no - yes\nFAILED a.py::d\nERROR b.py - ImportError\nERROR: not this\n';
    expect(readPrinted([`${text}3 failed, 1 error in 0.10s\n`], 'pytest', true)?.failures).toEqual([
      { name: 'a.py::b[x - y]', file: 'a.py', message: 'assert 1 - 1' },
      { name: 'a.py::c', file: 'a.py', message: 'no - yes' },
      { name: 'a.py::d', file: 'a.py' },
      { name: 'b.py', message: 'ImportError' },
    ]);
  });

  test('what fails around tests counts', () => {
    const text = ' FAIL  a.test.js > cart\nError: no database\n      Tests  2 skipped (2)\n';
    expect(readPrinted([text], 'vitest', true)).toMatchObject({ passed: 0, failed: 1, skipped: 2, failures: [{ name: 'cart' }] });
  });

  test('counts on one stream, names on the other', () => {
    const [out, err] = ['      Tests  1 failed | 1 passed (2)\n', ' FAIL  a.test.js > b > c\nError: no\n'];
    expect(readPrinted([out, err], 'vitest', true)?.failures).toEqual([{ name: 'b > c', file: 'a.test.js', message: 'Error: no' }]);
  });

  test('a runner that is known is asked first', () => {
    const text = '1 passed in 0.10s\n5 examples, 1 failure\n';
    expect(readPrinted([text], 'script', true)?.framework).toBe('pytest');
    expect(readPrinted([text], 'rspec', true)?.framework).toBe('rspec');
  });

  test.each(['', 'hello\n', '3 files changed\n', 'ok\n', 'Tests are fun\n', 'FAIL\n', '100%\n'])('%j tells nothing', (text) => {
    expect(readPrinted([text], undefined, true)).toBeUndefined();
  });

  test('that the middle is missing is told', () => {
    expect(readPrinted(['1 passed in 0.10s\n'], 'pytest', false)?.warning).toBe('the output was too long, and its middle was not read');
  });
});
