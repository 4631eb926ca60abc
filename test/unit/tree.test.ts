/** What must hold of every tracked file: its length, its place, how it opens, and that it names no private place. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDERS = ['adapters', 'capture', 'cli', 'client', 'core', 'journal', 'replay', 'report', 'timeline', 'serve', 'spool', 'sync'];

// the clone may belong to somebody else than who runs the tests, as in a container
const listed = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
});
const paths = listed.split('\0').filter((path) => path !== '');
const texts = new Map<string, string>();
for (const path of paths) {
  try {
    texts.set(path, readFileSync(path, 'utf8'));
  } catch {
    // deleted but not yet committed so, or a link to nowhere
  }
}

const below = (folder: string) => [...texts].filter(([path]) => path.startsWith(folder) && /[.](ts|mjs)$/.test(path));
const lines = (text: string) => text.split('\n').length - 1;

test.each([
  ['src/', 400],
  ['test/', 600],
  ['bench/', 400],
  ['scripts/', 400],
])('files below %s stay under %i lines', (folder, limit) => {
  expect(below(folder).flatMap(([path, text]) => (lines(text) < limit ? [] : [`${path}: ${lines(text)}`]))).toEqual([]);
});

test('src holds the folders of docs/architecture.md and no other', () => {
  const found = new Set(below('src/').map(([path]) => path.split('/')[1]));
  expect([...found].filter((folder) => !FOLDERS.includes(folder ?? ''))).toEqual([]);
});

test('every source file opens with what it is', () => {
  expect(below('src/').flatMap(([path, text]) => (/^\/(\*\*|\/ )/.test(text) ? [] : [path]))).toEqual([]);
});

test('no file is named for what it is not about', () => {
  expect(paths.filter((path) => /^src\/.*\b(utils?|helpers?|manager|service|common|misc)\b/.test(path))).toEqual([]);
});

test('nothing is left to do without an issue number', () => {
  const word = new RegExp(`${['TO', 'DO'].join('')}(?!.*#\\d)`);
  expect([...texts].flatMap(([path, text]) => (/^(src|hooks|bin)\//.test(path) && word.test(text) ? [path] : []))).toEqual([]);
});

test('no file names a package registry or a path of somebody’s machine', () => {
  // put together here, so that this file does not hold them
  const hosts = ['npmjs.org', 'yarnpkg.com', 'npmmirror.com']
    .map((host) => `registry.${host}`)
    .join('|')
    .replaceAll('.', '\\.');
  const places = ['work', 'tmp/wt', 'root'].map((path) => `/${path}/`).join('|');
  const forbidden = new RegExp(`${hosts}|(?<![\\w.~@})-])(${places})`);
  expect([...texts].flatMap(([path, text]) => (forbidden.test(text) ? [`${path}: ${forbidden.exec(text)?.[0]}`] : []))).toEqual([]);
});
