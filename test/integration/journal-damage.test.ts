/** Journals that are damaged, foreign or of a newer format: what can be read is read, what cannot be written waits, nothing else does. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { readJournal } from '../../src/journal/read.ts';
import { loadState } from '../../src/journal/state.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { blobsOf, DEVELOPER, type Journal, note, readTexts, WRITER } from '../helpers/journal.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';
const OTHER = 'refs/traces/7/journal';

/** Writes a journal with plain git: `content` by path, or a row `<mode> <oid>` for what is no file. */
function commitFiles(at: TestRepository, files: Readonly<Record<string, string | { row: string }>>, ref = REF): string {
  const env = { GIT_INDEX_FILE: join(at.path, '.git/other-index') };
  for (const [path, content] of Object.entries(files)) {
    const row = typeof content === 'string' ? `100644 ${at.gitWith({ input: content }, 'hash-object', '-w', '--stdin')}` : content.row;
    at.gitWith({ env, input: `${row}\t${path}\0` }, 'update-index', '-z', '--add', '--index-info');
  }
  const tree = at.gitWith({ env }, 'write-tree', '--missing-ok');
  fs.rmSync(env.GIT_INDEX_FILE);
  const parent = at.tryGit('rev-parse', '-q', '--verify', ref).stdout.trim();
  const commit = at.git('commit-tree', '-m', 'by hand', ...(parent === '' ? [] : ['-p', parent]), tree);
  at.git('update-ref', ref, commit);
  return commit;
}

const STARTED = lineOf('s', 0, 'session_started', { developer: DEVELOPER, kind: 'api', tool: 'test' });
const segment = (...texts: readonly string[]): string => texts.map((text, i) => `${lineOf('s', i, 'annotation', { text })}\n`).join('');

function looseFile(at: TestRepository, oid: string): string {
  return join(at.path, '.git/objects', oid.slice(0, 2), oid.slice(2));
}

/** Takes an object away; the answer puts it back. */
function lose(at: TestRepository, oid: string): () => void {
  const path = looseFile(at, oid);
  fs.renameSync(path, `${path}.away`);
  return () => fs.renameSync(`${path}.away`, path);
}

async function flushed(journal: Journal, ...records: readonly SpoolRecord[]): Promise<void> {
  journal.spool(...records);
  expect(await journal.flush()).toMatchObject({ accepted: records.length, held: new Map() });
}

