/**
 * The terminal as a place to draw on: raw keys, the alternate screen, the mouse. Whatever ends or stops this process, a
 * signal, an error, the person, the terminal is left as it was found. Never reads what is drawn, never decides what a key does.
 */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { fail } from '../../core/errors.ts';
import type { InputDecoder, Key, Mouse, Paste, Screen, ScreenInput, ScreenSize, Timers } from '../../core/screen.ts';
import { leaveLike } from './leave.ts';

/** Milliseconds after which an escape that stands alone was the key; over a slow line a sequence comes in pieces. */
const ESCAPE_DELAY = 50;

/** Milliseconds in which a stop that was asked for has stopped us; nothing stops a process whose terminal has no shell. */
const STOP_DELAY = 100;

/** DEC private modes. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html */
const [ALTERNATE, CURSOR, WRAP, PASTE, DRAGS, SGR] = [1049, 25, 7, 2004, 1002, 1006];

const ENDING = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;

export interface ScreenOptions {
  readonly decoder: InputDecoder;
  readonly timers: Timers;
  /** What takes the terminal, for the message where there is none: `git trace tui`. */
  readonly command: string;
  /** TERM, as the person's environment says it. */
  readonly term: string | undefined;
  /** Draw on a screen of its own, which is gone afterwards; otherwise below what stands there. */
  readonly alternate?: boolean;
  /** Listen to the mouse, which then selects no text by itself. */
  readonly mouse?: boolean;
}

/** Where keys come from and frames go to: `process.stdin` and `process.stdout`. */
export interface ScreenStreams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream & { readonly fd: number };
}

/** Takes the terminal. @throws no-terminal where there is none, or none that can be drawn on */
export function openScreen({ stdin, stdout }: ScreenStreams, options: ScreenOptions): Screen {
  const { command, term } = options;
  const hints = ["'git trace show' tells a trace to a file or a pipe, too"];
  if (stdin.isTTY !== true || stdout.isTTY !== true) throw fail('no-terminal', `'${command}' needs a terminal`, hints);
  if (term === 'dumb') throw fail('no-terminal', `'${command}' needs a terminal that can be drawn on; TERM is "dumb"`, hints);
  return new TerminalScreen(stdin, stdout, options);
}

class TerminalScreen implements Screen {
  readonly #stdin: ReadStream;
  readonly #stdout: ScreenStreams['stdout'];
  readonly #options: ScreenOptions;
  /** What we listen to of this process. */
  readonly #process: NodeJS.EventEmitter = process;
  readonly #handlers: (readonly [string, () => void])[] = [];
  #onKey: (key: Key | Paste) => void = () => {};
  #onMouse: (mouse: Mouse) => void = () => {};
  #onResize: (size: ScreenSize) => void = () => {};
  #cancel: (() => void) | undefined;
  /** Modes are set; not while the process is stopped, nor after the end. */
  #isTaken = false;
  #isClosed = false;

