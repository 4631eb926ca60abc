/**
 * Takes batches for one repository: reads each as `git trace ingest` would, prepares its events as a flush would, drops
 * those that are known, and makes the others durable before it answers. The journal gets them a moment later, by the
 * flush, which finds the same ids; so a crash in between loses nothing and doubles nothing.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { type BatchItem, type BatchOptions, type Rejection, readBatch } from '../capture/batch.ts';
import type { JsonObject } from '../core/canonical.ts';
import type { DurableLog } from '../core/durable-log.ts';
import { busy, HttpRefusal, type Meter } from '../core/http.ts';
import type { TraceEvent } from '../core/line.ts';
import { splitLine } from '../core/split-line.ts';
import { timestamp } from '../core/time.ts';
import type { TraceName } from '../core/trace-name.ts';
import { commitWanted } from '../journal/complete.ts';
import type { FlushPorts } from '../journal/flush.ts';
import { type Preparation, type Prepared, type PrepareOptions, prepare } from '../journal/prepare.ts';
import { loadState } from '../journal/state.ts';
import { traceOf } from '../journal/trace-of.ts';
import { formatRecord, type Place, type SpoolRecord } from '../spool/record.ts';
import type { IngestAnswer } from './api.schema.ts';
import { type Flushed, Flusher } from './flusher.ts';
import { SeenIds } from './seen-ids.ts';

/** A repository as it is now: its configuration and policy may change while the server runs. */
export interface IngestPorts extends FlushPorts {
  /** Where events belong that name no place. */
  readonly place: Place;
  readonly developer: JsonObject;
}

export interface IngestOptions {
  readonly ports: () => Promise<IngestPorts>;
  /** A new file of the spool. */
  readonly log: DurableLog;
  readonly flush: (records: number, isAwaited: boolean) => Promise<Flushed>;
  readonly meter: Meter;
  /** Milliseconds of a clock that never jumps back. */
  readonly now: () => number;
  readonly limits: IngestLimits;
}

export interface IngestLimits {
  /** Events of one batch. */
  readonly events: number;
  /** Events that may wait for the journal. */
  readonly waiting: number;
  /** Bytes of a spool file, after which the next one is begun. */
  readonly file: number;
}

/** Makes records of what is no batch of ours. @throws bad-json, bad-batch */
export type Translate = (options: Pick<BatchOptions, 'place' | 'sha256' | 'now'>) => Promise<readonly SpoolRecord[]>;

/** Events prepared before others get their turn: about a millisecond. */
const TURN = 64;
/** Milliseconds after which they get it at any rate: an event may be a megabyte of what looks like secrets. */
const LONG = 5;
const FLUSH_QUIET = 1_000;
const FLUSH_LONGEST = 5_000;
const FLUSH_MANY = 20_000;
const MOST_OLD_FILES = 16;
/** Batches that are taken apart at a time. */
const READERS = 4;

/** An event that is to be kept, if nobody has it. */
interface Candidate {
  readonly id: string;
  readonly type: string;
  readonly trace: TraceName;
  readonly text: string;
}

interface Read {
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly Rejection[];
  readonly excluded: number;
}

export class Ingester {
  readonly flusher: Flusher;
  readonly #options: IngestOptions;
  readonly #seen = new SeenIds();
  readonly #queue: (() => void)[] = [];
  #reading = 0;
  #held: Readonly<Record<string, string>> = {};
  /** Spool files that are complete, to be removed once they are in the journals. */
  #old: string[] = [];

  constructor(options: IngestOptions) {
    this.#options = options;
    this.flusher = new Flusher({
      flush: options.flush,
      begin: () => this.#flushBegins(),
      told: (seconds, error) => {
        options.meter.observe('flush_duration_seconds', {}, seconds);
        if (error !== undefined) options.meter.add('flush_failures_total', {}, 1);
      },
      now: options.now,
      quiet: FLUSH_QUIET,
      longest: FLUSH_LONGEST,
      many: FLUSH_MANY,
    });
  }

  /** Events that wait for the journal. */
  get waiting(): number {
    return this.#seen.waiting;
  }

