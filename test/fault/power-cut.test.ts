/**
 * The power fails while two processes record and flush: what they acknowledged is there, and no repository is damaged. Two
 * controls tell that the simulation can lose something: plain writes, and the same processes without a working fsync.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { seeded } from '../helpers/clone.ts';
import { Disk, NO_DISK } from '../helpers/disk.ts';
import { driver, frozen, start } from '../helpers/driver.ts';
import { EXTENT, LIMIT, spool } from '../helpers/fault-stages.ts';
import { readTexts } from '../helpers/journal.ts';
import type { Task } from '../helpers/journal-driver.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { NO_STRACE } from '../helpers/strace.ts';

const MIB = 1_048_576;
const REF = 'refs/traces/42/journal';
/** Makes every fsync of a process and its children succeed without doing anything. */
const WITHOUT_FSYNC = ['strace', '-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:retval=0'];

const testDisk = skipUnless(NO_DISK === undefined, NO_DISK ?? '');
const testTraced = skipUnless(NO_DISK === undefined && NO_STRACE === undefined, NO_DISK ?? NO_STRACE ?? '');

beforeAll(() => driver());

/** A repository on a disk of its own. */
function onDisk(): { disk: Disk; at: TestRepository } {
  const disk = Disk.create(96 * MIB);
  onTestFinished(() => disk.remove());
  mkdirSync(join(disk.path, 'repository'));
  const at = TestRepository.at(join(disk.path, 'repository'));
  at.git('init', '-q');
  at.commitFile('a', 'a\n', 'first');
  // the repository was there before; only what comes now is at stake
  at.run('sync', ['-f', at.path]);
  return { disk, at };
}

interface Cut {
  /** What was acknowledged before the power failed. */
  readonly acknowledged: readonly string[];
  /** The repository as it is found after that. */
  readonly found: TestRepository;
  readonly remove: () => void;
}

/** Starts processes, lets them say so many lines, and cuts the power. */
async function cutAfter(
  disk: Disk,
  at: TestRepository,
  tasks: readonly Task[],
  lines: number,
  through: readonly string[] = [],
): Promise<Cut> {
  const runs = await Promise.all(tasks.map((task) => start(at, task, through)));
  await Promise.all(runs.map(({ said }) => said(lines)));
  await Promise.all(runs.map(({ child }) => frozen(child)));
  const after = disk.cut();
  onTestFinished(() => after.remove());
  for (const { child } of runs) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  return {
    acknowledged: ends.flatMap(({ said }) => said.split('\n').slice(0, -1)),
    found: TestRepository.at(join(after.path, 'repository')),
    remove: () => after.remove(),
  };
}

/** What is lost or damaged after a cut. */
function wrongAfter({ acknowledged, found }: Cut): { lost: number; damaged: string[] } {
  const damaged: string[] = [];
  const git = found.tryGit('fsck', '--strict', '--no-progress', '--no-dangling');
  if (git.status !== 0) damaged.push(`git fsck: ${git.stderr}`);
  const flush = found.trace('flush');
  if (flush.status !== 0) damaged.push(`flush: ${flush.stderr}`);
  if (damaged.length > 0) return { lost: acknowledged.length, damaged };
  const verify = found.trace('verify', '42');
  if (verify.status !== 0) damaged.push(`verify: ${verify.stdout}${verify.stderr}`);
  const texts = found.tryGit('rev-parse', '-q', '--verify', REF).status === 0 ? readTexts(found, REF) : [];
  if (new Set(texts).size < texts.length) damaged.push('an event is there twice');
  return { lost: acknowledged.filter((text) => !texts.includes(text)).length, damaged };
}

testDisk('what is acknowledged outlasts a power cut', { timeout: LIMIT }, async () => {
  const { next } = seeded(`${EXTENT.seed} power`);
  const cuts = EXTENT.all ? 40 : 4;
  let acknowledged = 0;
  const { disk, at } = onDisk();
  for (let i = 0; i < cuts; i++) {
    const tasks: Task[] = ['a', 'b'].map((name) => ({ do: 'endure', name: `${name}${i}` }));
    const cut = await cutAfter(disk, at, tasks, 1 + next(120));
    expect({ cut: i, ...wrongAfter(cut) }).toEqual({ cut: i, lost: 0, damaged: [] });
    acknowledged += cut.acknowledged.length;
    cut.remove();
  }
  process.stderr.write(`power cuts: ${cuts}, ${acknowledged} acknowledged events, 0 lost (GITTRACE_TEST_SEED=${EXTENT.seed})\n`);
});

testDisk('control: what is only written is lost', { timeout: LIMIT }, async () => {
  const { disk, at } = onDisk();
  const { acknowledged, found } = await cutAfter(disk, at, [{ do: 'scribble' }], 200);
  const there = found.exists('scribble') ? readFileSync(join(found.path, 'scribble'), 'utf8').split('\n') : [];
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  expect(acknowledged.filter((line) => !there.includes(line)).length).toBeGreaterThan(0);
});

testTraced('control: without a working fsync, acknowledged events are lost', { timeout: LIMIT }, async () => {
  const { disk, at } = onDisk();
  const cut = await cutAfter(disk, at, [{ do: 'endure', name: 'a' }], 100, WITHOUT_FSYNC);
  const { lost } = wrongAfter(cut);
  process.stderr.write(`power cut without fsync: ${lost} of ${cut.acknowledged.length} acknowledged events lost\n`);
  expect(lost).toBeGreaterThan(0);
});

test('a lock whose bytes a power cut has taken is nobody’s', () => {
  const at = TestRepository.create();
  spool(at, '42', ['kept']);
  at.writeFile('.git/trace/flush.lock', '');
  expect(at.traceWith({ timeout: 10_000 }, 'flush')).toMatchObject({ status: 0 });
  expect(readTexts(at, REF)).toEqual(['kept']);
});
