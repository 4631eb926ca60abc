/** What the head of the text view counts: taken from the items one by one, so that a trace need not be held for it. Pure. */

import { isCiRun, type Reds, takeRun } from '../timeline/cycles.ts';
import { numberOf, textOf } from '../timeline/members.ts';
import { commandPassed } from '../timeline/outcome.ts';
import { type EventItem, type Item, SCENE_BREAK_MS } from '../timeline/timeline.ts';
import type { Style } from './paint.ts';

export interface Counts {
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
  /** Test suites that were red and became green, and the longest that one took, in milliseconds. */
  cycles: number;
  longestCycle: number;
  /** Those that are red still. */
  reds: Reds;
  /** Sessions of build servers. */
  ci: Record<string, true>;
  /** Milliseconds between events that follow each other closely. */
  worked: number;
  /** One mark for each of the latest test runs, commits, pushes and CI jobs, and how many there were. */
  course: [string, Style][];
  marks: number;
  /** Which marks there were. */
  legend: string[];
  /** Effective time of the first and the last item, in milliseconds since 1970. */
  first: number | undefined;
  last: number;
  /** Head and base of the latest link. */
  branches: string | undefined;
}

/** Marks that fit beside the words around them in the narrowest terminal. */
export const MARKS = 24;

/** Counts of nothing. */
export function noCounts(): Counts {
  return {
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
    cycles: 0,
    longestCycle: 0,
    reds: {},
    ci: {},
    worked: 0,
    course: [],
    marks: 0,
    legend: [],
    first: undefined,
    last: 0,
    branches: undefined,
  };
}

/** Counts all items of a trace. */
export function countItems(items: Iterable<Item>): Counts {
  const counts = noCounts();
  for (const item of items) countItem(counts, item);
  return counts;
}

/** Counts the next item. */
export function countItem(counts: Counts, item: Item): void {
  if (counts.first === undefined) counts.first = item.at;
  else if (item.at - counts.last < SCENE_BREAK_MS) counts.worked += item.at - counts.last;
  counts.last = item.at;
  if (item.kind === 'gap') {
    counts[item.gap.kind]++;
    return;
  }
  counts.events++;
  countEvent(counts, item);
}

function addMark(counts: Counts, mark: string, style: Style): void {
  counts.marks++;
  counts.course.push([mark, style]);
  if (counts.course.length > MARKS) counts.course.shift();
  if (!counts.legend.includes(mark)) counts.legend.push(mark);
}

function countCycle(counts: Counts, item: EventItem): void {
  const turn = takeRun(counts.reds, item);
  if (turn?.change !== 'green') return;
  counts.cycles++;
  counts.longestCycle = Math.max(counts.longestCycle, item.at - turn.red.from);
}

function countEvent(counts: Counts, item: EventItem): void {
  const { type, payload, session } = item.entry.event;
  switch (type) {
    case 'session_started':
      if (textOf(payload, 'kind') === 'ci') counts.ci[session] = true;
      break;
    case 'commit':
      counts.commits++;
      counts.additions += numberOf(payload, 'additions') ?? 0;
      counts.deletions += numberOf(payload, 'deletions') ?? 0;
      addMark(counts, '●', 'yellow');
      break;
    case 'command':
      counts.commands++;
      if (!commandPassed(payload)) counts.failedCommands++;
      break;
    case 'test': {
      const failed = (numberOf(payload, 'failed') ?? 0) > 0;
      counts.tests++;
      if (failed) counts.failedTests++;
      if (!isCiRun(item.entry.event, Object.hasOwn(counts.ci, session))) countCycle(counts, item);
      counts.lastTest = failed ? 'failed' : 'passed';
      if (failed) addMark(counts, '✗', 'red');
      else addMark(counts, '✓', 'green');
      break;
    }
    case 'push':
      addMark(counts, '↑', 'blue');
      break;
    case 'pr_linked': {
      const [head, base] = [textOf(payload, 'head'), textOf(payload, 'base')];
      counts.branches = head === undefined || base === undefined ? undefined : `${head} → ${base}`;
      break;
    }
    case 'pr_updated':
      if (textOf(payload, 'status') === 'merged') addMark(counts, '◆', 'magenta');
      break;
  }
}
