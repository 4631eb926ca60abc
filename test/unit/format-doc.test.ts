/** docs/format.md says what the code does: every example in it is parsed, hashed, ordered, united or decoded here. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { HEAD_BYTES, TAIL_BYTES } from '../../src/capture/sample.ts';
import { canonical } from '../../src/core/canonical.ts';
import { COMMAND_LIMIT, EVENT_BYTES, PATHS } from '../../src/core/cap.ts';
import { lineJsonSchema, payloadFault } from '../../src/core/event.schema.ts';
import { LINE_LIMIT, lineId, parseLine, readLine } from '../../src/core/line.ts';
import { mergeSessions } from '../../src/core/order.ts';
import { FAN_OUT, FORMAT, parseSegmentPath, SEGMENT_BYTES } from '../../src/core/segment.ts';
import { branchTrace, journalRef } from '../../src/core/trace-name.ts';
import { MOST_ENTRIES } from '../../src/journal/read.ts';
import { IDLE_MS } from '../../src/journal/trace-writer.ts';
import { ndjson } from '../../src/replay/ndjson.ts';
import { decodeRecords, decodeShellRecords, RECORD_LIMIT } from '../../src/spool/record.ts';
import { uniteSegments } from '../../src/sync/unite-segments.ts';
import { documentJson, foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { blocksNamed, fencedBlocks, readPage } from '../helpers/fenced.ts';
import { lineOf, sha256 } from '../helpers/journal-lines.ts';

const page = readPage('docs/format.md');
const blocks = fencedBlocks(page);

/** The one block of a name, as JSON. */
function jsonOf(name: string): unknown {
  return JSON.parse(blocksNamed(blocks, name)[0].text);
}

test('the page speaks of the format that is written', () => {
  expect(page).toContain(`Format number of this page: **${FORMAT}**.`);
});

test('branch names are encoded as shown', () => {
  const shown = jsonOf('branches') as Record<string, string>;
  const encoded = Object.fromEntries(Object.keys(shown).map((branch) => [branch, journalRef(branchTrace(branch, sha256))]));
  expect(encoded).toEqual(shown);
  // the last one shows what becomes of a name that is too long
  expect(Object.values(shown).at(-1)).toMatch(/%\.[0-9a-f]{32}\/journal$/);
});

describe('lines', () => {
  test.each(blocksNamed(blocks, 'line'))('the line of $at is canonical, fits its schema and has the id', ({ text, values }) => {
    const event = parseLine(text);
    expect(lineId(text, event, sha256)).toBe(values['id']);
    expect(payloadFault(event.type, event.payload)).toBeUndefined();
  });

  test('two lines that differ in what was assigned are one event', () => {
    const [, first, second] = blocksNamed(blocks, 'line');
    expect(first?.text).not.toBe(second?.text);
    expect(first?.values['id']).toBe(second?.values['id']);
    const [hashed] = blocksNamed(blocks, 'hashed');
    expect(sha256(hashed.text)).toBe(first?.values['id']);
  });

  test('what is shown as refused is refused', () => {
    const [refused] = blocksNamed(blocks, 'refused');
    const lines = refused.text.split('\n');
    expect(lines.filter((line) => readLine(line, true).kind !== 'bad')).toEqual([]);
    // and each for its own reason: without it the line would be read
    expect(new Set(lines).size).toBe(8);
  });

  test('the canonical form is as shown', () => {
    const [said, form] = blocksNamed(blocks, 'canonical')[0].text.split('\n');
    expect(canonical(JSON.parse(said ?? ''))).toBe(form);
  });

  test('an erased line names the hash of the id', () => {
    const [erased] = blocksNamed(blocks, 'erased');
    expect(blocksNamed(blocks, 'line').map(({ values }) => values['id'])).toContain(erased.values['of']);
    expect(readLine(erased.text, true)).toEqual({ kind: 'erased', erased: sha256(erased.values['of'] ?? '') });
    expect(blocksNamed(blocks, 'marks')[0].text).toBe(sha256(erased.values['of'] ?? ''));
  });
});

test('segments lie at paths of this format, their lines name the session of the path', () => {
  for (const { text, values } of blocksNamed(blocks, 'segment').filter(({ language }) => language === 'ndjson')) {
    const path = parseSegmentPath(values['path'] ?? '');
    expect(path).toBeDefined();
    for (const line of text.split('\n')) {
      const event = parseLine(line);
      expect(event.session).toBe(path?.session);
      expect(payloadFault(event.type, event.payload)).toBeUndefined();
    }
  }
});

test('the order is as shown', () => {
  const { lines, order } = jsonOf('order') as { lines: string[]; order: string[] };
  const sessions = new Map<string, string[]>();
  for (const line of lines) {
    const [session = '', seq = '', minute = ''] = line.split(/[/ ]/);
    const written = sessions.get(session) ?? [];
    written.push(lineOf(session, `2026-11-21T09:${minute}:00.000Z`, 'annotation', { text: `${session}/${seq}` }));
    sessions.set(session, written);
  }
  const parts = [...sessions].map(([session, written]) => ({ writer: '00112233445566aa', session, lines: written, firstSeq: 1 }));
  expect(mergeSessions(parts, sha256).entries.map(({ event }) => event.payload['text'])).toEqual(order);
  expect(mergeSessions(parts.reverse(), sha256).entries.map(({ event }) => event.payload['text'])).toEqual(order);
});

