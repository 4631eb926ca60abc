/** Retention: which sessions and traces a rule drops, and which it never does. */
import { describe, expect, it } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { agedTrace, expired, expiredSessions, type Retention } from '../../src/timeline/retention.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const daysAgo = (days: number): number => NOW - days * DAY;

/** A session that ended so many days ago; `status` undefined: it has no end. */
function session(name: string, days: number, status: string | undefined, more: readonly string[] = [], writer?: string): SessionPart {
  const at = daysAgo(days);
  const end = status === undefined ? [] : [lineOf(name, at, 'session_ended', { status })];
  return part(name, [lineOf(name, at, 'session_started', { kind: 'shell', tool: name }), ...more, ...end], writer);
}

function dropped(parts: readonly SessionPart[], rule: Retention): string[] {
  return expiredSessions('42', mergeSessions(parts, sha256), rule, NOW, sha256).map(({ name }) => name);
}

describe('sessions', () => {
  const parts = [
    session('new', 1, 'completed'),
    session('old', 100, 'completed'),
    session('older', 200, 'failed'),
    session('interrupted', 300, 'interrupted'),
    session('silent', 300, undefined),
    session('active', 0, undefined),
  ];

  it('go by their age, the oldest first; never active or interrupted ones', () => {
    expect(dropped(parts, { before: daysAgo(50) })).toEqual(['older', 'old']);
    expect(dropped(parts, { before: daysAgo(150) })).toEqual(['older']);
    expect(dropped(parts, { before: daysAgo(0) })).toEqual(['older', 'old', 'new']);
    expect(dropped(parts, { before: daysAgo(200) })).toEqual([]);
  });

  it('go by their number; those that may not go count as well', () => {
    expect(dropped(parts, { keep: 0 })).toEqual(['older', 'old', 'new']);
    expect(dropped(parts, { keep: 1 })).toEqual(['older', 'old', 'new']);
    expect(dropped(parts, { keep: 2 })).toEqual(['older', 'old']);
    expect(dropped(parts, { keep: 4 })).toEqual([]);
  });

  it('go only by both, where both are said, and not at all where neither is', () => {
    expect(dropped(parts, { before: daysAgo(50), keep: 3 })).toEqual(['older']);
    expect(dropped(parts, { before: daysAgo(150), keep: 2 })).toEqual(['older']);
    expect(dropped(parts, {})).toEqual([]);
  });

  it('stay that say what a host says, that hold a line nobody can read, or that began again', () => {
    for (const type of ['pr_linked', 'pr_updated', 'pr_reviewed'])
      expect(dropped([session('s', 9, 'completed', [lineOf('s', daysAgo(9), type, {})])], { keep: 0 })).toEqual([]);
    expect(dropped([session('s', 9, 'completed', ['{"not":"an event"}'])], { keep: 0 })).toEqual([]);
    expect(dropped([session('s', 9, 'completed', ['{"erased":"no"}'])], { keep: 0 })).toEqual([]);
    const again = [...session('s', 9, 'completed').lines, lineOf('s', daysAgo(8), 'session_started', { kind: 'shell', tool: 't' })];
    expect(dropped([part('s', again)], { keep: 0 })).toEqual([]);
    expect(dropped([session('s', 9, 'completed')], { keep: 0 })).toEqual(['s']);
  });

  it('of two writers go by what both have said', () => {
    const other = (at: number): SessionPart => part('s', [lineOf('s', at, 'annotation', { text: 'x' })], '00112233445566bb');
    expect(dropped([session('s', 9, 'completed'), other(daysAgo(10))], { before: daysAgo(5) })).toEqual(['s']);
    expect(dropped([session('s', 9, 'completed'), other(daysAgo(1))], { before: daysAgo(5) })).toEqual([]);
  });

  it('are told with their size', () => {
    const one = session('s', 9, 'completed', [lineOf('s', daysAgo(9), 'annotation', { text: 'größer' })]);
    const [facts] = expiredSessions('42', mergeSessions([one], sha256), { keep: 0 }, NOW, sha256);
    const bytes = Buffer.byteLength(one.lines.map((line) => `${line}\n`).join(''));
    expect(facts).toEqual({ name: 's', events: 3, bytes, end_time: '2026-11-12T00:00:00.000Z' });
  });

  it('that were pruned are none any more', () => {
    expect(dropped([part('s', ['{"pruned":{}}', '{"pruned":{}}'])], { keep: 0 })).toEqual([]);
  });
});

describe('traces', () => {
  const update = (status: string): string => lineOf('host', daysAgo(20), 'pr_updated', { status, title: 't' });
  const aged = (parts: readonly SessionPart[]) => agedTrace('42', mergeSessions(parts, sha256), NOW, sha256);

  it('may go once they are merged or closed and nobody works on them', () => {
    expect(aged([part('host', [update('merged')]), session('s', 30, undefined)])?.mayGo).toBe(true);
    expect(aged([part('host', [update('closed')])])?.mayGo).toBe(true);
    expect(aged([part('host', [update('open')])])?.mayGo).toBe(false);
    expect(aged([session('s', 300, 'completed')])?.mayGo).toBe(false);
    expect(aged([part('host', [update('merged')]), session('s', 0, undefined)])?.mayGo).toBe(false);
    expect(aged([part('s', ['{"pruned":{}}'])])).toBeUndefined();
  });

  it('go by the same rules', () => {
    const trace = (name: string, days: number) => ({
      name,
      events: 1,
      bytes: 1,
      end_time: new Date(daysAgo(days)).toISOString(),
      mayGo: true,
    });
    const names = (rule: Retention) => expired([trace('1', 30), trace('2', 20), trace('3', 10)], rule).map(({ name }) => name);
    expect(names({ before: daysAgo(15) })).toEqual(['1', '2']);
    expect(names({ keep: 2 })).toEqual(['1']);
    expect(names({ before: daysAgo(25), keep: 1 })).toEqual(['1']);
  });
});
