/** The other lists as they stand on the screen: sessions, progress, traces, types. Only rows that are seen are made. Pure. */
import { millis } from '../../core/time.ts';
import { describeTrace } from '../../core/trace-name.ts';
import { isClonesOwn } from '../../timeline/cast.ts';
import type { ProgressNode, ProgressState, Queue } from '../../timeline/progress.ts';
import { counted, duration, period } from '../../timeline/words.ts';
import { clipSpans, type Span, type Style, span, widthOfSpans } from '../paint.ts';
import { tell } from '../tell.ts';
import { STATES } from '../tell-progress.ts';
import { terminalText } from '../terminal-text.ts';
import { brief } from './brief.ts';
import { type ProgressRow, progressRows, type SessionRow, sessionRows, type TraceRow, traceRows, typeRows } from './lists.ts';
import type { Model, OpenTrace } from './model.ts';
import type { Place } from './places.ts';

type Line = Span[];

/** The rows that are seen, the selected one marked. */
function windowOf<T>(rows: readonly T[], { at, top }: Place, height: number, line: (row: T) => Line): Line[] {
  return rows.slice(top, top + height).map((row, i) => [span(top + i === at ? '▸ ' : '  ', 'bold'), ...line(row)]);
}

/** Words and a result behind them; the words give way. */
function fitted(words: readonly Span[], result: readonly Span[], columns: number): Line {
  return [...clipSpans(words, Math.max(columns - widthOfSpans(result), 8)), ...result];
}

const STATUSES: Readonly<Record<string, readonly [string, Style]>> = {
  active: ['●', 'green'],
  completed: ['✓', 'plain'],
  failed: ['✗', 'red'],
  interrupted: ['◌', 'yellow'],
};

/** The sessions of the open trace. */
export function sessionLines(model: Model, columns: number, height: number): Line[] {
  const { open, now } = model;
  return windowOf(sessionRows(open, now), open.sessions, height, (row) => sessionSpans(open, row, columns - 2));
}

function sessionSpans({ telling }: OpenTrace, row: SessionRow, columns: number): Line {
  if (row.kind === 'fault') return [span('! ', 'yellow'), span(`${row.fault.path}: cannot be read: ${row.fault.reason}`, 'yellow')];
  const { session, status, events, start_time, end_time, tool } = row.session;
  const [sign, style] = STATUSES[status] ?? ['·', 'plain'];
  const actor = telling.cast.of(session);
  const words = [
    span(`${sign} `, style),
    span(actor.name, 'bold'),
    span(` ${status}`, style),
    span(actor.kind === 'person' ? ` · ${isClonesOwn(session) ? 'hooks, notes, edits' : (tool ?? '')}` : '', 'dim'),
    span(columns < 100 ? '' : `  ${session}`, 'dim'),
  ];
  const [from, to] = [millis(start_time), millis(end_time)];
  const result =
    columns < 60
      ? [span(`  ${events}`)]
      : [span(`  ${counted(events, 'event')}`), span(`  ${period(from, to).replace(/ \d{4}/g, '')}`, 'dim')];
  return fitted(words, result, columns);
}

/** The progress of the open trace, as it was when the selected event was told. */
export function progressLines(model: Model, columns: number, height: number): Line[] {
  const { open, now } = model;
  return windowOf(progressRows(open), open.progress, height, (row) => progressSpans(open, row, columns - 2, now));
}

function progressSpans(open: OpenTrace, row: ProgressRow, columns: number, now: number): Line {
  if (row.kind === 'queue') return queueSpans(row.queue, columns);
  const { node, depth } = row;
  const state = stateOf(open, node, now);
  const { symbol, style } = STATES[state];
  const kind = node.kind.replaceAll('_', ' ');
  const [first = ''] = node.label.split('\n', 1);
  const isSession = node.kind === 'session';
  const actor = open.telling.cast.of(node.session);
  const name = isSession ? actor.name : first;
  const tool = !isSession || actor.kind !== 'person' ? '' : ` · ${isClonesOwn(node.session) ? 'hooks, notes, edits' : first}`;
  const said = state === 'failed' || state === 'cancelled' ? node.message : undefined;
  const words = [
    span('  '.repeat(depth)),
    span(`${symbol} `, style),
    span(isSession || (node.kind === 'command' && name !== '') ? '' : `${kind} `, 'dim'),
    span(name, depth === 0 ? 'bold' : 'plain'),
    span(tool, 'dim'),
    span(node.provider === undefined ? '' : `  ${[node.provider, node.model].filter((word) => word !== undefined).join(' ')}`, 'dim'),
    span(said === undefined ? '' : `: ${said.split('\n', 1)[0] ?? ''}`, 'red'),
  ];
  return fitted(words, [...partsSpans(node), ...tookSpans(node, state)], columns);
}

