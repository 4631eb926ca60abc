/**
 * Stage 4, pushing: one extra `git push` for the traces concerned, fast-forward only. A rejection of whatever wording
 * means fetch, unite, again, a bounded number of times; what cannot be delivered is noted and stays.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isTraceError, type TraceError } from '../core/errors.ts';
import type { Oid, PushOutcome, PushUpdate } from '../core/ports.ts';
import { journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { fetchTraces, tracked } from './fetch.ts';
import { integrate, type SyncPorts } from './integrate.ts';
import { notePushes, pendingFor } from './pending.ts';

const TRIES = 3;
/** Milliseconds of which a random part is waited before another try, doubled each time. */
const JITTER_MS = 60;
/** Traces that are tried each by itself after a remote refused several at once. */
const ALONE = 8;

export interface PushResult {
  /** Traces that the remote now has, with whether anything had to be sent. */
  readonly delivered: ReadonlyMap<TraceName, 'sent' | 'up-to-date'>;
  /** Traces that it has not, and why. */
  readonly failed: ReadonlyMap<TraceName, string>;
  /** Of the failed ones, those that failed so for the first time. */
  readonly news: readonly TraceName[];
}

/**
 * Pushes traces to a remote. Never throws for what the remote does: that is in the result and noted for `status`.
 *
 * @param remote a name or a URL
 * @param traces the most wanted first: if the remote refuses many at once, not all of them are tried alone
 */
