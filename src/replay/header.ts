/** The head of the text view: what a reviewer wants to know of a trace before reading it. Pure. */
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import type { Cast } from '../timeline/cast.ts';
import type { DocumentHead } from '../timeline/document.ts';
import { counted, duration, period, roughly } from '../timeline/words.ts';
import { clipSpans, type Span, span, widthOfSpans } from './paint.ts';
import type { Counts } from './tally.ts';
import { changed } from './told.ts';

/** A part of a journal that could not be read at all. */
export interface Unread {
  readonly path: string;
  readonly reason: string;
}

/** What the head tells of. */
export interface HeaderFacts {
  readonly trace: TraceName;
  readonly head: DocumentHead;
  readonly cast: Cast;
  /** Of the whole trace, whatever is shown of it. */
  readonly counts: Counts;
  readonly unread: readonly Unread[];
  readonly columns: number;
  /** The present, in milliseconds since 1970. */
  readonly now: number | undefined;
  /** Who did it is told elsewhere. */
  readonly isCastTold: boolean;
}

/** What ended so long ago is said to have, in milliseconds. */
const RECENT = 60 * 60_000;

/** The head's lines. */
export function* headerLines({ trace, head, cast, counts, unread, columns, now, isCastTold }: HeaderFacts): Generator<Span[]> {
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
  if (!isCastTold) yield [span(cast.summary())];

  const { first, last } = counts;
  if (first !== undefined) {
    const spent = last - first;
    const worked =
      counts.worked < spent ? `, ${duration(counts.worked)} of work in ${duration(spent)}` : spent > 0 ? `, ${duration(spent)}` : '';
    const when = [span(`${period(first, last)} UTC${worked}`)];
    const since = now === undefined || now - last < RECENT ? [] : [span(`, ${roughly(now - last)} ago`)];
    yield widthOfSpans([...when, ...since]) <= columns ? [...when, ...since] : when;
  }
  yield [span('')];
  yield eventWords(counts, head.sessions.length);
  if (counts.tests > 0) {
    const [tests, cycles] = [testWords(counts), cycleWords(counts)];
    const joined = cycles.length === 0 ? tests : [...tests, span(' · '), ...cycles];
    if (widthOfSpans(joined) <= columns) yield joined;
    else yield* [tests, cycles];
  }
  const gone = goneWords(counts, unread);
  if (gone !== '') yield [span(gone, 'yellow')];
  for (const { path, reason } of unread.slice(0, 3)) yield [span(`  ${path}: ${reason}`, 'yellow')];
  if (counts.marks > 1) yield courseLine(counts, columns);
}

/** Tests, commits, pushes and the merge in their order: red to green at a glance. The newest of them, where not all fit. */
function courseLine({ course, marks: total, legend: made }: Counts, columns: number): Span[] {
  const legend = [
    ['✗✓', 'tests'],
    ['●', 'commits'],
    ['↑', 'pushes'],
    ['◆', 'merged'],
  ].filter(([mark = '']) => made.some((one) => mark.includes(one)));
  const words = span(`  ${legend.map((pair) => pair.join(' ')).join(', ')}`, 'dim');
  const room = Math.max(Math.floor((columns - widthOfSpans([words]) - 2) / 2), 1);
  const shown = course.slice(-room);
  const marks = shown.flatMap(([mark, style]) => [span(mark, style), span(' ')]);
  return [span(total > shown.length ? '… ' : ''), ...marks, words];
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
  else if (failedTests < tests) line.push(span(', also the last', 'red'));
  return line;
}

/** What was red and became green, `3 red → green cycles, the longest 14m`. */
function cycleWords({ cycles, longestCycle }: Counts): Span[] {
  if (cycles === 0) return [];
  const took = longestCycle < 1000 ? '' : `${cycles === 1 ? ' in' : ', the longest'} ${duration(longestCycle)}`;
  return [span(`${counted(cycles, 'red → green cycle')}${took}`)];
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
