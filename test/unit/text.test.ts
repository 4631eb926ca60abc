/** The text view, read as a reviewer reads it; the snapshots beside this file are meant to be read too. */
import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { displayWidth } from '../../src/replay/display-width.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { type TextOptions, traceText } from '../../src/replay/text.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { sampleTrace } from '../helpers/sample-trace.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const MINUTE = 60_000;

function textOf(parts: readonly SessionPart[], options: Partial<TextOptions> & { now?: number; trace?: string } = {}): string[] {
  const ordered = mergeSessions(parts, sha256);
  const trace = options.trace ?? '42';
  return [
    ...traceText(trace, foldHead(trace, ordered, sha256, options.now ?? NOW), timelineOf(ordered), {
      columns: 80,
      color: false,
      ...options,
    }),
  ];
}

/** The lines below the heading of the only scene. */
const linesOf = (...lines: string[]): string[] => {
  const text = textOf([part('s', lines)], { columns: 100 });
  return text.slice(text.lastIndexOf('') + 3);
};
const said = (type: string, payload: Record<string, unknown>, at = 0) => lineOf('s', at, type, payload);
/** What one event is told as, behind its time. */
const told = (type: string, payload: Record<string, unknown>) =>
  linesOf(said(type, payload)).map((line, i) => line.slice(i === 0 ? 10 : 12));

describe('a trace told', () => {
  it.each([80, 120])('at %i columns', async (columns) => {
    await expect(`${textOf(sampleTrace(), { columns }).join('\n')}\n`).toMatchFileSnapshot(`snapshots/trace-${columns}.txt`);
  });

  it('with everything', async () => {
    await expect(`${textOf(sampleTrace(), { all: true, patch: true }).join('\n')}\n`).toMatchFileSnapshot('snapshots/trace-all.txt');
  });

  it('in colour, says the same', () => {
    const plain = textOf(sampleTrace()).join('\n');
    const colored = textOf(sampleTrace(), { color: true }).join('\n');
    expect(colored).toContain('\u001b[31m');
    expect(colored.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/ +$/gm, '')).toBe(plain);
  });

  it.each([20, 40, 63, 80, 300])('takes one row a line in a terminal of %i columns', async (columns) => {
    const lines = textOf(sampleTrace(), { columns, color: true, patch: true });
    for (const line of lines) expect(displayWidth(line.replaceAll(/\u001b\[\d+m/g, ''))).toBeLessThanOrEqual(Math.max(columns, 40));
    const terminal = new xterm.Terminal({ cols: Math.max(columns, 40), rows: lines.length + 1, allowProposedApi: true });
    await new Promise<void>((resolve) => terminal.write(lines.join('\r\n'), resolve));
    for (let row = 0; row < lines.length; row++) expect(terminal.buffer.active.getLine(row)?.isWrapped, lines[row]).toBe(false);
    expect(terminal.buffer.active.cursorY).toBe(lines.length - 1);
  });

  it('backwards', () => {
    const items = filterItems(timelineOf(mergeSessions(sampleTrace(), sha256)), { reverse: true });
    const text = textOf(sampleTrace(), { items }).join('\n');
    expect(text).toMatch(/── Sat 21 Nov 2026 ─[\s\S]*── 56m earlier ─[\s\S]*── Fri 20 Nov 2026, 19h 31m earlier ─/);
    expect(text.indexOf('9e8d7c6 checkout')).toBeLessThan(text.indexOf('5d0c1f7 login'));
  });

  it('in one line, if it is empty', () => {
    expect(textOf([])).toEqual(['trace 42 is empty: nothing was recorded yet']);
    expect(textOf([], { trace: 'heads/feature%2Fx' })).toEqual(['trace branch feature/x is empty: nothing was recorded yet']);
  });

  it('says how much of it a filter left', () => {
    const whole = timelineOf(mergeSessions(sampleTrace(), sha256));
    expect(textOf(sampleTrace(), { items: filterItems(whole, { types: ['commit'] }) })).toContain('showing 2 of 58');
    const none = textOf(sampleTrace(), { items: filterItems(whole, { types: ['nothing'] }) });
    expect(none.at(-1)).toBe('no event matches, of 58');
  });

  it('tells what cannot be read, and counts it in its head', () => {
    const lines = [said('x', {}), `{"erased":"${'0'.repeat(64)}"}`, '{"payload":', said('y', {}, 1)];
    const text = textOf([part('s', lines), part('p', ['{"pruned":{"events":3}}'])], {
      unread: [{ path: 'aa/bb\u001b[2J', reason: 'its object is missing' }],
    });
    expect(text).toContain('unreadable: 1 line, 1 file · erased: 1 event · pruned: 1 session');
    expect(text).toContain('  aa/bb␛[2J: its object is missing');
    expect(text.map((line) => line.slice(10))).toEqual(
      expect.arrayContaining([
        '! (event 3 of session s cannot be read: not JSON)',
        '· (event 2 of session s was erased)',
        '· (session p was pruned)',
      ]),
    );
    expect(textOf([], { unread: [{ path: 'a', reason: 'b' }] }).join('\n')).toContain('unreadable: 1 file');
  });
});

