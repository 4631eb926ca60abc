/**
 * A real terminal for tests: starts a program in a pty, keeps the bytes it sent and, through xterm, what a person would
 * see. Tests wait for what they expect to appear, never for time to pass.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
// xterm's headless build is CommonJS
import xterm from '@xterm/headless';
import { loadPty } from '../../src/adapters/terminal/pty.ts';

export interface TerminalOptions {
  readonly cwd?: string;
  /** On top of the environment of the test; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly rows?: number;
}

export interface TerminalEnd {
  readonly code: number;
  /** The signal's number, 0 for none. */
  readonly signal: number;
}

/** What a program may have left behind in a terminal, besides text. */
export interface TerminalState {
  readonly buffer: 'normal' | 'alternate';
  readonly isCursorHidden: boolean;
  readonly title: string;
  /** Modes by their name in xterm. */
  readonly modes: Readonly<Record<string, unknown>>;
}

/** Milliseconds that anything waited for may take. */
const LIMIT = 20_000;
/** Between these a terminal is told one frame (mode 2026, synchronized output). */
const [FRAME_BEGINS, FRAME_ENDS] = ['\u001b[?2026h', '\u001b[?2026l'];

export class TestTerminal implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the program has ended and all of its output is here. */
  readonly ended: Promise<TerminalEnd>;
  readonly #master: ReadStream;
  readonly #held: number;
  readonly #fd: number;
  /** What was typed and does not fit into the terminal yet. */
  #typed: Buffer = Buffer.alloc(0);
  readonly #resize: (columns: number, rows: number) => void;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #chunks: Buffer[] = [];
  readonly #watchers = new Set<() => void>();
  #exited = false;
  #closed = false;
  /** The last bytes that came, as latin1, and whether they are part of a frame; and whether what is on the screen by now is. */
  #taken = '';
  #isFrameOpen = false;
  #isDrawing = false;
  #title = '';
  /** What came since the last {@link hear}, as latin1. */
  #unheard = '';

  /** Starts a program; the file must be an absolute path or on the PATH. */
  constructor(file: string, args: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24, cwd = process.cwd() } = options;
    const pty = loadPty();
    if (pty === undefined) throw new Error('@lydell/node-pty is not installed, or not made for this system');
    const { native } = pty;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 10_000 });
    this.#screen.onTitleChange((title) => {
      this.#title = title;
    });
    const env = Object.entries({ ...process.env, TERM: 'xterm-256color', PWD: cwd, ...options.env });
    const pairs = env.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    let exited: (end: TerminalEnd) => void = () => {};
    this.ended = new Promise<TerminalEnd>((resolve) => {
      exited = resolve;
    });
    const forked = native.fork(file, args, pairs, cwd, columns, rows, -1, -1, false, pty.helper, (code, signal) => {
      this.#exited = true;
      if (!this.#master.destroyed) this.#drain(forked.fd);
      this.hangUp();
      this.#screen.write('', () => {
        this.#closed = true;
        this.#tell();
        exited({ code, signal });
      });
    });
    // while somebody holds the other end libuv does not take a short read for the end
    this.#held = openSync(forked.pty, constants.O_RDWR | constants.O_NOCTTY);
    this.pid = forked.pid;
    this.#fd = forked.fd;
    this.#resize = (to, high) => native.resize(forked.fd, to, high);
    this.#master = new ReadStream(forked.fd);
    this.#master.on('data', (data) => this.#take(data));
  }

  /** All bytes so far. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** All that was sent, as text, terminal controls and all. */
  text(): string {
    return this.bytes().toString('utf8');
  }

  /** What a person sees, scrolled-out lines included, without the blank ends of lines and blank last lines. */
  screen(): string {
    const buffer = this.#screen.buffer.active;
    const lines = Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true).trimEnd() ?? '');
    return lines.join('\n').trimEnd();
  }

  /** The lines of the screen as it stands now, from its top, without their blank ends. */
  lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, i) =>
        active
          .getLine(active.baseY + i)
          ?.translateToString(true)
          .trimEnd() ?? '',
    );
  }

  /** The state that all bytes so far have left the terminal in. */
  async state(): Promise<TerminalState> {
    await new Promise<void>((resolve) => this.#screen.write('', resolve));
    const { modes, buffer } = this.#screen;
    // xterm's headless build tells the cursor's visibility to nobody but itself
    const core = this.#screen as unknown as { readonly _core: { readonly coreService: { readonly isCursorHidden: boolean } } };
    const { isCursorHidden } = core._core.coreService;
    return { buffer: buffer.active.type, isCursorHidden, title: this.#title, modes: { ...modes } };
  }

  /** Types. */
  type(text: string | Uint8Array): void {
    const isBusy = this.#typed.length > 0;
    this.#typed = Buffer.concat([this.#typed, Buffer.from(text)]);
    if (!isBusy) this.#feed();
  }

  /**
   * Writes what the terminal takes. A stream of node would write on and on until all is taken, and read nothing meanwhile:
   * a program that waits for its own output to be read never takes the rest.
   */
  #feed(): void {
    try {
      while (this.#typed.length > 0 && !this.#master.destroyed)
        this.#typed = this.#typed.subarray(writeSync(this.#fd, this.#typed, 0, Math.min(this.#typed.length, 4_096)));
    } catch (cause) {
      // node puts the errno's name there
      if ((cause as NodeJS.ErrnoException).code === 'EAGAIN') setTimeout(() => this.#feed(), 1);
      // whoever would have read it has gone
      else this.#typed = Buffer.alloc(0);
    }
  }

  /** Waits until a text comes behind what was heard before; the answer is the match. Unlike {@link see} cheap, however long the session. */
  async hear(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#unheard);
        if (found === null && !this.#closed) return;
        done();
        if (found === null) {
          reject(new Error(`the program ended and ${pattern} never came: ${JSON.stringify(this.#unheard.slice(-2000))}`));
          return;
        }
        this.#unheard = this.#unheard.slice(found.index + found[0].length);
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${pattern} did not come in ${LIMIT} ms: ${JSON.stringify(this.#unheard.slice(-2000))}`));
      }, LIMIT);
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#resize(columns, rows);
  }

  /** Stops reading, as a slow terminal does. */
  pause(): void {
    this.#master.pause();
  }

  resume(): void {
    this.#master.resume();
  }

  /** Pulls the plug: the terminal is gone, what sits at it gets SIGHUP. */
  hangUp(): void {
    if (this.#master.destroyed) return;
    this.#master.destroy();
    closeSync(this.#held);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      if (!this.#exited) process.kill(this.pid, signal);
    } catch {
      // it has just ended
    }
  }

  /** Waits until the screen shows a text; the answer is the match. Rejects, with the screen, if it never does. */
  async see(pattern: RegExp | string): Promise<RegExpExecArray> {
    const wanted = typeof pattern === 'string' ? new RegExp(pattern.replace(/[^\w ]/g, '\\$&')) : pattern;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        // a terminal shows no frame before it is whole
        if (this.#isDrawing && !this.#closed) return;
        const found = wanted.exec(this.screen());
        if (found === null && !this.#closed) return;
        done();
        if (found === null) reject(new Error(`the program ended and ${wanted} was never on the screen:\n${this.screen()}`));
        else resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${wanted} is not on the screen after ${LIMIT} ms:\n${this.screen()}`));
      }, LIMIT);
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
    this.#screen.dispose();
  }

  #take(data: Buffer): void {
    this.#chunks.push(data);
    const text = data.toString('latin1');
    this.#unheard += text;
    this.#taken = `${this.#taken.slice(-FRAME_ENDS.length)}${text}`;
    const [begun, ended] = [this.#taken.lastIndexOf(FRAME_BEGINS), this.#taken.lastIndexOf(FRAME_ENDS)];
    if (begun !== ended) this.#isFrameOpen = begun > ended;
    const isOpen = this.#isFrameOpen;
    this.#screen.write(data, () => {
      this.#isDrawing = isOpen;
      this.#tell();
    });
  }

  /** Reads what is left when the program has ended. */
  #drain(fd: number): void {
    this.#master.pause();
    const buffer = Buffer.alloc(65_536);
    try {
      for (let length = 1; length > 0; ) {
        length = readSync(fd, buffer, 0, buffer.length, null);
        this.#take(Buffer.from(buffer.subarray(0, length)));
      }
    } catch {
      // EAGAIN: nothing more
    }
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
