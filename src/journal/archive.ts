/**
 * Stage 3, archives: `refs/traces/archive/<yyyy-mm>` holds the traces of pull requests that were closed in that month, one
 * folder each, which is the whole journal. Finds what is archived here; talks to no remote.
 */
import type { GitObjects, Identity, Oid, Ref, Repository } from '../core/ports.ts';
import { ARCHIVE, archiveMonth, isNumbered, type TraceName } from '../core/trace-name.ts';
import { commitObject } from './commit.ts';
import { readCommit, Tree } from './tree.ts';

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
  if (!isNumbered(trace)) return [];
  const found = await Promise.all(
    archives.map(async ({ name, oid }): Promise<Archived[]> => {
      const month = archiveMonth(name);
      // archives that cannot be read hold back nothing else
      const tree = await folderOf(objects, oid, trace).catch(() => undefined);
      return month === undefined || tree === undefined ? [] : [{ month, tree }];
    }),
  );
  return found.flat();
}

/** The folder of that name in a commit's tree. Most archives have none, and are not taken apart to know it. */
async function folderOf(objects: GitObjects, commit: Oid, name: string): Promise<Oid | undefined> {
  const { tree } = await readCommit(objects, commit);
  const bytes = (await objects.read(tree))?.data;
  // an entry is its mode, a space, its name and a NUL; these may stand in an oid by chance, but never not where it is
  if (bytes === undefined || !bytes.includes(`40000 ${name}\0`, 0, 'latin1')) return undefined;
  return (await Tree.load(objects, tree)).folderOid(name);
}

/** The names of all traces in archives. */
export async function archivedTraces(objects: GitObjects, archives: readonly Ref[]): Promise<TraceName[]> {
  const names = new Set<TraceName>();
  for (const archive of archives) for (const [name] of (await tracesIn(objects, archive)) ?? []) names.add(name);
  return [...names];
}

/** The traces in one archive with their journals' trees; `undefined` where it cannot be read. */
export async function tracesIn(objects: GitObjects, { oid }: Ref): Promise<(readonly [TraceName, Oid])[] | undefined> {
  const root = await readCommit(objects, oid)
    .then(({ tree }) => Tree.load(objects, tree))
    .catch(() => undefined);
  return root
    ?.names()
    .flatMap(({ name, kind, oid: tree }) => (kind === 'folder' && tree !== undefined && isNumbered(name) ? [[name, tree] as const] : []));
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
