/** The head of the text view: what a reviewer wants to know of a trace before reading it. Pure. */
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import type { Cast } from '../timeline/cast.ts';
import type { DocumentHead } from '../timeline/document.ts';
import { numberOf, textOf } from '../timeline/members.ts';
import { commandPassed } from '../timeline/outcome.ts';
import { type Item, SCENE_BREAK_MS } from '../timeline/timeline.ts';
import { counted, duration, period } from '../timeline/words.ts';
import { clipSpans, type Span, type Style, span, widthOfSpans } from './paint.ts';
import { changed } from './told.ts';

/** A part of a journal that could not be read at all. */
export interface Unread {
  readonly path: string;
  readonly reason: string;
}

interface Counts {
  events: number;
  erased: number;
  pruned: number;
  bad: number;
  commits: number;
  additions: number;
  deletions: number;
  commands: number;
  failedCommands: number;
  tests: number;
  failedTests: number;
  lastTest: 'passed' | 'failed' | undefined;
  /** Milliseconds between events that follow each other closely. */
  worked: number;
  /** One mark for each test run, commit, push and CI job. */
  readonly course: [string, Style][];
}

/** The head's lines. @param whole the whole trace, whatever is shown of it */
export function* headerLines(
  trace: TraceName,
  head: DocumentHead,
  cast: Cast,
  whole: readonly Item[],
  unread: readonly Unread[],
  columns: number,
): Generator<Span[]> {
  const counts = count(whole);
  const { pr, repo } = head;
  const title = [span(`trace ${describeTrace(trace)}`, 'bold')];
  if (pr.title !== null) title.push(span(' · '), span(pr.title, 'bold'));
  const status = pr.pr_id === null ? [] : [span(' · '), span(pr.status, pr.status === 'open' ? 'green' : 'magenta')];
  yield [...clipSpans(title, columns - widthOfSpans(status)), ...status];
  // the title has the number already
  const place = [
    pr.pr_id === null || pr.pr_id === describeTrace(trace) ? repo.name : pr.pr_id,
    branchesOf(whole) ?? (describeTrace(trace).startsWith('branch ') ? null : repo.branch),
  ];
  const said = place.filter((word) => word !== null && word !== undefined);
  if (said.length > 0) yield [span(said.join(' · '))];
  yield [span(cast.summary())];

  const [first, last] = [whole[0], whole.at(-1)];
  if (first !== undefined && last !== undefined) {
    const spent = last.at - first.at;
    const worked =
      counts.worked < spent ? `, ${duration(counts.worked)} of work in ${duration(spent)}` : spent > 0 ? `, ${duration(spent)}` : '';
    yield [span(`${period(first.at, last.at)} UTC${worked}`)];
  }
  yield [span('')];
  yield eventWords(counts, head.sessions.length);
  if (counts.tests > 0) yield testWords(counts);
  const gone = goneWords(counts, unread);
  if (gone !== '') yield [span(gone, 'yellow')];
  for (const { path, reason } of unread.slice(0, 3)) yield [span(`  ${path}: ${reason}`, 'yellow')];
  if (counts.course.length > 1) yield courseLine(counts.course);
}

/** Marks that fit beside the words around them in the narrowest terminal. */
const MARKS = 24;

/** Tests, commits, pushes and the merge in their order: red to green at a glance. */
function courseLine(course: readonly [string, Style][]): Span[] {
  const cut = course.length > MARKS;
  const marks = (cut ? course.slice(-MARKS) : course).flatMap(([mark, style]) => [span(mark, style), span(' ')]);
  const legend = [
    ['✗✓', 'tests'],
    ['●', 'commits'],
    ['↑', 'pushes'],
    ['◆', 'merged'],
  ].filter(([mark = '']) => course.some(([made]) => mark.includes(made)));
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

/** Head and base of the latest link. */
function branchesOf(whole: readonly Item[]): string | undefined {
  const linked = whole.findLast((item) => item.kind === 'event' && item.entry.event.type === 'pr_linked');
  if (linked?.kind !== 'event') return undefined;
  const { payload } = linked.entry.event;
  const [head, base] = [textOf(payload, 'head'), textOf(payload, 'base')];
  return head === undefined || base === undefined ? undefined : `${head} → ${base}`;
}

function count(whole: readonly Item[]): Counts {
  const counts: Counts = {
    events: 0,
    erased: 0,
    pruned: 0,
    bad: 0,
    commits: 0,
    additions: 0,
    deletions: 0,
    commands: 0,
    failedCommands: 0,
    tests: 0,
    failedTests: 0,
    lastTest: undefined,
    worked: 0,
    course: [],
  };
  let before: number | undefined;
  for (const item of whole) {
    if (before !== undefined && item.at - before < SCENE_BREAK_MS) counts.worked += item.at - before;
    before = item.at;
    if (item.kind === 'gap') {
      counts[item.gap.kind]++;
      continue;
    }
    counts.events++;
    countEvent(counts, item.entry.event.type, item.entry.event.payload);
  }
  return counts;
}

function countEvent(counts: Counts, type: string, payload: unknown): void {
  switch (type) {
    case 'commit':
      counts.commits++;
      counts.additions += numberOf(payload, 'additions') ?? 0;
      counts.deletions += numberOf(payload, 'deletions') ?? 0;
      counts.course.push(['●', 'yellow']);
      break;
    case 'command':
      counts.commands++;
      if (!commandPassed(payload)) counts.failedCommands++;
      break;
    case 'test': {
      const failed = (numberOf(payload, 'failed') ?? 0) > 0;
      counts.tests++;
      if (failed) counts.failedTests++;
      counts.lastTest = failed ? 'failed' : 'passed';
      counts.course.push(failed ? ['✗', 'red'] : ['✓', 'green']);
      break;
    }
    case 'push':
      counts.course.push(['↑', 'blue']);
      break;
    case 'pr_updated':
      if (textOf(payload, 'status') === 'merged') counts.course.push(['◆', 'magenta']);
      break;
  }
}
