/** Times of events: ISO 8601, UTC, milliseconds, always 24 characters, so that they compare as strings. */

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)$/;
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
  if (!CANONICAL.test(text)) return false;
  const at = Date.parse(text);
  // Date.parse takes 30 February for 2 March: only what comes back unchanged is a real day
  return !Number.isNaN(at) && timestamp(at) === text;
}

/**
 * Reads any ISO 8601 time with a zone and gives it back in UTC with milliseconds; `undefined` if it is none.
 *
 * @example
 * normaliseTime('2026-11-21T10:15:02+01:00') // '2026-11-21T09:15:02.000Z'
 */
export function normaliseTime(text: string): Timestamp | undefined {
  if (isTimestamp(text)) return text;
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = found;
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}${offset}`);
  if (Number.isNaN(at) || !isRealDay(Number(year), Number(month), Number(day))) return undefined;
  return timestamp(at);
}

function isRealDay(year: number, month: number, day: number): boolean {
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Milliseconds since 1970 of a canonical timestamp. */
export function millis(ts: Timestamp): number {
  return Date.parse(ts);
}
