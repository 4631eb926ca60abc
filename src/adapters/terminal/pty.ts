/**
 * A command in a pty of its own. Takes the native half of `@lydell/node-pty` (an optional dependency, loaded only here)
 * and not its JavaScript half, which sets TERM and PWD, and drops what has not been read 200 ms after the command's end.
 * See docs/adr/0003-run-terminal.md.
 */
import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as system } from 'node:os';
import { ReadStream } from 'node:tty';
import type { RunExit } from '../../core/ports.ts';

/** What we use of the package's `pty.node`, version 1.1.0. */
export interface NativePty {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    onExit: (code: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, columns: number, rows: number): void;
}

export interface PtyPackage {
  readonly native: NativePty;
  /** The program through which macOS starts a command in a pty. */
  readonly helper: string;
}

/** The package, or `undefined` where it is not installed or not made for this system. */
export function loadPty(): PtyPackage | undefined {
  // its binaries are made for glibc; in a process with musl, loading one is a segmentation fault and no exception
  if (usesMusl()) return undefined;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@lydell/node-pty'));
    const platform = `@lydell/node-pty-${process.platform}-${process.arch}`;
    // the shape of the pinned version; if it is another, the first call throws and the command is run without a pty
    const native = require(`${platform}/pty.node`) as NativePty;
    return { native, helper: process.platform === 'darwin' ? require.resolve(`${platform}/spawn-helper`) : '' };
  } catch {
    return undefined;
  }
}

/** Whether node was linked with musl: its program interpreter, named at the beginning of the file, says so. */
function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const fd = openSync(process.execPath, 'r');
    try {
      const start = Buffer.alloc(4_096);
      return start.subarray(0, readSync(fd, start, 0, start.length, 0)).includes('ld-musl');
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

export interface PtySession {
  readonly pid: number;
  /** Bytes from and to the command; the descriptor does not block. */
  readonly stream: ReadStream;
  readonly fd: number;
  readonly exited: Promise<RunExit>;
  resize(columns: number, rows: number): void;
  /** Lets go of the terminal; call it when all of the output was read. */
  close(): void;
}

export interface PtyOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The modes that the pty's terminal begins with, as `stty -g` wrote them. */
  readonly modes: string;
  readonly columns: number;
  readonly rows: number;
}

/**
 * What runs in the pty before the command, in the same process: gives the new terminal the modes of the old one, so that
 * the command finds what it would have found. `GPG_TTY` is the one variable that is changed, where it names the terminal
 * that we sit on: a pinentry would fight with us for its keys.
 */
const PRELUDE = 'stty "$1" 2>/dev/null; [ "$GPG_TTY" != "$2" ] || GPG_TTY=$(tty); shift 2; exec env "$@"';

/** Variables that some `/bin/sh`, or the pty package, sets, drops or changes on its way. */
const TOUCHED =
  /^(?:PWD|OLDPWD|SHLVL|_|TERM|IFS|PS[1-4]|OPT(?:IND|ARG|ERR)|E?UID|PPID|LINENO|RANDOM|SECONDS|LINES|COLUMNS|SHELLOPTS|BASHOPTS|BASH.*|ENV|FUNCNAME|GROUPS|DIRSTACK)$/;
const ALWAYS_SAID = ['PWD', 'OLDPWD', 'SHLVL', '_', 'OPTIND', 'PS1', 'PS2', 'PS4'];
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Arguments for `env` that undo what a shell does to an environment on its way through: names that a shell cannot say
 * (`BASH_FUNC_f%%`) and variables it sets itself get their value, those that were not there go.
 *
 * @example
 * envRepair({ PWD: '/x', A: '1' }) // ['-u', 'OLDPWD', '-u', 'SHLVL', …, '--', 'PWD=/x']
 */
export function envRepair(env: PtyOptions['env']): string[] {
  const absent = ALWAYS_SAID.filter((name) => env[name] === undefined).flatMap((name) => ['-u', name]);
  const present = Object.entries(env).filter(([name, value]) => value !== undefined && (TOUCHED.test(name) || !SHELL_NAME.test(name)));
  return [...absent, '--', ...present.map(([name, value]) => `${name}=${value}`)];
}

/** Whether a command can be started through {@link startPty}: `env` would take a name with `=` for a variable. */
export function canStartInPty(argv: readonly string[]): boolean {
  return argv[0]?.includes('=') !== true;
}

/** Starts a command in a new pty. @throws where no pty can be had */
export function startPty({ native, helper }: PtyPackage, { argv, env, modes, columns, rows }: PtyOptions): PtySession {
  let onExit: (exit: RunExit) => void = () => {};
  const exited = new Promise<RunExit>((resolve) => {
    onExit = resolve;
  });
  const args = ['-c', PRELUDE, 'sh', modes, ttyName() ?? '-', ...envRepair(env), ...argv];
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const forked = native.fork('/bin/sh', args, variables, process.cwd(), columns, rows, -1, -1, false, helper, (code, signal) =>
    onExit(signal === 0 ? { code } : { signal: signalName(signal) }),
  );
  const { fd, pid } = forked;
  // libuv makes the descriptor one that does not block. It also takes the first short read of a terminal that nobody holds
  // any more for its end, and drops the rest; so we hold it
  const held = openSync(forked.pty, constants.O_RDWR | constants.O_NOCTTY);
  const stream = new ReadStream(fd);
  return { pid, stream, fd, exited, resize: (columns, rows) => native.resize(fd, columns, rows), close: () => closeSync(held) };
}

function ttyName(): string | undefined {
  try {
    return readlinkSync('/proc/self/fd/0');
  } catch {
    return undefined;
  }
}

function signalName(number: number): string {
  const found = Object.entries(system.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}