  /**
   * Takes a batch; resolves once what was new of it is durable.
   *
   * @param source its bytes, or what makes records of another format
   * @throws bad-json, bad-batch, too-large when nothing of it can be understood; disk-full, read-only; HttpRefusal where
   * the spool is behind
   */
  async take(source: Buffer | Translate): Promise<IngestAnswer> {
    const { limits, log, meter } = this.#options;
    if (this.waiting >= limits.waiting) throw busy('the journal is behind what came in; send this again later', 2);
    const ports = await this.#options.ports();
    const { candidates, rejected, excluded } = await this.#inTurn(() => this.#read(source, ports));
    const traces = new Set(candidates.map(({ trace }) => trace));
    for (const trace of traces) {
      const why = this.#held[trace];
      if (why === undefined) continue;
      // it may have been mended: the next flush tells
      this.flusher.noted(0);
      throw new HttpRefusal(503, 'held', ports.redactor.text(why).text, { headers: { 'retry-after': '5' } });
    }
    await this.#seen.refresh(ports, traces);
    // from here on without a pause, until what is new is on its way
    const fresh = new Map<TraceName, Set<string>>();
    const accepted: Candidate[] = [];
    const others = new Set<Promise<void>>();
    for (const candidate of candidates) {
      const { trace, id, type } = candidate;
      const ids = fresh.get(trace) ?? new Set();
      if (ids.has(id)) continue;
      const known = this.#seen.has(trace, id, type);
      if (known === false) {
        fresh.set(trace, ids.add(id));
        accepted.push(candidate);
      } else if (known !== true) others.add(known);
    }
    if (accepted.length > 0) {
      const written = log.append(accepted.map(({ text }) => text).join(''));
      this.#seen.take(fresh, written);
      await written;
      this.flusher.noted(accepted.length);
    }
    // a duplicate is told to be kept only when it is, though another request has brought it
    await Promise.all(others);
    const duplicate = candidates.length - accepted.length;
    for (const [outcome, count] of Object.entries({ accepted: accepted.length, duplicate, rejected: rejected.length, excluded }))
      meter.add('events_total', { outcome }, count);
    return {
      accepted: accepted.length,
      duplicate,
      ...(excluded === 0 ? {} : { excluded }),
      rejected: rejected.map((one) => ({ ...one, message: ports.redactor.text(one.message).text })),
      accepted_event_ids: accepted.map(({ id }) => id),
    };
  }

  /** Flushes what is left, and closes the file. */
  async close(): Promise<void> {
    await this.#options.log.close();
    await this.flusher.close();
    this.#removeOld(await this.#options.ports());
  }

