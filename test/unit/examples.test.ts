/** Every `@example` in a doc comment is true: `expression // value` is run with the exports of its module. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Folders whose modules act on nothing when they are loaded. */
const FOLDERS = ['core', 'spool', 'journal', 'sync', 'replay', 'capture', 'serve'];

interface Example {
  readonly module: string;
  /** Statements that the expression needs. */
  readonly before: string;
  readonly expression: string;
  readonly value: string;
}

const examples: Example[] = FOLDERS.flatMap((folder) =>
  readdirSync(join('src', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => examplesOf(join('src', folder, name))),
);

function examplesOf(module: string): Example[] {
  const found: Example[] = [];
  for (const [, comment = ''] of readFileSync(module, 'utf8').matchAll(/^\/\*\*\n((?: \*.*\n)+?) \*\/$/gm)) {
    const [, block = ''] = /@example\n([\s\S]*?)(?= \* @|$)/.exec(comment) ?? [];
    let before = '';
    for (const [, line = ''] of block.matchAll(/^ \* (.+)$/gm)) {
      const [, expression, value] = /^(\S.*?) \/\/ (.+)$/.exec(line) ?? [];
      if (expression === undefined || value === undefined) before += `${line}\n`;
      else found.push({ module, before, expression, value });
    }
  }
  return found;
}

test('examples are found', () => {
  expect(examples.length).toBeGreaterThan(20);
});

test.each(examples)('$module: $expression', async ({ module, before, expression, value }) => {
  const scope: Record<string, unknown> = { Buffer, createHash, ...(await import(resolve(module))) };
  const run = (code: string): unknown => new Function(...Object.keys(scope), `${before} return (${code});`)(...Object.values(scope));
  expect(run(expression)).toEqual(run(value));
});
