/** The diff that the example extension makes: git turns the text before into the text after with it, and the counts are the diff's. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

interface Edit {
  additions: number;
  deletions: number;
  diff_snippet: string;
  status: string;
  truncated?: true;
}

// plain JavaScript, whose function is named here
const { editOf } = (await import(fileURLToPath(new URL('../../examples/vscode/edit.mjs', import.meta.url)))) as {
  editOf(path: string, before: string | null, after: string): Edit | undefined;
};

/** Few words, so that texts have lines in common; some end without a newline, some have \r. */
const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd\r', ''), { maxLength: 30 }), fc.boolean())
  .map(([lines, isWhole]) => lines.join('\n') + (isWhole && lines.length > 0 ? '\n' : ''));

test('git makes the text after of the text before', () => {
  const repository = TestRepository.create();
  const property = fc.property(fc.option(text), text, (before, after) => {
    const edit = editOf('a b.txt', before, after);
    expect(edit === undefined).toBe(before === after);
    const { diff_snippet: diff = '', additions, deletions } = edit ?? {};
    if (diff === '') {
      expect([before ?? '', after]).toEqual([after, before ?? '']);
      return;
    }
    if (before === null) repository.run('rm', ['-f', 'a b.txt']);
    else repository.writeFile('a b.txt', before);
    repository.gitWith({ input: diff }, 'apply', '--whitespace=nowarn');
    expect(repository.exists('a b.txt') ? repository.readFile('a b.txt') : '').toBe(after);
    expect([additions, deletions]).toEqual(['+', '-'].map((mark) => diff.split('\n').filter((line) => line[0] === mark).length - 1));
  });
  fc.assert(property, { numRuns: 100 });
});

test('no more lines change than must', () => {
  expect(editOf('x', 'a\nb\nc\nd\ne\n', 'a\nB\nc\nD\ne\n')).toMatchObject({ additions: 2, deletions: 2 });
  expect(editOf('x', `${'same\n'.repeat(20)}z\n`, `first\n${'same\n'.repeat(20)}Z\n`)?.diff_snippet.match(/^@@ .* @@$/gm)).toEqual([
    '@@ -1,3 +1,4 @@',
    '@@ -18,4 +19,4 @@',
  ]);
});

test('what is long is cut at a line, and what is very long compared quickly', () => {
  const numbers = (from: number): string => Array.from({ length: 40_000 }, (_, i) => `${from + i}\n`).join('');
  const edit = editOf('x', numbers(0), numbers(50_000));
  expect(edit).toMatchObject({ truncated: true, additions: 40_000, deletions: 40_000 });
  expect(edit?.diff_snippet.length).toBeLessThanOrEqual(16_000);
  expect(edit?.diff_snippet.endsWith('\n')).toBe(true);
});
