/** Shows long output as git does: through the person's pager, on a terminal only. */
import { spawn } from 'node:child_process';

export interface PagerOptions {
  /** `git var GIT_PAGER`, or what the person configured; empty or `cat` means none. */
  readonly command: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Writes text piece by piece to the pager, or to standard output; ends quietly when the reader has seen enough. */
export async function page(pieces: Iterable<string> | AsyncIterable<string>, options: PagerOptions): Promise<void> {
  const { command } = options;
  if (command === undefined || command === '' || command === 'cat') {
    await writeAll(process.stdout, pieces, undefined);
    return;
  }
  const env = { ...options.env, LESS: options.env['LESS'] ?? 'FRX', LV: options.env['LV'] ?? '-c' };
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
  // ^C belongs to the pager while it runs
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });
  child.stdin.on('error', () => {}); // the person left the pager before the end
  await writeAll(child.stdin, pieces, ended);
  child.stdin.end();
  await ended;
  process.off('SIGINT', ignore);
}

/** Writes with backpressure, in pieces of some size, until all is written or the reader is gone. */
async function writeAll(
  stream: NodeJS.WritableStream & { destroyed?: boolean; writable: boolean },
  pieces: Iterable<string> | AsyncIterable<string>,
  gone: Promise<void> | undefined,
): Promise<void> {
  let over = false;
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  const ended = gone === undefined ? closed : Promise.race([closed, gone]);
  gone?.then(() => {
    over = true;
  });
  const write = async (piece: string): Promise<void> => {
    if (stream.write(piece)) return;
    let drained = (): void => {};
    await Promise.race([
      new Promise<void>((resolve) => {
        drained = resolve;
        stream.once('drain', drained);
      }),
      ended,
    ]);
    stream.removeListener('drain', drained);
  };
  const isOver = (): boolean => over || !stream.writable;
  // a wait for each of a hundred thousand small pieces would be felt: only what comes with waits is waited for
  if (Symbol.iterator in pieces) {
    for (const piece of joined(pieces)) {
      if (isOver()) return;
      await write(piece);
    }
    return;
  }
  for await (const piece of pieces) {
    if (isOver()) return;
    await write(piece);
  }
}

/** Small pieces put together, so that not every line is a system call. */
function* joined(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
