/** Keys, whatever a terminal sends: the pieces in which bytes come say nothing, and no byte is more than one key. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScreenInput } from '../../src/core/screen.ts';
import { KeyDecoder } from '../../src/replay/keys.ts';

const sequences = fc.constantFrom(
  '\u001b',
  '\u001b[',
  '\u001b[A',
  '\u001bO',
  '\u001b[1;5C',
  '\u001b[<0;3;4M',
  '\u001b[<64;3;4M',
  '\u001b[200~',
  '\u001b[201~',
  '\u001b]0;x\u0007',
  '\u001bP',
  '\u001b\\',
  '\u001b[M',
  '\u001b[[',
);
const bytes = fc
  .array(fc.oneof(sequences, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join('')));

function decode(pieces: readonly Uint8Array[]): ScreenInput[] {
  const decoder = new KeyDecoder();
  return [...pieces.flatMap((piece) => decoder.take(piece)), ...decoder.settle()];
}

test('the pieces in which bytes come change nothing', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat({ max: 40 }), { maxLength: 8 }), (all, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
      const pieces = places.slice(1).map((to, i) => all.subarray(places[i], to));
      expect(decode(pieces)).toEqual(decode([all]));
    }),
  );
});

test('any bytes are read, and every input says what it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (all) => {
      const inputs = decode([all]);
      expect(inputs.length).toBeLessThanOrEqual(all.length);
      for (const input of inputs) {
        if (input.kind === 'key') {
          expect(input.name).not.toBe('');
          expect(input.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
        if (input.kind === 'mouse') expect(Math.min(input.column, input.row)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
