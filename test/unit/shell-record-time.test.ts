/** The time of a shell's record: milliseconds since 1970, or the record goes to quarantine; it never stops a flush. */
import { expect, test } from 'vitest';
import { decodeShellRecords, formatShellRecord } from '../../src/spool/record.ts';

const decoded = (ts: string): unknown => decodeShellRecords(formatShellRecord('commit', ['head=abc', `ts=${ts}`]), 0, true).found[0];

test('milliseconds become a timestamp', () => {
  expect(decoded('1795252502123')).toMatchObject({ kind: 'record', record: { ts: '2026-11-21T09:15:02.123Z' } });
});

test.each(['abc', '-1', '1e3', '8640000000000001', '99999999999999999999'])('"%s" is no time', (ts) => {
  expect(decoded(ts)).toMatchObject({ kind: 'bad', reason: `"ts" is ${JSON.stringify(ts)}, expected milliseconds since 1970` });
});
