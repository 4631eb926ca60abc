/** The scanner agrees with a naive reference, and the error finder with JSON.parse. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonError } from '../../src/core/json-error.ts';
import { type ScanFault, scanJson } from '../../src/core/json-scan.ts';

/** A JSON value as it is written: members may repeat, numbers are digits. */
type Written = { scalar: string } | { list: Written[] } | { members: [key: string, spelling: string, value: Written][] };

const spellings = (key: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    JSON.stringify(key),
    `"${Array.from({ length: key.length }, (_, i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`,
  );
const key = fc.constantFrom('a', 'b', '', '"', '\\', '__proto__', '\u00e9', '\u{1f600}', 'a"\\');
const space = fc.constantFrom('', '', ' ', '\n\t');
const digits = fc.constantFrom(
  '0',
  '-1',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '123456789012345678901',
  '1.5',
  '1e999',
);
const scalar = fc.oneof(
  fc.constantFrom('true', 'false', 'null', '"{\\"a\\":1,\\"a\\":2}"', '"\\\\"', '""'),
  digits,
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
);
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    scalar.map((text) => ({ scalar: text })),
    fc.array(tie('written'), { maxLength: 4 }).map((list) => ({ list })),
    fc
      .array(
        key.chain((name) => fc.tuple(fc.constant(name), spellings(name), tie('written'))),
        { maxLength: 4 },
      )
      .map((members) => ({ members })),
  ),
}));

function render(value: Written, s: string): string {
  if ('scalar' in value) return s + value.scalar + s;
  if ('list' in value) return `${s}[${s}${value.list.map((item) => render(item, s)).join(',')}]${s}`;
  return `${s}{${s}${value.members.map(([, spelling, item]) => `${s}${spelling}${s}:${render(item, s)}`).join(',')}}${s}`;
}

/** All faults, in the order of the text. */
function faultsOf(value: Written, path: (string | number)[]): ScanFault[] {
  if ('scalar' in value) {
    const isRounded = /^-?[0-9]+$/.test(value.scalar) && !Number.isSafeInteger(Number(value.scalar));
    if (!isRounded) return [];
    return [{ path, reason: `the number ${value.scalar} is beyond 2^53 and would be rounded; send it as a text` }];
  }
  if ('list' in value) return value.list.flatMap((item, i) => faultsOf(item, [...path, i]));
  const seen = new Set<string>();
  return value.members.flatMap(([name, , item]) => {
    const again = seen.has(name) ? [{ path: [...path, name], reason: `the key ${JSON.stringify(name)} occurs twice` }] : [];
    seen.add(name);
    return [...again, ...faultsOf(item, [...path, name])];
  });
}

test('scanJson finds what a naive walk finds, the first in each place', () => {
  fc.assert(
    fc.property(written, space, (value, s) => {
      const text = render(value, s);
      JSON.parse(text); // it is JSON, or the test is wrong
      const wanted: ScanFault[] = [];
      for (const fault of faultsOf(value, [])) {
        const before = wanted.at(-1)?.path;
        const same = before !== undefined && before[0] === fault.path[0] && before[1] === fault.path[1];
        if (!same) wanted.push({ ...fault, path: fault.path.slice(0, 8) });
      }
      expect(scanJson(text)).toEqual(wanted);
    }),
    { numRuns: 2_000 },
  );
});

test('findJsonError finds a mistake where JSON.parse does, and only there', () => {
  const damage = fc.tuple(
    fc.nat(200),
    fc.nat(3),
    fc.constantFrom('', ',', '}', ']', '"', '{', '[', ':', '\\', '0', '-', 'x', '\n', '\u00a0', 'null'),
  );
  fc.assert(
    fc.property(written, space, damage, (value, s, [where, cut, put]) => {
      const whole = render(value, s);
      const at = where % (whole.length + 1);
      const text = whole.slice(0, at) + put + whole.slice(at + cut);
      const found = findJsonError(text);
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      expect(found === undefined).toBe(parses);
      if (found === undefined) return;
      // what stands before the mistake is well: cut there, the text is whole or merely too short
      expect(findJsonError(text.slice(0, found.at))?.at ?? found.at).toBe(found.at);
    }),
    { numRuns: 5_000 },
  );
});
