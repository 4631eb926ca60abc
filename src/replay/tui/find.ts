/** Finding a text in events: in what they say, not in how a line of JSON is written. Pure. */
import type { Entry, TraceEvent } from '../../core/line.ts';

/** What is looked for, ready to be looked for a hundred thousand times. */
export interface Wanted {
  readonly text: string;
  /** Finds lines that may hold it; a line that it does not find does not. */
  readonly inLine: RegExp;
  readonly lower: string;
}

/** Values inside values that are looked at. */
const DEEPEST = 32;

/** Makes ready to look for a text, whichever case its letters have. */
export function wantedText(text: string): Wanted {
  // a line has quotes and controls as JSON writes them
  const written = JSON.stringify(text).slice(1, -1);
  const inLine = new RegExp(written.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'iu');
  return { text, inLine, lower: text.toLowerCase() };
}

/** Whether an event says a text: its type, its session, its time, or any text or number of its payload. */
export function says({ line, event }: Pick<Entry, 'line' | 'event'>, wanted: Wanted): boolean {
  return wanted.inLine.test(line) && eventSays(event, wanted.lower);
}

function eventSays({ type, session, ts, payload }: TraceEvent, lower: string): boolean {
  return (
    type.includes(lower) || session.toLowerCase().includes(lower) || ts.toLowerCase().includes(lower) || holds(payload, lower, DEEPEST)
  );
}

function holds(value: unknown, lower: string, depth: number): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(lower);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value).includes(lower);
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  for (const member of Array.isArray(value) ? value : Object.values(value)) if (holds(member, lower, depth - 1)) return true;
  return false;
}
