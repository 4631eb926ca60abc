/** Stage 5, NDJSON: one event a line, with what is derived from its place. Pure. */
import { canonical } from '../core/canonical.ts';
import type { Item } from '../timeline/timeline.ts';

/**
 * Writes events as lines of canonical JSON, each with its newline: the event's own members, and `id`, `seq` (in the
 * whole trace), `session_seq` and `writer`.
 */
export function* ndjson(items: Iterable<Item>): Generator<string> {
  for (const item of items) {
    if (item.kind !== 'event') continue;
    const { id, event, payloadText, seq: place, writer } = item.entry;
    if (payloadText === undefined) {
      yield `${canonical({ ...event, id, seq: item.seq, session_seq: place, writer })}\n`;
      continue;
    }
    const { session, ts, type } = event;
    const assigned = event.assigned === undefined ? '' : `"assigned":${JSON.stringify(event.assigned)},`;
    yield `{${assigned}"id":"${id}","payload":${payloadText},"seq":${item.seq},"session":"${session}","session_seq":${place},"ts":"${ts}","type":"${type}","writer":"${writer}"}\n`;
  }
}