export async function pushTraces(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<PushResult> {
  const push = new Push(ports, remote);
  const wanted = [...new Set(traces)];
  await push.deliver(wanted);
  await push.retire(wanted);
  const { delivered, failed } = push;
  return { delivered, failed, news: notePushes(ports.files, ports.clock, remote, [...delivered.keys()], failed) };
}

class Push {
  readonly delivered = new Map<TraceName, 'sent' | 'up-to-date'>();
  readonly failed = new Map<TraceName, string>();
  readonly #ports: SyncPorts;
  readonly #remote: string;
  /** Traces that were refused, now or earlier: what their tracking refs say does not count. */
  readonly #doubted: Set<TraceName>;

  constructor(ports: SyncPorts, remote: string) {
    this.#ports = ports;
    this.#remote = remote;
    this.#doubted = new Set(Object.keys(pendingFor(ports.files, remote)));
  }

  /**
   * 1. all in one push;
   * 2. what was refused: fetched, united, pushed again, as long as the remote moves and the tries last;
   * 3. what was refused although nothing had moved: each by itself, since one of them may be why all were refused.
   */
  async deliver(traces: readonly TraceName[]): Promise<void> {
    const alone: TraceName[] = [];
    let left = traces;
    for (let attempt = 1; left.length > 0; attempt++) {
      const refused = await this.#send(left); // 1
      if (attempt === TRIES || refused.length === 0) break;
      const moved = await this.#catchUp(refused); // 2
      // somebody may be in the middle of a push, so that nothing has moved yet: that is worth one more try
      const again = refused.filter((trace) => moved.has(trace) || attempt === 1);
      if (left.length > 1) alone.push(...refused.filter((trace) => !again.includes(trace)));
      left = again;
      if (left.length > 0) await wait(this.#ports.random.fraction() * JITTER_MS * 2 ** attempt);
    }
    for (const trace of alone.slice(0, ALONE)) await this.#send([trace]); // 3
  }

  /**
   * Deletes on the remote the branch traces that have become part of these. Only once the trace that has their events is
   * delivered, and with a lease: what somebody added meanwhile is fetched, united and delivered first.
   */
  async retire(traces: readonly TraceName[]): Promise<void> {
    let left = traces;
    for (let attempt = 1; left.length > 0 && attempt <= TRIES; attempt++) {
      const old = new Map<string, { trace: TraceName; lease: Oid }>();
      for (const trace of left.filter((name) => this.delivered.has(name))) {
        for (const { ref, oid } of await this.#adopted(trace)) old.set(ref, { trace, lease: oid });
      }
      let outcomes: readonly PushOutcome[];
      try {
        outcomes = await this.#push([...old].map(([ref, { lease }]) => ({ ref, oid: undefined, lease })));
      } catch (error) {
        if (isTraceError(error)) return; // the events have arrived; the next push tries again
        throw error;
      }
      const stale = outcomes.flatMap(({ ref, kind }) => (kind === 'rejected' ? (old.get(ref)?.trace ?? []) : []));
      left = [...(await this.#catchUp(stale))]; // a remote that allows no deletion has not moved, and keeps its refs
      await this.deliver(left);
    }
  }

  /** One `git push` of what the remote lacks; gives back the traces that were refused. */
  async #send(traces: readonly TraceName[]): Promise<TraceName[]> {
    const { refs } = this.#ports.repository;
    const sent = new Map<string, { trace: TraceName; oid: Oid }>();
    for (const trace of traces) {
      try {
        for (const { oid } of await this.#adopted(trace)) await integrate(this.#ports, trace, oid, this.#remote);
      } catch (error) {
        this.#fail(trace, error);
        continue;
      }
      const ref = journalRef(trace);
      const [here, there] = await Promise.all([refs.get(ref), refs.get(trackingRef(this.#remote, ref))]);
      if (here === undefined || (here === there && !this.#doubted.has(trace))) this.#arrived(trace, 'up-to-date');
      else sent.set(ref, { trace, oid: here });
    }
    let outcomes: readonly PushOutcome[];
    try {
      outcomes = await this.#push([...sent].map(([ref, { oid }]) => ({ ref, oid })));
    } catch (error) {
      for (const { trace } of sent.values()) this.#fail(trace, error);
      return [];
    }
    const refused: TraceName[] = [];
    for (const { ref, kind, reason } of outcomes) {
      const trace = sent.get(ref)?.trace;
      if (trace === undefined) continue;
      if (kind !== 'rejected') this.#arrived(trace, kind === 'ok' ? 'sent' : kind);
      else {
        this.#fail(trace, reason);
        refused.push(trace);
      }
    }
    return refused;
  }

  /** Pushes and sees to the tracking refs. @throws remote-failed, no-remote */
  async #push(updates: readonly PushUpdate[]): Promise<readonly PushOutcome[]> {
    if (updates.length === 0) return [];
    const { refs, remote } = this.#ports.repository;
    const outcomes = await remote.push(this.#remote, updates);
    for (const { ref, kind } of outcomes) {
      if (kind === 'rejected') continue;
      const name = trackingRef(this.#remote, ref);
      const before = await refs.get(name);
      const after = updates.find((update) => update.ref === ref)?.oid;
      // git has moved it already, unless the remote is no more than a URL
      if (before === after) continue;
      try {
        await refs.update([{ name, before, after }]);
      } catch (error) {
        if (!isTraceError(error)) throw error; // a fetch will put it right; until then the trace is pushed once more
      }
    }
    return outcomes;
  }

  /** Fetches and unites what refused us. Gives back the traces for which another try makes sense: those whose remote has moved. */
  async #catchUp(traces: readonly TraceName[]): Promise<ReadonlySet<TraceName>> {
    if (traces.length === 0) return new Set();
    for (const trace of traces) this.#doubted.add(trace);
    const seen = async (trace: TraceName): Promise<string> => JSON.stringify(await tracked(this.#ports, this.#remote, trace));
    const before = await Promise.all(traces.map(seen));
    let failed: ReadonlyMap<TraceName, TraceError> = new Map();
    try {
      failed = (await fetchTraces(this.#ports, this.#remote, traces)).failed;
    } catch (error) {
      if (!isTraceError(error)) throw error;
      // the remote's refusal says more than that it cannot be reached now
      if (error.code !== 'remote-failed' && error.code !== 'no-remote') failed = new Map(traces.map((trace) => [trace, error]));
    }
    // what cannot be united is the better reason, unless the trace has arrived
    for (const [trace, error] of failed) if (!this.delivered.has(trace)) this.#fail(trace, error);
    const after = await Promise.all(traces.map(seen));
    return new Set(traces.filter((_, i) => before[i] !== after[i]));
  }

  /** The branch traces that became part of a trace, as last seen on the remote. */
  async #adopted(trace: TraceName): Promise<{ ref: string; oid: Oid }[]> {
    return (await tracked(this.#ports, this.#remote, trace)).filter(({ ref }) => ref !== journalRef(trace));
  }

  #arrived(trace: TraceName, what: 'sent' | 'up-to-date'): void {
    this.failed.delete(trace);
    if (this.delivered.get(trace) !== 'sent') this.delivered.set(trace, what);
  }

  /** @throws what is no error of ours */
  #fail(trace: TraceName, why: unknown): void {
    if (typeof why !== 'string' && !isTraceError(why)) throw why;
    this.delivered.delete(trace);
    this.failed.set(trace, typeof why === 'string' ? why : why.message);
  }
}
