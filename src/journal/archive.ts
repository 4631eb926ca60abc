/**
 * Stage 3, archives: `refs/traces/archive/<yyyy-mm>` holds the traces of pull requests that were closed in that month, one
 * folder each, which is the whole journal. Finds what is archived here; talks to no remote.
 */
import type { GitObjects, Identity, Oid, Ref, Repository } from '../core/ports.ts';
import { ARCHIVE, archiveMonth, isNumbered, type TraceName } from '../core/trace-name.ts';
import { commitObject } from './commit.ts';
import { loadRoot } from './read.ts';
import type { Tree } from './tree.ts';

/** Where a trace lies in an archive. */
export interface Archived {
  readonly month: string;
  /** The journal's tree. */
  readonly tree: Oid;
}

/** The archives that are here, newest month first. */
export async function localArchives({ refs }: Pick<Repository, 'refs'>): Promise<readonly Ref[]> {
  const found = (await refs.list([ARCHIVE])).filter(({ name }) => archiveMonth(name) !== undefined);
  return found.sort((a, b) => (a.name > b.name ? -1 : 1));
}

/**
 * Where a trace lies in the archives that are here, newest month first; usually in one or none.
 *
 * @param archives what {@link localArchives} gave
 */
export async function archivedIn(objects: GitObjects, archives: readonly Ref[], trace: TraceName): Promise<Archived[]> {
  const found: Archived[] = [];
  for (const { root, month } of await roots(objects, archives)) {
    const tree = isNumbered(trace) ? root.folderOid(trace) : undefined;
    if (tree !== undefined) found.push({ month, tree });
  }
  return found;
}

/** The names of all traces in archives. */
export async function archivedTraces(objects: GitObjects, archives: readonly Ref[]): Promise<TraceName[]> {
  const names = new Set<TraceName>();
  for (const { root } of await roots(objects, archives))
    for (const { name, kind } of root.names()) if (kind === 'folder' && isNumbered(name)) names.add(name);
  return [...names];
}

/**
 * A commit without parents that has what the newest archive here holds of a trace; `undefined` where none does. Late
 * events continue it, so that what they become is again an extension of what was archived.
 */
export async function reopened(
  repository: Pick<Repository, 'refs' | 'objects'>,
  trace: TraceName,
  who: Identity,
  now: number,
): Promise<Oid | undefined> {
  if (!isNumbered(trace)) return undefined;
  const [newest] = await archivedIn(repository.objects, await localArchives(repository), trace);
  if (newest === undefined) return undefined;
  const batch = repository.objects.batch();
  const commit = commitObject(newest.tree, undefined, who, Math.floor(now / 1000), `chore(trace): go on from archive ${newest.month}`);
  const oid = batch.add('commit', commit);
  await batch.write();
  return oid;
}

/** Archives that cannot be read hold back nothing else. */
async function roots(objects: GitObjects, archives: readonly Ref[]): Promise<{ root: Tree; month: string }[]> {
  const found: { root: Tree; month: string }[] = [];
  for (const { name, oid } of archives) {
    const root = await loadRoot(objects, oid).catch(() => undefined);
    const month = archiveMonth(name);
    if (root !== undefined && month !== undefined) found.push({ root, month });
  }
  return found;
}
