/** (t) Reading a JUnit report of 10,000 tests, against reading as many bytes of JSON; and both in a second, whatever it is read with. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { paired, randomness, time } from './measure.mjs';

export const target = { json: 40, second: 1 };
const CASES = 10_000;
const ROUNDS = 20;

export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'git-trace-bench-reports-'));
  try {
    const outfile = join(folder, 'read-report.mjs');
    const entry = fileURLToPath(new URL('../src/capture/tests/read-report.ts', import.meta.url));
    await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' });
    const { readPrinted, readReport } = await import(pathToFileURL(outfile).href);
    const report = Buffer.from(junit());
    const json = JSON.stringify(report.toString().split('\n'));
    const read = () =>
      time(() => {
        const { passed, failed, skipped } = readReport(report, report.length);
        if (passed + failed + skipped !== CASES) throw new Error(`${passed + failed + skipped} tests were read`);
      });
    const parse = () => time(() => JSON.parse(json));
    const what = `a JUnit report of ${CASES.toLocaleString('en')} tests, ${(report.length / 1_048_576).toFixed(1)} MiB`;
    const second = async () => 1_000;
    const others = [];
    for (const [name, make] of Object.entries(OTHERS)) {
      const bytes = Buffer.from(make());
      const whole = () =>
        time(() => {
          const { passed, failed } = name === 'cargo test' ? readPrinted([bytes.toString()], name, true) : readReport(bytes, bytes.length);
          if (passed + failed !== CASES) throw new Error(`${name}: ${passed + failed} tests were read`);
        });
      const row = { id: 't', what: `10,000 tests of ${name} ÷ a second`, unit: 'ms', target: target.second };
      others.push({ ...row, ...(await paired(ROUNDS, whole, second)) });
    }
    return [
      { id: 't', what: `${what} ÷ \`JSON.parse\` of its lines`, unit: 'ms', target: target.json, ...(await paired(ROUNDS, read, parse)) },
      { id: 't', what: `${what} ÷ a second`, unit: 'ms', target: target.second, ...(await paired(ROUNDS, read, second)) },
      ...others,
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A report as a large project has it: one test in fifty fails, with a stack. */
function junit() {
  const random = randomness(7);
  const cases = Array.from({ length: CASES }, (_, i) => {
    const head = `<testcase classname="shop.cart.CartTest${i % 200}" name="adds item ${i} &amp; more" time="${random().toFixed(3)}"`;
    const stack = Array.from({ length: 20 }, (_, at) => `\tat shop.cart.Cart${at}.add(Cart${at}.java:${at * 7})`).join('\n');
    if (i % 50 === 0)
      return `${head}>\n<failure message="expected &lt;1&gt;" type="AssertionError">AssertionError: expected\n${stack}</failure>\n</testcase>`;
    return i % 40 === 1 ? `${head}><skipped/></testcase>` : `${head}/>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="shop">\n${cases.join('\n')}\n</testsuite>\n</testsuites>\n`;
}

const all = Array.from({ length: CASES }, (_, i) => ({
  name: `adds item ${i}`,
  failed: i % 50 === 0,
  message: 'AssertionError: expected 1',
}));
const list = (line) => all.map((one, i) => `${line(one, i)}\n`).join('');

/** The same tests in the other formats. */
const OTHERS = {
  TAP: () =>
    `TAP version 14\n1..${CASES}\n${list((one, i) => (one.failed ? `not ok ${i + 1} - ${one.name}\n  ---\n  message: ${one.message}\n  ...` : `ok ${i + 1} - ${one.name}`))}`,
  'vitest and jest JSON': () => {
    const tests = all.map(({ name, failed, message }) => ({
      title: name,
      ancestorTitles: ['cart'],
      status: failed ? 'failed' : 'passed',
      failureMessages: failed ? [message] : [],
    }));
    return JSON.stringify({ numTotalTests: CASES, testResults: [{ name: 'cart.test.js', status: 'failed', assertionResults: tests }] });
  },
  CTRF: () =>
    JSON.stringify({
      results: {
        tool: { name: 'shop' },
        tests: all.map(({ name, failed, message }) => ({ name, status: failed ? 'failed' : 'passed', duration: 1, message })),
      },
    }),
  'go test -json': () =>
    list(({ failed, message }, i) => {
      const event = (more) =>
        JSON.stringify({ Time: '2026-11-21T09:00:00.000000000Z', ...more, Package: 'example.com/cart', Test: `TestItem${i}` });
      return [event({ Action: 'run' }), event({ Action: 'output', Output: message }), event({ Action: failed ? 'fail' : 'pass' })].join(
        '\n',
      );
    }),
  'cargo test': () =>
    `running ${CASES} tests\n${list(({ failed }, i) => `test cart::item_${i} ... ${failed ? 'FAILED' : 'ok'}`)}\ntest result: FAILED. ${CASES - CASES / 50} passed; ${CASES / 50} failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n`,
};
