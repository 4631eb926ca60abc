/** Git objects in memory, under git's own names: for property tests of what is made of trees. */
import { createHash } from 'node:crypto';
import type { GitObject, GitObjects, ObjectBatch, ObjectType, Oid } from '../../src/core/ports.ts';
import { Tree } from '../../src/journal/tree.ts';

export class MemoryObjects implements GitObjects {
  readonly #objects = new Map<Oid, GitObject>();

  nameOf(type: ObjectType, data: Buffer): Oid {
    return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex');
  }

  async read(oid: Oid): Promise<GitObject | undefined> {
    return this.#objects.get(oid);
  }

  /** Objects are there at once; `write` has nothing left to do. */
  batch(): ObjectBatch {
    return {
      add: (type, data) => {
        const oid = this.nameOf(type, data);
        this.#objects.set(oid, { type, data });
        return oid;
      },
      write: async () => {},
    };
  }

  async isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean> {
    if (ancestor === descendant) return true;
    const text = this.#objects.get(descendant)?.data.toString('latin1') ?? '';
    for (const [, parent = ''] of text.matchAll(/^parent ([0-9a-f]+)$/gm)) if (await this.isAncestor(ancestor, parent)) return true;
    return false;
  }
}

/** Writes a tree of files, given by path; the answer is its oid. */
export async function writeFiles(objects: GitObjects, files: ReadonlyMap<string, string | Buffer>): Promise<Oid> {
  const batch = objects.batch();
  const tree = new Tree(objects);
  for (const [path, content] of files) await tree.put(path, batch.add('blob', Buffer.from(content)));
  const oid = tree.write(batch);
  await batch.write();
  return oid;
}

/** All files below a tree, by path. */
export async function readFiles(objects: GitObjects, oid: Oid, prefix = ''): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const { name, kind, oid: below } of (await Tree.load(objects, oid)).names()) {
    if (below === undefined) continue;
    if (kind === 'folder') for (const [path, data] of await readFiles(objects, below, `${prefix}${name}/`)) found.set(path, data);
    else found.set(prefix + name, (await objects.read(below))?.data ?? Buffer.alloc(0));
  }
  return found;
}