describe('scenes', () => {
  const openings = (...minutes: number[]) =>
    textOf([
      part(
        's',
        minutes.map((at, i) => lineOf('s', at * MINUTE, 'x', { i })),
      ),
    ])
      .filter((line) => line.startsWith('──'))
      .map((line) => line.replaceAll(/[ ─]*$|^── /g, ''));

  it('begin with a day and after half an hour of silence', () => {
    expect(openings(0, 29, 58)).toEqual(['Thu 1 Jan 1970']);
    expect(openings(0, 30)).toEqual(['Thu 1 Jan 1970', '30m later']);
    expect(openings(1439, 1441)).toEqual(['Thu 1 Jan 1970', 'Fri 2 Jan 1970']);
    expect(openings(0, 1500)).toEqual(['Thu 1 Jan 1970', 'Fri 2 Jan 1970, 1d 1h later']);
  });

  it('say whose they are and how the session stands', () => {
    const start = (kind: string, tool: string, user: string) => ({ kind, tool, developer: { user_id: user, os: 'linux' } });
    const session = (id: string, at: number, kind: string, user: string) =>
      part(id, [lineOf(id, at, 'session_started', start(kind, `${kind}-tool`, user)), lineOf(id, at, 'x', { id })]);
    const parts = [
      session('a', 0, 'shell', 'u1'),
      session('b', 1, 'agent', 'u1'),
      session('c', 2, 'ci', 'u3'),
      session('d', 3, 'ide', 'u2'),
    ];
    const headings = (now: number) => textOf(parts, { now }).filter((line) => / · linux/.test(line));
    expect(headings(0)).toEqual([
      'person A · shell-tool · linux · active',
      'agent agent-tool · linux · active',
      'CI ci-tool · linux · active',
      'person B · ide-tool · linux · active',
    ]);
    expect(headings(NOW)[0]).toBe('person A · shell-tool · linux · interrupted');
    expect(textOf(parts)[1]).toBe('2 people, agent agent-tool, CI ci-tool');
  });

  it('of an agent hold what git recorded in its clone while it worked, and nothing after', () => {
    const agent = part('agent', [
      lineOf('agent', 0, 'session_started', { kind: 'agent', tool: 'bot', developer: { user_id: 'u', os: 'linux' } }),
      lineOf('agent', 10 * MINUTE, 'prompt', { text: 'go on' }),
      lineOf('agent', 10 * MINUTE, 'session_ended', { status: 'completed' }),
    ]);
    const commit = (n: number) => lineOf('local-1', n * MINUTE, 'commit', { sha: `${n}`, message: `commit ${n}`, files_changed: 1 });
    const own = part('local-1', [
      lineOf('local-1', MINUTE, 'session_started', { kind: 'shell', tool: 'git-trace', developer: { user_id: 'u', os: 'linux' } }),
      commit(2),
      lineOf('local-1', 3 * MINUTE, 'annotation', { text: 'a person says' }),
      lineOf('agent', 4 * MINUTE, 'x', {}),
      commit(11),
    ]);
    const text = textOf([agent, { ...own, lines: own.lines.filter((line) => line.includes('local-1')) }]);
    const [byAgent, note, , after] = ['commit 2', 'a person says', 'go on', 'commit 11'].map((words) =>
      text.findIndex((line) => line.includes(words)),
    );
    const sceneOf = (line: number | undefined) => text.slice(0, line).findLast((words) => /^(agent|person)/.test(words));
    expect(sceneOf(byAgent)).toBe('agent bot · linux · completed in 10m');
    expect(sceneOf(note)).toBe('person · linux');
    expect(sceneOf(after)).toBe('person · linux');
  });
});

