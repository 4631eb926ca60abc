/** The question whether a payload fits says yes only where zod does, and to every well-formed one; what is refused is refused in zod's words. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { payloadFault, payloadSchemas } from '../../src/core/event.schema.ts';
import { fitsOf } from '../../src/core/fits.schema.ts';
import { allowedBy, type JsonSchema, nearlyAllowedBy } from '../helpers/schema-arbitrary.ts';

const find = (): JsonSchema => {
  throw new Error('no schema of a payload refers to another');
};
/** Values that are no JSON, or that JSON.parse makes of odd texts. */
const HOSTILE: readonly unknown[] = [
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0,
  2 ** 53,
  '',
  [],
  new Array(3),
  {},
  Object.create(null),
  new Date(0),
  () => 1,
  1n,
  JSON.parse('{"__proto__":{"text":"x"},"constructor":1,"toString":null}'),
];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.anything({ withBigInt: true, withSparseArray: true, withNullPrototype: true }));

describe.each(Object.entries(payloadSchemas))('%s', (type, schema) => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  const known = json as JsonSchema; // as zod writes it
  const fits = fitsOf(schema);
  const members = Object.keys(known.properties ?? {});
  const agrees = (value: unknown): void => {
    const isWell = z.safeParse(schema, value).success;
    if (fits(value)) expect(isWell).toBe(true);
    expect(payloadFault(type, value) === undefined).toBe(isWell);
  };

  test('what is well formed fits', () => {
    fc.assert(
      fc.property(allowedBy(known, find), (value) => {
        agrees(value);
        expect(fits(value)).toBe(z.safeParse(schema, value).success);
      }),
    );
  });

  test('what is nearly so, or nothing of the kind, is judged as zod judges it', () => {
    fc.assert(fc.property(fc.oneof(nearlyAllowedBy(known, find), hostile), agrees));
    const withOne = fc
      .tuple(allowedBy(known, find), fc.constantFrom(...members), hostile)
      .map(([value, name, instead]) => ({ ...(value as object), [name]: instead })); // payloads are objects
    fc.assert(fc.property(withOne, agrees));
  });
});

test.each([
  ['a text that is changed as it is read', z.string().check(z.trim())],
  ['a rule of its own', z.string().check(z.refine((text) => text === 'x'))],
  ['a rule for a list', z.array(z.string()).check(z.minLength(2))],
  ['members that must not be there', z.strictObject({ a: z.string() })],
  ['members of one type', z.catchall(z.object({ a: z.string() }), z.string())],
  ['a text of a shape that is not known', z.email()],
  ['a number above another', z.number().check(z.gt(1))],
  ['a type that is not known', z.date()],
])('%s is left to zod', (_, schema) => {
  const fits = fitsOf(schema);
  for (const value of ['x', ['x'], { a: 'x' }, 'a@example.com', 2, new Date(0), undefined, null]) expect(fits(value)).toBe(false);
});
