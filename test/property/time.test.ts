/** Laws of times: reading undoes writing, in every zone, and text order is time order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTimestamp, moment, normaliseTime, timestamp } from '../../src/core/time.ts';

const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];
const DAY = 86_400_000;
const ms = fc.integer({ min: FIRST, max: LAST });

test('moment undoes timestamp, for every moment of the years 0 to 9999', () => {
  fc.assert(
    fc.property(ms, (at) => moment(timestamp(at)) === at && isTimestamp(timestamp(at))),
    { numRuns: 2_000 },
  );
});

test('a moment written in any zone is the same moment', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST + DAY, max: LAST - DAY }), fc.integer({ min: -1439, max: 1439 }), (at, minutes) => {
      const sign = minutes < 0 ? '-' : '+';
      const two = (n: number): string => String(n).padStart(2, '0');
      const offset = `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
      const local = timestamp(at + minutes * 60_000).replace('Z', offset);
      expect(normaliseTime(local)).toBe(timestamp(at));
    }),
    { numRuns: 500 },
  );
});

test('agrees with Date.parse on which days there are', () => {
  const day = fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }));
  fc.assert(
    fc.property(day, ([y, m, d]) => {
      const text = `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}T00:00:00.000Z`;
      const at = Date.parse(text);
      // Date.parse takes 30 February for 2 March; only what comes back unchanged is a day
      const real = !Number.isNaN(at) && new Date(at).toISOString() === text;
      expect(normaliseTime(text)).toBe(real ? text : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test('timestamps sort as texts as they do in time', () => {
  fc.assert(fc.property(ms, ms, (a, b) => timestamp(a) < timestamp(b) === a < b));
});
