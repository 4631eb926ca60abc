/** `git trace show --play` in a real terminal and in a pipe, and the asciicast that it writes, played in an emulator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// xterm's headless build is CommonJS
import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';
import { BIN, TestRepository } from '../helpers/repository.ts';

/** A trace of a few events a second apart, one of each kind that a key goes to. */
function story(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a.txt', 'a\n', 'first');
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, second)).toISOString();
  const developer = { name: 'Ada', os: 'linux', user_id: '11111111-1111-4111-8111-111111111111', ide_version: null };
  const events = [
    { type: 'session_started', payload: { developer, kind: 'agent', tool: 'helper' } },
    { type: 'prompt', payload: { text: 'make the parser faster' } },
    {
      type: 'command',
      payload: { command: 'npm run build', cwd: '', exit_code: 0, duration_ms: 900, stdout_sample: '', stderr_sample: '' },
    },
    { type: 'test', payload: { framework: 'vitest', passed: 3, failed: 1, skipped: 0, failures: [{ name: 'parses é漢' }] } },
    { type: 'annotation', payload: { text: 'the cache is to blame' } },
    { type: 'test', payload: { framework: 'vitest', passed: 4, failed: 0, skipped: 0, failures: [] } },
    {
      type: 'commit',
      payload: {
        sha: 'a'.repeat(40),
        message: 'mend the cache',
        files_changed: 1,
        additions: 2,
        deletions: 1,
        branch: 'main',
        files: [],
        parents: [],
      },
    },
  ].map((event, i) => ({ ...event, session: 'agent-1', ts: at(i) }));
  const { status, stderr } = repository.traceWith({ input: JSON.stringify({ pr: '42', events }) }, 'ingest', '-');
  expect(`${stderr}${status}`).toMatch(/accepted[^\n]*\n0$/);
  return repository;
}

test('keys go through the story, and the terminal is as it was found', async () => {
  using repository = story();
  await using terminal = new TestTerminal(process.execPath, [BIN, 'show', '42', '--play', '--speed', '0.1'], { cwd: repository.path });
  await terminal.see(/▶ 1 of \d/);
  terminal.type('f');
  await terminal.see(/‖ \d of/);
  await terminal.see('1 failed');
  expect(terminal.screen()).not.toContain('cache');
  terminal.type('n');
  await terminal.see('the cache is to blame');
  terminal.type('c');
  await terminal.see('mend the cache');
  await terminal.see(/■ (\d) of \1/);
  terminal.type('\u001b[D');
  await terminal.see(/‖ /);
  expect(terminal.screen()).not.toContain('mend the cache');
  terminal.type('.');
  await terminal.see('mend the cache');
  terminal.type('0');
  await terminal.see(/▶ 1 of/);
  terminal.type('+');
  await terminal.see('×0.15');
  terminal.type(' ');
  await terminal.see(/‖ 1 of/);
  terminal.resize(60, 12);
  await terminal.see(/‖ 1 of/);
  terminal.type('q');
  expect(await terminal.ended).toEqual({ code: 0, signal: 0 });
  expect(await terminal.state()).toMatchObject({ buffer: 'normal', isCursorHidden: false });
});

test('in time it comes to its end by itself', async () => {
  using repository = story();
  await using terminal = new TestTerminal(process.execPath, [BIN, 'show', '42', '--play', '--speed', '1000'], { cwd: repository.path });
  await terminal.see(/■ (\d) of \1/);
  expect(terminal.lines().slice(0, -2).join('\n').trim()).toMatchSnapshot();
  terminal.type('q');
  await terminal.ended;
});

test('in a pipe it prints what a terminal would show', () => {
  using repository = story();
  const { stdout, status } = repository.trace('show', '42', '--play', '--speed', '1000');
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
});

test('an asciicast keeps to the format, and shows the same when it is played', async () => {
  using repository = story();
  const { status, stderr } = repository.traceWith({ env: { NO_COLOR: '' } }, 'show', '42', '--cast', 'story.cast');
  expect(stderr + String(status)).toBe('0');
  const [head = '', ...lines] = readFileSync(join(repository.path, 'story.cast'), 'utf8').trimEnd().split('\n');
  expect(JSON.parse(head)).toEqual({
    version: 3,
    term: { cols: 80, rows: 24, type: 'xterm-256color' },
    timestamp: Date.UTC(2026, 0, 5, 9) / 1_000,
    title: expect.stringContaining('trace'),
  });
  // each line: seconds since the one before, what it is, and its data
  const events = lines.map((line): unknown => JSON.parse(line));
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, scrollback: 1_000, allowProposedApi: true });
  const codes: string[] = [];
  for (const event of events) {
    expect(event).toEqual([expect.any(Number), expect.stringMatching(/^[omx]$/), expect.any(String)]);
    // just looked at
    const [interval, code, data] = event as [number, string, string];
    expect(interval).toBeGreaterThanOrEqual(0);
    codes.push(code);
    if (code === 'o') await new Promise<void>((resolve) => terminal.write(data, resolve));
  }
  expect(codes.join('')).toMatch(/^o+mo+mo+m?o*mx$/);
  expect(codes.at(-1)).toBe('x');
  const { active } = terminal.buffer;
  const shown = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true).trimEnd() ?? '').join('\n');
  const { stdout } = repository.trace('show', '42', '--play', '--speed', '100000');
  expect(shown.trimEnd()).toBe(stdout.trimEnd());
  terminal.dispose();
});

test('an asciicast goes to standard output, and nowhere where it cannot be written', () => {
  using repository = story();
  expect(repository.trace('show', '42', '--cast', '-').stdout).toMatch(/^\{"version":3,/);
  expect(repository.trace('show', '42', '--cast', 'gone/story.cast')).toMatchObject({
    status: 128,
    stderr: expect.stringContaining("error: there is no folder for 'gone/story.cast'"),
  });
});

test.each([
  [['--play', '--json'], "'--json' cannot be played"],
  [['--cast', 'x', '--reverse'], "'--reverse' cannot be played"],
  [['--play', '--speed', 'fast'], '--speed is "fast", expected a number above 0'],
  [['--play', '--idle-limit', '0'], '--idle-limit is "0", expected a number above 0'],
])('%j is refused', (args, said) => {
  using repository = story();
  const { status, stderr } = repository.trace('show', '42', ...args);
  expect(status).toBe(129);
  expect(stderr).toContain(said);
});
