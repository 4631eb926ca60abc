/** Tells nodes of the progress model: what began and ended in one line, what waits as waiting. Pure. */
import { saidOf } from '../timeline/phases.ts';
import type { ProgressNode, ProgressState } from '../timeline/progress.ts';
import type { Story } from '../timeline/story.ts';
import type { EventItem } from '../timeline/timeline.ts';
import { duration } from '../timeline/words.ts';
import { type Span, type Style, span } from './paint.ts';
import type { Told } from './told.ts';

/** How a state is shown: the symbol says it, colour repeats it. */
export const STATES: Readonly<Record<ProgressState, { readonly symbol: string; readonly style: Style }>> = {
  waiting: { symbol: '○', style: 'yellow' },
  running: { symbol: '◐', style: 'yellow' },
  complete: { symbol: '✓', style: 'green' },
  failed: { symbol: '✗', style: 'red' },
  cancelled: { symbol: '⊘', style: 'dim' },
  interrupted: { symbol: '◌', style: 'yellow' },
};

/** A node as it stands when it is told. */
export interface ProgressRow {
  readonly node: ProgressNode;
  readonly state: ProgressState;
}

/** Which events are told as nodes. */
export class ProgressRows {
  readonly #rows = new Map<number, ProgressRow>();
  /** Told by the line of another event. */
  readonly #silent = new Set<number>();

  /** @param reference when what has not ended is judged, in milliseconds since 1970 */
  constructor({ frames, progress }: Story, reference: number | undefined) {
    const lines = new Map<string, number>();
    for (const { item, node } of frames) {
      if (node === undefined || !isPaired(item)) continue;
      // a node is told where it ended, or, as long as it has not, where it was last heard of
      const before = lines.get(node);
      if (before !== undefined) this.#silent.add(before);
      lines.set(node, item.seq);
    }
    for (const [key, seq] of lines) {
      const node = progress.nodes.get(key);
      if (node !== undefined) this.#rows.set(seq, { node, state: progress.stateAt(node, reference) });
    }
  }

  /** The node that an event is told as. */
  of({ seq }: EventItem): ProgressRow | undefined {
    return this.#rows.get(seq);
  }

  /** Whether an event is told by the line of another one. */
  isSilent({ seq }: EventItem): boolean {
    return this.#silent.has(seq);
  }
}

function isPaired({ entry: { event } }: EventItem): boolean {
  const kind = saidOf(event.type, event.payload)?.kind;
  return kind !== undefined && kind !== 'session';
}

/** Tells a node. */
export function tellNode({ node, state }: ProgressRow): Told {
  const { symbol, style } = STATES[state];
  const words = [span(node.kind.replaceAll('_', ' ')), span(node.label === '' ? '' : ` ${node.label}`, 'bold')];
  const by = [node.provider, node.model].filter((word) => word !== undefined && word !== node.label).join(' ');
  if (by !== '') words.push(span(`  ${by}`, 'dim'));
  if (state !== 'complete') words.push(span(` ${state === 'failed' && node.message !== undefined ? 'failed:' : state}`, style));
  if (state === 'failed' && node.message !== undefined) words.push(span(` ${node.message}`));
  const result: Span[] = [...partsOf(node), ...(node.ms === undefined ? [] : [span(`  ${duration(node.ms)}`, 'dim')])];
  return { symbol, style, words, result };
}

/** How many of its parts are done, `  11 of 12, 1 failed`. */
function partsOf({ kind, parts, done, total }: ProgressNode): Span[] {
  const isWhole = kind === 'level' || kind === 'generation' || kind === 'plan';
  const counted = isWhole && parts.all > 0 ? parts.complete : done;
  const all = total ?? (isWhole && parts.all > 0 ? parts.all : undefined);
  const words =
    counted === undefined ? (all === undefined ? '' : `${all} in all`) : all === undefined ? `${counted} done` : `${counted} of ${all}`;
  const spans = words === '' ? [] : [span(`  ${words}`, 'dim')];
  if (isWhole && parts.failed > 0) spans.push(span(`, ${parts.failed} failed`, 'red'));
  return spans;
}
