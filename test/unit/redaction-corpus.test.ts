/** How many of the secrets that people have are found, and how many harmless texts are taken for one: as a table. */
import { expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';
import { BENIGN_KINDS } from '../helpers/benign.ts';
import { seeded } from '../helpers/chance.ts';
import { isLeft, plantSecrets, SECRET_KINDS } from '../helpers/secrets.ts';

const redactor = makeRedactor();

/** The share of what counts, by kind; printed when it is not whole. */
function tally(rows: readonly (readonly [kind: string, counts: boolean])[]): { share: number; table: string } {
  const kinds = new Map<string, { all: number; counted: number }>();
  for (const [kind, counts] of rows) {
    const known = kinds.get(kind) ?? { all: 0, counted: 0 };
    kinds.set(kind, { all: known.all + 1, counted: known.counted + (counts ? 1 : 0) });
  }
  const table = [...kinds].map(([kind, { all, counted }]) => `${kind.padEnd(64)} ${counted} of ${all}`).join('\n');
  return { share: rows.filter(([, counts]) => counts).length / rows.length, table };
}

test('recall is at least 99.5 %', () => {
  expect(SECRET_KINDS.length).toBeGreaterThanOrEqual(45);
  const planted = plantSecrets(seeded(1), 20);
  const { share, table } = tally(
    planted.map(({ kind, context, secret, text }) => [`${kind} | ${context}`, !isLeft(secret, redactor.text(text).text)]),
  );
  const missed = table.split('\n').filter((line) => !/ (\d+) of \1$/.test(line));
  expect(share, `missed:\n${missed.join('\n')}`).toBeGreaterThanOrEqual(0.995);
});

test('a corpus is only as good as its measure: without rules nothing is found', () => {
  const planted = plantSecrets(seeded(3), 1);
  expect(planted.every(({ secret, text }) => isLeft(secret, text))).toBe(true);
});

test('harmless texts are left alone in at least 99 %', () => {
  expect(BENIGN_KINDS.length).toBeGreaterThanOrEqual(27);
  const chance = seeded(2);
  const { share, table } = tally(
    BENIGN_KINDS.flatMap(({ name, make }) =>
      Array.from({ length: 100 }, (): [string, boolean] => [name, redactor.text(make(chance)).kinds.length > 0]),
    ),
  );
  const hit = table.split('\n').filter((line) => !/ 0 of /.test(line));
  expect(share, `taken for a secret:\n${hit.join('\n')}`).toBeLessThanOrEqual(0.01);
});
