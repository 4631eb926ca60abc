/** What the keys of the player do, one by one. */
import { expect, test } from 'vitest';
import { beginPlaying, nextPlaying, type Playing, type PlayMessage, type Score, untilNext } from '../../src/replay/play.ts';
import { playMessage } from '../../src/replay/play-screen.ts';

const score: Score = { times: [0, 1_000, 2_000, 60_000, 61_000], marks: [undefined, 'failure', 'note', 'failure', 'commit'] };

function press(playing: Playing, ...messages: readonly PlayMessage[]): Playing {
  return messages.reduce((before, message) => nextPlaying(before, message, score), playing);
}

const begin = (): Playing => beginPlaying(score, { speed: 1, idleLimit: 2_000 });
const next = (mark: 'failure' | 'note' | 'commit'): PlayMessage => ({ kind: 'next', mark });

test('the first event is shown at once, the others when it is time', () => {
  expect(begin()).toMatchObject({ shown: 1, elapsed: 0, isPaused: false });
  expect(untilNext(begin())).toBe(1_000);
  expect(press(begin(), { kind: 'passed', ms: 999 }).shown).toBe(1);
  expect(press(begin(), { kind: 'passed', ms: 1_000 }).shown).toBe(2);
  expect(press(begin(), { kind: 'passed', ms: 3_999 }).shown).toBe(3);
  expect(press(begin(), { kind: 'passed', ms: 4_000 }).shown).toBe(4);
  expect(press(begin(), { kind: 'passed', ms: 1e9 })).toMatchObject({ shown: 5, elapsed: 5_000 });
});

test('a pause stops time, and another one lets it go on', () => {
  const paused = press(begin(), { kind: 'passed', ms: 500 }, { kind: 'pause' }, { kind: 'passed', ms: 9_000 });
  expect(paused).toMatchObject({ shown: 1, elapsed: 500, isPaused: true });
  expect(untilNext(paused)).toBeUndefined();
  expect(press(paused, { kind: 'pause' }, { kind: 'passed', ms: 500 }).shown).toBe(2);
});

test('steps and jumps go to an event and wait there', () => {
  expect(press(begin(), { kind: 'step' })).toMatchObject({ shown: 2, elapsed: 1_000, isPaused: true });
  expect(press(begin(), { kind: 'step' }, { kind: 'back' })).toMatchObject({ shown: 1, elapsed: 0 });
  expect(press(begin(), { kind: 'back' }).shown).toBe(1);
  expect(press(begin(), next('failure'))).toMatchObject({ shown: 2, isPaused: true });
  expect(press(begin(), next('failure'), next('failure'))).toMatchObject({ shown: 4, elapsed: 4_000 });
  expect(press(begin(), next('note')).shown).toBe(3);
  expect(press(begin(), next('commit')).shown).toBe(5);
  const last = press(begin(), next('failure'), next('failure'));
  expect(press(last, next('failure'))).toBe(last);
  expect(press(last, { kind: 'restart' })).toMatchObject({ shown: 1, elapsed: 0, isPaused: false });
  expect(press(last, { kind: 'end' }).shown).toBe(5);
  expect(press(last, { kind: 'end' }, { kind: 'pause' })).toMatchObject({ shown: 1, isPaused: false });
});

test('faster and slower keep the place, in the middle of a pause too', () => {
  const middle = press(begin(), { kind: 'passed', ms: 1_500 });
  const faster = press(middle, { kind: 'faster' }, { kind: 'faster' });
  expect(faster.shown).toBe(2);
  expect(faster.schedule.pace.speed).toBeCloseTo(2.25);
  expect(untilNext(faster)).toBeCloseTo(500 / 2.25);
  expect(untilNext(press(faster, { kind: 'slower' }, { kind: 'slower' }))).toBeCloseTo(500);
});

test('an empty story has an end', () => {
  const none: Score = { times: [], marks: [] };
  const playing = beginPlaying(none, { speed: 1, idleLimit: 1 });
  expect(playing).toMatchObject({ shown: 0, elapsed: 0 });
  for (const kind of ['step', 'back', 'pause', 'restart', 'end', 'faster'] as const)
    expect(nextPlaying(playing, { kind }, none)).toMatchObject({ shown: 0 });
});

test('keys mean what the line at the bottom says', () => {
  const key = (name: string, text = '', modifiers = {}): unknown =>
    playMessage({ kind: 'key', name, text, ctrl: false, alt: false, shift: false, ...modifiers });
  expect(key('space', ' ')).toEqual({ kind: 'pause' });
  expect(key('right')).toEqual({ kind: 'step' });
  expect(key('.', '.')).toEqual({ kind: 'step' });
  expect(key('left')).toEqual({ kind: 'back' });
  expect(key('f', 'f')).toEqual({ kind: 'next', mark: 'failure' });
  expect(key('0', '0')).toEqual({ kind: 'restart' });
  expect(key('q', 'q')).toBe('quit');
  expect(key('c', '', { ctrl: true })).toBe('quit');
  expect(key('c', '', { alt: true })).toBeUndefined();
  expect(key('x', 'x')).toBeUndefined();
});
