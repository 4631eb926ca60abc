/**
 * Stage 4: the versions of one segment in a folder (`0000000001.ndjson`, `0000000001.1.ndjson`, …), found, read and written
 * together. Lines are bytes, a character each: what is not UTF-8 must come through as it is.
 */
import { fail } from '../core/errors.ts';
import { lineId, readLine, type Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';
import { parseSegmentName, segmentName } from '../core/segment.ts';
import type { Tree, TreeEntry } from '../journal/tree.ts';
import { type Lines, textOf } from './unite-segments.ts';

/** A folder's entries by the segment that they are a version of (its first seq), others by their name. */
export function grouped(tree: Tree): Map<string | number, TreeEntry[]> {
  const groups = new Map<string | number, TreeEntry[]>();
  for (const entry of tree.names()) {
    const key = parseSegmentName(entry.name)?.firstSeq ?? entry.name;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** The different texts among versions, as lines; text after the last newline is no line. @throws unreadable-segment */
export async function versionsOf(objects: GitObjects, entries: readonly TreeEntry[]): Promise<readonly Lines[]> {
  const oids = [...new Set(entries.filter(isFile).map(({ oid }) => oid))];
  return Promise.all(oids.map(async (oid) => (await textOfBlob(objects, oid)).split('\n').slice(0, -1)));
}

/** Puts versions in the place of a group's entries. */
export async function putVersions(
  batch: ObjectBatch,
  folder: Tree,
  entries: readonly TreeEntry[],
  firstSeq: number,
  versions: readonly Lines[],
): Promise<void> {
  for (const { name } of entries) folder.remove(name);
  for (const [version, lines] of versions.entries()) {
    await folder.put(segmentName(firstSeq, version), batch.add('blob', Buffer.from(textOf(lines), 'latin1')));
  }
}

/** A blob's bytes as latin1. @throws unreadable-segment */
export async function textOfBlob(objects: GitObjects, oid: Oid | undefined): Promise<string> {
  const blob = oid === undefined ? undefined : await objects.read(oid);
  if (blob?.type === 'blob') return blob.data.toString('latin1');
  throw fail('unreadable-segment', `cannot unite: object '${oid}' is ${blob === undefined ? 'missing' : `a ${blob.type}`}`);
}

/** The mark by which an erased line names an event; `undefined` for a line that is no event. The line is given as its bytes. */
export function markOf(line: string, sha256: Sha256): string | undefined {
  const text = Buffer.from(line, 'latin1').toString('utf8');
  try {
    const read = readLine(text, false);
    return read.kind === 'event' ? sha256(lineId(text, read.event, sha256)) : undefined;
  } catch {
    return undefined; // cannot be said canonically, so it has no id, and nobody can have erased it
  }
}

/** Whether an entry is a file, of any mode. */
export function isFile({ kind }: TreeEntry): boolean {
  return kind === 'file';
}

/** What decides between entries: folders (40000) before links to commits (160000), symbolic links (120000) and files (100…), then content. */
export function rank({ mode, oid }: TreeEntry): string {
  return `${mode} ${oid}`;
}
