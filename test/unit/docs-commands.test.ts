/** The documentation speaks only of commands and options that exist, and of files and headings that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMON } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join(folder, path));

const PAGES = ['README.md', 'CONTRIBUTING.md', ...below('docs'), ...below('examples')];
const pages = PAGES.map((path) => ({ path, text: readFileSync(path, 'utf8') }));

test('every command that is quoted exists, with its options', async () => {
  const unknown: string[] = [];
  let seen = 0;
  for (const { path, text } of pages) {
    // `git trace …` in quotes, and what is typed in a terminal
    for (const [, line = ''] of text.matchAll(/(?:[`'"]|^\$ |\| |&& )git trace ([^`'"\n|]*)/gm)) {
      const [name = '', ...words] = line.trim().split(/\s+/);
      if (name.startsWith('-') || name === '' || name.startsWith('<')) continue;
      seen++;
      const command = await COMMANDS[name]?.load();
      const options = { ...command?.options, ...COMMON };
      const own = command?.arguments.rest ? [] : words.filter((word) => /^--[a-z]/.test(word));
      if (command === undefined || own.some((word) => !(word.slice(2) in options))) unknown.push(`${path}: git trace ${line}`);
    }
  }
  expect(seen).toBeGreaterThan(50);
  expect(unknown).toEqual([]);
});

test('every link leads to a file that is there, and to a heading that it has', () => {
  const broken: string[] = [];
  for (const { path, text } of pages) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', heading] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      if (!existsSync(to)) broken.push(`${path}: ${target}`);
      else if (heading !== undefined && !anchors(readFileSync(to, 'utf8')).includes(heading)) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

/** The anchors of a page's headings, as git hosts make them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