describe('noise', () => {
  const command = (text: string, at: number, exit = 0) => said('command', { command: text, exit_code: exit, stdout_sample: '' }, at * 1000);

  it('is folded when there is more than a little, and counted', () => {
    const three = [command('ls', 1), command('cd src', 2), command('git status', 3)];
    expect(linesOf(...three)).toHaveLength(3);
    expect(linesOf(...three, command('ls -la', 4))).toEqual(['00:00:01  · 4 quiet commands (ls ×2, cd, git status)  in 3.0s']);
  });

  it('is nothing that failed, changed something, or was said', () => {
    const loud = [
      command('ls nowhere', 1, 2),
      command('npm ci', 2),
      command('ls; rm -rf build', 3),
      command('cat x > y', 4),
      said('annotation', { text: 'n' }, 5000),
    ];
    expect(linesOf(...loud)).toHaveLength(5);
  });

  it('is not even told where git trace itself was called, and left what it had to say', () => {
    const calls = [
      command('git trace show | less', 1),
      command('git trace note "a; b > c"', 2),
      command(' git-trace status', 3),
      command('git trace scan', 4, 1),
      command('git trace run -- make', 5),
      command('git trace note x; make', 6),
    ];
    const text = textOf([part('s', calls)], { columns: 100 });
    expect(text.filter((line) => line.includes(' $ '))).toEqual([
      '00:00:04  $ git trace scan  ✗ exit 1',
      '00:00:05  $ git trace run -- make',
      '00:00:06  $ git trace note x; make',
    ]);
    expect(text.at(-1)).toBe('(3 more events: calls of git trace; --events shows all)');
  });

  it('does not hide a failed call among the others', () => {
    const call = (n: number, status: string) => said('tool_call', { tool_name: 'Read', status, n }, n * 1000);
    expect(
      linesOf(
        call(1, 'completed'),
        call(2, 'completed'),
        call(3, 'failed'),
        call(4, 'completed'),
        call(5, 'completed'),
        call(6, 'completed'),
        call(7, 'completed'),
      ),
    ).toEqual(['00:00:01  › Read', '00:00:02  › Read', '00:00:03  ✗ Read  failed', '00:00:04  · 4 tool calls (Read ×4)  in 3.0s']);
  });

  it('sums edits of one file, and many files', () => {
    const edit = (file: string, at: number) =>
      said('edit', { file, additions: 2, deletions: 1, change_summary: '', diff_snippet: '' }, at * 1000);
    expect(linesOf(edit('a.ts', 1), edit('b.ts', 2), edit('a.ts', 3))).toEqual([
      '00:00:01  ± a.ts  +4 −2  2 edits',
      '00:00:02  ± b.ts  +2 −1',
    ]);
    const many = linesOf(...Array.from({ length: 9 }, (_, i) => edit(`f${i}.ts`, i)));
    expect(many).toHaveLength(6);
    expect(many.at(-1)).toBe('00:00:05  ± 4 more files: f5.ts, f6.ts, f7.ts, f8.ts  +8 −4');
  });
});

