/** Makes parts of a summary fit: whole rows stay or go, and what went is counted. Pure. */

export interface Part {
  /** Lines before the rows, such as a table's head. */
  readonly head: readonly string[];
  /** Each one or more lines that stay together. */
  readonly rows: readonly string[];
  /** Lines behind the rows, such as the end of a fence. */
  readonly tail: readonly string[];
  /** Which rows go first where there is no room for all. */
  readonly gives: 'first' | 'last';
  /** What tells how many rows went. */
  more(count: number): string;
}

/**
 * The lines of a part that take at most so many characters, newlines counted; none where not one row fits.
 *
 * @example
 * fitted({ head: ['h'], rows: ['a', 'b'], tail: [], gives: 'last', more: (n) => `+${n}` }, 7) // ['h', 'a', '+1']
 */
export function fitted(part: Part, room: number): string[] {
  const { head, rows, tail, gives, more } = part;
  const size = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
  const frame = size([...head, ...tail]);
  if (frame + size(rows) <= room) return [...head, ...rows, ...tail];
  const ordered = gives === 'first' ? rows.toReversed() : rows;
  const kept: string[] = [];
  let taken = frame + more(rows.length).length + 1;
  for (const row of ordered) {
    taken += row.length + 1;
    if (taken > room) break;
    kept.push(row);
  }
  if (kept.length === 0) return [];
  const said = more(rows.length - kept.length);
  return gives === 'first' ? [...head, said, ...kept.toReversed(), ...tail] : [...head, ...kept, said, ...tail];
}
