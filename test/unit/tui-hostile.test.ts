/**
 * Hostile events on the TUI's screen (R72): whatever a string holds, the terminal is told to draw text and nothing else,
 * and its state afterwards is what it was before.
 */
// xterm's headless build is CommonJS
import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { SessionPart } from '../../src/core/order.ts';
import { timestamp } from '../../src/core/time.ts';
import { frameOf } from '../../src/replay/tui/frame.ts';
import { part } from '../helpers/journal-lines.ts';
import { TestTui } from '../helpers/tui.ts';

const ESC = '\u001b';
const HOSTILE: Readonly<Record<string, string>> = {
  clipboard: `${ESC}]52;c;aGFja2Vk\u0007`,
  link: `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`,
  title: `${ESC}]0;owned\u0007${ESC}]2;owned${ESC}\\`,
  palette: `${ESC}]4;1;rgb:ff/ff/ff\u0007${ESC}]10;#000000\u0007${ESC}]104\u0007`,
  modes: `${ESC}[?1049l${ESC}[?25h${ESC}[?1000h${ESC}[?7l${ESC}[4h${ESC}[20h${ESC}=${ESC}c`,
  cursor: `${ESC}[2J${ESC}[1;1H${ESC}[999B${ESC}7${ESC}[5;10r${ESC}M`,
  style: `${ESC}[31;1;5;7m${ESC}(0`,
  device: `${ESC}P+q544e${ESC}\\${ESC}[c${ESC}[6n${ESC}_Gi=1;AAAA${ESC}\\${ESC}^x${ESC}\\`,
  c1: '\u009b31m\u009d52;c;aGk=\u009c\u0090q\u009c\u0085',
  overwrite: 'safe\r\b\b\b\b\u007fevil\u0000\u0007\u000b\u000c\u000e\u000f',
  lines: 'one\ntwo\r\nthree\u2028four\u2029five\u0085six\tseven',
  bidi: '\u202eevil\u2066\u2067\u2069\u200f\u061c',
  'zero width': 'a\u200bb\u200db\ufeff\u2060\u00ad\u{e0041}c',
  marks: `e${'\u0301'.repeat(200)}`,
  halves: '\ud83d and \udc68',
  'a long line': 'long '.repeat(5_000),
  'a long line without a space': `${ESC}[31m${'漢'.repeat(9_000)}`,
};

/** Every type that is told in its own way, with the evil in every member that may hold a text. */
function everywhere(evil: string): SessionPart[] {
  const said = (type: string, payload: Record<string, unknown>, at: number): string =>
    JSON.stringify({ payload, session: 's', ts: timestamp(at * 1000), type });
  const developer = { user_id: evil, name: evil, os: evil, ide_version: evil };
  const both = (payload: Record<string, unknown>) => ({ ...payload, message: evil, error: evil, reason: evil, [evil.slice(0, 60)]: evil });
  const events: [string, Record<string, unknown>][] = [
    ['session_started', { kind: 'agent', tool: evil, developer, repo: { name: evil, language: [evil] } }],
    ['pr_linked', { pr_id: evil, host: evil, head: evil, base: evil }],
    ['pr_updated', { title: evil, status: evil, created_at: evil, merged_at: evil }],
    ['pr_reviewed', { reviewer: evil, state: evil, sha: evil }],
    ['prompt', { text: evil }],
    ['tool_call', { tool_name: evil, command_preview: evil, status: 'failed' }],
    ['command', { command: evil, cwd: evil, exit_code: 1, stdout_sample: evil, stderr_sample: evil, signal: evil, duration_ms: 1 }],
    [
      'test',
      {
        framework: evil,
        suite: evil,
        command: evil,
        passed: 1,
        failed: 2,
        skipped: 0,
        failures: [evil, { name: evil, file: evil, message: evil }],
        warning: evil,
      },
    ],
    ['ci_run', { workflow: evil, job: evil, matrix: evil, run_url: evil, conclusion: evil, sha: evil, provider: evil, run_id: evil }],
    ['edit', { file: evil, old_file: evil, change_summary: evil, diff_snippet: evil, status: evil, mode: evil }],
    ['edits', { files: [{ path: evil, status: evil }], origin: evil }],
    ['commit', { sha: evil, message: evil, files_changed: 1, files: [{ path: evil, additions: 1, deletions: 1 }], branch: evil }],
    ['push', { remote: evil, refs: [{ ref: evil, old: evil, new: evil }] }],
    ['checkout', { branch: evil, to: evil }],
    ['merge', { sha: evil, command: evil }],
    ['rewrite', { command: evil, map: [{ old: evil, new: evil }] }],
    ['annotation', { text: evil, target: evil }],
    ['navigation', { file: evil, line: 1 }],
    ['environment', { node: evil }],
    ['node_started', both({ id: evil, name: evil, level: evil, provider: evil, model: evil })],
    ['node_failed', both({ id: evil, name: evil, level: evil })],
    ['queue_stats', { queue: evil, waiting: 3 }],
    ['never_heard_of', { deep: { list: [evil, { [evil.slice(0, 40)]: evil }] } }],
    ['dropped_one', { dropped: evil }],
    ['session_ended', { status: evil, reason: evil }],
  ];
  return [
    part(
      's',
      events.map(([type, payload], i) => said(type, payload, i)),
    ),
  ];
}

