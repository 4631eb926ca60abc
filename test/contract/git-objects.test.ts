/** The contract of the port GitObjects, for every way in which objects are written: git, and others, read what was said. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import isomorphic from 'isomorphic-git';
import { describe, expect, test } from 'vitest';
import type { GitObjects, ObjectType, Oid } from '../../src/core/ports.ts';
import { readJournal } from '../../src/journal/read.ts';
import { note } from '../helpers/journal.ts';
import { expectSound, open, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const WAYS = [
  { way: 'loose', format: 'sha1', shared: false, extra: 0 },
  { way: 'loose', format: 'sha256', shared: false, extra: 0 },
  { way: 'pack, being many', format: 'sha1', shared: false, extra: 100 },
  { way: 'pack, being many', format: 'sha256', shared: false, extra: 100 },
  { way: 'pack, in a shared repository', format: 'sha1', shared: true, extra: 0 },
  { way: 'pack, in a shared repository', format: 'sha256', shared: true, extra: 0 },
];

/** Blobs whose sizes lie at the borders of a pack entry's header, of deflate's blocks, and of nothing. */
const CONTENTS = [0, 1, 15, 16, 17, 2047, 2048, 2049, 65_535, 65_536, 262_143, 262_144]
  .map((size) => randomBytes(size))
  .concat([Buffer.from('text\n'), Buffer.from('\0\0\0'), Buffer.alloc(100_000)]);

/** Adds blobs, a tree of them and a commit; what git must then know, by oid. */
async function writeSome(objects: GitObjects, extra: number): Promise<Map<Oid, { type: ObjectType; data: Buffer }>> {
  const batch = objects.batch();
  const written = new Map<Oid, { type: ObjectType; data: Buffer }>();
  const add = (type: ObjectType, data: Buffer): Oid => {
    const oid = batch.add(type, data);
    expect(oid).toBe(objects.nameOf(type, data));
    written.set(oid, { type, data });
    return oid;
  };
  const blobs = [...CONTENTS, ...Array.from({ length: extra }, (_, i) => Buffer.from(`${i}`))].map((data) => add('blob', data));
  const rows = blobs.map((oid, i) => Buffer.concat([Buffer.from(`100644 ${String(i).padStart(4, '0')}\0`), Buffer.from(oid, 'hex')]));
  const tree = add('tree', Buffer.concat(rows));
  const who = 'A U Thor <author@example.com> 1767225600 +0000';
  add('commit', Buffer.from(`tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nsubject\n`));
  await batch.write();
  return written;
}

describe.each(WAYS)('$way, $format', ({ way, format, shared, extra }) => {
  function make(): TestRepository {
    const at = TestRepository.create({ sha256: format === 'sha256' });
    if (shared) at.git('config', 'core.sharedRepository', 'group');
    return at;
  }

  test('git reads back what was written, and finds nothing to complain of', async () => {
    const at = make();
    const { objects } = await open(at);
    const written = await writeSome(objects, extra);
    for (const [oid, { type, data }] of written) {
      expect(at.git('cat-file', '-t', oid)).toBe(type);
      // git makes the name anew from what it reads
      at.run('sh', ['-c', `git cat-file ${type} ${oid} >kept`]);
      expect(fs.readFileSync(join(at.path, 'kept')).equals(data)).toBe(true);
      expect(at.git('hash-object', '--no-filters', '-t', type, 'kept')).toBe(oid);
    }
    const fsck = at.tryGit('fsck', '--strict', '--full', '--no-dangling');
    expect({ ...fsck, stderr: fsck.stderr.replace(/^notice: .*\n/gm, '') }).toEqual({ stdout: '', stderr: '', status: 0, signal: null });
    const packs = fs.readdirSync(join(at.path, '.git/objects/pack')).filter((name) => name.endsWith('.idx'));
    expect(packs).toHaveLength(way === 'loose' ? 0 : 1);
    for (const pack of packs) {
      const said = at.git('verify-pack', '-v', join('.git/objects/pack', pack));
      for (const oid of written.keys()) expect(said).toContain(oid);
    }
  });

  test('what was written is read, what was not is undefined, whatever is asked for at the same time', async () => {
    const { objects } = await open(make());
    const written = await writeSome(objects, extra);
    const nowhere = 'f'.repeat(format === 'sha1' ? 40 : 64);
    const asked = [...written.keys(), nowhere, ...written.keys()];
    const found = await Promise.all(asked.map((oid) => objects.read(oid)));
    expect(found.map((object) => object?.type)).toEqual(asked.map((oid) => written.get(oid)?.type));
    for (const [i, oid] of asked.entries())
      expect(found[i]?.data.equals(written.get(oid)?.data ?? Buffer.alloc(0)) ?? oid === nowhere).toBe(true);
    expect(await objects.read('no oid\nat all')).toBeUndefined();
  });

  test('writing again what is there changes nothing; an empty batch writes nothing', async () => {
    const at = make();
    const { objects } = await open(at);
    await writeSome(objects, extra);
    const before = at.git('count-objects', '-v');
    await objects.batch().write();
    if (way === 'loose') await writeSome(objects, extra);
    expect(at.git('count-objects', '-v')).toBe(before);
  });

  test('nothing unfinished is left', async () => {
    const at = make();
    await writeSome((await open(at)).objects, extra);
    const names = fs.readdirSync(join(at.path, '.git/objects'), { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => /tmp_/.test(name))).toEqual([]);
  });
});

