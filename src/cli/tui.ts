/**
 * Runs the TUI: hands what happens to the model, draws what it says, and sees to what it wants: a trace that is followed,
 * the list of traces, a search through all of them, the time. Everything it shows is read from storage; it writes nothing.
 */
import { isTraceError, messageOf } from '../core/errors.ts';
import type { Screen } from '../core/screen.ts';
import type { TraceName } from '../core/trace-name.ts';
import { frameOf } from '../replay/tui/frame.ts';
import { firstModel, type ListedRow, type Message, type Model, type Wants, wantsOf } from '../replay/tui/model.ts';
import { reduce } from '../replay/tui/reduce.ts';
import { screenLines } from '../replay/tui/screen-lines.ts';
import type { Context } from './context.ts';
import { type LiveTrace, openLive } from './live-trace.ts';

/** Milliseconds between two frames at the least; what happens meanwhile is drawn together. */
const FRAME_MS = 16;
/** How often the time is told where nothing is due, in milliseconds: ages and the status of sessions. */
const CLOCK_MS = 20_000;
/** Typing goes on for so long, in milliseconds, before all traces are looked through. */
const TYPING_MS = 150;

/** What a run of the TUI is given. */
export interface TuiOptions {
  readonly trace: TraceName;
  readonly color: boolean;
  /** Brings a trace that is not here; resolves also where there is none. */
  readonly bring?: (trace: TraceName) => Promise<void>;
}

/**
 * Shows a trace on a screen until the person quits. The screen is the caller's, who closes it.
 *
 * @param context whose `say` does not write to the screen
 */
export function runTui(context: Context, screen: Screen, options: TuiOptions): Promise<void> {
  return new TuiRun(context, screen, options).run();
}

class TuiRun {
  readonly #context: Context;
  readonly #screen: Screen;
  readonly #options: TuiOptions;
  #model: Model;
  #wants: Wants | undefined;
  /** What the terminal shows; undefined where all of it is to be drawn. */
  #drawn: readonly string[] | undefined;
  #redraws = 0;
  #drawnAt = 0;
  #drawing: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #working: NodeJS.Immediate | undefined;
  #clock: NodeJS.Timeout | undefined;
  #typing: NodeJS.Timeout | undefined;
  #searching = new AbortController();
  #live: LiveTrace | undefined;
  #isOver = false;
  /** Ends the run. */
  #end: (error?: unknown) => void = () => {};

  constructor(context: Context, screen: Screen, options: TuiOptions) {
    this.#context = context;
    this.#screen = screen;
    this.#options = options;
    const { trace, color } = options;
    this.#model = firstModel({ trace, color, size: screen.size(), now: context.clock.now(), sha256: context.sha256 });
  }

