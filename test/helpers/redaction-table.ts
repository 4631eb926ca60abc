/** How often redaction is right, over the corpus that the tests use, as the tables of docs/redaction.md. */
import { makeRedactor } from '../../src/core/redact.ts';
import { BENIGN_KINDS } from './benign.ts';
import { seeded } from './chance.ts';
import { isLeft, plantSecrets } from './secrets.ts';

/** One kind of text: how many there were, and in how many something was (a secret left, or taken for one). */
export interface Row {
  readonly kind: string;
  readonly all: number;
  readonly wrong: number;
}

export interface Tables {
  readonly secrets: readonly Row[];
  readonly harmless: readonly Row[];
  /** Share of the secrets that were found. */
  readonly recall: number;
  /** Share of the harmless texts that were taken for a secret. */
  readonly falseHits: number;
}

/** Measures twenty secrets of each kind in each of its places, and a hundred harmless texts of each kind. */
export function measureRedaction(): Tables {
  const redactor = makeRedactor();
  const planted = plantSecrets(seeded(1), 20);
  const secrets = tallied(planted.map(({ kind, secret, text }) => [kind, isLeft(secret, redactor.text(text).text)]));
  const chance = seeded(2);
  const harmless = tallied(
    BENIGN_KINDS.flatMap(({ name, make }) =>
      Array.from({ length: 100 }, (): [string, boolean] => [name, redactor.text(make(chance)).kinds.length > 0]),
    ),
  );
  return { secrets, harmless, recall: 1 - share(secrets), falseHits: share(harmless) };
}

/** The tables in Markdown. */
export function redactionTables({ secrets, harmless, recall, falseHits }: Tables): string {
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const rows = (all: readonly Row[], count: (row: Row) => number): string =>
    all.map((row) => `| ${row.kind} | ${count(row)} of ${row.all} |`).join('\n');
  return [
    `Of ${sum(secrets)} secrets of ${secrets.length} kinds, each in every place where it may stand, ${percent(recall)} were found:`,
    '',
    '| kind of secret | found |',
    '|---|---|',
    rows(secrets, ({ all, wrong }) => all - wrong),
    '',
    `Of ${sum(harmless)} harmless texts of ${harmless.length} kinds, ${percent(falseHits)} were taken for a secret:`,
    '',
    '| harmless | taken for a secret |',
    '|---|---|',
    rows(harmless, ({ wrong }) => wrong),
  ].join('\n');
}

function tallied(seen: readonly (readonly [kind: string, isWrong: boolean])[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const [kind, isWrong] of seen) {
    const { all, wrong } = rows.get(kind) ?? { all: 0, wrong: 0 };
    rows.set(kind, { kind, all: all + 1, wrong: wrong + (isWrong ? 1 : 0) });
  }
  return [...rows.values()];
}

function sum(rows: readonly Row[]): number {
  return rows.reduce((total, { all }) => total + all, 0);
}

function share(rows: readonly Row[]): number {
  return rows.reduce((total, { wrong }) => total + wrong, 0) / sum(rows);
}
