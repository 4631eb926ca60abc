/** Stage 4, reading: all that is here of a trace: its journal, and what archives hold of it, as one tree. Writes nothing. */
import type { Sha256 } from '../core/line.ts';
import type { GitObjects, Oid, Ref, Repository } from '../core/ports.ts';
import { isNumbered, journalRef, type TraceName } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { loadRoot } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { Layer } from './layer.ts';
import { uniteTrees } from './unite.ts';

export interface WholeTrace {
  readonly root: Tree;
  /** Where the objects of `root` are read; some of a union are nowhere else. */
  readonly objects: GitObjects;
  /** The local journal's commit, if there is one beside the archive. */
  readonly tip: Oid | undefined;
  /** The newest month in whose archive it is. */
  readonly month: string | undefined;
}

/**
 * Everything that is here of a trace; `undefined` where nothing is.
 *
 * @param options `archives`: those that are here, where the caller has them already; `archivedOnly`: less the local journal
 * @throws unreadable-segment, bad-ref
 */
export async function wholeTrace(
  ports: { readonly repository: Pick<Repository, 'refs' | 'objects'>; readonly sha256: Sha256 },
  trace: TraceName,
  options: { readonly archives?: readonly Ref[]; readonly archivedOnly?: boolean } = {},
): Promise<WholeTrace | undefined> {
  const { refs, objects } = ports.repository;
  const tip = options.archivedOnly ? undefined : await refs.get(journalRef(trace));
  const known = isNumbered(trace) ? (options.archives ?? (await localArchives(ports.repository))) : [];
  const archived = known.length === 0 ? [] : await archivedIn(objects, known, trace);
  const month = archived[0]?.month;
  const layer = new Layer(objects);
  const batch = layer.batch();
  let root = tip === undefined ? undefined : await loadRoot(layer, tip);
  for (const { tree } of archived) {
    const other = await Tree.load(layer, tree);
    if (root === undefined) root = other;
    else {
      await uniteTrees(layer, batch, root, other, ports.sha256);
      root.write(batch);
    }
  }
  return root && { root, objects: layer, tip, month };
}
