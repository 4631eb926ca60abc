/** Clones that record on the same pull request and meet at a bare repository: nothing is lost, and nobody needs to take turns. */

import * as fs from 'node:fs';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { describe, expect, test } from 'vitest';
import { lineId, parseLine } from '../../src/core/line.ts';
import { commitObject } from '../../src/journal/commit.ts';
import { loadRoot } from '../../src/journal/read.ts';
import type { Tree } from '../../src/journal/tree.ts';
import { integrate } from '../../src/sync/integrate.ts';
import { Clone, seeded } from '../helpers/clone.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

/** A bare remote that takes nothing but fast-forwards, and so many clones of it. */
async function clones(count: number): Promise<{ remote: TestRepository; all: Clone[] }> {
  const { remote } = TestRepository.createWithRemote();
  remote.git('config', 'receive.denyNonFastForwards', 'true');
  remote.git('config', 'receive.fsckObjects', 'true');
  const all: Clone[] = [];
  for (let i = 0; i < count; i++) all.push(await Clone.open(remote.clone({ name: `clone ${i}` })));
  return { remote, all };
}

/** What isomorphic-git, which shares no code with git or us, reads at a journal. */
async function readIndependently(at: TestRepository, ref = REF): Promise<string[]> {
  const gitdir = at.git('rev-parse', '--absolute-git-dir');
  const oid = await git.resolveRef({ fs, gitdir, ref });
  const lines: string[] = [];
  await git.walk({
    fs,
    gitdir,
    trees: [git.TREE({ ref: oid })],
    map: async (path, [entry]) => {
      if (!path.endsWith('.ndjson')) return; // anything but null: go on below
      lines.push(
        ...Buffer.from((await entry?.content()) ?? [])
          .toString('utf8')
          .split('\n')
          .slice(0, -1),
      );
    },
  });
  return lines;
}

describe('two clones, recording offline', () => {
  test('push in turn: both have everything, in one straight line of fast-forwards', async () => {
    const { remote, all } = await clones(2);
    const [one, two] = all as [Clone, Clone];
    for (const n of [1, 2, 3]) await one.record(`one ${n}`);
    for (const n of [1, 2]) await two.record(`two ${n}`);
    expect((await one.push()).delivered).toEqual(new Map([['42', 'sent']]));
    const first = remote.git('rev-parse', REF);
    expect((await two.push()).delivered).toEqual(new Map([['42', 'sent']]));
    await one.fetch();
    const notes = ['one 1', 'one 2', 'one 3', 'two 1', 'two 2'];
    expect(await one.notes()).toEqual(notes);
    expect(await two.notes()).toEqual(notes);
    const tips = [remote, one.at, two.at].map((at) => at.git('rev-parse', REF));
    expect(new Set(tips).size).toBe(1);
    expect(remote.git('rev-list', '--min-parents=2', REF)).toBe('');
    expect(remote.git('rev-list', '--first-parent', REF).split('\n')).toContain(first);
    const lines = await one.lines();
    for (const { at } of [one, two]) expect((await readIndependently(at)).sort()).toEqual([...lines].sort());
  });

  test('say nothing new when there is nothing new', async () => {
    const { remote, all } = await clones(2);
    const [one, two] = all as [Clone, Clone];
    await one.record('x');
    await one.push();
    await two.fetch();
    const tip = remote.git('rev-parse', REF);
    expect((await one.push()).delivered).toEqual(new Map([['42', 'up-to-date']]));
    expect(await one.fetch()).toEqual({ '42': 'unchanged' });
    expect(await two.fetch()).toEqual({ '42': 'unchanged' });
    expect((await two.push()).delivered).toEqual(new Map([['42', 'up-to-date']]));
    expect(remote.git('rev-parse', REF)).toBe(tip);
  });

  test('that united the same journals apart agree without another commit', async () => {
    const { remote, all } = await clones(3);
    const [one, two, three] = all as [Clone, Clone, Clone];
    await one.record('one');
    await two.record('two');
    await one.push();
    // the third has a union of its own making: another commit, the same tree
    await three.fetch();
    three.at.git('fetch', '-q', two.at.path, `${REF}:refs/other`);
    three.at.git('update-ref', 'refs/trace-remotes/origin/42/journal', 'refs/other');
    expect(await integrate(three.ports, '42', three.at.git('rev-parse', 'refs/other'), 'two')).toBe('united');
    await two.push();
    expect(await three.fetch()).toEqual({ '42': 'fast-forward' });
    expect(three.at.git('rev-parse', REF)).toBe(remote.git('rev-parse', REF));
  });
});

describe('three clones', () => {
  test.each([1, 2, 3, 4])('in any order of recording, pushing and fetching (seed %i)', async (seed) => {
    const random = seeded(seed);
    const { remote, all } = await clones(3);
    const said: Record<string, string[]> = { '42': [], '7': [] };
    for (let step = 0; step < 40; step++) {
      const clone = all[random.next(3)];
      const trace = random.next(4) === 0 ? '7' : '42';
      const dice = random.next(10);
      if (dice < 5) {
        const text = `step ${step}`;
        const session = dice < 2 ? { session: { id: `shell-${random.next(2)}` } } : {};
        await clone?.record(text, trace, session);
        said[trace]?.push(text);
      } else if (dice < 8) await clone?.push(random.next(2) === 0 ? [trace] : ['42', '7']);
      else await clone?.fetch(random.next(2) === 0 ? [trace] : ['42', '7']);
    }
    for (const clone of [...all, ...all]) expect((await clone.push(['42', '7'])).failed).toEqual(new Map());
    for (const clone of all) await clone.fetch(['42', '7']);
    for (const [trace, texts] of Object.entries(said)) {
      for (const clone of all) expect(await clone.notes(trace)).toEqual([...texts].sort());
      if (texts.length === 0) continue;
      const ref = `refs/traces/${trace}/journal`;
      expect(new Set([remote, ...all.map(({ at }) => at)].map((at) => at.git('rev-parse', ref))).size).toBe(1);
      expect(remote.git('rev-list', '--min-parents=2', ref)).toBe('');
    }
    for (const at of [remote, ...all.map((clone) => clone.at)]) at.git('fsck', '--strict', '--no-dangling');
  });
});