describe('reading', () => {
  test('what is not a segment, or is damaged, is told by path and reason; all else is read', async () => {
    const at = TestRepository.create();
    const blob = (text: string): string => at.gitWith({ input: text }, 'hash-object', '-w', '--stdin');
    const [damaged, gone, link, head] = [
      blob(`${STARTED}\n${segment('damaged')}`),
      '1'.repeat(40),
      blob('elsewhere'),
      at.commitFile('a', '1'),
    ];
    const commit = commitFiles(at, {
      format: '1\n',
      'README.md': 'hello\n',
      'größe/x': 'hello\n',
      [`${WRITER}/s/0000000001.ndjson`]: `${STARTED}\n${segment('a', 'b')}`,
      [`${WRITER}/s/0000000004.ndjson`]: { row: `100644 ${damaged}` },
      [`${WRITER}/s/0000000006.ndjson`]: { row: `100644 ${gone}` },
      [`${WRITER}/s/0000000008.ndjson`]: `${segment('c')}${lineOf('s', 9, 'annotation', { text: 'cut' }).slice(0, 20)}`,
      [`${WRITER}/s/9.ndjson`]: segment('name'),
      [`${WRITER}/s/deep/0000000009.ndjson`]: segment('folder'),
      [`${WRITER}/s/0000000010.ndjson`]: { row: `120000 ${link}` },
      [`${WRITER}/s/0000000011.ndjson`]: { row: `160000 ${head}` },
      [`${WRITER}/.hidden/0000000001.ndjson`]: segment('session'),
      'ZZ/s/0000000001.ndjson': segment('writer'),
      [`${WRITER}/t/0000000001.ndjson`]: segment('d').replaceAll('"s"', '"t"'),
    });
    const path = looseFile(at, damaged);
    fs.chmodSync(path, 0o644);
    fs.writeFileSync(path, fs.readFileSync(path).subarray(0, 60));
    const { objects } = (await openJournal(at)).repository;
    const { parts, faults, format } = await readJournal(objects, commit);
    expect(format).toBe(1);
    expect(parts.map(({ session, firstSeq, lines }) => [session, firstSeq, lines.length])).toEqual([
      ['s', 1, 3],
      ['s', 8, 1],
      ['t', 1, 1],
    ]);
    expect(Object.fromEntries(faults.map(({ path: where, reason }) => [where, reason]))).toEqual({
      'README.md': 'not a segment of this format',
      größe: 'not a segment of this format',
      ZZ: 'not a segment of this format',
      [`${WRITER}/.hidden`]: 'not a segment of this format',
      [`${WRITER}/s/0000000004.ndjson`]: expect.stringContaining(damaged),
      [`${WRITER}/s/0000000006.ndjson`]: `its object '${gone}' is missing`,
      [`${WRITER}/s/0000000008.ndjson`]: 'its last line has no end',
      [`${WRITER}/s/0000000010.ndjson`]: 'not a segment of this format',
      [`${WRITER}/s/0000000011.ndjson`]: 'not a segment of this format',
      [`${WRITER}/s/9.ndjson`]: 'not a segment of this format',
      [`${WRITER}/s/deep`]: 'not a segment of this format',
    });
  });

  test('bad lines keep their place and are told by the readers of lines', async () => {
    const at = TestRepository.create();
    const good = lineOf('s', 5, 'annotation', { text: 'good' });
    const bad = [
      `{"type":"annotation","payload":{},"session":"s","ts":"2026-11-21T09:15:00.000Z"}`,
      good.slice(0, 30),
      '',
      lineOf('other', 0, 'annotation', { text: '' }),
    ];
    const commit = commitFiles(at, { [`${WRITER}/s/0000000001.ndjson`]: [STARTED, ...bad, good, ''].join('\n') });
    const { parts, faults } = await readJournal((await openJournal(at)).repository.objects, commit);
    expect(faults).toEqual([]);
    const { entries, gaps } = mergeSessions(parts, sha256);
    expect(entries.map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'session_started'],
      [6, 'annotation'],
    ]);
    expect(gaps.map(({ seq, reason }) => [seq, reason])).toEqual([
      [2, 'not canonical JSON'],
      [3, 'not JSON'],
      [4, 'not JSON'],
      [5, 'it names another session than its path does'],
    ]);
  });

  test('a missing folder or format is a fault, a missing commit or root an error', async () => {
    const at = TestRepository.create();
    const commit = commitFiles(at, {
      format: '1\n',
      [`${WRITER}/s/0000000001.ndjson`]: segment('a'),
      [`${WRITER.replace('0', 'f')}/s/0000000001.ndjson`]: segment('b'),
    });
    const { objects } = (await openJournal(at)).repository;
    lose(at, at.git('rev-parse', `${commit}:${WRITER}`));
    lose(at, at.git('rev-parse', `${commit}:format`));
    const { parts, faults } = await readJournal(objects, commit);
    expect(parts).toHaveLength(1);
    expect(faults.map(({ path }) => path).sort()).toEqual([WRITER, 'format']);
    lose(at, at.git('rev-parse', `${commit}^{tree}`));
    await expect(readJournal(objects, commit)).rejects.toMatchObject({ code: 'unreadable-segment' });
    await expect(readJournal(objects, '1'.repeat(40))).rejects.toMatchObject({ code: 'unreadable-segment' });
    await expect(readJournal(objects, at.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin'))).rejects.toMatchObject({
      code: 'unreadable-segment',
    });
  });

  test('a small tree that names itself over and over comes to an end', async () => {
    const at = TestRepository.create();
    const names = Array.from({ length: 300 }, (_, i) => i);
    const mktree = (rows: readonly string[]): string => at.gitWith({ input: rows.join('\n') }, 'mktree', '--missing');
    const blob = at.gitWith({ input: segment('a') }, 'hash-object', '-w', '--stdin');
    const session = mktree(names.map((i) => `100644 blob ${blob}\t${String(i + 1).padStart(10, '0')}.ndjson`));
    const writer = mktree(names.map((i) => `040000 tree ${session}\ts${i}`));
    const root = mktree(names.map((i) => `040000 tree ${writer}\t${String(i).padStart(16, '0')}`));
    const { objects } = (await openJournal(at)).repository;
    const { parts, faults } = await readJournal(objects, at.git('commit-tree', '-m', 'x', root));
    expect(parts.length).toBeLessThanOrEqual(65_536);
    expect(faults).toEqual([{ path: expect.any(String), reason: 'the journal has more than 65536 entries' }]);
  });

  test('names that are not UTF-8 come through a flush as they are', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const blob = at.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin');
    at.writeFile('rows', Buffer.concat(['\xe9', '\xe8'].map((name) => Buffer.from(`100644 blob ${blob}\t${name}\0`, 'latin1'))));
    const tree = at.run('sh', ['-c', 'git mktree -z <rows']).stdout.trim();
    at.git('update-ref', REF, at.git('commit-tree', '-m', 'x', tree));
    await flushed(journal, note('a'));
    const rows = at.run('sh', ['-c', `git ls-tree -z ${REF} | od -An -c`]).stdout;
    expect(rows).toContain('351  \\0');
    expect(rows).toContain('350  \\0');
  });
});

