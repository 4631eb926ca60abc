/** How many of the secrets that people have are found, and how many harmless texts are taken for one. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seeded } from '../helpers/chance.ts';
import { measureRedaction, redactionTables } from '../helpers/redaction-table.ts';
import { isLeft, plantSecrets } from '../helpers/secrets.ts';

const measured = measureRedaction();
const wrong = (rows: typeof measured.secrets): string[] =>
  rows.flatMap((row) => (row.wrong === 0 ? [] : [`${row.kind}: ${row.wrong} of ${row.all}`]));

test('recall is at least 99.5 %', () => {
  expect(measured.secrets.length).toBeGreaterThanOrEqual(45);
  expect(measured.recall, `missed:\n${wrong(measured.secrets).join('\n')}`).toBeGreaterThanOrEqual(0.995);
});

test('harmless texts are left alone in at least 99 %', () => {
  expect(measured.harmless.length).toBeGreaterThanOrEqual(27);
  expect(measured.falseHits, `taken for a secret:\n${wrong(measured.harmless).join('\n')}`).toBeLessThanOrEqual(0.01);
});

test('a corpus is only as good as its measure: without rules nothing is found', () => {
  const planted = plantSecrets(seeded(3), 1);
  expect(planted.every(({ secret, text }) => isLeft(secret, text))).toBe(true);
});

test("the tables of docs/redaction.md are those of today; 'npm run redaction' writes them", () => {
  expect(readFileSync('docs/redaction.md', 'utf8')).toContain(`<!-- tables -->\n\n${redactionTables(measured)}\n\n<!-- end of tables -->`);
});