describe('an event told', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['command', { command: 'make', exit_code: 0, duration_ms: 340, cwd: 'lib' }, ['$ make  in lib  340ms']],
    [
      'command',
      { command: 'make', exit_code: 2, stdout_sample: 'x\n', stderr_sample: 'make: *** Error 2' },
      ['$ make  ✗ exit 2', 'make: *** Error 2'],
    ],
    ['command', { command: 'sleep 9', exit_code: null, signal: 'SIGKILL' }, ['$ sleep 9  ✗ killed by SIGKILL']],
    ['command', { command: 'x', exit_code: null }, ['$ x  ✗ no exit status']],
    ['command', { command: 'make', exit_code: null, stdout_sample: '', unfinished: true }, ['$ make  ✗ did not finish']],
    ['command', { command: '', exit_code: 1, hidden: true }, ['$ (a private command)  ✗ exit 1']],
    ['command', { command: 'a\nb', exit_code: 0, truncated: true, redaction: { count: 2 } }, ['$ a␊b  [2 redacted]  [cut]']],
    ['command', { dropped: 'over 65536 bytes', truncated: true }, ['· command: its content was left out (over 65536 bytes)']],
    ['test', { framework: 'pytest', passed: 3, failed: 0, skipped: 1, failures: [] }, ['✓ 3 passed, 1 skipped  pytest']],
    [
      'test',
      { framework: 'go', passed: 0, failed: 8, failures: ['a', { name: 'b', message: 'Error: why\nat x' }, 'c', 'd', 'e', 'f', 'g', 'h'] },
      ['✗ 8 failed, 0 passed  go', 'a', 'b', '  Error: why', 'c', 'd', 'e', 'f', '… and 2 more'],
    ],
    [
      'test',
      {
        framework: 'jest',
        passed: 1,
        failed: 150,
        skipped: 0,
        truncated: true,
        failures: [
          { name: 'a > b', file: 'a.js' },
          { name: 'c.py::d', file: 'c.py' },
        ],
        warning: 'the report has no end, and is counted as far as it goes',
      },
      [
        '✗ 150 failed, 1 passed  jest  [cut]',
        'a > b  a.js',
        'c.py::d',
        '… and 148 more',
        '! the report has no end, and is counted as far as it goes',
      ],
    ],
    ['test', { framework: 'tap', passed: 0, failed: 0, skipped: 0, failures: [] }, ['○ no tests  tap']],
    [
      'commit',
      { sha: 'a'.repeat(40), message: 'one\n\ntwo', files_changed: 1, additions: 1, deletions: 0 },
      ['● aaaaaaa one  +1 −0 in 1 file'],
    ],
    ['commit', { sha: 'a'.repeat(40), message: '', files_changed: 0, missing: true }, ['● aaaaaaa (its object was gone)']],
    [
      'push',
      {
        remote: 'origin',
        refs: [
          { ref: 'refs/heads/a', old: null, new: 'b'.repeat(40) },
          { ref: 'refs/tags/v1', old: 'c'.repeat(40), new: null },
        ],
      },
      ['↑ pushed a (new), refs/tags/v1 (deleted) to origin'],
    ],
    ['checkout', { branch: null, to: 'd'.repeat(40) }, ['→ on ddddddd']],
    ['merge', { sha: 'e'.repeat(40), squash: true }, ['⋈ squash-merged eeeeeee']],
    ['merge', { sha: 'e'.repeat(40), fast_forward: true, command: 'pull' }, ['⋈ went forward to eeeeeee (pull)']],
    ['merge', { sha: 'e'.repeat(40), message: "Merge branch 'x'\n\nbody", command: 'merge x' }, ["⋈ merged eeeeeee Merge branch 'x'"]],
    [
      'rewrite',
      {
        command: 'rebase',
        map: [
          { old: 'a', new: 'b' },
          { old: 'c', new: 'd' },
        ],
      },
      ['↻ rebase: 2 commits'],
    ],
    ['annotation', { text: 'a\nb', target: 'src/a.ts:3' }, ['✎ a', 'b', 'on src/a.ts:3']],
    ['prompt', { text: '1\n2\n3\n4\n5\n6' }, ['❯ 1', '2', '3', '… 3 more lines']],
    ['edit', { file: 'run.sh', status: 'mode', mode: '100755', old_mode: '100644', change_summary: '+0/-0' }, ['± run.sh  mode 100755']],
    ['edit', { file: 'x.png', status: 'added', binary: true, change_summary: 'binary', diff_snippet: '' }, ['± x.png  binary  added']],
    [
      'edits',
      { files_changed: 2, origin: 'vcs', additions: 3, deletions: 0, files: [{ path: 'a', additions: 3, deletions: 0 }, { path: 'b' }] },
      ['± git changed 2 files  +3 −0', '+3 −0  a', 'binary  b'],
    ],
    [
      'edits',
      {
        files_changed: 500,
        origin: 'work',
        additions: 500,
        deletions: 500,
        files: Array.from({ length: 9 }, (_, i) => ({ path: `f${i}` })),
      },
      ['± 500 files  +500 −500  f0, f1, f2, …'],
    ],
    ['edit', { file: 'b.ts', old_file: 'a.ts', status: 'renamed', change_summary: '+0/-0' }, ['± a.ts → b.ts  renamed']],
    ['ci_run', { workflow: 'w', job: 'j', conclusion: null, attempt: 2, run_id: '1' }, ['○ CI w / j: has not ended, attempt 2']],
    ['ci_run', { workflow: 'w', job: 'j', conclusion: 'success', matrix: '{"node":20,"os":"mac"}' }, ['✓ CI w / j (20, mac): success']],
    ['ci_run', { workflow: 'w', job: 'j', conclusion: 'success', matrix: '3/10' }, ['✓ CI w / j (3/10): success']],
    ['pr_linked', { pr_id: 'o/r#1', head: null, base: null }, ['◆ pull request o/r#1 linked']],
    ['pr_updated', { status: 'closed', title: null }, ['◆ pull request closed']],
    ['navigation', { file: 'a.ts', line: 3, column: 1 }, ['· at a.ts:3']],
    [
      'later_type',
      { a: 1, b: [1], c: { d: 1 }, d: 'x'.repeat(60), e: 5 },
      [`· later_type {a: 1, b: 1 item, c: {…}, d: "${'x'.repeat(38)}…, …}`],
    ],
    ['to_string', {}, ['· to_string {}']],
    ['session_ended', { status: 'interrupted', reason: 'shutdown' }, ['· session interrupted (shutdown)']],
  ])('%s %j', (type, payload, lines) => {
    expect(told(type, payload)).toEqual(lines);
  });

  it('leaves the output of a failed command to the tests that follow, but for causes', () => {
    const run = said('command', { command: 'npm test', exit_code: 1, stdout_sample: 'FAIL a > b\nError: because' }, 0);
    const tests = said('test', { framework: 'vitest', passed: 1, failed: 1, skipped: 0, failures: ['a > b'] }, 1000);
    expect(linesOf(run, tests).map((line) => line.slice(10).trim())).toEqual([
      '$ npm test  ✗ exit 1',
      'Error: because',
      '✗ 1 failed, 1 passed  vitest',
      'a > b',
    ]);
  });

  it('says of a clock that jumped back how far it is behind', () => {
    expect(linesOf(said('x', {}, 600_000), said('y', {}, 0)).at(-1)).toBe('00:00:00  · y {}  (clock 10m behind)');
  });
});
