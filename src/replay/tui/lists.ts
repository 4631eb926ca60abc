/** The rows of the other lists: sessions, progress, traces with what was found in them. Pure. */

import { describeTrace } from '../../core/trace-name.ts';
import type { ReadFault } from '../../journal/read.ts';
import type { DocumentSession } from '../../timeline/document.ts';
import type { ProgressNode, Queue } from '../../timeline/progress.ts';
import type { Hit, ListedRow, Model, OpenTrace, Tab } from './model.ts';
import type { Telling } from './telling.ts';

export type SessionRow =
  | { readonly kind: 'session'; readonly session: DocumentSession }
  | { readonly kind: 'fault'; readonly fault: ReadFault };

/** The sessions of the open trace, the newest last, and behind them what could not be read. */
export function sessionRows({ telling, faults }: OpenTrace, now: number): SessionRow[] {
  return [
    ...telling.head(now).sessions.map((session): SessionRow => ({ kind: 'session', session })),
    ...faults.map((fault): SessionRow => ({ kind: 'fault', fault })),
  ];
}

export type ProgressRow =
  | { readonly kind: 'node'; readonly node: ProgressNode; readonly depth: number }
  /** The latest figures of a queue. */
  | { readonly kind: 'queue'; readonly queue: Queue };

/** Parts inside parts that are shown indented. */
const DEEPEST = 12;

/** What was made last of each telling: steps in time leave out parts of the same rows. */
const progressKnown = new WeakMap<
  Telling,
  { readonly version: number; readonly all: readonly ProgressRow[]; until: number; rows: readonly ProgressRow[] }
>();

/** The nodes of the progress model that there were when the selected event was told, each below the one that it is a part of. */
export function progressRows({ telling, cursor, follows }: OpenTrace): readonly ProgressRow[] {
  const until = follows ? Number.POSITIVE_INFINITY : cursor + 1;
  let known = progressKnown.get(telling);
  if (known === undefined || known.version !== telling.version) {
    const all = allNodes(telling);
    known = { version: telling.version, all, until: Number.POSITIVE_INFINITY, rows: all };
    progressKnown.set(telling, known);
  }
  if (known.until !== until) {
    known.rows = known.all.filter((row) => (row.kind === 'node' ? row.node.opened : row.queue.seq) <= until);
    known.until = until;
  }
  return known.rows;
}

function allNodes(telling: Telling): ProgressRow[] {
  const { nodes, roots, queues } = telling.story.progress;
  const rows: ProgressRow[] = [...queues.values()].map((queue) => ({ kind: 'queue', queue }));
  // by hand: parts may lie as deep as events say
  const left: (ProgressRow & { readonly kind: 'node' })[] = roots.map((node) => ({ kind: 'node', node, depth: 0 }) as const).reverse();
  for (let row = left.pop(); row !== undefined; row = left.pop()) {
    rows.push(row);
    const { children } = row.node;
    for (let i = children.length - 1; i >= 0; i--) {
      const node = nodes.get(children[i] ?? '');
      if (node !== undefined) left.push({ kind: 'node', node, depth: Math.min(row.depth + 1, DEEPEST) });
    }
  }
  return rows;
}

export type TraceRow =
  | { readonly kind: 'trace'; readonly row: ListedRow }
  | { readonly kind: 'heading'; readonly words: string }
  | { readonly kind: 'hit'; readonly hit: Hit };

/** The traces that the list is narrowed to. */
export function tracesLeft({ traces = [], tracesText }: Pick<Model, 'traces' | 'tracesText'>): readonly ListedRow[] {
  if (tracesText === '') return traces;
  const lower = tracesText.toLowerCase();
  return traces.filter(({ trace, title }) => describeTrace(trace).toLowerCase().includes(lower) || title?.toLowerCase().includes(lower));
}

/** The rows of the list of traces: traces, then the events that say what is looked for. */
export function traceRows(model: Model): TraceRow[] {
  const rows = tracesLeft(model).map((row): TraceRow => ({ kind: 'trace', row }));
  const { searched } = model;
  if (searched === undefined) return rows;
  return [...rows, { kind: 'heading', words: searchedWords(model) }, ...searched.hits.map((hit): TraceRow => ({ kind: 'hit', hit }))];
}

/** How far the search has come, in words. */
export function searchedWords({ searched }: Pick<Model, 'searched'>): string {
  if (searched === undefined) return '';
  const { hits, looked, total, unreadable, state } = searched;
  const found =
    state === 'cut'
      ? `the newest ${hits.length} events that say it`
      : `${hits.length} ${hits.length === 1 ? 'event says' : 'events say'} it`;
  const how = state === 'running' ? `looked through ${looked} of ${total} traces…` : `looked through ${looked} of ${total} traces`;
  return [found, how, ...(unreadable > 0 ? [`${unreadable} cannot be read`] : []), ...(state === 'stopped' ? ['stopped'] : [])].join(' · ');
}

/** The types of events that there are, the most frequent first. */
export function typeRows({
  telling,
}: Pick<OpenTrace, 'telling'>): { readonly type: string; readonly count: number; readonly isListed: boolean }[] {
  const { types } = telling.rows.filter;
  return [...telling.types]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([type, count]) => ({ type, count, isListed: types.size === 0 || types.has(type) }));
}

/** How many things each tab holds; undefined where that is not known yet. */
export function tabCounts({ open, traces, now }: Pick<Model, 'open' | 'traces' | 'now'>): Readonly<Record<Tab, number | undefined>> {
  const { telling } = open;
  const { story } = telling;
  return {
    story: story.frames.length,
    sessions: telling.head(now).sessions.length,
    progress: story.progress.nodes.size,
    traces: traces?.length,
  };
}
