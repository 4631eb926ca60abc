/**
 * Stage 1, edits: takes a snapshot of the work tree at a boundary and spools what changed since the one before, as the
 * developer's edits or as git's own doing. A change is spooled once, whatever dies in between.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { matchPath } from '../../core/glob.ts';
import type { Policy } from '../../core/policy.ts';
import type { Clock, PathChange, Snapshots, TakenSnapshot, TraceFiles, TreePosition } from '../../core/ports.ts';
import type { Redactor } from '../../core/redact.ts';
import { timestamp } from '../../core/time.ts';
import { SPOOL } from '../../spool/read.ts';
import { formatRecord, type SpoolRecord } from '../../spool/record.ts';
import { INSTALLED } from '../hook-facts.ts';
import { broughtTo, joinMoves, originOf, type Source } from './origin.ts';
import { asRecord, editPayload, editsPayload } from './payloads.ts';
import { isLeftOut, type LastSnapshot, loadLast, saveLast } from './state.ts';

export interface EditPorts {
  readonly snapshots: Snapshots;
  readonly files: TraceFiles;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly policy: Policy;
  /** The folder of this work tree below `trace/`. */
  readonly folder: string;
  readonly pid: number;
  /** Diffs of binary files too, and of all files byte for byte, a character each. */
  readonly exact?: boolean;
}

export interface TakenEdits {
  /** Events spooled. */
  readonly events: number;
  /** The spool file they are in. */
  readonly file: string | undefined;
  /** The snapshot's tree. */
  readonly tree: string;
}

/**
 * Takes a snapshot. Without one before, what differs from HEAD counts as changed; with `baseline`, nothing does.
 * `undefined` if the policy wants no edits, or another process is at it for longer than `wait` milliseconds.
 *
 * @throws git-failed, disk-full, read-only; then the next boundary tells what this one would have
 */
export async function takeEdits(
  ports: EditPorts,
  boundary: string,
  options: { readonly wait: number; readonly baseline?: boolean },
): Promise<TakenEdits | undefined> {
  const { files, folder, policy } = ports;
  if (!policy.capture.edits) return undefined;
  const lock = await files.lock(`${folder}/lock`, options.wait);
  if (lock === undefined) return undefined;
  try {
    return await takeLocked(ports, boundary, options.baseline === true);
  } finally {
    lock.release();
  }
}

/** Objects more than twice those it began with before a store is given up. */
const STORE_OBJECTS = 2_000;

async function takeLocked(ports: EditPorts, boundary: string, isFirst: boolean): Promise<TakenEdits> {
  const { snapshots, files, folder, policy, redactor, clock } = ports;
  const loaded = loadLast(files, folder);
  deliver(ports, loaded); // what a process that died had made ready
  const began = clock.now();
  const position = await snapshots.position();
  // one of the same name may have stood here before
  const last = loaded?.made === position.made ? loaded : undefined;
  const baseline = (isFirst && last === undefined) || isLeftOut(files, folder);
  let store = last === undefined ? 0 : last.grown ? last.store + 1 : last.store;
  const take = (moved: boolean): Promise<TakenSnapshot> =>
    snapshots.take({
      store,
      excluded: (path) => policy.exclude.paths.some((glob) => matchPath(glob, path)),
      limit: policy.caps.file,
      clean: (bytes) => cleanContent(bytes, redactor),
      moved,
      last: store === last?.store ? last.tree : undefined,
    });
  const taken = await take(last?.head !== position.head || last?.sparse !== position.sparse).catch(() => {
    // git's gc may have taken an object that only our index named, or a file is damaged: another store, from the beginning
    store++;
    return take(true);
  });
  const now = clock.now();
  const before = last ?? (baseline ? undefined : beginningOf(ports, position));
  const from = before === undefined ? position.head : before.tree;
  const records =
    baseline || taken.tree === last?.tree ? [] : await recordsOf(ports, { from, last: before, position, taken, boundary, now });
  const file = records.length === 0 ? undefined : `edit-${ports.pid}-${taken.tree.slice(0, 12)}-${now}.ndjson`;
  const begun = last === undefined || store !== last.store ? taken.objects : (last.begun ?? 0);
  const next: LastSnapshot = {
    tree: taken.tree,
    ...position,
    store,
    grown: taken.objects > STORE_OBJECTS + 2 * begun,
    begun,
    at: began,
    ...(file === undefined ? {} : { file }),
  };
  if (file !== undefined) files.replace(`${folder}/${file}`, records.map(formatRecord).join(''));
  saveLast(files, folder, next);
  deliver(ports, next);
  if (store !== last?.store) snapshots.forget(store);
  return { events: records.length, file, tree: taken.tree };
}

