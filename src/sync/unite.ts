/**
 * Stage 4, union: of two journals' trees, path by path. Equal subtrees are taken over unread, so that uniting costs what
 * differs. Writes objects into a batch, moves no ref.
 */
import type { Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch } from '../core/ports.ts';
import { ERASED_FILE, FORMAT, FORMAT_FILE, WRITER } from '../core/segment.ts';
import { type Marks, putMarks, readMarks } from '../journal/erased.ts';
import type { Tree, TreeEntry } from '../journal/tree.ts';
import { eraseLines, holdsSegments } from './erase-lines.ts';
import { grouped, isFile, markOf, putVersions, rank, textOfBlob, versionsOf } from './segment-group.ts';
import { uniteSegments } from './unite-segments.ts';

export interface United {
  /** Writers of whom two versions were found that do not continue one another: one writer in two clones. */
  readonly forkedWriters: ReadonlySet<string>;
  /** Sides that held an event which the other knows to be erased. Their history holds it still, so nothing may continue it. */
  readonly outdated: Outdated;
}

export interface Outdated {
  readonly ours: boolean;
  readonly theirs: boolean;
}

/**
 * Brings everything of `theirs` into `ours`. The result is the same tree whichever comes first, and so whatever the
 * order in which any number of journals meet.
 *
 * @param objects where what is added to `batch` can be read at once, as a {@link Layer}
 * @throws unreadable-segment
 */
export async function uniteTrees(objects: GitObjects, batch: ObjectBatch, ours: Tree, theirs: Tree, sha256: Sha256): Promise<United> {
  const forkedWriters = new Set<string>();
  const { outdated, listed } = await shareMarks(objects, batch, ours, theirs, sha256);
  await new Union(objects, batch, sha256, forkedWriters, listed).folder(ours, theirs, []);
  return { forkedWriters, outdated };
}

/**
 * Erases on each side what the other knows to be erased, wherever it stands there: the same event may have come to two
 * writers. Reads nothing but the two lists unless they differ.
 */
async function shareMarks(
  objects: GitObjects,
  batch: ObjectBatch,
  ours: Tree,
  theirs: Tree,
  sha256: Sha256,
): Promise<{ outdated: Outdated; listed: Marks }> {
  const mine = await readMarks(objects, ours);
  if (ours.file(ERASED_FILE) === theirs.file(ERASED_FILE)) return { outdated: { ours: false, theirs: false }, listed: mine };
  const other = await readMarks(objects, theirs);
  const listed = new Set([...mine, ...other]);
  const erase = async (tree: Tree, marks: Marks): Promise<boolean> => {
    if (marks.size === 0) return false;
    const { isBehind } = await eraseLines(objects, batch, tree, { marks, listed }, sha256);
    tree.write(batch); // its folders may have new oids now, by which they are compared
    return isBehind;
  };
  const outdated = { ours: await erase(ours, without(other, mine)), theirs: await erase(theirs, without(mine, other)) };
  await putMarks(batch, ours, listed);
  return { outdated, listed };
}

function without(marks: Marks, known: Marks): Marks {
  return new Set([...marks].filter((mark) => !known.has(mark)));
}

class Union {
  readonly #objects: GitObjects;
  readonly #batch: ObjectBatch;
  readonly #markOf: (line: string) => string | undefined;
  readonly #forked: Set<string>;
  readonly #listed: Marks;

  constructor(objects: GitObjects, batch: ObjectBatch, sha256: Sha256, forked: Set<string>, listed: Marks) {
    this.#objects = objects;
    this.#batch = batch;
    this.#markOf = (line) => markOf(line, sha256);
    this.#forked = forked;
    this.#listed = listed;
  }

  /**
   * One folder. All versions of a segment (`0000000001.ndjson`, `0000000001.1.ndjson`, …) are one thing, any other name
   * stands for itself. What one side alone has, or both have alike, stays as it is, unread.
   */
  async folder(ours: Tree, theirs: Tree, path: readonly string[]): Promise<void> {
    const have = grouped(ours);
    for (const [key, other] of grouped(theirs)) {
      const mine = have.get(key) ?? [];
      if (sameEntries(mine, other)) continue;
      if (mine.length === 0) for (const { name } of other) ours.adopt(name, theirs);
      else if (typeof key === 'number' && [...mine, ...other].some(isFile)) await this.#segment(ours, [...mine, ...other], key, path);
      else
        for (const entry of other)
          await this.#entry(
            ours,
            theirs,
            path,
            entry,
            mine.find(({ name }) => name === entry.name),
          );
    }
  }

  /** A name that is no segment. */
  async #entry(ours: Tree, theirs: Tree, path: readonly string[], other: TreeEntry, mine: TreeEntry | undefined): Promise<void> {
    const { name } = other;
    if (name === ERASED_FILE && path.length === 0 && mine !== undefined && (isFile(mine) || isFile(other))) return; // shared before
    if (mine?.kind === 'folder' && other.kind === 'folder') {
      const [a, b] = await Promise.all([ours.folder(name), theirs.folder(name)]);
      if (a !== undefined && b !== undefined) await this.folder(a, b, [...path, name]);
    } else if (mine !== undefined && name === FORMAT_FILE && path.length === 0 && isFile(mine) && isFile(other)) {
      await this.#format(ours, [mine, other]);
      // anything else is not ours; all that matters is that every clone chooses alike, and a folder may hold most
    } else if (mine === undefined || rank(other) > rank(mine)) ours.adopt(name, theirs);
  }

  /** All versions of one segment on both sides become those that no other continues; what is no file has no place there. */
  async #segment(ours: Tree, entries: readonly TreeEntry[], firstSeq: number, path: readonly string[]): Promise<void> {
    const versions = uniteSegments(await versionsOf(this.#objects, entries), this.#markOf, holdsSegments(path) ? this.#listed : undefined);
    await putVersions(this.#batch, ours, entries, firstSeq, versions);
    const writer = path[0];
    if (versions.length > 1 && writer !== undefined && WRITER.test(writer)) this.#forked.add(writer);
  }

  async #format(ours: Tree, entries: readonly TreeEntry[]): Promise<void> {
    const numbers = await Promise.all(entries.map(async ({ oid }) => Number((await textOfBlob(this.#objects, oid)).trim())));
    const higher = Math.max(...numbers.map((number) => (Number.isInteger(number) ? number : FORMAT)));
    await ours.put(FORMAT_FILE, this.#batch.add('blob', Buffer.from(`${higher}\n`)));
  }
}

function sameEntries(a: readonly TreeEntry[], b: readonly TreeEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry.name === b[i]?.name && rank(entry) === rank(b[i]));
}
