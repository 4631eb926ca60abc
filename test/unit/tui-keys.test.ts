/** What keys and the mouse make of the TUI's model: each test is somebody at work. */
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/replay/tui/layout.ts';
import type { Hit, ListedRow } from '../../src/replay/tui/model.ts';
import { wantsOf } from '../../src/replay/tui/model.ts';
import { selected, selectedRow } from '../../src/replay/tui/moves.ts';
import { backspaced, withoutWord } from '../../src/replay/tui/typing.ts';
import { lineOf, part } from '../helpers/journal-lines.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';
import { itemsOf, TestTui } from '../helpers/tui.ts';

const MINUTE = 60_000;
/** A trace of so many notes, a minute apart. */
const notes = (count: number, from = 0) =>
  part(
    's',
    Array.from({ length: count }, (_, i) => lineOf('s', (from + i) * MINUTE, 'annotation', { text: `note ${from + i}` })),
  );
const many = (count = 100) => TestTui.of([notes(count)]);
const textAt = (tui: TestTui): unknown => selected(tui.model.open)?.frame.item.entry.event.payload['text'];
const typeAt = (tui: TestTui): unknown => selected(tui.model.open)?.frame.item.entry.event.type;

describe('moving', () => {
  it('begins at the newest event and follows what comes', () => {
    const tui = many();
    expect(textAt(tui)).toBe('note 99');
    tui.send({ kind: 'added', trace: '42', faults: [], items: itemsOf([notes(101)]).slice(-1) });
    expect(textAt(tui)).toBe('note 100');
    expect(tui.lines().join('\n')).toContain('● live');
  });

  it('follows no more once one looks elsewhere, and says how many are new', () => {
    const tui = many().press('k');
    expect(textAt(tui)).toBe('note 98');
    tui.send({ kind: 'added', trace: '42', faults: [], items: itemsOf([notes(103)]).slice(-3) });
    expect(textAt(tui)).toBe('note 98');
    expect(tui.lines().join('\n')).toContain('3 new, G goes there');
    expect(textAt(tui.press('G'))).toBe('note 102');
    expect(tui.lines().join('\n')).toContain('● live');
  });

  it.each([
    [['g'], 'note 0'],
    [['home'], 'note 0'],
    [['g', 'j', 'down', 'right'], 'note 3'],
    [['g', 'G', 'k', 'up', 'left'], 'note 96'],
    [['g', 'pagedown'], 'note 17'],
    [['g', 'ctrl+d'], 'note 9'],
    [['end', 'pageup'], 'note 82'],
    [['g', 'k'], 'note 0'],
    [['G', 'j'], 'note 99'],
  ])('%s', (keys, text) => {
    expect(textAt(many().press(...keys))).toBe(text);
  });

  it('keeps the selected row on the screen, whatever its size becomes', () => {
    const tui = many().press('g', 'pagedown', 'pagedown');
    for (const [columns, rows] of [
      [40, 10],
      [120, 40],
      [20, 5],
      [80, 24],
    ] as const) {
      tui.send({ kind: 'resize', size: { columns, rows } });
      const { top } = tui.model.open;
      const row = selectedRow(tui.model.open);
      expect(row).toBeGreaterThanOrEqual(top);
      expect(row).toBeLessThan(top + layoutOf(tui.model).height);
      expect(textAt(tui)).toBe('note 34');
    }
  });

  it('jumps to failures, commits and notes, and around at the end', () => {
    const tui = TestTui.of(sampleTrace()).press('g', 'f');
    expect(typeAt(tui)).toBe('command');
    expect(typeAt(tui.press('f'))).toBe('test');
    expect(typeAt(tui.press('F'))).toBe('command');
    expect(typeAt(tui.press('c'))).toBe('commit');
    expect(typeAt(tui.press('m'))).toBe('annotation');
    expect(tui.press('G', 'f').model.open.cursor).toBe(TestTui.of(sampleTrace()).press('g', 'f').model.open.cursor);
    expect(many(3).press('f').model.notice).toBe('no failures');
  });
});

