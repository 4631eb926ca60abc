/**
 * Stage 4, union: of two journals' trees, path by path. Equal subtrees are taken over unread, so that uniting costs what
 * differs. Writes objects into a batch, moves no ref.
 */
import type { Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';
import { FORMAT, FORMAT_FILE, parseSegmentName, segmentName, WRITER } from '../core/segment.ts';
import { linesOf } from '../journal/read.ts';
import type { Tree } from '../journal/tree.ts';
import { uniteSegments } from './unite-segments.ts';

export interface United {
  /** Writers of whom two versions were found that do not continue one another: one writer in two clones. */
  readonly forkedWriters: ReadonlySet<string>;
}

/** Brings everything of `theirs` into `ours`. @throws unreadable-segment, newer-format */
export async function uniteTrees(objects: GitObjects, batch: ObjectBatch, ours: Tree, theirs: Tree, sha256: Sha256): Promise<United> {
  const forkedWriters = new Set<string>();
  const union = new Union(objects, batch, sha256, forkedWriters);
  await union.folder(ours, theirs, []);
  return { forkedWriters };
}

class Union {
  readonly #objects: GitObjects;
  readonly #batch: ObjectBatch;
  readonly #sha256: Sha256;
  readonly #forked: Set<string>;

  constructor(objects: GitObjects, batch: ObjectBatch, sha256: Sha256, forked: Set<string>) {
    this.#objects = objects;
    this.#batch = batch;
    this.#sha256 = sha256;
    this.#forked = forked;
  }

  async folder(ours: Tree, theirs: Tree, path: readonly string[]): Promise<void> {
    const have = new Map(ours.names().map((entry) => [entry.name, entry]));
    const segments = new Set<number>();
    for (const { name, kind, oid } of theirs.names()) {
      const mine = have.get(name);
      if (mine?.oid === oid && mine?.kind === kind) continue;
      const segment = kind === 'file' ? parseSegmentName(name) : undefined;
      if (segment !== undefined && hasSegment(ours, segment.firstSeq)) segments.add(segment.firstSeq);
      else if (mine === undefined) ours.adopt(name, theirs);
      else if (kind === 'folder' && mine.kind === 'folder') await this.#both(ours, theirs, name, path);
      else if (name === FORMAT_FILE && path.length === 0) await this.#format(ours, mine.oid, oid);
      // a name that is file here and folder there is no journal of any format: the folder may hold more
      else if (kind === 'folder' || (mine.kind !== 'folder' && String(oid) > String(mine.oid))) ours.adopt(name, theirs);
    }
    for (const firstSeq of segments) await this.#segment(ours, theirs, firstSeq, path);
  }

  async #both(ours: Tree, theirs: Tree, name: string, path: readonly string[]): Promise<void> {
    const [a, b] = await Promise.all([ours.folder(name), theirs.folder(name)]);
    if (a !== undefined && b !== undefined) await this.folder(a, b, [...path, name]);
  }

  /** All versions of one segment on both sides become those that no other continues. */
  async #segment(ours: Tree, theirs: Tree, firstSeq: number, path: readonly string[]): Promise<void> {
    const oids = new Set([...versionsOf(ours, firstSeq), ...versionsOf(theirs, firstSeq)]);
    const blobs = await Promise.all([...oids].map((oid) => this.#objects.read(oid)));
    const versions = uniteSegments(
      blobs.flatMap((blob) => (blob?.type === 'blob' ? [linesOf(blob.data)] : [])),
      this.#sha256,
    );
    for (const { name } of ours.names()) if (parseSegmentName(name)?.firstSeq === firstSeq) ours.remove(name);
    for (const [version, lines] of versions.entries()) {
      await ours.put(segmentName(firstSeq, version), this.#batch.add('blob', Buffer.from(lines.map((line) => `${line}\n`).join(''))));
    }
    const writer = path[0];
    if (versions.length > 1 && writer !== undefined && WRITER.test(writer)) this.#forked.add(writer);
  }

  async #format(ours: Tree, a: Oid | undefined, b: Oid | undefined): Promise<void> {
    const numbers = await Promise.all(
      [a, b].map(async (oid) => (oid === undefined ? FORMAT : Number((await this.#objects.read(oid))?.data.toString('utf8').trim()))),
    );
    const higher = Math.max(...numbers.map((number) => (Number.isInteger(number) ? number : FORMAT)));
    await ours.put(FORMAT_FILE, this.#batch.add('blob', Buffer.from(`${higher}\n`)));
  }
}

function hasSegment(tree: Tree, firstSeq: number): boolean {
  return tree.file(segmentName(firstSeq, 0)) !== undefined;
}

function versionsOf(tree: Tree, firstSeq: number): Oid[] {
  return tree
    .names()
    .flatMap(({ name, kind, oid }) => (kind === 'file' && oid !== undefined && parseSegmentName(name)?.firstSeq === firstSeq ? [oid] : []));
}
