/**
 * Copies what a command prints to where it would have gone, in order, and shows a copy to the sink. A slow reader slows
 * the command down (backpressure); a reader that left closes our end, so that the command gets the SIGPIPE that it would
 * have had. Never changes, adds or drops a byte.
 */
import { readSync, write } from 'node:fs';
import type { Socket } from 'node:net';

/** Bytes held at most before the source is paused, and down to which it stays so. */
const HIGH = 262_144;
const LOW = 65_536;

/** More than a pipe or a pty holds: what was written before the command ended is in so many bytes. */
const LEFTOVER = 1_048_576;

/** How a copy ended: all writers are gone, or some (a background child's child) still hold the other end. */
export type CopyEnd = 'ended' | 'held';

export interface Copy {
  /** Takes what is there right now, once the command has ended, and hands on all of it. */
  finish(): Promise<CopyEnd>;
  /** From now on, if nothing is taken for so long, gives up the rest: `finish` does not wait for a reader that never reads. */
  hurry(graceMs: number): void;
  /** Whether it came to that. */
  gaveUp(): boolean;
  /** Why the output could not be handed on; a reader that left (EPIPE) or a terminal that is gone is no failure. */
  failure(): string | undefined;
}

export interface CopyOptions {
  /** Reads from `fd`, which must not block. */
  readonly source: Socket;
  readonly fd: number;
  readonly to: number;
  readonly seen: (bytes: Uint8Array) => void;
  /** Called once when nobody reads any more; the source is closed by then. */
  readonly onRefused?: () => void;
}

/** Begins to copy. */
export function startCopy({ source, fd, to, seen, onRefused }: CopyOptions): Copy {
  let queue: Buffer[] = [];
  let held = 0;
  let ended = false;
  let refused = false;
  let failure: string | undefined;
  let writing: Promise<void> | undefined;
  let written = 0;
  let gaveUp = false;
  let tellGivenUp = (): void => {};
  const givenUp = new Promise<void>((resolve) => {
    tellGivenUp = resolve;
  });
  let patience: NodeJS.Timeout | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const bytes = queue.length === 1 && queue[0] !== undefined ? queue[0] : Buffer.concat(queue);
      queue = [];
      try {
        await writeAll(to, bytes, (length) => {
          written += length;
        });
      } catch (cause) {
        refuse(cause);
      }
      held = queue.reduce((sum, chunk) => sum + chunk.length, 0);
      if (held <= LOW && !ended && !refused) source.resume();
    }
    writing = undefined;
  }

  function refuse(cause: unknown): void {
    if (refused) return;
    refused = true;
    queue = [];
    // node puts the errno's name there
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EIO') {
      // the terminal is gone, not its reader: the command goes on, and so does the sample
      if (!ended) source.resume();
      return;
    }
    if (code !== 'EPIPE') failure = `cannot hand on the output: ${code ?? String(cause)}`;
    source.destroy();
    onRefused?.();
  }

  function take(chunk: Buffer): void {
    seen(chunk);
    if (refused) return;
    queue.push(chunk);
    held += chunk.length;
    if (held >= HIGH) source.pause();
    writing ??= drain();
  }

  /** Reads without waiting, up to the most that a pipe holds; tells whether the end was reached. */
  function leftover(): CopyEnd {
    if (source.destroyed || ended) return 'ended';
    source.pause();
    // what `read` answers with has gone to the 'data' listener, too
    while (source.read() !== null);
    const buffer = Buffer.alloc(65_536);
    for (let total = 0; total < LEFTOVER; ) {
      let length: number;
      try {
        length = readSync(fd, buffer, 0, buffer.length, null);
      } catch (cause) {
        // node puts the errno's name there; a pty whose other end is closed gives EIO
        return (cause as NodeJS.ErrnoException).code === 'EAGAIN' ? 'held' : 'ended';
      }
      if (length === 0) return 'ended';
      take(Buffer.from(buffer.subarray(0, length)));
      total += length;
    }
    return 'held';
  }

  source.on('data', take);
  source.on('end', () => {
    ended = true;
  });
  source.on('error', () => {
    ended = true;
  });

  return {
    async finish() {
      const end = leftover();
      source.destroy();
      ended = true;
      await Promise.race([writing, givenUp]);
      clearInterval(patience);
      return refused ? 'ended' : end;
    },
    hurry(graceMs) {
      let before = written;
      patience ??= setInterval(() => {
        if (written !== before) {
          before = written;
          return;
        }
        clearInterval(patience);
        if (writing === undefined) return;
        gaveUp = true;
        refused = true;
        queue = [];
        tellGivenUp();
      }, graceMs).unref();
    },
    gaveUp: () => gaveUp,
    failure: () => failure,
  };
}

/** Writes all bytes to a descriptor, which may be slow, or set not to block by whoever shares it. */
async function writeAll(fd: number, bytes: Buffer, onWritten: (length: number) => void): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    try {
      const length = await writeOnce(fd, bytes, at);
      at += length;
      onWritten(length);
    } catch (cause) {
      // node puts the errno's name there
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function writeOnce(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // a blocking write comes back only when all is taken: in small pieces it can be seen whether anybody takes any
    const length = Math.min(bytes.length - at, 16_384);
    write(fd, bytes, at, length, null, (cause, written) => (cause === null ? resolve(written) : reject(cause)));
  });
}