describe('an event', () => {
  it('is opened with Enter, scrolled, stepped from, and closed', () => {
    const text = Array.from({ length: 60 }, (_, i) => `line ${i}`).join('\n');
    const tui = TestTui.of([part('s', [lineOf('s', 0, 'annotation', { text }), lineOf('s', 1, 'annotation', { text: 'second' })])]).press(
      'g',
      'enter',
    );
    expect(tui.lines().join('\n')).toContain('line 1');
    expect(tui.press('G').lines().join('\n')).not.toContain('line 1\n');
    const end = tui.model.open.detail ?? 0;
    // behind the end there is nothing to scroll to
    expect(tui.press('j', 'j').model.open.detail).toBe(end);
    expect(tui.press('k').model.open.detail).toBe(end - 1);
    expect(tui.press('right').lines().join('\n')).toContain('second');
    expect(tui.model.open.detail).toBe(0);
    expect(tui.press('q').model.open.detail).toBeUndefined();
    expect(tui.model.isOver).toBe(false);
  });

  it('of an unknown type shows all its members', () => {
    const payload = { deep: { list: [1, { two: 'zwei' }] }, flag: true, nothing: null, empty: '', text: 'said', count: 7 };
    const screen = TestTui.of([part('s', [lineOf('s', 0, 'never_heard_of', payload)])], { rows: 40 })
      .press('enter')
      .lines()
      .join('\n');
    for (const word of ['"two": "zwei"', 'flag', 'true', 'nothing', 'null', 'empty', 'said', 'count', '7', 'never_heard_of'])
      expect(screen).toContain(word);
  });

  it('that is a stretch of quiet ones is unfolded with Enter', () => {
    const calls = Array.from({ length: 20 }, (_, i) => lineOf('s', i, 'tool_call', { tool_name: `Read${i}`, status: 'completed' }));
    const tui = TestTui.of([part('s', calls)]);
    expect(tui.model.open.telling.rows.list).toHaveLength(2);
    tui.press('enter');
    expect(tui.model.open.telling.rows.list).toHaveLength(21);
    expect(tui.press('z').model.open.telling.rows.list).toHaveLength(21);
    expect(tui.press('z').model.open.telling.rows.list).toHaveLength(2);
  });
});

describe('finding', () => {
  it('goes to what says a text while it is typed, and on with n and N', () => {
    const tui = many().press('g', '/').type('note 5');
    expect(textAt(tui)).toBe('note 5');
    expect(tui.lines().join('\n')).toContain('11 × "note 5"');
    expect(textAt(tui.press('enter', 'n'))).toBe('note 50');
    expect(textAt(tui.press('N', 'N'))).toBe('note 59');
    expect(textAt(tui.press('escape', 'n'))).toBe('note 59');
    expect(tui.model.notice).toContain("'/' begins");
  });

  it('says when nothing says it', () => {
    expect(many().press('/').type('nowhere').press('enter').model.notice).toBe('no event says "nowhere"');
  });

  it('looks in what is said, whichever case, and not in how it is written', () => {
    const tui = TestTui.of([part('s', [lineOf('s', 0, 'command', { command: 'echo "Grüße"\n', exit_code: 0 })])]);
    const hits = (text: string): number | undefined => tui.press('escape', '/').type(text).press('enter').model.open.search?.hits.length;
    expect(hits('GRÜSSE')).toBe(0);
    expect(hits('GRÜßE')).toBe(1);
    expect(hits('"Gr')).toBe(1);
    expect(hits('payload')).toBe(0);
    expect(hits('exit_code')).toBe(0);
    expect(hits('command')).toBe(1);
  });

  it('lists only what says a text, counts what is left out, and gives it back', () => {
    const tui = TestTui.of([notes(100)], { columns: 99 })
      .press('&')
      .type('note 7')
      .press('enter');
    expect(tui.model.open.telling.rows.events).toBe(11);
    expect(tui.lines().join('\n')).toContain('showing 11 of 100: "note 7"');
    expect(tui.press('x').model.open.telling.rows.events).toBe(100);
    expect(tui.press('&').type('nowhere').lines().join('\n')).toContain('no event matches, of 100');
  });

  it('lists only some types, or one session', () => {
    const tui = TestTui.of(sampleTrace(), { columns: 99 }).press('t', 'enter');
    expect(tui.lines().join('\n')).toContain('showing 13 of 58: command');
    tui.press('t', 'j', 'j', 'j', 'space', 'escape');
    expect(tui.lines().join('\n')).toContain('showing 19 of 58: command, edit');
    tui.press('t', 'x', 'g', 's');
    expect(tui.lines().join('\n')).toMatch(/showing \d+ of 58: session Anna Berg/);
    expect(tui.press('s').model.open.telling.rows.filter.session).toBeUndefined();
  });

  it('takes a paste into the line alone', () => {
    const tui = many();
    tui.send({ kind: 'paste', text: 'q' });
    expect(tui.model.isOver).toBe(false);
    tui.press('/').send({ kind: 'paste', text: 'note\n 42' });
    expect(tui.model.prompt?.text).toBe('note 42');
    tui.work();
    expect(textAt(tui)).toBe('note 42');
  });

  it('edits the line by what a reader sees', () => {
    expect(backspaced('a👍🏽')).toBe('a');
    expect(backspaced('')).toBe('');
    expect(withoutWord('npm test ')).toBe('npm ');
    expect(many().press('/').type('abc').press('backspace', 'ctrl+w', 'backspace').model.prompt).toBeUndefined();
  });
});

