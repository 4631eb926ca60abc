/** Reports of real runners (test/fixtures/tests/make.mjs), and what each of them comes to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPrinted, readReport } from '../../src/capture/tests/read-report.ts';
import { type TestReport, testPayload, withinTree } from '../../src/capture/tests/report.ts';
import { payloadFault } from '../../src/core/event.schema.ts';

const FOLDER = 'test/fixtures/tests';
const APP = '/home/dev/app';

/** How each fixture is read: as a report's file, or as what a command printed. */
const PRINTED = /\.txt$/;

function read(name: string): TestReport {
  const bytes = readFileSync(join(FOLDER, name));
  const report = PRINTED.test(name) ? readPrinted([bytes.toString()], undefined, true) : readReport(bytes, bytes.length);
  if (report === undefined) throw new Error(`${name} is no report`);
  return withinTree(report, APP);
}

const names = readdirSync(FOLDER).filter((name) => !/^(README\.md|make\.mjs)$/.test(name));

test('there are fixtures of every format', () => {
  expect(names.length).toBeGreaterThan(20);
});

describe('every fixture', () => {
  test.each(names)('%s', (name) => {
    const report = read(name);
    // a length of time differs whenever the fixtures are made anew
    expect(report.durationMs ?? 1).toBeGreaterThanOrEqual(0);
    expect(report.durationMs ?? 1).toBeLessThan(60_000);
    const { durationMs: _, failures, ...counts } = report;
    const shown = failures.map(({ message, ...failure }) => ({ ...failure, message: message?.split('\n')[0] }));
    expect({ ...counts, failures: shown }).toMatchSnapshot();
    expect(payloadFault('test', testPayload(report, { source: 'local' }))).toBeUndefined();
  });
});
