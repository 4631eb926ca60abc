/**
 * Which events a repository has already, also those that were taken a moment ago and wait in the spool. To look and to
 * take is one step without a pause in between, so that of two requests with the same event one takes it.
 */
import { HOST_FACTS } from '../core/host.ts';
import type { Sha256 } from '../core/line.ts';
import type { Oid, Repository, TraceFiles } from '../core/ports.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { KnownIds } from '../journal/known-ids.ts';

export interface SeenPorts {
  readonly repository: Pick<Repository, 'refs' | 'objects'>;
  readonly files: TraceFiles;
  readonly sha256: Sha256;
}

/** Traces whose ids are kept at hand between flushes. */
const MOST_TRACES = 64;

/** Events that came together and wait. */
interface Waiting {
  readonly written: Promise<void>;
  /** Since which round of flushing they are durable; `undefined` while they are not. */
  round: number | undefined;
}

export class SeenIds {
  readonly #known = new Map<TraceName, { tip: Oid | undefined; ids: KnownIds }>();
  readonly #waiting = new Map<TraceName, Map<string, Waiting>>();
  readonly #loading = new Map<TraceName, Promise<void>>();
  #round = 0;

  /** Events that wait in the spool. */
  get waiting(): number {
    let count = 0;
    for (const ids of this.#waiting.values()) count += ids.size;
    return count;
  }

  /** Brings what the journals of these traces hold up to date; resolves when it is, for all at once. @throws unreadable-segment, bad-ref */
  async refresh(ports: SeenPorts, traces: Iterable<TraceName>): Promise<void> {
    const wanted = [...traces];
    for (let tries = 0; tries < 3; tries++) {
      for (const trace of wanted) await this.#load(ports, trace);
      // a flush that ended meanwhile may have dropped one
      if (wanted.every((trace) => this.#known.has(trace))) return;
    }
  }

  /** One after the other, or an older state could take the place of a newer one. */
  #load(ports: SeenPorts, trace: TraceName): Promise<void> {
    const before = this.#loading.get(trace) ?? Promise.resolve();
    const load = before
      .catch(() => {}) // whoever asked was told
      .then(async () => {
        const tip = await ports.repository.refs.get(journalRef(trace));
        const known = this.#known.get(trace);
        if (known !== undefined && known.tip === tip) return;
        const ids = await KnownIds.load(ports.files, trace, ports.repository.objects, tip, ports.sha256);
        this.#known.set(trace, { tip, ids });
      });
    this.#loading.set(trace, load);
    const forget = (): void => {
      if (this.#loading.get(trace) === load) this.#loading.delete(trace);
    };
    load.then(forget, forget);
    return load;
  }

  /**
   * Whether an event is there already: `false` for no, `true` for yes, and a promise where it was taken by another
   * request and is not durable yet. The trace must have been refreshed just now.
   */
  has(trace: TraceName, id: string, type: string): boolean | Promise<void> {
    const waiting = this.#waiting.get(trace)?.get(id);
    if (waiting !== undefined) return waiting.round === undefined ? waiting.written : true;
    return this.#known.get(trace)?.ids.has(id, HOST_FACTS.has(type)) ?? false;
  }

  /** Takes events that are being written; should that fail, they were never there. */
  take(taken: ReadonlyMap<TraceName, ReadonlySet<string>>, written: Promise<void>): void {
    const together: Waiting = { written, round: undefined };
    for (const [trace, taking] of taken) {
      const ids = this.#waiting.get(trace) ?? new Map<string, Waiting>();
      for (const id of taking) ids.set(id, together);
      this.#waiting.set(trace, ids);
    }
    written.then(
      () => {
        together.round = this.#round;
      },
      () => {
        for (const [trace, taking] of taken) for (const id of taking) this.#waiting.get(trace)?.delete(id);
      },
    );
  }

  /** A flush begins: it takes all that is durable by now. */
  flushBegins(): number {
    return this.#round++;
  }

  /** A flush has ended well: what it took is in the journals, which are looked at before it is forgotten here. */
  async flushed(ports: SeenPorts, round: number): Promise<void> {
    for (const [trace, ids] of this.#waiting) {
      await this.#load(ports, trace);
      for (const [id, { round: since }] of ids) if (since !== undefined && since <= round) ids.delete(id);
      if (ids.size === 0) this.#waiting.delete(trace);
    }
    if (this.#known.size <= MOST_TRACES) return;
    for (const trace of this.#known.keys()) if (!this.#waiting.has(trace)) this.#known.delete(trace);
  }
}
