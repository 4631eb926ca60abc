/**
 * Stage 4, archiving: puts the traces of closed pull requests into one ref a month, so that the refs of a repository are
 * about as many as its open pull requests. Nothing is deleted before the archive that holds it was delivered.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isTraceError } from '../core/errors.ts';
import type { Oid, PushUpdate } from '../core/ports.ts';
import { FORMAT, FORMAT_FILE } from '../core/segment.ts';
import { archiveRef, isNumbered, journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { readCommit, Tree } from '../journal/tree.ts';
import { archiveLease, dropArchived, fetchArchives } from './archives.ts';
import { fetchTraces, tracked } from './fetch.ts';
import type { Inbox } from './inbox.ts';
import type { SyncPorts } from './integrate.ts';
import { reviseRef } from './revise.ts';
import { pushAndTrack } from './track.ts';
import { uniteTrees } from './unite.ts';

/** Rounds of fetching, uniting and pushing; there is no inbox to fall back on, so more than for a journal. */
const TRIES = 6;
/** Milliseconds of which a random part is waited before another round, doubled each time. */
const JITTER_MS = 60;
/** Months looked through for a trace that may have been archived before; with more all archives are fetched. */
const MOST_MONTHS = 24;

export interface ToArchive {
  readonly trace: TraceName;
  /** When the pull request was closed, as `2026-11`, UTC. */
  readonly month: string;
  /** When it was opened; no archive before that can hold it. */
  readonly since?: string;
}

export interface ArchiveResult {
  /** Traces that are in an archive now and nowhere else, with its month. */
  readonly archived: ReadonlyMap<TraceName, string>;
  /** Those that could not be archived, and why; nothing of them is lost. */
  readonly failed: ReadonlyMap<TraceName, string>;
}

/**
 * Archives traces, in rounds until none is left:
 *
 * 1. fetch and unite the traces, with their inboxes, and the archives in which they are or will be;
 * 2. put each journal into its archive: into the month in which it is already, else into the one given;
 * 3. push the archives; on a rejection begin again;
 * 4. delete what the remote has of the traces, with leases: what came meanwhile is archived in the next round;
 * 5. delete the local journals.
 *
 * Whoever dies between two of these leaves the trace in two places, and the next run goes on from there.
 *
 * @param remote a name or a URL; `undefined` where there is none
 * @throws locked, disk-full, read-only
 */
export async function archiveTraces(ports: SyncPorts, remote: string | undefined, wanted: readonly ToArchive[]): Promise<ArchiveResult> {
  const archiving = new Archiving(ports, remote);
  let left: readonly ToArchive[] = wanted.filter(({ trace }) => isNumbered(trace));
  for (const { trace } of wanted) if (!isNumbered(trace)) archiving.failed.set(trace, 'only traces of pull requests are archived');
  for (let attempt = 1; left.length > 0; attempt++) {
    left = await archiving.round(left);
    if (attempt === TRIES) break;
    if (left.length > 0) await wait(ports.random.fraction() * JITTER_MS * 2 ** Math.min(attempt, 4));
  }
  const { archived, failed } = archiving;
  return { archived, failed };
}

class Archiving {
  readonly archived = new Map<TraceName, string>();
  readonly failed = new Map<TraceName, string>();
  readonly #ports: SyncPorts;
  readonly #remote: string | undefined;

  constructor(ports: SyncPorts, remote: string | undefined) {
    this.#ports = ports;
    this.#remote = remote;
  }

