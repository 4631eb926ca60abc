/** The TUI without a terminal: a model that is given keys, and an emulator that shows what it draws. */
// xterm's headless build is CommonJS
import xterm from '@xterm/headless';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import type { Key, Mouse } from '../../src/core/screen.ts';
import { frameOf } from '../../src/replay/tui/frame.ts';
import { firstModel, type Message, type Model, wantsOf } from '../../src/replay/tui/model.ts';
import { reduce } from '../../src/replay/tui/reduce.ts';
import { screenLines } from '../../src/replay/tui/screen-lines.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';
import { sha256 } from './journal-lines.ts';

export interface TuiRunOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly color?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: number;
  readonly trace?: string;
}

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
/** Keys by what they are called in tests, where that is no character. */
const NAMED = /^(?:up|down|left|right|home|end|pageup|pagedown|tab|enter|escape|backspace|space|delete|f\d+)$/;

/** A key as the decoder says it: `j`, `enter`, `ctrl+u`, `shift+tab`. */
export function keyOf(said: string): Key {
  const words = said.length > 1 ? said.split('+') : [said];
  const name = words.at(-1) ?? '';
  const has = (modifier: string): boolean => words.slice(0, -1).includes(modifier);
  const text = name === 'space' ? ' ' : NAMED.test(name) || has('ctrl') ? '' : name;
  return { kind: 'key', name, ctrl: has('ctrl'), alt: false, shift: has('shift'), text };
}

export class TestTui {
  model: Model;
  #drawn: readonly string[] | undefined;
  readonly frames: string[] = [];

  constructor(options: TuiRunOptions = {}) {
    const { columns = 80, rows = 24, color = false, now = NOON, trace = '42' } = options;
    this.model = firstModel({ trace, size: { columns, rows }, color, now, sha256 });
  }

  /** A run that has opened a trace. */
  static of(parts: readonly SessionPart[], options: TuiRunOptions = {}): TestTui {
    const tui = new TestTui(options);
    tui.open(itemsOf(parts));
    return tui;
  }

  open(items: readonly Item[], faults: readonly { path: string; reason: string }[] = []): void {
    this.send({ kind: 'opened', trace: this.model.open.trace, items, faults });
    this.work();
  }

  send(...messages: readonly Message[]): void {
    for (const message of messages) this.model = reduce(this.model, message);
  }

  /** Does all the work that is left. */
  work(): void {
    for (let i = 0; wantsOf(this.model).isBusy; i++) {
      if (i > 10_000) throw new Error('the work does not come to an end');
      this.send({ kind: 'work' });
    }
  }

  press(...keys: readonly string[]): this {
    for (const key of keys) {
      this.send(keyOf(key));
      this.work();
    }
    return this;
  }

  /** Types a text, one key a character. */
  type(text: string): this {
    return this.press(...[...text].map((character) => (character === ' ' ? 'space' : character)));
  }

  mouse(mouse: Partial<Mouse> & Pick<Mouse, 'column' | 'row'>): this {
    this.send({ kind: 'mouse', action: 'press', button: 'left', ctrl: false, alt: false, shift: false, ...mouse });
    this.work();
    return this;
  }

  /** What is drawn, as the terminal is told it. */
  lines(): string[] {
    return screenLines(this.model);
  }

  /** What a frame tells the terminal. */
  frame(): string {
    const lines = this.lines();
    const text = frameOf(this.#drawn, lines);
    this.#drawn = lines;
    this.frames.push(text);
    return text;
  }

  /** What a person sees: drawn in an emulator, line by line. */
  async screen(): Promise<string[]> {
    const { columns: cols, rows } = this.model.size;
    const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    await new Promise<void>((resolve) => terminal.write(frameOf(undefined, this.lines()), resolve));
    const lines = Array.from({ length: rows }, (_, i) => terminal.buffer.active.getLine(i)?.translateToString(true).trimEnd() ?? '');
    terminal.dispose();
    return lines;
  }
}

/** The items of sessions, in order. */
export function itemsOf(parts: readonly SessionPart[]): Item[] {
  return timelineOf(mergeSessions(parts, sha256));
}
