/** The TUI's screens as a person sees them; the snapshots beside this file are meant to be read. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/replay/display-width.ts';
import { frameOf } from '../../src/replay/tui/frame.ts';
import { KEYS } from '../../src/replay/tui/keys-help.ts';
import { lineOf, part } from '../helpers/journal-lines.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import { TestTui } from '../helpers/tui.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [40, 10],
] as const;

/** What is pressed, and what is seen then. */
const VIEWS: Readonly<Record<string, readonly string[]>> = {
  story: [],
  beginning: ['g'],
  failure: ['g', 'f', 'f'],
  output: ['g', 'f', 'enter'],
  sessions: ['2'],
  progress: ['3'],
  help: ['?'],
  types: ['t', 'down', 'enter'],
};

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  it.each(Object.entries(VIEWS))('%s', async (name, keys) => {
    const tui = TestTui.of(sampleTrace(), { columns, rows }).press(...keys);
    await expect(`${(await tui.screen()).join('\n')}\n`).toMatchFileSnapshot(`snapshots/tui/${name}-${columns}x${rows}.txt`);
  });

  it('draws as many lines as there are rows, none too wide, in colour and without', () => {
    for (const color of [true, false]) {
      for (const keys of Object.values(VIEWS)) {
        const lines = TestTui.of(sampleTrace(), { columns, rows, color })
          .press(...keys)
          .lines();
        expect(lines).toHaveLength(rows);
        for (const line of lines) {
          // a pane that begins at a column is measured from there
          const [left = '', at, right = ''] = line.split(/\u001b\[(\d+)G/);
          const plain = (text: string): number => displayWidth(text.replaceAll(/\u001b\[\d*m/g, ''));
          expect(plain(left), line).toBeLessThanOrEqual(at === undefined ? columns : Number(at) - 1);
          if (at !== undefined) expect(plain(right), line).toBeLessThanOrEqual(columns - Number(at) + 1);
        }
      }
    }
  });
});

it('says without colour what it says in colour', async () => {
  for (const keys of Object.values(VIEWS)) {
    const plain = await TestTui.of(sampleTrace(), { color: false })
      .press(...keys)
      .screen();
    const colored = await TestTui.of(sampleTrace(), { color: true })
      .press(...keys)
      .screen();
    // but the shown tab, which has brackets where there is no colour
    expect(colored.filter((_, i) => i !== 2)).toEqual(plain.filter((_, i) => i !== 2));
    expect(plain[2]).toMatch(/\[\d \w+/);
  }
});

it('writes no colour where none is wanted', () => {
  for (const keys of Object.values(VIEWS)) {
    expect(
      TestTui.of(sampleTrace(), { columns: 120, rows: 40 })
        .press(...keys)
        .lines()
        .join(''),
    ).not.toMatch(/\u001b\[\d+m/);
  }
});

describe('a frame', () => {
  it('is nothing where nothing has changed, and the changed lines alone where something has', () => {
    expect(frameOf(['a', 'b'], ['a', 'b'])).toBe('');
    expect(frameOf(['a', 'b'], ['a', 'c'])).toBe('\u001b[?2026h\u001b[2;1H\u001b[Kc\u001b[?2026l');
    expect(frameOf(['a'], ['a', 'c'])).toContain('\u001b[2J');
  });

  it('of one key in a long story is a few lines', () => {
    const lines = Array.from({ length: 500 }, (_, i) => lineOf('s', i * 60_000, 'annotation', { text: `note ${i}` }));
    const tui = TestTui.of([part('s', lines)]);
    tui.press('g');
    tui.frame();
    // both rows, the line with the place, and the scrubber
    expect(
      tui
        .press('j')
        .frame()
        .match(/\u001b\[K/g),
    ).toHaveLength(3);
  });
});

it('shows what cannot be read, and why', async () => {
  const tui = new TestTui();
  tui.open([], [{ path: 'aa/bb/0000000001.ndjson', reason: 'its object is missing' }]);
  expect((await tui.press('2').screen()).join('\n')).toContain('! aa/bb/0000000001.ndjson: cannot be read: its object is missing');
});

it('says what it waits for, and why it cannot go on', async () => {
  const tui = new TestTui();
  expect((await tui.screen()).join('\n')).toContain('opening the trace…');
  tui.open([]);
  expect((await tui.screen()).join('\n')).toContain('nothing was recorded yet');
  tui.send({ kind: 'failed', trace: '42', reason: ["there is no trace of 42 here, and 'origin' has none either"] });
  expect((await tui.screen()).join('\n')).toContain("'origin' has none either");
});

it('fits what can hardly be drawn on', async () => {
  expect(await TestTui.of(sampleTrace(), { columns: 12, rows: 3 }).screen()).toEqual(['needs 20×5', '', '']);
  for (let columns = 20; columns <= 200; columns += 31) {
    for (const rows of [5, 8, 16, 60]) {
      for (const keys of Object.values(VIEWS)) {
        const lines = TestTui.of(sampleTrace(), { columns, rows })
          .press(...keys)
          .lines();
        expect(lines).toHaveLength(rows);
      }
    }
  }
});

it('names every key in its help once', () => {
  const keys = KEYS.flatMap(([, rows]) => rows.map(([key]) => key));
  expect(new Set(keys).size).toBe(keys.length);
});

it('says of keys what the documentation says', () => {
  const page = readFileSync('docs/tui.md', 'utf8');
  for (const [, rows] of KEYS) for (const [, does] of rows) expect(page).toContain(`| ${does} |`);
});
