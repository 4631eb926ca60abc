/** News of traces for whoever listens: one look for all of them, told to those whose trace has changed. */
import { expect, test } from 'vitest';
import { News } from '../../src/serve/news.ts';

const NEVER = new AbortController().signal;
const LONG = 1_000_000;

/** A server's state, looked at when the test says so. */
function setUp() {
  const traces = new Map([
    ['7', 'a'],
    ['42', 'a'],
  ]);
  const counts = { watches: 0, open: 0, looks: 0 };
  let look: () => void = () => {};
  let looked: () => void = () => {};
  const news = new News({
    watch: () => {
      counts.watches++;
      counts.open++;
      return {
        changed: () =>
          new Promise((resolve) => {
            look = resolve;
            looked();
          }),
        close: () => counts.open--,
      };
    },
    settle: async () => {},
    stamp: async (trace) => {
      counts.looks++;
      const stamp = traces.get(trace);
      if (stamp === undefined) throw new Error('it cannot be read');
      return stamp;
    },
  });
  const nextLook = (): Promise<void> =>
    new Promise((resolve) => {
      looked = resolve;
      look();
    });
  return { news, traces, counts, nextLook, end: () => look() };
}

/** Whether a promise is settled by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

test('a hundred listeners cost one watch, and one look for each trace', async () => {
  const { news, counts, nextLook, end } = setUp();
  const listeners = Array.from({ length: 100 }, (_, i) => news.listen(i % 2 === 0 ? '7' : '42'));
  await nextLook();
  expect(counts).toEqual({ watches: 1, open: 1, looks: 2 });
  await nextLook();
  expect(counts.looks).toBe(4);
  for (const listener of listeners) listener.close();
  expect(news.isHeard).toBe(false);
  end();
  await news.ended();
  expect(counts.open).toBe(0);
});

test('those are woken whose trace has changed, also when they were busy meanwhile', async () => {
  const { news, traces, nextLook } = setUp();
  const [seven, other, busy] = [news.listen('7'), news.listen('42'), news.listen('42')];
  await nextLook();
  // each may have missed what came before the first look
  for (const listener of [seven, other, busy]) expect(await isDone(listener.changed(LONG, NEVER))).toBe(true);
  const [waits, sleeps] = [other.changed(LONG, NEVER), seven.changed(LONG, NEVER)];
  traces.set('42', 'b');
  await nextLook();
  expect([await isDone(waits), await isDone(sleeps)]).toEqual([true, false]);
  expect(await isDone(busy.changed(LONG, NEVER))).toBe(true);
  expect(await isDone(busy.changed(LONG, NEVER))).toBe(false);
  // one that cannot be read any more is news, once
  traces.delete('7');
  await nextLook();
  expect(await isDone(sleeps)).toBe(true);
  const again = seven.changed(LONG, NEVER);
  await nextLook();
  expect(await isDone(again)).toBe(false);
});

test('nobody waits longer than they want to', async () => {
  const { news } = setUp();
  const listener = news.listen('7');
  expect(await isDone(listener.changed(LONG, NEVER))).toBe(true);
  await listener.changed(1, NEVER);
  const gone = new AbortController();
  const waits = listener.changed(LONG, gone.signal);
  expect(await isDone(waits)).toBe(false);
  gone.abort();
  expect(await isDone(waits)).toBe(true);
  await listener.changed(LONG, gone.signal);
});

test('whoever comes when the last one has gone is told, too', async () => {
  const { news, traces, nextLook, counts, end } = setUp();
  const first = news.listen('7');
  await nextLook();
  first.close();
  end();
  const second = news.listen('7');
  await nextLook();
  traces.set('7', 'b');
  await nextLook();
  expect(await isDone(second.changed(LONG, NEVER))).toBe(true);
  second.close();
  end();
  await news.ended();
  const third = news.listen('7');
  await nextLook();
  expect(await isDone(third.changed(LONG, NEVER))).toBe(true);
  expect(counts.open).toBe(1);
});
