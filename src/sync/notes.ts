/**
 * Stage 4, git notes: writes what is said of commits into `refs/notes/traces`, one file a commit, as `git notes` would.
 * What is no note of ours stays as it is. Talks to no remote.
 */
import { isUtf8 } from 'node:buffer';
import type { GitObjects, Oid } from '../core/ports.ts';
import { Tree } from '../journal/tree.ts';
import type { SyncPorts } from './integrate.ts';
import { reviseRef } from './revise.ts';

export const NOTES = 'refs/notes/traces';

/** A commit's id, with or without the folders that git puts between its digits. */
const NOTE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Gives commits their notes.
 *
 * @param text the whole note of a commit, made of what it says now (empty where there is none); `undefined` to remove it
 * @returns how many commits have a note now, and whether anything has changed
 * @throws locked, unreadable-segment, disk-full, read-only
 */
export async function writeNotes(
  ports: Pick<SyncPorts, 'repository' | 'clock'>,
  commits: Iterable<Oid>,
  text: (commit: Oid, before: string) => string | undefined,
): Promise<{ moved: boolean; result: number }> {
  const wanted = [...commits].filter((oid) => oid.length === (ports.repository.objectFormat === 'sha1' ? 40 : 64));
  return reviseRef(ports, NOTES, async ({ layer, batch, tree }) => {
    const found: Found = { notes: new Map(), rest: [] };
    if (tree !== undefined) await walk(layer, await Tree.load(layer, tree), [], found);
    // always in the same folders, whoever has put what where: the same notes are the same tree
    const root = new Tree(layer);
    for (const { path, name, holder } of found.rest) {
      let folder = root;
      for (const step of path) folder = await folder.makeFolder(step);
      folder.adopt(name, holder);
    }
    let count = 0;
    for (const commit of new Set([...found.notes.keys(), ...wanted])) {
      const note = found.notes.get(commit);
      // what is no text is no note of ours, nor one to write into
      const blob = note !== undefined && !isUtf8(note.data) ? note.data : written(text(commit, note?.data.toString('utf8') ?? ''));
      if (blob === undefined) continue;
      count++;
      await root.put(`${commit.slice(0, 2)}/${commit.slice(2)}`, note?.data.equals(blob) ? note.oid : batch.add('blob', blob));
    }
    const isNothing = tree === undefined && count === 0;
    return { tree: isNothing ? undefined : root.write(batch), subject: 'Notes of what led to each commit, by git trace', result: count };
  });
}

function written(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

interface Found {
  readonly notes: Map<Oid, { readonly oid: Oid; readonly data: Buffer }>;
  /** What is no note, and where it stands. */
  readonly rest: { readonly path: readonly string[]; readonly name: string; readonly holder: Tree }[];
}

/** Finds the notes that a tree has, in whatever folders. */
async function walk(objects: GitObjects, tree: Tree, path: readonly string[], found: Found): Promise<void> {
  for (const { name, kind, oid } of tree.names()) {
    const commit = [...path, name].join('');
    const blob = kind === 'file' && oid !== undefined && NOTE.test(commit) ? await objects.read(oid) : undefined;
    const folder = kind === 'folder' && /^[0-9a-f]{2}$/.test(name) ? await tree.folder(name) : undefined;
    if (blob?.type === 'blob' && oid !== undefined) found.notes.set(commit, { oid, data: blob.data });
    else if (folder !== undefined) await walk(objects, folder, [...path, name], found);
    else found.rest.push({ path, name, holder: tree });
  }
}
