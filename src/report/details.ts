/** What a summary folds away: the timeline, sessions, commits with what led to each, CI, and all of what stands open in part. Pure. */

import { type Cast, isClonesOwn } from '../timeline/cast.ts';
import { counted, duration } from '../timeline/words.ts';
import { lengthOf, stretchesOf } from '../timeline/work.ts';
import type { CiRun } from './ci.ts';
import type { Commit } from './commits.ts';
import { editedIn, type SessionFacts, type SummaryFacts } from './facts.ts';
import type { Part } from './fit.ts';
import { type LaneStretch, lanesOf } from './lanes.ts';
import { ciOutcome, commandLine, noteLines, reworkLines, turnLine, turnsOf } from './lines.ts';
import { code, prose, row } from './markdown-text.ts';
import { BARS, gantt } from './mermaid.ts';
import { type Clock, commitName, editWords, eventCounts, few, lines, outcome, suiteName, who } from './phrases.ts';
import { testRuns } from './tests.ts';

export interface Detail {
  /** What stands on the fold: words and numbers of ours alone. */
  readonly summary: string;
  readonly part: Part;
}

export interface DetailOptions {
  readonly host: 'github' | 'gitlab' | 'plain';
  readonly clock: Clock;
  /** How much of each thing stands open above. */
  readonly open: { readonly turns: number; readonly rework: number; readonly commands: number; readonly notes: number };
}

const earlier = (count: number): string => `- … and ${count} earlier`;
const more = (count: number): string => `- … and ${count} more`;

/** A list, of rows that are made when there is room for them. */
function list<T>(things: readonly T[], rowOf: (thing: T) => string, gives: Part['gives'] = 'first'): Part {
  return { head: [], ...rowsOf(things, rowOf), tail: [], gives, more: gives === 'first' ? earlier : more };
}

function table<T>(names: readonly string[], things: readonly T[], cellsOf: (thing: T) => string[]): Part {
  return {
    head: [row(names), row(names.map(() => '---'))],
    ...rowsOf(things, (thing) => row(cellsOf(thing))),
    tail: [],
    gives: 'first',
    more: (count) => row([`… and ${count} earlier`, ...names.slice(1).map(() => '')]),
  };
}

function rowsOf<T>(things: readonly T[], rowOf: (thing: T) => string): Pick<Part, 'count' | 'row'> {
  return {
    count: things.length,
    row: (index) => {
      const thing = things[index];
      return thing === undefined ? '' : rowOf(thing);
    },
  };
}

/** The folds that have something in them, in the order in which they stand. */
export function detailParts(facts: SummaryFacts, { host, clock, open }: DetailOptions): Detail[] {
  const { history, ci, cycles, turns, commands, notes, sessions } = facts;
  const told = sessions.filter(({ actor, counts }) => eventCounts(counts).length > 0 && !(actor.kind === 'ci' && counts.has('ci_run')));
  const greened = turnsOf(cycles, turns);
  const rework = reworkLines(history, clock);
  const tried = [...greened.map((turn) => () => turnLine(turn, clock)), ...rework.map((line) => () => line)];
  return [
    ...timeline(facts, host, clock),
    ...fold(
      `Commits and what led to them (${history.commits.length})`,
      list(history.commits, (commit) => commitLine(commit, facts, clock)),
    ),
    ...fold(
      `Sessions (${told.length})`,
      table(['Who', 'Began', 'Worked', 'What', 'End'], told, (session) => sessionCells(session, facts.cast, clock)),
    ),
    ...fold(
      `CI (${counted(ci.length, 'run')})`,
      list(ci, (run) => ciLine(run, clock)),
    ),
    ...asked(sessions),
    ...(greened.length > open.turns || rework.length > open.rework
      ? fold(
          `All that was tried (${tried.length})`,
          list(tried, (line) => line()),
        )
      : []),
    ...(commands.telling.length > open.commands
      ? fold(
          `All commands worth knowing (${commands.telling.length})`,
          list(commands.telling, (digest) => commandLine(digest, clock), 'last'),
        )
      : []),
    ...(notes.length > open.notes || notes.some(({ text }) => text.length > 700 || text.split('\n').length > 6)
      ? fold(`All notes (${notes.length})`, {
          ...list(notes, (note) => `${noteLines(note, clock, { most: 4_000, lines: 60 })}\n`),
          more: (count) => `(… and ${count} earlier)\n`,
        })
      : []),
  ];
}

function fold(summary: string, part: Part): Detail[] {
  return part.count === 0 ? [] : [{ summary, part }];
}

function ciLine(run: CiRun, clock: Clock): string {
  return `- ${code(run.workflow, 40)}${run.sha === undefined ? '' : ` on ${commitName(run.sha)}`}, ${clock(run.last.at)}: ${ciOutcome(run)}`;
}

