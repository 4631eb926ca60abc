/**
 * Stage 4, pushing: one extra `git push` for the traces concerned, fast-forward only. A rejection of whatever wording
 * means fetch, unite, again, a bounded number of times, then to this clone's inbox; what cannot be delivered is noted and stays.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isTraceError, type TraceError } from '../core/errors.ts';
import type { Oid, PushOutcome } from '../core/ports.ts';
import { describeTrace, inboxRef, journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { adoptTrace } from '../journal/link.ts';
import { knownWriter, ownWriter } from '../journal/writer.ts';
import { pushErasedArchives, rewrittenArchives } from './archives.ts';
import { contendedOf, noteContended } from './contended.ts';
import { adoptedBranches, fetchTraces, tracked } from './fetch.ts';
import { deliverToInbox, foldInboxes, type Inbox } from './inbox.ts';
import { integrate, type SyncPorts, united } from './integrate.ts';
import { attemptsOf, notePush, pendingFor } from './pending.ts';
import { pushAndTrack } from './track.ts';

const TRIES = 3;
/** Milliseconds after which a trace that was refused twice is not tried a third time: where all is slow, the inbox is sooner there. */
const PATIENCE_MS = 1_000;
/** Milliseconds of which a random part is waited before another try, doubled each time. */
const JITTER_MS = 60;
/** Traces that are tried each by itself after a remote refused several at once. */
const ALONE = 8;

/** `inbox`: the remote has it beside the journal, and the next sync, of whomever, folds it in. */
export type Delivered = 'sent' | 'up-to-date' | 'inbox';

export interface PushOptions {
  /**
   * Inboxes that were fetched, to be deleted once a journal that has their events is delivered. Where this is given, what
   * others deliver to inboxes meanwhile is folded too; otherwise only this clone's own is.
   */
  readonly inboxes?: readonly Inbox[];
  /** Do not even try the journal: for the many jobs of one build, which would only stand in each other's way. */
  readonly inboxOnly?: boolean;
  /** Whether somebody is told of what fails, asked when it has; yes unless said. What was not heard is news once more. */
  readonly isHeard?: () => boolean;
  /** Milliseconds within which the last try must begin. */
  readonly patience?: number;
  /** Something was erased here, so that what the remote has is to be replaced, with a lease. */
  readonly erased?: boolean;
}

export interface PushResult {
  /** Traces that the remote now has, with whether anything had to be sent. */
  readonly delivered: ReadonlyMap<TraceName, Delivered>;
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
export async function pushTraces(
  ports: SyncPorts,
  remote: string,
  traces: readonly TraceName[],
  options: PushOptions = {},
): Promise<PushResult> {
  const wanted = [...new Set(traces)];
  const push = new Push(ports, remote, options, options.erased ? wanted : []);
  if (options.inboxOnly) {
    await push.toInbox(wanted);
    await push.archives(wanted);
  } else {
    // who has just erased something has just looked, and must not give way to others
    if (!options.erased) await push.lookFirst(wanted);
    await push.deliver(wanted);
    await push.toInbox([...push.failed.keys()].filter((trace) => push.contended.has(trace)));
    await push.archives(wanted);
    await push.retire(wanted);
    noteContended(ports.files, ports.clock, remote, push.contended);
  }
  return note(ports, remote, push, options);
}

/** What a push comes to that is not even tried, since the remote has just failed to answer. Notes it as one. */
export function notPushed(ports: SyncPorts, remote: string, traces: readonly TraceName[], why: TraceError): Promise<PushResult> {
  return note(ports, remote, { delivered: new Map(), failed: new Map(traces.map((trace) => [trace, why.message])) }, {});
}

async function note(
  { files, clock }: SyncPorts,
  remote: string,
  { delivered, failed }: Pick<PushResult, 'delivered' | 'failed'>,
  { isHeard = () => true }: PushOptions,
): Promise<PushResult> {
  const news = await notePush(files, clock, remote, { delivered: [...delivered.keys()], failed, isHeard: isHeard() });
  return { delivered, failed, news };
}

class Push {
  readonly delivered = new Map<TraceName, Delivered>();
  readonly failed = new Map<TraceName, string>();
  /** Traces whose remote moved while they were tried. */
  readonly contended = new Set<TraceName>();
  readonly #ports: SyncPorts;
  readonly #remote: string;
  /** Traces that were refused, now or earlier: what their tracking refs say does not count. */
  readonly #doubted: Set<TraceName>;
  /** Traces that others were pushing a short while ago: looked at before they were pushed. */
  readonly #crowded = new Set<TraceName>();
  /** How often each trace was refused. */
  readonly #refusals = new Map<TraceName, number>();
  #inboxes: readonly Inbox[];
  /** Whether to look at everybody's inboxes; a plain push folds this clone's own. */
  readonly #isFolding: boolean;
  readonly #deadline: number;
  /** Inboxes that are in the local journals, by the ref that they have on the remote. */
  readonly #folded = new Map<string, Inbox>();
  /** Branch traces of the remote that are in the local journals, as they were then. */
  readonly #joined = new Map<string, Oid>();

