/** Reports that are damaged, huge or malicious: a warning on the event, never a crash, and never a long wait. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPrinted, readReport } from '../../src/capture/tests/read-report.ts';
import { FAILURES, MESSAGE_LIMIT, NAME_LIMIT, REPORT_BYTES, type TestReport, testPayload } from '../../src/capture/tests/report.ts';
import { canonical } from '../../src/core/canonical.ts';
import { EVENT_BYTES } from '../../src/core/cap.ts';
import { payloadFault } from '../../src/core/event.schema.ts';

const FOLDER = 'test/fixtures/tests';

function read(text: string | Uint8Array): TestReport | undefined {
  const bytes = Buffer.from(text);
  const report = readReport(bytes, bytes.length);
  if (report !== undefined) expect(payloadFault('test', testPayload(report, { source: 'ci' }))).toBeUndefined();
  return report;
}

describe('entities', () => {
  test('a billion laughs are not laughed', () => {
    const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i};`.repeat(10)}">`).join('\n');
    const report = read(
      `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol0 "lol">${laughs}]><testsuite><testcase name="&lol10;"><failure/></testcase></testsuite>`,
    );
    expect(report).toMatchObject({ failed: 1, failures: [{ name: '&lol10;' }] });
    expect(report?.warning).toMatch(/DOCTYPE.*no entity was expanded/);
  });

  test('nothing outside is opened', () => {
    const report = read(
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="a"><failure message="&x;"/></testcase></testsuite>',
    );
    expect(JSON.stringify(report)).not.toContain('root:');
    expect(report).toMatchObject({ failed: 1, failures: [{ name: 'a', message: '&x;' }] });
  });

  test('the five of XML and numbers are read', () => {
    expect(read('<testsuite><testcase name="&lt;&gt;&amp;&quot;&apos;&#65;&#x42;"><error/></testcase></testsuite>')?.failures).toEqual([
      { name: '<>&"\'AB' },
    ]);
  });
});

describe('size', () => {
  test('100,000 suites inside one another', () => {
    expect(read('<testsuite>'.repeat(100_000))?.warning).toContain('nested more than 1000 deep');
    expect(read('<testsuite name="a"><testcase name="b"/>'.repeat(100_000))).toMatchObject({ passed: 999 });
  });

  test('JSON nested 100,000 deep', () => {
    expect(read(`{"numTotalTests":1,"testResults":${'['.repeat(100_000)}`)).toBeUndefined();
    expect(read(`{"numTotalTests":1,"testResults":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toMatchObject({ failed: 0 });
  });

  test('closing tags that close nothing', () => {
    expect(read(`${'<testsuite>'.repeat(900)}${'</x>'.repeat(1_000_000)}`)?.warning).toContain('not well-formed');
  });

  test('an attribute of 200 KB, a message of 1 MB', () => {
    const report = read(
      `<testsuite><testcase name="${'n'.repeat(200_000)}"><failure>${'m '.repeat(500_000)}</failure></testcase></testsuite>`,
    );
    expect(report?.failures[0]?.name).toHaveLength(NAME_LIMIT);
    expect(report?.failures[0]?.message?.length).toBeLessThan(MESSAGE_LIMIT + 60);
  });

  test('10,000 failures make an event that fits', () => {
    const failure = `<testcase name="${'n'.repeat(300)}"><failure>${'why '.repeat(700)}</failure></testcase>`;
    const report = read(`<testsuite>${failure.repeat(10_000)}</testsuite>`);
    expect(report).toMatchObject({ failed: 10_000, truncated: true });
    expect(report?.failures).toHaveLength(FAILURES);
    if (report !== undefined) expect(canonical(testPayload(report, { source: 'local' })).length).toBeLessThan(EVENT_BYTES);
  });

  test('more than the limit is not read, and told', () => {
    const head = Buffer.from('<testsuite><testcase name="a"/>');
    const bytes = Buffer.concat([head, Buffer.alloc(REPORT_BYTES, ' '), Buffer.from('<testcase name="b"/></testsuite>')]);
    const report = readReport(bytes, bytes.length);
    expect(report).toMatchObject({ passed: 1 });
    expect(report?.warning).toContain(`only the first ${REPORT_BYTES} of ${bytes.length} bytes were read`);
  });

  test.each([
    ['blanks', ' '.repeat(4_000_000)],
    ['one line', 'x'.repeat(4_000_000)],
    ['signs of comments', '# '.repeat(2_000_000)],
    ['beginnings of points', 'ok '.repeat(1_000_000)],
    ['dashes', `ok 1 ${'- '.repeat(1_000_000)}`],
    ['numbers', '1 passed, '.repeat(400_000)],
    ['quotes and backslashes', `{"a":"${'\\"'.repeat(2_000_000)}`],
    ['names of pytest', `FAILED a.py${':'.repeat(4_000)}\n`.repeat(1_000)],
    ['names of vitest', ` FAIL  a${' >'.repeat(2_000)}\n`.repeat(1_000)],
    ['counts of pytest', `${'1 passed '.repeat(44)}\n`.repeat(10_000)],
    ['verdicts of libtest', `test ${'a ... '.repeat(600)}\n`.repeat(1_000)],
    ['verdicts of go', `--- FAIL: ${'a ('.repeat(1_300)}\n`.repeat(1_000)],
    ['escapes', '\u001b['.repeat(2_000_000)],
  ])('4 MB of %s are passed over', (_, text) => {
    read(`1..1\nok 1 - a\n${text}`);
    read(`{"numTotalTests":1,${text}`);
    readPrinted([text], 'pytest', true);
  });
});

test('no cut falls into a word, so that no half of a secret is kept', () => {
  const secret = `hunter${'2'.repeat(30)}`;
  for (let at = 0; at < 60; at++) {
    // wherever a cut may be, the secret lies across it
    const before = (length: number): string => 'why '.repeat(length / 4 - 10).padEnd(length - at, ' ');
    const message = `${before(1_024)}${secret} ${before(8_192)}${secret} ${before(16_384)}${secret}`;
    const name = `${before(499)}${secret} more`;
    const report = read(`<testsuite><testcase name="${name}"><failure>${message}</failure></testcase></testsuite>`);
    expect(JSON.stringify(report).replaceAll(secret, '')).not.toMatch(/hunter|22/);
  }
});

describe('damage', () => {
  const names = readdirSync(FOLDER).filter((name) => /\.(xml|json|tap)$/.test(name));

  test.each(names)('%s cut at every fiftieth of its length', (name) => {
    const bytes = readFileSync(join(FOLDER, name));
    const whole = read(bytes);
    for (let part = 1; part < 50; part++) {
      const report = read(bytes.subarray(0, Math.floor((bytes.length * part) / 50)));
      if (report === undefined) continue;
      expect(report.failed).toBeLessThanOrEqual((whole?.failed ?? 0) + 1);
      const counted = report.passed + report.failed + report.skipped;
      const all = (whole?.passed ?? 0) + (whole?.failed ?? 0) + (whole?.skipped ?? 0);
      // what lost tests says so
      if (counted < all && !/go\.json|libtest/.test(name)) expect(report.warning).toBeDefined();
    }
  });

  test.each(names)('%s with NUL, ESC and bytes that are no UTF-8', (name) => {
    const bytes = Buffer.from(readFileSync(join(FOLDER, name)));
    for (const [i, byte] of [0x00, 0x1b, 0xff, 0xc3].entries()) {
      for (let at = 40 + i; at < bytes.length; at += 61) bytes[at] = byte;
      read(bytes);
    }
  });

  test('controls in names do not get through', () => {
    const report = read('1..1\nnot ok 1 - \u001b[31mred\u001b[0m\u0007 \u202egnp.exe\n');
    expect(report?.failures).toEqual([{ name: 'red gnp.exe' }]);
  });

  test('bytes that are no UTF-8 are told', () => {
    expect(
      read(Buffer.concat([Buffer.from('<testsuite><testcase name="'), Buffer.from([0xff]), Buffer.from('"/></testsuite>')]))?.warning,
    ).toContain('no UTF-8');
  });

  test('UTF-16, as PowerShell writes it', () => {
    expect(read(Buffer.from('\ufeff1..1\nok 1 - a\n', 'utf16le'))).toEqual({
      framework: 'tap',
      passed: 1,
      failed: 0,
      skipped: 0,
      failures: [],
    });
  });

  test.each(['', ' ', '<', '<html><body/></html>', '{}', '[]', '{"a":1}', 'null', '"', '1..x', 'hello', '<?xml version="1.0"?>'])(
    '%j is no report',
    (text) => {
      expect(read(text)).toBeUndefined();
    },
  );

  test('counts that are none', () => {
    const results = (passed: unknown) =>
      read(JSON.stringify({ results: { tool: { name: 'x' }, summary: { passed, failed: -1, other: 'many' } } }));
    expect(results(1e300)).toMatchObject({ passed: 0, failed: 0, skipped: 0 });
    expect(results(3)).toMatchObject({ passed: 3 });
  });
});

test('TAP says when it was given up, or is not what was planned', () => {
  expect(read('TAP version 13\n1..3\nok 1\nBail out! no database\n')?.warning).toBe(
    'the run was given up: no database; 3 tests were planned, and 1 reported',
  );
  expect(read('TAP version 13\nok 1\n')?.warning).toBe('there is no plan, so tests may be missing');
  expect(read('1..0 # SKIP no database\n')).toBeUndefined();
});
