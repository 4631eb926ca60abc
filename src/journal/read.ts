/**
 * Stage 3, reading: a journal commit's tree is the whole trace. Reads all of it, or only what came since a commit that
 * was read before. What cannot be read becomes a fault; the rest is read all the same.
 */
import { fail, messageOf } from '../core/errors.ts';
import type { GitObjects, Oid } from '../core/ports.ts';
import { FORMAT, FORMAT_FILE, parseSegmentPath, type SegmentPath } from '../core/segment.ts';
import { readCommit, Tree } from './tree.ts';

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

interface Segment extends SegmentPath {
  readonly path: string;
  readonly oid: Oid;
}

/** Blobs asked for ahead of the one that is being taken apart. */
const AHEAD = 64;

/**
 * Reads the journal of a commit; with `since` only lines that are not in that earlier commit's journal.
 *
 * @throws unreadable-segment when the commit or its root tree cannot be read
 */
export async function readJournal(objects: GitObjects, commit: Oid, since?: Oid): Promise<JournalContents> {
  const faults: ReadFault[] = [];
  const root = await loadRoot(objects, commit);
  const earlier = since === undefined ? undefined : await loadRoot(objects, since).catch(() => undefined);
  const segments: Segment[] = [];
  const before = new Map<string, Oid>();
  await walk(root, earlier, '', segments, before, faults);
  segments.sort((a, b) => compare(a.writer, b.writer) || compare(a.session, b.session) || a.firstSeq - b.firstSeq || a.version - b.version);

  const parts: { writer: string; session: string; firstSeq: number; lines: string[] }[] = [];
  const asked = new Map<number, Promise<readonly string[]>>();
  const ask = (i: number): void => {
    const segment = segments[i];
    if (segment === undefined || asked.has(i)) return;
    const lines = newLines(objects, segment, before.get(segment.path));
    lines.catch(() => {}); // looked at below, in order
    asked.set(i, lines);
  };
  for (let i = 0; i < segments.length; i++) {
    for (let ahead = i; ahead < i + AHEAD; ahead++) ask(ahead);
    const segment = segments[i];
    const wanted = asked.get(i);
    asked.delete(i);
    if (segment === undefined || wanted === undefined) continue;
    try {
      const lines = await wanted;
      const earlierPart = before.has(segment.path) ? await countLines(objects, before.get(segment.path)) : 0;
      const firstSeq = segment.firstSeq + earlierPart;
      const last = parts.at(-1);
      if (
        last !== undefined &&
        last.writer === segment.writer &&
        last.session === segment.session &&
        last.firstSeq + last.lines.length === firstSeq
      ) {
        for (const line of lines) last.lines.push(line);
      } else if (lines.length > 0) parts.push({ writer: segment.writer, session: segment.session, firstSeq, lines: [...lines] });
    } catch (error) {
      faults.push({ path: segment.path, reason: messageOf(error) });
    }
  }
  return { parts, faults, format: await formatOf(objects, root) };
}

/** The root tree of a journal commit. @throws unreadable-segment */
export async function loadRoot(objects: GitObjects, commit: Oid): Promise<Tree> {
  return Tree.load(objects, (await readCommit(objects, commit)).tree);
}

/** Which format a journal says it has; without a word, ours. */
export async function formatOf(objects: GitObjects, root: Tree): Promise<number> {
  const oid = root.file(FORMAT_FILE);
  const text = oid === undefined ? undefined : (await objects.read(oid))?.data.toString('utf8');
  const number = Number(text?.trim() ?? FORMAT);
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
async function walk(
  tree: Tree,
  earlier: Tree | undefined,
  prefix: string,
  segments: Segment[],
  before: Map<string, Oid>,
  faults: ReadFault[],
): Promise<void> {
  for (const { name, kind, oid } of tree.names()) {
    const path = prefix + name;
    if (oid === undefined || (prefix === '' && name === FORMAT_FILE)) continue;
    if (kind === 'folder') {
      const known = earlier?.names().find((entry) => entry.name === name)?.oid;
      if (known === oid) continue;
      try {
        const folder = await tree.folder(name);
        if (folder !== undefined) await walk(folder, await earlier?.folder(name), `${path}/`, segments, before, faults);
      } catch (error) {
        faults.push({ path, reason: messageOf(error) });
      }
      continue;
    }
    const segment = kind === 'file' ? parseSegmentPath(path) : undefined;
    if (segment === undefined) {
      faults.push({ path, reason: 'not a segment of this format' });
      continue;
    }
    const known = earlier?.file(name);
    if (known === oid) continue;
    if (known !== undefined) before.set(path, known);
    segments.push({ ...segment, path, oid });
  }
}

async function newLines(objects: GitObjects, segment: Segment, before: Oid | undefined): Promise<readonly string[]> {
  const blob = await objects.read(segment.oid);
  if (blob?.type !== 'blob')
    throw fail(
      'unreadable-segment',
      blob === undefined ? `its object '${segment.oid}' is missing` : `its object '${segment.oid}' is a ${blob.type}`,
    );
  if (blob.data.length > 0 && blob.data.at(-1) !== 0x0a) throw fail('unreadable-segment', 'its last line has no end');
  const lines = linesOf(blob.data);
  return before === undefined ? lines : lines.slice(await countLines(objects, before));
}

async function countLines(objects: GitObjects, oid: Oid | undefined): Promise<number> {
  const blob = oid === undefined ? undefined : await objects.read(oid);
  let count = 0;
  for (let at = blob?.data.indexOf(0x0a) ?? -1; at >= 0; at = blob?.data.indexOf(0x0a, at + 1) ?? -1) count++;
  return count;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
