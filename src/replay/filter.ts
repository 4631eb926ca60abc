/**
 * Stage 5, filters: what of a trace is shown. Applied after ordering, so that an event keeps its seq whatever is left
 * out around it. Pure; the present is given.
 */
import { fail } from '../core/errors.ts';
import { isTimestamp, normaliseTime, timestamp } from '../core/time.ts';
import type { Item } from '../timeline/timeline.ts';

export interface Filter {
  /** Event types; none means all. */
  readonly types?: readonly string[];
  /** Session ids or their beginnings; none means all. */
  readonly sessions?: readonly string[];
  /** Milliseconds since 1970, both inclusive; compared with effective times. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** How many of the newest events that are left. */
  readonly limit?: number | undefined;
  /** Newest first. */
  readonly reverse?: boolean;
}

/**
 * The items that a filter leaves. Places without an event stay unless types are asked for, which they do not have.
 *
 * @example
 * filterItems([], { limit: 1 }) // []
 */
export function filterItems(items: readonly Item[], filter: Filter): Item[] {
  let left = items.filter(matcher(filter));
  if (filter.limit !== undefined) left = left.slice(newest(left, filter.limit));
  return filter.reverse ? left.reverse() : left;
}

/** Whether a filter leaves an item, whatever its limit. */
export function matcher(filter: Filter): (item: Item) => boolean {
  const { types = [], sessions = [], since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = filter;
  const wanted = new Set(types);
  return (item) => {
    if (item.at < since || item.at > until) return false;
    const session = item.kind === 'gap' ? item.gap.session : item.entry.event.session;
    if (sessions.length > 0 && !sessions.some((begin) => session.startsWith(begin))) return false;
    return wanted.size === 0 || (item.kind === 'event' && wanted.has(item.entry.event.type));
  };
}

/** Where the newest `limit` events begin. */
function newest(items: readonly Item[], limit: number): number {
  let count = 0;
  for (let i = items.length - 1; i >= 0; i--) {
    if (count === limit) return i + 1;
    if (items[i]?.kind === 'event') count++;
  }
  return limit === 0 ? items.length : 0;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  second: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};
const DAY_MS = 86_400_000;

/**
 * Reads a time as a person gives it: ISO 8601 (UTC where no zone is said), a day, `now`, `today`, `yesterday`, or how
 * long ago (`2h`, `3 days ago`).
 *
 * @param edge which end of the day is meant where only a day is said
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 * @example
 * parseWhen('2h', 'since', 7_200_000) // 0
 * @throws bad-argument
 */
export function parseWhen(text: string, edge: 'since' | 'until', now: number): number {
  const said = text.trim();
  const word = said.toLowerCase().replaceAll('_', ' ').replaceAll('.', ' ');
  if (word === 'now') return now;
  const daysAgo = word === 'today' ? 0 : word === 'yesterday' ? 1 : undefined;
  if (daysAgo !== undefined) return edgeOfDay(now - daysAgo * DAY_MS, edge);

  const [, count, unit = ''] = /^(\d{1,6})\s*([a-z]+?)s?(?:\s+ago)?$/.exec(word) ?? [];
  const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (count !== undefined && size !== undefined) return now - Number(count) * size;

  const day = `${said}T00:00:00.000Z`;
  if (isTimestamp(day)) return edgeOfDay(Date.parse(day), edge);
  // a time without seconds, or without a zone
  const [, date, clock, rest = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:[.,]\d{1,9})?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?$/.exec(said) ?? [];
  const full = date === undefined ? undefined : normaliseTime(`${date}T${clock}${rest === '' ? ':00' : rest}${zone}`);
  if (full !== undefined) return Date.parse(full);
  throw fail('bad-argument', `"${text.slice(0, 60)}" is no time`, [
    `give a time such as '${timestamp(now).slice(0, 16)}', '${timestamp(now).slice(0, 10)}', 'yesterday', '2h' or '3 days ago'; times are UTC`,
  ]);
}

function edgeOfDay(at: number, edge: 'since' | 'until'): number {
  const start = Math.floor(at / DAY_MS) * DAY_MS;
  return edge === 'since' ? start : start + DAY_MS - 1;
}
