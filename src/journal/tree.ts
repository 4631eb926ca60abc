/**
 * Git trees in memory: loaded level by level, changed, written back in git's order. Names are kept as latin1, a character
 * a byte, so that what is not ours comes back as it was; {@link shownName} makes one readable.
 */
import { fail } from '../core/errors.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';

interface Entry {
  readonly mode: string;
  oid: Oid | undefined;
  folder: Tree | undefined;
}

export type EntryKind = 'file' | 'folder' | 'other';

/** What a name in a tree stands for; `oid` is `undefined` for a folder that is not written yet. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** As git writes it, without leading zeros: `100644`, `40000`, … */
  readonly mode: string;
  readonly oid: Oid | undefined;
}

const FILE = '100644';
const FOLDER = '40000';

export class Tree {
  readonly #objects: GitObjects;
  readonly #entries = new Map<string, Entry>();
  #changed = false;

  constructor(objects: GitObjects) {
    this.#objects = objects;
  }

  /** Reads the tree of that oid. @throws unreadable-segment */
  static async load(objects: GitObjects, oid: Oid): Promise<Tree> {
    const object = await objects.read(oid);
    if (object?.type !== 'tree')
      throw fail('unreadable-segment', `cannot read tree '${oid}': ${object === undefined ? 'it is missing' : `it is a ${object.type}`}`);
    const tree = new Tree(objects);
    const { data } = object;
    const oidBytes = oid.length / 2;
    for (let at = 0; at < data.length; ) {
      const space = data.indexOf(0x20, at);
      const nul = data.indexOf(0, space);
      if (space < 0 || nul < 0) throw fail('unreadable-segment', `cannot read tree '${oid}': it is cut short`);
      const end = nul + 1 + oidBytes;
      if (end > data.length) throw fail('unreadable-segment', `cannot read tree '${oid}': it is cut short`);
      const mode = data.toString('latin1', at, space).replace(/^0+/, '');
      const name = data.toString('latin1', space + 1, nul);
      if (name.includes('/')) throw fail('unreadable-segment', `cannot read tree '${oid}': a name in it is a path`);
      tree.#entries.set(name, { mode, oid: data.toString('hex', nul + 1, end), folder: undefined });
      at = end;
    }
    return tree;
  }

  /** What is in the tree, sorted by name. */
  names(): TreeEntry[] {
    return [...this.#entries]
      .map(([name, { mode, oid }]) => ({ name, oid, mode, kind: kindOf(mode) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  file(name: string): Oid | undefined {
    return this.#oidOf(name, 'file');
  }

  /** The folder's tree as it was loaded; what was changed since has no oid yet. */
  folderOid(name: string): Oid | undefined {
    return this.#oidOf(name, 'folder');
  }

  #oidOf(name: string, kind: EntryKind): Oid | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && kindOf(entry.mode) === kind ? entry.oid : undefined;
  }

  async folder(name: string): Promise<Tree | undefined> {
    const entry = this.#entries.get(name);
    if (entry?.mode !== FOLDER) return undefined;
    if (entry.folder === undefined && entry.oid !== undefined) entry.folder = await Tree.load(this.#objects, entry.oid);
    return entry.folder;
  }

  /** @throws unreadable-segment where something else has that name */
  async makeFolder(name: string): Promise<Tree> {
    const found = await this.folder(name);
    if (found !== undefined) return found;
    if (this.#entries.has(name)) throw fail('unreadable-segment', `'${shownName(name)}' in the journal is no folder`);
    const folder = new Tree(this.#objects);
    this.#entries.set(name, { mode: FOLDER, oid: undefined, folder });
    this.#changed = true;
    return folder;
  }

  /** Puts a file at a path, making folders. */
  async put(path: string, oid: Oid): Promise<void> {
    const [first = '', ...rest] = path.split('/');
    if (rest.length > 0) {
      await (await this.makeFolder(first)).put(rest.join('/'), oid);
      return;
    }
    if (this.#entries.get(first)?.oid === oid) return;
    this.#entries.set(first, { mode: FILE, oid, folder: undefined });
    this.#changed = true;
  }

  /** Puts a tree that is written already, under a name. */
  graft(name: string, oid: Oid): void {
    this.#entries.set(name, { mode: FOLDER, oid, folder: undefined });
    this.#changed = true;
  }

  remove(name: string): void {
    this.#changed = this.#entries.delete(name) || this.#changed;
  }

  /** Takes over an entry of another tree as it is. */
  adopt(name: string, from: Tree): void {
    const entry = from.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.set(name, { ...entry });
    this.#changed = true;
  }

  /** Adds every changed tree to the batch; gives back the root's oid. */
  write(batch: ObjectBatch): Oid {
    const rows: { key: Buffer; bytes: Buffer }[] = [];
    for (const [name, entry] of this.#entries) {
      const { folder } = entry;
      if (folder !== undefined && (entry.oid === undefined || folder.#isChanged())) entry.oid = folder.write(batch);
      // git sorts a folder as if its name ended in a slash
      const key = Buffer.from(entry.mode === FOLDER ? `${name}/` : name, 'latin1');
      rows.push({ key, bytes: Buffer.concat([Buffer.from(`${entry.mode} ${name}\0`, 'latin1'), Buffer.from(entry.oid ?? '', 'hex')]) });
    }
    rows.sort((a, b) => Buffer.compare(a.key, b.key));
    this.#changed = false;
    return batch.add('tree', Buffer.concat(rows.map((row) => row.bytes)));
  }

  #isChanged(): boolean {
    return this.#changed || [...this.#entries.values()].some(({ folder }) => folder !== undefined && folder.#isChanged());
  }
}

/** A name of a tree, or a path of them, as text. */
export function shownName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

function kindOf(mode: string): EntryKind {
  return mode === FOLDER ? 'folder' : mode.startsWith('100') ? 'file' : 'other';
}

/** Tree and parents of a commit. @throws unreadable-segment */
export async function readCommit(objects: GitObjects, oid: Oid): Promise<{ tree: Oid; parents: Oid[] }> {
  const object = await objects.read(oid);
  if (object?.type !== 'commit') {
    throw fail(
      'unreadable-segment',
      `cannot read journal commit '${oid}': ${object === undefined ? 'it is missing' : `it is a ${object.type}`}`,
    );
  }
  const header = object.data.toString('latin1').split('\n\n', 1)[0] ?? '';
  const tree = /^tree ([0-9a-f]+)$/m.exec(header)?.[1];
  if (tree === undefined) throw fail('unreadable-segment', `cannot read journal commit '${oid}': it names no tree`);
  return { tree, parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '') };
}
