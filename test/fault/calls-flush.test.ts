/** Every system call that changes a file fails once while events are recorded and flushed: nothing is lost, nothing doubled. */
import { expect } from 'vitest';
import { EXTENT, LIMIT, type Stage, spool, strikeAll } from '../helpers/fault-stages.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { NO_STRACE } from '../helpers/strace.ts';

const testTraced = skipUnless(NO_STRACE === undefined, NO_STRACE ?? '');

/** A flush into a journal that is there and one that is new. */
function flush(): Stage {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  spool(at, '42', ['before']);
  at.trace('flush');
  spool(at, '42', ['one', 'two']);
  spool(at, 'heads/main', ['three']);
  return { at, args: ['flush'], all: [at], holders: [at], expected: { '42': ['before', 'one', 'two'], 'heads/main': ['three'] } };
}

/** So many objects that they become a pack. */
function flushPack(): Stage {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  const texts = Array.from({ length: 60 }, (_, i) => `note ${i}`);
  spool(at, '42', texts, 60);
  return { at, args: ['flush'], all: [at], holders: [at], expected: { '42': texts } };
}

/** An event that comes over standard input: the same batch again makes no second one. */
function ingest(): Stage {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  const events = [{ ts: '2026-10-01T09:00:00.000Z', type: 'annotation', payload: { text: 'told' } }];
  const input = JSON.stringify({ pr: 42, session: 's', events });
  return { at, args: ['ingest', '-'], input, all: [at], holders: [at], expected: { '42': ['told'] } };
}

testTraced.for([
  { title: 'a flush', setUp: flush, count: 5 },
  { title: 'a flush of a pack', setUp: flushPack, count: 3 },
  { title: 'an ingest', setUp: ingest, count: 4 },
])('$title', { timeout: LIMIT }, ({ title, setUp, count }) => {
  expect(strikeAll(title, setUp(), count, EXTENT)).toEqual([]);
});
