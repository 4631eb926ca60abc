/** The head of the text view: what a reviewer wants to know of a trace before reading it. Pure. */
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import type { Cast } from '../timeline/cast.ts';
import type { DocumentHead } from '../timeline/document.ts';
import { counted, duration, period } from '../timeline/words.ts';
import { clipSpans, type Span, span, widthOfSpans } from './paint.ts';
import type { Counts } from './tally.ts';
import { changed } from './told.ts';

/** A part of a journal that could not be read at all. */
export interface Unread {
  readonly path: string;
  readonly reason: string;
}

/** The head's lines. @param counts of the whole trace, whatever is shown of it */
export function* headerLines(
  trace: TraceName,
  head: DocumentHead,
  cast: Cast,
  counts: Counts,
  unread: readonly Unread[],
  columns: number,
): Generator<Span[]> {
  const { pr, repo } = head;
  const title = [span(`trace ${describeTrace(trace)}`, 'bold')];
  if (pr.title !== null) title.push(span(' · '), span(pr.title, 'bold'));
  const status = pr.pr_id === null ? [] : [span(' · '), span(pr.status, pr.status === 'open' ? 'green' : 'magenta')];
  yield [...clipSpans(title, columns - widthOfSpans(status)), ...status];
  // the title has the number already
  const place = [
    pr.pr_id === null || pr.pr_id === describeTrace(trace) ? repo.name : pr.pr_id,
    counts.branches ?? (describeTrace(trace).startsWith('branch ') ? null : repo.branch),
  ];
  const said = place.filter((word) => word !== null && word !== undefined);
  if (said.length > 0) yield [span(said.join(' · '))];
  yield [span(cast.summary())];

  const { first, last } = counts;
  if (first !== undefined) {
    const spent = last - first;
    const worked =
      counts.worked < spent ? `, ${duration(counts.worked)} of work in ${duration(spent)}` : spent > 0 ? `, ${duration(spent)}` : '';
    yield [span(`${period(first, last)} UTC${worked}`)];
  }
  yield [span('')];
  yield eventWords(counts, head.sessions.length);
  if (counts.tests > 0) yield [...testWords(counts), ...cycleWords(counts)];
  const gone = goneWords(counts, unread);
  if (gone !== '') yield [span(gone, 'yellow')];
  for (const { path, reason } of unread.slice(0, 3)) yield [span(`  ${path}: ${reason}`, 'yellow')];
  if (counts.marks > 1) yield courseLine(counts);
}

/** Tests, commits, pushes and the merge in their order: red to green at a glance. */
function courseLine({ course, marks: total, legend: made }: Counts): Span[] {
  const cut = total > course.length;
  const marks = course.flatMap(([mark, style]) => [span(mark, style), span(' ')]);
  const legend = [
    ['✗✓', 'tests'],
    ['●', 'commits'],
    ['↑', 'pushes'],
    ['◆', 'merged'],
  ].filter(([mark = '']) => made.some((one) => mark.includes(one)));
  return [span(cut ? '… ' : ''), ...marks, span(`  ${legend.map((words) => words.join(' ')).join(', ')}`, 'dim')];
}

function eventWords(counts: Counts, sessions: number): Span[] {
  const line = [span(`${counted(counts.events, 'event')} in ${counted(sessions, 'session')}`)];
  const add = (...spans: Span[]): void => void line.push(span(' · '), ...spans);
  if (counts.commits > 0) add(span(`${counted(counts.commits, 'commit')} `), ...changed(counts.additions, counts.deletions));
  if (counts.commands > 0) {
    add(span(counted(counts.commands, 'command')));
    if (counts.failedCommands > 0) line.push(span(`, ${counts.failedCommands} failed`, 'red'));
  }
  return line;
}

function testWords({ tests, failedTests, lastTest }: Counts): Span[] {
  const line = [span(counted(tests, 'test run'))];
  if (failedTests === 0) return [...line, span(tests === 1 ? ', passed' : ', all passed', 'green')];
  line.push(span(`, ${failedTests === tests ? (tests === 1 ? '' : 'all ') : `${failedTests} `}failed`, 'red'));
  if (lastTest === 'passed') line.push(span(', the last passed', 'green'));
  return line;
}

/** What was red and became green, `3 red → green cycles, the longest 14m`. */
function cycleWords({ cycles, longestCycle }: Counts): Span[] {
  if (cycles === 0) return [];
  const took = longestCycle < 1000 ? '' : `${cycles === 1 ? ' in' : ', the longest'} ${duration(longestCycle)}`;
  return [span(' · '), span(`${counted(cycles, 'red → green cycle')}${took}`)];
}

/** Readers take what is hidden for lost: what cannot be shown is counted. */
function goneWords(counts: Counts, unread: readonly Unread[]): string {
  const unreadable = [
    ...(counts.bad > 0 ? [counted(counts.bad, 'line')] : []),
    ...(unread.length > 0 ? [counted(unread.length, 'file')] : []),
  ];
  return [
    ...(unreadable.length > 0 ? [`unreadable: ${unreadable.join(', ')}`] : []),
    ...(counts.erased > 0 ? [`erased: ${counted(counts.erased, 'event')}`] : []),
    ...(counts.pruned > 0 ? [`pruned: ${counted(counts.pruned, 'session')}`] : []),
  ].join(' · ');
}
