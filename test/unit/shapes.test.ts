/** The text of traces as they really come; the snapshots beside this file are meant to be read. */
import xterm from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { displayWidth } from '../../src/replay/display-width.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { type TextOptions, traceText } from '../../src/replay/text.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
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

  test('backwards tells a node where it ended, once', () => {
    const whole = timelineOf(mergeSessions(progressTrace(), sha256));
    const text = textOf(progressTrace(), { items: filterItems(whole, { reverse: true }) });
    expect(text.filter((line) => /node src.clock/.test(line))).toEqual(['10:00:04  ✓ node src/clock.ts  acme large-1  2.1s']);
  });

  test('of requests alone tells each of them', () => {
    const whole = timelineOf(mergeSessions(progressTrace(), sha256));
    const items = filterItems(whole, { types: ['provider_request_sent', 'provider_response_received'] });
    const lines = textOf(progressTrace(), { items }).filter((line) => /provider request/.test(line));
    expect(lines[0]).toBe('10:00:04  · 4 provider requests complete (clock, ids, money, rates)  in 7.5s');
  });

  test('has a line for each of eight actors, and counts the others', () => {
    const one = (i: number): SessionPart => {
      const started = { developer: { name: `P${i}`, os: 'linux', user_id: `${i}` }, kind: 'shell', tool: 'bash' };
      return part(`s${i}`, [lineOf(`s${i}`, i, 'session_started', started), lineOf(`s${i}`, i, 'annotation', { text: 'x' })]);
    };
    const text = textOf(Array.from({ length: 10 }, (_, i) => one(i)));
    expect(text.filter((line) => /^P\d {2}1 note$/.test(line))).toHaveLength(8);
    expect(text).toContain('and 2 more');
  });
});

describe('a command and its tests', () => {
  const ran = (exit: number) =>
    lineOf('s', 0, 'command', { command: 'make test', duration_ms: 900, exit_code: exit, stdout_sample: 'Error: why\n' });
  const tests = (failed: number, more = {}) =>
    lineOf('s', 1, 'test', {
      command: 'make test',
      failed,
      failures: failed > 0 ? ['a'] : [],
      framework: 'tap',
      passed: 3,
      skipped: 0,
      ...more,
    });
  const linesOf = (...lines: string[]): string[] => {
    const text = textOf([part('s', lines)]);
    return text.slice(text.lastIndexOf('') + 3).map((line) => line.slice(10));
  };

  test('are one line', () => {
    expect(linesOf(ran(0), tests(0))).toEqual(['$ make test  ✓ 3 passed  900ms']);
    expect(linesOf(ran(2), tests(1))).toEqual(['$ make test  ✗ 1 failed, 3 passed  900ms', '  Error: why', '  a']);
    expect(linesOf(ran(0), tests(0, { suite: 'unit' }))).toEqual(['$ make test  ✓ 3 passed  tap, unit  900ms']);
  });

  test('are two where they do not agree, or are not of one command', () => {
    expect(linesOf(ran(1), tests(0))).toHaveLength(3);
    expect(linesOf(ran(0), tests(0, { command: 'make' }))).toHaveLength(2);
    expect(linesOf(ran(0), lineOf('s', 0, 'edit', { file: 'x' }), tests(0))).toHaveLength(3);
  });
});
