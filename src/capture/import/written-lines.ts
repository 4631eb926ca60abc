/**
 * Stage 1, importing: the `edit` of records that say which lines of a file somebody wrote, and not what stood there
 * before: without a diff. Pure.
 */
import type { JsonObject } from '../../core/canonical.ts';

/** Characters of a list of lines. */
const LONGEST = 500;

/**
 * Ranges of lines in a few characters.
 *
 * @example
 * rangesText([[1, 4], [9, 9]]) // '1-4,9'
 */
export function rangesText(ranges: readonly (readonly [number, number])[]): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/** The members that all such edits have. */
export function writtenLines(file: string, lines: string, source: string): JsonObject {
  const cut = lines.length > LONGEST;
  const shown = cut ? `${lines.slice(0, LONGEST).replace(/[^,]*$/, '')}…` : lines;
  return { change_summary: `lines ${shown}`, diff_snippet: '', file, source, ...(cut ? { truncated: true } : {}) };
}
