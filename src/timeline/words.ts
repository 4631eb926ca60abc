/** Small words that all views share: counts, spans of time, days. English and UTC, whatever the machine's locale. Pure. */
import type { Timestamp } from '../core/time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Counts a thing.
 *
 * @example
 * counted(2, 'push', 'pushes') // '2 pushes'
 */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/**
 * A span of time in its two largest units.
 *
 * @param ms milliseconds
 * @example
 * duration(125_000) // '2m 05s'
 */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole}ms`;
  if (whole < 59_950) return `${(whole / SECOND).toFixed(1)}s`;
  if (whole < HOUR) return two(Math.round(whole / SECOND), 60, 'm', 's');
  if (whole < DAY) return two(Math.round(whole / MINUTE), 60, 'h', 'm');
  return two(Math.round(whole / HOUR), 24, 'd', 'h');
}

function two(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  const padded = small === 'h' ? String(rest) : String(rest).padStart(2, '0');
  return `${Math.floor(count / size)}${large}${rest === 0 ? '' : ` ${padded}${small}`}`;
}

/**
 * A span of time in minutes and what is larger.
 *
 * @example
 * pause(2_760_000) // '46m'
 */
export function pause(ms: number): string {
  return duration(Math.max(MINUTE, Math.round(ms / MINUTE) * MINUTE));
}

/**
 * A span of time in its largest unit.
 *
 * @example
 * roughly(68_040_000) // '18h'
 */
export function roughly(ms: number): string {
  return pause(ms).split(' ', 1)[0] ?? '';
}

/** The time of day, `09:15:02`. */
export function timeOfDay(ts: Timestamp): string {
  return ts.slice(11, 19);
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The day of a time.
 *
 * @param at milliseconds since 1970
 * @example
 * dayOf(0) // 'Thu 1 Jan 1970'
 */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/**
 * From when to when, what both have in common said once.
 *
 * @example
 * period(0, 3_600_000) // 'Thu 1 Jan 1970 00:00–01:00'
 */
export function period(from: number, to: number): string {
  const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);
  if (dayOf(from) === dayOf(to)) return `${dayOf(from)} ${clock(from)}–${clock(to)}`;
  const [first, last] = [dayOf(from), dayOf(to)];
  // the year is said once
  return `${first.slice(-4) === last.slice(-4) ? first.slice(0, -5) : first} ${clock(from)} – ${last} ${clock(to)}`;
}

/**
 * A job's place in a matrix, as hosts say it beside the job's name: the values alone. What is no JSON object of plain
 * values stays as it is.
 *
 * @example
 * matrixWords('{"node":20,"os":"linux"}') // '20, linux'
 */
export function matrixWords(matrix: string): string {
  let said: unknown;
  try {
    said = JSON.parse(matrix);
  } catch {
    return matrix;
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return matrix;
  const values = Object.values(said);
  return values.length > 0 && values.every((value) => /^(?:string|number|boolean)$/.test(typeof value)) ? values.join(', ') : matrix;
}
