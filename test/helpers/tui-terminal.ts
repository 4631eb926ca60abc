/** `git trace tui` in a real pty, with the modes of the terminal noted before and after it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { TestTerminal } from './pty.ts';
import { BIN, type TestRepository } from './repository.ts';

export interface TuiTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts it in a repository; afterwards the shell says how it ended. */
export function startTui(repository: TestRepository, options: TuiTerminalOptions = {}): TestTerminal {
  const { columns = 80, rows = 24, args = [], env = {} } = options;
  const script = 'stty -g > "$MODES.before"; "$0" "$@"; echo "ended with $?"; stty -g > "$MODES.after"';
  return new TestTerminal('/bin/sh', ['-c', script, process.execPath, BIN, 'tui', ...args], {
    cwd: repository.path,
    columns,
    rows,
    env: { NO_COLOR: '1', ...repository.env, MODES: modesOf(repository), ...env },
  });
}

function modesOf(repository: TestRepository): string {
  return join(dirname(repository.path), 'modes');
}

/** Asserts that the terminal is as it was before. */
export async function expectAsFound(terminal: TestTerminal, repository: TestRepository): Promise<void> {
  await terminal.ended;
  const modes = modesOf(repository);
  expect(readFileSync(`${modes}.after`, 'utf8')).toBe(readFileSync(`${modes}.before`, 'utf8'));
  await using untouched = new TestTerminal('/bin/true', []);
  await untouched.ended;
  expect(await terminal.state()).toEqual(await untouched.state());
}

/** The process that draws. */
export function pidOf(repository: TestRepository, terminal: TestTerminal): number {
  const children = repository
    .run('ps', ['-o', 'pid=', '--ppid', String(terminal.pid)])
    .stdout.trim()
    .split(/\s+/);
  return Number(children[0]);
}
