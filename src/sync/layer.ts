/** Objects that are to be written, readable before they are: several unions can follow one another and be written at once. */
import type { GitObject, GitObjects, ObjectBatch, ObjectType, Oid } from '../core/ports.ts';

export class Layer implements GitObjects {
  readonly #below: GitObjects;
  readonly #added = new Map<Oid, GitObject>();

  constructor(below: GitObjects) {
    this.#below = below;
  }

  nameOf(type: ObjectType, data: Buffer): Oid {
    return this.#below.nameOf(type, data);
  }

  async read(oid: Oid): Promise<GitObject | undefined> {
    return this.#added.get(oid) ?? this.#below.read(oid);
  }

  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean> {
    return this.#below.isAncestor(ancestor, descendant);
  }

  batch(): ObjectBatch {
    const batch = this.#below.batch();
    return {
      add: (type, data) => {
        const oid = batch.add(type, data);
        this.#added.set(oid, { type, data });
        return oid;
      },
      write: () => batch.write(),
    };
  }
}
