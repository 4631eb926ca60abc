/** Segments of a journal on real git: they grow, are sealed, fan out, and are the same however they were written. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatLine } from '../../src/core/line.ts';
import { FAN_OUT, SEGMENT_BYTES } from '../../src/core/segment.ts';
import { timestamp } from '../../src/core/time.ts';
import { readJournal } from '../../src/journal/read.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { type Journal, note, readLines, readTexts, START } from '../helpers/journal.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

/** Notes of a session `s`, each of about so many bytes. */
function notes(from: number, count: number, bytes = 10): SpoolRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const text = `${String(from + i).padStart(8, '0')} ${'x'.repeat(Math.min(bytes, 12_000))}`;
    const rest = Array.from({ length: Math.floor(bytes / 12_000) }, () => 'y'.repeat(12_000));
    return note(text, 0, { session: { id: 's' }, payload: { text, rest } });
  });
}

function sizes(at: TestRepository, commit = REF): Map<string, number> {
  const rows = at.git('ls-tree', '-r', '-l', commit).split('\n');
  return new Map(rows.map((row) => [row.slice(row.indexOf('\t') + 1), Number(row.split('\t')[0]?.trim().split(/ +/)[3])]));
}

async function flushed(journal: Journal, records: readonly SpoolRecord[]): Promise<string> {
  journal.spool(...records);
  expect(await journal.flush()).toMatchObject({ accepted: records.length, duplicate: 0, quarantined: 0 });
  return (await journal.repository.refs.get(REF)) ?? '';
}

test('an open segment grows past 64 KiB and is then sealed for good; the next begins where it ends', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  for (let i = 0; i < 40; i++) await flushed(journal, notes(i * 5, 5, 1000));
  const found = [...sizes(at)].filter(([path]) => path.endsWith('.ndjson'));
  expect(found.length).toBeGreaterThan(3);
  for (const [, size] of found.slice(0, -1)) {
    expect(size).toBeGreaterThanOrEqual(SEGMENT_BYTES);
    expect(size).toBeLessThan(SEGMENT_BYTES + 1200);
  }
  const starts = [...readLines(at, REF)].map(([path, lines]) => [Number(path.slice(-17, -7)), lines.length]);
  let next = 1;
  for (const [firstSeq, lines] of starts) {
    expect(firstSeq).toBe(next);
    next += lines ?? 0;
  }
  expect(next - 1).toBe(201); // and one session_started
  expectSound(at);
});

/** Notes whose lines together have exactly so many bytes. */
function filling(bytes: number): SpoolRecord[] {
  const ofLength = (length: number): SpoolRecord => note('z'.repeat(length), 0, { session: { id: 's' } });
  const { payload, ts = '' } = ofLength(0);
  const empty = formatLine({ payload, session: 's', ts, type: 'annotation' }).length + 1;
  return bytes > 12_000 ? [ofLength(10_000 - empty), ...filling(bytes - 10_000)] : [ofLength(bytes - empty)];
}

test.each([
  { bytes: SEGMENT_BYTES, segments: 2 },
  { bytes: SEGMENT_BYTES - 1, segments: 1 },
])('a segment of $bytes bytes: the next line makes it $segments', async ({ bytes, segments }) => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  await flushed(journal, notes(0, 1));
  const [path = '', size = 0] = [...sizes(at)].find(([name]) => name.endsWith('.ndjson')) ?? [];
  const fill = filling(bytes - size).map((record, i) => ({ ...record, ts: timestamp(START + i) }));
  await flushed(journal, fill);
  expect(sizes(at).get(path)).toBe(bytes);
  await flushed(journal, notes(1, 1));
  expect([...sizes(at).keys()].filter((name) => name.endsWith('.ndjson'))).toHaveLength(segments);
  expectSound(at);
});

