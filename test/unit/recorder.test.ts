import { describe, expect, it } from 'vitest';
import {
  beginning,
  boundaryOf,
  delivering,
  FLUSH_AFTER,
  flushed,
  IDLE_EXIT,
  looked,
  nextAction,
  outbox,
  type RecorderState,
  seen,
} from '../../src/capture/recorder/plan.ts';

/** A recorder that has done its first work at 0. */
const resting: RecorderState = flushed(looked(beginning(0), 0, 0, 0));

/** Lives from one time to another as the recorder does, each snapshot finding nothing; what was done, and when. */
function live(from: RecorderState, now: number, until: number, took = 0): string[] {
  const done: string[] = [];
  let state = from;
  let at = now;
  while (at <= until) {
    const action = nextAction(state, at);
    if (action.do === 'wait') {
      at = Math.max(action.until, at + 1);
      continue;
    }
    done.push(`${action.do === 'snapshot' ? action.boundary : action.do}@${Math.round(at / 1000)}`);
    if (action.do === 'exit') break;
    if (action.do === 'snapshot') {
      at += took;
      state = looked(state, at, took, 0);
    } else state = action.do === 'deliver' ? delivering(state, at) : flushed(state);
  }
  return done;
}

describe('the recorder', () => {
  it('looks at once at a boundary, and flushes when nothing more comes', () => {
    const state = seen(resting, 1_000, { boundary: 'command', records: 1, bytes: 200 });
    expect(live(state, 1_000, 4_000)).toEqual(['command@1', 'flush@3']);
  });

  it('flushes at once when much waits', () => {
    const many = seen(resting, 1_000, { boundary: undefined, records: 100, bytes: 0 });
    expect(nextAction(many, 1_000)).toEqual({ do: 'flush' });
    const large = seen(resting, 1_000, { boundary: undefined, records: 1, bytes: 40_000 });
    expect(nextAction(large, 1_000)).toEqual({ do: 'flush' });
    const few = seen(resting, 1_000, { boundary: undefined, records: 1, bytes: 10 });
    expect(nextAction(few, 1_000)).toEqual({ do: 'wait', until: 1_000 + FLUSH_AFTER });
  });

  it('looks again ever more rarely where nobody says anything, and goes after ten minutes', () => {
    expect(live(resting, 0, IDLE_EXIT + 1_000)).toEqual([
      'idle@5',
      'idle@15',
      'idle@30',
      'idle@60',
      'idle@120',
      'idle@180',
      'idle@240',
      'idle@300',
      'idle@420',
      'idle@540',
      'exit@600',
    ]);
  });

  it('tries again what waits for a remote, ever more rarely, and does nothing of it where nothing waits', () => {
    const isDelivery = (done: string): boolean => done.startsWith('deliver');
    const waiting = outbox(resting, 0, true);
    expect(live(waiting, 0, IDLE_EXIT + 1_000).filter(isDelivery)).toEqual(['deliver@60', 'deliver@180', 'deliver@420']);
    expect(outbox(waiting, 30_000, true)).toBe(waiting);
    // also while a person works without a pause; what new work comes then does not put it off
    expect(looked(seen(waiting, 50_000, { boundary: 'command', records: 1, bytes: 9 }), 50_000, 5, 0).retry).toEqual(waiting.retry);
    const delivered = outbox(delivering(waiting, 60_000), 61_000, false);
    expect(live(delivered, 61_000, IDLE_EXIT + 1_000).filter(isDelivery)).toEqual([]);
    // the next one does not inherit the long pause
    expect(nextAction(outbox({ ...delivered, looks: 99 }, 61_000, true), 61_000)).toEqual({ do: 'wait', until: 121_000 });
    let often = waiting;
    for (const now of [60_000, 180_000, 420_000]) often = delivering(often, now);
    expect(delivering(often, 900_000).retry).toEqual({ at: 1_380_000, pause: 480_000 });
  });

  it('stays as long as it finds edits', () => {
    const found = looked({ ...resting, looks: 9 }, 540_000, 10, 3);
    expect(found).toMatchObject({ active: 540_000, looks: 0, records: 3 });
    expect(live(found, 540_000, 546_000)).toEqual(['flush@542', 'idle@545']);
  });

  it('spends at most a sixth of the time on snapshots of a huge tree', () => {
    let state = seen(resting, 1_000, { boundary: 'command', records: 1, bytes: 1 });
    state = looked(state, 3_000, 2_000, 0);
    state = seen(state, 3_100, { boundary: 'commit', records: 1, bytes: 1 });
    expect(live(state, 3_100, 14_000, 2_000)).toEqual(['flush@5', 'commit@13']);
  });

  it('knows a boundary by the type of its record', () => {
    expect(['command', 'commit', 'tool_call', 'annotation', 'toString'].map(boundaryOf)).toEqual([
      'command',
      'commit',
      'agent',
      undefined,
      undefined,
    ]);
  });
});
