import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPolicyFile } from '../../src/core/policy.schema.ts';
import { makePolicy } from '../../src/core/policy.ts';

it('docs/policy.md shows a policy that holds, and its defaults', () => {
  const text = readFileSync('docs/policy.md', 'utf8');
  const shown = readPolicyFile(JSON.parse(/```json policy\n([\s\S]*?)```/.exec(text)?.[1] ?? ''));
  if (typeof shown === 'string') throw new Error(shown);
  const none = { flag: () => undefined, getAll: () => [] };
  expect(makePolicy(shown, none).caps).toEqual(makePolicy({}, none).caps);
  expect(makePolicy(shown, none).capture.navigation).toBe(false);
});
