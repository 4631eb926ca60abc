/** Which words occur in a text: what the automaton tells is what a search for each word would. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Probes } from '../../src/core/redaction/probes.ts';
import { LONG_RUN } from '../../src/core/redaction/rule.ts';

/** Few letters, so that words begin and end in one another. */
const letters = fc.constantFrom('a', 'b', 'A', '_', ' ', '7', 'é', '\n');
const word = fc.string({ unit: fc.constantFrom('a', 'b', '_', '7'), minLength: 1, maxLength: 5 });
const words = fc.array(fc.array(fc.oneof(word, fc.constant(LONG_RUN)), { maxLength: 3 }), { maxLength: 6 });
/** As long as a run must be, about, and most without a digit. */
const run = fc.tuple(fc.integer({ min: 22, max: 26 }), fc.constantFrom('', '', '7')).map(([length, digit]) => digit.padStart(length, 'a'));
const text = fc.oneof(
  fc.array(run, { maxLength: 5 }).map((runs) => runs.join(' ')),
  fc.string({ unit: letters, maxLength: 60 }),
  fc
    .array(fc.oneof(fc.string({ unit: fc.constantFrom('a', 'B', '7', '/'), minLength: 20, maxLength: 60 }), letters), { maxLength: 6 })
    .map((parts) => parts.join('')),
);

test('they are the words that a search finds', () => {
  fc.assert(
    fc.property(words, text, text, (sought, one, other) => {
      const probes = new Probes(sought);
      // the table is filled by the first text
      for (const said of [one, other]) {
        const hasRun = (said.match(/[A-Za-z0-9+/_-]{24,}/g) ?? []).some((run) => /[0-9]/.test(run));
        const occurs = (probe: string): boolean => (probe === LONG_RUN ? hasRun : said.toLowerCase().includes(probe));
        const expected = [...sought.keys()].filter((i) => sought[i]?.length === 0 || sought[i]?.some(occurs));
        expect(probes.find(said)).toEqual(expected);
      }
    }),
    { numRuns: 1_000 },
  );
});
