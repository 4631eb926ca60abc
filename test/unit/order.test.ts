import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/core/canonical.ts';
import { mergeSessions, readEntry, type SessionPart } from '../../src/core/order.ts';
import { splitLine } from '../../src/core/split-line.ts';
import { moment } from '../../src/core/time.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';

const SECOND = 1000;
const A = '00112233445566aa';
const B = '00112233445566bb';

/** The order as `session:seq` or, for a place without an event, `session:seq kind@before`. */
function orderOf(parts: readonly SessionPart[]): string[] {
  const { entries, gaps } = mergeSessions(parts, sha256);
  return [...entries.map((e) => `${e.event.session}:${e.seq}`), ...gaps.map((g) => `${g.session}:${g.seq} ${g.kind}@${g.before}`)];
}

describe('mergeSessions', () => {
  it('is empty for no sessions and for empty ones', () => {
    expect(mergeSessions([], sha256)).toEqual({ entries: [], times: [], gaps: [] });
    expect(mergeSessions([part('a', [])], sha256)).toEqual({ entries: [], times: [], gaps: [] });
  });

  it('orders sessions by time', () => {
    const a = part('a', [lineOf('a', 1 * SECOND, 'x'), lineOf('a', 4 * SECOND, 'x')]);
    const b = part('b', [lineOf('b', 2 * SECOND, 'x'), lineOf('b', 3 * SECOND, 'x')]);
    expect(orderOf([b, a])).toEqual(['a:1', 'b:1', 'b:2', 'a:2']);
  });

  it('keeps a session in its own order when its clock jumps back', () => {
    const a = part('a', [lineOf('a', 5 * SECOND, 'x'), lineOf('a', 1 * SECOND, 'y'), lineOf('a', 6 * SECOND, 'z')]);
    const b = part('b', [lineOf('b', 2 * SECOND, 'x'), lineOf('b', 5 * SECOND, 'y')]);
    expect(orderOf([a, b])).toEqual(['b:1', 'a:1', 'a:2', 'b:2', 'a:3']);
  });

  it('breaks ties by session, then by position', () => {
    const a = part('a', [lineOf('a', 0, 'x'), lineOf('a', 0, 'y')]);
    const b = part('b', [lineOf('b', 0, 'x'), lineOf('b', 0, 'y')]);
    expect(orderOf([b, a])).toEqual(['a:1', 'a:2', 'b:1', 'b:2']);
  });

  it('merges a session that two writers used by time, position and id', () => {
    const one = part('s', [lineOf('s', 1 * SECOND, 'a'), lineOf('s', 3 * SECOND, 'b'), lineOf('s', 5 * SECOND, 'e')], A);
    const two = part(
      's',
      [lineOf('s', 1 * SECOND, 'a'), lineOf('s', 2 * SECOND, 'c'), lineOf('s', 5 * SECOND, 'd'), lineOf('s', 5 * SECOND, 'f')],
      B,
    );
    const types = (parts: readonly SessionPart[]) => mergeSessions(parts, sha256).entries.map((e) => e.event.type);
    // a is in both; c 2 s; b 3 s; at 5 s the third lines come before the fourth, and among them the lesser id
    const [d, e] = [lineOf('s', 5 * SECOND, 'd'), lineOf('s', 5 * SECOND, 'e')];
    const third = sha256(d) < sha256(e) ? ['d', 'e'] : ['e', 'd'];
    expect(types([one, two])).toEqual(['a', 'c', 'b', ...third, 'f']);
    expect(types([two, one])).toEqual(['a', 'c', 'b', ...third, 'f']);
  });

  it('drops repeated ids, the first in order stays', () => {
    const again = { assigned: ['session', 'ts'] as const };
    const a = part('a', [lineOf('a', 9 * SECOND, 'x', { n: 1 }, again)]);
    const b = part('b', [lineOf('b', 2 * SECOND, 'x', { n: 1 }, again), lineOf('b', 3 * SECOND, 'x', { n: 2 })]);
    expect(orderOf([a, b])).toEqual(['b:1', 'b:2']);
  });

  it('keeps the place of lines that hold no event', () => {
    const a = part('a', [lineOf('a', 1 * SECOND, 'x'), `{"erased":"${'0'.repeat(64)}"}`, '{"payload":', lineOf('a', 4 * SECOND, 'y')]);
    const b = part('b', [lineOf('b', 2 * SECOND, 'x')]);
    const { entries, gaps } = mergeSessions([a, b], sha256);
    expect(entries.map((e) => [e.event.session, e.seq])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 4],
    ]);
    expect(gaps).toEqual([
      { kind: 'erased', writer: A, session: 'a', seq: 2, before: 1, erased: '0'.repeat(64) },
      { kind: 'bad', writer: A, session: 'a', seq: 3, reason: 'not JSON', before: 1 },
    ]);
  });

  it('shows a place without an event once, however often its part is given', () => {
    const a = part('a', ['garbage', lineOf('a', 1 * SECOND, 'x'), 'garbage']);
    expect(orderOf([a, a])).toEqual(['a:2', 'a:1 bad@0', 'a:3 bad@1']);
  });

  it('places lines before the first event of a session beside that event', () => {
    const a = part('a', ['garbage', lineOf('a', 5 * SECOND, 'x')]);
    const b = part('b', [lineOf('b', 1 * SECOND, 'x')]);
    expect(orderOf([a, b])).toEqual(['b:1', 'a:2', 'a:1 bad@1']);
  });

  it('goes on with the clock of a session whose middle cannot be read', () => {
    const begin = part('a', [lineOf('a', 5 * SECOND, 'x')]);
    const end = { ...part('a', [lineOf('a', 2 * SECOND, 'y')]), firstSeq: 9 };
    const b = part('b', [lineOf('b', 3 * SECOND, 'x')]);
    expect(orderOf([end, b, begin])).toEqual(['b:1', 'a:1', 'a:9']);
  });

  it('counts from firstSeq', () => {
    expect(orderOf([{ ...part('a', [lineOf('a', 0, 'x')]), firstSeq: 101 }])).toEqual(['a:101']);
  });
});