function queueSpans({ name, figures }: Queue, columns: number): Line {
  const words = figures.flatMap(([figure, value]) => [span(`  ${figure.replaceAll('_', ' ')} `, 'dim'), span(`${value}`)]);
  return clipSpans([span('≡ queue ', 'cyan'), span(name), ...words], columns);
}

/** How a node stood when the selected event was told: what ended later was under way. */
function stateOf({ telling, cursor, follows }: OpenTrace, node: ProgressNode, now: number): ProgressState {
  const { progress, frames } = telling.story;
  if (follows) return progress.stateAt(node, now);
  if (node.closed !== undefined && node.closed > cursor + 1) return 'running';
  return progress.stateAt(node, frames[cursor]?.item.at);
}

const BAR = 10;

function partsSpans({ kind, parts, done, total }: ProgressNode): Line {
  const all = Math.max(total ?? 0, parts.all);
  if (kind === 'session' || kind === 'turn') return all === 0 ? [] : [span(`  ${counted(all, 'part')}`, 'dim')];
  if (kind === 'plan') return total === undefined ? [] : [span(`  ${counted(total, 'node')}`, 'dim')];
  if (all < 2) return [];
  const so = Math.max(done ?? 0, parts.complete);
  const full = Math.round((Math.min(so, all) / all) * BAR);
  const failed = parts.failed > 0 ? [span(`, ${parts.failed} failed`, 'red')] : [];
  return [span('  '), span('█'.repeat(full), 'green'), span('░'.repeat(BAR - full), 'dim'), span(` ${so}/${all}`), ...failed];
}

function tookSpans({ ms, from, to }: ProgressNode, state: ProgressState): Line {
  if (state === 'waiting' || state === 'running') return [span(`  ${state}`, 'blue')];
  if (state === 'interrupted') return [span('  interrupted', 'yellow')];
  const spent = ms ?? (to === undefined ? undefined : to - from);
  return spent === undefined ? [] : [span(`  ${duration(spent)}`, 'dim')];
}

/** The traces that are here, and what was found in them. */
export function traceLines(model: Model, columns: number, height: number): Line[] {
  return windowOf(traceRows(model), model.tracesAt, height, (row) => traceSpans(model, row, columns - 2));
}

const PR_STYLES: Readonly<Record<string, Style>> = { open: 'green', merged: 'magenta', closed: 'red' };

function traceSpans({ open, now }: Model, row: TraceRow, columns: number): Line {
  if (row.kind === 'heading')
    return [span(`── ${row.words} `, 'cyan'), span('─'.repeat(Math.max(columns - row.words.length - 4, 0)), 'dim')];
  if (row.kind === 'hit') {
    const { trace, ts, type, payload } = row.hit;
    const told = tell(type, brief(payload), { columns: columns - 34, patch: false, all: false });
    const where = columns < 60 ? ts.slice(5, 10) : ts.slice(0, 16).replace('T', ' ');
    const words = [
      span(`${where}  `, 'dim'),
      span(describeTrace(trace), 'bold'),
      span('  '),
      span(`${told.symbol} `, told.style),
      ...told.words,
    ];
    return fitted(words, told.result ?? [], columns);
  }
  const { trace, title, status, events, sessions, end_time, archived, fault } = row.row;
  const name = span(describeTrace(trace), 'bold');
  const here = span(trace === open.trace ? '● ' : '  ', 'green');
  if (fault !== null) return [here, name, span(`  ! cannot be read: ${fault}`, 'yellow')];
  const words = [here, name, span(title === null ? '' : `  ${title}`)];
  const isNumbered = !trace.startsWith('heads/') && trace !== 'unassigned';
  const result = [
    ...(isNumbered ? [span(`  ${status}`, PR_STYLES[status] ?? 'plain')] : []),
    ...(archived === null ? [] : [span(' archived', 'dim')]),
    span(columns < 60 ? `  ${events}` : `  ${counted(events, 'event')} in ${counted(sessions, 'session')}`, 'dim'),
    span(end_time === null || columns < 60 ? '' : `  ${since(now - millis(end_time))}`, 'dim'),
  ];
  return fitted(words, result, columns);
}

/** How long ago, in its largest unit. */
function since(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : `${counted(Math.floor(hours / 24), 'day')} ago`;
}

/** The types of events, to choose from. */
export function typeLines(model: Model, columns: number, height: number): Line[] {
  const { menu } = model;
  if (menu === undefined) return [];
  return windowOf(typeRows(model.open), menu, height, ({ type, count, isListed }) =>
    fitted(
      [span(isListed ? '[x] ' : '[ ] ', isListed ? 'green' : 'dim'), span(terminalText(type))],
      [span(`  ${count}`, 'dim')],
      Math.min(columns - 2, 60),
    ),
  );
}
