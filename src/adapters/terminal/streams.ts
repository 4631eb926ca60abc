/**
 * What our own three descriptors are, and what follows from it for a command run through us. The decision is a pure
 * function of the facts; reading the facts is the only thing here that looks outside. Never changes a descriptor.
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';

/** One of our descriptors 0, 1, 2. */
export interface StreamFacts {
  /** `device` is a character or block device that is no terminal, `/dev/null` above all. */
  readonly kind: 'terminal' | 'device' | 'stream';
  /** Equal for two descriptors of the same file, pipe, socket or terminal. */
  readonly identity: string;
}

export interface Surroundings {
  readonly stdin: StreamFacts;
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  /** We may set the terminal's modes: a job in the background that does is stopped. */
  readonly foreground: boolean;
  /** Descriptors above 2 that we were handed and that the command must have too. */
  readonly handed: readonly number[];
}

/** How the command gets its stdout and stderr. */
export type Plan =
  | { readonly kind: 'pty' }
  | { readonly kind: 'inherit' }
  /** `both`: stdout and stderr go to one place and so through one pipe, which keeps their order. */
  | { readonly kind: 'pipe'; readonly streams: 'stdout' | 'stderr' | 'separate' | 'both' };

/**
 * Decides what stands between the command and its output: the least that lets us see it and that it cannot see.
 *
 * A terminal is passed on untouched, or, where all three are the same one and nothing else is in the way, replaced by a
 * pty. Devices are passed on: programs ask for `/dev/null` and act on it. Only what is a file, a pipe or a socket
 * becomes a pipe.
 */
export function planStreams({ stdin, stdout, stderr, foreground, handed }: Surroundings): Plan {
  const terminals = [stdin, stdout, stderr].every((stream) => stream.kind === 'terminal');
  if (terminals) {
    const one = stdin.identity === stdout.identity && stdout.identity === stderr.identity;
    // a pty's child is forked by native code, which cannot hand on more than three descriptors
    return one && foreground && handed.length === 0 ? { kind: 'pty' } : { kind: 'inherit' };
  }
  const [out, err] = [stdout.kind === 'stream', stderr.kind === 'stream'];
  if (out && err) return { kind: 'pipe', streams: stdout.identity === stderr.identity ? 'both' : 'separate' };
  return out || err ? { kind: 'pipe', streams: out ? 'stdout' : 'stderr' } : { kind: 'inherit' };
}

/** Reads what {@link planStreams} wants to know of this process. */
export function surroundings(): Surroundings {
  return { stdin: streamFacts(0), stdout: streamFacts(1), stderr: streamFacts(2), foreground: inForeground(), handed: handedDescriptors() };
}

function streamFacts(fd: number): StreamFacts {
  const stat = fstatSync(fd);
  const device = stat.isCharacterDevice() || stat.isBlockDevice();
  return { kind: isatty(fd) ? 'terminal' : device ? 'device' : 'stream', identity: `${stat.dev}:${stat.ino}:${stat.rdev}` };
}

/**
 * Tells whether a terminal's keys reach us, that is, whether our process group is in the foreground of our session's
 * terminal. Where the system does not say (no `/proc`), a terminal among our descriptors stands for it.
 */
export function inForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // after the name, which is in brackets and may hold anything: state ppid pgrp session tty_nr tpgid
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return [0, 1, 2].some((fd) => isatty(fd));
  }
}

/**
 * Descriptors above 2 that our parent handed us, such as make's job server. Node marks all it finds at its start as not
 * to be inherited and then opens its own behind them, so they are those before the first that only node can have made.
 */
function handedDescriptors(): number[] {
  const handed: number[] = [];
  try {
    const open = new Set(readdirSync('/proc/self/fd').map(Number));
    for (let fd = 3; open.has(fd); fd++) {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith('anon_inode:')) break;
      handed.push(fd);
    }
  } catch {
    // no /proc, or the descriptor that listed it is gone: nothing more is known
  }
  return handed;
}

/** Whether what goes to our standard error can still be read: the file that it is may have been removed meanwhile. */
export function isErrorOutputKept(): boolean {
  try {
    return fstatSync(2).nlink > 0;
  } catch {
    return false; // it is closed
  }
}