  async run(): Promise<void> {
    const over = new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    const input = (message: Message): void => {
      // what a key does may depend on how late it is
      this.#take({ kind: 'clock', now: this.#context.clock.now() }, message);
    };
    this.#screen.onKey(input);
    this.#screen.onMouse(input);
    this.#screen.onResize((size) => {
      this.#drawn = undefined;
      input({ kind: 'resize', size });
    });
    this.#draw();
    this.#take();
    try {
      await over;
    } finally {
      this.#isOver = true;
      this.#searching.abort();
      clearImmediate(this.#working);
      for (const timer of [this.#clock, this.#typing]) clearTimeout(timer);
      this.#stopDrawing();
      await this.#live?.close();
    }
  }

  /** Takes what has happened, then sees to what the model wants now. */
  #take(...messages: readonly Message[]): void {
    if (this.#isOver) return;
    try {
      const before = this.#model;
      for (const message of messages) this.#model = reduce(this.#model, message);
      if (this.#model.isOver) {
        this.#end();
        return;
      }
      if (this.#model !== before) this.#drawSoon();
      this.#see();
    } catch (error) {
      this.#end(error);
    }
  }

  /** Makes true what the model wants. */
  #see(): void {
    const before = this.#wants;
    const wants = wantsOf(this.#model);
    this.#wants = wants;
    if (before?.nth !== wants.nth) void this.#open(wants);
    if (wants.traces > 0 && before?.traces !== wants.traces) void this.#list();
    if ((before?.search ?? '') !== wants.search) this.#search(wants.search);
    if (wants.isBusy && this.#working === undefined) {
      this.#working = setImmediate(() => {
        this.#working = undefined;
        this.#take({ kind: 'work' });
      });
    }
    if (before === undefined || before.wakeAt !== wants.wakeAt) this.#wake(wants.wakeAt);
  }

  #wake(at: number | undefined): void {
    clearTimeout(this.#clock);
    const now = this.#context.clock.now();
    const wait = at === undefined ? CLOCK_MS : Math.max(at - now, at <= now ? 1 : 0);
    this.#clock = setTimeout(() => {
      this.#take({ kind: 'clock', now: this.#context.clock.now() });
      // told again also where nothing has changed
      this.#wake(this.#wants?.wakeAt);
    }, wait);
  }

  async #open({ trace, nth }: Wants): Promise<void> {
    const { bring } = this.#options;
    const isWanted = (): boolean => !this.#isOver && this.#wants?.nth === nth;
    try {
      await this.#live?.close();
      this.#live = undefined;
      if (nth === 1) await bring?.(trace);
      if (!isWanted()) return;
      const live = await openLive(this.#context, trace, {});
      if (!isWanted()) {
        await live.close();
        return;
      }
      this.#live = live;
      live.onChange(({ added, isRebuilt }) => {
        if (!isWanted()) return;
        const { items, faults } = live;
        this.#take(isRebuilt ? { kind: 'rebuilt', trace, items, faults } : { kind: 'added', trace, items: added, faults });
      });
      this.#take({ kind: 'opened', trace, items: live.items, faults: live.faults });
    } catch (error) {
      if (isWanted()) this.#take({ kind: 'failed', trace, reason: reasonOf(error) });
    }
  }

  async #list(): Promise<void> {
    try {
      // not needed for the first frame
      const { listTraces } = await import('./trace-list.ts');
      const rows: ListedRow[] = await listTraces(this.#context);
      rows.sort((a, b) => compare(b.end_time ?? '', a.end_time ?? '') || compare(a.trace, b.trace));
      this.#take({ kind: 'traces', rows });
    } catch (error) {
      this.#take({ kind: 'notice', text: `the traces cannot be listed: ${messageOf(error)}` });
    }
  }

  #search(text: string): void {
    this.#searching.abort();
    this.#searching = new AbortController();
    clearTimeout(this.#typing);
    if (text === '') return;
    const { signal } = this.#searching;
    const tell = (message: Message): void => this.#take(message);
    const look = async (): Promise<void> => {
      const { searchTraces } = await import('./tui-search.ts');
      const rows = this.#model.traces ?? [];
      await searchTraces(this.#context, text, rows, { signal, live: this.#live, tell: (searched) => tell({ kind: 'searched', searched }) });
    };
    this.#typing = setTimeout(() => {
      look().catch((error) => {
        if (!signal.aborted) tell({ kind: 'notice', text: `the search has ended: ${messageOf(error)}` });
      });
    }, TYPING_MS);
  }

  #drawSoon(): void {
    if (this.#drawing !== undefined) return;
    const wait = this.#drawnAt + FRAME_MS - performance.now();
    const draw = (): void => {
      this.#drawing = undefined;
      try {
        this.#draw();
      } catch (error) {
        this.#end(error);
      }
    };
    this.#drawing = wait > 0 ? setTimeout(draw, wait) : setImmediate(draw);
  }

  #stopDrawing(): void {
    if (this.#drawing === undefined) return;
    clearTimeout(this.#drawing as NodeJS.Timeout);
    clearImmediate(this.#drawing as NodeJS.Immediate);
  }

  #draw(): void {
    if (this.#model.redraws !== this.#redraws) this.#drawn = undefined;
    this.#redraws = this.#model.redraws;
    const lines = screenLines(this.#model);
    const text = frameOf(this.#drawn, lines);
    this.#drawn = lines;
    this.#drawnAt = performance.now();
    if (text !== '') this.#screen.write(text);
  }
}

function reasonOf(error: unknown): readonly string[] {
  return [
    messageOf(error),
    ...(isTraceError(error) ? error.hints.map((hint) => `hint: ${hint}`) : []),
    '',
    '4 lists the traces that are here',
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
