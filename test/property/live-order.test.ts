/** A trace that grows says at every step what all of it says at once, and tells its reader of each difference. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemHashes } from '../../src/adapters/system.ts';
import { formatLine } from '../../src/core/line.ts';
import { mergeSessions, readEntry, type SessionPart } from '../../src/core/order.ts';
import { type LiveChange, LiveOrder } from '../../src/timeline/live-order.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';

const { sha256 } = systemHashes;

interface Session {
  readonly writer: string;
  readonly session: string;
  readonly lines: readonly string[];
}

const EPOCH = Date.UTC(2026, 0, 1);

/** A line: mostly an event, whose clock may jump; sometimes one that another session has too, or none. */
const line = (session: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ at: fc.nat({ max: 40 }), n: fc.nat({ max: 1_000 }) }).map(({ at, n }) => event(session, at, n)) },
    {
      weight: 1,
      arbitrary: fc
        .nat({ max: 3 })
        .map((n) =>
          formatLine({ assigned: ['session'], payload: { n }, session, ts: new Date(EPOCH + n * 1_000).toISOString(), type: 'x' }),
        ),
    },
    { weight: 1, arbitrary: fc.constantFrom(`{"erased":"${'a'.repeat(64)}"}`, '{"pruned":{}}', 'not a line') },
  );

function event(session: string, at: number, n: number): string {
  return formatLine({ payload: { n }, session, ts: new Date(EPOCH + at * 1_000).toISOString(), type: 'x' });
}

const sessions: fc.Arbitrary<Session[]> = fc.tuple(
  ...['a', 'b', 'c'].map((session, i) =>
    fc.array(line(session), { maxLength: 12 }).map((lines) => ({ writer: `${i % 2}`.repeat(16), session, lines })),
  ),
);

/** What happens next: so many lines of each session come to the journal, or one more of them to the spool. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('flush' as const), counts: fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('spool' as const), which: fc.nat({ max: 2 }) }),
);

function view(items: readonly Item[]): string[] {
  return items.map((item) =>
    item.kind === 'gap' ? `gap ${item.gap.session} ${item.gap.seq}` : `${item.seq} ${item.at} ${item.entry.event.session} ${item.entry.id}`,
  );
}

function partsOf(all: readonly Session[], from: readonly number[], to: readonly number[]): SessionPart[] {
  return all
    .map(({ writer, session, lines }, i) => ({ writer, session, firstSeq: (from[i] ?? 0) + 1, lines: lines.slice(from[i], to[i]) }))
    .filter(({ lines }) => lines.length > 0);
}

test('at every step it is what a merge of all says', () => {
  fc.assert(
    fc.property(sessions, fc.array(step, { maxLength: 14 }), (all, steps) => {
      const order = new LiveOrder(sha256);
      order.begin();
      order.load([]);
      order.end();
      const written = [0, 0, 0];
      const spooled = [0, 0, 0];
      let reader: readonly Item[] = [];
      const follow = ({ added, isRebuilt, from }: LiveChange): void => {
        const before = new Set(view(reader));
        reader = isRebuilt ? [...reader.slice(0, from), ...order.items.slice(from)] : [...reader, ...added];
        if (!isRebuilt) for (const item of view(added)) expect(before).not.toContain(item);
      };
      const previews = (i: number, from: number, to: number) => {
        const { writer = '', session = '', lines = [] } = all[i] ?? {};
        const read = lines.slice(from, to).map((text, n) => readEntry(text, writer, session, from + n + 1, sha256));
        return read.flatMap((entry) => ('id' in entry ? entry : []));
      };
      for (const one of steps) {
        if (one.kind === 'spool') {
          const at = spooled[one.which] ?? 0;
          const [next] = previews(one.which, at, at + 1);
          if (next === undefined || order.has(next.id)) continue;
          spooled[one.which] = at + 1;
          follow(order.addPreviews([next]));
        } else {
          const before = [...written];
          for (const [i, count] of one.counts.entries()) {
            written[i] = Math.min((written[i] ?? 0) + count, all[i]?.lines.length ?? 0);
            spooled[i] = Math.max(spooled[i] ?? 0, written[i] ?? 0);
          }
          const shown = [...order.items];
          order.begin();
          if (!order.addLines(partsOf(all, before, written))) order.load(partsOf(all, [0, 0, 0], written));
          expect(order.items).toEqual(shown);
          const waiting = all.flatMap((_, i) => previews(i, written[i] ?? 0, spooled[i] ?? 0));
          order.addPreviews(waiting.filter(({ id }) => !order.has(id)));
          follow(order.end());
        }
        expect(view(reader)).toEqual(view(order.items));
        // where previews stand among places without an event, and which of two that say the same stays, the flush tells
        const hasPreviews = spooled.some((count, i) => count > (written[i] ?? 0));
        const isOdd = all.some(({ lines }, i) =>
          lines.slice(0, spooled[i]).some((text) => /^(?:not|\{"(?:erased|pruned|assigned))/.test(text)),
        );
        if (hasPreviews && isOdd) continue;
        expect(view(order.items)).toEqual(view(timelineOf(mergeSessions(partsOf(all, [0, 0, 0], spooled), sha256))));
      }
    }),
    { numRuns: 400 },
  );
});

test('what is let go of keeps its place in the count', () => {
  const order = new LiveOrder(sha256);
  const lines = Array.from({ length: 20 }, (_, i) => event('a', i, i));
  order.begin();
  order.load([{ writer: 'w', session: 'a', firstSeq: 1, lines: lines.slice(0, 10) }]);
  order.end();
  order.forget(3);
  expect(order.items).toHaveLength(3);
  order.forget(0);
  expect(order.items).toHaveLength(0);
  order.begin();
  expect(order.addLines([{ writer: 'w', session: 'a', firstSeq: 11, lines: lines.slice(10) }])).toBe(true);
  const { added, isRebuilt } = order.end();
  expect(isRebuilt).toBe(false);
  expect(added.map((item) => item.kind === 'event' && item.seq)).toEqual(Array.from({ length: 10 }, (_, i) => i + 11));
  // what is gone is known all the same
  expect(order.has(sha256(lines[0] ?? ''))).toBe(true);
});
