/**
 * The events of a trace as server-sent events, from a cursor on and without an end. Each has the cursor behind it for its
 * id, so that whoever comes back with Last-Event-ID goes on exactly there.
 */
import type { Cursor, Page } from './pages.ts';
import { parseCursor } from './pages.ts';

export interface StreamSource {
  /** The next page; `undefined` while there is no such trace. */
  page(after: Cursor): Promise<Page | undefined>;
  /** Resolves when there may be more, or the time (ms) is over, or the signal is given. */
  changed(limit: number, signal: AbortSignal): Promise<void>;
}

/** Milliseconds of silence after which a comment is sent: whoever sits between closes a silent connection. */
const HEARTBEAT = 15_000;
/** Writes what comes, until the signal is given. @throws what the source throws, before the first piece */
export async function* eventStream(source: StreamSource, from: Cursor, signal: AbortSignal, now: () => number): AsyncGenerator<string> {
  let after = from;
  let last = now();
  yield 'retry: 1000\n\n';
  while (!signal.aborted) {
    const page = await source.page(after);
    if (page !== undefined && page.events.length > 0) {
      yield page.events.map((event, i) => `id: ${page.cursors[i] ?? ''}\nevent: trace\ndata: ${JSON.stringify(event)}\n\n`).join('');
      last = now();
    } else if (now() - last >= HEARTBEAT) {
      yield ': still here\n\n';
      last = now();
    }
    if (page !== undefined) after = page.next === '' ? after : parseCursor(page.next);
    if (page?.more !== true) await source.changed(Math.max(0, last + HEARTBEAT - now()), signal);
  }
}