/**
 * A linked work tree that was made since everything is recorded begins with the commit it was made of; whatever is there
 * more is work.
 */
function beginningOf({ snapshots, files }: EditPorts, position: TreePosition): LastSnapshot | undefined {
  const since = files.stat(INSTALLED)?.modified;
  const [first] = snapshots.movesSince(0) ?? [];
  // reflogs tell whole seconds
  if (first === undefined || since === undefined || first.at + 1_000 < since) return undefined;
  return { ...position, tree: first.to, head: first.to, reflog: 0, store: 0, grown: false, at: first.at };
}

/** Gives the records that belong to a snapshot to the spool; done again after a crash, the journal knows them by their ids. */
function deliver({ files, folder }: EditPorts, last: LastSnapshot | undefined): void {
  if (last?.file === undefined) return;
  const bytes = files.read(`${folder}/${last.file}`);
  if (bytes === undefined) return;
  files.replace(`${SPOOL}/${last.file}`, bytes, { durable: true });
  files.remove(`${folder}/${last.file}`);
}

interface Between {
  readonly from: string | undefined;
  readonly last: LastSnapshot | undefined;
  readonly position: TreePosition;
  readonly taken: TakenSnapshot;
  readonly boundary: string;
  readonly now: number;
}

async function recordsOf(ports: EditPorts, between: Between): Promise<SpoolRecord[]> {
  const { snapshots, policy, redactor } = ports;
  const { last, position, taken, boundary, now } = between;
  const sources = last === undefined ? [] : await sourcesSince(snapshots, last, position);
  const { work, vcs, trees } = await compare(ports, between, sources);
  const place = { branch: position.branch ?? null, ...(position.head === undefined ? {} : { head: position.head }) };
  const record = (type: string, at: number, payload: JsonObject): SpoolRecord => ({
    place,
    type,
    ts: timestamp(Math.floor(at)),
    payload: JSON.parse(JSON.stringify(redactor.redact(payload))),
  });
  const records: SpoolRecord[] = [];
  if (vcs.length > 0) records.push(record('edits', now, asRecord(editsPayload(vcs, 'vcs', boundary))));
  if (work.length > policy.caps.edits) records.push(record('edits', now, asRecord(editsPayload(work, 'work', boundary))));
  else {
    const patches = policy.capture.diffs ? await patchesOf(ports, trees.from, trees.to, work) : new Map<string, string>();
    for (const change of work) {
      const payload = editPayload(change, patches.get(change.path) ?? '', policy.caps.diff, boundary, taken.large.get(change.path));
      records.push(record('edit', timeOf(snapshots.modified(change.path), between), asRecord(payload)));
    }
  }
  return records.sort((a, b) => ((a.ts ?? '') < (b.ts ?? '') ? -1 : (a.ts ?? '') > (b.ts ?? '') ? 1 : 0));
}

interface Compared {
  readonly work: readonly PathChange[];
  readonly vcs: readonly PathChange[];
  /** What the work is the difference of. */
  readonly trees: { readonly from: string | undefined; readonly to: string };
}

/** Tells the developer's changes from git's; of a file that both have changed, each gets its own part. */
async function compare(
  { snapshots, policy, redactor }: EditPorts,
  { from: before, taken, position }: Between,
  sources: readonly Source[],
): Promise<Compared> {
  const isExcluded = (path: string): boolean => policy.exclude.paths.some((glob) => matchPath(glob, path));
  // where git's gc has taken the tree before, what is not committed is told, be it again
  const known = await changesSince(snapshots, before, taken.tree);
  const from = known === undefined ? position.head : before;
  const changes = (known ?? (await changesSince(snapshots, from, taken.tree)) ?? []).filter(
    ({ path, oldPath }) => !isExcluded(path) && !isExcluded(oldPath ?? path),
  );
  const [work, vcs]: [PathChange[], PathChange[]] = [[], []];
  for (const change of changes) (originOf(change, sources, taken.altered) === 'vcs' ? vcs : work).push(change);
  const asTaken = { work, vcs, trees: { from, to: taken.tree } };
  if (work.length === 0 || work.length > policy.caps.edits) return asTaken;
  try {
    const brought = broughtTo(work, sources);
    const clean = (bytes: Buffer): Buffer | undefined => cleanContent(bytes, redactor);
    const trees = await snapshots.comparable(from, taken.tree, work, { limit: policy.caps.file, clean, brought });
    if (trees.from === from && trees.to === taken.tree) return asTaken;
    const [again, theirs] = await Promise.all([
      changesSince(snapshots, trees.from, trees.to),
      brought.size === 0 ? [] : snapshots.changes(from, trees.from),
    ]);
    const paths = new Set(work.flatMap(({ path, oldPath }) => [path, oldPath ?? path]));
    return {
      work: (again ?? work).filter(({ path }) => paths.has(path)),
      vcs: [...vcs, ...theirs.filter(({ path }) => brought.has(path))],
      trees,
    };
  } catch {
    return asTaken; // content that git's gc has taken
  }
}

