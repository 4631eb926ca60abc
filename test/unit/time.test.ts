/** Times: only real moments pass, and whatever form they came in, they leave as 24 characters of UTC. */
import { describe, expect, it } from 'vitest';
import { isTimestamp, millis, moment, normaliseTime, timestamp } from '../../src/core/time.ts';

describe('normaliseTime', () => {
  it.each([
    ['2026-11-21T09:15:02.123Z', '2026-11-21T09:15:02.123Z'],
    ['2026-11-21T09:15:02Z', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21t09:15:02z', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21 09:15:02.5Z', '2026-11-21T09:15:02.500Z'],
    ['2026-11-21T09:15:02,25Z', '2026-11-21T09:15:02.250Z'],
    ['2026-11-21T09:15:02.123456Z', '2026-11-21T09:15:02.123Z'],
    ['2026-11-21T09:15:02.999999999Z', '2026-11-21T09:15:02.999Z'],
    ['2026-11-21T09:15:02.123456789012Z', '2026-11-21T09:15:02.123Z'],
    ['2026-11-21T10:15:02+01:00', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21T10:15:02+0100', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21 10:15:02.5+01', '2026-11-21T09:15:02.500Z'],
    ['2026-11-20T23:15:02-10:00', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21T14:45:02+05:30', '2026-11-21T09:15:02.000Z'],
    ['2026-11-21T09:15:02-00:00', '2026-11-21T09:15:02.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
    ['2017-01-01T00:59:60.75+01:00', '2016-12-31T23:59:59.750Z'],
  ])('reads %s', (given, wanted) => {
    expect(normaliseTime(given)).toBe(wanted);
  });

  it.each([
    ['yesterday', 'words'],
    ['', 'nothing'],
    ['2026-11-21T09:15:02', 'no zone: nobody knows when that was'],
    ['2026-11-21', 'a day'],
    ['2026-11-21T09:15Z', 'no seconds'],
    ['2026-02-30T00:00:00Z', '30 February'],
    ['2026-02-29T00:00:00Z', '29 February of no leap year'],
    ['1900-02-29T00:00:00Z', '29 February of a century'],
    ['2026-04-31T00:00:00.000Z', '31 April'],
    ['2026-13-01T00:00:00Z', 'month 13'],
    ['2026-00-01T00:00:00Z', 'month 0'],
    ['2026-01-00T00:00:00.000Z', 'day 0'],
    ['2026-01-01T24:00:00Z', 'hour 24'],
    ['2026-01-01T00:60:00Z', 'minute 60'],
    ['2026-12-31T23:59:61Z', 'second 61'],
    ['2026-01-01T12:30:60Z', 'a leap second that cannot be'],
    ['2016-12-31T23:59:60+01:00', 'a leap second of another zone'],
    ['2026-01-01T00:00:00.Z', 'an empty fraction'],
    ['2026-01-01T00:00:00+24:00', 'an offset of a day'],
    ['2026-01-01T00:00:00+05:60', 'an offset of 60 minutes'],
    ['9999-12-31T23:59:59-01:00', 'the year 10000'],
    ['0000-01-01T00:00:00+01:00', 'the year -1'],
    ['+002026-01-01T00:00:00.000Z', 'six digits of year'],
    ['1795252502123', 'a number'],
    [' 2026-11-21T09:15:02Z', 'a space before'],
    ['2026-11-21T09:15:02Z\n', 'a newline behind'],
    ['٢٠٢٦-11-21T09:15:02Z', 'digits of another script'],
  ])('refuses %s: %s', (given) => {
    expect(normaliseTime(given)).toBeUndefined();
  });
});

describe('isTimestamp', () => {
  it('knows the one form of a real moment', () => {
    expect(isTimestamp('2026-11-21T09:15:02.123Z')).toBe(true);
    for (const text of [
      '2026-11-21T09:15:02Z',
      '2026-02-30T00:00:00.000Z',
      '2026-11-21T09:15:02.123+00:00',
      '2026-11-21T09:15:60.000Z',
      ' 2026-11-21T09:15:02.123Z',
    ])
      expect(isTimestamp(text)).toBe(false);
  });
});

describe('timestamp, moment and millis', () => {
  it('agree', () => {
    for (const ms of [0, -1, 1_795_252_502_123, Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')]) {
      expect(moment(timestamp(ms))).toBe(ms);
      expect(millis(timestamp(ms))).toBe(ms);
    }
  });
});