  /** @returns those for which another round makes sense */
  async round(wanted: readonly ToArchive[]): Promise<readonly ToArchive[]> {
    const inboxes = await this.#fetch(wanted); // 1
    const ready = wanted.filter(({ trace }) => !this.failed.has(trace));
    const months = new Map<TraceName, string>();
    for (const item of ready) {
      const month = await this.#put(item); // 2
      if (month !== undefined) months.set(item.trace, month);
      else this.failed.set(item.trace, 'there is no trace of it');
    }
    const put = ready.filter(({ trace }) => months.has(trace));
    const refused = await this.#push(put, months); // 3
    const safe = put.filter((item) => !refused.includes(item));
    const stale = await this.#deleteThere(safe, inboxes); // 4
    const left = [...refused, ...stale];
    for (const item of safe.filter((one) => !stale.includes(one))) {
      const { trace } = item;
      if (await dropArchived(this.#ports, trace))
        this.#done(trace, months.get(trace) ?? ''); // 5
      else {
        this.failed.set(trace, 'its journal kept growing');
        left.push(item);
      }
    }
    return left;
  }

  async #fetch(wanted: readonly ToArchive[]): Promise<readonly Inbox[]> {
    for (const { trace } of wanted) this.failed.delete(trace);
    if (this.#remote === undefined) return [];
    try {
      const { failed, inboxes } = await fetchTraces(
        this.#ports,
        this.#remote,
        wanted.map(({ trace }) => trace),
      );
      for (const [trace, error] of failed) this.failed.set(trace, error.message);
      const months = wanted.map(monthsOf);
      const known = months.some((list) => list === undefined) ? undefined : [...new Set(months.flatMap((list) => list ?? []))];
      await fetchArchives(this.#ports, this.#remote, known);
      return inboxes;
    } catch (error) {
      for (const { trace } of wanted) this.#fail(trace, error);
      return [];
    }
  }

  /** Puts the local journal of a trace into its archive. @returns the month; `undefined` where there is neither */
  async #put({ trace, month: given }: ToArchive): Promise<string | undefined> {
    const { repository, sha256 } = this.#ports;
    const [before] = await archivedIn(repository.objects, await localArchives(repository), trace);
    const tip = await repository.refs.get(journalRef(trace));
    if (tip === undefined) return before?.month;
    const month = before?.month ?? given;
    await reviseRef(this.#ports, archiveRef(month), async ({ layer, batch, tree }) => {
      const root = tree === undefined ? new Tree(layer) : await Tree.load(layer, tree);
      const journal = (await readCommit(layer, tip)).tree;
      const mine = await root.folder(trace);
      let isRoot = false;
      if (mine === undefined) root.graft(trace, journal);
      else isRoot = (await uniteTrees(layer, batch, mine, await Tree.load(layer, journal), sha256)).outdated.ours;
      if (root.file(FORMAT_FILE) === undefined) await root.put(FORMAT_FILE, batch.add('blob', Buffer.from(`${FORMAT}\n`)));
      return { tree: root.write(batch), subject: `chore(trace): archive ${trace}`, isRoot, result: undefined };
    });
    return month;
  }

  /** One push of all archives concerned. @returns the traces that are in one that was refused */
  async #push(put: readonly ToArchive[], months: ReadonlyMap<TraceName, string>): Promise<readonly ToArchive[]> {
    const remote = this.#remote;
    if (remote === undefined) return [];
    const { refs } = this.#ports.repository;
    const updates: PushUpdate[] = [];
    for (const month of new Set(months.values())) {
      const ref = archiveRef(month);
      const [here, there] = await Promise.all([refs.get(ref), refs.get(trackingRef(remote, ref))]);
      if (here !== undefined && here !== there) updates.push({ ref, oid: here, ...(await archiveLease(this.#ports, here, there)) });
    }
    try {
      const outcomes = await pushAndTrack(this.#ports, remote, updates);
      const reasons = new Map(outcomes.flatMap(({ ref, kind, reason }) => (kind === 'rejected' ? [[ref, reason] as const] : [])));
      return put.filter(({ trace }) => {
        const reason = reasons.get(archiveRef(months.get(trace) ?? ''));
        if (reason !== undefined) this.failed.set(trace, reason);
        return reason !== undefined;
      });
    } catch (error) {
      for (const { trace } of put) this.#fail(trace, error);
      return put;
    }
  }

  /** Deletes the refs of archived traces on the remote, as they were fetched. @returns those of which something has moved */
  async #deleteThere(safe: readonly ToArchive[], inboxes: readonly Inbox[]): Promise<readonly ToArchive[]> {
    const remote = this.#remote;
    if (remote === undefined) return [];
    const old = new Map<string, { item: ToArchive; lease: Oid }>();
    for (const item of safe) {
      const folded = inboxes.filter(({ trace }) => trace === item.trace);
      for (const { ref, oid } of [...(await tracked(this.#ports, remote, item.trace)), ...folded]) old.set(ref, { item, lease: oid });
    }
    try {
      const updates = [...old].map(([ref, { lease }]) => ({ ref, oid: undefined, lease }));
      const outcomes = await pushAndTrack(this.#ports, remote, updates);
      const stale = new Set<ToArchive>();
      for (const { ref, kind, reason } of outcomes) {
        const item = old.get(ref)?.item;
        if (kind !== 'rejected' || item === undefined) continue;
        stale.add(item);
        this.failed.set(item.trace, reason);
      }
      return [...stale];
    } catch (error) {
      for (const { trace } of safe) this.#fail(trace, error);
      return safe;
    }
  }

  #done(trace: TraceName, month: string): void {
    this.failed.delete(trace);
    this.archived.set(trace, month);
  }

  /** @throws what is no error of ours */
  #fail(trace: TraceName, error: unknown): void {
    if (!isTraceError(error)) throw error;
    this.failed.set(trace, error.message);
  }
}

/**
 * The months from a pull request's opening to its closing; `undefined` where they are unknown or many.
 *
 * @example
 * monthsOf({ trace: '42', month: '2027-01', since: '2026-11' }) // ['2026-11', '2026-12', '2027-01']
 */
export function monthsOf({ month, since }: ToArchive): readonly string[] | undefined {
  if (since === undefined) return undefined;
  const [first, last] = [indexOf(since), indexOf(month)];
  if (last - first >= MOST_MONTHS) return undefined;
  if (last < first) return [month];
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const index = first + i;
    return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
  });
}

function indexOf(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}
