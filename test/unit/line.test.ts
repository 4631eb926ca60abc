/** Journal lines: what makes one, what its id is made of, and that what we do not know survives. */
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/core/canonical.ts';
import { formatLine, isAssigned, LINE_LIMIT, lineId, parseLine, readLine, type TraceEvent } from '../../src/core/line.ts';
import { sha256 } from '../helpers/journal-lines.ts';

const EVENT: TraceEvent = { payload: { text: 'why' }, session: 's1', ts: '2026-11-21T09:15:02.123Z', type: 'annotation' };
const LINE = '{"payload":{"text":"why"},"session":"s1","ts":"2026-11-21T09:15:02.123Z","type":"annotation"}';

/** The id of an event as a producer gets it. */
function idOf(event: TraceEvent): string {
  return lineId(formatLine(event), event, sha256);
}

describe('a line', () => {
  it('is the canonical JSON of its event and reads back', () => {
    expect(formatLine(EVENT)).toBe(LINE);
    expect(formatLine(Object.fromEntries(Object.entries(EVENT).reverse()) as unknown as TraceEvent)).toBe(LINE);
    expect(readLine(LINE, true)).toEqual({ kind: 'event', event: EVENT });
    expect(parseLine(LINE)).toEqual(EVENT);
  });

  it('keeps members that we do not know, in the event and in its payload', () => {
    const line = canonical({ ...EVENT, future: { deep: [1, null] }, payload: { text: 'why', score: 0.5 } });
    const read = readLine(line, true);
    expect(read.kind === 'event' && formatLine(read.event)).toBe(line);
  });

  it.each([
    ['not JSON', '{"payload":'],
    ['not a JSON object', '[1]'],
    ['not a JSON object', 'null'],
    ['not a JSON object', '"text"'],
    ['"payload" is missing, expected an object', '{}'],
    ['"payload" is a list of 1, expected an object', LINE.replace('{"text":"why"}', '[1]')],
    ['"payload" is null, expected an object', LINE.replace('{"text":"why"}', 'null')],
    ['"session" is missing, expected 1 to 64 of A-Z a-z 0-9 . _ -', LINE.replace('"session":"s1",', '')],
    ['"session" is "../x", expected 1 to 64 of A-Z a-z 0-9 . _ -', LINE.replace('s1', '../x')],
    ['"session" is ".git", expected 1 to 64 of A-Z a-z 0-9 . _ -', LINE.replace('s1', '.git')],
    ['"session" is "", expected 1 to 64 of A-Z a-z 0-9 . _ -', LINE.replace('s1', '')],
    ['"session" is a text of 65 characters, expected 1 to 64 of A-Z a-z 0-9 . _ -', LINE.replace('s1', 'a'.repeat(65))],
    ['"ts" is "yesterday", expected a UTC time with milliseconds', LINE.replace('2026-11-21T09:15:02.123Z', 'yesterday')],
    [
      '"ts" is "2026-02-30T00:00:00.000Z", expected a UTC time with milliseconds',
      LINE.replace('2026-11-21T09:15:02.123Z', '2026-02-30T00:00:00.000Z'),
    ],
    ['"type" is "Note", expected snake_case of at most 64 characters', LINE.replace('annotation', 'Note')],
    ['"type" is 5, expected snake_case of at most 64 characters', LINE.replace('"annotation"', '5')],
    ['"assigned" is an empty list, expected some of "session", "ts"', LINE.replace('{"payload', '{"assigned":[],"payload')],
    ['"assigned" is a list of 1, expected some of "session", "ts"', LINE.replace('{"payload', '{"assigned":["type"],"payload')],
    ['"assigned" is "ts", expected some of "session", "ts"', LINE.replace('{"payload', '{"assigned":"ts","payload')],
    ['not canonical JSON', LINE.replace(':', ': ')],
    ['not canonical JSON', LINE.replace('"why"', '"why","text":"why"')],
    ['not canonical JSON', LINE.replace('"why"', '"\\u0077hy"')],
    ['not canonical JSON', LINE.replace('"why"', '1.0')],
    ['not canonical JSON', `${LINE} `],
    ['a string holds a lone surrogate, which UTF-8 cannot say', LINE.replace('why', '\\ud800')],
    [`longer than ${LINE_LIMIT} characters`, LINE.replace('why', 'x'.repeat(LINE_LIMIT))],
  ])('is refused as %j', (reason, line) => {
    expect(readLine(line, true)).toEqual({ kind: 'bad', reason });
    expect(() => parseLine(line)).toThrow(expect.objectContaining({ code: 'bad-line', message: reason }));
  });

  it('need not be canonical for a reader that only shows it', () => {
    expect(readLine(` ${LINE}`, false)).toEqual({ kind: 'event', event: EVENT });
  });

  it('may hold the place of an erased one, or of a pruned session', () => {
    const id = 'a'.repeat(64);
    expect(readLine(`{"erased":"${id}"}`, true)).toEqual({ kind: 'erased', erased: id });
    expect(readLine(`{"erased":"${id.slice(1)}"}`, true).kind).toBe('bad');
    expect(readLine('{"pruned":{"events":3}}', true)).toEqual({ kind: 'pruned' });
    expect(() => parseLine(`{"erased":"${id}"}`)).toThrow('the line holds no event (erased)');
  });
});

describe('an id', () => {
  it('is the sha-256 of the line', () => {
    expect(idOf(EVENT)).toBe(sha256(LINE));
    expect(idOf(EVENT)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['ts', { ts: '2027-01-01T00:00:00.000Z' }],
    ['session', { session: 's2' }],
  ] as const)('leaves out %s where it was assigned, and only then', (member, other) => {
    const assigned = [member];
    expect(idOf({ ...EVENT, ...other, assigned })).toBe(idOf({ ...EVENT, assigned }));
    expect(idOf({ ...EVENT, ...other })).not.toBe(idOf(EVENT));
    expect(idOf({ ...EVENT, payload: { text: 'other' }, assigned })).not.toBe(idOf({ ...EVENT, assigned }));
  });

  it('of an event with both assigned depends on type, payload and unknown members alone', () => {
    const said = '{"payload":{"text":"why"},"type":"annotation"}';
    expect(idOf({ ...EVENT, assigned: ['session', 'ts'] })).toBe(sha256(said));
    const more = { ...EVENT, assigned: ['session', 'ts'], future: 1 } as const;
    expect(idOf(more)).toBe(sha256(said.replace('{', '{"future":1,')));
  });

  it('is the same whether or not the line is of the usual form', () => {
    const payload = { '},"session":"x"': ',"session":"y","ts":"' };
    for (const assigned of [['session'], ['ts'], ['session', 'ts']] as const) {
      const event = { ...EVENT, payload, assigned };
      const { session, ts, assigned: _, ...always } = event;
      const words: readonly string[] = assigned;
      const kept = { ...always, ...(words.includes('session') ? {} : { session }), ...(words.includes('ts') ? {} : { ts }) };
      expect(idOf(event)).toBe(sha256(canonical(kept)));
    }
  });
});

it('isAssigned knows the words, once each', () => {
  for (const value of [['ts'], ['session'], ['session', 'ts'], ['ts', 'session']]) expect(isAssigned(value)).toBe(true);
  for (const value of [[], ['ts', 'ts'], ['type'], ['ts', 1], 'ts', {}, null, undefined]) expect(isAssigned(value)).toBe(false);
});
