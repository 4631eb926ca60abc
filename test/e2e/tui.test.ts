/** `git trace tui` in a real terminal on real repositories: what a person sees, types and is left with. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { TestTerminal } from '../helpers/pty.ts';
import { TestRepository } from '../helpers/repository.ts';
import { crowdTrace, hostileShape, oneEventTrace, progressTrace } from '../helpers/shapes.ts';
import { expectAsFound, pidOf, startTui } from '../helpers/tui-terminal.ts';
import { writeParts } from '../helpers/write-parts.ts';

let crowd: TestRepository;

beforeAll(() => {
  crowd = TestRepository.create({ branch: 'feature/rates' });
  crowd.commitFile('a.txt', 'a\n', 'first');
  writeParts(crowd, '42', crowdTrace());
  writeParts(crowd, '7', progressTrace());
  crowd.git('config', 'branch.feature/rates.trace', '42');
  // a journal that is none
  crowd.git('update-ref', 'refs/traces/9/journal', crowd.gitWith({ input: 'none' }, 'hash-object', '-w', '--stdin'));
  return () => crowd[Symbol.dispose]();
});

async function quit(terminal: TestTerminal, repository = crowd): Promise<void> {
  terminal.type('q');
  await terminal.see('ended with 0');
  await expectAsFound(terminal, repository);
}

describe.each([
  [80, 24],
  [120, 40],
  [40, 10],
])('at %i×%i', (columns, rows) => {
  test('shows a story, an event, sessions, progress', async () => {
    await using terminal = startTui(crowd, { columns, rows });
    const picture = async (name: string): Promise<void> => {
      await expect(`${terminal.lines().join('\n')}\n`).toMatchFileSnapshot(`__snapshots__/tui/${name}-${columns}x${rows}.txt`);
    };
    await terminal.see(/600\/600/);
    await picture('story');
    terminal.type('gff');
    await terminal.see(/24\/600/);
    await picture('failure');
    terminal.type('\r');
    await terminal.see('Esc back');
    await picture('event');
    terminal.type('\u001b');
    await terminal.see(/Enter open/);
    terminal.type('2');
    await terminal.see('interrupted');
    await picture('sessions');
    terminal.type('3');
    await terminal.see('part');
    await picture('progress');
    await quit(terminal);
  });
});

test('shows what happens while it happens, and the same after a restart', async () => {
  using repository = TestRepository.create({ branch: 'fix' });
  repository.commitFile('a.txt', 'a\n', 'first');
  await using terminal = startTui(repository, { columns: 100 });
  await terminal.see('nothing was recorded yet');
  repository.trace('note', 'the clock was in local time');
  await terminal.see('✎ the clock was in local time');
  repository.trace('run', '--', 'sh', '-c', 'echo "Error: it broke"; exit 3');
  await terminal.see('exit 3');
  await terminal.see('Error: it broke');
  repository.trace('flush');
  repository.trace('note', 'mended');
  await terminal.see('✎ mended');
  const before = terminal.lines();
  await quit(terminal, repository);
  await using again = startTui(repository, { columns: 100 });
  await again.see('✎ mended');
  expect(again.lines()).toEqual(before);
  await quit(again, repository);
});

test('lists all traces, broken ones with the reason, and searches the events of all of them', async () => {
  await using terminal = startTui(crowd, { columns: 100 });
  await terminal.see(/600\/600/);
  terminal.type('4');
  await terminal.see('9  ! cannot be read');
  await terminal.see('Traces 3');
  terminal.type('/rate limited');
  await terminal.see('1 event says it · looked through 3 of 3 traces · 1 cannot be read');
  await terminal.see('showing 0 of 3');
  terminal.type('\r');
  await terminal.see('Enter open');
  terminal.type('G\r');
  await terminal.see('rate limited: try again in 20 s');
  await terminal.see(/3\d\/45/);
  terminal.type('4\u001b');
  await terminal.see('42  Round each line of an invoice');
  terminal.type('/nowhere at all');
  await terminal.see('0 events say it');
  terminal.type('\u001b');
  await terminal.see('42  Round each line of an invoice');
  await quit(terminal);
});

test('takes the mouse, and another size', async () => {
  await using terminal = startTui(crowd, { columns: 80 });
  await terminal.see(/600\/600/);
  const click = (column: number, row: number): void =>
    terminal.type(`\u001b[<0;${column + 1};${row + 1}M\u001b[<0;${column + 1};${row + 1}m`);
  click(3, 22);
  await terminal.see(/ 5\/600/);
  terminal.type('\u001b[<65;10;10M');
  await terminal.see(/ [67]\/600/);
  click(20, 2);
  await terminal.see('agent claude-code completed');
  terminal.resize(120, 30);
  await terminal.see(/34 sessions|Sessions 34/);
  terminal.type('1');
  await terminal.see('│ #');
  terminal.resize(40, 10);
  await terminal.see(/1 St/);
  expect(terminal.lines().every((line) => line.length <= 40)).toBe(true);
  await quit(terminal);
});

test('replays, stops, and comes to its end', async () => {
  await using terminal = startTui(crowd, { args: ['7'], columns: 80 });
  await terminal.see(/45\/45/);
  terminal.type('g++++ ');
  await terminal.see('▶ replay');
  await terminal.see('● live');
  await terminal.see(/45\/45/);
  await quit(terminal);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)('leaves the terminal as it found it after %s', async (signal, code) => {
  await using terminal = startTui(crowd);
  await terminal.see(/600\/600/);
  process.kill(pidOf(crowd, terminal), signal);
  await terminal.see(`ended with ${code}`);
  await expectAsFound(terminal, crowd);
});

test('leaves the terminal as it found it after an exception, which is told', async () => {
  const thrown = "process.on('SIGUSR2', () => { throw new Error('thrown for a test'); });";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrown)}` };
  await using terminal = startTui(crowd, { env });
  await terminal.see(/600\/600/);
  process.kill(pidOf(crowd, terminal), 'SIGUSR2');
  await terminal.see('Error: thrown for a test');
  await terminal.see('ended with 1');
  await expectAsFound(terminal, crowd);
});

test('says why a trace cannot be shown, and goes on', async () => {
  await using terminal = startTui(crowd, { args: ['9'] });
  await terminal.see('cannot be read');
  await quit(terminal);
});

test('hostile events change nothing but text', async () => {
  using repository = TestRepository.create({ branch: 'fix' });
  repository.commitFile('a.txt', 'a\n', 'first');
  writeParts(repository, 'heads/fix', hostileShape());
  await using terminal = startTui(repository, { columns: 120, rows: 40, env: { NO_COLOR: undefined, FORCE_COLOR: '1' } });
  await terminal.see(/(\d+)\/\1 /);
  const before = await terminal.state();
  for (const keys of ['g', 'z', 'G', '2', '3', '4', '1', '\r', ...Array.from({ length: 30 }, () => '\u001b[C')]) {
    // and all of it drawn anew, whatever the key has changed
    terminal.type(`${keys}\u000c`);
    await terminal.hear(/\u001b\[2J[\s\S]*?\u001b\[\?2026l/);
  }
  expect(await terminal.state()).toEqual(before);
  terminal.type('q');
  await terminal.see('q quit');
  await quit(terminal, repository);
  // an OSC, a BEL, a C1: none was ever sent
  expect(terminal.text()).not.toMatch(/\u001b\]|\u0007|[\u0080-\u009f]|\u001bP|\u202e/);
});

test('needs a terminal, and says what to take instead', async () => {
  const outcome = crowd.trace('tui');
  expect(outcome.status).toBe(128);
  expect(outcome.stderr).toMatchInlineSnapshot(`
    "error: 'git trace tui' needs a terminal
    hint: 'git trace show' tells a trace to a file or a pipe, too
    "
  `);
  await using terminal = startTui(crowd, { env: { TERM: 'dumb' } });
  await terminal.see('ended with 128');
  expect(terminal.screen()).toContain('TERM is "dumb"');
  await expectAsFound(terminal, crowd);
});

test('shows one event, and writes no colour where none is wanted', async () => {
  using repository = TestRepository.create({ branch: 'fix' });
  writeParts(repository, 'heads/fix', oneEventTrace());
  await using terminal = startTui(repository);
  await terminal.see('it begins');
  await quit(terminal, repository);
  // what the driver puts back at the end is a reset
  expect(terminal.text().replaceAll('\u001b[0m', '')).not.toMatch(/\u001b\[\d+m/);
});
