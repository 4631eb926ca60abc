/**
 * Stage 3, reading: a journal commit's tree is the whole trace. Reads all of it, or only what came since a commit that
 * was read before. What cannot be read becomes a fault; the rest is read all the same.
 */
import { fail, messageOf } from '../core/errors.ts';
import type { GitObjects, Oid } from '../core/ports.ts';
import { ERASED_FILE, FORMAT, FORMAT_FILE, parseSegmentPath, SESSION, type SegmentPath, WRITER } from '../core/segment.ts';
import { readCommit, shownName, Tree } from './tree.ts';

/** A run of lines of one session of one writer. */
export interface Part {
  readonly writer: string;
  readonly session: string;
  /** Position in the session of the first line. */
  readonly firstSeq: number;
  readonly lines: readonly string[];
}

export interface ReadFault {
  readonly path: string;
  readonly reason: string;
}

export interface JournalContents {
  /** In order of writer, session and first seq; a session's neighbouring segments are one part. */
  readonly parts: readonly Part[];
  readonly faults: readonly ReadFault[];
  /** Format number in the journal; above {@link FORMAT} it may be read but not written. */
  readonly format: number;
}

/** Where a segment of a journal is read. */
export interface Segment extends SegmentPath {
  readonly path: string;
  readonly oid: Oid;
  /** The same path in the earlier journal, whose lines are known. */
  readonly earlier: Oid | undefined;
}

/** Blobs asked for ahead of the one that is being taken apart. */
const AHEAD = 64;
/** Files and folders of a journal (up to 4 GiB of lines): a small hostile tree that names itself a thousand times ends here. */
export const MOST_ENTRIES = 65_536;
/** Names of the folders of each level; what lies in others is of no format we know. */
const FOLDERS = [WRITER, SESSION, /^[0-9]{4}$/];

/**
 * Reads the journal of a commit; with `since` only lines that are not in that earlier commit's journal.
 *
 * @throws unreadable-segment when the commit or its root tree cannot be read
 */
export async function readJournal(objects: GitObjects, commit: Oid, since?: Oid): Promise<JournalContents> {
  const root = await loadRoot(objects, commit);
  const earlier = since === undefined ? undefined : await loadRoot(objects, since).catch(() => undefined);
  return readRoot(objects, root, earlier);
}

/** Reads the journal that a tree is; with `earlier` only lines that are not in that one. Faults are told, not thrown. */
export async function readRoot(objects: GitObjects, root: Tree, earlier?: Tree): Promise<JournalContents> {
  const { segments, faults } = await walkJournal(root, earlier);
  const parts: { writer: string; session: string; firstSeq: number; lines: string[] }[] = [];
  for await (const { lines, writer, session, firstSeq } of readSegments(objects, segments, faults)) {
    const last = parts.at(-1);
    const follows = last?.writer === writer && last.session === session && last.firstSeq + last.lines.length === firstSeq;
    if (follows) for (const line of lines) last.lines.push(line);
    else if (lines.length > 0) parts.push({ writer, session, firstSeq, lines: [...lines] });
  }
  const format = await formatOf(objects, root).catch((error: unknown) => {
    faults.push({ path: FORMAT_FILE, reason: messageOf(error) });
    return FORMAT;
  });
  return { parts, faults, format };
}

/** The segments of a journal, in order of writer, session, first seq and version; with `earlier` only what is not in that one. */
export async function walkJournal(root: Tree, earlier?: Tree): Promise<{ segments: Segment[]; faults: ReadFault[] }> {
  const walk = new Walk();
  await walk.folder(root, earlier);
  const { segments, faults } = walk;
  segments.sort((a, b) => compare(a.writer, b.writer) || compare(a.session, b.session) || a.firstSeq - b.firstSeq || a.version - b.version);
  return { segments, faults };
}

/** The segments of one session of one writer, in order; none of what cannot be read. */
export async function walkSession(root: Tree, writer: string, session: string): Promise<readonly Segment[]> {
  const tree = await (await root.folder(writer))?.folder(session);
  const walk = new Walk();
  if (tree !== undefined) await walk.folder(tree, undefined, `${writer}/${session}/`, 2);
  return walk.segments.sort((a, b) => a.firstSeq - b.firstSeq);
}

