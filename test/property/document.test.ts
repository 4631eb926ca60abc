/** Law: the same events say the same bytes, in every clone, however they arrived there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { documentJson, foldHead, traceDocument } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';

const payload = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
  fc.record({
    status: fc.constantFrom('completed', 'merged', 'x'),
    pr_id: fc.constantFrom('o/r#1', 'x'),
    file: fc.string(),
    developer: fc.record({ user_id: fc.string() }),
  }),
);
const said = fc.record({
  at: fc.integer({ min: 0, max: 100_000 }),
  type: fc.constantFrom('session_started', 'session_ended', 'commit', 'edit', 'pr_linked', 'pr_updated', 'later'),
  payload,
});
const wellFormed = (value: unknown): boolean => JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value));

const parts = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('00112233445566aa', '00112233445566bb')), {
    selector: (path) => path.join('/'),
    maxLength: 5,
  })
  .chain((paths) =>
    fc.tuple(
      ...paths.map(([session, writer]) =>
        fc.array(said, { maxLength: 8 }).map((events): SessionPart => {
          const lines = events
            .filter((event) => wellFormed(event.payload))
            .map((event) => lineOf(session, event.at, event.type, event.payload));
          return { session, writer, lines, firstSeq: 1 };
        }),
      ),
    ),
  );
const jsonOf = (given: readonly SessionPart[]): string => {
  const ordered = mergeSessions(given, sha256);
  return [...documentJson(foldHead('42', ordered, sha256), timelineOf(ordered))].join('');
};

describe('the document', () => {
  it('has the same bytes in whatever order the sessions come, and however often', () => {
    fc.assert(
      fc.property(
        parts.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray([...given, ...given], { minLength: given.length * 2 }))),
        ([given, shuffled]) => {
          expect(jsonOf(shuffled)).toBe(jsonOf(given));
        },
      ),
    );
  });

  it('is written as it is folded', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const folded = traceDocument('42', mergeSessions(given, sha256), sha256);
        expect(JSON.parse(jsonOf(given))).toEqual(JSON.parse(JSON.stringify(folded)));
      }),
    );
  });
});
