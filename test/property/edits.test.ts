/**
 * The law of edits: applied to the snapshot before, the recorded diffs give the snapshot after, byte for byte. Random
 * edits as editors make them, in 200 boundaries; the caps are lifted. GITTRACE_TEST_SEED repeats a run.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { RECORD_ALL } from '../../src/core/policy.ts';
import { Edits, NO_REDACTION } from '../helpers/edits.ts';
import { TestRepository } from '../helpers/repository.ts';

const BOUNDARIES = 200;
const LIFTED = { ...RECORD_ALL, caps: { diff: 1e9, edits: 1e9, file: 1e9 } };

test('recorded diffs rebuild every snapshot', { timeout: 240_000 }, async () => {
  const seed = Number(process.env['GITTRACE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = mulberry(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const repository = TestRepository.create({ name: 'a work tree' });
  repository.git('config', 'core.autocrlf', 'false');
  repository.commitFile('.gitignore', '*.log\nbuild/\n');
  for (let i = 0; i < 12; i++) repository.commitFile(name(i), text(random, 30));
  const edits = await Edits.open(repository, { policy: LIFTED, redactor: NO_REDACTION, exact: true });
  let before = (await edits.take('init', { baseline: true })).tree;
  const scratch = repository.inGitDir('scratch-index');
  // the snapshots lie in stores of their own; plain git is to see them
  const env = (): Record<string, string> => {
    const folder = join(edits.ports.files.path, 'worktrees/main');
    const stores = readdirSync(folder).filter((entry) => entry.startsWith('objects-'));
    return { GIT_INDEX_FILE: scratch, GIT_ALTERNATE_OBJECT_DIRECTORIES: stores.map((store) => join(folder, store)).join(':') };
  };
  let events = 0;
  for (let boundary = 0; boundary < BOUNDARIES; boundary++) {
    const steps = Array.from({ length: below(6) }, () => step(repository.path, random, below));
    const { records, tree } = await edits.take();
    events += records.length;
    const patch = records.map(({ payload }) => String(payload['diff_snippet'])).join('');
    repository.gitWith({ env: env() }, 'read-tree', before);
    if (patch !== '')
      repository.gitWith({ env: env(), input: Buffer.from(patch, 'latin1') }, 'apply', '--cached', '--whitespace=nowarn', '-');
    const rebuilt = repository.gitWith({ env: env() }, 'write-tree');
    expect(rebuilt, `seed ${seed}, boundary ${boundary}: ${steps.join('; ')}`).toBe(tree);
    before = tree;
  }
  expect(events).toBeGreaterThan(BOUNDARIES);
  // and the last snapshot is what stands there, as git itself would add it
  rmSync(scratch, { force: true });
  repository.gitWith({ env: { GIT_INDEX_FILE: scratch } }, 'add', '-A');
  expect(repository.gitWith({ env: { GIT_INDEX_FILE: scratch } }, 'write-tree')).toBe(before);
});

const FOLDERS = ['', 'src/', 'src/deep/er/', 'with space/', 'ünï/'];

function name(n: number): string {
  return `${FOLDERS[n % FOLDERS.length]}file ${n}.txt`;
}

function files(folder: string, path = ''): string[] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    if (below === '.git' || below === '.gitignore') return [];
    return entry.isDirectory() ? files(folder, below) : entry.isFile() ? [below] : [];
  });
}

/** One thing that a person or an editor does; the answer is its name. */
function step(top: string, random: () => number, below: (limit: number) => number): string {
  const there = files(top).sort();
  const path = there[below(there.length)];
  if (path === undefined) {
    writeFileSync(join(top, 'first'), 'first\n');
    return 'begin again';
  }
  const whole = join(top, path);
  const put = (target: string, bytes: string | Buffer): void => {
    mkdirSync(dirname(join(top, target)), { recursive: true });
    rmSync(join(top, target), { recursive: true, force: true });
    writeFileSync(join(top, target), bytes);
  };
  const fresh = (): string => `${FOLDERS[below(FOLDERS.length)]}new ${below(40)}${['.txt', '.bin', '.c', ''][below(4)]}`;
  switch (below(15)) {
    case 0: {
      const lines = readFileSync(whole, 'latin1').split('\n');
      lines.splice(below(lines.length + 1), below(3), ...text(random, 3).split('\n'));
      renameInto(whole, Buffer.from(lines.join('\n'), 'latin1'));
      return `save by rename ${path}`;
    }
    case 1:
      writeFileSync(whole, text(random, 20));
      return `save by truncate ${path}`;
    case 2:
      writeFileSync(whole, `${readFileSync(whole, 'latin1')}${random()}`, 'latin1');
      return `append without newline ${path}`;
    case 3:
      rmSync(whole, { force: true });
      return `delete ${path}`;
    case 4: {
      const target = fresh();
      mkdirSync(dirname(join(top, target)), { recursive: true });
      if (!lstatSync(join(top, target), { throwIfNoEntry: false })?.isDirectory()) renameSync(whole, join(top, target));
      return `move ${path} to ${target}`;
    }
    case 5:
      put(fresh(), text(random, 15));
      return 'create';
    case 6:
      put(fresh(), Buffer.from(Array.from({ length: 400 }, () => below(256))));
      return 'create binary';
    case 7:
      put(fresh(), text(random, 10).replaceAll('\n', '\r\n'));
      return 'create CRLF';
    case 8:
      put(fresh(), Buffer.from(`caf\xe9 ${random()}\n`, 'latin1'));
      return 'create latin-1';
    case 9:
      chmodSync(whole, below(2) === 0 ? 0o755 : 0o644);
      return `chmod ${path}`;
    case 10:
      put(`ignored-${below(3)}.log`, text(random, 3));
      put('build/out.js', text(random, 3));
      return 'create ignored';
    case 11:
      put(fresh(), '');
      return 'create empty';
    case 12: {
      rmSync(whole, { force: true });
      symlinkSync(`target ${below(3)}`, whole);
      return `replace by a link ${path}`;
    }
    case 13: {
      rmSync(whole, { force: true });
      put(`${path}/inside`, text(random, 4));
      return `replace by a folder ${path}`;
    }
    default: {
      const bytes = readFileSync(whole);
      writeFileSync(whole, Buffer.from(bytes.toString('latin1').split('').reverse().join(''), 'latin1'));
      return `same size, other bytes ${path}`;
    }
  }
}

/** As editors save: a new file beside it, and over it. */
function renameInto(path: string, bytes: Buffer): void {
  writeFileSync(`${path}~`, bytes);
  renameSync(`${path}~`, path);
}

function text(random: () => number, most: number): string {
  const lines = Math.floor(random() * most);
  return Array.from({ length: lines }, () => `line ${Math.floor(random() * 50)} diff --git a/x b/x\n`).join('');
}

/** A small seeded generator (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
