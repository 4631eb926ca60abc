/**
 * The law of union, for one path: from any number of versions of a segment, the ones that no other continues, with every
 * erased line erased in all of them. Pure; commutative, associative, idempotent, loses nothing.
 *
 * 1. A path has one writer, so of two versions one continues the other: the longer one stays.
 * 2. A line that was erased in any version is erased in all, whatever their age.
 * 3. If two clones share a writer (a copied `.git`), neither may continue the other: both stay, side by side.
 */
import { lineId, readLine, type Sha256 } from '../core/line.ts';

/**
 * Unites versions of one segment, each given as its lines.
 *
 * @example
 * uniteSegments([['a'], ['a', 'b']], (text) => text) // [['a', 'b']]
 */
export function uniteSegments(versions: readonly (readonly string[])[], sha256: Sha256): readonly (readonly string[])[] {
  const erased = new Set(versions.flatMap((lines) => lines.flatMap((line) => erasedIn(line) ?? []))); // 2
  const cleaned = erased.size === 0 ? versions : versions.map((lines) => lines.map((line) => erase(line, erased, sha256)));
  const distinct = [...new Map(cleaned.map((lines) => [lines.join('\n'), lines])).entries()];
  const kept = distinct.filter(([text]) => !distinct.some(([other]) => other !== text && continues(other, text))); // 1
  return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lines]) => lines); // 3
}

/** Whether a text goes on where another ends. */
function continues(longer: string, shorter: string): boolean {
  return shorter === '' || (longer.startsWith(shorter) && longer.charCodeAt(shorter.length) === 0x0a);
}

const ERASED = /^\{"erased":"([0-9a-f]{64})"\}$/;

function erasedIn(line: string): string | undefined {
  return line.startsWith('{"erased":') ? ERASED.exec(line)?.[1] : undefined;
}

function erase(line: string, erased: ReadonlySet<string>, sha256: Sha256): string {
  const read = readLine(line, false);
  if (read.kind !== 'event') return line;
  const mark = sha256(lineId(line, read.event, sha256));
  return erased.has(mark) ? `{"erased":"${mark}"}` : line;
}