describe('replay', () => {
  const at = (tui: TestTui, now: number): void => tui.send({ kind: 'clock', now });
  it('tells what is due, at its pace, and ends at the end', () => {
    const tui = many(4).press('g');
    at(tui, 1_000_000);
    tui.press('space');
    expect(wantsOf(tui.model).wakeAt).toBe(1_001_000);
    at(tui, 1_000_999);
    expect(textAt(tui)).toBe('note 0');
    // what comes later is not seen yet
    expect(tui.lines().join('\n')).not.toContain('note 1');
    at(tui, 1_001_000);
    expect(textAt(tui)).toBe('note 1');
    at(tui, 1_003_000);
    expect(textAt(tui)).toBe('note 3');
    expect(wantsOf(tui.model).wakeAt).toBeUndefined();
    expect(tui.lines().join('\n')).toContain('● live');
  });

  it('begins anew at the end, stops, and goes faster and slower', () => {
    const tui = many(50);
    at(tui, 0);
    expect(textAt(tui.press('space'))).toBe('note 0');
    expect(tui.lines().join('\n')).toContain('▶ replay');
    tui.press('+', '+', '+', '+');
    at(tui, 2_000);
    expect(textAt(tui)).toBe('note 49');
    tui.press('g', 'space', 'space');
    expect(tui.model.open.play).toBeUndefined();
    tui.press('-', '-', '-', '-', '-', '-', '-', '-');
    expect(tui.model.speed).toBe(0);
  });

  it('never makes one wait for a night', () => {
    const tui = TestTui.of([
      part('s', [lineOf('s', 0, 'annotation', { text: 'a' }), lineOf('s', 40_000_000, 'annotation', { text: 'b' })]),
    ]);
    at(tui, 0);
    tui.press('g', 'space');
    expect(wantsOf(tui.model).wakeAt).toBe(1_500);
  });

  it('is stopped by whoever moves', () => {
    const tui = many(9).press('g', 'space', 'j');
    expect(tui.model.open.play).toBeUndefined();
    expect(textAt(tui)).toBe('note 1');
  });
});

