/** Reads a reflog as git keeps it in a file: `<old> <new> <who> <seconds> <zone> TAB <message> LF` for each change. */
import type { HeadMove } from '../../core/ports.ts';

/**
 * The moves in a stretch of a reflog, oldest first; a line that is cut off is left out.
 *
 * @example
 * parseMoves(`${'a'.repeat(40)} ${'b'.repeat(40)} A <a@b> 1 +0000\tcommit: fix\n`)[0]?.message // 'commit: fix'
 */
export function parseMoves(text: string): HeadMove[] {
  const moves: HeadMove[] = [];
  for (const [, from = '', to = '', message = ''] of text.matchAll(/^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t\n]*(?:\t(.*))?\n/gm))
    moves.push({ from, to, message });
  return moves;
}
