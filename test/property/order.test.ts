import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';

/** Few times, sessions and payloads, so that ties, repeats and clocks that jump back are the rule. */
const lineIn = (session: string) =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.record({ at: fc.integer({ min: 0, max: 6 }), n: fc.integer({ min: 0, max: 3 }), kept: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant('garbage') },
      { weight: 1, arbitrary: fc.constant(`{"erased":"${'a'.repeat(64)}"}`) },
    )
    .map((said) =>
      typeof said === 'string'
        ? said
        : lineOf(session, said.at * 1000, 'x', { n: said.n }, said.kept ? {} : { assigned: ['session', 'ts'] }),
    );

const partsArbitrary = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('00112233445566aa', '00112233445566bb')), {
    selector: (key) => key.join('/'),
    maxLength: 6,
  })
  .chain((keys) =>
    fc.tuple(
      ...keys.map(([session, writer]) =>
        fc.array(lineIn(session), { maxLength: 12 }).map((lines): SessionPart => ({ session, writer, lines, firstSeq: 1 })),
      ),
    ),
  );

const keyOf = (e: { writer: string; event: { session: string }; seq: number }) => `${e.writer}/${e.event.session}/${e.seq}`;

describe('the order of a trace', () => {
  it('is the same for any order of the parts, and for parts given twice or in an older version', () => {
    fc.assert(
      fc.property(
        partsArbitrary.chain((parts) =>
          fc.tuple(
            fc.constant(parts),
            fc.shuffledSubarray([...parts, ...parts.map((part) => ({ ...part, lines: part.lines.slice(0, part.lines.length >> 1) }))], {
              minLength: parts.length * 2,
            }),
          ),
        ),
        ([parts, shuffled]) => {
          const expected = mergeSessions(parts, sha256);
          expect(mergeSessions([...shuffled, ...parts], sha256)).toEqual(expected);
        },
      ),
    );
  });

  it('loses no event and repeats none', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const { entries } = mergeSessions(parts, sha256);
        const ids = entries.map((entry) => entry.id);
        expect(new Set(ids).size).toBe(ids.length);
        const said = new Set(parts.flatMap((part) => mergeSessions([part], sha256).entries.map((entry) => entry.id)));
        expect(new Set(ids)).toEqual(said);
      }),
    );
  });

  it('respects the position inside each part, however clocks jump', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const { entries } = mergeSessions(parts, sha256);
        const last = new Map<string, number>();
        for (const entry of entries) {
          const path = `${entry.writer}/${entry.event.session}`;
          expect(entry.seq).toBeGreaterThan(last.get(path) ?? 0);
          last.set(path, entry.seq);
        }
      }),
    );
  });

  it('is one order: two events that stand in two traces stand the same way round in both', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const whole = mergeSessions(parts, sha256).entries.map(keyOf);
        const place = new Map(whole.map((key, i) => [key, i]));
        for (let drop = 0; drop < parts.length; drop++) {
          const fewer = mergeSessions(
            parts.filter((_, i) => i !== drop),
            sha256,
          ).entries.flatMap((entry) => place.get(keyOf(entry)) ?? []);
          expect(fewer).toEqual([...fewer].sort((a, b) => a - b));
        }
      }),
    );
  });
});
