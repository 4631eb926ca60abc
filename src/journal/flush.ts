/**
 * Stage 3: takes what waits in the spool into the journals, by one compare-and-swap of all their refs. One flusher at a
 * time by a lock; what others spool meanwhile goes with the next. Whatever dies, no event is lost and none is doubled.
 */
import { fail } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { Clock, CommitFacts, Random, RefChange, Repository, TraceFiles } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { quarantine, readSpool, SPOOL, type SpoolRound, type Taken } from '../spool/read.ts';
import { KnownIds } from './known-ids.ts';
import { prepare, traceOf } from './prepare.ts';
import { loadState, saveState, settle } from './state.ts';
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
}

export interface Fate {
  readonly id: string;
  readonly accepted: boolean;
  /** Why the record is in quarantine instead. */
  readonly reason?: string;
}

export interface FlushResult {
  /** Records that were waiting. */
  readonly pending: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
  /** Traces that got new events, with how many. */
  readonly traces: ReadonlyMap<TraceName, number>;
  /** Of the watched file, in its order. */
  readonly fates: readonly Fate[];
}

/**
 * Flushes the spool.
 *
 * @throws locked when another flusher holds the lock for longer than `wait`; disk-full, read-only, newer-format,
 * unreadable-segment, git-failed: then everything still waits in the spool
 */
export async function flush(ports: FlushPorts, options: FlushOptions): Promise<FlushResult> {
  const lock = await ports.files.lock(FLUSH_LOCK, options.wait);
  if (lock === undefined)
    throw fail('locked', 'another process is writing the journal', ['run the command again; what was recorded waits in the spool']);
  try {
    return await new Flush(ports, options).run();
  } finally {
    lock.release();
  }
}

class Flush {
  readonly #ports: FlushPorts;
  readonly #options: FlushOptions;
  readonly #traces = new Map<TraceName, number>();
  readonly #fates: Fate[] = [];
  #pending = 0;
  #accepted = 0;
  #duplicate = 0;
  #quarantined = 0;

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
      traces: this.#traces,
      fates: this.#fates,
    };
  }

  /** 1 settle, 2 read, 3 prepare, 4 write objects, 5 save the intent, 6 swap, 7 forget the spool. */
  async #round(): Promise<boolean> {
    const { repository, files, clock } = this.#ports;
    const saved = loadState(files);
    const state = await settle(saved, repository.refs, repository.objects); // 1
    const round = readSpool(files, clock, state.offsets, this.#options.finished ?? new Set()); // 2
    this.#quarantined += round.quarantined;
    this.#pending += round.taken.length + round.quarantined;
    if (round.taken.length === 0) {
      if (round.quarantined > 0 || saved.intent !== undefined || round.done.length > 0) this.#forget(round);
      return round.more;
    }
    const groups = await this.#group(round.taken); // 3
    for (let attempt = 1; ; attempt++) {
      const written = await this.#write(groups); // 4
      saveState(files, { offsets: state.offsets, intent: { changes: written.changes, offsets: round.offsets } }, true); // 5
      if ((await repository.refs.update(written.changes)) === 'done') {
        // 6
        await this.#reread(written.changes);
        for (const keep of written.keep) keep();
        break;
      }
      if (attempt === TRIES)
        throw fail('locked', 'the journal kept changing under the flush', ['run the command again; what was recorded waits in the spool']);
    }
    this.#forget(round); // 7
    return round.more;
  }

  /** Sorts records into traces, in the order in which they happened; what is no event goes to quarantine. */
  async #group(taken: readonly Taken[]): Promise<Map<TraceName, (Incoming & { fate: number | undefined })[]>> {
    const { repository, redactor, sha256, files, clock } = this.#ports;
    const commits = taken.flatMap(({ record }) =>
      record.type === 'commit' && record.payload['message'] === undefined ? [String(record.payload['sha'])] : [],
    );
    const facts: ReadonlyMap<string, CommitFacts> = commits.length === 0 ? new Map() : await repository.commitFacts(commits);
    const groups = new Map<TraceName, (Incoming & { fate: number | undefined })[]>();
    for (const { file, record, ts } of inOrder(taken)) {
      const fate = file === this.#options.watch ? this.#fates.push({ id: '', accepted: false }) - 1 : undefined;
      const preparation = prepare(record, ts, facts, redactor, sha256);
      if (preparation.kind === 'bad') {
        const text = JSON.stringify(record);
        quarantine(files, clock, file, sha256(text.toWellFormed()).slice(0, 16), text, preparation.reason);
        this.#quarantined++;
        if (fate !== undefined) this.#fates[fate] = { id: '', accepted: false, reason: preparation.reason };
        continue;
      }
      const trace = traceOf(record, repository.config, sha256);
      const group = groups.get(trace) ?? [];
      group.push({ prepared: preparation.prepared, session: record.session, fate });
      groups.set(trace, group);
    }
    return groups;
  }

  async #write(
    groups: ReadonlyMap<TraceName, (Incoming & { fate: number | undefined })[]>,
  ): Promise<{ changes: RefChange[]; keep: (() => void)[] }> {
    const { repository, files, clock, sha256 } = this.#ports;
    const { objects, refs } = repository;
    const batch = objects.batch();
    const changes: RefChange[] = [];
    const keep: (() => void)[] = [];
    const [origin, identity] = await Promise.all([this.#ports.origin(), repository.identity()]);
    for (const [trace, incoming] of groups) {
      const ref = journalRef(trace);
      const before = await refs.get(ref);
      const known = await KnownIds.load(files, trace, objects, before, sha256);
      const { tip, accepted, lines } = await writeTrace(incoming, {
        objects,
        batch,
        known,
        origin,
        identity,
        ref,
        before,
        now: clock.now(),
      });
      if (tip !== undefined) changes.push({ name: ref, before, after: tip });
      keep.push(() => {
        if (tip !== undefined) {
          known.save(files, trace, tip);
          this.#traces.set(trace, (this.#traces.get(trace) ?? 0) + lines);
        }
        for (const [i, { prepared, fate }] of incoming.entries()) {
          const isNew = accepted[i] === true;
          if (isNew) this.#accepted++;
          else this.#duplicate++;
          if (fate !== undefined) this.#fates[fate] = { id: prepared.id, accepted: isNew };
        }
      });
    }
    await batch.write();
    return { changes, keep };
  }

  /** Looks through git whether what was swapped is there; only then may the spool forget it. */
  async #reread(changes: readonly RefChange[]): Promise<void> {
    const { refs } = this.#ports.repository;
    for (const { name, after } of changes) {
      const now = await refs.get(name);
      if (now === undefined || after === undefined)
        throw fail('internal', `'${name}' is gone right after it was written`, ['what was recorded is still in the spool']);
    }
  }

  #forget(round: SpoolRound): void {
    const { files } = this.#ports;
    const offsets = { ...round.offsets };
    for (const file of round.done) {
      files.remove(`${SPOOL}/${file}`);
      delete offsets[file];
    }
    saveState(files, { offsets }, false);
  }
}

/** Records by the time they happened; those of one file keep their order whatever their clock said. */
function inOrder(taken: readonly Taken[]): readonly Taken[] {
  const latest = new Map<string, string>();
  let sorted = true;
  let before = '';
  const keyed = taken.map((item) => {
    const last = latest.get(item.file) ?? '';
    const key = item.ts > last ? item.ts : last;
    latest.set(item.file, key);
    sorted &&= key >= before;
    before = key;
    return { item, key };
  });
  if (sorted) return taken;
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}