/** Reads segments one after the other, each a part with the lines that are new; some are asked for ahead. @param faults is told of those that cannot be read */
export async function* readSegments(
  objects: GitObjects,
  segments: readonly Segment[],
  faults: ReadFault[],
): AsyncGenerator<Part & { readonly segment: Segment }> {
  const asked: Promise<NewLines>[] = [];
  for (const [i, segment] of segments.entries()) {
    for (const ahead of segments.slice(asked.length, i + AHEAD)) {
      const lines = newLines(objects, ahead);
      lines.catch(() => {}); // looked at below, in order
      asked.push(lines);
    }
    const { path, writer, session, firstSeq } = segment;
    try {
      const found = await asked[i];
      delete asked[i];
      if (found === undefined) continue;
      if (found.rest) faults.push({ path, reason: 'its last line has no end' });
      yield { writer, session, firstSeq: firstSeq + found.known, lines: found.lines, segment };
    } catch (error) {
      faults.push({ path, reason: messageOf(error) });
    }
  }
}

/** The root tree of a journal commit. @throws unreadable-segment */
export async function loadRoot(objects: GitObjects, commit: Oid): Promise<Tree> {
  return Tree.load(objects, (await readCommit(objects, commit)).tree);
}

/** Which format a journal says it has; without a word, ours. @throws unreadable-segment */
export async function formatOf(objects: GitObjects, root: Tree): Promise<number> {
  const oid = root.file(FORMAT_FILE);
  if (oid === undefined) return FORMAT;
  const number = Number((await readBlob(objects, oid)).toString('latin1').trim());
  return Number.isInteger(number) && number > 0 ? number : Number.MAX_SAFE_INTEGER;
}

/** @throws newer-format */
export function refuseNewer(format: number, ref: string): void {
  if (format <= FORMAT) return;
  throw fail('newer-format', `'${ref}' has a newer format than this git-trace can write`, [
    'update git-trace; reading goes on as far as it is understood',
  ]);
}

/** The lines of a segment's bytes; text after the last newline is a torn line and no line. */
export function linesOf(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const lines = bytes.toString('utf8').split('\n');
  lines.pop();
  return lines;
}

/** Finds the segments of a tree that an earlier tree does not have in the same form. */
class Walk {
  readonly segments: Segment[] = [];
  readonly faults: ReadFault[] = [];
  #left = MOST_ENTRIES;

  async folder(tree: Tree, earlier: Tree | undefined, prefix = '', level = 0): Promise<void> {
    for (const { name, kind, oid } of tree.names()) {
      const path = shownName(prefix + name);
      if (this.#left-- === 0) this.faults.push({ path, reason: `the journal has more than ${MOST_ENTRIES} entries` });
      if (this.#left < 0) return;
      if (oid === undefined || (level === 0 && (name === FORMAT_FILE || name === ERASED_FILE))) continue;
      if (kind === 'folder' && FOLDERS[level]?.test(name)) {
        if (earlier?.folderOid(name) === oid) continue;
        try {
          const folder = await tree.folder(name);
          const known = await earlier?.folder(name).catch(() => undefined);
          if (folder !== undefined) await this.folder(folder, known, `${prefix}${name}/`, level + 1);
        } catch (error) {
          this.faults.push({ path, reason: messageOf(error) });
        }
        continue;
      }
      const segment = kind === 'file' ? parseSegmentPath(prefix + name) : undefined;
      const known = earlier?.file(name);
      if (segment === undefined) this.faults.push({ path, reason: 'not a segment of this format' });
      else if (known !== oid) this.segments.push({ ...segment, path, oid, earlier: known });
    }
  }
}

interface NewLines {
  /** Lines that the earlier journal has. */
  readonly known: number;
  readonly lines: readonly string[];
  /** Text follows the last newline. */
  readonly rest: boolean;
}

/** The bytes of a segment. @throws unreadable-segment */
export function readSegment(objects: GitObjects, { oid }: Segment): Promise<Buffer> {
  return readBlob(objects, oid);
}

async function newLines(objects: GitObjects, segment: Segment): Promise<NewLines> {
  const bytes = await readBlob(objects, segment.oid);
  const lines = linesOf(bytes);
  const rest = bytes.length > 0 && bytes.at(-1) !== 0x0a;
  if (segment.earlier === undefined) return { known: 0, lines, rest };
  const known = linesOf(await readBlob(objects, segment.earlier).catch(() => Buffer.alloc(0))).length;
  return { known, lines: lines.slice(known), rest };
}

/** @throws unreadable-segment */
async function readBlob(objects: GitObjects, oid: Oid): Promise<Buffer> {
  const object = await objects.read(oid);
  if (object?.type === 'blob') return object.data;
  throw fail('unreadable-segment', object === undefined ? `its object '${oid}' is missing` : `its object '${oid}' is a ${object.type}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
