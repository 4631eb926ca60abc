/** Ids by the million: what is taken in is found, and nothing else is; the bytes are the same whatever the order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ID_BYTES, SortedIds } from '../../src/journal/sorted-ids.ts';

/** Few first and last bytes, so that ids are near to each other. */
const id = fc
  .tuple(fc.constantFrom('00', '01', '7f', '80', 'ff'), fc.constantFrom('00', '01', 'fe', 'ff'))
  .map(([first, last]) => first + '5a'.repeat(ID_BYTES - 2) + last);
const batches = fc.array(fc.array(id, { maxLength: 12 }), { maxLength: 5 });

it('holds exactly what was taken in, however it was', () => {
  fc.assert(
    fc.property(batches, id, (taken, other) => {
      const expected = new Set<string>();
      let ids = new SortedIds(Buffer.alloc(0));
      for (const batch of taken) {
        const added = new Set(batch.filter((one) => !expected.has(one)));
        ids = ids.with(added);
        for (const one of added) expected.add(one);
      }
      expect(ids.size).toBe(expected.size);
      for (const one of [...expected, other]) expect(ids.has(one)).toBe(expected.has(one));
      expect(ids.bytes.toString('hex')).toBe([...expected].sort().join(''));
    }),
  );
});
