/**
 * Ends this process as a command ended: with its exit code, or by the same signal, so that the shell sees what it would
 * have seen. The last thing `git trace run` does.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import type { RunExit } from '../../core/ports.ts';

const CORE_DUMPED = /^SIG(?:QUIT|ILL|TRAP|ABRT|IOT|BUS|FPE|SEGV|XCPU|XFSZ|SYS)$/;

/** Ends this process; does not return. What is to be kept must be written before. */
export function leaveLike(exit: RunExit): never {
  if ('code' in exit) {
    forgetLostTerminal();
    process.exit(exit.code);
  }
  const signal = exit.signal;
  const number = signalNumber(signal);
  if (number === undefined) process.exit(128);
  // a core file of node would stand where the command's own was just written; without prlimit only the number is given
  if (CORE_DUMPED.test(signal) && !withoutCore()) process.exit(128 + number);
  // node ignores SIGPIPE and has its own handlers for others: a listener that comes and goes leaves the default
  try {
    // one of os.constants.signals, looked up above
    const name = signal as NodeJS.Signals;
    process.on(name, () => {});
    process.removeAllListeners(name);
  } catch {
    // SIGKILL and SIGSTOP take no listener
  }
  process.kill(process.pid, number);
  // it may arrive a moment later, on another thread
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  process.exit(128 + number);
}

/**
 * Node restores the modes of its terminal when it exits, and crashes where that terminal has gone away. It leaves alone
 * a descriptor that has become another file.
 */
function forgetLostTerminal(): void {
  for (const fd of [0, 1, 2]) {
    // a terminal that has gone away is still a device, but answers no more
    if (isatty(fd) || !fstatSync(fd).isCharacterDevice()) continue;
    closeSync(fd);
    openSync('/dev/null', 'r+');
  }
}

function withoutCore(): boolean {
  return spawnSync('prlimit', [`--pid=${process.pid}`, '--core=0:0'], { stdio: 'ignore' }).status === 0;
}

function signalNumber(signal: string): number | undefined {
  const found = Object.entries(constants.signals).find(([name]) => name === signal);
  return found?.[1] ?? (/^SIG\d+$/.test(signal) ? Number(signal.slice(3)) : undefined);
}
