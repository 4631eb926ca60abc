/** Batches: every shape gives the same records, one bad event never loses the others, and errors say where. */
import { describe, expect, it } from 'vitest';
import { type BatchItem, readBatch } from '../../src/capture/batch.ts';
import { LINE_LIMIT } from '../../src/core/line.ts';
import { sha256 } from '../helpers/journal-lines.ts';

const DEVELOPER = { user_id: '0193f1c2-0000-7000-8000-000000000000', os: 'linux' };
const OPTIONS = { name: "'b.json'", place: { branch: 'main' }, developer: DEVELOPER, sha256, now: '2026-11-21T09:15:02.123Z' };
const NOTE = '{"type":"annotation","ts":"2026-11-21T09:00:00Z","session":"s","payload":{"text":"a"}}';
const OTHER = NOTE.replace('"a"', '"b"');

function read(input: string | Buffer): BatchItem[] {
  return [...readBatch(Buffer.from(input), OPTIONS)];
}

/** What became of each event: its text, or the index, code and message of its rejection. */
function outcome(input: string | Buffer): string[] {
  return read(input).map((item) =>
    item.kind === 'record'
      ? `${item.index} ${item.record.payload['text']}`
      : `${item.rejection.index} ${item.rejection.code}: ${item.rejection.message}`,
  );
}

function only(input: string | Buffer): Extract<BatchItem, { kind: 'record' }>['record'] {
  const [item, ...more] = read(input);
  if (item?.kind !== 'record' || more.length > 0) throw new Error(`not one record: ${JSON.stringify(outcome(input))}`);
  return item.record;
}

describe('shapes', () => {
  it.each([
    ['a batch', `{"events":[${NOTE},${OTHER}]}`],
    ['a batch over many lines', JSON.stringify({ events: [JSON.parse(NOTE), JSON.parse(OTHER)] }, null, 2)],
    ['a list', `[${NOTE},${OTHER}]`],
    ['a list with an event a line', `[\n${NOTE},\n${OTHER}\n]`],
    ['NDJSON', `${NOTE}\n${OTHER}\n`],
    ['NDJSON without a last newline', `${NOTE}\n${OTHER}`],
    ['NDJSON with CRLF and blank lines', `\r\n${NOTE}\r\n \r\n\n${OTHER}\r\n\n`],
    ['NDJSON behind a byte order mark', `\ufeff${NOTE}\n${OTHER}\n`],
    ['a list behind a byte order mark', `\ufeff[${NOTE},${OTHER}]`],
  ])('%s', (_, text) => {
    expect(outcome(text)).toEqual(['0 a', '1 b']);
  });

  it.each([
    ['on one line', NOTE],
    ['over many lines', JSON.stringify(JSON.parse(NOTE), null, 2)],
    ['in a list of lines', `[\n${NOTE}\n]`],
    ['in a batch of lines', `{"events":\n[\n${NOTE}\n]}`],
  ])('one event by itself, %s', (_, text) => {
    expect(outcome(text)).toEqual(['0 a']);
  });

  it.each(['', ' \n\t\n', '\ufeff', '[]', '{"events":[]}'])('nothing in %j', (text) => {
    expect(read(text)).toEqual([]);
  });
});

describe('a record', () => {
  it('has what the event said, and the place of the caller', () => {
    expect(only(NOTE)).toEqual({
      place: { branch: 'main' },
      session: { id: 's', kind: 'api', tool: 'git-trace ingest', developer: DEVELOPER },
      type: 'annotation',
      ts: '2026-11-21T09:00:00.000Z',
      payload: { text: 'a' },
    });
  });

  it('gets a time and a session where it has none, and says so', () => {
    const record = only('{"type":"annotation","ts":null,"payload":{"text":"a"}}');
    expect(record).toMatchObject({ ts: OPTIONS.now, tsAssigned: true, session: { assigned: true } });
    expect(record.session?.id).toMatch(/^api-[0-9a-f]{16}$/);
    expect(only('{"type":"x","payload":{}}').session?.id).toBe(record.session?.id);
  });

  it('keeps members that we do not know, and drops only what our own output derives', () => {
    const more = { future: [1, { a: null }], id: 'mine', __proto__x: 1 };
    expect(only(JSON.stringify({ ...JSON.parse(NOTE), ...more })).more).toEqual(more);
    const shown = { ...JSON.parse(NOTE), id: 'a'.repeat(64), seq: 3, session_seq: 1, writer: 'w', future: 1, assigned: ['ts'] };
    expect(only(JSON.stringify(shown))).toMatchObject({ more: { future: 1 }, tsAssigned: true });
    expect(only(JSON.stringify({ ...shown, future: undefined, assigned: ['session'] }))).not.toHaveProperty('more');
  });

  it('keeps NUL and any other character of a text', () => {
    expect(only('{"type":"x","payload":{"t":"a\\u0000\\u2028\u{1f600}"}}').payload).toEqual({ t: 'a\0\u2028\u{1f600}' });
  });
});