describe('readEntry', () => {
  const read = (line: string) => readEntry(line, A, 's', 7, sha256);
  const tail = ',"session":"s","ts":"1970-01-01T00:00:00.000Z","type":"x"}';

  it('reads the usual line, one with assigned members and one with members of the future alike', () => {
    for (const line of [
      lineOf('s', 0, 'x', { a: [1, { payload: {} }], text: '","session":"t"' }),
      lineOf('s', 0, 'x', {}, { assigned: ['session', 'ts'] }),
      `{"future":1,"payload":{}${tail}`,
      `{"payload":{},"q":{}${tail}`,
    ]) {
      const entry = read(line);
      expect(entry).toMatchObject({ writer: A, seq: 7, line });
      expect('event' in entry && entry.event).toEqual(JSON.parse(line));
    }
  });

  it('never lets a second member of the same name pass for the first', () => {
    for (const line of [
      `{"payload":{"a":1},"type":"evil","payload":{}${tail}`,
      `{"payload":{},"payload":{"b":1}${tail}`,
      `{"payload":{},"\\u0070ayload":{}${tail}`,
    ]) {
      expect(read(line)).toMatchObject({ kind: 'bad', reason: 'not canonical JSON' });
    }
  });

  it('says why a line is no event', () => {
    expect(read('')).toMatchObject({ kind: 'bad', reason: 'not JSON' });
    expect(read(`{"payload":[]${tail}`)).toMatchObject({ kind: 'bad', reason: '"payload" is an empty list, expected an object' });
    expect(read(`{"payload":{}${tail.replace('01-01', '02-30')}`)).toMatchObject({ kind: 'bad' });
    expect(read(lineOf('other', 0, 'x'))).toMatchObject({ kind: 'bad', reason: 'it names another session than its path does' });
    expect(read('{"pruned":{"events":4}}')).toMatchObject({ kind: 'pruned' });
    expect(read(`{"payload":{"a":"${'a'.repeat(1_048_576)}"}${tail}`)).toMatchObject({
      kind: 'bad',
      reason: 'longer than 1048576 characters',
    });
  });

  it('survives nesting that would overflow a stack', () => {
    const deep = `{"payload":{"a":${'['.repeat(300_000)}${']'.repeat(300_000)}}${tail}`;
    expect(read(deep)).toMatchObject({ seq: 7 });
    expect(read(deep.replace('{"payload"', '{"assigned":["ts"],"payload"'))).toMatchObject({ seq: 7 });
    expect(read(deep.replace('{"payload"', '{"future":1,"payload"'))).toMatchObject({ kind: 'bad', reason: 'nested more than 200 deep' });
  });
});

describe('lineId', () => {
  it('is the hash of the canonical line less what was assigned', () => {
    for (const assigned of [['session'], ['ts'], ['session', 'ts']] as const) {
      const said: Record<string, unknown> = { payload: { b: [1], a: 'é' }, session: 's', ts: '1970-01-01T00:00:00.000Z', type: 'x' };
      const line = canonical({ ...said, assigned });
      const entry = readEntry(line, A, 's', 1, sha256);
      for (const member of assigned) delete said[member];
      expect(entry).toMatchObject({ id: sha256(canonical(said)) });
      const future = readEntry(canonical({ ...said, session: 's', ts: '1970-01-01T00:00:00.000Z', assigned, zone: 1 }), A, 's', 1, sha256);
      expect(future).toMatchObject({ id: sha256(canonical({ ...said, zone: 1 })) });
    }
  });
});

describe('splitLine', () => {
  it('gives the example of its documentation', () => {
    expect(splitLine('{"payload":{"n":1},"session":"s","ts":"1970-01-01T00:00:00.000Z","type":"x"}')?.payload).toBe('{"n":1}');
  });
});

describe('moment', () => {
  it('agrees with the engine on every kind of day', () => {
    expect(moment('1970-01-02T00:00:00.001Z')).toBe(86_400_001);
    for (let year = 0; year <= 9999; year += 1 + (year % 13)) {
      for (const day of ['01-01', '02-28', '02-29', '02-30', '03-01', '04-31', '12-31', '13-01', '00-10', '05-00']) {
        const text = `${String(year).padStart(4, '0')}-${day}T23:59:59.999Z`;
        const at = Date.parse(text);
        const real = !Number.isNaN(at) && new Date(at).toISOString() === text;
        expect(moment(text), text).toBe(real ? at : undefined);
      }
    }
  });
});