describe('a newer format', () => {
  test('is read and not written; its events wait in the spool, other traces do not', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('before'));
    const tip = commitFiles(at, { ...filesOf(at), format: '2\n' });
    expect(await readJournal(journal.repository.objects, tip)).toMatchObject({ format: 2, faults: [] });
    journal.spool(note('waiting', 1));
    journal.spool(note('elsewhere', 1, { place: { trace: '7' } }));
    const result = await journal.flush();
    expect(result).toMatchObject({ accepted: 1, traces: new Map([['7', 2]]) });
    expect(result.held.get('42')).toMatchObject({ events: 1, error: { code: 'newer-format', message: expect.stringContaining(REF) } });
    expect(at.git('rev-parse', REF)).toBe(tip);
    // an update of the program, or here a union with an older one
    commitFiles(at, { ...filesOf(at), format: '1\n' });
    expect(await journal.flush()).toMatchObject({ accepted: 1, held: new Map() });
    expect(readTexts(at, REF)).toEqual(['before', 'waiting']);
    expect(journal.files.list('spool')).toEqual([]);
  });

  test.each(['', 'x', '1.5', '-1', '2 1'])('is also what says %j', async (format) => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    commitFiles(at, { format });
    journal.spool(note('a'));
    expect((await journal.flush()).held.get('42')).toMatchObject({ error: { code: 'newer-format' } });
  });
});

/** A journal's files as they are, for commitFiles. */
function filesOf(at: TestRepository): Record<string, { row: string }> {
  return Object.fromEntries([...blobsOf(at, REF)].map(([path, oid]) => [path, { row: `100644 ${oid}` }]));
}