describe('what a batch says once', () => {
  const batch = (head: object): string => JSON.stringify({ ...head, events: [{ type: 'x', payload: {} }] });

  it.each([
    [{ pr: 42 }, { trace: '42' }],
    [{ pr: '42' }, { trace: '42' }],
    [{ pr: 'owner/repo#42' }, { trace: '42' }],
    [{ pr: 'https://github.com/o/r/pull/42' }, { trace: '42' }],
    [{ pr: null, branch: 'fix/issue#42' }, { branch: 'fix/issue#42' }],
    [{ branch: 'refs/heads/a' }, { branch: 'a' }],
    [{ branch: null }, { branch: 'main' }],
    [{ pr: 42, branch: 'a' }, { trace: '42' }],
    [{ repo: { name: 'owner/repo', branch: 'a' }, pr: { pr_id: 'owner/repo#42', title: 't', status: 'open' } }, { trace: '42' }],
    [{ repo: { name: null, branch: 'a' }, pr: { pr_id: null } }, { branch: 'a' }],
    [{ repo: { name: 'owner/repo', branch: null } }, { branch: 'main' }],
  ])('%j is the place %j', (head, place) => {
    expect(only(batch(head)).place).toEqual(place);
  });

  it('is the session and the developer of events that name none', () => {
    const developer = { user_id: DEVELOPER.user_id.replace('1', '2'), team: 'x' };
    expect(only(batch({ session: 's2', developer })).session).toEqual({
      id: 's2',
      kind: 'api',
      tool: 'git-trace ingest',
      developer: { os: 'unknown', ...developer },
    });
    expect(only(batch({ session: null, developer: null })).session).toMatchObject({ developer: DEVELOPER, assigned: true });
  });

  it.each([
    [{ pr: 1.5 }, '"pr" is 1.5, expected a number or "owner/repo#number"'],
    [{ pr: 0 }, '"pr" is 0, expected a number or "owner/repo#number"'],
    [{ pr: 'main' }, '"pr" is "main", expected a number or "owner/repo#number"'],
    [{ pr: 'a b' }, '"pr" is "a b", expected a number or "owner/repo#number"'],
    [{ pr: { number: 42 } }, '"pr" is an object, expected a number or "owner/repo#number"'],
    [{ repo: { branch: null }, pr: { pr_id: null } }, '"pr" is an object, expected a number or "owner/repo#number"'],
    [{ repo: { branch: 'a b' } }, '"branch" is "a b", expected a branch\'s name'],
    [{ branch: 'a b' }, '"branch" is "a b", expected a branch\'s name'],
    [{ branch: 42 }, '"branch" is 42, expected a branch\'s name'],
    [{ branch: 'x'.repeat(5_000) }, '"branch" is a text of 5000 characters, expected a branch\'s name'],
    [{ session: 'a/b' }, '"session" is "a/b", expected 1 to 64 of A-Z a-z 0-9 . _ -'],
    [{ session: 5 }, '"session" is 5, expected 1 to 64 of A-Z a-z 0-9 . _ -'],
    [{ developer: 'me' }, '"developer" is "me", expected {"user_id": <uuid>, "ide_version", "os"} of at most 4096 characters'],
    [
      { developer: { user_id: 'me' } },
      '"developer" is an object, expected {"user_id": <uuid>, "ide_version", "os"} of at most 4096 characters',
    ],
    [
      { developer: { ...DEVELOPER, bio: 'x'.repeat(5_000) } },
      '"developer" is an object, expected {"user_id": <uuid>, "ide_version", "os"} of at most 4096 characters',
    ],
    [{ events: 5 }, '"events" is 5, expected a list of events'],
  ])('%j is refused as a whole', (head, message) => {
    const text = 'events' in head ? JSON.stringify(head) : batch(head);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad-batch', exit: 128, message: `'b.json': ${message}` }));
  });

  it('is refused if it is too deep to be said again', () => {
    const deep = `${'['.repeat(300)}${']'.repeat(300)}`;
    expect(() => read(batch({ developer: 1 }).replace(':1', `:{"user_id":"${DEVELOPER.user_id}","x":${deep}}`))).toThrow('"developer" is');
  });

  it.each([
    ['{"events":[],"events":[]}', '\'b.json\' is ambiguous: the key "events" occurs twice'],
    ['{"events":[],"repo":[{"a":1,"a":2}]}', '\'b.json\' is ambiguous: the key "a" occurs twice'],
    ['42', "'b.json' is 42, expected a batch"],
    ['"text"', '\'b.json\' is "text", expected a batch'],
    ['null', "'b.json' is null, expected a batch"],
    ['{}', '\'b.json\': "events" is missing, expected a list of events'],
  ])('%s is no batch', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad-batch', message }));
  });
});

