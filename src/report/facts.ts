/**
 * Stage 6, the facts: what a reviewer wants to know of a trace, found in its events and put in no words yet. The same
 * events give the same facts; nothing comes from the clock or the clone. Pure.
 */

import type { Sha256 } from '../core/line.ts';
import type { Ordered } from '../core/order.ts';
import type { Oid } from '../core/ports.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type Actor, Cast } from '../timeline/cast.ts';
import { type DocumentHead, type DocumentSession, foldHead } from '../timeline/document.ts';
import { listOf, numberOf, textOf } from '../timeline/members.ts';
import { timelineOf } from '../timeline/timeline.ts';
import { visibleText } from '../timeline/visible-text.ts';
import { lengthOf, type Stretch, stretchesOf } from '../timeline/work.ts';
import { type CiRun, type CiTurn, ciRunsOf, ciTurns, latestRuns } from './ci.ts';
import { type Commands, commandsOf } from './commands.ts';
import { type History, historyOf } from './commits.ts';
import { ofType, type Step, stepsOf } from './steps.ts';
import { type Cycle, type Suite, suitesOf, type TestRun, testRuns } from './tests.ts';
import { unknownsOf } from './unknown.ts';

export interface Note {
  readonly step: Step;
  readonly text: string;
  readonly target: string | undefined;
}

/** Edits together: how many, of how many files, how many lines. */
export interface Edited {
  readonly edits: number;
  readonly files: ReadonlySet<string>;
  readonly additions: number;
  readonly deletions: number;
}

export interface Review {
  readonly step: Step;
  readonly reviewer: string | undefined;
  readonly state: string;
  readonly sha: string | undefined;
  /** Whether the commit that was looked at has been replaced since. */
  readonly isReplaced: boolean;
  readonly commitsSince: number;
  readonly editedSince: Edited;
  /** Outside CI. */
  readonly testsSince: readonly TestRun[];
  /** How CI stands, if it has said anything since. */
  readonly ciSince: readonly CiRun[];
}

export interface SessionFacts {
  readonly session: DocumentSession;
  readonly actor: Actor;
  readonly steps: readonly Step[];
  readonly counts: ReadonlyMap<string, number>;
  /** What an agent was asked. */
  readonly prompts: readonly string[];
}

export interface SummaryFacts {
  readonly trace: TraceName;
  readonly head: DocumentHead;
  readonly cast: Cast;
  readonly steps: readonly Step[];
  readonly events: number;
  /** Effective times of the first and the last event, in milliseconds since 1970; undefined where there is none. */
  readonly span: Stretch | undefined;
  /** Stretches in which people and agents worked. */
  readonly stretches: readonly Stretch[];
  /** Milliseconds of those. */
  readonly worked: number;
  readonly history: History;
  readonly edited: Edited;
  readonly tests: readonly TestRun[];
  readonly suites: readonly Suite[];
  readonly cycles: readonly Cycle[];
  readonly commands: Commands;
  readonly ci: readonly CiRun[];
  readonly turns: readonly CiTurn[];
  readonly notes: readonly Note[];
  /** The latest review, and what came after it. */
  readonly review: Review | undefined;
  readonly sessions: readonly SessionFacts[];
  /** What is not known. */
  readonly unknown: readonly string[];
}

/**
 * Finds the facts of a trace.
 *
 * @param unread how many files of the journal could not be read
 */
export function summaryFacts(trace: TraceName, ordered: Ordered, sha256: Sha256, unread = 0): SummaryFacts {
  const head = foldHead(trace, ordered, sha256);
  const cast = new Cast(head, visibleText);
  const items = timelineOf(ordered);
  const steps = stepsOf(items, cast);
  const history = historyOf(steps);
  const tests = testRuns(steps);
  const ci = ciRunsOf(steps, tests);
  const commands = commandsOf(steps);
  const stretches = stretchesOf(items, cast);
  const [first, last] = [steps[0], steps.at(-1)];
  return {
    trace,
    head,
    cast,
    steps,
    events: steps.length,
    span: first === undefined || last === undefined ? undefined : { from: first.at, to: last.at },
    stretches,
    worked: lengthOf(stretches),
    history,
    edited: editedIn(steps),
    tests,
    ...suitesOf(tests, steps),
    commands,
    ci,
    turns: ciTurns(ci),
    notes: notesOf(steps),
    review: reviewOf(steps, history, tests, ci),
    sessions: sessionsOf(head, cast, steps),
    unknown: unknownsOf({ head, items, steps, history, commands, tests, ci, unread }),
  };
}

/** The commit that the trace leads to; undefined where it names none. */
export function headOid({ history }: SummaryFacts): Oid | undefined {
  return history.head;
}

const NOTHING = { type: '', payload: {} };

/** The edits among steps, those that git itself has made left out. */
export function editedIn(steps: readonly Step[], from = 0): Edited {
  const files = new Set<string>();
  const sums = { edits: 0, additions: 0, deletions: 0 };
  for (let i = from; i < steps.length; i++) {
    const { type, payload } = steps[i] ?? NOTHING;
    if (type !== 'edit' && (type !== 'edits' || textOf(payload, 'origin') !== 'work')) continue;
    sums.edits++;
    sums.additions += numberOf(payload, 'additions') ?? 0;
    sums.deletions += numberOf(payload, 'deletions') ?? 0;
    const paths = type === 'edit' ? [textOf(payload, 'file')] : listOf(payload, 'files').map((file) => textOf(file, 'path'));
    for (const path of paths) if (path !== undefined) files.add(path);
  }
  return { ...sums, files };
}

function notesOf(steps: readonly Step[]): Note[] {
  return ofType(steps, 'annotation').flatMap((step) => {
    const text = textOf(step.payload, 'text');
    return text === undefined ? [] : { step, text, target: textOf(step.payload, 'target') };
  });
}

function reviewOf(
  steps: readonly Step[],
  { commits, nowOf }: History,
  tests: readonly TestRun[],
  ci: readonly CiRun[],
): Review | undefined {
  const step = steps.findLast(({ type }) => type === 'pr_reviewed');
  if (step === undefined) return undefined;
  const sha = textOf(step.payload, 'sha');
  const since = commits.filter((commit) => commit.step.index > step.index);
  return {
    step,
    reviewer: textOf(step.payload, 'reviewer'),
    state: textOf(step.payload, 'state') ?? '',
    sha,
    isReplaced: sha !== undefined && nowOf(sha) !== sha,
    commitsSince: new Set(since.map((commit) => nowOf(commit.sha))).size,
    editedSince: editedIn(steps, step.index + 1),
    testsSince: tests.filter((run) => run.source === 'local' && run.step.index > step.index),
    ciSince: latestRuns(ci).filter((run) => run.last.index > step.index),
  };
}

function sessionsOf(head: DocumentHead, cast: Cast, steps: readonly Step[]): SessionFacts[] {
  const own = new Map<string, Step[]>();
  for (const step of steps) {
    const of = own.get(step.session);
    if (of === undefined) own.set(step.session, [step]);
    else of.push(step);
  }
  return head.sessions.map((session) => {
    const of = own.get(session.session) ?? [];
    const counts = new Map<string, number>();
    for (const { type } of of) counts.set(type, (counts.get(type) ?? 0) + 1);
    return {
      session,
      actor: cast.of(session.session),
      steps: of,
      counts,
      prompts: ofType(of, 'prompt').flatMap(({ payload }) => textOf(payload, 'text') ?? []),
    };
  });
}
