/** What a trace has already: the index of known ids may be lost, damaged or old; no event comes twice, and none comes back. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitObject } from '../../src/journal/commit.ts';
import { loadRoot } from '../../src/journal/read.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { type Journal, note, readLines, readTexts, WRITER } from '../helpers/journal.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';
const notes = (count: number): SpoolRecord[] => Array.from({ length: count }, (_, i) => note(`note ${i}`, i % 20));

async function setUp(): Promise<{ at: TestRepository; journal: Journal; index: string }> {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  journal.spool(...notes(50));
  expect(await journal.flush()).toMatchObject({ accepted: 50, duplicate: 0 });
  return { at, journal, index: join(journal.files.path, 'ids/42') };
}

/** Commits a changed segment, as an erasure does: a new root without history. */
async function rewrite(at: TestRepository, journal: Journal, path: string, lines: readonly string[], parent?: string): Promise<void> {
  const { objects, refs } = journal.repository;
  const before = await refs.get(REF);
  const root = await loadRoot(objects, before ?? '');
  const batch = objects.batch();
  await root.put(path, batch.add('blob', Buffer.from(lines.map((line) => `${line}\n`).join(''))));
  const commit = batch.add('commit', commitObject(root.write(batch), parent, { name: 'A', email: 'a@example.com' }, 0, 'by hand'));
  await batch.write();
  expect(await refs.update([{ name: REF, before, after: commit }])).toBe('done');
  expect(at.git('rev-parse', REF)).toBe(commit);
}

describe('sent again, nothing is accepted, and one more is', () => {
  test.each<{ state: string; damage: (index: string, at: TestRepository) => unknown }>([
    { state: 'as it was left', damage: () => {} },
    { state: 'thrown away', damage: (index) => fs.rmSync(index) },
    { state: 'empty', damage: (index) => fs.writeFileSync(index, '') },
    { state: 'cut', damage: (index) => fs.truncateSync(index, fs.statSync(index).size - 16) },
    { state: 'longer than it should be', damage: (index) => fs.appendFileSync(index, Buffer.alloc(32, 7)) },
    {
      state: 'changed in one bit',
      damage: (index) => {
        const bytes = fs.readFileSync(index);
        bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
        fs.writeFileSync(index, bytes);
      },
    },
    {
      state: 'of another commit',
      damage: (index, at) =>
        fs.writeFileSync(index, fs.readFileSync(index, 'latin1').replace(/^[0-9a-f]+/, at.commitFile('a', '1')), 'latin1'),
    },
    { state: 'a folder', damage: (index) => [fs.rmSync(index), fs.mkdirSync(index)] },
  ])('where the index is $state', async ({ damage }) => {
    const { at, journal, index } = await setUp();
    damage(index, at);
    const tip = at.git('rev-parse', REF);
    journal.spool(...notes(50));
    expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 50 });
    expect(at.git('rev-parse', REF)).toBe(tip);
    journal.spool(...notes(51));
    expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 50 });
    expect(readTexts(at, REF)).toHaveLength(51);
    expectSound(at);
  });

  test('where the index is older than the journal, and it is brought up to date', async () => {
    const { at, journal, index } = await setUp();
    const old = fs.readFileSync(index);
    journal.spool(...notes(100));
    expect(await journal.flush()).toMatchObject({ accepted: 50, duplicate: 50 });
    fs.writeFileSync(index, old);
    journal.spool(...notes(101));
    expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 100 });
    expect(readTexts(at, REF)).toHaveLength(101);
  });
});

