/**
 * When the spool goes into the journals: when nothing came for a moment, at last after some seconds, at once when much has
 * come or somebody wants to read. One flush at a time; one that failed is tried again after a pause that grows.
 */
import { messageOf } from '../core/errors.ts';

/** What a flush did. */
export interface Flushed {
  /** Traces that cannot be written, and why. */
  readonly held: Readonly<Record<string, string>>;
}

export interface FlusherOptions {
  /** Puts what waits into the journals. @param records about how many; @param isAwaited somebody waits for it */
  readonly flush: (records: number, isAwaited: boolean) => Promise<Flushed>;
  /** Is told before and after each flush. `end` may wait for what follows from it. */
  readonly begin: () => Promise<(flushed: Flushed | undefined) => Promise<void>>;
  /** Is told how long each took, and why it failed. */
  readonly told: (seconds: number, error: string | undefined) => void;
  /** Milliseconds of a clock that never jumps back. */
  readonly now: () => number;
  /** Milliseconds without an event after which those that came are flushed. */
  readonly quiet: number;
  /** Milliseconds that an event waits at most: a flush takes time from those that come. */
  readonly longest: number;
  /** Records that are flushed at once. */
  readonly many: number;
}

/** Milliseconds between tries. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

export class Flusher {
  readonly #options: FlusherOptions;
  #records = 0;
  /** When the first of those came that wait. */
  #since: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failures = 0;
  #error: string | undefined;
  #closed = false;
  #isAwaited = false;

  constructor(options: FlusherOptions) {
    this.#options = options;
  }

  /** Records that came since the last flush began. */
  get records(): number {
    return this.#records;
  }

  /** Why the last flush failed, if it did. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Something is durable in the spool. */
  noted(records: number): void {
    this.#records += records;
    if (this.#failures > 0 || this.#closed) return;
    if (this.#records >= this.#options.many) this.#quietly();
    else this.#schedule();
  }

  /** Resolves once all that was noted before is in the journals. @throws what the flush throws */
  async flushed(): Promise<void> {
    if (this.#records === 0 && this.#running === undefined) return;
    this.#isAwaited = true;
    await this.#run();
  }

  /** Flushes a last time, if there is anything. @throws what the flush throws */
  async close(): Promise<void> {
    this.#closed = true;
    this.#isAwaited = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
    if (this.#records > 0 || this.#failures > 0) await this.#run();
  }

  /** Flushes after a quiet moment, counted anew from now. */
  #schedule(): void {
    const { now, quiet, longest } = this.#options;
    this.#since ??= now();
    clearTimeout(this.#timer);
    this.#later(Math.min(quiet, Math.max(0, this.#since + longest - now())));
  }

  #later(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#quietly();
    }, delay);
  }

  #quietly(): void {
    this.#run().catch(() => {}); // it is told, and tried again
  }

  /** A flush that begins from now on; those who ask while one runs share the next. */
  #run(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#since = undefined;
    const { now, flush, begin, told } = this.#options;
    const started = now();
    const end = await begin();
    const records = this.#records;
    this.#records = 0;
    const isAwaited = this.#isAwaited;
    this.#isAwaited = false;
    try {
      const flushed = await flush(records, isAwaited);
      await end(flushed);
      this.#failures = 0;
      this.#error = undefined;
      told((now() - started) / 1_000, undefined);
    } catch (error) {
      await end(undefined);
      this.#records += records;
      this.#error = messageOf(error);
      told((now() - started) / 1_000, this.#error);
      clearTimeout(this.#timer);
      if (!this.#closed) this.#later(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++));
      throw error;
    }
    if (this.#records >= this.#options.many && !this.#closed) setTimeout(() => this.#quietly(), 0);
    else if (this.#records > 0 && !this.#closed) this.#schedule();
  }
}