test('past 256 segments the later ones lie in a folder, whether written at once or appended', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  // two such lines pass 64 KiB, so each two make a segment: 255 of them, then what crosses the border, then one by one
  await flushed(journal, notes(0, 509, 34_000));
  await flushed(journal, notes(509, 6, 34_000));
  for (let i = 0; i < 4; i++) await flushed(journal, notes(515 + i, 1, 34_000));
  const paths = [...sizes(at).keys()].filter((path) => path.endsWith('.ndjson'));
  expect(paths.filter((path) => path.split('/').length === 3)).toHaveLength(FAN_OUT);
  const later = paths.filter((path) => path.split('/').length === 4);
  expect(later.length).toBeGreaterThanOrEqual(3);
  expect(later.every((path) => path.includes('/s/0001/'))).toBe(true);
  const total = [...sizes(at).values()].reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(17 * 1_048_576);
  const { parts, faults } = await readJournal(journal.repository.objects, (await journal.repository.refs.get(REF)) ?? '');
  expect(faults).toEqual([]);
  expect(parts.map(({ firstSeq, lines }) => [firstSeq, lines.length])).toEqual([[1, 520]]);
  expect(parts[0]?.lines.slice(1).map((line) => Number(/"text":"([0-9]{8}) /.exec(line)?.[1]))).toEqual(
    Array.from({ length: 519 }, (_, i) => i),
  );
  expectSound(at);
});

describe('reading', () => {
  test('what came since a commit is all lines less those that it had, from every earlier commit', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const tips: string[] = [];
    for (let i = 0; i < 12; i++) {
      const other = Array.from({ length: 3 }, (_, k) => note(`other ${i} ${k}`, i, i % 3 === 0 ? { session: { id: `t${i}` } } : {}));
      tips.push(await flushed(journal, [...notes(i * 20, 20, 900), ...other]));
    }
    const { objects } = journal.repository;
    const read = async (commit: string, since?: string): Promise<string[]> => {
      const { parts, faults } = await readJournal(objects, commit, since);
      expect(faults).toEqual([]);
      return parts
        .flatMap(({ writer, session, firstSeq, lines }) => lines.map((line, i) => `${writer}/${session}/${firstSeq + i} ${line}`))
        .sort();
    };
    for (const [i, since] of tips.entries()) {
      for (const commit of [tips.at(-1) ?? '', tips[i + 1] ?? since]) {
        const earlier = new Set(await read(since));
        expect(await read(commit, since)).toEqual((await read(commit)).filter((line) => !earlier.has(line)));
      }
    }
    // a commit that is not here counts as none
    expect(await read(tips[0] ?? '', '1'.repeat(40))).toEqual(await read(tips[0] ?? ''));
  });
});

describe('how objects are written', () => {
  const packs = (at: TestRepository): string[] => readdirSync(join(at.path, '.git/objects/pack')).filter((name) => name.endsWith('.pack'));
  const loose = (at: TestRepository): number => Number(/^count: ([0-9]+)$/m.exec(at.git('count-objects', '-v'))?.[1]);

  test('a small flush writes loose objects, a large one a single pack; both the same trees', async () => {
    const few = TestRepository.create();
    const many = TestRepository.create();
    const records = Array.from({ length: 200 }, (_, i) => note(`note ${i}`, i % 5, { session: { id: `s${i % 40}` } }));
    const one = await openJournal(few);
    for (const session of new Set(records.map((record) => record.session?.id)))
      await flushed(
        one,
        records.filter((record) => record.session?.id === session),
      );
    expect(packs(few)).toEqual([]);
    await flushed(await openJournal(many), records);
    expect(packs(many)).toHaveLength(1);
    expect(loose(many)).toBe(0);
    expect(many.git('rev-parse', `${REF}^{tree}`)).toBe(few.git('rev-parse', `${REF}^{tree}`));
    expectSound(few);
    expectSound(many);
  });

  test('100,000 events are one commit and one pack; the same events in parts make the same tree', async () => {
    const at = TestRepository.create();
    const journal = await openJournal(at);
    const records = notes(0, 100_000, 200);
    await flushed(journal, records);
    expect(packs(at)).toHaveLength(1);
    expect(loose(at)).toBe(0);
    expect(at.git('rev-list', '--count', REF)).toBe('1');
    expect(at.git('log', '-1', '--format=%s', REF)).toBe('chore(trace): 100001 events (100000 annotations, 1 session start)');
    expect(readTexts(at, REF)).toHaveLength(100_000);
    expectSound(at);
    const other = TestRepository.create();
    const parts = await openJournal(other);
    for (let from = 0; from < records.length; from += 33_333) await flushed(parts, records.slice(from, from + 33_333));
    expect(other.git('rev-parse', `${REF}^{tree}`)).toBe(at.git('rev-parse', `${REF}^{tree}`));
    expectSound(other);
  });
});
