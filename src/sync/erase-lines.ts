/**
 * Stage 4, erasing in a tree: replaces the lines of marked events in every segment that readers read, in all versions of
 * it. Every line keeps its place. Writes objects into a batch, moves no ref.
 */
import { isPrunedLine, prunedMarks, type Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch } from '../core/ports.ts';
import { SESSION, WRITER } from '../core/segment.ts';
import type { Marks } from '../journal/erased.ts';
import type { Tree } from '../journal/tree.ts';
import { grouped, isFile, markOf, putVersions, versionsOf } from './segment-group.ts';
import { type Lines, uniteSegments } from './unite-segments.ts';

/** Names of the folders of each level, as readers know them. */
const FOLDERS = [WRITER, SESSION, /^[0-9]{4}$/];

/** Whether readers look for segments in a folder of a journal, given by the names on the way to it. */
export function holdsSegments(path: readonly string[]): boolean {
  return path.length >= 2 && path.every((name, level) => FOLDERS[level]?.test(name));
}

export interface Swept {
  /** Lines that were replaced. */
  readonly lines: number;
  /** The commits behind the tree may hold the events: a line was replaced, or some were pruned and nobody can tell. */
  readonly isBehind: boolean;
}

/**
 * Erases the events of these marks in a journal's tree.
 *
 * @param listed all marks that the journal will list, these among them
 * @throws unreadable-segment
 */
export async function eraseLines(
  objects: GitObjects,
  batch: ObjectBatch,
  root: Tree,
  { marks, listed }: { readonly marks: Marks; readonly listed: Marks },
  sha256: Sha256,
): Promise<Swept> {
  const known = (line: string): string | undefined => markOf(line, sha256);
  let lines = 0;
  let isPruned = false;
  const folder = async (tree: Tree, level: number): Promise<void> => {
    for (const [key, entries] of grouped(tree)) {
      if (typeof key === 'string') {
        const below = FOLDERS[level]?.test(key) ? await tree.folder(key) : undefined;
        if (below !== undefined) await folder(below, level + 1);
      } else if (level >= 2 && entries.some(isFile)) {
        const versions = await versionsOf(objects, entries);
        isPruned ||= versions.some(([first]) => first !== undefined && isPrunedLine(first));
        const cleaned = versions.map((version) => version.map((line) => withoutEvent(line, marks, known)));
        const hits = countChanged(versions, cleaned);
        // two versions may have differed in nothing else
        if (hits > 0 || versions.some(([first = '']) => prunedMarks(first).some((mark) => marks.has(mark))))
          await putVersions(batch, tree, entries, key, uniteSegments(cleaned, known, listed));
        lines += hits;
      }
    }
  };
  if (marks.size > 0) await folder(root, 0);
  return { lines, isBehind: lines > 0 || isPruned };
}

/** A line, or what stands in its place once its event is erased. */
export function withoutEvent(line: string, marks: Marks, known: (line: string) => string | undefined): string {
  const mark = known(line);
  return mark !== undefined && marks.has(mark) ? `{"erased":"${mark}"}` : line;
}

function countChanged(before: readonly Lines[], after: readonly Lines[]): number {
  return before.reduce((sum, lines, v) => sum + lines.filter((line, i) => line !== after[v]?.[i]).length, 0);
}
