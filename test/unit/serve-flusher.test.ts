/** When the spool is flushed: by a fake clock, with flushes that the test ends. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Flushed, Flusher } from '../../src/serve/flusher.ts';

const DONE: Flushed = { held: {} };

function setUp(many = 100) {
  const flushes: { records: number; isAwaited: boolean; end: (error?: Error) => void }[] = [];
  const told: (string | undefined)[] = [];
  const flusher = new Flusher({
    flush: (records, isAwaited) =>
      new Promise((resolve, reject) => {
        flushes.push({ records, isAwaited, end: (error) => (error === undefined ? resolve(DONE) : reject(error)) });
      }),
    begin: async () => async () => {},
    told: (_, error) => told.push(error),
    now: () => Date.now(),
    quiet: 1_000,
    longest: 5_000,
    many,
  });
  return { flusher, flushes, told };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the flusher', () => {
  test('waits a moment for others, then takes all of them', async () => {
    const { flusher, flushes } = setUp();
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(999);
    flusher.noted(2);
    await vi.advanceTimersByTimeAsync(999);
    expect(flushes).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(flushes.map(({ records }) => records)).toEqual([3]);
    flushes[0]?.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(flushes).toHaveLength(1);
  });

  test('says whether somebody waits for it', async () => {
    const { flusher, flushes } = setUp();
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(1_000);
    // whoever asks while one runs waits for the next, and nobody for the one after that
    flusher.noted(1);
    const asked = flusher.flushed();
    flushes[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    flushes[1]?.end();
    await asked;
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(1_000);
    flushes[2]?.end();
    await vi.advanceTimersByTimeAsync(0);
    flusher.noted(1);
    const closed = flusher.close();
    await vi.advanceTimersByTimeAsync(0);
    flushes[3]?.end();
    await closed;
    expect(flushes.map(({ isAwaited }) => isAwaited)).toEqual([false, true, false, true]);
  });

  test('does not wait for silence for ever', async () => {
    const { flusher, flushes } = setUp();
    for (let i = 0; i < 9; i++) {
      flusher.noted(1);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(flushes).toHaveLength(0);
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(flushes.map(({ records }) => records)).toEqual([10]);
  });

  test('does not wait when much has come', async () => {
    const { flusher, flushes } = setUp();
    flusher.noted(100);
    await vi.advanceTimersByTimeAsync(0);
    expect(flushes).toHaveLength(1);
  });

  test('whoever reads waits for a flush that began after the question, and shares it', async () => {
    const { flusher, flushes } = setUp();
    await flusher.flushed(); // nothing to wait for
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(1_000);
    flusher.noted(1);
    let done = 0;
    const readers = [flusher.flushed(), flusher.flushed()].map((reader) => reader.then(() => done++));
    flushes[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect([flushes.length, done]).toEqual([2, 0]);
    flushes[1]?.end();
    await Promise.all(readers);
    expect([flushes.length, done]).toEqual([2, 2]);
  });

  test('tries again after pauses that grow, and says why', async () => {
    const { flusher, flushes, told } = setUp();
    flusher.noted(5);
    await vi.advanceTimersByTimeAsync(1_000);
    const when: number[] = [];
    for (let i = 0; i < 8; i++) {
      flushes.at(-1)?.end(new Error('no space'));
      const before = flushes.length;
      let waited = 0;
      for (; flushes.length === before; waited += 100) await vi.advanceTimersByTimeAsync(100);
      when.push(waited);
    }
    expect(when).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(flusher.error).toBe('no space');
    expect(flushes.at(-1)?.records).toBe(5);
    flushes.at(-1)?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(flusher.error).toBeUndefined();
    expect(told.filter((error) => error !== undefined)).toHaveLength(8);
  });

  test('flushes what is left at the end, also what came during a flush', async () => {
    const { flusher, flushes } = setUp();
    flusher.noted(1);
    await vi.advanceTimersByTimeAsync(1_000);
    flusher.noted(1);
    const closed = flusher.close();
    flushes[0]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(flushes).toHaveLength(2);
    flushes[1]?.end();
    await closed;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(flushes).toHaveLength(2);
  });
});
