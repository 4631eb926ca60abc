/**
 * Stage 3: takes what waits in the spool into the journals, by one compare-and-swap of all their refs. One flusher at a
 * time by a lock; what others spool meanwhile goes with the next. Whatever dies, no event is lost and none is doubled.
 */
import { fail, isTraceError, type TraceError } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { Policy } from '../core/policy.ts';
import type { Clock, CommitFacts, Identity, ObjectBatch, Oid, Random, RefChange, Repository, TraceFiles } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { boundQuarantine, quarantine } from '../spool/quarantine.ts';
import { byTurn, type Offsets, readSpool, SPOOL, type SpoolRound, type Taken } from '../spool/read.ts';
import { reopened } from './archive.ts';
import { commitWanted } from './complete.ts';
import { KnownIds } from './known-ids.ts';
import { prepare } from './prepare.ts';
import { loadState, saveState, settle } from './state.ts';
import { traceOf } from './trace-of.ts';
import { type Incoming, type Origin, writeTrace } from './trace-writer.ts';

export const FLUSH_LOCK = 'flush.lock';
const TRIES = 10;

export interface FlushPorts {
  readonly repository: Repository;
  readonly files: TraceFiles;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly redactor: Redactor;
  /** What may be recorded at all. */
  readonly policy: Policy;
  /** The records with what else follows from them, such as the results of tests that a command has left. */
  readonly derive?: (taken: readonly Taken[]) => Promise<readonly Taken[]>;
  /** What this clone says of itself; asked only when there is something to write. */
  readonly origin: () => Promise<Origin>;
}

export interface FlushOptions {
  /** Milliseconds to wait for another flusher. */
  readonly wait: number;
  /** Spool files whose producer has written its last record. */
  readonly finished?: ReadonlySet<string>;
  /** A spool file whose records' fate is wanted, one by one. */
  readonly watch?: string;
  /** Spools the watched records; called under the lock, or another flusher might take them and their fate with them. */
  readonly fill?: () => void;
}

export interface Fate {
  readonly id: string;
  readonly outcome: 'accepted' | 'duplicate' | 'excluded' | 'quarantined' | 'waiting';
  /** Why the record is in quarantine. */
  readonly reason?: string;
  /** Why it waits in the spool: its trace cannot be written. */
  readonly error?: TraceError;
}

/** A trace that cannot be written, and why; its events wait in the spool. */
export interface HeldTrace {
  readonly error: TraceError;
  readonly events: number;
}

export interface FlushResult {
  /** Records that were waiting. */
  readonly pending: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
  /** Records that the policy leaves out. */
  readonly excluded: number;
  /** Traces that got new events, with how many. */
  readonly traces: ReadonlyMap<TraceName, number>;
  readonly held: ReadonlyMap<TraceName, HeldTrace>;
  /** Of the watched file, in its order. */
  readonly fates: readonly Fate[];
  /** Swaps that somebody else was faster with. */
  readonly retries: number;
}

/**
 * Flushes the spool. A trace whose journal cannot be read, or is of a newer format, is held back: its events stay in the
 * spool, the others are written all the same.
 *
 * @throws locked when another flusher holds the lock for longer than `wait`; disk-full, read-only, git-failed: then
 * everything still waits in the spool
 */
export async function flush(ports: FlushPorts, options: FlushOptions): Promise<FlushResult> {
  const lock = await ports.files.lock(FLUSH_LOCK, options.wait);
  if (lock === undefined) {
    options.fill?.();
    throw fail('locked', 'another process is writing the journal', ['run the command again; what was recorded waits in the spool']);
  }
  try {
    options.fill?.();
    const result = await new Flush(ports, options).run();
    if (result.quarantined > 0) boundQuarantine(ports.files);
    return result;
  } finally {
    lock.release();
  }
}

/** What is the matter with one trace and no other. */
const OF_ONE_TRACE: ReadonlySet<string> = new Set(['unreadable-segment', 'newer-format', 'bad-ref']);

/** An event on its way into a journal, with where it came from. */
interface Waiting extends Incoming {
  readonly file: string;
  /** Its place in the fates, where it is watched. */
  readonly fate: number | undefined;
}

type Groups = ReadonlyMap<TraceName, readonly Waiting[]>;

/** One attempt: what the refs are to become, what to note down once they are that, and the traces left out. */
interface Written {
  readonly changes: readonly RefChange[];
  readonly keep: readonly (() => void)[];
  readonly held: ReadonlyMap<TraceName, TraceError>;
}

