/** `git trace list` reads what it said the last time, and says the same whatever became of that. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

let at: TestRepository;
let folder: string;
let said: string;

function record(pr: number, status: string, merged: string | null): void {
  const payload = { title: `Change ${pr}`, created_at: '2026-09-28T08:00:00.000Z', merged_at: merged, status };
  const events = [{ type: 'pr_updated', ts: '2026-10-03T09:00:00.000Z', payload }];
  expect(at.traceWith({ input: JSON.stringify({ pr, session: `host-${pr}`, events }) }, 'ingest', '-').status).toBe(0);
}

const list = (): string => at.trace('list', '--json').stdout;
const titles = (): (string | null)[] => (JSON.parse(list()) as { title: string | null }[]).map(({ title }) => title).sort();

/** The pages as they are on disk. */
function pages(): Map<string, Buffer> {
  return new Map(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name))]));
}

/** Changes what a page says, with a checksum that says that it is right. */
function forge(name: string, change: (page: { head: string[]; body: string }) => void): void {
  const text = fs.readFileSync(join(folder, name), 'utf8');
  const end = text.indexOf('\n');
  const page = { head: text.slice(0, end).split(' '), body: text.slice(end + 1) };
  change(page);
  const sum = crc32(page.body, crc32(page.head[3] ?? ''))
    .toString(16)
    .padStart(8, '0');
  fs.writeFileSync(join(folder, name), `${[...page.head.slice(0, 4), sum].join(' ')}\n${page.body}`);
}

beforeAll(() => {
  at = TestRepository.create();
  for (const pr of [1, 2, 3]) record(pr, 'merged', `2026-10-0${pr}T10:00:00.000Z`);
  record(4, 'merged', '2026-09-30T10:00:00.000Z');
  record(5, 'open', null);
  expect(at.trace('archive').status).toBe(0);
  record(3, 'merged', '2026-10-09T10:00:00.000Z'); // opened again: in an archive, and in a journal
  folder = join(at.path, '.git/trace/list');
  fs.rmSync(folder, { recursive: true, force: true });
  said = list();
  expect(JSON.parse(said)).toHaveLength(5);
});

test('there is a page for each archive and one for the journals, and what they say is taken', () => {
  expect([...pages().keys()]).toEqual(['2026-09', '2026-10', 'live']);
  for (const name of pages().keys()) {
    const before = pages().get(name) ?? '';
    forge(name, (page) => {
      page.body = page.body.replaceAll('Change', 'Changed');
    });
    expect(titles().filter((title) => title?.startsWith('Changed '))).not.toEqual([]);
    fs.writeFileSync(join(folder, name), before);
  }
  expect(list()).toBe(said);
});

describe.each(['2026-09', '2026-10', 'live'])('the page %s', (name) => {
  test.each<{ state: string; damage: (path: string) => unknown }>([
    { state: 'thrown away', damage: (path) => fs.rmSync(path) },
    { state: 'empty', damage: (path) => fs.writeFileSync(path, '') },
    { state: 'cut', damage: (path) => fs.truncateSync(path, fs.statSync(path).size - 3) },
    { state: 'a folder', damage: (path) => [fs.rmSync(path), fs.mkdirSync(path)] },
    {
      state: 'changed in one letter',
      damage: (path) => fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('Change', 'Chance')),
    },
    {
      state: 'of another version',
      damage: () =>
        forge(name, (page) => {
          page.head[2] = '0.0.0';
          page.body = page.body.replaceAll('Change', 'Chance');
        }),
    },
    {
      state: 'of another commit and other trees',
      damage: () =>
        forge(name, (page) => {
          page.head[3] = '1'.repeat(40);
          page.body = page.body.replaceAll('Change', 'Chance').replace(/"[0-9a-f]{40}/g, `"${'2'.repeat(40)}`);
        }),
    },
  ])('$state changes nothing', ({ damage }) => {
    damage(join(folder, name));
    expect(list()).toBe(said);
    expect(list()).toBe(said);
  });
});

test('what is new, archived or gone since is seen, and the page of an archive that is gone goes too', () => {
  record(5, 'merged', '2026-11-02T10:00:00.000Z');
  record(6, 'open', null);
  const found = () =>
    (JSON.parse(list()) as { trace: string; status: string; archived: string | null }[]).sort((a, b) => (a.trace < b.trace ? -1 : 1));
  expect(found().map(({ trace, status }) => `${trace} ${status}`)).toEqual([
    '1 merged',
    '2 merged',
    '3 merged',
    '4 merged',
    '5 merged',
    '6 open',
  ]);
  expect(at.trace('archive').status).toBe(0);
  expect(found().map(({ trace, archived }) => `${trace} ${archived}`)).toEqual([
    '1 2026-10',
    '2 2026-10',
    '3 2026-10',
    '4 2026-09',
    '5 2026-11',
    '6 null',
  ]);
  const after = list();
  fs.rmSync(folder, { recursive: true });
  expect(list()).toBe(after);
  at.git('update-ref', '-d', 'refs/traces/archive/2026-09');
  expect(found().map(({ trace }) => trace)).toEqual(['1', '2', '3', '5', '6']);
  expect([...pages().keys()]).toEqual(['2026-10', '2026-11', 'live']);
});
