/** What a summary folds away: the timeline, sessions, commits with what led to each, CI, and all of what stands open in part. Pure. */
import { isClonesOwn } from '../timeline/cast.ts';
import { counted, duration } from '../timeline/words.ts';
import type { Commit } from './commits.ts';
import { editedIn, type SessionFacts, type SummaryFacts } from './facts.ts';
import type { Part } from './fit.ts';
import { type LaneStretch, lanesOf } from './lanes.ts';
import { ciOutcome, commandLine, noteLines, reworkLines, turnLines } from './lines.ts';
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
const list = (rows: readonly string[], gives: Part['gives'] = 'first'): Part => ({
  head: [],
  rows,
  tail: [],
  gives,
  more: gives === 'first' ? earlier : more,
});
const table = (names: readonly string[], rows: readonly (readonly string[])[]): Part => ({
  head: [row(names), row(names.map(() => '---'))],
  rows: rows.map(row),
  tail: [],
  gives: 'first',
  more: (count) => row([`… and ${count} earlier`, ...names.slice(1).map(() => '')]),
});

/** The folds that have something in them, in the order in which they stand. */
export function detailParts(facts: SummaryFacts, { host, clock, open }: DetailOptions): Detail[] {
  const { history, ci, cycles, turns, commands, notes, sessions } = facts;
  const greened = turnLines(cycles, turns, clock);
  const told = sessions.filter(({ counts }) => eventCounts(counts).length > 0);
  const rework = reworkLines(history, clock);
  return [
    ...timeline(facts, host, clock),
    ...fold(
      `Commits and what led to them (${history.commits.length})`,
      list(history.commits.map((commit) => commitLine(commit, facts, clock))),
    ),
    ...fold(
      `Sessions (${told.length})`,
      table(
        ['Who', 'Began', 'Worked', 'What', 'End'],
        told.map((session) => sessionCells(session, clock)),
      ),
    ),
    ...fold(
      `CI (${counted(ci.length, 'run')})`,
      list(
        ci.map(
          (run) =>
            `- ${code(run.workflow, 40)}${run.sha === undefined ? '' : ` on ${commitName(run.sha)}`}, ${clock(run.last.at)}: ${ciOutcome(run)}`,
        ),
      ),
    ),
    ...asked(sessions),
    ...(greened.length > open.turns || rework.length > open.rework
      ? fold(`All that was tried (${greened.length + rework.length})`, list([...greened, ...rework]))
      : []),
    ...(commands.telling.length > open.commands
      ? fold(
          `All commands worth knowing (${commands.telling.length})`,
          list(
            commands.telling.map((digest) => commandLine(digest, clock)),
            'last',
          ),
        )
      : []),
    ...(notes.length > open.notes || notes.some(({ text }) => text.length > 700 || text.split('\n').length > 6)
      ? fold(`All notes (${notes.length})`, {
          ...list(notes.map((note) => `${noteLines(note, clock, { most: 4_000, lines: 60 })}\n`)),
          more: (count) => `(… and ${count} earlier)\n`,
        })
      : []),
  ];
}

function fold(summary: string, part: Part): Detail[] {
  return part.rows.length === 0 ? [] : [{ summary, part }];
}

function timeline({ steps, history, review }: SummaryFacts, host: DetailOptions['host'], clock: Clock): Detail[] {
  const failing = new Set(testRuns(steps).flatMap(({ step, failed }) => (failed > 0 ? step.index : [])));
  const stretches = lanesOf(
    steps,
    ({ index, type, payload }) => failing.has(index) || (type === 'ci_run' && payload['conclusion'] === 'failure'),
  ).filter(({ counts }) => eventCounts(counts).length > 0);
  if (stretches.length === 0) return [];
  const summary = `Timeline (${counted(stretches.length, 'stretch', 'stretches')}${host !== 'plain' && stretches.length > BARS ? `, the last ${BARS} shown` : ''})`;
  if (host === 'plain')
    return [
      {
        summary,
        part: table(
          ['When (UTC)', 'Who', 'What'],
          stretches.map((stretch) => stretchCells(stretch, clock)),
        ),
      },
    ];
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

function sessionCells({ session, actor, worked, counts }: SessionFacts, clock: Clock): string[] {
  const own = isClonesOwn(session.session) ? ', git hooks' : session.tool === null ? '' : `, ${prose(session.tool, 40)}`;
  const tool = actor.kind === 'person' ? own : '';
  return [
    `${prose(actor.name, 60)}${tool}`,
    clock(Date.parse(session.start_time)),
    worked < 1000 ? '' : duration(worked),
    eventCounts(counts).join(', '),
    session.status === 'interrupted' ? 'not recorded' : session.status,
  ];
}

/** Names of files, commands and notes that a commit shows. */
const FEW = 3;

function commitLine(commit: Commit, { notes }: SummaryFacts, clock: Clock): string {
  const { sha, subject, step, before, replacedBy, replacedHow, reverts, isMerge } = commit;
  const now = replacedBy === undefined ? '' : ` → replaced by ${commitName(replacedBy)} (${prose(replacedHow ?? 'rewrite', 20)})`;
  const back = reverts === undefined ? '' : `, takes back ${commitName(reverts)}`;
  const size = isMerge ? ', a merge' : ` (${lines(commit)}${commit.filesChanged > 0 ? ` in ${counted(commit.filesChanged, 'file')}` : ''})`;
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
  return [head, led.length === 0 ? '  - nothing was recorded before it' : `  - ${led.join('; ')}`, ...said].join('\n');
}

/** What agents were asked. */
function asked(sessions: readonly SessionFacts[]): Detail[] {
  const rows = sessions.flatMap(({ actor, prompts }) => prompts.map((prompt) => `- ${prose(actor.name, 60)}: ${prose(prompt, 300)}`));
  return fold(`What agents were asked (${rows.length})`, list(rows));
}
