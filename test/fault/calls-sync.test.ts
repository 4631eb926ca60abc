/** Every system call that changes a file, here and in the remote, fails once while traces travel: nothing is lost, nothing doubled. */
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXTENT, LIMIT, type Stage, spool, strikeAll } from '../helpers/fault-stages.ts';
import { objectsWith } from '../helpers/reachable.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { NO_STRACE } from '../helpers/strace.ts';

const testTraced = skipUnless(NO_STRACE === undefined, NO_STRACE ?? '');
const TEXTS = ['first', 'theirs', 'ours'];

/** Two clones of a remote: what one has recorded is on the remote, what the other has is not, and both began with the same. */
function grownApart(): { at: TestRepository; remote: TestRepository } {
  const { repository: at, remote } = TestRepository.createWithRemote();
  spool(at, '42', ['first']);
  must(at, 'push', '42');
  const other = remote.clone();
  must(other, 'fetch', '42');
  spool(other, '42', ['theirs']);
  must(other, 'push', '42');
  spool(at, '42', ['ours']);
  must(at, 'flush');
  return { at, remote };
}

function must(at: TestRepository, ...args: readonly string[]): void {
  const { status, stderr } = at.trace(...args);
  if (status !== 0) throw new Error(`'${args.join(' ')}' ended with ${status}: ${stderr}`);
}

/** A fetch, and the union with what is here. */
function union(): Stage {
  const { at, remote } = grownApart();
  return { at, args: ['fetch', '42'], all: [at, remote], holders: [at], expected: { '42': TEXTS } };
}

function push(): Stage {
  const { at, remote } = grownApart();
  must(at, 'fetch', '42');
  return { at, args: ['push', '42'], all: [at, remote], holders: [at, remote], expected: { '42': TEXTS } };
}

/** A push that is refused, and then fetches, unites and pushes again. */
function contendedPush(): Stage {
  const { at, remote } = grownApart();
  return { at, args: ['push', '42'], all: [at, remote], holders: [at, remote], expected: { '42': TEXTS } };
}

function archive(): Stage {
  const { at, remote } = grownApart();
  return { at, args: ['archive', '42'], all: [at, remote], holders: [at, remote], expected: { '42': TEXTS } };
}

/** Two sessions that have ended, of which one is to go, here and on the remote. */
function prune(): Stage {
  const { repository: at, remote } = TestRepository.createWithRemote();
  for (const [i, session] of ['old', 'new'].entries()) {
    const ts = `2026-10-0${i + 1}T09:00:00.000Z`;
    const events = [
      { ts, type: 'annotation', payload: { text: session } },
      { ts, type: 'session_ended', payload: { status: 'completed' } },
    ];
    at.traceWith({ input: JSON.stringify({ pr: 42, session, events }) }, 'ingest', '-');
  }
  must(at, 'push', '42');
  const gone = { text: 'old', history: false };
  const args = ['prune', '--keep', '1', '42'];
  // where the journal was locked it is pruned in an inbox beside it, which the next sync folds
  return { at, args, all: [at, remote], holders: [at, remote], expected: { '42': ['new'] }, gone, last: ['sync', '42'] };
}

/** An event is erased here and on the remote, with its history. What is erased here and not there yet goes with the next sync. */
function erase(): Stage {
  const { at, remote } = grownApart();
  must(at, 'push', '42');
  const gone = { text: 'theirs', history: true };
  const expected = { '42': ['first', 'ours'] };
  const args = ['redact', '--match', '^theirs$', '42'];
  return { at, args, all: [at, remote], holders: [at, remote], expected, gone, ends: [0, 1], last: ['sync', '42'] };
}

testTraced.for([
  { title: 'a union', setUp: union, count: 4 },
  { title: 'a push', setUp: push, count: 4 },
  { title: 'a push that is refused', setUp: contendedPush, count: 4 },
  { title: 'an archive', setUp: archive, count: 4 },
  { title: 'a prune', setUp: prune, count: 3 },
  { title: 'an erase', setUp: erase, count: 4 },
])('$title', { timeout: LIMIT }, ({ title, setUp, count }) => {
  expect(strikeAll(title, setUp(), count, EXTENT)).toEqual([]);
});

test('the lock that a killed fetch left on a tracking ref stops no later one', () => {
  const { at } = grownApart();
  const lock = '.git/refs/trace-remotes/origin/42/journal.lock';
  at.writeFile(lock, '');
  expect(at.trace('fetch', '42')).toMatchObject({ status: 0, stderr: 'refs/traces/42/journal: united\n' });
  expect(at.exists(lock)).toBe(false);
});

test('nor do those that a killed deletion left', () => {
  const { at } = grownApart();
  must(at, 'fetch', '42');
  const remote = at.git('remote', 'get-url', 'origin').trim();
  at.git('--git-dir', remote, 'update-ref', '-d', 'refs/traces/42/journal');
  const locks = ['.git/refs/trace-remotes/origin/42/journal.lock', '.git/packed-refs.lock'];
  for (const lock of locks) at.writeFile(lock, '');
  at.trace('fetch', '42');
  expect(locks.filter((lock) => at.exists(lock))).toEqual([]);
  expect(at.trace('sync', '42')).toMatchObject({ status: 0 });
});

test('nor does that of what waits, when its holder has died', () => {
  const { at } = grownApart();
  at.writeFile('.git/trace/pending.lock', `4194399 0 ${hostname()} 0\n`);
  expect(at.trace('sync', '42')).toMatchObject({ status: 0 });
  expect(at.exists('.git/trace/pending.lock')).toBe(false);
});

test('an erasure waits while the remote has the ref locked, and says so each time', () => {
  const { at, remote } = grownApart();
  must(at, 'push', '42'); // refused once: others push here, too
  const lock = 'refs/traces/42/journal.lock';
  remote.writeFile(lock, '');
  const redact = (): Outcome => at.trace('redact', '--match', '^theirs$', '42');
  expect(redact()).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot lock ref') });
  expect(at.trace('status').stdout).toContain('not delivered');
  expect(redact()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("it was erased before, but has not gone from 'origin' yet"),
  });
  rmSync(join(remote.path, lock));
  expect(at.trace('sync', '42')).toMatchObject({ status: 0 });
  for (const one of [at, remote]) expect(objectsWith(one, 'theirs')).toEqual([]);
  expect(at.trace('status').stdout).not.toContain('not delivered');
});