function timeline({ steps, history, review }: SummaryFacts, host: DetailOptions['host'], clock: Clock): Detail[] {
  const failing = new Set(testRuns(steps).flatMap(({ step, failed }) => (failed > 0 ? step.index : [])));
  const stretches = lanesOf(
    steps,
    ({ index, type, payload }) => failing.has(index) || (type === 'ci_run' && payload['conclusion'] === 'failure'),
  ).filter(({ counts }) => eventCounts(counts).length > 0);
  if (stretches.length === 0) return [];
  const summary = `Timeline${host !== 'plain' && stretches.length > BARS ? ` (the last ${BARS} of ${stretches.length} stretches)` : ''}`;
  if (host === 'plain')
    return [{ summary, part: table(['When (UTC)', 'Who', 'What'], stretches, (stretch) => stretchCells(stretch, clock)) }];
  const milestones = history.commits.map(({ sha, step }) => ({
    name: `commit ${/^[0-9a-f]{7}/.exec(sha)?.[0] ?? ''}`.trim(),
    at: step.at,
  }));
  if (review !== undefined) milestones.push({ name: 'review', at: review.step.at });
  return [{ summary, part: gantt(stretches, milestones) }];
}

function stretchCells({ actor, from, to, counts, failed }: LaneStretch, clock: Clock): string[] {
  const took = to - from < 60_000 ? '' : ` (${duration(to - from)})`;
  return [`${clock(from)}${took}`, prose(actor.name, 60), `${failed ? '❌ ' : ''}${eventCounts(counts).join(', ')}`];
}

const ENDS = { active: 'still open', completed: 'completed', failed: 'failed', interrupted: 'not recorded' };

function sessionCells({ session, actor, steps, counts }: SessionFacts, cast: Cast, clock: Clock): string[] {
  const own = isClonesOwn(session.session) ? ', git hooks' : session.tool === null ? '' : `, ${prose(session.tool, 40)}`;
  const tool = actor.kind === 'person' ? own : '';
  const items = steps.map(({ item }) => item);
  const worked = lengthOf(stretchesOf(items, cast));
  return [
    `${prose(actor.name, 60)}${tool}`,
    clock(Date.parse(session.start_time)),
    worked < 1000 ? '' : duration(worked),
    eventCounts(counts).join(', '),
    ENDS[session.status],
  ];
}

function sizeOf({ additions, deletions, filesChanged }: Commit): string {
  const said = [
    ...(additions + deletions > 0 ? [lines({ additions, deletions })] : []),
    ...(filesChanged > 0 ? [`in ${counted(filesChanged, 'file')}`] : []),
  ];
  return said.length === 0 ? '' : ` (${said.join(' ')})`;
}

/** Names of files, commands and notes that a commit shows. */
const FEW = 3;

function commitLine(commit: Commit, { notes }: SummaryFacts, clock: Clock): string {
  const { sha, subject, step, before, replacedBy, replacedHow, reverts, amends, isMerge } = commit;
  const now = replacedBy === undefined ? '' : ` → replaced by ${commitName(replacedBy)} (${prose(replacedHow ?? 'rewrite', 20)})`;
  const back = reverts === undefined ? '' : `, takes back ${commitName(reverts)}`;
  const size = isMerge ? ', a merge' : sizeOf(commit);
  const head = `- ${commitName(sha)} ${subject === '' ? '(no message)' : prose(subject, 72)}${size}${back}, ${clock(step.at)}${now}`;
  const edited = editedIn(before);
  const runs = testRuns(before);
  const last = runs.at(-1);
  const commands = before.filter(({ type }) => type === 'command');
  const failed = commands.filter(({ payload }) => payload['exit_code'] !== 0).length;
  const calls = before.filter(({ type }) => type === 'tool_call').length;
  const noted = notes.filter((note) => note.step.index < step.index && note.step.index >= step.index - before.length);
  const led = [
    ...(calls > 0 ? [counted(calls, 'tool call')] : []),
    ...(commands.length > 0 ? [`${counted(commands.length, 'command')}${failed > 0 ? ` (${failed} failed)` : ''}`] : []),
    ...(edited.edits > 0
      ? [
          `${editWords(edited)}: ${few(
            [...edited.files].map((file) => code(file, 60)),
            FEW,
          )}`,
        ]
      : []),
    ...(last === undefined ? [] : [`${counted(runs.length, 'test run')}, the last ${suiteName(last)} ${outcome(last)}`]),
  ];
  const said = noted.slice(-FEW).map((note) => `  - noted by ${who(note.step)}: ${prose(note.text, 120)}`);
  return [
    head,
    led.length > 0
      ? `  - ${led.join('; ')}`
      : amends === undefined
        ? '  - nothing was recorded before it'
        : `  - amends ${commitName(amends)}`,
    ...said,
  ].join('\n');
}

/** What agents were asked. */
function asked(sessions: readonly SessionFacts[]): Detail[] {
  const prompts = sessions.flatMap(({ actor, prompts }) => prompts.map((prompt) => ({ actor, prompt })));
  return fold(
    `What agents were asked (${prompts.length})`,
    list(prompts, ({ actor, prompt }) => `- ${prose(actor.name, 60)}: ${prose(prompt, 300)}`),
  );
}