test('a flush adds its ids to the index and writes the others no more; what was torn off is read again', async () => {
  const { at, journal, index } = await setUp();
  const before = fs.readFileSync(index);
  journal.spool(...notes(60));
  await journal.flush();
  const after = fs.readFileSync(index);
  expect(after.subarray(0, before.length)).toEqual(before);
  expect(after.length - before.length).toBeLessThan(10 * 16 + 80);
  for (const size of [after.length - 1, after.length - 16 * 10, before.length + 20, before.length]) {
    fs.writeFileSync(index, after.subarray(0, size));
    journal.spool(...notes(60));
    expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 60 });
  }
  expect(readTexts(at, REF)).toHaveLength(60);
  journal.spool(...Array.from({ length: 5_000 }, (_, i) => note(`more ${i}`)));
  expect(await journal.flush()).toMatchObject({ accepted: 5_000 });
  // one sorted block: a header and no other
  expect(fs.readFileSync(index, 'latin1').match(/[0-9a-f]{40} [0-9]+ [0-9]+ [0-9a-f]{8}\n/g)).toHaveLength(1);
  journal.spool(...notes(61), ...Array.from({ length: 5_000 }, (_, i) => note(`more ${i}`)));
  expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 5_060 });
});

test('within one flush an event said twice is one, and one that differs in a number is two', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  const commit = (files: number): SpoolRecord =>
    note('', 0, { type: 'commit', payload: { sha: '1'.repeat(40), message: 'm', files_changed: files } });
  journal.spool(commit(2), commit(2));
  journal.spool(commit(2));
  expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 2 });
  journal.spool(commit(3), commit(2));
  expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 1 });
});

test('the same event in two traces is two', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  journal.spool(note('a'), note('a', 0, { place: { trace: '7' } }));
  expect(await journal.flush()).toMatchObject({ accepted: 2, duplicate: 0 });
});

describe('an erased event', () => {
  test.each([{ index: 'kept' }, { index: 'thrown away' }])('is not accepted again, the index $index', async ({ index: state }) => {
    const { at, journal, index } = await setUp();
    const [[path, lines] = ['', []]] = readLines(at, REF);
    const erased = lines.findIndex((line) => line.includes('"note 7"'));
    const id = sha256(`{"payload":{"text":"note 7"},"ts":"2026-11-21T09:22:00.000Z","type":"annotation"}`);
    await rewrite(at, journal, path, lines.with(erased, `{"erased":"${sha256(id)}"}`));
    if (state === 'thrown away') fs.rmSync(index);
    for (let round = 0; round < 2; round++) {
      journal.spool(...notes(50));
      expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 50 });
    }
    journal.spool(...notes(51));
    expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 50 });
    expect(readLines(at, REF).get(path)?.[erased]).toBe(`{"erased":"${sha256(id)}"}`);
    expect(at.git('log', '--format=%H', '-S', 'note 7"', '-p', REF, '--', path)).toBe('');
  });
});

test('while a segment cannot be read, the index is not kept; once it can, nothing of it is accepted again', async () => {
  const { at, journal, index } = await setUp();
  journal.spool(...['a', 'b'].map((text) => note(text, 0, { session: { id: 's' } })));
  await journal.flush();
  const oid = at.git('rev-parse', `${REF}:${WRITER}/s/0000000001.ndjson`);
  const path = join(at.path, '.git/objects', oid.slice(0, 2), oid.slice(2));
  fs.renameSync(path, `${path}.away`);
  fs.rmSync(index);
  journal.spool(note('c', 1));
  expect(await journal.flush()).toMatchObject({ accepted: 1, held: new Map() });
  expect(fs.existsSync(index)).toBe(false);
  fs.renameSync(`${path}.away`, path);
  journal.spool(...['a', 'b'].map((text) => note(text, 0, { session: { id: 's' } })));
  expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 2 });
  expect(fs.existsSync(index)).toBe(true);
});

test('lines that are no events, or cannot be said canonically, stop nothing', async () => {
  const { at, journal } = await setUp();
  const strange = [
    '{"assigned":["session"],"more":"\\ud800","payload":{},"session":"s","ts":"2026-11-21T09:15:00.000Z","type":"x"}',
    '{"pruned":{"events":3}}',
    'no JSON',
    lineOf('another', 0, 'annotation', { text: 'a' }),
  ];
  await rewrite(at, journal, 'ffffffffffffffff/s/0000000001.ndjson', strange, at.git('rev-parse', REF));
  journal.spool(...notes(51));
  expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 50, held: new Map() });
});