  constructor(ports: SyncPorts, remote: string, { inboxes, patience = PATIENCE_MS }: PushOptions, doubted: readonly TraceName[]) {
    this.#ports = ports;
    this.#remote = remote;
    this.#inboxes = inboxes ?? [];
    this.#isFolding = inboxes !== undefined;
    this.#deadline = ports.clock.now() + patience;
    this.#doubted = new Set([...pendingFor(ports.files, remote), ...doubted]);
  }

  /** Takes in first what others have brought to where they were pushing a short while ago: a push without it would be refused. */
  async lookFirst(traces: readonly TraceName[]): Promise<void> {
    const { files, clock } = this.#ports;
    for (const trace of contendedOf(files, clock, this.#remote, traces)) this.#crowded.add(trace);
    await this.#catchUp([...this.#crowded]);
    noteContended(files, clock, this.#remote, this.contended);
    this.contended.clear(); // nothing of ours was refused yet
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
      const refused = (await this.#send(left)).filter((trace) => !this.#isSpent(trace)); // 1
      if (refused.length === 0) break;
      for (const trace of refused) this.#doubted.add(trace);
      // before looking, not after: what is fetched must not be stale already when the union of it is pushed
      if (attempt > 1) await this.#pause(attempt);
      const moved = await this.#catchUp(refused); // 2
      // somebody may be in the middle of a push, so that nothing has moved yet: that is worth one more try
      const again = refused.filter((trace) => moved.has(trace) || attempt === 1);
      if (left.length > 1) alone.push(...refused.filter((trace) => !again.includes(trace)));
      left = again;
      if (left.length > 0 && moved.size === 0) await this.#pause(attempt);
    }
    for (const trace of this.#inTurn(alone).slice(0, ALONE)) await this.#send([trace]); // 3
  }

  /** New ones as they were wanted, then those that were refused before, begun each time where the last push ended. */
  #inTurn(traces: readonly TraceName[]): TraceName[] {
    const attempts = (trace: TraceName): number => attemptsOf(this.#ports.files, this.#remote, trace);
    const fresh = traces.filter((trace) => attempts(trace) === 0);
    const old = traces.filter((trace) => attempts(trace) > 0).sort();
    const start = old.length === 0 ? 0 : (Math.max(...old.map(attempts)) * ALONE) % old.length;
    return [...fresh, ...old.slice(start), ...old.slice(0, start)];
  }

  async #pause(attempt: number): Promise<void> {
    await wait(this.#ports.random.fraction() * JITTER_MS * 2 ** attempt);
  }

  #isSpent(trace: TraceName): boolean {
    const refusals = this.#refusals.get(trace) ?? 0;
    if (refusals > 0 && this.#crowded.has(trace)) {
      // others were faster than a fetch and a push: the inbox is sooner there than another try
      this.contended.add(trace);
      return true;
    }
    const isLate = this.contended.has(trace) && this.#ports.clock.now() > this.#deadline;
    return refusals >= TRIES || (refusals === TRIES - 1 && isLate);
  }

  /** Delivers to this clone's inboxes, which nobody contends for. */
  async toInbox(traces: readonly TraceName[]): Promise<void> {
    for (const trace of traces) {
      try {
        const what = await deliverToInbox(this.#ports, this.#remote, trace);
        this.#arrived(trace, what === undefined ? 'up-to-date' : 'inbox');
      } catch (error) {
        if (!this.failed.has(trace) || !isTraceError(error)) this.#fail(trace, error);
      }
    }
  }

  /** Replaces archives on the remote that hold what was erased here. */
  async archives(traces: readonly TraceName[]): Promise<void> {
    const arrived = traces.filter((trace) => !this.failed.has(trace));
    for (const trace of await rewrittenArchives(this.#ports, this.#remote, arrived)) {
      const reason = await pushErasedArchives(this.#ports, this.#remote, trace);
      if (reason !== undefined) this.#fail(trace, `its archive: ${reason}`);
    }
  }

  /**
   * Deletes on the remote the branch traces and inboxes that have become part of these. Only once the trace that has
   * their events is delivered, and with a lease: what somebody added meanwhile is fetched, united and delivered first.
   */
  async retire(traces: readonly TraceName[]): Promise<void> {
    let left = traces;
    for (let attempt = 1; left.length > 0 && attempt <= TRIES; attempt++) {
      const old = new Map<string, { trace: TraceName; lease: Oid }>();
      const arrived = new Set(left.filter((name) => this.delivered.has(name) && this.delivered.get(name) !== 'inbox'));
      for (const trace of arrived)
        for (const { ref, oid } of await this.#adopted(trace)) if (this.#joined.get(ref) === oid) old.set(ref, { trace, lease: oid });
      for (const { trace, ref, oid } of this.#folded.values()) if (arrived.has(trace)) old.set(ref, { trace, lease: oid });
      let outcomes: readonly PushOutcome[];
      try {
        outcomes = await pushAndTrack(
          this.#ports,
          this.#remote,
          [...old].map(([ref, { lease }]) => ({ ref, oid: undefined, lease })),
        );
      } catch (error) {
        if (isTraceError(error)) return; // the events have arrived; the next push tries again
        throw error;
      }
      for (const { ref } of outcomes) this.#folded.delete(ref);
      const stale = outcomes.flatMap(({ ref, kind }) => (kind === 'rejected' ? (old.get(ref)?.trace ?? []) : []));
      const moved = await this.#catchUp(stale); // a remote that allows no deletion has not moved, and keeps its refs
      left = [...moved].filter((trace) => !this.#isSpent(trace));
      const before = new Map(this.delivered);
      await this.deliver(left);
      // what was not accepted now came from the remote: this clone's own events have arrived
      for (const trace of left) if (this.failed.has(trace)) this.#arrived(trace, before.get(trace) ?? 'sent');
    }
  }

  /** One `git push` of what the remote lacks; gives back the traces that were refused. */
  async #send(traces: readonly TraceName[]): Promise<TraceName[]> {
    const { refs } = this.#ports.repository;
    const sent = new Map<string, { trace: TraceName; oid: Oid; lease?: Oid }>();
    for (const trace of traces) {
      try {
        await this.#finishLinks(trace);
        for (const { ref, oid } of await this.#adopted(trace)) {
          await integrate(this.#ports, trace, oid, this.#remote, 'ours');
          this.#joined.set(ref, oid);
        }
        const { folded } = await foldInboxes(this.#ports, trace, await this.#inboxesOf(trace));
        for (const inbox of folded) this.#folded.set(inbox.ref, inbox);
      } catch (error) {
        this.#fail(trace, error);
        continue;
      }
      const ref = journalRef(trace);
      const [here, there] = await Promise.all([refs.get(ref), refs.get(trackingRef(this.#remote, ref))]);
      if (here === undefined || (here === there && !this.#doubted.has(trace))) this.#arrived(trace, 'up-to-date');
      else sent.set(ref, { trace, oid: here, ...(await this.#lease(trace, here, there)) });
    }
    let outcomes: readonly PushOutcome[];
    try {
      outcomes = await pushAndTrack(
        this.#ports,
        this.#remote,
        [...sent].map(([ref, { trace: _, ...update }]) => ({ ref, ...update })),
      );
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
        this.#refusals.set(trace, (this.#refusals.get(trace) ?? 0) + 1);
        refused.push(trace);
      }
    }
    return refused;
  }

  /**
   * The lease by which a journal takes the place of what a remote has: only where that holds what was erased here, and
   * nothing else that is not here. Not looked for before a push was refused, unless it has only one try.
   */
  async #lease(trace: TraceName, here: Oid, there: Oid | undefined): Promise<{ lease?: Oid }> {
    if (there === undefined || !(this.#doubted.has(trace) || this.#crowded.has(trace))) return {};
    try {
      const { oid, continues } = await united(this.#ports, here, there, journalRef(trace), this.#remote);
      return oid === here && !continues ? { lease: there } : {};
    } catch (error) {
      if (!isTraceError(error)) throw error;
      return {}; // then it is pushed as ever, and refused
    }
  }

  /** Fetches and unites what refused us. Gives back the traces for which another try makes sense: those whose remote has moved. */
  async #catchUp(traces: readonly TraceName[]): Promise<ReadonlySet<TraceName>> {
    if (traces.length === 0) return new Set();
    const journals = async (trace: TraceName): Promise<string> => JSON.stringify(await tracked(this.#ports, this.#remote, trace));
    const inboxes = (trace: TraceName): string => JSON.stringify(this.#inboxes.filter((inbox) => inbox.trace === trace));
    const before = await Promise.all(traces.map(async (trace) => ({ journals: await journals(trace), inboxes: inboxes(trace) })));
    let failed: ReadonlyMap<TraceName, TraceError> = new Map();
    try {
      const writer = this.#isFolding ? undefined : ownWriter(this.#ports.files, this.#ports.random);
      const fetched = await fetchTraces(this.#ports, this.#remote, traces, writer);
      failed = fetched.failed;
      this.#inboxes = [...this.#inboxes.filter(({ trace }) => !traces.includes(trace)), ...fetched.inboxes];
    } catch (error) {
      if (!isTraceError(error)) throw error;
      // the remote's refusal says more than that it cannot be reached now
      if (error.code !== 'remote-failed' && error.code !== 'no-remote') failed = new Map(traces.map((trace) => [trace, error]));
    }
    // what cannot be united is the better reason, unless the trace has arrived
    for (const [trace, error] of failed) if (!this.delivered.has(trace)) this.#fail(trace, error);
    const moved = new Set<TraceName>();
    for (const [i, trace] of traces.entries()) {
      const isContended = (await journals(trace)) !== before[i]?.journals;
      if (isContended && !failed.has(trace)) this.contended.add(trace);
      if (isContended || inboxes(trace) !== before[i]?.inboxes) moved.add(trace);
    }
    return moved;
  }

  /** Moves what is still under the name of a linked branch: who linked it died before, or was held up by another. */
  async #finishLinks(trace: TraceName): Promise<void> {
    const { repository, files } = this.#ports;
    for (const branch of await adoptedBranches(this.#ports, trace)) {
      if ((await repository.refs.get(journalRef(branch))) === undefined) continue;
      const unite = async (ours: Oid, theirs: Oid, ref: string): Promise<Oid> =>
        (await united(this.#ports, ours, theirs, ref, describeTrace(branch))).oid;
      await adoptTrace({ repository, files, unite }, branch, trace);
    }
  }

  /** The branch traces that became part of a trace, as last seen on the remote. */
  async #adopted(trace: TraceName): Promise<{ ref: string; oid: Oid }[]> {
    return (await tracked(this.#ports, this.#remote, trace)).filter(({ ref }) => ref !== journalRef(trace));
  }

  /** Inboxes of a trace that the remote is known to have. This clone's own one is looked for by its name, which costs no process. */
  async #inboxesOf(trace: TraceName): Promise<readonly Inbox[]> {
    const known = this.#inboxes.filter((inbox) => inbox.trace === trace);
    const writer = knownWriter(this.#ports.files);
    const ref = inboxRef(trace, writer ?? '');
    if (writer === undefined || known.some((inbox) => inbox.ref === ref)) return known;
    const oid = await this.#ports.repository.refs.get(trackingRef(this.#remote, ref));
    return oid === undefined ? known : [...known, { trace, ref, oid }];
  }

  #arrived(trace: TraceName, what: Delivered): void {
    this.failed.delete(trace);
    if (what !== 'inbox') this.#doubted.delete(trace);
    if (this.delivered.get(trace) !== 'sent') this.delivered.set(trace, what);
  }

  /** @throws what is no error of ours */
  #fail(trace: TraceName, why: unknown): void {
    if (typeof why !== 'string' && !isTraceError(why)) throw why;
    this.delivered.delete(trace);
    this.failed.set(trace, typeof why === 'string' ? why : why.message);
  }
}
