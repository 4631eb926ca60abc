/** What the documentation says about words and packages holds in the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');

test('every word of the glossary occurs in src, in any of its forms', () => {
  const words = [...readFileSync('docs/glossary.md', 'utf8').matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map((found) => found[1] ?? '');
  expect(words.length).toBeGreaterThan(15);
  expect(words.toSorted()).toEqual(words);
  // "tracking ref" is also trackingRef and tracking-ref
  const occurs = (word: string) => new RegExp(`(?<![a-z])${word.replaceAll(' ', '[ -]?')}`, 'i').test(source);
  expect(occurs('flux capacitor')).toBe(false);
  expect(words.filter((word) => !occurs(word))).toEqual([]);
});

test('docs/dependencies.md names every package with its pinned version, and no other', () => {
  const { dependencies = {}, devDependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const wanted = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies }).map(
    ([name, version]) => `${name} ${version}`,
  );
  const told = [...readFileSync('docs/dependencies.md', 'utf8').matchAll(/^\| `(\S+)` \| (\S+) \|/gm)].map(
    (found) => `${found[1]} ${found[2]}`,
  );
  expect(told.toSorted()).toEqual(wanted.toSorted());
});
