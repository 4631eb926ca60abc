/** Payloads cut to what one row can tell: an event may say a megabyte, and a screen has many rows. Pure. */
import type { Entry, EventPayload } from '../../core/line.ts';

/** Shorter lines are told as they are. */
const SHORT = 16_384;
/** Characters of most texts, of which a row shows the beginning. */
const WRITTEN = 500;
/** Characters of what a command printed, which is looked through for what went wrong. */
const PRINTED = 32_768;
/** Members of a list or an object, and how deep. */
const MOST = 100;
const DEEPEST = 6;

/** The payload of an event, cut if it is long. */
export function briefPayload({ line, event }: Pick<Entry, 'line' | 'event'>): EventPayload {
  return line.length <= SHORT ? event.payload : brief(event.payload);
}

/** A payload whose texts and lists are cut. */
export function brief(payload: EventPayload): EventPayload {
  const members = Object.entries(payload).slice(0, MOST);
  return Object.fromEntries(
    members.map(([name, value]) => [cut(name, WRITTEN), cutValue(value, name.endsWith('_sample') ? PRINTED : WRITTEN, DEEPEST)]),
  );
}

function cutValue(value: unknown, most: number, depth: number): unknown {
  if (typeof value === 'string') return cut(value, most);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.slice(0, MOST).map((member) => cutValue(member, WRITTEN, depth - 1));
  const members = Object.entries(value).slice(0, MOST);
  return Object.fromEntries(members.map(([name, member]) => [cut(name, WRITTEN), cutValue(member, WRITTEN, depth - 1)]));
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
}