  constructor(stdin: ReadStream, stdout: ScreenStreams['stdout'], options: ScreenOptions) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#options = options;
    for (const signal of ENDING) this.#listen(signal, () => this.#end(signal));
    this.#listen('SIGTSTP', this.#stop);
    this.#listen('SIGCONT', () => this.#resume());
    // an error that nobody catches comes by here before it is printed
    this.#listen('exit', () => this.close());
    stdin.on('data', this.#take).on('end', this.#lose).on('error', this.#lose);
    stdout.on('resize', this.#resized).on('error', this.#lose);
    this.#seize();
    stdin.resume();
  }

  size(): ScreenSize {
    // a terminal that does not know its size says 0
    const { columns, rows } = this.#stdout;
    return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
  }

  onKey(listener: (key: Key | Paste) => void): void {
    this.#onKey = listener;
  }

  onMouse(listener: (mouse: Mouse) => void): void {
    this.#onMouse = listener;
  }

  onResize(listener: (size: ScreenSize) => void): void {
    this.#onResize = listener;
  }

  write(text: string): void {
    if (this.#isTaken) this.#stdout.write(text);
  }

  suspend(): void {
    if (this.#isClosed || !this.#isTaken) return;
    this.#release();
    // nobody listens, so that the signal stops us
    this.#process.off('SIGTSTP', this.#stop);
    // the whole job, git itself too where it has started us: the shell waits for that one
    process.kill(0, 'SIGTSTP');
    this.#options.timers.after(STOP_DELAY, () => {
      if (this.#isClosed) return;
      this.#process.on('SIGTSTP', this.#stop);
      if (!this.#isTaken) this.#resume();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    this.#release();
    for (const [name, handler] of this.#handlers) this.#process.off(name, handler);
    this.#stdin.off('data', this.#take).off('end', this.#lose).off('error', this.#lose);
    this.#stdout.off('resize', this.#resized).off('error', this.#lose);
    // what comes from now on is the shell's
    this.#stdin.pause();
    this.#stdin.on('error', () => {});
  }

  #listen(name: string, handler: () => void): void {
    this.#handlers.push([name, handler]);
    this.#process.on(name, handler);
  }

  /** Sets the modes. */
  #seize(): void {
    this.#isTaken = true;
    this.#stdin.setRawMode(true);
    const { alternate, mouse } = this.#options;
    const modes = [...(alternate ? [on(ALTERNATE)] : []), on(PASTE), off(CURSOR), off(WRAP), ...(mouse ? [on(DRAGS), on(SGR)] : [])];
    this.#put(modes.join(''));
  }

  /** Puts them back. */
  #release(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    const { alternate, mouse } = this.#options;
    const modes = [...(mouse ? [off(SGR), off(DRAGS)] : []), on(WRAP), on(CURSOR), off(PASTE), ...(alternate ? [off(ALTERNATE)] : [])];
    // the style that a frame may have been written in when it was cut short
    this.#put(`\u001b[0m${modes.join('')}`);
    try {
      this.#stdin.setRawMode(false);
    } catch {
      // the terminal is gone
    }
  }

  /** Writes at once: whatever comes next may be the end of this process. */
  #put(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0, tries = 0; at < bytes.length && tries < 100; ) {
      try {
        at += writeSync(this.#stdout.fd, bytes, at);
      } catch (cause) {
        // node puts the errno's name there; a terminal that takes nothing for a second has somebody's scroll lock on
        if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        tries++;
      }
    }
  }

  #resume(): void {
    if (this.#isClosed) return;
    // stopped by a signal that nobody can hear: somebody else has had the terminal, and left it in their modes
    if (this.#isTaken) this.#stdin.setRawMode(false);
    this.#seize();
    this.#resized();
  }

  readonly #stop = (): void => this.suspend();

  readonly #resized = (): void => this.#onResize(this.size());

  readonly #take = (bytes: Buffer): void => {
    this.#cancel?.();
    this.#cancel = undefined;
    const { decoder, timers } = this.#options;
    this.#hand(decoder.take(bytes));
    if (!decoder.isWaiting || this.#isClosed) return;
    this.#cancel = timers.after(ESCAPE_DELAY, () => this.#hand(decoder.settle()));
  };

  #hand(inputs: readonly ScreenInput[]): void {
    for (const input of inputs) {
      if (this.#isClosed) return;
      if (input.kind === 'mouse') this.#onMouse(input);
      // raw mode takes this from the terminal, where every program has it
      else if (input.kind === 'key' && input.ctrl && input.name === 'z') this.suspend();
      else this.#onKey(input);
    }
  }

  /** The terminal is gone: as if it had told us. */
  readonly #lose = (): void => this.#end('SIGHUP');

  #end(signal: NodeJS.Signals): void {
    this.close();
    leaveLike({ signal });
  }
}

function on(mode: number): string {
  return `\u001b[?${mode}h`;
}

function off(mode: number): string {
  return `\u001b[?${mode}l`;
}
