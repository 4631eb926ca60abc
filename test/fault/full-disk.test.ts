/** No room, no leave and no clock to trust: what was acknowledged is kept, what was not is told, and later all goes on. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../helpers/clone.ts';
import { Memory, NO_MOUNT } from '../helpers/disk.ts';
import { EXTENT, LIMIT } from '../helpers/fault-stages.ts';
import { readTexts } from '../helpers/journal.ts';
import { hasProgram, type Outcome, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const BRANCH = 'refs/traces/heads/main/journal';
const KIB = 1024;

const testMount = skipUnless(NO_MOUNT === undefined, NO_MOUNT ?? '');
const testClock = skipUnless(hasProgram('faketime'), 'faketime is not installed');

function inMemory(bytes: number): { memory: Memory; at: TestRepository } {
  const memory = Memory.create(bytes);
  onTestFinished(() => memory.remove());
  mkdirSync(join(memory.path, 'repository'));
  const at = TestRepository.at(join(memory.path, 'repository'));
  at.git('init', '-q');
  at.commitFile('a', 'a\n', 'first');
  return { memory, at };
}

/** Events that are told by their texts, as a batch for standard input; the same batch again adds nothing. */
function batch(...texts: readonly string[]): string {
  const events = texts.map((text, i) => ({
    ts: new Date(Date.UTC(2026, 9, 1, 9, 0, i)).toISOString(),
    type: 'annotation',
    payload: { text },
  }));
  return JSON.stringify({ pr: 42, session: `s-${texts[0]?.replace(/[^a-z0-9]/g, '-')}`, events });
}

/** A command that could not do its work says so, and shows nobody a stack. */
function expectTold({ status, signal, stderr }: Outcome): void {
  expect({ signal, stderr }).toEqual({ signal: null, stderr: expect.not.stringMatching(/^\s+at |node:internal|mistake/m) });
  if (status !== 0) expect(stderr).toMatch(/^(error|warning): \S/m);
}

/** Every text of the acknowledged is there once, and git and verify find nothing. */
function expectKept(at: TestRepository, acknowledged: readonly string[], ref = 'refs/traces/42/journal'): void {
  const texts = readTexts(at, ref);
  expect(acknowledged.filter((text) => !texts.includes(text))).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
  expect(at.trace('verify', ref.split('/').at(-2) ?? '')).toMatchObject({ status: 0 });
  expect(at.tryGit('fsck', '--strict')).toMatchObject({ status: 0 });
}

testMount('a disk that becomes full at any moment', { timeout: LIMIT }, () => {
  const { memory, at } = inMemory(4096 * KIB);
  const { next } = seeded(`${EXTENT.seed} full`);
  const acknowledged: string[] = [];
  let refused = 0;
  for (let i = 0; i < (EXTENT.all ? 60 : 8); i++) {
    memory.fill(4 * KIB * next(14));
    const texts = Array.from({ length: 1 + next(30) }, (_, k) => `round ${i} event ${k}`);
    const outcome = at.traceWith({ input: batch(...texts) }, 'ingest', '-');
    expectTold(outcome);
    if (outcome.status === 0) acknowledged.push(...texts);
    else refused++;
    expectTold(at.trace('show', '42'));
    memory.empty();
    if (next(2) === 0) expect(at.trace('flush')).toMatchObject({ status: 0 });
  }
  expect(at.traceWith({ input: batch('last') }, 'ingest', '-')).toMatchObject({ status: 0 });
  expectKept(at, [...acknowledged, 'last']);
  process.stderr.write(
    `full disk: ${refused} batches refused, ${acknowledged.length} events acknowledged (GITTRACE_TEST_SEED=${EXTENT.seed})\n`,
  );
  expect(refused).toBeGreaterThan(0);
});

test('a limit on the size of files, for us and for git', { timeout: LIMIT }, () => {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  const acknowledged: string[] = [];
  const refused: string[] = [];
  // 100 events in one file of the spool, and in sessions of their own as a pack
  for (const blocks of EXTENT.all ? Array.from({ length: 20 }, (_, i) => i * 8) : [0, 1, 8, 24, 80]) {
    const texts = Array.from({ length: 100 }, (_, k) => `limit ${blocks} event ${k} ${'x'.repeat(k)}`);
    const events = texts.map((text, k) => ({
      ts: '2026-10-01T09:00:00.000Z',
      type: 'annotation',
      session: `l${blocks}-${k}`,
      payload: { text },
    }));
    const input = JSON.stringify({ pr: 42, events });
    const outcome = at.run('sh', ['-c', `ulimit -f ${blocks}; exec git-trace ingest -`], { input, env: onPath(at) });
    expectTold(outcome);
    if (outcome.status === 0) acknowledged.push(...texts);
    else refused.push(outcome.stderr);
    expect(at.trace('flush')).toMatchObject({ status: 0 });
  }
  expect(refused[0]).toContain("a file may not become that large here\nhint: 'ulimit -f' tells the limit");
  expect(acknowledged.length).toBeGreaterThan(0);
  expectKept(at, acknowledged);
});

testMount('a file system that is read-only: writing is refused in words, reading goes on', () => {
  const { memory, at } = inMemory(4096 * KIB);
  expect(at.traceWith({ input: batch('before') }, 'ingest', '-')).toMatchObject({ status: 0 });
  memory.remount('ro');
  const refused = at.traceWith({ input: batch('never') }, 'ingest', '-');
  expect(refused).toMatchObject({ status: 128, stderr: expect.stringContaining('the git directory may not be written') });
  for (const args of [['note', 'never'], ['flush'], ['archive', '42']]) {
    const outcome = at.trace(...args);
    expectTold(outcome);
    expect(outcome.status).toBe(128);
  }
  expect(at.trace('show', '42').stdout).toContain('before');
  for (const args of [['verify', '42'], ['list'], ['status'], ['summary', '42']]) expect(at.trace(...args)).toMatchObject({ status: 0 });
  memory.remount('rw');
  expect(at.traceWith({ input: batch('after') }, 'ingest', '-')).toMatchObject({ status: 0 });
  expectKept(at, ['before', 'after']);
});

/** Runs the command with another clock; files keep their own times, and so does what counts durations. */
function withClock(at: TestRepository, clock: string, ...args: readonly string[]): Outcome {
  const env = { ...onPath(at), NO_FAKE_STAT: '1', DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  return at.run('faketime', ['-f', clock, 'git-trace', ...args], { env });
}

function onPath(at: TestRepository): Record<string, string | undefined> {
  at.putTraceOnPath();
  return at.env;
}

testClock('a clock that is set back an hour, or runs ten times too fast', () => {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  expect(at.trace('note', 'a')).toMatchObject({ status: 0 });
  expect(withClock(at, '-1h', 'note', 'b')).toMatchObject({ status: 0 });
  expect(withClock(at, '+0 x10', 'note', 'c')).toMatchObject({ status: 0 });
  // the order is that of recording, whatever the clock said, and a reader is told of that
  const shown = at.trace('show', 'main').stdout;
  expect([...shown.matchAll(/✎ ([abc])(?: |$)/gm)].map(([, text]) => text)).toEqual(['a', 'b', 'c']);
  expect(shown).toContain('✎ b  (clock 1h behind)');
  // the lock of a dead git is of the future now
  at.writeFile(`.git/${BRANCH}.lock`, '');
  expect(withClock(at, '-1h', 'note', 'd')).toMatchObject({ status: 0 });
  expectKept(at, ['a', 'b', 'c', 'd'], BRANCH);
});