  /** A few at a time: what is read of a batch takes many times the room of its bytes. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#reading >= READERS) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#reading++;
    try {
      return await work();
    } finally {
      // the place goes on to whoever waits, or is free
      const next = this.#queue.shift();
      if (next === undefined) this.#reading--;
      else next();
    }
  }

  async #read(source: Buffer | Translate, ports: IngestPorts): Promise<Read> {
    const { repository, redactor, policy, sha256, clock } = ports;
    const options = { name: 'the body', place: ports.place, developer: ports.developer, sha256, now: timestamp(clock.now()) };
    const items: BatchItem[] = [];
    for (const item of Buffer.isBuffer(source) ? readBatch(source, options) : itemsOf(await source(options))) {
      if (items.push(item) > this.#options.limits.events)
        throw new HttpRefusal(413, 'too-large', `the batch has more than ${this.#options.limits.events} events`, {
          hints: ['send it in parts; nothing of it was recorded'],
        });
      if (items.length % (4 * TURN) === 0) await breathe();
    }
    const commits = items.flatMap((item) => (item.kind === 'record' ? (commitWanted(item.record) ?? []) : []));
    const facts = commits.length === 0 ? new Map() : await repository.commitFacts(commits);
    const candidates: Candidate[] = [];
    const rejected: Rejection[] = [];
    const write = recordWriter();
    const { now } = this.#options;
    let excluded = 0;
    let since = now();
    for (const [i, item] of items.entries()) {
      if (i % TURN === TURN - 1 || now() - since > LONG) {
        await breathe();
        since = now();
      }
      if (item.kind === 'rejected') {
        rejected.push(item.rejection);
        continue;
      }
      const { record } = item;
      const preparation = prepareForGood(record, record.ts ?? options.now, { facts, redactor, policy, sha256 });
      if (preparation.kind === 'excluded') excluded++;
      else if (preparation.kind === 'bad') rejected.push({ index: item.index, code: 'bad-event', message: preparation.reason });
      else {
        const { id, event } = preparation.prepared;
        const text = write(record, preparation.session, preparation.prepared);
        candidates.push({ id, type: event.type, trace: traceOf(record, repository.config, sha256), text });
      }
    }
    return { candidates, rejected: rejected.sort((a, b) => a.index - b.index), excluded };
  }

  async #flushBegins(): Promise<(flushed: Flushed | undefined) => Promise<void>> {
    const { log, limits } = this.#options;
    const round = this.#seen.flushBegins();
    const size = log.size;
    return async (flushed) => {
      if (flushed === undefined) return;
      const ports = await this.#options.ports();
      await this.#seen.flushed(ports, round);
      this.#held = flushed.held;
      // nothing has come since: all of it is in the journals, and goes
      if (log.isIdle && log.size === size && size > limits.file / 8) log.rotate();
      this.#removeOld(ports);
    };
  }

  /** Removes complete files that are in the journals to their last byte. */
  #removeOld({ files }: FlushPorts): void {
    // one that cannot be flushed is left to whoever flushes when we are gone
    this.#old = [...this.#old, ...this.#options.log.takeComplete()].slice(-MOST_OLD_FILES);
    if (this.#old.length === 0) return;
    const { offsets } = loadState(files);
    this.#old = this.#old.filter((name) => {
      const size = files.stat(name)?.size;
      if (size === undefined) return false;
      if ((offsets[name.replace(/^spool\//, '')] ?? 0) < size) return true;
      files.remove(name);
      return false;
    });
  }
}

/** Preparations after which an event is what it will be; seldom more than one. */
const PASSES = 5;

/**
 * Prepares a record so that a flush, which prepares what is spooled once more, makes the same event of it. What was cut
 * may hold what looks like a secret only now, so that is looked at until nothing changes.
 */
export function prepareForGood(record: SpoolRecord, ts: string, options: PrepareOptions): Preparation {
  let last = prepare(record, ts, options);
  for (let pass = 1; pass < PASSES && last.kind === 'event'; pass++) {
    const { event, id } = last.prepared;
    if (event.payload['truncated'] === undefined && event.payload['redaction'] === undefined) return last;
    const next = prepare(spooled(record, last.session, event), event.ts, options);
    if (next.kind === 'event' && next.prepared.id === id) return last;
    last = next;
  }
  return last;
}

function* itemsOf(records: readonly SpoolRecord[]): Generator<BatchItem> {
  for (const [index, record] of records.entries()) yield { kind: 'record', index, record };
}

/**
 * Writes prepared records, each as `formatRecord` writes {@link spooled} but for the order inside its payload: that is taken
 * from the line as it stands there, and place and session are written once for those that share them.
 */
export function recordWriter(): (record: SpoolRecord, session: SpoolRecord['session'], prepared: Prepared) => string {
  let shared: { readonly place: Place; readonly session: SpoolRecord['session']; readonly text: string } | undefined;
  return (record, session, { event, line }) => {
    const payload = line === undefined ? undefined : splitLine(line)?.payload;
    // without a session of its own, or with members that are none of ours
    if (session === undefined || payload === undefined) return formatRecord(spooled(record, session, event));
    const { place } = record;
    if (shared?.place !== place || shared.session !== session)
      shared = { place, session, text: `\n{"place":${JSON.stringify(place)},"session":${JSON.stringify(session)}` };
    return `${shared.text},"type":"${event.type}","ts":"${event.ts}"${record.tsAssigned ? ',"tsAssigned":true' : ''},"payload":${payload}}\n`;
  };
}

/** A record with what was prepared in place of what was said: no secret is written anywhere, and a flush finds the same id. */
export function spooled(record: SpoolRecord, session: SpoolRecord['session'], event: TraceEvent): SpoolRecord {
  const { assigned: _assigned, payload, session: _session, ts, type, ...more } = event;
  return {
    place: record.place,
    ...(session === undefined ? {} : { session }),
    type,
    ts,
    ...(record.tsAssigned ? { tsAssigned: true } : {}),
    payload: payload as JsonObject, // it was made into a line
    ...(Object.keys(more).length === 0 ? {} : { more }),
  };
}
