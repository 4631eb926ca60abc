/**
 * Stage 4, pushing: one extra `git push` for the traces concerned, fast-forward only. A rejection of whatever wording
 * means fetch, unite, again, a bounded number of times; what cannot be delivered is noted and stays.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isTraceError, messageOf } from '../core/errors.ts';
import type { Oid, PushUpdate } from '../core/ports.ts';
import { journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { adoptedBranches, fetchTraces, integrate, type SyncPorts } from './fetch.ts';
import { notePushes } from './pending.ts';

const TRIES = 3;
/** Milliseconds of which a random part is waited before another try, doubled each time. */
const JITTER_MS = 60;

export interface PushResult {
  /** Traces that the remote now has, with whether anything had to be sent. */
  readonly delivered: ReadonlyMap<TraceName, 'sent' | 'up-to-date'>;
  /** Traces that it has not, and why. */
  readonly failed: ReadonlyMap<TraceName, string>;
  /** Of the failed ones, those that failed so for the first time. */
  readonly news: readonly TraceName[];
}

/** Pushes traces to a remote. Never throws for what the remote does: that is in the result and noted for `status`. */
export async function pushTraces(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<PushResult> {
  const delivered = new Map<TraceName, 'sent' | 'up-to-date'>();
  const failed = new Map<TraceName, string>();
  let left = [...new Set(traces)];
  for (let attempt = 1; left.length > 0; attempt++) {
    let rejected: Map<TraceName, string>;
    try {
      rejected = await pushOnce(ports, remote, left, delivered);
    } catch (error) {
      for (const trace of left) failed.set(trace, messageOf(error));
      break;
    }
    left = [...rejected.keys()];
    if (left.length === 0) break;
    const moved = attempt < TRIES ? await catchUp(ports, remote, left) : new Set<TraceName>();
    for (const [trace, reason] of rejected) {
      // somebody may be in the middle of a push, so that nothing has moved yet: that is worth one more try
      if (moved.has(trace) || attempt === 1) continue;
      failed.set(trace, reason);
      left = left.filter((other) => other !== trace);
    }
    await wait(ports.random.fraction() * JITTER_MS * 2 ** attempt);
  }
  const outcome = new Map<TraceName, string | undefined>([...[...delivered.keys()].map((trace) => [trace, undefined] as const), ...failed]);
  return { delivered, failed, news: notePushes(ports.files, ports.clock, remote, outcome) };
}

/** One `git push`; gives back what was rejected, with git's word for it. @throws remote-failed */
async function pushOnce(
  ports: SyncPorts,
  remote: string,
  traces: readonly TraceName[],
  delivered: Map<TraceName, 'sent' | 'up-to-date'>,
): Promise<Map<TraceName, string>> {
  const { refs } = ports.repository;
  const updates: PushUpdate[] = [];
  const sent = new Map<string, { trace: TraceName; oid: Oid | undefined }>();
  for (const trace of traces) {
    const old = await adoptRemote(ports, remote, trace);
    for (const { ref, oid } of old) updates.push({ ref, oid: undefined, lease: oid });
    const ref = journalRef(trace);
    const [here, there] = await Promise.all([refs.get(ref), refs.get(trackingRef(remote, ref))]);
    if (here === undefined || here === there) {
      if (old.length === 0) delivered.set(trace, 'up-to-date');
      else for (const { ref: name } of old) sent.set(name, { trace, oid: undefined });
      if (here === undefined || old.length === 0) continue;
    }
    updates.push({ ref, oid: here });
    sent.set(ref, { trace, oid: here });
  }
  const rejected = new Map<TraceName, string>();
  for (const outcome of await ports.repository.remote.push(remote, updates)) {
    const what = sent.get(outcome.ref);
    if (outcome.kind === 'rejected') {
      // a branch trace that somebody else wrote to meanwhile is adopted the next time
      if (what !== undefined) rejected.set(what.trace, outcome.reason);
      continue;
    }
    const tracking = trackingRef(remote, outcome.ref);
    const before = await refs.get(tracking);
    // git has moved it already, unless the remote is no more than a URL
    if (before !== what?.oid) await refs.update([{ name: tracking, before, after: what?.oid }]);
    if (what !== undefined) delivered.set(what.trace, outcome.kind === 'up-to-date' ? 'up-to-date' : 'sent');
  }
  for (const trace of rejected.keys()) delivered.delete(trace);
  return rejected;
}

/** Branch traces on the remote that were adopted by this one: united first, then to be deleted there, with lease. */
async function adoptRemote(ports: SyncPorts, remote: string, trace: TraceName): Promise<{ ref: string; oid: Oid }[]> {
  const found: { ref: string; oid: Oid }[] = [];
  for (const branch of adoptedBranches(ports, trace)) {
    const ref = journalRef(branch);
    const oid = await ports.repository.refs.get(trackingRef(remote, ref));
    if (oid === undefined) continue;
    await integrate(ports, trace, oid, remote);
    found.push({ ref, oid });
  }
  return found;
}

/** Fetches what rejected us. Gives back the traces for which another try makes sense: those whose remote has moved. */
async function catchUp(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<Set<TraceName>> {
  const { refs } = ports.repository;
  const tips = async (): Promise<Map<TraceName, Oid | undefined>> =>
    new Map(await Promise.all(traces.map(async (trace) => [trace, await refs.get(trackingRef(remote, journalRef(trace)))] as const)));
  const before = await tips();
  try {
    await fetchTraces(ports, remote, traces);
  } catch (error) {
    if (!isTraceError(error)) throw error;
    return new Set();
  }
  const after = await tips();
  return new Set(traces.filter((trace) => before.get(trace) !== after.get(trace)));
}