class Flush {
  readonly #ports: FlushPorts;
  readonly #options: FlushOptions;
  readonly #traces = new Map<TraceName, number>();
  readonly #held = new Map<TraceName, HeldTrace>();
  readonly #fates: Fate[] = [];
  /** Files with events of held traces, and from where on they stay in the spool: what stands behind it is read again. */
  readonly #kept = new Map<string, number>();
  /** How far this run has read; ahead of what is saved for the files that are kept. */
  #readTo: Offsets = {};
  /** Of the round before, so that a long spool does not read them again and again. */
  readonly #known = new Map<TraceName, { tip: Oid; ids: KnownIds }>();
  #pending = 0;
  #accepted = 0;
  #duplicate = 0;
  #quarantined = 0;
  #excluded = 0;
  #retries = 0;

  constructor(ports: FlushPorts, options: FlushOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async run(): Promise<FlushResult> {
    for (let more = true; more; ) more = await this.#round();
    return {
      pending: this.#pending,
      accepted: this.#accepted,
      duplicate: this.#duplicate,
      quarantined: this.#quarantined,
      excluded: this.#excluded,
      traces: this.#traces,
      held: this.#held,
      fates: this.#fates,
      retries: this.#retries,
    };
  }

  /** 1 settle, 2 read, 3 prepare, 4 write objects, 5 save the intent, 6 swap, 7 forget the spool. */
  async #round(): Promise<boolean> {
    const { repository, files } = this.#ports;
    const { offsets } = await settle(loadState(files), repository.refs, repository.objects); // 1
    const before = { ...offsets, ...this.#readTo };
    const round = readSpool(this.#ports, before, this.#options.finished ?? new Set()); // 2
    this.#readTo = round.offsets;
    this.#quarantined += round.quarantined;
    this.#pending += round.taken.length + round.quarantined;
    const groups = await this.#group((await this.#ports.derive?.(round.taken)) ?? round.taken); // 3
    for (let attempt = 1; round.taken.length > 0; attempt++) {
      const written = await this.#write(groups); // 4
      for (const trace of written.held.keys()) this.#keep(groups.get(trace) ?? [], before);
      const { changes } = written;
      if (changes.length > 0) saveState(files, { offsets, intent: { changes, offsets: this.#safe(round) } }, true); // 5
      if ((await repository.refs.update(changes)) === 'done') {
        // 6
        await this.#reread(changes);
        for (const keep of written.keep) keep();
        this.#hold(written.held, groups);
        break;
      }
      this.#retries++;
      if (attempt === TRIES)
        throw fail('locked', 'the journal kept changing under the flush', ['run the command again; what was recorded waits in the spool']);
    }
    this.#forget(round); // 7
    return round.more;
  }

  /** Sorts records into traces, in the order in which they happened; what is no event goes to quarantine. */
  async #group(taken: readonly Taken[]): Promise<Groups> {
    const { repository, redactor, policy, sha256 } = this.#ports;
    const commits = taken.flatMap(({ record }) => commitWanted(record) ?? []);
    const facts: ReadonlyMap<string, CommitFacts> = commits.length === 0 ? new Map() : await repository.commitFacts(commits);
    const groups = new Map<TraceName, Waiting[]>();
    for (const { file, record, ts } of inOrder(taken)) {
      const fate = file === this.#options.watch ? this.#fates.push({ id: '', outcome: 'waiting' }) - 1 : undefined;
      const preparation = prepare(record, ts, { facts, redactor, policy, sha256 });
      if (preparation.kind === 'excluded') {
        this.#excluded++;
        if (fate !== undefined) this.#fates[fate] = { id: '', outcome: 'excluded' };
        continue;
      }
      if (preparation.kind === 'bad') {
        const text = JSON.stringify(record);
        quarantine(this.#ports, file, sha256(text.toWellFormed()).slice(0, 16), text, preparation.reason);
        this.#quarantined++;
        if (fate !== undefined) this.#fates[fate] = { id: '', outcome: 'quarantined', reason: preparation.reason };
        continue;
      }
      const trace = traceOf(record, repository.config, sha256);
      const group = groups.get(trace) ?? [];
      group.push({ prepared: preparation.prepared, session: preparation.session, file, fate });
      groups.set(trace, group);
    }
    return groups;
  }

  async #write(groups: Groups): Promise<Written> {
    const { repository } = this.#ports;
    const batch = repository.objects.batch();
    const changes: RefChange[] = [];
    const keep: (() => void)[] = [];
    const held = new Map<TraceName, TraceError>();
    const [origin, identity] = await Promise.all([this.#ports.origin(), repository.identity()]);
    for (const [trace, incoming] of groups) {
      try {
        const { change, noteDown } = await this.#writeTrace(trace, incoming, batch, origin, identity);
        if (change !== undefined) changes.push(change);
        keep.push(noteDown);
      } catch (error) {
        if (!isTraceError(error) || !OF_ONE_TRACE.has(error.code)) throw error;
        held.set(trace, notWritten(trace, error));
      }
    }
    await batch.write();
    return { changes, keep, held };
  }

  async #writeTrace(
    trace: TraceName,
    incoming: readonly Waiting[],
    batch: ObjectBatch,
    origin: Origin,
    identity: Identity,
  ): Promise<{ change: RefChange | undefined; noteDown: () => void }> {
    const { repository, files, clock, sha256 } = this.#ports;
    const { objects, refs } = repository;
    const ref = journalRef(trace);
    const before = await refs.get(ref);
    // an archived trace goes on from what it was: the sessions of this clone must not begin again at 1
    const from = before ?? (await reopened(repository, trace, identity, clock.now()));
    const kept = this.#known.get(trace);
    const known = kept?.tip === from && kept !== undefined ? kept.ids : await KnownIds.load(files, trace, objects, from, sha256);
    // a swap that is lost leaves it with ids that are in no journal
    this.#known.delete(trace);
    const written = await writeTrace(incoming, { objects, batch, known, origin, identity, ref, before: from, now: clock.now() });
    const { tip, accepted, lines } = written;
    return {
      change: tip === undefined ? undefined : { name: ref, before, after: tip },
      noteDown: () => {
        const now = tip ?? before;
        if (now !== undefined) {
          known.save(files, trace, now);
          this.#known.set(trace, { tip: now, ids: known });
        }
        if (tip !== undefined) this.#traces.set(trace, (this.#traces.get(trace) ?? 0) + lines);
        for (const [i, { prepared, fate }] of incoming.entries()) {
          const isNew = accepted[i] === true;
          if (isNew) this.#accepted++;
          else this.#duplicate++;
          if (fate !== undefined) this.#fates[fate] = { id: prepared.id, outcome: isNew ? 'accepted' : 'duplicate' };
        }
      },
    };
  }

  /** Leaves the files of these events in the spool. What else of them is in a journal by then is a duplicate the next time. */
  #keep(incoming: readonly Waiting[], before: Offsets): void {
    for (const { file } of incoming) if (!this.#kept.has(file)) this.#kept.set(file, before[file] ?? 0);
  }

  #hold(held: ReadonlyMap<TraceName, TraceError>, groups: Groups): void {
    for (const [trace, error] of held) {
      const incoming = groups.get(trace) ?? [];
      this.#held.set(trace, { error, events: (this.#held.get(trace)?.events ?? 0) + incoming.length });
      for (const { prepared, fate } of incoming) if (fate !== undefined) this.#fates[fate] = { id: prepared.id, outcome: 'waiting', error };
    }
  }

  /** Looks through git whether what was swapped is there; only then may the spool forget it. */
  async #reread(changes: readonly RefChange[]): Promise<void> {
    const { refs, objects } = this.#ports.repository;
    for (const { name, after } of changes) {
      const now = await refs.get(name);
      const stands = after !== undefined && now !== undefined && (await objects.isAncestor(after, now));
      if (!stands || (await objects.read(after)) === undefined)
        throw fail('internal', `'${name}' is gone right after it was written`, ['what was recorded is still in the spool']);
    }
  }

  /** How far each file is in the journals once this round is. */
  #safe(round: SpoolRound): Offsets {
    return { ...round.offsets, ...Object.fromEntries(this.#kept) };
  }

  #forget(round: SpoolRound): void {
    const { files } = this.#ports;
    const offsets: Record<string, number> = { ...this.#safe(round) };
    for (const file of round.done) {
      // one that has grown is not done: a process in another container lives although nobody here sees it
      if (this.#kept.has(file) || files.stat(`${SPOOL}/${file}`)?.size !== offsets[file]) continue;
      files.remove(`${SPOOL}/${file}`);
      delete offsets[file];
    }
    const held = Object.fromEntries([...this.#held].map(([trace, { error }]) => [trace, error.message]));
    saveState(files, this.#held.size === 0 ? { offsets } : { offsets, held }, false);
  }
}

function notWritten(trace: TraceName, cause: TraceError): TraceError {
  const ref = journalRef(trace);
  const hints = ['what was recorded for it waits in the spool; other traces are written', ...cause.hints];
  if (cause.code === 'newer-format') return fail(cause.code, cause.message, hints, { cause });
  return fail(
    cause.code,
    `cannot write to '${ref}': ${cause.message}`,
    [...hints, `'git fsck' names the damaged file; once that is removed, 'git fetch --refetch <remote> ${ref}' brings it again`],
    { cause },
  );
}

/** Records by the time they happened; those of one file keep their order whatever their clock said. */
export function inOrder(taken: readonly Taken[]): readonly Taken[] {
  const latest = new Map<string, string>();
  let sorted = true;
  let before = { key: '', file: '' };
  const keyed = taken.map((item) => {
    const last = latest.get(item.file) ?? '';
    const key = item.ts > last ? item.ts : last;
    latest.set(item.file, key);
    sorted &&= key > before.key || (key === before.key && byTurn(before.file, item.file) <= 0);
    before = { key, file: item.file };
    return { item, key };
  });
  if (sorted) return taken;
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : byTurn(a.item.file, b.item.file))).map(({ item }) => item);
}
