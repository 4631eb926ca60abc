/**
 * The law of union, for one path: from any number of versions of a segment, the ones that no other continues, with every
 * erased line erased in all of them. Pure; commutative, associative, idempotent, loses nothing.
 *
 * 1. A line that was erased in any version is erased in all, whatever their age.
 * 2. Lines at the beginning that were pruned in any version are pruned in all, by their number: what a clone has added
 *    behind them stays. The first of them says which events were erased in this segment, so that they stay erased.
 * 3. A path has one writer, so of two versions one continues the other: the longer one stays.
 * 4. If two clones share a writer (a copied `.git`), neither may continue the other: both stay, side by side.
 */
import { isPrunedLine, PRUNED_LINE, prunedMarks } from '../core/line.ts';

/** The lines of a segment, in order, without their newlines. */
export type Lines = readonly string[];

const ERASED = /^\{"erased":"([0-9a-f]{64})"\}$/;

/**
 * Unites versions of one segment.
 *
 * @param markOf the sha-256 of an event's id, by which an erased line names it; `undefined` for a line that is no event
 * @param listed marks that the journal lists in a file of its own, so that no pruned line need keep them
 * @example
 * uniteSegments([['a'], ['a', 'b']], () => undefined) // [['a', 'b']]
 */
export function uniteSegments(
  versions: readonly Lines[],
  markOf: (line: string) => string | undefined,
  listed: ReadonlySet<string> = new Set(),
): readonly Lines[] {
  const pruned = countPruned(versions);
  const erased = new Set(versions.flatMap((lines) => lines.flatMap((line) => ERASED.exec(line)?.[1] ?? [])));
  for (const lines of versions) for (const line of lines.slice(0, pruned)) for (const mark of prunedMarks(line)) erased.add(mark);
  const told = [...erased].filter((mark) => !listed.has(mark));
  const beginning = Array.from({ length: pruned }, (_, i) => (i === 0 ? firstPruned(told) : PRUNED_LINE));
  const clean = (lines: Lines): Lines => [
    ...beginning.slice(0, lines.length), // 2
    ...lines.slice(pruned).map((line) => (erased.size === 0 ? line : erase(line, erased, markOf))), // 1
  ];
  const cleaned = erased.size === 0 && pruned === 0 ? versions : versions.map(clean);
  const distinct = [...new Map(cleaned.map((lines) => [textOf(lines), lines]))];
  const kept = distinct.filter(([text]) => !distinct.some(([other]) => other !== text && other.startsWith(text))); // 3
  return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lines]) => lines); // 4
}

/** The text of a segment with these lines. */
export function textOf(lines: Lines): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** How many lines at the beginning are pruned in one version or another; each is where those before it leave off, or sooner. */
function countPruned(versions: readonly Lines[]): number {
  for (let count = 0; ; ) {
    const more = Math.max(count, ...versions.map((lines) => endOfPruned(lines, count)));
    if (more === count) return count;
    count = more;
  }
}

function endOfPruned(lines: Lines, from: number): number {
  let end = from;
  while (isPrunedLine(lines[end] ?? '')) end++;
  return end;
}

function firstPruned(erased: readonly string[]): string {
  return erased.length === 0 ? PRUNED_LINE : `{"pruned":{"erased":${JSON.stringify([...erased].sort())}}}`;
}

function erase(line: string, erased: ReadonlySet<string>, markOf: (line: string) => string | undefined): string {
  const mark = markOf(line);
  return mark !== undefined && erased.has(mark) ? `{"erased":"${mark}"}` : line;
}
