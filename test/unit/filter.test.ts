import { describe, expect, it } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { type Filter, filterItems, parseWhen } from '../../src/replay/filter.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';

const items = timelineOf(
  mergeSessions(
    [
      part('abc', [lineOf('abc', 1000, 'x'), lineOf('abc', 3000, 'y'), 'garbage', lineOf('abc', 500, 'x'), lineOf('abc', 5000, 'y')]),
      part('abd', [lineOf('abd', 2000, 'y'), lineOf('abd', 4000, 'z')]),
    ],
    sha256,
  ),
);
const left = (filter: Filter) => filterItems(items, filter).map((item) => (item.kind === 'gap' ? 'gap' : item.seq));

describe('filterItems', () => {
  it('begins with the whole', () => {
    expect(left({})).toEqual([1, 2, 3, 'gap', 4, 5, 6]);
  });

  it.each<[string, Filter, (number | string)[]]>([
    ['one type', { types: ['y'] }, [2, 3, 6]],
    ['several types', { types: ['x', 'z'] }, [1, 4, 5]],
    ['a session', { sessions: ['abd'] }, [2, 5]],
    ['the beginning of sessions', { sessions: ['ab'] }, [1, 2, 3, 'gap', 4, 5, 6]],
    ['since, by effective time', { since: 3000 }, [3, 'gap', 4, 5, 6]],
    ['until', { until: 3000 }, [1, 2, 3, 'gap', 4]],
    ['both', { since: 2000, until: 2000 }, [2]],
    ['the newest', { limit: 2 }, [5, 6]],
    ['the newest with what lies between', { limit: 4 }, [3, 'gap', 4, 5, 6]],
    ['none', { limit: 0 }, []],
    ['more than there are', { limit: 99 }, [1, 2, 3, 'gap', 4, 5, 6]],
    ['the newest of a type, newest first', { types: ['y'], limit: 2, reverse: true }, [6, 3]],
    ['what is not there', { types: ['nothing'] }, []],
  ])('leaves %s', (_, filter, seqs) => {
    expect(left(filter)).toEqual(seqs);
  });

  it('changes nothing that it was given', () => {
    const before = [...items];
    filterItems(items, { reverse: true });
    expect(items).toEqual(before);
  });
});

describe('parseWhen', () => {
  const now = Date.parse('2026-11-21T12:00:00.000Z');
  const read = (text: string, edge: 'since' | 'until' = 'since') => new Date(parseWhen(text, edge, now)).toISOString();

  it.each([
    ['now', '2026-11-21T12:00:00.000Z'],
    ['2h', '2026-11-21T10:00:00.000Z'],
    ['90m', '2026-11-21T10:30:00.000Z'],
    ['45s', '2026-11-21T11:59:15.000Z'],
    ['10 mins ago', '2026-11-21T11:50:00.000Z'],
    ['3 days ago', '2026-11-18T12:00:00.000Z'],
    ['3.days.ago', '2026-11-18T12:00:00.000Z'],
    ['1 Week Ago', '2026-11-14T12:00:00.000Z'],
    ['today', '2026-11-21T00:00:00.000Z'],
    ['yesterday', '2026-11-20T00:00:00.000Z'],
    ['2026-11-19', '2026-11-19T00:00:00.000Z'],
    ['2026-11-19T10:15', '2026-11-19T10:15:00.000Z'],
    ['2026-11-19 10:15:30', '2026-11-19T10:15:30.000Z'],
    ['2026-11-19T10:15:30.5+02:00', '2026-11-19T08:15:30.500Z'],
    ['2026-11-19T10:15:30.123Z', '2026-11-19T10:15:30.123Z'],
  ])('reads %s', (text, time) => {
    expect(read(text)).toBe(time);
  });

  it('means all of a day where it ends with one', () => {
    expect(read('yesterday', 'until')).toBe('2026-11-20T23:59:59.999Z');
    expect(read('2026-11-19', 'until')).toBe('2026-11-19T23:59:59.999Z');
  });

  it.each(['', 'soon', '2 fortnights', '2026-02-30', '2026-11-19T25:00', '5 constructor ago', '-2h', '2026'])('refuses "%s"', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad-argument', exit: 129 }));
  });
});
