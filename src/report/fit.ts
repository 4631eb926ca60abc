/** Makes parts of a summary fit: whole rows stay or go, and what went is counted. Rows that go are never made. Pure. */

export interface Part {
  /** Lines before the rows, such as a table's head. */
  readonly head: readonly string[];
  /** How many rows there are. */
  readonly count: number;
  /** One row: one or more lines that stay together. */
  row(index: number): string;
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
 * fitted({ head: ['h'], count: 2, row: (i) => 'ab'[i], tail: [], gives: 'last', more: (n) => `+${n}` }, 7) // ['h', 'a', '+1']
 */
export function fitted({ head, count, row, tail, gives, more }: Part, room: number): string[] {
  const size = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
  let taken = size([...head, ...tail]);
  const note = more(count).length + 1;
  const kept: string[] = [];
  /** How many rows fit if another line has to say that more went. */
  let withNote = 0;
  while (kept.length < count) {
    const next = row(gives === 'first' ? count - 1 - kept.length : kept.length);
    taken += next.length + 1;
    if (taken > room) break;
    kept.push(next);
    if (taken + note <= room) withNote = kept.length;
  }
  const isWhole = kept.length === count;
  if (!isWhole) kept.length = withNote;
  if (kept.length === 0) return [];
  const said = isWhole ? [] : [more(count - kept.length)];
  return gives === 'first' ? [...head, ...said, ...kept.reverse(), ...tail] : [...head, ...kept, ...said, ...tail];
}
