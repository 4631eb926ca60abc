/** Tells nodes of the progress model: what began and ended in one line, what waits as waiting. Pure. */
import type { EventPayload } from '../core/line.ts';
import { labelOf, namesOf } from '../timeline/identity.ts';
import { messageOf, tookMs } from '../timeline/outcome.ts';
import { type Phase, saidOf, tellsQueue } from '../timeline/phases.ts';
import type { ProgressNode, ProgressState } from '../timeline/progress.ts';
import { figuresOf } from '../timeline/queues.ts';
import type { Story } from '../timeline/story.ts';
import type { EventItem, Item } from '../timeline/timeline.ts';
import { counted, duration } from '../timeline/words.ts';
import { wrap } from './display-width.ts';
import { type Span, type Style, span, widthOfSpans } from './paint.ts';
import { terminalText } from './terminal-text.ts';
import { quiet, type Told } from './told.ts';

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

  /**
   * @param items what is shown of the story
   * @param reference when what has not ended is judged, in milliseconds since 1970
   */
  constructor(items: Iterable<Item>, { frames, progress }: Story, reference: number | undefined) {
    const nodes = new Map(frames.flatMap(({ item, node }) => (node === undefined ? [] : [[item.seq, node]])));
    const latest = new Map<string, number>();
    for (const item of items) {
      if (item.kind === 'gap') continue;
      const key = keyOf(item, nodes);
      if (key === undefined) continue;
      // a node is told where it ended, or, as long as it has not, where it was last heard of
      const before = latest.get(key);
      const [told, silent] = before === undefined || before < item.seq ? [item.seq, before] : [before, item.seq];
      if (silent !== undefined) this.#silent.add(silent);
      latest.set(key, told);
    }
    for (const [key, seq] of latest) {
      const node = progress.nodes.get(key);
      if (node === undefined) continue;
      const state = progress.stateAt(node, reference);
      const whole = node.parent === undefined ? undefined : progress.nodes.get(node.parent);
      // what was asked for a node, and answered, the node's line tells
      if (state === 'complete' && node.kind.endsWith('request') && whole?.kind === 'node' && latest.has(whole.key)) this.#silent.add(seq);
      else if (isTold(node, state)) this.#rows.set(seq, { node, state });
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

/** What an event and others tell together: a node, the figures of a queue. */
function keyOf({ seq, entry: { event } }: EventItem, nodes: ReadonlyMap<number, string>): string | undefined {
  if (tellsQueue(event.type)) return `queue ${figuresOf(event, seq, 0).key}`;
  if (event.type !== 'tool_call' && event.type !== 'ci_run' && isOwn(event.type, event.payload)) return undefined;
  return nodes.get(seq);
}

/** Whether an event tells all of its node, or is about a session. */
function isOwn(type: string, payload: unknown): boolean {
  const kind = saidOf(type, payload)?.kind;
  return kind === undefined || kind === 'session';
}

/** Jobs and tool calls have words of their own, once they have ended. */
function isTold({ kind }: ProgressNode, state: ProgressState): boolean {
  return kind === 'tool_call' ? state === 'running' || state === 'interrupted' : kind !== 'ci_run';
}

/** What counts what is in it. */
const WHOLES: ReadonlySet<string> = new Set(['generation', 'level', 'plan']);

/** What a quiet node is counted as among others, and what it is called: one that is complete and contains nothing. */
export function quietNode({ node, state }: ProgressRow): { readonly kind: string; readonly label: string } | undefined {
  if (state !== 'complete' || WHOLES.has(node.kind) || node.parts.failed > 0) return undefined;
  return { kind: node.kind.replaceAll('_', ' '), label: node.label };
}

/** Lines that a message takes beneath its node. */
const MESSAGE_LINES = 4;

/** Tells a node. @param columns of the line */
export function tellNode({ node, state }: ProgressRow, columns: number): Told {
  const { symbol, style } = STATES[state];
  const name = node.kind === 'tool_call' ? [span(node.label)] : [span(`${node.kind.replaceAll('_', ' ')} `), span(node.label, 'bold')];
  const by = [node.provider, node.model].filter((word) => word !== undefined && word !== node.label).join(' ');
  const result: Span[] = [...partsOf(node), ...(node.ms === undefined ? [] : [span(`  ${duration(node.ms)}`, 'dim')])];
  const message = state === 'failed' || state === 'cancelled' ? node.message : undefined;
  const outcome = state === 'complete' ? [] : [span(` ${state}`, style)];
  const words = [...name, ...outcome];
  if (message !== undefined && widthOfSpans([...words, ...result]) + message.length + 2 <= columns)
    return { symbol, style, words: [...words, span(`: ${message}`)], result };
  if (by !== '') words.push(span(`  ${by}`, 'dim'));
  const lines = message === undefined ? [] : wrap(terminalText(message, true), columns);
  return { symbol, style, words, result, below: lines.slice(0, MESSAGE_LINES).map((line) => [span(line)]) };
}

/** How many of its parts are done, `  11 of 12, 1 failed`. */
function partsOf({ kind, parts, done, total }: ProgressNode): Span[] {
  if (kind === 'plan') return total === undefined ? [] : [span(`  ${counted(total, 'node')}`, 'dim')];
  const isWhole = WHOLES.has(kind) && parts.all > 0;
  const finished = isWhole ? parts.complete : done;
  const all = total ?? (isWhole ? parts.all : undefined);
  const words =
    finished === undefined ? (all === undefined ? '' : `${all} in all`) : `${finished}${all === undefined ? ' done' : ` of ${all}`}`;
  const spans = words === '' ? [] : [span(`  ${words}`, 'dim')];
  if (isWhole && parts.failed > 0) spans.push(span(`, ${parts.failed} failed`, 'red'));
  return spans;
}

const PHASE_STATES: Readonly<Record<Phase, ProgressState>> = {
  waits: 'waiting',
  begins: 'running',
  goes_on: 'running',
  completes: 'complete',
  fails: 'failed',
  cancels: 'cancelled',
};

/** Tells an event of a node, or of a queue, by itself; `undefined` for one that tells of neither. */
export function tellStep(type: string, payload: EventPayload): Told | undefined {
  if (tellsQueue(type)) {
    const { name, figures } = figuresOf({ payload, session: '' }, 0, 0);
    return quiet(
      `queue${name === '' ? '' : ` ${name}`}: ${figures.map(([of, value]) => `${of.replaceAll('_', ' ')} ${value}`).join(', ') || 'no figures'}`,
    );
  }
  const said = saidOf(type, payload);
  if (said === undefined || said.kind === 'session') return undefined;
  const { symbol, style } = STATES[PHASE_STATES[said.phase]];
  const label = labelOf(said.kind, payload, namesOf(said.kind, payload));
  const message = said.phase === 'fails' || said.phase === 'cancels' ? messageOf(payload) : undefined;
  const ms = tookMs(payload);
  return {
    symbol,
    style,
    words: [
      span(type.replaceAll('_', ' ')),
      span(label === '' ? '' : ` ${label}`, 'bold'),
      span(message === undefined ? '' : `: ${message.trim().split('\n', 1)[0] ?? ''}`),
    ],
    result: ms === undefined ? [] : [span(`  ${duration(ms)}`, 'dim')],
  };
}

/** How the nodes of a trace stand, `7 nodes: 5 complete, 1 failed`; nothing where there are none. */
export function progressWords({ progress }: Story, reference: number | undefined): Span[] {
  const states = new Map<ProgressState, number>();
  let all = 0;
  for (const node of progress.nodes.values()) {
    if (node.kind !== 'node') continue;
    const state = progress.stateAt(node, reference);
    states.set(state, (states.get(state) ?? 0) + 1);
    all++;
  }
  if (all === 0) return [];
  // in the order of STATES' keys, which are its states
  const counts = (Object.keys(STATES) as ProgressState[]).flatMap((state) => {
    const count = states.get(state);
    return count === undefined ? [] : [span(`${count} ${state}`, state === 'complete' ? 'plain' : STATES[state].style)];
  });
  if (counts.length === 1) return [span(`${counted(all, 'node')} ${[...states.keys()].join('')}`)];
  return [span(`${counted(all, 'node')}: `), ...counts.flatMap((one, i) => (i === 0 ? [one] : [span(', '), one]))];
}
