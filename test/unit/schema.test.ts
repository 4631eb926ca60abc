/** The JSON Schema that is shipped is the one that the zod schemas say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lineJsonSchema } from '../../src/core/event.schema.ts';
import { policyJsonSchema } from '../../src/core/policy.schema.ts';

test('schema/line.schema.json is fresh (mend it with: npm run schema)', () => {
  expect(readFileSync('schema/line.schema.json', 'utf8')).toBe(`${JSON.stringify(lineJsonSchema(), null, 2)}\n`);
});

test('schema/policy.schema.json is what src/core/policy.schema.ts says', () => {
  expect(JSON.parse(readFileSync('schema/policy.schema.json', 'utf8'))).toEqual(policyJsonSchema());
});