test('versions of a segment are united as shown, in any order', () => {
  for (const { versions, united } of jsonOf('unite') as { versions: string[][]; united: string[][] }[]) {
    expect(uniteSegments(versions, sha256)).toEqual(united);
    expect(uniteSegments([...versions].reverse(), sha256)).toEqual(united);
    expect(uniteSegments([...united, ...versions], sha256)).toEqual(united);
  }
});

describe('events', () => {
  test('the table says what the schemas say', () => {
    const table = /<!-- events -->\n(.*)<!-- \/events -->/s.exec(page)?.[1] ?? '';
    const rows = table.trim().split('\n').slice(2);
    const shown = rows.map((row) => row.split(' | ').slice(0, 3).join(' | '));
    expect(shown).toEqual(schemaRows());
  });
});

interface MemberSchema {
  type?: string | string[];
  anyOf?: MemberSchema[];
  enum?: string[];
}
interface PayloadSchema {
  properties: Record<string, MemberSchema>;
  required?: string[];
}

/** One row for each known type: its name, required and optional members. */
function schemaRows(): string[] {
  const { allOf } = lineJsonSchema() as {
    allOf: { if: { properties: { type: { const: string } } }; then: { properties: { payload: PayloadSchema } } }[];
  };
  return allOf.map(({ if: condition, then }) => {
    const { properties, required = [] } = then.properties.payload;
    const named = Object.entries(properties).filter(([name]) => name !== 'redaction' && name !== 'truncated');
    const list = (wanted: boolean): string =>
      named
        .filter(([name]) => required.includes(name) === wanted)
        .map(([name, schema]) => `\`${name}\`${words(schema)}`)
        .join(', ') || '–';
    return `| \`${condition.properties.type.const}\` | ${list(true)} | ${list(false)}`;
  });
}

function words({ type, anyOf, enum: values }: MemberSchema): string {
  const nullable = (Array.isArray(type) && type.includes('null')) || (anyOf ?? []).some((one) => one.type === 'null');
  return `${values === undefined ? '' : ` (${values.join(', ')})`}${nullable ? ' or null' : ''}`;
}

test('the document and the events of the example are as shown', () => {
  const parts = blocksNamed(blocks, 'segment').flatMap(({ text, values }) => {
    const path = parseSegmentPath(values['path'] ?? '');
    return path === undefined ? [] : [{ ...path, lines: text.split('\n') }];
  });
  const ordered = mergeSessions(parts, sha256);
  const items = timelineOf(ordered);
  expect([...documentJson(foldHead('42', ordered, sha256), items)].join('')).toBe(`${blocksNamed(blocks, 'document')[0].text}\n`);
  const events = [...ndjson(items)].map((line) => line.trimEnd());
  const shown = blocksNamed(blocks, 'events')[0].text.split('\n');
  expect(events.slice(1, 1 + shown.length)).toEqual(shown);
});

describe('spool', () => {
  test.each(['', '-command'])('the shell commands write the record that is shown (spool-write%s)', (which) => {
    const { stdout } = spawnSync('sh', ['-c', blocksNamed(blocks, `spool-write${which}`)[0].text]);
    const { found, next } = decodeShellRecords(stdout, 0, false);
    expect(next).toBe(stdout.length);
    expect(found).toEqual([{ kind: 'record', record: jsonOf(`spool-read${which}`), end: stdout.length }]);
  });

  test('the NDJSON record is read as it stands', () => {
    const bytes = Buffer.from(`\n${blocksNamed(blocks, 'spool-ndjson')[0].text}\n`);
    expect(decodeRecords(bytes, 0, false).found).toEqual([{ kind: 'record', record: jsonOf('spool-ndjson'), end: bytes.length }]);
  });
});

test('the limits are those of the code', () => {
  const rows = /## Limits\n(.*?)\n## /s.exec(page)?.[1]?.match(/\| ([0-9,]+) \|$/gm) ?? [];
  const shown = rows.map((row) => Number(row.replace(/[^0-9]/g, '')));
  expect(shown).toEqual([
    EVENT_BYTES,
    LINE_LIMIT,
    RECORD_LIMIT,
    SEGMENT_BYTES,
    FAN_OUT,
    MOST_ENTRIES,
    PATHS,
    HEAD_BYTES,
    TAIL_BYTES,
    COMMAND_LIMIT,
    200,
    180,
    IDLE_MS / 60_000,
  ]);
  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
  expect(() => canonical(nested(200))).not.toThrow();
  expect(() => canonical(nested(201))).toThrow(/nested more than 200 deep/);
});
