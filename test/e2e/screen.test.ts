/** The terminal is left as it was found, whatever ends or stops the program that has drawn on it: in a real pty, in a real shell. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';
import { TestRepository } from '../helpers/repository.ts';
import { buildScreenDriver } from '../helpers/screen-driver.ts';

let driver = '';

beforeAll(async () => {
  driver = await buildScreenDriver();
});

/** A shell that starts the driver, and says what the modes of the terminal were before and after. */
function start(folder: string, flags = 'alternate mouse', size: { columns?: number; rows?: number } = {}): TestTerminal {
  const script = `stty -g > before; "$0" "$1" ${flags}; echo "ended with $?"; stty -g > after`;
  return new TestTerminal('/bin/sh', ['-c', script, process.execPath, driver], { cwd: folder, ...size });
}

async function expectAsFound(terminal: TestTerminal, folder: string): Promise<void> {
  await terminal.ended;
  expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'));
  await using untouched = new TestTerminal('/bin/true', []);
  await untouched.ended;
  expect(await terminal.state()).toEqual(await untouched.state());
}

async function readyPid(terminal: TestTerminal): Promise<number> {
  return Number((await terminal.see(/ready (\d+)/))[1]);
}

test('what is set is set while it runs', async () => {
  using repository = TestRepository.create();
  await using terminal = start(repository.path);
  await readyPid(terminal);
  const { buffer, isCursorHidden, modes } = await terminal.state();
  expect({ buffer, isCursorHidden }).toEqual({ buffer: 'alternate', isCursorHidden: true });
  expect(modes).toMatchObject({ bracketedPasteMode: true, mouseTrackingMode: 'drag', wraparoundMode: false });
  terminal.type('q');
  await terminal.see('ended with 0');
  await expectAsFound(terminal, repository.path);
});

test.each([
  { key: 'q', end: 'ended with 0' },
  { key: 'e', end: 'ended with 3' },
  { key: 'x', end: 'ended with 1', said: 'Error: thrown for a test' },
  { key: 'r', end: 'ended with 1', said: 'Error: rejected for a test' },
])('the terminal is as it was found after the key $key', async ({ key, end, said }) => {
  using repository = TestRepository.create();
  await using terminal = start(repository.path);
  await readyPid(terminal);
  terminal.type(key);
  await terminal.see(end);
  // on the screen that stays
  if (said !== undefined) await terminal.see(said);
  await expectAsFound(terminal, repository.path);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)('the terminal is as it was found after %s, which ends the program', async (signal, code) => {
  using repository = TestRepository.create();
  await using terminal = start(repository.path);
  process.kill(await readyPid(terminal), signal);
  await terminal.see(`ended with ${code}`);
  await expectAsFound(terminal, repository.path);
});

test('without an own screen nothing that stands there goes away', async () => {
  using repository = TestRepository.create();
  await using terminal = start(repository.path, '');
  await readyPid(terminal);
  expect((await terminal.state()).buffer).toBe('normal');
  terminal.type('q');
  await terminal.see(/ready[\s\S]*ended with 0/);
  await expectAsFound(terminal, repository.path);
});

test.each(['key', 'signal'])('a stop by a %s gives the terminal to the shell, and it is taken back', async (way) => {
  using repository = TestRepository.create();
  await using terminal = new TestTerminal('bash', ['--norc', '--noprofile', '-i'], { cwd: repository.path, env: { PS1: 'prompt$ ' } });
  await terminal.see('prompt$');
  const untouched = await terminal.state();
  terminal.type(`stty -g > before; '${process.execPath}' '${driver}' alternate mouse\n`);
  const pid = await readyPid(terminal);
  if (way === 'key') terminal.type('\u001a');
  else process.kill(pid, 'SIGTSTP');
  // with the prompt the shell sets modes of its own
  await terminal.see(/Stopped[\s\S]*\nprompt\$$/);
  expect((await terminal.state()).buffer).toBe('normal');
  expect(await terminal.state()).toEqual(untouched);
  terminal.type('stty -g > stopped; echo "lines still work"\n');
  await terminal.see(/\nlines still work/);
  terminal.type('fg\n');
  await terminal.see('drawn 80x24');
  expect((await terminal.state()).modes).toMatchObject({ mouseTrackingMode: 'drag' });
  terminal.type('a');
  await terminal.see('"name":"a"');
  // a second time, since the first may have used something up
  terminal.type('\u001a');
  await terminal.see(/Stopped[\s\S]*Stopped/);
  terminal.type('fg\n');
  await terminal.see('drawn 80x24');
  terminal.type('q');
  await terminal.see(/Stopped[\s\S]*Stopped[\s\S]*fg\n[\s\S]*\nprompt\$$/);
  terminal.type('stty -g > after; exit\n');
  await terminal.ended;
  const modes = (name: string): string => readFileSync(join(repository.path, name), 'utf8');
  expect(modes('after')).toBe(modes('before'));
  expect(existsSync(join(repository.path, 'stopped'))).toBe(true);
});

test('a stop that nobody can undo is none', async () => {
  using repository = TestRepository.create();
  // no shell: the group of processes is an orphan, and the system stops none of those
  await using terminal = new TestTerminal(process.execPath, [driver, 'alternate'], { cwd: repository.path });
  await readyPid(terminal);
  terminal.type('\u001a');
  await terminal.see('drawn 80x24');
  expect((await terminal.state()).buffer).toBe('alternate');
  terminal.type('q');
  expect(await terminal.ended).toEqual({ code: 0, signal: 0 });
});

test('a terminal that goes away ends it', async () => {
  using repository = TestRepository.create();
  await using terminal = new TestTerminal(process.execPath, [driver, 'alternate'], { cwd: repository.path });
  await readyPid(terminal);
  terminal.hangUp();
  expect(await terminal.ended).toEqual({ code: 0, signal: 1 });
});

test('keys, the mouse and pastes come as what they are', async () => {
  using repository = TestRepository.create();
  await using terminal = start(repository.path, 'alternate mouse', { columns: 120, rows: 50 });
  await terminal.see(/ready \d+ 120x50/);
  const sent: readonly (readonly [string, string])[] = [
    ['\u001b[A', '"name":"up"'],
    ['\u001b', '"name":"escape"'],
    ['\u0003', '"name":"c","ctrl":true'],
    ['漢', '"text":"漢"'],
    ['\u001b[<64;10;5M', '"action":"wheel-up","button":"none","column":9,"row":4'],
    ['\u001b[<0;1;1M', '"action":"press","button":"left","column":0,"row":0'],
    ['\u001b[200~q\u001b[201~', '{"kind":"paste","text":"q"}'],
  ];
  for (const [bytes, told] of sent) {
    terminal.type(bytes);
    await terminal.see(told);
  }
  terminal.resize(60, 20);
  await terminal.see('drawn 60x20');
  terminal.type('q');
  await expectAsFound(terminal, repository.path);
});

test('what is no terminal, or cannot be drawn on, is refused', async () => {
  using repository = TestRepository.create();
  const { stderr } = repository.run(process.execPath, [driver]);
  expect(stderr).toContain("'driver' needs a terminal");
  await using dumb = new TestTerminal(process.execPath, [driver], { cwd: repository.path, env: { TERM: 'dumb' } });
  await dumb.see('needs a terminal that can be drawn on; TERM is "dumb"');
  await dumb.ended;
});
