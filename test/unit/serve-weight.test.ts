/** What a body holds, told from its bytes: as much as its JSON does, and never less, however it is broken. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuseHeavy, valuesIn } from '../../src/serve/weight.ts';

const count = (text: string): number => valuesIn(Buffer.from(text), 1_000_000);

/** Objects, lists, and values behind the first of each, in what was parsed. */
function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  return 1 + Math.max(0, members.length - 1) + members.reduce<number>((sum, member) => sum + valuesOf(member), 0);
}

describe('the weight of a body', () => {
  test.each([
    ['[{"a":"[["},[]]', 4],
    ['"a\\",[["', 0],
    ['"a\\\\",[["', 3],
    ['', 0],
    // a text that was never closed ends with its line
    ['"\n[[', 2],
    ['"\\\n[[', 2],
    ['{"type":"x\n{"type":"y"}\n{', 3],
  ])('%j has %i values', (text, values) => {
    expect(count(text)).toBe(values);
  });

  test('is that of what is parsed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1), (value, indent) => {
        expect(count(JSON.stringify(value, null, indent))).toBe(valuesOf(value));
      }),
    );
  });

  test('is not counted further than it matters', () => {
    expect(valuesIn(Buffer.alloc(8 * 1_048_576, '['), 10)).toBe(11);
    expect(() => refuseHeavy(Buffer.alloc(300_001, '['))).toThrow('more than 300000 values');
    expect(() => refuseHeavy(Buffer.alloc(300_000, '['))).not.toThrow();
  });
});