test('git’s gc spares objects that are there already, however old, once they are written again', async () => {
  const at = TestRepository.create();
  const { objects } = await open(at);
  const data = Buffer.from('an object of a flush that was interrupted a month ago');
  const write = async (): Promise<Oid> => {
    const batch = objects.batch();
    const oid = batch.add('blob', data);
    await batch.write();
    return oid;
  };
  const oid = await write();
  const path = join(at.path, '.git/objects', oid.slice(0, 2), oid.slice(2));
  const old = new Date(Date.now() - 30 * 86_400_000);
  fs.utimesSync(path, old, old);
  await write();
  at.git('gc', '-q', '--prune=2.weeks.ago');
  expect(at.git('cat-file', '-t', oid)).toBe('blob');
});

describe('what cannot be read', () => {
  test.each([
    { damage: 'no zlib stream at all', change: () => Buffer.from('no zlib stream') },
    { damage: 'cut in the middle', change: (bytes: Buffer) => bytes.subarray(0, bytes.length / 2) },
    {
      damage: 'changed in the middle',
      change: (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte))),
    },
    { damage: 'empty', change: () => Buffer.alloc(0) },
  ])('one broken object ($damage) is not given back; those asked for with it are', async ({ change }) => {
    const at = TestRepository.create();
    const { objects } = await open(at);
    const written = [...(await writeSome(objects, 0)).keys()];
    const broken = objects.nameOf('blob', CONTENTS[8] ?? Buffer.alloc(0));
    const path = join(at.path, '.git/objects', broken.slice(0, 2), broken.slice(2));
    fs.chmodSync(path, 0o644);
    fs.writeFileSync(path, change(fs.readFileSync(path)));
    const results = await Promise.allSettled(written.map((oid) => objects.read(oid)));
    // git takes an object whose header cannot be read for none
    const read = results.map((result) => result.status === 'fulfilled' && result.value !== undefined);
    expect(read).toEqual(written.map((oid) => oid !== broken));
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'unreadable-segment' });
    expect(await objects.read(written[4] ?? '')).toBeDefined();
  });

  test('an object of more than 64 MiB is refused unread, what follows is not', async () => {
    const at = TestRepository.create();
    at.run('sh', ['-c', 'head -c 67108865 /dev/zero >large && head -c 67108864 /dev/zero >less']);
    const [large = '', less = ''] = at.git('hash-object', '-w', 'large', 'less').split('\n');
    const { objects } = await open(at);
    const [first, second, third] = await Promise.allSettled([objects.read(large), objects.read(less), objects.read(large)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'unreadable-segment' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { type: 'blob' } });
    expect(third).toMatchObject({ status: 'rejected' });
  });
});

describe('ancestors', () => {
  test('are told by history, and nobody is one of a commit that is not here', async () => {
    const at = TestRepository.create();
    const [one, two] = [at.commitFile('a', '1'), at.commitFile('a', '2')];
    const { objects } = await open(at);
    expect(await Promise.all([objects.isAncestor(one, two), objects.isAncestor(two, one), objects.isAncestor(one, one)])).toEqual([
      true,
      false,
      true,
    ]);
    expect(await objects.isAncestor('1'.repeat(40), two)).toBe(false);
    expect(await objects.isAncestor(one, '1'.repeat(40))).toBe(false);
  });
});

describe('isomorphic-git, a reader that nobody here wrote', () => {
  test.each([{ events: 5 }, { events: 3_000 }])('reads the same lines from the same ref, of $events events', async ({ events }) => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    for (const round of [0, 1]) {
      journal.spool(
        ...Array.from({ length: events }, (_, i) => note(`größe ${round} ${i}`, round, i % 2 === 0 ? { session: { id: 's' } } : {})),
      );
      expect(await journal.flush()).toMatchObject({ accepted: events });
    }
    const ref = 'refs/traces/42/journal';
    const tip = await isomorphic.resolveRef({ fs, dir: at.path, ref });
    expect(tip).toBe(await journal.repository.refs.get(ref));
    const history = await isomorphic.log({ fs, dir: at.path, ref });
    expect(history.map(({ commit }) => commit.committer.email)).toEqual(['author@example.com', 'author@example.com']);
    const segments: [string, string[]][] = [];
    await isomorphic.walk({
      fs,
      dir: at.path,
      trees: [isomorphic.TREE({ ref })],
      map: async (path, [entry]) => {
        if ((await entry?.type()) !== 'blob' || !path.endsWith('.ndjson')) return;
        const text = Buffer.from((await entry?.content()) ?? []).toString('utf8');
        segments.push([path, text.split('\n').slice(0, -1)]);
      },
    });
    const lines = new Map<string, string[]>();
    for (const [path, more] of segments.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const session = path.slice(0, path.lastIndexOf('/'));
      lines.set(session, [...(lines.get(session) ?? []), ...more]);
    }
    const { parts } = await readJournal(journal.repository.objects, tip);
    expect(parts.map(({ writer, session, lines: ours }) => [`${writer}/${session}`, ours])).toEqual([...lines]);
    expect([...lines.values()].flat()).toHaveLength(2 * events + 2);
    expectSound(at);
  });
});
