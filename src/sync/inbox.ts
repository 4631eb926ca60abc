/**
 * Stage 4, inboxes: `refs/traces/<trace>/inbox/<writer>` is a ref that one clone alone writes, so that no push to it is
 * ever contended. Whoever syncs unites inboxes with the journal, pushes that, and deletes what it has folded.
 */
import { fail, isTraceError, type TraceError } from '../core/errors.ts';
import type { GitObjects, Oid } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { ERASED_FILE, FORMAT_FILE, WRITER } from '../core/segment.ts';
import { inboxRef, journalRef, type TraceName, trackingRef } from '../core/trace-name.ts';
import { formatOf, loadRoot, MOST_ENTRIES, refuseNewer } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { ownWriter } from '../journal/writer.ts';
import { type Integration, renameForkedWriter, type SyncPorts, united } from './integrate.ts';
import { type Draft, revise } from './revise.ts';
import { pushAndTrack } from './track.ts';
import { uniteTrees } from './unite.ts';

/** Pushes of one inbox; a second writer can only be a copy of this clone, or one that folds it. */
const TRIES = 3;
/** Levels of folders that a journal has: writers, sessions, and numbered folders of segments. */
const LEVELS = 3;

/** An inbox as it was seen on a remote. */
export interface Inbox {
  /** The trace whose journal it goes into. */
  readonly trace: TraceName;
  /** Its name on the remote. */
  readonly ref: string;
  readonly oid: Oid;
}

export interface FoldedInboxes {
  /** What it did to the local journal. */
  readonly kind: Integration;
  readonly folded: readonly Inbox[];
  /** Those that are no sound journal, by ref; they stay where they are. */
  readonly left: ReadonlyMap<string, TraceError>;
}

/**
 * Delivers the local journal of a trace to this clone's inbox on a remote, by one push, without fetching anything:
 *
 * 1. an inbox that is not there is made, one that the journal continues is moved forward;
 * 2. one that has something else (this clone was copied, or the journal was united since) gets the union of both;
 * 3. a refusal means that it was folded and deleted meanwhile, or a copy writes there too: look, and again;
 * 4. one whose history holds what was erased since is replaced, with a lease.
 *
 * @returns `undefined` where there is nothing to deliver
 * @throws remote-failed, no-remote, unreadable-segment, newer-format
 */
export async function deliverToInbox(ports: SyncPorts, remote: string, trace: TraceName): Promise<'sent' | 'up-to-date' | undefined> {
  const { repository, files, random } = ports;
  const here = await repository.refs.get(journalRef(trace));
  if (here === undefined) return undefined;
  for (let attempt = 1; ; attempt++) {
    const ref = inboxRef(trace, ownWriter(files, random));
    const there = await repository.refs.get(trackingRef(remote, ref));
    if (there === here) return 'up-to-date';
    const { oid, continues } = there === undefined ? { oid: here, continues: true } : await united(ports, here, there, ref, 'an inbox'); // 1, 2
    const lease = continues || there === undefined ? {} : { lease: there }; // 4
    const [outcome] = await pushAndTrack(ports, remote, [{ ref, oid, ...lease }]);
    if (outcome !== undefined && outcome.kind !== 'rejected') return outcome.kind === 'ok' ? 'sent' : 'up-to-date';
    if (attempt === TRIES)
      throw fail('remote-failed', outcome?.reason ?? `'${withoutUserinfo(remote)}' did not say what became of '${ref}'`);
    await repository.remote.fetch(remote, [`+${ref}*:${trackingRef(remote, ref)}*`]); // 3
  }
}

/**
 * Unites fetched inboxes with the local journal of their trace. The new commit continues the local one, so that pushing
 * stays a fast-forward. What is no sound journal keeps no other inbox back.
 *
 * @throws unreadable-segment, newer-format when the local journal cannot be written; locked
 */
export async function foldInboxes(ports: SyncPorts, trace: TraceName, inboxes: readonly Inbox[]): Promise<FoldedInboxes> {
  if (inboxes.length === 0) return { kind: 'unchanged', folded: [], left: new Map() };
  const { moved, result } = await revise(ports, trace, async (draft) => {
    const folded: Inbox[] = [];
    const left = new Map<string, TraceError>();
    let { tree } = draft;
    let isRoot = false;
    for (const inbox of inboxes) {
      try {
        if (inbox.oid !== draft.tip) {
          const { after, outdated } = await withInbox(ports, draft, tree, inbox);
          tree = after;
          isRoot ||= outdated;
        }
        folded.push(inbox);
      } catch (error) {
        if (!isTraceError(error)) throw error;
        left.set(inbox.ref, error);
      }
    }
    const subject = `chore(trace): fold ${folded.length} ${folded.length === 1 ? 'inbox' : 'inboxes'}`;
    return { tree, subject, isRoot, result: { folded, left } };
  });
  return { kind: moved ? 'united' : 'unchanged', ...result };
}

/**
 * The tree of a journal with an inbox, and whether the journal's history holds what the inbox knows to be erased. A tree of
 * its own: an inbox that turns out to be broken half way has changed nothing.
 */
async function withInbox(
  ports: SyncPorts,
  { layer, batch }: Draft,
  tree: Oid | undefined,
  { ref, oid }: Inbox,
): Promise<{ after: Oid; outdated: boolean }> {
  const theirs = await soundJournal(layer, oid, ref);
  const mine = tree === undefined ? new Tree(layer) : await Tree.load(layer, tree);
  const { forkedWriters, outdated } = await uniteTrees(layer, batch, mine, theirs, ports.sha256);
  renameForkedWriter(ports, forkedWriters);
  return { after: mine.write(batch), outdated: outdated.ours };
}

/**
 * The root of a journal that somebody else delivered, less what is no part of one.
 *
 * @throws unreadable-segment, newer-format; too-large where it has more entries than a reader would look at
 */
export async function soundJournal(objects: GitObjects, commit: Oid, ref: string): Promise<Tree> {
  const root = await loadRoot(objects, commit);
  refuseNewer(await formatOf(objects, root), ref);
  const isPart = ({ name, kind }: { name: string; kind: string }): boolean =>
    (kind === 'folder' && WRITER.test(name)) || (kind === 'file' && (name === FORMAT_FILE || name === ERASED_FILE));
  const entries = root.names();
  if (!entries.some(({ name, kind }) => kind === 'folder' && WRITER.test(name)))
    throw fail('unreadable-segment', `'${ref}' is no journal`, ['nothing was taken over; what is here is as it was']);
  for (const entry of entries) if (!isPart(entry)) root.remove(entry.name);
  if ((await count(root, LEVELS, MOST_ENTRIES)) > MOST_ENTRIES)
    throw fail('too-large', `'${ref}' has more than ${MOST_ENTRIES} entries`, ['nothing was taken over; what is here is as it was']);
  return root;
}

/** Entries of a tree down to a level; counting ends above the limit. */
async function count(tree: Tree, levels: number, limit: number): Promise<number> {
  const entries = tree.names();
  let total = entries.length;
  for (const { name, kind } of entries) {
    if (total > limit) break;
    if (kind !== 'folder' || levels === 0) continue;
    const folder = await tree.folder(name);
    if (folder !== undefined) total += await count(folder, levels - 1, limit - total);
  }
  return total;
}
