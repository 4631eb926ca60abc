/** Times of events: ISO 8601, UTC, milliseconds, always 24 characters, so that they compare as strings. */

const ISO = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:[.,](\d{1,18}))?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A time as the journal writes it, e.g. `2026-11-21T09:15:02.123Z`. */
export type Timestamp = string;

/**
 * Writes milliseconds since 1970 as a timestamp.
 *
 * @example
 * timestamp(0) // '1970-01-01T00:00:00.000Z'
 */
export function timestamp(ms: number): Timestamp {
  return new Date(ms).toISOString();
}

/** Tells whether a text is already a canonical timestamp of a real moment. */
export function isTimestamp(text: string): boolean {
  return moment(text) !== undefined;
}

/** Days before each month of a year that is no leap year. */
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/**
 * Milliseconds since 1970 of a canonical timestamp; `undefined` if it is none, or of no real day. By arithmetic,
 * because every line that is read passes here: a tenth of what Date.parse and back costs, and Date.parse takes
 * 30 February for 2 March.
 *
 * @example
 * moment('1970-01-02T00:00:00.001Z') // 86400001
 */
export function moment(text: string): number | undefined {
  if (!CANONICAL.test(text)) return undefined;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  const before = DAYS_BEFORE[month - 1];
  const after = DAYS_BEFORE[month];
  if (before === undefined || after === undefined || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (day > after - before + (month === 2 ? leap : 0)) return undefined;
  // leap days before this year, counted from the year 0, which was one (proleptic, as in ECMAScript)
  const leaps = year === 0 ? 0 : Math.floor((year - 1) / 4) - Math.floor((year - 1) / 100) + Math.floor((year - 1) / 400) + 1;
  const days = year * 365 + leaps + before + (month > 2 ? leap : 0) + day - 1 - DAYS_TO_1970;
  return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + two(text, 20) * 10 + text.charCodeAt(22) - ZERO;
}

const ZERO = 48;

/** The number that two digits make. */
function two(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/** Days from 1 January of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_528;

/**
 * Reads any ISO 8601 time with a zone and gives it back in UTC with milliseconds; `undefined` if it is none.
 *
 * What is finer than a millisecond is cut off. A leap second, which only 23:59 UTC can have, becomes the second before
 * it, as in Temporal (https://tc39.es/proposal-temporal/#sec-temporal-parseisodatetime).
 *
 * @example
 * normaliseTime('2026-11-21T10:15:02+01:00') // '2026-11-21T09:15:02.000Z'
 */
export function normaliseTime(text: string): Timestamp | undefined {
  if (isTimestamp(text)) return text;
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, day, minute, second, fraction = '', sign, hours = '00', minutes = '00'] = found;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const isLeap = second === '60';
  const local = moment(`${day}T${minute}:${isLeap ? '59' : second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  if (local === undefined) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = timestamp(local - (sign === '-' ? -offset : offset));
  // an offset may lead out of the years 0 to 9999, which 24 characters can say
  return isTimestamp(utc) && (!isLeap || utc.slice(11, 16) === '23:59') ? utc : undefined;
}

/** Milliseconds since 1970 of a canonical timestamp. */
export function millis(ts: Timestamp): number {
  return Date.parse(ts);
}
