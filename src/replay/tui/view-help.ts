/** The help: which key does what. Pure. */
import { displayWidth, wrap } from '../display-width.ts';
import { type Span, span } from '../paint.ts';
import { KEYS, SIGNS_HELP } from './keys-help.ts';

/** The help's lines. */
export function helpLines(columns: number): Span[][] {
  const isSmall = columns < 64;
  const wide = isSmall ? 10 : 20;
  const lines: Span[][] = [];
  const row = (left: string, right: string): void => {
    const gap = ' '.repeat(Math.max(wide - displayWidth(left), 1));
    const [first = '', ...rest] = wrap(right, Math.max(columns - wide - 3, 10));
    lines.push([span('  '), span(left, 'bold'), span(gap), span(first)]);
    for (const words of rest) lines.push([span(' '.repeat(wide + 2)), span(words)]);
  };
  for (const [title, keys] of KEYS) {
    lines.push([span(` ${title}`, 'cyan')]);
    for (const [key, does] of keys) row(key, does);
    if (!isSmall) lines.push([]);
  }
  lines.push([span(' Signs', 'cyan')]);
  for (const [sign, means] of SIGNS_HELP) row(sign, means);
  lines.push([], [span(' All times are UTC. Nothing here changes a trace.', 'dim')]);
  return lines;
}
