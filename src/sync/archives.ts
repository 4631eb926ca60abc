/**
 * Stage 4, archives of remotes: fetches `refs/traces/archive/<yyyy-mm>` and unites them with those that are here, folder by
 * folder. A local journal of which an archive holds everything is not kept twice.
 */
import { isTraceError } from '../core/errors.ts';
import type { GitObjects, ObjectBatch, Oid, PushUpdate } from '../core/ports.ts';
import { ARCHIVE, archiveMonth, archiveRef, isNumbered, journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { FLUSH_LOCK } from '../journal/flush.ts';
import { formatOf, loadRoot, refuseNewer } from '../journal/read.ts';
import { readCommit, Tree } from '../journal/tree.ts';
import { parentOf, type SyncPorts } from './integrate.ts';
import { Layer } from './layer.ts';
import { revise, reviseRef } from './revise.ts';
import { pushAndTrack } from './track.ts';
import { type Outdated, uniteTrees } from './unite.ts';
import { wholeTrace } from './whole.ts';

/** Pushes of an archive that was rewritten. */
const TRIES = 4;

/**
 * Fetches the archives of months; one that the remote has not is no failure.
 *
 * @param months `undefined` for all of them
 * @throws remote-failed, no-remote, unreadable-segment, newer-format
 */
export async function fetchArchives(ports: SyncPorts, remote: string, months: readonly string[] | undefined): Promise<void> {
  const { refs } = ports.repository;
  // a pattern that fits nothing is no error, a name that is not there is one
  const wanted = months?.map((month) => `${archiveRef(month)}*`) ?? [`${ARCHIVE}*`];
  await ports.repository.remote.fetch(
    remote,
    wanted.map((ref) => `+${ref}:${trackingRef(remote, ref.slice(0, -1))}*`),
  );
  const top = trackingRef(remote, ARCHIVE);
  for (const { name, oid } of await refs.list([top])) {
    const month = archiveMonth(`${ARCHIVE}${name.slice(top.length)}`);
    if (month !== undefined && (months?.includes(month) ?? true)) await integrateArchive(ports, month, oid);
  }
}

/**
 * Looks for traces in the archives of a remote, from the newest month on until all are found; of those that were looked
 * through, all becomes local.
 *
 * @returns those that were found
 * @throws remote-failed, no-remote, unreadable-segment, newer-format
 */
export async function findArchived(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<ReadonlySet<TraceName>> {
  const found = new Set<TraceName>();
  const there = await ports.repository.remote.list(remote, [`${ARCHIVE}*`]);
  const months = there.flatMap(({ name }) => archiveMonth(name) ?? []).sort();
  for (const month of months.reverse()) {
    await fetchArchives(ports, remote, [month]);
    const here = (await localArchives(ports.repository)).filter(({ name }) => name === archiveRef(month));
    for (const trace of traces) if ((await archivedIn(ports.repository.objects, here, trace)).length > 0) found.add(trace);
    if (found.size === traces.length) break;
  }
  return found;
}

/**
 * Puts what archives here hold of a trace into its local journal, if there is one: a clone that did not know of the archive
 * began it anew, and whoever fetches that has no reason to look for more.
 *
 * @returns whether the journal got anything
 * @throws locked, unreadable-segment, newer-format
 */
export async function rejoinArchived(ports: SyncPorts, trace: TraceName): Promise<boolean> {
  const { repository } = ports;
  if (!isNumbered(trace) || (await repository.refs.get(journalRef(trace))) === undefined) return false;
  const archived = await archivedIn(repository.objects, await localArchives(repository), trace);
  if (archived.length === 0) return false;
  const { moved } = await revise(ports, trace, async ({ layer, batch, tree: before }) => {
    let tree = before;
    let isRoot = false;
    for (const { tree: other } of before === undefined ? [] : archived) {
      const root = await Tree.load(layer, tree ?? other);
      isRoot = (await uniteTrees(layer, batch, root, await Tree.load(layer, other), ports.sha256)).outdated.ours || isRoot;
      tree = root.write(batch);
    }
    return { tree, subject: `chore(trace): go on from archive ${archived[0]?.month}`, isRoot, result: undefined };
  });
  return moved;
}

/**
 * Fetches every archive of a remote from a month on.
 *
 * @throws remote-failed, no-remote, unreadable-segment, newer-format
 */
export async function fetchArchivesSince(ports: SyncPorts, remote: string, since: string): Promise<void> {
  const there = await ports.repository.remote.list(remote, [`${ARCHIVE}*`]);
  const months = there.flatMap(({ name }) => archiveMonth(name) ?? []).filter((month) => month >= since);
  if (months.length > 0) await fetchArchives(ports, remote, months);
}

/**
 * Deletes the local journal of a trace if archives that are here hold all of it.
 *
 * @returns whether there is none any more
 */
export async function dropArchived(ports: SyncPorts, trace: TraceName): Promise<boolean> {
  const { repository, files } = ports;
  const ref = journalRef(trace);
  if (!isNumbered(trace)) return false;
  const lock = await files.lock(FLUSH_LOCK, 30_000);
  if (lock === undefined) return false; // the next time, then
  try {
    const before = await repository.refs.get(ref);
    if (before === undefined) return true;
    const archives = await localArchives(repository);
    const [whole, archived] = [
      await wholeTrace(ports, trace, { archives }),
      await wholeTrace(ports, trace, { archives, archivedOnly: true }),
    ];
    if (archived === undefined || whole?.tip !== before) return false;
    if (whole.root.write(whole.objects.batch()) !== archived.root.write(archived.objects.batch())) return false;
    return (await repository.refs.update([{ name: ref, before, after: undefined }])) === 'done';
  } catch (error) {
    if (!isTraceError(error)) throw error;
    return false; // it is kept, which loses nothing
  } finally {
    lock.release();
  }
}

/** Makes one archive of the local one and one that was fetched, as journals are united: on top of theirs. */
async function integrateArchive(ports: SyncPorts, month: string, theirs: string): Promise<void> {
  const { refs, objects } = ports.repository;
  const name = archiveRef(month);
  const before = await refs.get(name);
  if (before === theirs) return;
  refuseNewer(await formatOf(objects, await loadRoot(objects, theirs)), name);
  if (before !== undefined && (await objects.isAncestor(theirs, before))) return;
  if (before === undefined || (await objects.isAncestor(before, theirs))) {
    if ((await refs.update([{ name, before, after: theirs }])) === 'done') return;
  }
  await reviseRef(ports, name, async ({ layer, batch, tip, tree }) => {
    const root = tree === undefined ? new Tree(layer) : await Tree.load(layer, tree);
    const outdated = await uniteArchives(ports, layer, batch, root, await loadRoot(layer, theirs));
    const parent = parentOf(outdated, tip, theirs);
    const after = parent === undefined ? { isRoot: true } : { parent };
    return { tree: root.write(batch), subject: `chore(trace): unite archive ${month}`, ...after, result: undefined };
  });
}

/** Brings everything of one archive's tree into another's, folder by folder. */
async function uniteArchives(ports: SyncPorts, objects: GitObjects, batch: ObjectBatch, ours: Tree, theirs: Tree): Promise<Outdated> {
  const outdated = { ours: false, theirs: false };
  for (const entry of theirs.names()) {
    const [mine, folder] = await Promise.all([ours.folder(entry.name), theirs.folder(entry.name)]);
    if (mine !== undefined && folder !== undefined) {
      const united = await uniteTrees(objects, batch, mine, folder, ports.sha256);
      outdated.ours ||= united.outdated.ours;
      outdated.theirs ||= united.outdated.theirs;
    } else if (ours.file(entry.name) === undefined) ours.adopt(entry.name, theirs);
  }
  return outdated;
}

/**
 * The lease by which an archive takes the place of what a remote has: only where that holds what was erased here, and
 * nothing else that is not here.
 */
export async function archiveLease(ports: SyncPorts, here: Oid, there: Oid | undefined): Promise<{ lease?: Oid }> {
  const { objects } = ports.repository;
  if (there === undefined || (await objects.isAncestor(there, here))) return {};
  const layer = new Layer(objects);
  const batch = layer.batch();
  const root = await loadRoot(layer, here);
  const outdated = await uniteArchives(ports, layer, batch, root, await loadRoot(layer, there));
  return outdated.theirs && root.write(batch) === (await readCommit(layer, here)).tree ? { lease: there } : {};
}

/**
 * Those of some traces of which an archive here does not go on from what the remote was last seen to have: something was
 * erased in it, perhaps because a journal that came said so.
 */
export async function rewrittenArchives(ports: SyncPorts, remote: string, traces: readonly TraceName[]): Promise<TraceName[]> {
  const { refs, objects } = ports.repository;
  const found = new Set<TraceName>();
  for (const archive of traces.some(isNumbered) ? await localArchives(ports.repository) : []) {
    const there = await refs.get(trackingRef(remote, archive.name));
    if (there === undefined || there === archive.oid || (await objects.isAncestor(there, archive.oid))) continue;
    for (const trace of traces) if ((await archivedIn(objects, [archive], trace)).length > 0) found.add(trace);
  }
  return [...found];
}

/**
 * Pushes the archives of a trace where something was erased in them that the remote still has. Fetches and unites them
 * first, as often as somebody is faster.
 *
 * @returns why the remote still has one; `undefined` where it has none
 */
export async function pushErasedArchives(ports: SyncPorts, remote: string, trace: TraceName): Promise<string | undefined> {
  const { repository } = ports;
  let reason: string | undefined;
  try {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const months = (await archivedIn(repository.objects, await localArchives(repository), trace)).map(({ month }) => month);
      if (months.length === 0) return undefined;
      await fetchArchives(ports, remote, months);
      const updates: PushUpdate[] = [];
      for (const ref of months.map(archiveRef)) {
        const [here, there] = await Promise.all([repository.refs.get(ref), repository.refs.get(trackingRef(remote, ref))]);
        const { lease } = here === undefined ? {} : await archiveLease(ports, here, there);
        if (lease !== undefined) updates.push({ ref, oid: here, lease });
      }
      reason = (await pushAndTrack(ports, remote, updates)).find(({ kind }) => kind === 'rejected')?.reason;
      if (reason === undefined) return undefined;
    }
    return reason;
  } catch (error) {
    if (!isTraceError(error)) throw error;
    return error.message;
  }
}
