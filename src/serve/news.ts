/**
 * Tells streams that there may be more of their trace. However many are open, the folder is watched once and each trace is
 * looked at once; only those are woken whose trace has changed. Runs while somebody listens.
 */
import type { TraceName } from '../core/trace-name.ts';

export interface NewsPorts {
  /** Begins to watch for what is recorded. */
  readonly watch: () => Watch;
  /** Puts what was recorded into the journals; never fails. */
  readonly settle: () => Promise<void>;
  /** Something that is another whenever there may be more of a trace. */
  readonly stamp: (trace: TraceName) => Promise<string>;
}

export interface Watch {
  /** Resolves when something may have come, at the latest after a moment. */
  changed(): Promise<void>;
  close(): void;
}

/** One who waits for news of a trace. */
export interface Listener {
  /** Resolves when there may be more than at the last time, or the time (ms) is over, or the signal is given. */
  changed(limit: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export class News {
  readonly #ports: NewsPorts;
  readonly #listeners = new Map<TraceName, Set<() => void>>();
  #running: Promise<void> | undefined;

  constructor(ports: NewsPorts) {
    this.#ports = ports;
  }

  /** Somebody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Begins to listen. */
  listen(trace: TraceName): Listener {
    let pending = false;
    let wake: (() => void) | undefined;
    const notice = (): void => {
      pending = true;
      wake?.();
    };
    this.#listeners.set(trace, (this.#listeners.get(trace) ?? new Set()).add(notice));
    this.#begin();
    return {
      changed: (limit, signal) =>
        new Promise((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            wake = undefined;
            pending = false;
            resolve();
          };
          const timer = setTimeout(done, limit);
          wake = done;
          signal.addEventListener('abort', done);
          if (pending || signal.aborted) done();
        }),
      close: () => {
        const others = this.#listeners.get(trace);
        others?.delete(notice);
        if (others?.size === 0) this.#listeners.delete(trace);
      },
    };
  }

  /** Resolves when nothing is watched any more: soon after the last one has closed. */
  async ended(): Promise<void> {
    await this.#running;
  }

  #begin(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // somebody may have come at the last moment
      if (this.isHeard) this.#begin();
    });
  }

  async #run(): Promise<void> {
    const { watch, settle, stamp } = this.#ports;
    const seen = new Map<TraceName, string>();
    const watching = watch();
    try {
      while (this.isHeard) {
        await settle();
        for (const [trace, listeners] of this.#listeners) {
          const now = await stamp(trace).catch(() => 'unread');
          // of one that was not looked at before nobody knows what its listeners have
          if (now !== seen.get(trace)) for (const notice of listeners) notice();
          seen.set(trace, now);
        }
        for (const trace of seen.keys()) if (!this.#listeners.has(trace)) seen.delete(trace);
        await watching.changed();
      }
    } finally {
      watching.close();
    }
  }
}
