/**
 * Stage 4, fetching: brings a remote's traces into tracking refs and unites them with what is here. Never writes a
 * fetched ref over a local one: that would silently discard events that were not pushed yet.
 */
import { fail } from '../core/errors.ts';
import type { Sha256 } from '../core/line.ts';
import type { Clock, Oid, Random, Repository, TraceFiles } from '../core/ports.ts';
import { branchTrace, journalRef, TRACES, type TraceName, trackingRef } from '../core/trace-name.ts';
import { commitObject } from '../journal/commit.ts';
import { FLUSH_LOCK } from '../journal/flush.ts';
import { formatOf, loadRoot, refuseNewer } from '../journal/read.ts';
import { uniteTrees } from './unite.ts';

export interface SyncPorts {
  readonly repository: Repository;
  readonly files: TraceFiles;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha256: Sha256;
}

/** What uniting did to the local journal. */
export type Integration = 'nothing' | 'unchanged' | 'fast-forward' | 'united';

const TRIES = 10;

/**
 * Fetches traces by name and unites each with the local one.
 *
 * @returns what became of each; `nothing` where neither side has it
 * @throws remote-failed, no-remote, unreadable-segment, newer-format, locked
 */
export async function fetchTraces(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<Map<TraceName, Integration>> {
  const { repository } = ports;
  const sources = new Map(traces.map((trace) => [trace, [trace, ...adoptedBranches(ports, trace)]]));
  const names = new Set([...sources.values()].flat());
  await repository.remote.fetch(
    remote,
    // with the slash a server sends only this trace's refs, not those of 420 with those of 42
    [...names].map((name) => `+${TRACES}${name}/*:${trackingRef(remote, `${TRACES}${name}/*`)}`),
  );
  const done = new Map<TraceName, Integration>();
  for (const [trace, from] of sources) {
    let result: Integration = 'nothing';
    for (const source of from) {
      const theirs = await repository.refs.get(trackingRef(remote, journalRef(source)));
      if (theirs === undefined) continue;
      const step = await integrate(ports, trace, theirs, remote);
      if (result === 'nothing' || result === 'unchanged') result = step;
    }
    if (result === 'nothing' && (await repository.refs.get(journalRef(trace))) !== undefined) result = 'unchanged';
    done.set(trace, result);
  }
  return done;
}

/** The branch traces that have become part of a pull request's trace, by the links in the configuration. */
export function adoptedBranches(ports: SyncPorts, trace: TraceName): TraceName[] {
  const branches = ports.repository.config
    .entries('branch.')
    .flatMap(([key, value]) => (key.endsWith('.trace') && value === trace ? [key.slice('branch.'.length, -'.trace'.length)] : []));
  return [...new Set(branches)].map((branch) => branchTrace(branch, ports.sha256));
}

/**
 * Unites a journal's commit with the local journal of a trace:
 *
 * 1. nothing here: the local ref names their commit;
 * 2. theirs is in ours: nothing to do; ours is in theirs: fast-forward;
 * 3. both have grown: the union of the trees becomes a commit whose only parent is theirs, so that pushing it is a
 *    fast-forward and history stays linear.
 *
 * @throws unreadable-segment, newer-format, locked
 */
export async function integrate(ports: SyncPorts, trace: TraceName, theirs: Oid, from: string): Promise<Integration> {
  const { repository, files } = ports;
  const lock = await files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) throw fail('locked', 'another process is writing the journal', ['run the command again; nothing is lost']);
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const ref = journalRef(trace);
      const ours = await repository.refs.get(ref);
      const next = await united(ports, ours, theirs, ref, from);
      if (next.oid === ours) return 'unchanged';
      if ((await repository.refs.update([{ name: ref, before: ours, after: next.oid }])) === 'done') return next.kind;
    }
  } finally {
    lock.release();
  }
  throw fail('locked', `'${journalRef(trace)}' kept changing under the union`, ['run the command again; nothing is lost']);
}

/** The commit that holds both journals, by the three cases of {@link integrate}. Its objects are written, no ref is moved. */
export async function united(
  ports: SyncPorts,
  ours: Oid | undefined,
  theirs: Oid,
  ref: string,
  from: string,
): Promise<{ oid: Oid; kind: Integration }> {
  const { objects } = ports.repository;
  if (ours === undefined) return { oid: theirs, kind: 'fast-forward' }; // 1
  if (await objects.isAncestor(theirs, ours)) return { oid: ours, kind: 'unchanged' }; // 2
  if (await objects.isAncestor(ours, theirs)) return { oid: theirs, kind: 'fast-forward' };
  const [mine, other] = await Promise.all([loadRoot(objects, ours), loadRoot(objects, theirs)]); // 3
  for (const root of [mine, other]) refuseNewer(await formatOf(objects, root), ref);
  const batch = objects.batch();
  const { forkedWriters } = await uniteTrees(objects, batch, mine, other, ports.sha256);
  const subject = `chore(trace): unite with ${from.replace(/[\p{Cc}]/gu, '').slice(0, 100)}`;
  const commit = commitObject(mine.write(batch), theirs, await ports.repository.identity(), Math.floor(ports.clock.now() / 1000), subject);
  const oid = batch.add('commit', commit);
  await batch.write();
  renameForkedWriter(ports, forkedWriters);
  return { oid, kind: 'united' };
}

/** A copied `.git` writes to the paths of its original; the copy that notices takes a new name for what it writes next. */
function renameForkedWriter({ files, random }: SyncPorts, forked: ReadonlySet<string>): void {
  const own = files.read('writer')?.toString('utf8').trim();
  if (own !== undefined && forked.has(own)) files.replace('writer', `${random.hex(8)}\n`, { durable: true });
}
