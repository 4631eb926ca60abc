/**
 * The law of union, for one path: from any number of versions of a segment, the ones that no other continues, with every
 * erased line erased in all of them. Pure; commutative, associative, idempotent, loses nothing.
 *
 * 1. A segment that was pruned in any version is pruned: versions that still have its lines are gone, as if never seen.
 * 2. A line that was erased in any version is erased in all, whatever their age.
 * 3. A path has one writer, so of two versions one continues the other: the longer one stays.
 * 4. If two clones share a writer (a copied `.git`), neither may continue the other: both stay, side by side.
 */

/** The lines of a segment, in order, without their newlines. */
export type Lines = readonly string[];

const ERASED = /^\{"erased":"([0-9a-f]{64})"\}$/;

/**
 * Unites versions of one segment.
 *
 * @param markOf the sha-256 of an event's id, by which an erased line names it; `undefined` for a line that is no event
 * @example
 * uniteSegments([['a'], ['a', 'b']], () => undefined) // [['a', 'b']]
 */
export function uniteSegments(versions: readonly Lines[], markOf: (line: string) => string | undefined): readonly Lines[] {
  const pruned = versions.filter(isPruned);
  const left = pruned.length > 0 ? pruned : versions; // 1
  const erased = new Set(left.flatMap((lines) => lines.flatMap((line) => ERASED.exec(line)?.[1] ?? [])));
  const cleaned = erased.size === 0 ? left : left.map((lines) => lines.map((line) => erase(line, erased, markOf))); // 2
  const distinct = [...new Map(cleaned.map((lines) => [textOf(lines), lines]))];
  const kept = distinct.filter(([text]) => !distinct.some(([other]) => other !== text && other.startsWith(text))); // 3
  return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lines]) => lines); // 4
}

/** The text of a segment with these lines. */
export function textOf(lines: Lines): string {
  return lines.map((line) => `${line}\n`).join('');
}

function isPruned([first = '']: Lines): boolean {
  return first.startsWith('{"pruned":');
}

function erase(line: string, erased: ReadonlySet<string>, markOf: (line: string) => string | undefined): string {
  const mark = markOf(line);
  return mark !== undefined && erased.has(mark) ? `{"erased":"${mark}"}` : line;
}