/** All that our own frames may tell a terminal besides text: colours, places, erasing, and to show all at once. */
const OURS = /\u001b\[(?:[0-9]|3[1-6])m|\u001b\[\d+;1H|\u001b\[\d+G|\u001b\[K|\u001b\[2J|\u001b\[\?2026[hl]/g;
const NOT_TEXT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}\u200B\u2060-\u2064\uFEFF\u00AD\u{E0000}-\u{E007F}]/u;

/** Shows every view of a trace, and every detail; the frames as they were written. */
function framesOf(evil: string, color: boolean, columns: number): string[] {
  const tui = TestTui.of(everywhere(evil), { columns, rows: 30, color });
  const frames: string[] = [];
  const show = (...keys: string[]): void => {
    tui.press(...keys);
    frames.push(frameOf(undefined, tui.lines()));
  };
  tui.send({ kind: 'added', trace: '42', items: [], faults: [{ path: evil, reason: evil }] });
  tui.send({
    kind: 'traces',
    rows: [
      { trace: '42', title: evil, status: evil, events: 1, sessions: 1, end_time: null, archived: evil, fault: null },
      { trace: 'heads/%1B%5D52', title: null, status: '', events: 0, sessions: 0, end_time: null, archived: null, fault: evil },
    ],
  });
  tui.send({
    kind: 'searched',
    searched: {
      text: '',
      hits: [{ trace: '7', id: evil, ts: evil, type: 'command', payload: { command: evil } }],
      looked: 1,
      total: 1,
      unreadable: 0,
      state: 'done',
    },
  });
  for (const keys of [['g'], ['z'], ['t'], ['escape', '2'], ['3'], ['4'], ['1', 's'], ['x', '?'], ['escape']]) show(...keys);
  show('g', 'enter');
  for (let i = 0; i < 25; i++) {
    show('right');
    show('G');
  }
  show('escape');
  tui.press('/').send({ kind: 'paste', text: evil.slice(0, 300) });
  tui.work();
  show('enter');
  tui.press('&').send({ kind: 'paste', text: evil.slice(0, 300) });
  tui.work();
  show('enter');
  tui.send({ kind: 'notice', text: evil });
  show();
  tui.send({ kind: 'notice', text: evil });
  frames.push(frameOf(undefined, tui.lines()));
  tui.send({ kind: 'failed', trace: '42', reason: [evil, evil] });
  show();
  return frames;
}

describe.each(Object.entries(HOSTILE))('%s', (_, evil) => {
  it('in every field of every event: a frame holds text and our own controls', () => {
    for (const frame of [...framesOf(evil, true, 120), ...framesOf(evil, false, 40)]) {
      expect(NOT_TEXT.exec(frame.replace(OURS, ''))).toBeNull();
      expect(frame.length).toBeLessThan(100_000);
    }
  });

  it('leaves the terminal as it was', async () => {
    const terminal = new xterm.Terminal({ cols: 120, rows: 30, allowProposedApi: true });
    const heard: string[] = [];
    for (const code of [0, 1, 2, 4, 8, 10, 11, 12, 52, 104, 133, 777, 1337]) {
      terminal.parser.registerOscHandler(code, (data) => Boolean(heard.push(`OSC ${code} ${data}`)));
    }
    terminal.onTitleChange((title) => heard.push(`title ${title}`));
    terminal.onBell(() => heard.push('bell'));
    terminal.onData((data) => heard.push(`answer ${JSON.stringify(data)}`));
    const modes = JSON.stringify(terminal.modes);
    for (const frame of framesOf(evil, true, 120)) await new Promise<void>((resolve) => terminal.write(frame, resolve));
    expect(heard).toEqual([]);
    expect(JSON.stringify(terminal.modes)).toBe(modes);
    expect(terminal.buffer.active.type).toBe('normal');
    // nothing has scrolled, and what is written next has no style
    expect(terminal.buffer.active.length).toBe(30);
    await new Promise<void>((resolve) => terminal.write(`${ESC}[1;1Hx`, resolve));
    const cell = terminal.buffer.active.getLine(0)?.getCell(0);
    expect([cell?.isAttributeDefault(), cell?.getChars()]).toEqual([true, 'x']);
    terminal.dispose();
  });
});

it.each(['text', 'stdout_sample', 'command', 'diff_snippet', 'never_heard_of'])('a megabyte in %s is drawn in no time', (member) => {
  const payload = { [member]: `${ESC}[31m${'漢 x'.repeat(330_000)}`, exit_code: 1, file: 'a' };
  for (const type of ['annotation', 'command', 'edit', 'unknown_type']) {
    const tui = TestTui.of([part('s', [JSON.stringify({ payload, session: 's', ts: timestamp(0), type })])], { columns: 120, rows: 40 });
    expect(tui.model.open.telling.story.frames).toHaveLength(1);
    const begun = performance.now();
    tui.frame();
    tui.press('enter', 'G').frame();
    // far from what would be noticed as hanging, on a busy machine too
    expect(performance.now() - begun).toBeLessThan(5_000);
  }
});
