/** The contract of the port GitRefs on real git: swaps, reading, and locks that are in the way. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

function repositoryWith(options: { sha256?: boolean } = {}): { at: TestRepository; one: string; two: string } {
  const at = TestRepository.create(options);
  return { at, one: at.commitFile('a', '1'), two: at.commitFile('a', '2') };
}

/** A lock as a killed git leaves it. */
function leaveLock(at: TestRepository, name: string, ageMs: number): string {
  const path = join(at.path, '.git', `${name}.lock`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  const then = new Date(Date.now() - ageMs);
  utimesSync(path, then, then);
  return path;
}

/** A git that has locked refs and waits for the word to commit. */
async function prepared(at: TestRepository, lines: string): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn('git', ['update-ref', '--stdin'], { cwd: at.path, env: { ...process.env, ...at.env } });
  onTestFinished(() => void child.kill());
  child.stdin.write(`start\n${lines}prepare\n`);
  let said = '';
  while (!said.includes('prepare: ok')) said += String(await once(child.stdout, 'data'));
  return child;
}

describe.each([
  { format: 'sha1', packed: false },
  { format: 'sha256', packed: false },
  { format: 'sha1', packed: true },
  { format: 'sha256', packed: true },
])('$format, packed $packed', ({ format, packed }) => {
  test('creates, reads, lists, swaps and deletes', async () => {
    const { at, one, two } = repositoryWith({ sha256: format === 'sha256' });
    const { refs } = await open(at);
    const pack = (): void => {
      if (packed) at.git('pack-refs', '--all');
    };
    expect(await refs.get(REF)).toBeUndefined();
    expect(await refs.update([{ name: REF, before: undefined, after: one }])).toBe('done');
    pack();
    expect(await refs.get(REF)).toBe(one);
    expect(at.git('rev-parse', REF)).toBe(one);
    expect(await refs.update([{ name: 'refs/traces/420/journal', before: undefined, after: two }])).toBe('done');
    expect(await refs.list(['refs/traces/42/'])).toEqual([{ name: REF, oid: one }]);
    expect(await refs.list([REF, 'refs/heads/'])).toEqual([
      { name: 'refs/heads/main', oid: two },
      { name: REF, oid: one },
    ]);
    expect(await refs.update([{ name: REF, before: one, after: two }])).toBe('done');
    pack();
    expect(await refs.get(REF)).toBe(two);
    expect(await refs.update([{ name: REF, before: two, after: undefined }])).toBe('done');
    expect(await refs.get(REF)).toBeUndefined();
    expect(at.tryGit('rev-parse', '--verify', '-q', REF).status).toBe(1);
  });

  test('a stale value changes nothing, neither that ref nor the others of the call', async () => {
    const { at, one, two } = repositoryWith({ sha256: format === 'sha256' });
    const { refs } = await open(at);
    await refs.update([{ name: REF, before: undefined, after: one }]);
    if (packed) at.git('pack-refs', '--all');
    const other = { name: 'refs/traces/7/journal', before: undefined, after: one };
    expect(await refs.update([other, { name: REF, before: undefined, after: two }])).toBe('stale');
    expect(await refs.update([other, { name: REF, before: two, after: two.replace(/./g, '1') }])).toBe('stale');
    expect(await refs.update([other, { name: REF, before: two, after: undefined }])).toBe('stale');
    // what is to be stands there already
    expect(await refs.update([{ name: 'refs/traces/8/journal', before: one, after: undefined }])).toBe('done');
    expect(await refs.update([{ name: REF, before: two, after: one }])).toBe('done');
    expect(await refs.list(['refs/traces/'])).toEqual([{ name: REF, oid: one }]);
    expect(await refs.update([])).toBe('done');
  });
});

test('tells what a ref names although the object is gone, and takes no tag of that name for it', async () => {
  const { at, one } = repositoryWith();
  const { refs } = await open(at);
  at.git('tag', REF, one);
  expect(await refs.get(REF)).toBeUndefined();
  at.writeFile(`.git/${REF}`, `${'1'.repeat(40)}\n`);
  expect(await refs.get(REF)).toBe('1'.repeat(40));
  at.writeFile(`.git/${REF}`, 'ref: refs/heads/main\n');
  expect(await refs.get(REF)).toBe(at.git('rev-parse', 'main'));
});

test('says that a ref is broken, as a power cut may leave it under another git', async () => {
  const { at } = repositoryWith();
  const { refs } = await open(at);
  at.writeFile(`.git/${REF}`, '');
  await expect(refs.get(REF)).rejects.toMatchObject({ code: 'bad-ref' });
});

test('writes no reflog, whatever the configuration says', async () => {
  const { at, one, two } = repositoryWith();
  at.git('config', 'core.logAllRefUpdates', 'always');
  const { refs } = await open(at);
  await refs.update([{ name: REF, before: undefined, after: one }]);
  await refs.update([{ name: REF, before: one, after: two }]);
  expect(existsSync(join(at.path, '.git/logs/refs/traces'))).toBe(false);
});

