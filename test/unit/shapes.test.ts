/** The text of traces as they really come; the snapshots beside this file are meant to be read. */
import xterm from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { displayWidth } from '../../src/replay/display-width.ts';
import { type TextOptions, traceText } from '../../src/replay/text.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import {
  crowdTrace,
  emptyTrace,
  hostileShape,
  longTrace,
  oneEventTrace,
  progressTrace,
  runningTrace,
  SHAPES_NOW,
  skewedTrace,
} from '../helpers/shapes.ts';

function textOf(parts: readonly SessionPart[], options: Partial<TextOptions> = {}): string[] {
  const ordered = mergeSessions(parts, sha256);
  const head = foldHead('42', ordered, sha256, SHAPES_NOW);
  return [...traceText('42', head, timelineOf(ordered), { columns: 80, color: false, now: SHAPES_NOW, ...options })];
}

describe('the text', () => {
  test.each([
    ['crowd', crowdTrace, 120],
    ['crowd', crowdTrace, 80],
    ['empty', emptyTrace, 80],
    ['one-event', oneEventTrace, 80],
    ['clocks', skewedTrace, 80],
    ['running', runningTrace, 80],
    ['progress', progressTrace, 80],
    ['progress', progressTrace, 40],
  ] as const)('of %s', async (name, shape, columns) => {
    await expect(`${textOf(shape(), { columns }).join('\n')}\n`).toMatchFileSnapshot(`snapshots/shape-${name}-${columns}.txt`);
  });

  test('of a generation, every event by itself', async () => {
    await expect(`${textOf(progressTrace(), { all: true }).join('\n')}\n`).toMatchFileSnapshot('snapshots/shape-progress-all.txt');
  });

  test('tells each event of a shape once, in a line or counted', () => {
    for (const shape of [crowdTrace, runningTrace, skewedTrace]) {
      const all = textOf(shape(), { all: true }).join('\n');
      const ordered = mergeSessions(shape(), sha256);
      for (let seq = 1; seq <= ordered.entries.length; seq++) expect(all).toMatch(new RegExp(`  #${seq}\\b`));
    }
  });

  test.each([{}, { all: true, patch: true }])('of hostile texts changes nothing in a terminal but its rows: %j', async (options) => {
    const columns = 100;
    const terminal = new xterm.Terminal({ allowProposedApi: true, cols: columns, rows: 50, scrollback: 0 });
    const seen: string[] = [];
    terminal.onTitleChange((title) => seen.push(`title ${title}`));
    terminal.onBell(() => seen.push('bell'));
    for (const id of [0, 8, 52]) {
      terminal.parser.registerOscHandler(id, () => {
        seen.push(`osc ${id}`);
        return true;
      });
    }
    const modes = JSON.stringify(terminal.modes);
    for (const line of textOf(hostileShape(), { columns, color: true, ...options })) {
      expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      expect(line.replaceAll(/\u001b\[\d+m/g, '')).not.toContain('\u001b');
      expect(displayWidth(line.replaceAll(/\u001b\[\d+m/g, ''))).toBeLessThanOrEqual(columns);
      terminal.write(`${line}\r\n`);
    }
    await new Promise<void>((resolve) => terminal.write('', resolve));
    expect(seen).toEqual([]);
    expect(JSON.stringify(terminal.modes)).toBe(modes);
    expect(terminal.buffer.active.type).toBe('normal');
  });

  test('of many events is written as it is read', () => {
    const ordered = mergeSessions(longTrace(20_000), sha256);
    const head = foldHead('42', ordered, sha256, SHAPES_NOW);
    const lines = traceText('42', head, timelineOf(ordered), { columns: 80, color: false });
    expect(lines.next().value).toBe('trace 42');
    let count = 1;
    for (const _ of lines) count++;
    expect(count).toBeGreaterThan(10_000);
    expect(count).toBeLessThan(20_000);
  });
});
