/**
 * A pipe whose ends are file descriptors, which node cannot make: its own 'pipe' is a pair of sockets, and a command
 * that opens `/dev/stdout` or `/dev/stderr` then fails with ENXIO. So a FIFO is made in a private folder, opened at both
 * ends and unlinked at once. Leaves no name behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pipe {
  /** The reading end as a stream, and its descriptor, which does not block. */
  readonly source: Socket;
  readonly fd: number;
  /** The writing end, for the command. */
  readonly writeEnd: number;
  /** Closes our copy of the writing end: the command has its own. */
  closeWriteEnd(): void;
  /** Closes what is left of the reading end, so that writers get SIGPIPE. */
  closeReadEnd(): void;
  /** Leaves the reading end to a process of its own, which copies to `to` for as long as anybody writes. */
  leaveTo(to: number): void;
}

/** Makes pipes; `undefined` where the system will not (no `mkfifo`, a temporary folder that cannot be written). */
export function openPipes(count: number): Pipe[] | undefined {
  const names = Array.from({ length: count }, (_, i) => String(i));
  let folder: string | undefined;
  const opened: number[] = [];
  try {
    folder = mkdtempSync(join(tmpdir(), 'git-trace-'));
    const paths = names.map((name) => join(folder ?? '', name));
    if (spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' }).status !== 0) return undefined;
    const open = (path: string, flags: number): number => {
      const fd = openSync(path, flags);
      opened.push(fd);
      return fd;
    };
    const pipes = paths.map((path) => {
      // without O_NONBLOCK this would wait for a writer; the second reading end must block, because `cat` may get it
      const fd = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return { fd, writeEnd: open(path, constants.O_WRONLY), spare: open(path, constants.O_RDONLY) };
    });
    return pipes.map(({ fd, writeEnd, spare }) => pipe(fd, writeEnd, spare));
  } catch {
    for (const fd of opened) closeSync(fd);
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function pipe(fd: number, writeEnd: number, spare: number): Pipe {
  let spareOpen = true;
  const closeReadEnd = (): void => {
    if (spareOpen) closeSync(spare);
    spareOpen = false;
  };
  return {
    source: new Socket({ fd, readable: true, writable: false }),
    fd,
    writeEnd,
    closeWriteEnd: () => closeSync(writeEnd),
    closeReadEnd,
    leaveTo(to) {
      if (!spareOpen) return;
      // in a session of its own: keys meant for the next command must not end it, and it ends with the last writer
      const copier = spawn('cat', { stdio: [spare, to, 'ignore'], detached: true });
      copier.on('error', () => {});
      copier.unref();
      closeReadEnd();
    },
  };
}