/** What has changed; renames are looked for where the content is there (a partial clone lacks some). `undefined`: a tree is gone. */
async function changesSince(snapshots: Snapshots, from: string | undefined, to: string): Promise<PathChange[] | undefined> {
  try {
    return await snapshots.changes(from, to);
  } catch {
    return snapshots.changes(from, to, { renames: false }).catch(() => undefined);
  }
}

/** The patches; none where git's gc has taken content that is in no commit any more. */
async function patchesOf(
  { snapshots, exact }: EditPorts,
  from: string | undefined,
  to: string,
  work: readonly PathChange[],
): Promise<ReadonlyMap<string, string>> {
  return snapshots.patches(from, to, work, { exact: exact === true }).catch(() => new Map());
}

/** Milliseconds between two ticks of most kernels; more would put an edit behind the quick commit that follows it. */
const TICK = 4;

/** When a file changed: its own time, if that lies between the snapshots. */
function timeOf(stamp: number | undefined, { last, now }: Between): number {
  // the kernel stamps files with the time of its last tick: without it an edit would stand before the command that made it
  const modified = stamp === undefined ? undefined : stamp + TICK;
  return modified === undefined || modified > now || modified <= (last?.at ?? 0) ? now : modified;
}

/** What git itself has written since the last snapshot, and what was committed. */
async function sourcesSince(snapshots: Snapshots, last: LastSnapshot, now: TreePosition): Promise<Source[]> {
  const sources: Source[] = [];
  if (now.head !== undefined && last.head !== now.head) {
    const moves = snapshots.movesSince(last.reflog);
    const steps = moves === undefined || moves.length === 0 ? [{ from: last.head, to: now.head, by: 'vcs' as const }] : joinMoves(moves);
    for (const { from, to, by } of steps) sources.push({ by, paths: await contentOf(snapshots, from, to) });
  }
  if (last.stash !== now.stash) {
    // pushed: what was in it is as in HEAD again; popped: what was in it is there again
    if (now.stash !== undefined) sources.push(await stashed(snapshots, now.stash, 'before'));
    if (last.stash !== undefined) sources.push(await stashed(snapshots, last.stash, 'after'));
  }
  return sources;
}

/** Content after a step, by path; a commit that is gone has none. */
async function contentOf(snapshots: Snapshots, from: string | undefined, to: string): Promise<Map<string, string | undefined>> {
  const begin = from === undefined || /^0+$/.test(from) ? undefined : from;
  const changes = await snapshots.changes(begin, to, { renames: false }).catch(() => []);
  return new Map(changes.map(({ path, oid }) => [path, oid]));
}

/** The paths of a stash, with their content before or after it; untracked files are its third parent. */
async function stashed(snapshots: Snapshots, stash: string, side: 'before' | 'after'): Promise<Source> {
  const [base, untracked] = await Promise.all([snapshots.parent(stash, 1), snapshots.parent(stash, 3)]);
  const changes = await snapshots.changes(base, stash, { renames: false }).catch(() => []);
  const others = untracked === undefined ? [] : await snapshots.changes(undefined, untracked, { renames: false }).catch(() => []);
  return {
    by: 'vcs',
    paths: new Map([...changes, ...others].map((change) => [change.path, side === 'after' ? change.oid : change.oldOid])),
  };
}

const HOLDS_SECRET = '\0left out: it holds a secret\n';

/** A file's content without secrets; `undefined` if there are none in it. Binary content is looked at byte by byte. */
function cleanContent(bytes: Buffer, redactor: Redactor): Buffer | undefined {
  const isText = !bytes.subarray(0, 8_000).includes(0);
  // text of two or four bytes a character, which git may be told to make UTF-8 of
  if (!isText && cleanContent(Buffer.from(bytes.filter((byte) => byte !== 0)), redactor) !== undefined) return Buffer.from(HOLDS_SECRET);
  const text = bytes.toString(isText ? 'utf8' : 'latin1');
  const { content, dropped } = redactor.redact({ content: text });
  if (dropped !== undefined) return Buffer.from('\0left out: it could not be searched for secrets\n');
  if (content === text) return undefined;
  return isText ? Buffer.from(String(content)) : Buffer.from(HOLDS_SECRET);
}