describe('a .git that was copied', () => {
  /** `cp -r` of a clone, with everything in `.git/trace`. */
  async function copied(from: Clone): Promise<Clone> {
    const empty = TestRepository.create({ name: 'copy' });
    fs.rmSync(join(empty.path, '.git'), { recursive: true });
    fs.cpSync(join(from.at.path, '.git'), join(empty.path, '.git'), { recursive: true, preserveTimestamps: true });
    return Clone.open(empty);
  }

  test('is noticed when both have pushed; the later one takes a new name, and nothing is lost', async () => {
    const { remote, all } = await clones(2);
    const [one, other] = all as [Clone, Clone];
    await one.record('before');
    const copy = await copied(one);
    expect(copy.writer).toBe(one.writer);
    await one.record('one');
    await copy.record('copy');
    await one.push();
    const name = one.writer;
    expect((await copy.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(copy.writer).not.toBe(name);
    expect(one.writer).toBe(name);
    const written = remote.git('ls-tree', '-r', '--name-only', REF).split('\n');
    expect(written.filter((path) => path.startsWith(`${name}/`)).map((path) => path.replace(/^.*\//, ''))).toEqual([
      '0000000001.1.ndjson',
      '0000000001.ndjson',
    ]);
    await copy.record('copy again');
    await one.record('one again');
    await copy.push();
    await one.push();
    await other.fetch();
    await copy.fetch();
    const texts = [...(await other.notes())];
    expect(new Set(texts)).toEqual(new Set(['before', 'copy', 'copy again', 'one', 'one again']));
    expect(await copy.notes()).toEqual(texts);
    // what came after the rename has a path of its own
    expect(remote.git('ls-tree', '--name-only', REF).split('\n')).toContain(copy.writer);
  });

  test('and copied again, in any order (seeded)', async () => {
    for (const seed of [1, 2]) {
      const random = seeded(`copies ${seed}`);
      const { all } = await clones(1);
      const [one] = all as [Clone];
      await one.record('first');
      const team = [one, await copied(one), await copied(one)];
      const texts = ['first'];
      for (let step = 0; step < 24; step++) {
        const clone = team[random.next(3)];
        const dice = random.next(6);
        if (dice < 3) {
          await clone?.record(`${seed}/${step}`);
          texts.push(`${seed}/${step}`);
        } else if (dice < 5) await clone?.push();
        else await clone?.fetch();
      }
      for (const clone of [...team, ...team]) await clone.push();
      for (const clone of team) {
        await clone.fetch();
        expect([...new Set(await clone.notes())], `seed ${seed}`).toEqual([...texts].sort());
      }
      expect(new Set(team.map(({ writer }) => writer)).size, `seed ${seed}`).toBe(3);
    }
  });
});

/** What an eraser does: a journal without a past, in which the line with this text is a mark. */
async function erase(clone: Clone, text: string): Promise<void> {
  const { repository, sha256 } = clone.ports;
  const before = await repository.refs.get(REF);
  const root = await loadRoot(repository.objects, before ?? '');
  const batch = repository.objects.batch();
  const mark = (line: string): string => (line.includes(text) ? `{"erased":"${sha256(lineId(line, parseLine(line), sha256))}"}` : line);
  const walk = async (tree: Tree): Promise<void> => {
    for (const { name, kind, oid } of tree.names()) {
      const folder = kind === 'folder' ? await tree.folder(name) : undefined;
      if (folder !== undefined) await walk(folder);
      else if (name.endsWith('.ndjson') && oid !== undefined) {
        const lines = (await repository.objects.read(oid))?.data.toString('utf8').split('\n') ?? [];
        await tree.put(name, batch.add('blob', Buffer.from(lines.map(mark).join('\n'))));
      }
    }
  };
  await walk(root);
  const after = batch.add('commit', commitObject(root.write(batch), undefined, await repository.identity(), 1, 'erased'));
  await batch.write();
  await repository.refs.update([{ name: REF, before, after }]);
}

test('an erased line stays erased when another clone, which still has it, pushes', async () => {
  const { remote, all } = await clones(2);
  const [one, two] = all as [Clone, Clone];
  await one.record('a secret');
  await one.record('no secret');
  await one.push();
  const before = remote.git('rev-parse', REF);
  await two.fetch();
  await two.record('two');
  await erase(one, 'a secret');
  remote.git('config', 'receive.denyNonFastForwards', 'false');
  one.at.git('push', '-q', '--force', 'origin', `${REF}:${REF}`);
  expect((await two.push()).failed).toEqual(new Map());
  await one.fetch();
  for (const clone of all) {
    expect(await clone.notes()).toEqual(['no secret', 'two']);
    expect(clone.at.git('rev-list', REF).split('\n')).not.toContain(before);
  }
  expect(remote.git('log', '--format=%H', REF)).not.toContain(before);
});