describe('a bad event is rejected by itself', () => {
  const shape = 'expected snake_case of at most 64 characters';
  const cases: [string, string][] = [
    ['5', 'bad-event: it is 5, expected an object'],
    ['[1]', 'bad-event: it is a list of 1, expected an object'],
    ['{"payload":{}}', `bad-event: "type" is missing, ${shape}`],
    ['{"kind":"x"}', `bad-event: "type" is missing, ${shape}`],
    ['{"type":"A","payload":{}}', `bad-event: "type" is "A", ${shape}`],
    ['{"type":"x"}', 'bad-event: "payload" is missing, expected an object'],
    ['{"type":"x","payload":[[["deep"]]]}', 'bad-event: "payload" is a list of 1, expected an object'],
    ['{"type":"x","payload":{},"ts":"yesterday"}', 'bad-event: "ts" is "yesterday", expected an ISO 8601 time with a zone'],
    [
      '{"type":"x","payload":{},"ts":"2026-02-30T00:00:00Z"}',
      'bad-event: "ts" is "2026-02-30T00:00:00Z", expected an ISO 8601 time with a zone',
    ],
    ['{"type":"x","payload":{},"ts":1795252502}', 'bad-event: "ts" is 1795252502, expected an ISO 8601 time with a zone'],
    ['{"type":"x","payload":{},"session":""}', 'bad-event: "session" is "", expected 1 to 64 of A-Z a-z 0-9 . _ -'],
    ['{"type":"x","payload":{},"assigned":["type"]}', 'bad-event: "assigned" is a list of 1, expected some of "session", "ts"'],
    ['{"type":"annotation","payload":{"text":5}}', 'bad-event: "payload.text" is 5, expected a string'],
    ['{"type":"annotation","payload":{}}', 'bad-event: "payload.text" is missing, expected a string'],
    ['{"type":"x","payload":{"a":1,"a":2}}', 'bad-json: at "payload.a": the key "a" occurs twice'],
    [
      '{"type":"x","payload":{"n":9007199254740993}}',
      'bad-json: at "payload.n": the number 9007199254740993 is beyond 2^53 and would be rounded; send it as a text',
    ],
    ['{"type":"x","payload":{"t":"\\ud800"}}', 'bad-event: a string holds a lone surrogate, which UTF-8 cannot say'],
    ['{"type":"x","payload":{"n":1e999}}', 'bad-event: Infinity is not a JSON number'],
    [`{"type":"x","payload":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`, 'bad-event: nested more than 200 deep'],
    [`{"type":"x","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'bad-event: "payload" is a list of 1, expected an object'],
  ];

  it.each(cases)('in a list: %.60s', (event, rejection) => {
    expect(outcome(`[${NOTE},${event},${OTHER}]`)).toEqual(['0 a', `1 ${rejection}`, '2 b']);
  });

  it.each(cases)('in a batch: %.60s', (event, rejection) => {
    expect(outcome(`{"events":[${NOTE},${event},${OTHER}]}`)).toEqual(['0 a', `1 ${rejection}`, '2 b']);
  });

  it.each(cases)('in NDJSON: %.60s', (event, rejection) => {
    expect(outcome(`${NOTE}\n${event}\n${OTHER}\n`)).toEqual(['0 a', `1 ${rejection}`, '2 b']);
    // even as the first line
    expect(outcome(`${event}\n${NOTE}\n`)).toEqual([`0 ${rejection}`, '1 a']);
  });

  it.each([
    ['{"type":"x",}', 'column 13 has "}", expected a key'],
    ['{"type":"x"', 'it ends where "," or "}" is expected'],
    ['type: x', 'column 1 has "t", expected a value'],
    ['{"type":"a\0b"}', 'column 11 has "\\u0000", expected no control character in a text'],
    ['"payload":{}}', 'column 10 has ":", expected the end'],
    ['{"type":"x"}{"type":"x"}', 'column 13 has "{", expected the end'],
  ])('a line that is not JSON: %j', (line, message) => {
    expect(outcome(`${NOTE}\n\n${line}\n${OTHER}`)).toEqual(['0 a', `1 bad-json: line 3 is not JSON: ${message}`, '2 b']);
    expect(outcome(`${line}\n${NOTE}`)).toEqual([`0 bad-json: line 1 is not JSON: ${message}`, '1 a']);
  });

  it('a line that is not UTF-8', () => {
    const bad = Buffer.from(OTHER.replace('"b"', '"\ufffdX"').replace('annotation', 'grüße'));
    const at = bad.indexOf('X');
    bad[at] = 0xff;
    const input = Buffer.concat([Buffer.from(`${NOTE}\n`), bad, Buffer.from(`\n${OTHER}`)]);
    expect(outcome(input)).toEqual(['0 a', `1 bad-json: line 2 is not UTF-8: byte ${at} is 0xff`, '2 b']);
    // and as the first line
    expect(outcome(Buffer.concat([bad, Buffer.from(`\n${NOTE}`)]))).toEqual([`0 bad-json: line 1 is not UTF-8: byte ${at} is 0xff`, '1 a']);
  });

  it('an event over a megabyte', () => {
    const large = `{"type":"x","payload":{"t":"${'x'.repeat(10_000_000)}"}}`;
    const rejection = `1 too-large: it has ${large.length} bytes, expected at most ${LINE_LIMIT}; send large output as a sample`;
    expect(outcome(`[${NOTE},${large},${OTHER}]`)).toEqual(['0 a', rejection, '2 b']);
    expect(outcome(`${NOTE}\n${large}\n${OTHER}`)).toEqual(['0 a', rejection, '2 b']);
    expect(outcome(`${large}\n${NOTE}\n`)).toEqual([rejection.replace('1', '0'), '1 a']);
  });

  it('counts the bytes of an event, not its characters', () => {
    const fits = (count: number): string => `{"type":"x","payload":{"t":"${'é'.repeat(count)}"}}`;
    const most = Math.floor((LINE_LIMIT - Buffer.byteLength(fits(0))) / 2);
    expect(outcome(`${fits(most)}\n${NOTE}`)).toEqual(['0 undefined', '1 a']);
    expect(outcome(`${fits(most + 1)}\n${NOTE}`)[0]).toMatch(/^0 too-large: it has 104857[78] bytes/);
    expect(outcome(`[${fits(most + 1)}]`)[0]).toMatch(/^0 too-large: it has 104857[78] bytes/);
  });
});

describe('what is no batch at all', () => {
  it.each([
    ['not json', '\'b.json\' is not JSON: column 1 has "n", expected a value'],
    ['{"events":[', '\'b.json\' is not JSON: it ends where a value or "]" is expected'],
    ['{\n "events": [\n  {"type": "x"},\n ]\n}', '\'b.json\' is not JSON: line 4, column 2 has "]", expected a value'],
    ['{"events":[]}\n{"events":[]}', '\'b.json\' is not JSON: line 2, column 1 has "{", expected the end'],
    // a blank of Unicode's is none of JSON's
    ['\u00a0{"events":[]}', '\'b.json\' is not JSON: column 1 has "\u00a0", expected a value'],
    ['<xml/>\n<xml/>', '\'b.json\' is not JSON: line 1, column 1 has "<", expected a value'],
  ])('%j', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad-json', message }));
  });

  it('nothing of what it holds is told', () => {
    expect(() => read('[{"password": hunter22}]')).toThrow(/^((?!unter).)*$/);
  });

  it.each([
    ['little-endian', Buffer.from(`\ufeff${NOTE}`, 'utf16le')],
    ['big-endian', Buffer.from(`\ufeff${NOTE}`, 'utf16le').swap16()],
    ['without a mark', Buffer.from(`${NOTE}\n${NOTE}`, 'utf16le')],
  ])('UTF-16, %s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'bad-json', message: "'b.json' is UTF-16, expected UTF-8" }));
  });

  it('Latin-1', () => {
    const bytes = Buffer.from(`{"events":[${NOTE.replace('"a"', '"caf\u00e9"')}]}`, 'latin1');
    expect(() => read(bytes)).toThrow(`'b.json' is not UTF-8: byte ${bytes.indexOf(0xe9)} is 0xe9`);
  });
});

it('NDJSON is read in blocks that end between lines, wherever the lines end', () => {
  // lines of many lengths over several blocks, and one that fills a block to the byte
  const texts = Array.from({ length: 9_000 }, (_, i) => `${i} ${'é'.repeat(i % 300)}`);
  texts[5_000] = 'x'.repeat(LINE_LIMIT - '{"type":"x","payload":{"text":""}}'.length);
  const lines = texts.map((text) => `{"type":"x","payload":{"text":"${text}"}}`);
  expect(lines[5_000]).toHaveLength(LINE_LIMIT);
  expect(outcome(lines.join('\n'))).toEqual(texts.map((text, i) => `${i} ${text}`));
  expect(outcome(`${lines[5_000]}\n${lines[5_000]}`)).toHaveLength(2);
  expect(outcome(`${lines.join('\n\n')}\n{`).at(-1)).toBe('9000 bad-json: line 18000 is not JSON: it ends where a key or "}" is expected');
});