describe('traces', () => {
  const row = (trace: string, more: Partial<ListedRow> = {}): ListedRow => ({
    trace,
    title: null,
    status: 'open',
    events: 3,
    sessions: 1,
    end_time: '2026-11-20T10:00:00.000Z',
    archived: null,
    fault: null,
    ...more,
  });
  const hit: Hit = { trace: '7', id: 'a'.repeat(64), ts: '2026-11-20T09:00:00.000Z', type: 'annotation', payload: { text: 'the loop' } };

  it('are asked for when they are looked at, and told with their faults', () => {
    const tui = many(2);
    expect(wantsOf(tui.model).traces).toBe(0);
    expect(wantsOf(tui.press('4').model).traces).toBe(1);
    expect(tui.lines().join('\n')).toContain('reading the list of traces…');
    tui.send({ kind: 'traces', rows: [row('42', { title: 'Retry' }), row('7', { fault: 'its object is missing' }), row('heads/a%2Fb')] });
    const screen = tui.lines().join('\n');
    expect(screen).toMatch(/● 42 {2}Retry.*open {2}3 events in 1 session {2}1 day ago/);
    expect(screen).toContain('7  ! cannot be read: its object is missing');
    expect(screen).toContain('branch a/b');
    expect(screen).toContain('Traces 3');
    expect(wantsOf(tui.press('r').model).traces).toBe(2);
  });

  it('are narrowed while one types, and looked through', () => {
    const tui = many(2).press('4');
    tui.send({ kind: 'traces', rows: [row('42', { title: 'Retry login' }), row('7'), row('heads/login')] });
    tui.press('/').type('login');
    expect(tui.lines().join('\n')).toContain('showing 2 of 3');
    expect(wantsOf(tui.model).search).toBe('login');
    tui.send({ kind: 'searched', searched: { text: 'login', hits: [hit], looked: 3, total: 3, unreadable: 1, state: 'done' } });
    expect(tui.lines().join('\n')).toContain('1 event says it · looked through 3 of 3 traces · 1 cannot be read');
    // an answer to what is not asked any more
    tui.send({ kind: 'searched', searched: { text: 'log', hits: [], looked: 0, total: 3, unreadable: 0, state: 'running' } });
    expect(tui.model.searched?.text).toBe('login');
    tui.press('enter', 'G', 'enter');
    expect(tui.model.open).toMatchObject({ trace: '7', nth: 2, goTo: hit.id, state: 'opening' });
    expect(wantsOf(tui.model)).toMatchObject({ trace: '7', nth: 2 });
    expect(wantsOf(tui.press('4', 'escape').model).search).toBe('');
  });

  it('of a found event is opened at that event', () => {
    const items = itemsOf([notes(30)]);
    const id = items[11]?.kind === 'event' ? items[11].entry.id : '';
    const tui = many(2).press('4');
    tui.send(
      { kind: 'traces', rows: [row('42')] },
      { kind: 'searched', searched: { text: '', hits: [{ ...hit, trace: '9', id }], looked: 1, total: 1, unreadable: 0, state: 'done' } },
    );
    tui.press('G', 'enter');
    tui.open(items);
    expect(textAt(tui)).toBe('note 11');
    expect(tui.model.open.follows).toBe(false);
  });
});

it('goes on where it was when the order has changed', () => {
  const tui = many(20).press('g', 'j', 'j', '&').type('note').press('enter');
  tui.send({
    kind: 'rebuilt',
    trace: '42',
    faults: [],
    items: itemsOf([part('r', [lineOf('r', -5, 'annotation', { text: 'first' })]), notes(20)]),
  });
  tui.work();
  expect(textAt(tui)).toBe('note 2');
  expect(tui.model.open.telling.rows.events).toBe(20);
});

it('takes no notice of what is said of another trace', () => {
  const tui = many(3);
  tui.send({ kind: 'added', trace: '7', faults: [], items: itemsOf([notes(9)]) });
  expect(tui.model.open.telling.story.frames).toHaveLength(3);
});

describe('the mouse', () => {
  it('selects, opens, scrolls, goes along the scrubber, changes tabs', () => {
    const tui = many();
    const { body, scrubber, bar, tabs } = layoutOf(tui.model);
    expect(textAt(tui.mouse({ column: 10, row: body + 2 }))).toBe('note 84');
    expect(tui.mouse({ column: 10, row: body + 2 }).model.open.detail).toBe(0);
    tui.press('escape').mouse({ column: bar.from, row: scrubber });
    expect(textAt(tui)).toBe('note 0');
    expect(textAt(tui.mouse({ column: bar.from + bar.length - 1, row: scrubber, action: 'drag' }))).toBe('note 99');
    tui.press('g').mouse({ column: 0, row: body, action: 'wheel-down', button: 'none' });
    expect(tui.model.open.top).toBe(3);
    expect(textAt(tui)).toBe('note 2');
    tui.mouse({ column: 16, row: tabs });
    expect(tui.model.tab).toBe('sessions');
    tui.mouse({ column: 0, row: 0 });
    expect(tui.model.tab).toBe('sessions');
  });
});

it('quits with q and ctrl+c, from anywhere with the latter', () => {
  expect(many().press('q').model.isOver).toBe(true);
  expect(many().press('?', 'ctrl+c').model.isOver).toBe(true);
  expect(many().press('?', 'q').model).toMatchObject({ isOver: false, help: undefined });
});
