/** Laws of canonical JSON: one value has one text, and that text says the value again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, fitsCanonically } from '../../src/core/canonical.ts';

const text = fc.string({ unit: 'binary' });
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    // keys that look like indexes, which engines put first
    fc.dictionary(fc.oneof(text, fc.integer({ min: -2, max: 20 }).map(String)), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

/** The same value with the members of every object put in another order. */
function shuffled(of: unknown, turn: number): unknown {
  if (Array.isArray(of)) return of.map((item) => shuffled(item, turn));
  if (typeof of !== 'object' || of === null) return of;
  const entries = Object.entries(of).map(([key, item]) => [key, shuffled(item, turn)] as const);
  const at = entries.length === 0 ? 0 : turn % entries.length;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].reverse());
}

/** Keys in the order in which they stand in a JSON text, of every object in it. */
function keyLists(json: string): string[][] {
  const lists: string[][] = [];
  JSON.parse(json, (_, found: unknown) => {
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) lists.push(Object.keys(found));
    return found;
  });
  return lists;
}

test('canonical(parse(canonical(x))) is canonical(x), and parses to x', () => {
  fc.assert(
    fc.property(value, (x) => {
      const json = canonical(x);
      const again: unknown = JSON.parse(json);
      expect(canonical(again)).toBe(json);
      // -0 is 0 in JSON
      expect(again).toEqual(JSON.parse(JSON.stringify(x)));
    }),
    { numRuns: 500 },
  );
});

test('the order in which members were put in does not matter', () => {
  fc.assert(fc.property(value, fc.nat(10), (x, turn) => canonical(shuffled(x, turn)) === canonical(x)));
});

test('members stand in the order of their UTF-16 code units', () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 8 }), (keys) => {
      const json = canonical(Object.fromEntries(keys.map((key) => [`k${key}`, 1])));
      const [found = []] = keyLists(json);
      const byUnit = (a: string, b: string): number => {
        for (let i = 0; ; i++) {
          const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
          if (Number.isNaN(x) || Number.isNaN(y)) return a.length - b.length;
          if (x !== y) return x - y;
        }
      };
      expect(found).toEqual(keys.map((key) => `k${key}`).sort(byUnit));
    }),
  );
});

test('what has a lone surrogate anywhere is refused', () => {
  const lone = fc
    .tuple(text, fc.integer({ min: 0xd800, max: 0xdfff }), text)
    .map(([a, unit, b]) => `${a}${String.fromCharCode(unit)}-${b}`);
  fc.assert(
    fc.property(lone, value, (bad, x) => {
      // a low unit behind a high one makes a pair: then it is well-formed
      fc.pre(!bad.isWellFormed());
      expect(() => canonical([x, bad])).toThrow('lone surrogate');
      expect(() => canonical([x, { [bad]: x }])).toThrow('lone surrogate');
    }),
  );
});

test('what surely fits has a canonical form of at most so many bytes', () => {
  const any = fc.oneof(value, fc.anything({ withNullPrototype: true, withSparseArray: true }), fc.constantFrom('\ud800', { '\udc00': 1 }));
  // what takes the most room: escapes, three bytes for a unit, long numbers
  const wide = fc.array(
    fc.oneof(fc.constantFrom('\u0001'.repeat(9), '€'.repeat(9), -1.7976931348623157e308, [], {}, null, false), fc.double()),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        any,
        wide,
        wide.map((items) => ({ items, '\u0002\u0003': 1 })),
      ),
      (one) => {
        let size: number | undefined;
        try {
          size = Buffer.byteLength(canonical(one));
        } catch {
          // it cannot be said at all, in however many bytes
        }
        expect(fitsCanonically(one, size === undefined ? 1_000_000 : size - 1)).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
  // worth asking: what is far below the limit is known to be
  fc.assert(
    fc.property(value, (one) => {
      expect(fitsCanonically(one, 8 * Buffer.byteLength(canonical(one)) + 200)).toBe(true);
    }),
  );
});

test('nesting that cannot be said never fits', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 201; i++) deep = i % 2 === 0 ? [deep] : { deep };
  expect(() => canonical(deep)).toThrow('nested');
  expect(fitsCanonically(deep, 1_000_000)).toBe(false);
});
