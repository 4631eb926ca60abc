/** Playing: the laws of its schedule, and of what keys make of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  beginPlaying,
  isOver,
  type Mark,
  nextPlaying,
  type PlayMessage,
  Schedule,
  type Score,
  USUAL_LENGTH,
  untilNext,
  usualSpeed,
} from '../../src/replay/play.ts';

const times = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 5_000 }), fc.nat({ max: 400_000_000 })), { maxLength: 60 }).map((gaps) => {
  let at = 1_767_225_600_000;
  return gaps.map((gap) => {
    at += gap;
    return at;
  });
});
const pace = fc.record({ speed: fc.double({ min: 0.01, max: 100_000, noNaN: true }), idleLimit: fc.integer({ min: 1, max: 10_000 }) });
const marks = fc.array(fc.constantFrom<(Mark | undefined)[]>(undefined, 'failure', 'note', 'commit'), { minLength: 60, maxLength: 60 });
const message: fc.Arbitrary<PlayMessage> = fc.oneof(
  fc.record({ kind: fc.constant('passed' as const), ms: fc.nat({ max: 20_000 }) }),
  fc.record({ kind: fc.constantFrom('pause', 'step', 'back', 'faster', 'slower', 'restart', 'end') }),
  fc.record({ kind: fc.constant('next' as const), mark: fc.constantFrom<Mark[]>('failure', 'note', 'commit') }),
);

test('order is kept, no pause is longer than the limit, and the total is the sum of the pauses', () => {
  fc.assert(
    fc.property(times, pace, (all, how) => {
      const schedule = new Schedule(all, how);
      expect(schedule).toHaveLength(all.length);
      let sum = 0;
      for (let i = 1; i < all.length; i++) {
        const wait = schedule.at(i) - schedule.at(i - 1);
        const gap = ((all[i] ?? 0) - (all[i - 1] ?? 0)) / how.speed;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(how.idleLimit + 1e-6);
        expect(wait).toBeCloseTo(Math.min(gap, how.idleLimit), 3);
        sum += wait;
      }
      expect(schedule.total).toBeCloseTo(sum, 3);
      expect(schedule.at(0)).toBe(0);
    }),
  );
});

test('as much is shown as the time says', () => {
  fc.assert(
    fc.property(times, pace, fc.double({ min: 0, max: 600_000, noNaN: true }), (all, how, elapsed) => {
      const schedule = new Schedule(all, how);
      const shown = schedule.shownAt(elapsed);
      expect(shown).toBe(all.filter((_, i) => schedule.at(i) <= elapsed).length);
    }),
  );
});

test('without a word a story takes about a minute, or as long as it took', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 500, max: 5_000 }), (all, idleLimit) => {
      const speed = usualSpeed(all, idleLimit);
      const { total } = new Schedule(all, { speed, idleLimit });
      expect(speed).toBeGreaterThanOrEqual(1);
      expect(total).toBeLessThanOrEqual(USUAL_LENGTH);
      // no faster than need be: at four fifths of the speed it would take longer than a minute
      if (speed > 1) expect(new Schedule(all, { speed: speed * 0.8, idleLimit }).total).toBeGreaterThan(USUAL_LENGTH * 0.99);
    }),
  );
});

test('whatever is pressed, the state is one that can be drawn, and time goes on to the end', () => {
  fc.assert(
    fc.property(times, marks, pace, fc.array(message, { maxLength: 30 }), (all, places, how, messages) => {
      const score: Score = { times: all, marks: places.slice(0, all.length) };
      let playing = beginPlaying(score, how);
      for (const one of messages) {
        playing = nextPlaying(playing, one, score);
        const { schedule, shown, elapsed } = playing;
        expect(shown).toBeGreaterThanOrEqual(Math.min(1, all.length));
        expect(shown).toBeLessThanOrEqual(all.length);
        expect(elapsed).toBeGreaterThanOrEqual(schedule.at(shown - 1) - 1e-6);
        expect(elapsed).toBeLessThanOrEqual(schedule.total + 1e-6);
        expect(untilNext(playing) ?? 0).toBeGreaterThanOrEqual(0);
      }
      playing = playing.isPaused && !isOver(playing) ? nextPlaying(playing, { kind: 'pause' }, score) : playing;
      for (let i = 0; i <= all.length && untilNext(playing) !== undefined; i++) {
        const before = playing.shown;
        playing = nextPlaying(playing, { kind: 'passed', ms: (untilNext(playing) ?? 0) + 1e-6 }, score);
        expect(playing.shown).toBeGreaterThan(before);
      }
      expect(isOver(playing)).toBe(true);
    }),
  );
});