describe('writing', () => {
  const inSession = (text: string, minutes = 0): SpoolRecord => note(text, minutes, { session: { id: 's' } });

  test('events of a session whose last segment cannot be read wait, until it can, and all others are written', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, inSession('a'), note('x', 0, { place: { trace: '7' } }));
    const restore = lose(at, at.git('rev-parse', `${REF}:${WRITER}/s/0000000001.ndjson`));
    journal.spool(inSession('b', 1), inSession('c', 2));
    journal.spool(note('y', 1, { place: { trace: '7' } }));
    for (let round = 0; round < 2; round++) {
      const result = await journal.flush();
      expect(result).toMatchObject({ accepted: round === 0 ? 1 : 0, quarantined: 0 });
      expect([...result.held.keys()]).toEqual(['42']);
      expect(result.held.get('42')).toMatchObject({ events: 2, error: { code: 'unreadable-segment' } });
      expect(result.held.get('42')?.error.message).toBe(`cannot write to '${REF}': the last segment of session 's' cannot be read`);
      expect(journal.files.list('spool')).toHaveLength(1);
      expect(loadState(journal.files).held).toEqual({ 42: result.held.get('42')?.error.message });
    }
    expect(readTexts(at, OTHER)).toEqual(['x', 'y']);
    restore();
    expect(await journal.flush()).toMatchObject({ accepted: 2, duplicate: 0, held: new Map() });
    expect(readTexts(at, REF)).toEqual(['a', 'b', 'c']);
    expect(loadState(journal.files)).toEqual({ offsets: {} });
    expect(journal.files.list('spool')).toEqual([]);
    expectSound(at);
  });

  test('a spool file of two traces, one of them damaged: the other one’s events are written once', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, inSession('a'));
    const restore = lose(at, at.git('rev-parse', `${REF}:${WRITER}/s/0000000001.ndjson`));
    const name = journal.spool(
      inSession('b', 1),
      note('x', 2, { place: { trace: '7' } }),
      inSession('c', 3),
      note('y', 4, { place: { trace: '7' } }),
    );
    const { fates } = await journal.flush({ watch: name });
    expect(fates.map(({ outcome }) => outcome)).toEqual(['waiting', 'accepted', 'waiting', 'accepted']);
    expect(fates[0]).toMatchObject({ error: { code: 'unreadable-segment' } });
    expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 2 });
    restore();
    expect(await journal.flush()).toMatchObject({ accepted: 2, held: new Map() });
    expect(readTexts(at, REF)).toEqual(['a', 'b', 'c']);
    expect(readTexts(at, OTHER)).toEqual(['x', 'y']);
    expectSound(at);
    expectSound(at, OTHER);
  });

  test('a last line that has no end is not continued', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const tip = commitFiles(at, { format: '1\n', [`${WRITER}/s/0000000001.ndjson`]: `${STARTED}\n{"payload":{"te` });
    journal.spool(inSession('b'));
    expect((await journal.flush()).held.has('42')).toBe(true);
    expect(at.git('rev-parse', REF)).toBe(tip);
  });

  test('the own session begins anew where its last segment cannot be read', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('a'));
    const restore = lose(at, at.git('rev-parse', `${REF}:${WRITER}/local-20261121T091500.000Z/0000000001.ndjson`));
    await flushed(journal, note('b', 1));
    restore();
    await flushed(journal, note('c', 2));
    expect(readTexts(at, REF)).toEqual(['a', 'b', 'c']);
    expectSound(at);
  });

  test.each([
    {
      damage: 'its commit is missing',
      code: 'unreadable-segment',
      broken: (at: TestRepository) => void lose(at, at.git('rev-parse', REF)),
    },
    {
      damage: 'its tree is missing',
      code: 'unreadable-segment',
      broken: (at: TestRepository) => void lose(at, at.git('rev-parse', `${REF}^{tree}`)),
    },
    {
      damage: 'its format is missing',
      code: 'unreadable-segment',
      broken: (at: TestRepository) => void lose(at, at.git('rev-parse', `${REF}:format`)),
    },
    {
      damage: 'its ref names a blob',
      code: 'unreadable-segment',
      broken: (at: TestRepository) => void at.git('update-ref', REF, at.git('rev-parse', `${REF}:format`)),
    },
    { damage: 'its ref is empty', code: 'bad-ref', broken: (at: TestRepository) => at.writeFile(`.git/${REF}`, '') },
  ])('a journal is held back, and no other, when $damage', async ({ code, broken }) => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    await flushed(journal, note('a'));
    broken(at);
    journal.spool(note('b', 1));
    journal.spool(note('x', 1, { place: { trace: '7' } }));
    const result = await journal.flush();
    expect(result.accepted).toBe(1);
    expect(result.held.get('42')).toMatchObject({ error: { code } });
    expect(readTexts(at, OTHER)).toEqual(['x']);
    expect(journal.files.list('spool')).toHaveLength(1);
  });

  test('what the hint says brings a missing object again', async () => {
    const { repository: at } = TestRepository.createWithRemote();
    const journal = await openJournal(at);
    await flushed(journal, inSession('a'));
    at.git('push', '-q', 'origin', `${REF}:${REF}`);
    const oid = at.git('rev-parse', `${REF}:${WRITER}/s/0000000001.ndjson`);
    const path = looseFile(at, oid);
    fs.chmodSync(path, 0o644);
    fs.writeFileSync(path, 'damaged');
    journal.spool(inSession('b', 1));
    const hints = (await journal.flush()).held.get('42')?.error.hints ?? [];
    const command = /'git (fetch --refetch <remote> [^']*)'/.exec(hints.at(-1) ?? '')?.[1] ?? '';
    expect(at.tryGit('fsck').stderr).toContain(path.slice(at.path.length + 1));
    fs.rmSync(path);
    at.git(...command.replace('<remote>', 'origin').split(' '));
    expect(await journal.flush()).toMatchObject({ accepted: 1, held: new Map() });
    expect(readTexts(at, REF)).toEqual(['a', 'b']);
    expectSound(at);
  });
});