test('a name that cannot be is an error at once, not a lock to wait for', async () => {
  const { at, one } = repositoryWith();
  const { refs } = await open(at);
  await refs.update([{ name: REF, before: undefined, after: one }]);
  await expect(refs.update([{ name: `${REF}/deeper`, before: undefined, after: one }])).rejects.toMatchObject({ code: 'git-failed' });
  const injected = `refs/traces/9/journal ${one}\ndelete refs/heads/main`;
  await expect(refs.update([{ name: injected, before: undefined, after: one }])).rejects.toMatchObject({ code: 'git-failed' });
  expect(await refs.get('refs/heads/main')).toBe(at.git('rev-parse', 'HEAD'));
});

test('what was done counts, although git could not say so', async () => {
  const { at, one, two } = repositoryWith();
  const { refs } = await open(at);
  await refs.update([{ name: REF, before: undefined, after: one }]);
  // a hook that kills git right after the commit of the transaction
  at.writeFile('.git/hooks/reference-transaction', '#!/bin/sh\n[ "$1" = committed ] && kill -9 $PPID\nexit 0\n');
  at.run('chmod', ['+x', '.git/hooks/reference-transaction']);
  expect(await refs.update([{ name: REF, before: one, after: two }])).toBe('done');
  expect(await refs.get(REF)).toBe(two);
});

describe('locks', () => {
  test.each([
    { lock: REF, ageMs: 60_000 },
    { lock: REF, ageMs: 0 },
    { lock: 'packed-refs', ageMs: 0 },
  ])('one of $lock that nobody holds is cleared once it is quiet (age $ageMs ms)', async ({ lock, ageMs }) => {
    const { at, one, two } = repositoryWith();
    const { refs } = await open(at);
    await refs.update([{ name: REF, before: undefined, after: one }]);
    at.git('pack-refs', '--all');
    const path = leaveLock(at, lock, ageMs);
    const after = lock === REF ? two : undefined;
    expect(await refs.update([{ name: REF, before: one, after }])).toBe('done');
    expect(existsSync(path)).toBe(false);
    expect(await refs.get(REF)).toBe(after);
  });

  test('one that a living git holds, without having it open, is left alone', async () => {
    const { at, one, two } = repositoryWith();
    const { refs } = await open(at);
    await refs.update([{ name: REF, before: undefined, after: one }]);
    const holder = await prepared(at, `update ${REF} ${two} ${one}\n`);
    const path = join(at.path, '.git', `${REF}.lock`);
    const old = new Date(Date.now() - 60_000);
    utimesSync(path, old, old);
    await refs.clearStaleLock(REF, 10);
    expect(existsSync(path)).toBe(true);
    await expect(refs.update([{ name: REF, before: one, after: undefined }])).rejects.toMatchObject({ code: 'locked' });
    expect(existsSync(path)).toBe(true);
    holder.stdin.end('commit\n');
    await once(holder, 'close');
    expect(await refs.update([{ name: REF, before: one, after: undefined }])).toBe('stale');
    expect(await refs.get(REF)).toBe(two);
  });

  test('one that any living process has open is left alone', async () => {
    const { at } = repositoryWith();
    const { refs } = await open(at);
    const path = leaveLock(at, REF, 60_000);
    const holder = spawn('sh', ['-c', `exec 3<"${path}" && echo open && read -r line`], { cwd: '/' });
    onTestFinished(() => void holder.kill());
    await once(holder.stdout, 'data');
    await refs.clearStaleLock(REF, 10);
    expect(existsSync(path)).toBe(true);
    holder.stdin.end('\n');
    await once(holder, 'close');
    await refs.clearStaleLock(REF, 10);
    expect(existsSync(path)).toBe(false);
  });

  test('a git that reads in a linked worktree is no holder, one that writes there is', async () => {
    const { at, one, two } = repositoryWith();
    const worktree = at.worktree('side');
    const { refs } = await open(at);
    await refs.update([{ name: REF, before: undefined, after: one }]);
    const path = leaveLock(at, REF, 60_000);
    const writer = await prepared(worktree, `update refs/heads/other ${two}\n`);
    await refs.clearStaleLock(REF, 10);
    expect(existsSync(path)).toBe(true);
    writer.kill();
    await once(writer, 'close');
    rmSync(join(at.path, '.git/refs/heads/other.lock'), { force: true });
    const reader = spawn('git', ['cat-file', '--batch'], { cwd: worktree.path });
    reader.stdin.write('HEAD\n');
    await once(reader.stdout, 'data');
    await refs.clearStaleLock(REF, 10);
    expect(existsSync(path)).toBe(false);
    reader.kill();
    await once(reader, 'close');
  });
});
