/**
 * Stage 4, union: of two journals' trees, path by path. Equal subtrees are taken over unread, so that uniting costs what
 * differs. Writes objects into a batch, moves no ref.
 */
import { fail } from '../core/errors.ts';
import { lineId, readLine, type Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';
import { FORMAT, FORMAT_FILE, parseSegmentName, segmentName, WRITER } from '../core/segment.ts';
import type { Tree, TreeEntry } from '../journal/tree.ts';
import { type Lines, textOf, uniteSegments } from './unite-segments.ts';

export interface United {
  /** Writers of whom two versions were found that do not continue one another: one writer in two clones. */
  readonly forkedWriters: ReadonlySet<string>;
}

/**
 * Brings everything of `theirs` into `ours`. The result is the same tree whichever comes first, and so whatever the
 * order in which any number of journals meet.
 *
 * @throws unreadable-segment
 */
export async function uniteTrees(objects: GitObjects, batch: ObjectBatch, ours: Tree, theirs: Tree, sha256: Sha256): Promise<United> {
  const forkedWriters = new Set<string>();
  await new Union(objects, batch, sha256, forkedWriters).folder(ours, theirs, []);
  return { forkedWriters };
}

class Union {
  readonly #objects: GitObjects;
  readonly #batch: ObjectBatch;
  readonly #markOf: (line: string) => string | undefined;
  readonly #forked: Set<string>;

  constructor(objects: GitObjects, batch: ObjectBatch, sha256: Sha256, forked: Set<string>) {
    this.#objects = objects;
    this.#batch = batch;
    this.#markOf = (line) => markOf(line, sha256);
    this.#forked = forked;
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
    const oids = [...new Set(entries.filter(isFile).map(({ oid }) => oid))];
    const versions = uniteSegments(await Promise.all(oids.map((oid) => this.#lines(oid))), this.#markOf);
    for (const { name } of entries) ours.remove(name);
    for (const [version, lines] of versions.entries()) {
      await ours.put(segmentName(firstSeq, version), this.#batch.add('blob', Buffer.from(textOf(lines), 'latin1')));
    }
    const writer = path[0];
    if (versions.length > 1 && writer !== undefined && WRITER.test(writer)) this.#forked.add(writer);
  }

  async #lines(oid: Oid | undefined): Promise<Lines> {
    return (await this.#text(oid)).split('\n').slice(0, -1); // text after the last newline is no line
  }

  /** A blob's bytes as latin1: what is not UTF-8 must come through as it is. */
  async #text(oid: Oid | undefined): Promise<string> {
    const blob = oid === undefined ? undefined : await this.#objects.read(oid);
    if (blob?.type === 'blob') return blob.data.toString('latin1');
    throw fail('unreadable-segment', `cannot unite: object '${oid}' is ${blob === undefined ? 'missing' : `a ${blob.type}`}`);
  }

  async #format(ours: Tree, entries: readonly TreeEntry[]): Promise<void> {
    const numbers = await Promise.all(entries.map(async ({ oid }) => Number((await this.#text(oid)).trim())));
    const higher = Math.max(...numbers.map((number) => (Number.isInteger(number) ? number : FORMAT)));
    await ours.put(FORMAT_FILE, this.#batch.add('blob', Buffer.from(`${higher}\n`)));
  }
}

/** The mark by which an erased line names an event; the line is given as its bytes. */
export function markOf(line: string, sha256: Sha256): string | undefined {
  const text = Buffer.from(line, 'latin1').toString('utf8');
  try {
    const read = readLine(text, false);
    return read.kind === 'event' ? sha256(lineId(text, read.event, sha256)) : undefined;
  } catch {
    return undefined; // cannot be said canonically, so it has no id, and nobody can have erased it
  }
}

/** A folder's entries by the segment that they are a version of, others by their name. */
function grouped(tree: Tree): Map<string | number, TreeEntry[]> {
  const groups = new Map<string | number, TreeEntry[]>();
  for (const entry of tree.names()) {
    const key = parseSegmentName(entry.name)?.firstSeq ?? entry.name;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

function sameEntries(a: readonly TreeEntry[], b: readonly TreeEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry.name === b[i]?.name && rank(entry) === rank(b[i]));
}

function isFile({ kind }: TreeEntry): boolean {
  return kind === 'file';
}

/** Folders (40000) before links to commits (160000), symbolic links (120000) and files (100…), then by content. */
function rank({ mode, oid }: TreeEntry): string {
  return `${mode} ${oid}`;
}
