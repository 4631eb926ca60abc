/** Hooks that one git command runs within a tick of the clock that files are stamped by. */
import { expect, test } from 'vitest';
import { inOrder } from '../../src/journal/flush.ts';
import { byNumber, type Taken } from '../../src/spool/read.ts';

/** The files in the order in which their records go into the journal; those with the same time are of one tick. */
function ordered(times: Readonly<Record<string, number>>): string[] {
  const taken = Object.keys(times)
    .sort(byNumber)
    .map((file): Taken => ({ file, ts: `2026-11-21T09:00:0${times[file]}.000Z`, record: { place: {}, type: 'commit', payload: {} } }));
  return inOrder(taken).map(({ file }) => file);
}

test('the later one has the greater process number', () => {
  expect(ordered({ 'hook-100-b.rec': 0, 'hook-99-a.rec': 0 })).toEqual(['hook-99-a.rec', 'hook-100-b.rec']);
});

test('unless these have begun again in between', () => {
  expect(ordered({ 'hook-301-c.rec': 0, 'hook-32765-a.rec': 0, 'hook-32767-b.rec': 0 })).toEqual([
    'hook-32765-a.rec',
    'hook-32767-b.rec',
    'hook-301-c.rec',
  ]);
  expect(ordered({ 'hook-301-c.rec': 1, 'hook-32767-b.rec': 1, 'hook-20000-a.rec': 0 })).toEqual([
    'hook-20000-a.rec',
    'hook-32767-b.rec',
    'hook-301-c.rec',
  ]);
});

test('two ticks are told apart by the time alone', () => {
  expect(ordered({ 'hook-301-a.rec': 0, 'hook-32767-b.rec': 1 })).toEqual(['hook-301-a.rec', 'hook-32767-b.rec']);
});

test('names are ordered by each number in them', () => {
  const names = [
    'hook-9-a.rec',
    'hook-10-a.rec',
    'run-7.ndjson',
    'serve-7-2-f.ndjson',
    'serve-7-10-0.ndjson',
    'serve-07-1-0.ndjson.x',
    'serve-8.ndjson',
  ];
  const sorted = [
    'hook-9-a.rec',
    'hook-10-a.rec',
    'run-7.ndjson',
    'serve-07-1-0.ndjson.x',
    'serve-7-2-f.ndjson',
    'serve-7-10-0.ndjson',
    'serve-8.ndjson',
  ];
  expect([...names].reverse().sort(byNumber)).toEqual(sorted);
});
