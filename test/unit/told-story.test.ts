/** Rows of a story as they are followed, played and recorded: the same words as the text view, and nothing that steers a terminal. */
import { expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { asciicast } from '../../src/replay/asciicast.ts';
import { displayWidth } from '../../src/replay/display-width.ts';
import { beginPlaying, nextPlaying, Schedule } from '../../src/replay/play.ts';
import { playLines } from '../../src/replay/play-screen.ts';
import { Rows } from '../../src/replay/rows.ts';
import { terminalText } from '../../src/replay/terminal-text.ts';
import { ToldStory } from '../../src/replay/told-story.ts';
import { Cast } from '../../src/timeline/cast.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { crowdTrace, emptyTrace, hostileShape, oneEventTrace, SHAPES_NOW, skewedTrace } from '../helpers/shapes.ts';

const OPTIONS = { columns: 80, color: true, patch: true, all: true };
const PACE = { speed: 60, idleLimit: 2_000 };

function storyOf(parts: readonly SessionPart[], all = true): ToldStory {
  const ordered = mergeSessions(parts, sha256);
  return new ToldStory('42', foldHead('42', ordered, sha256, SHAPES_NOW), timelineOf(ordered), all);
}

/** What a terminal would act on, less the styles that paint.ts gives. */
function controlsIn(text: string): string[] {
  const plain = text.replace(/\u001b\[[0-9]{1,2}m/g, '');
  return plain.match(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu) ?? [];
}

const SHAPES = [
  ['a crowd', crowdTrace()],
  ['nothing', emptyTrace()],
  ['one event', oneEventTrace()],
  ['clocks that disagree', skewedTrace()],
  ['hostile texts', hostileShape()],
] as const;

test.each(SHAPES)('%s: no row steers a terminal, is too wide, or is two', (_, parts) => {
  const story = storyOf(parts);
  const rows = story.items.flatMap((_item, i) => story.linesAt(i, OPTIONS));
  for (const row of rows) {
    expect(controlsIn(row)).toEqual([]);
    expect(row).not.toMatch(/[\r\n]/);
    expect(displayWidth(row.replace(/\u001b\[[0-9]{1,2}m/g, ''))).toBeLessThanOrEqual(80);
  }
});

test.each(SHAPES)('%s: a screen has as many lines as it has rows, wherever the story is', (_, parts) => {
  const story = storyOf(parts, false);
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [200, 3],
  ] as const) {
    let playing = beginPlaying(story, PACE);
    for (let i = 0; i < 40; i++) {
      const lines = playLines(story, playing, { columns, rows }, { ...OPTIONS, columns, all: false });
      expect(lines).toHaveLength(rows);
      expect(lines.flatMap(controlsIn)).toEqual([]);
      playing = nextPlaying(playing, i % 7 === 6 ? { kind: 'next', mark: 'failure' } : { kind: 'step' }, story);
    }
  }
});

test.each(SHAPES)('%s: a recording says in time what the rows say', (_, parts) => {
  const story = storyOf(parts);
  const [head = '', ...lines] = [...asciicast(story, new Schedule(story.times, PACE), { columns: 80, rows: 24 }, OPTIONS)];
  expect(head.endsWith('\n')).toBe(true);
  expect(JSON.parse(head)).toMatchObject({ version: 3, term: { cols: 80, rows: 24 }, title: story.title });
  const events = lines.map((line) => JSON.parse(line) as [number, string, string]); // the format's three members, looked at below
  for (const [interval, code, data] of events) {
    expect(interval).toBeGreaterThanOrEqual(0);
    expect(Number.isInteger(Math.round(interval * 1e6) / 1e3)).toBe(true);
    expect(['o', 'm', 'x']).toContain(code);
    expect(controlsIn(data)).toEqual([]);
  }
  const printed = events.flatMap(([, code, data]) => (code === 'o' ? data : [])).join('');
  expect(printed).toBe(story.items.flatMap((_item, i) => story.linesAt(i, OPTIONS).map((row) => `${row}\r\n`)).join(''));
  const total = events.reduce((sum, [interval]) => sum + interval, 0);
  expect(total).toBeCloseTo(new Schedule(story.times, PACE).total / 1_000 + 2, 2);
});

test.each(SHAPES)('%s: what is told one by one is what is told at once', (_, parts) => {
  const ordered = mergeSessions(parts, sha256);
  const cast = new Cast(foldHead('42', ordered, sha256, SHAPES_NOW), terminalText);
  const items = timelineOf(ordered);
  const rows = new Rows(OPTIONS);
  const half = items.length >> 1;
  const whole = storyOf(parts);
  for (const item of items.slice(0, half)) rows.noteTold(item, cast);
  const told = items.slice(half).flatMap((item) => rows.tell(item, cast));
  expect(told).toEqual(
    items
      .slice(half)
      .flatMap((_item, i) => whole.linesAt(half + i, OPTIONS))
      .slice(half === 0 && items.length > 0 ? 1 : 0),
  );
});
