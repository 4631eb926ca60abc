/**
 * The port of a terminal that is drawn on: what a person types and clicks comes in as values, frames go out as text.
 * `src/replay/keys.ts` makes values of bytes, `src/adapters/terminal/screen.ts` has the terminal, `src/cli/screen.ts` joins them.
 */

/** A key that was pressed. */
export interface Key {
  readonly kind: 'key';
  /**
   * The character itself, or `up down left right home end pageup pagedown insert delete tab enter escape backspace space
   * f1 … f12`; with ctrl or alt the lower-case letter that it was pressed with.
   */
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  /** Known only of keys that are no characters: `shift+tab`, `shift+up`. */
  readonly shift: boolean;
  /** What it would write into a line of text; empty for all but characters. */
  readonly text: string;
}

/** What was done with the mouse, where. */
export interface Mouse {
  readonly kind: 'mouse';
  readonly action: 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down';
  readonly button: 'left' | 'middle' | 'right' | 'none';
  /** From 0, as all places on a screen. */
  readonly column: number;
  readonly row: number;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

/** A text that was pasted: it is no keys, whatever characters it holds. */
export interface Paste {
  readonly kind: 'paste';
  readonly text: string;
}

export type ScreenInput = Key | Mouse | Paste;

/** Makes input of bytes, which come in any pieces. */
export interface InputDecoder {
  /** What the bytes say together with those that wait. */
  take(bytes: Uint8Array): ScreenInput[];
  /** Something waits that would be a key if no more comes, as `escape` does. */
  readonly isWaiting: boolean;
  /** No more has come for a while: what waits is a key, or nothing. */
  settle(): ScreenInput[];
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Waits without blocking; given from outside, so that tests need not. */
export interface Timers {
  /** Runs something once after so many milliseconds. @returns what keeps it from running */
  after(ms: number, run: () => void): () => void;
}

/** A terminal that is ours until it is closed. */
export interface Screen {
  size(): ScreenSize;
  /** Called for each key and paste. One listener each: the last one that was set. */
  onKey(listener: (key: Key | Paste) => void): void;
  onMouse(listener: (mouse: Mouse) => void): void;
  /** Called when the size has changed, and when the screen must be drawn anew, after a stop. */
  onResize(listener: (size: ScreenSize) => void): void;
  /** Writes text with its controls, as it is: events come through paint.ts, which makes them harmless. */
  write(text: string): void;
  /** Stops this job, as ctrl+z does, with the terminal as it was found; goes on when the person brings it back. */
  suspend(): void;
  /** Leaves the terminal as it was found; safe to call twice. */
  close(): void;
}
