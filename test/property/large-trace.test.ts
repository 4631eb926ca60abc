/** A trace that is walked along says what one that is held says: every event, place, count and fault, whatever the filter. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LargeTrace } from '../../src/cli/large-trace.ts';
import { mergeSessions } from '../../src/core/order.ts';
import { segmentPath } from '../../src/core/segment.ts';
import { IdSet } from '../../src/journal/id-set.ts';
import { readRoot } from '../../src/journal/read.ts';
import { Tree } from '../../src/journal/tree.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { countItems } from '../../src/replay/tally.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { MemoryObjects, writeFiles } from '../helpers/memory-objects.ts';

const SAID = { status: 'merged', title: 'Mend it', created_at: null, merged_at: null };
const idOf = (line: string): string =>
  sha256(line.replace(/^\{"assigned":\["session","ts"\],/, '{').replace(/,"session":"[^"]*","ts":"[^"]*"/, ''));
const HOST = lineOf('a', 0, 'pr_updated', SAID, { assigned: ['session', 'ts'] });

const TYPES = ['command', 'test', 'commit', 'pr_updated', 'session_started', 'session_ended', 'pr_linked'] as const;

/** Few times and payloads, so that ties, repeats and clocks that jump back are the rule. */
const lineIn = (session: string) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({
          at: fc.integer({ min: 0, max: 9 }),
          n: fc.integer({ min: 0, max: 4 }),
          type: fc.constantFrom(...TYPES),
          kept: fc.boolean(),
        })
        .map(({ at, n, type, kept }) =>
          lineOf(
            session,
            at * 600_000,
            type,
            type === 'pr_updated' ? SAID : { n, failed: n, head: 'h', base: `b${n}`, status: 'completed' },
            kept ? {} : { assigned: ['session', 'ts'] },
          ),
        ),
    },
    { weight: 1, arbitrary: fc.constantFrom('garbage', '{"pruned":{}}', '{"pruned":{"n":1}}') },
    { weight: 1, arbitrary: fc.constantFrom(`{"erased":"${'a'.repeat(64)}"}`, `{"erased":"${sha256(idOf(HOST))}"}`) },
  );

/** Journals of sessions in segments of a few lines; now and then one that is missing, torn, or there in two versions. */
const files = fc
  .uniqueArray(fc.tuple(fc.constantFrom('00112233445566aa', '00112233445566bb'), fc.constantFrom('a', 'b', 'c')), {
    selector: (key) => key.join('/'),
    maxLength: 5,
  })
  .chain((keys) =>
    fc.tuple(
      ...keys.map(([writer, session]) =>
        fc
          .array(fc.record({ lines: fc.array(lineIn(session), { maxLength: 5 }), odd: fc.integer({ min: 0, max: 40 }) }), { maxLength: 4 })
          .map((segments) => {
            const found: [string, string][] = [];
            let seq = 1;
            for (const [ordinal, { lines, odd }] of segments.entries()) {
              const path = segmentPath(writer, session, seq, ordinal);
              const text = lines.map((line) => `${line}\n`).join('');
              seq += lines.length;
              if (odd === 0) found.push([path, `${text}{"torn`]);
              else if (odd === 1)
                found.push([path.replace('.ndjson', '.1.ndjson'), text], [path, lines[0] === undefined ? '' : `${lines[0]}\n`]);
              else if (odd !== 2) found.push([path, text]);
            }
            return found;
          }),
      ),
    ),
  )
  .map((sessions) => new Map<string, string>([['format', '1\n'], ...sessions.flat()]));

const filters = fc.record(
  {
    limit: fc.integer({ min: 0, max: 6 }),
    types: fc.subarray([...TYPES]),
    sessions: fc.subarray(['a', 'b']),
    since: fc.integer({ min: 0, max: 4 }).map((at) => at * 600_000),
    reverse: fc.boolean(),
  },
  { requiredKeys: ['limit'] },
);

it('says the same', async () => {
  let walks = 0;
  await fc.assert(
    fc.asyncProperty(files, filters, async (content, filter) => {
      const objects = new MemoryObjects();
      const root = await Tree.load(objects, await writeFiles(objects, content));
      const { parts, faults } = await readRoot(objects, root);
      const ordered = mergeSessions(parts, sha256);
      const whole = timelineOf(ordered);
      const large = await LargeTrace.of({ sha256 }, '42', { objects, root, tip: undefined, month: undefined }, 0);
      const walked = await large?.walk(filter);
      if (walked === undefined) return; // the small way is taken
      walks++;
      expect(walked.faults).toEqual(faults);
      expect(walked.head()).toEqual(foldHead('42', ordered, sha256));
      expect(walked.head(3_600_000)).toEqual(foldHead('42', ordered, sha256, 3_600_000));
      expect(walked.counts).toEqual(countItems(whole));
      expect(walked.items).toEqual(filterItems(whole, filter));
      const { limit, reverse, ...unlimited } = filter;
      const events: Item[] = [];
      for await (const batch of large?.events(unlimited) ?? []) events.push(...batch);
      expect(events).toEqual(filterItems(whole, unlimited).filter(({ kind }) => kind === 'event'));
    }),
    { numRuns: 400 },
  );
  expect(walks).toBeGreaterThan(100);
});

it('an id is new once', () => {
  const ids = new IdSet();
  const some = Array.from({ length: 5_000 }, (_, i) => sha256(`${i}`));
  expect(some.filter((id) => ids.add(id))).toHaveLength(5_000);
  expect([...some, sha256('more')].filter((id) => ids.add(id))).toEqual([sha256('more')]);
});
