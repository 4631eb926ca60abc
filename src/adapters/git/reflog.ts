/** Reads a reflog as git keeps it in a file: `<old> <new> <who> <seconds> <zone> TAB <message> LF` for each change. */
import type { HeadMove } from '../../core/ports.ts';

const LINE = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t\n]* ([0-9]{1,12}) [+-][0-9]{4}(?:\t([^\n]*))?\n/gm;

/**
 * The moves in a stretch of a reflog, oldest first; a line that is cut off is left out.
 *
 * @example
 * parseMoves(`${'a'.repeat(40)} ${'b'.repeat(40)} A <a@b> 1 +0000\tcommit: fix\n`)[0]?.message // 'commit: fix'
 */
export function parseMoves(text: string): HeadMove[] {
  const moves: HeadMove[] = [];
  for (const [, from = '', to = '', seconds = '', message = ''] of text.matchAll(LINE))
    moves.push({ from, to, at: Number(seconds) * 1_000, message });
  return moves;
}
