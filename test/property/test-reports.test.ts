/** Random suites, written as each kind of report, are read back with the same counts and names. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPrinted, readReport } from '../../src/capture/tests/read-report.ts';
import { FAILURES, type TestReport } from '../../src/capture/tests/report.ts';

interface Case {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

const word = fc.stringMatching(/^[a-z<>&"'é日]{1,12}$/);
const suite = fc
  .uniqueArray(
    fc.record({
      name: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
      outcome: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
      message: fc.array(word, { maxLength: 3 }).map((words) => words.join(' ')),
    }),
    { minLength: 1, maxLength: 150, selector: ({ name }) => name },
  )
  .map((cases): Case[] => cases);

const of = (cases: readonly Case[], outcome: Case['outcome']): readonly Case[] => cases.filter((one) => one.outcome === outcome);
const xml = (text: string): string =>
  text.replace(/[<>&"']/g, (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' })[sign] ?? '&#39;');
const json = (value: unknown): string => JSON.stringify(value);
const lines = (values: readonly unknown[]): string => values.map((value) => `${json(value)}\n`).join('');

const WRITERS: Readonly<Record<string, (cases: readonly Case[]) => string>> = {
  junit: (cases) => {
    const inside = {
      passed: () => '',
      failed: (m: string) => `<failure message="${xml(m)}"><![CDATA[${m}\nat a]]></failure>`,
      skipped: () => '<skipped/>',
    };
    const body = cases
      .map(({ name, outcome, message }) => `<testcase name="${xml(name)}">${inside[outcome](message)}</testcase>`)
      .join('\n');
    return `<?xml version="1.0"?>\n<testsuites><testsuite name="s"><testsuite name="t">${body}</testsuite></testsuite></testsuites>`;
  },
  tap: (cases) => {
    const body = cases.map(({ name, outcome, message }, i) => {
      const line = `${outcome === 'failed' ? 'not ' : ''}ok ${i + 1} - ${name}${outcome === 'skipped' ? ' # SKIP' : ''}\n`;
      return outcome === 'failed' ? `${line}  ---\n  message: ${json(message)}\n  ...\n` : line;
    });
    return `TAP version 14\n1..${cases.length}\n${body.join('')}`;
  },
  'tap with subtests': (cases) => {
    const body = cases.map(({ name, outcome }, i) => {
      const verdict = outcome === 'failed' ? 'not ok' : 'ok';
      const skip = outcome === 'skipped' ? ' # SKIP' : '';
      return `# Subtest: around\n    ${verdict} 1 - ${name}${skip}\n    1..1\n${verdict} ${i + 1} - around\n`;
    });
    return `TAP version 13\n${body.join('')}1..${cases.length}\n`;
  },
  vitest: (cases) => {
    const status = { passed: 'passed', failed: 'failed', skipped: 'pending' };
    const tests = cases.map(({ name, outcome, message }) => ({
      title: name,
      ancestorTitles: [],
      status: status[outcome],
      failureMessages: [message],
    }));
    return json({
      numTotalTests: cases.length,
      testResults: [{ name: 'a.test.js', status: of(cases, 'failed').length > 0 ? 'failed' : 'passed', assertionResults: tests }],
    });
  },
  ctrf: (cases) =>
    json({
      results: {
        tool: { name: 'shop' },
        summary: {},
        tests: cases.map(({ name, outcome, message }) => ({ name, status: outcome, message })),
      },
    }),
  'pytest-json-report': (cases) =>
    json({
      exitcode: 1,
      root: '/',
      tests: cases.map(({ name, outcome, message }) => ({ nodeid: name, outcome, call: { crash: { message } } })),
    }),
  'go test -json': (cases) => {
    const action = { passed: 'pass', failed: 'fail', skipped: 'skip' };
    return lines(
      cases.flatMap(({ name, outcome, message }) => [
        { Action: 'run', Package: 'p', Test: name.replaceAll('/', '_') },
        { Action: 'output', Package: 'p', Test: name, Output: `    a_test.go:1: ${message}\n` },
        { Action: action[outcome], Package: 'p', Test: name },
      ]),
    );
  },
  'libtest json': (cases) => {
    const event = { passed: 'ok', failed: 'failed', skipped: 'ignored' };
    return lines(cases.map(({ name, outcome, message }) => ({ type: 'test', event: event[outcome], name, stdout: message })));
  },
  'cargo test': (cases) => {
    const verdict = { passed: 'ok', failed: 'FAILED', skipped: 'ignored' };
    const count = (outcome: Case['outcome']): number => of(cases, outcome).length;
    return [
      `running ${cases.length} tests`,
      ...cases.map(({ name, outcome }) => `test ${name} ... ${verdict[outcome]}`),
      `\ntest result: FAILED. ${count('passed')} passed; ${count('failed')} failed; ${count('skipped')} ignored; 0 measured; 0 filtered out; finished in 0.01s\n`,
    ].join('\n');
  },
  'go test -v': (cases) => {
    const verdict = { passed: 'PASS', failed: 'FAIL', skipped: 'SKIP' };
    const name = (text: string): string => text.replaceAll(' ', '_');
    return `${cases.map((one) => `=== RUN   ${name(one.name)}\n--- ${verdict[one.outcome]}: ${name(one.name)} (0.00s)\n`).join('')}FAIL\n`;
  },
  pytest: (cases) => {
    const count = (outcome: Case['outcome']): number => of(cases, outcome).length;
    const failures = of(cases, 'failed').map(({ name }) => `FAILED a.py::${name}\n`);
    return `${failures.join('')}=== ${count('failed')} failed, ${count('passed')} passed, ${count('skipped')} skipped in 0.10s ===\n`;
  },
};

const PRINTED = new Set(['cargo test', 'go test -v', 'pytest']);

function read(format: string, text: string): TestReport | undefined {
  return PRINTED.has(format) ? readPrinted([text], undefined, true) : readReport(Buffer.from(text), Buffer.byteLength(text));
}

const squeezed = (text: string): string => text.replace(/^around > |^a\.py::/, '').replaceAll('_', ' ');

describe('a suite is read back', () => {
  test.each(Object.entries(WRITERS))('from %s', (format, write) => {
    fc.assert(
      fc.property(suite, (cases) => {
        // `go test` says no more than FAIL of a package without a verdict
        fc.pre(format !== 'go test -v' || of(cases, 'failed').length > 0);
        const report = read(format, write(cases));
        const [passed, failed, skipped] = (['passed', 'failed', 'skipped'] as const).map((outcome) => of(cases, outcome).length);
        expect(report).toMatchObject({ passed, failed, skipped });
        expect(report?.warning).toBeUndefined();
        const names = of(cases, 'failed').map(({ name }) => name);
        expect(report?.failures.map(({ name }) => squeezed(name))).toEqual(names.slice(0, FAILURES));
        expect(report?.truncated ?? false).toBe(names.length > FAILURES);
      }),
    );
  });
});

describe('a report that lost its end', () => {
  test.each(Object.entries(WRITERS))('%s is read as far as it goes', (format, write) => {
    fc.assert(
      fc.property(suite, fc.double({ min: 0, max: 1, noNaN: true }), (cases, part) => {
        const text = write(cases);
        const report = read(format, text.slice(0, Math.floor(text.length * part)));
        const limit = (outcome: Case['outcome']): number => of(cases, outcome).length;
        expect(report?.failed ?? 0).toBeLessThanOrEqual(limit('failed'));
        // a verdict behind which the reason for skipping is cut off reads as passed
        expect(report?.passed ?? 0).toBeLessThanOrEqual(limit('passed') + 1);
        expect(report?.skipped ?? 0).toBeLessThanOrEqual(limit('skipped'));
      }),
    );
  });
});

test('bytes of any kind are read or refused, never thrown at', () => {
  const start = fc.constantFrom(
    '',
    '<testsuite>',
    '<testsuites><testcase name="',
    '{"numTotalTests":',
    '{"results":{"tool":{"name":1},"tests":',
    'TAP version 13\n',
    '{"Action":"run"',
    '\u00ff\u00fe',
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 400 }), (head, tail) => {
      const bytes = Buffer.concat([Buffer.from(head, 'latin1'), tail]);
      readReport(bytes, bytes.length + 1);
      readPrinted([bytes.toString()], 'jest', false);
    }),
    { numRuns: 2_000 },
  );
});
