/**
 * Stage 6, the summary: facts put in words, as Markdown for a pull request. What a reviewer reads in ten seconds stands
 * open, the rest is folded away. The same facts are the same bytes, and never more of them than a host takes. Pure.
 */
import { decodeBranch, journalRef } from '../core/trace-name.ts';
import { counted, duration, period } from '../timeline/words.ts';
import { latestRuns } from './ci.ts';
import { detailParts } from './details.ts';
import type { SummaryFacts } from './facts.ts';
import { fitted } from './fit.ts';
import { ciOutcome, commandLine, noteLines, reworkLines, turnLine, turnsOf } from './lines.ts';
import { code, prose, row } from './markdown-text.ts';
import { and, type Clock, clockOf, commitName, editWords, few, lines, outcome, suiteName, who } from './phrases.ts';
import type { Suite } from './tests.ts';

export interface MarkdownOptions {
  /** Which host renders it: those that draw Mermaid get a diagram. */
  readonly host: 'github' | 'gitlab' | 'plain';
  /** Characters, at most. */
  readonly limit: number;
}

/** Characters of a summary: hosts take 65,536, and who posts it adds a mark of their own. */
export const LIMIT = 60_000;

/** How much of each thing stands open; the rest is folded away with everything. */
const OPEN = { suites: 6, failures: 4, turns: 3, rework: 4, commands: 4, notes: 3 };

/** The summary of a trace. */
export function summaryMarkdown(facts: SummaryFacts, { host, limit }: MarkdownOptions): string {
  const most = Math.min(limit, LIMIT);
  const clock = clockOf(facts.span?.from ?? 0, facts.span?.to ?? 0);
  const foot = footer(facts);
  const open = openPart(facts, host, clock);
  const text: string[] = [];
  let left = most - foot.length - 2;
  for (const block of open) {
    const size = block.length + 2;
    if (size > left) break;
    left -= size;
    text.push(block);
  }
  const parts = detailParts(facts, { host, clock, open: OPEN });
  for (const [i, { summary, part }] of parts.entries()) {
    const before = `<details><summary>${summary}</summary>\n\n`;
    const after = '\n\n</details>';
    // what one does not need, the next may take
    const body = fitted(part, Math.floor(left / (parts.length - i)) - before.length - after.length - 2);
    if (body.length === 0) continue;
    const block = `${before}${body.join('\n')}${after}`;
    left -= block.length + 2;
    text.push(block);
  }
  return `${[...text, foot].join('\n\n')}\n`;
}

/** What stands open, in blocks. */
function openPart(facts: SummaryFacts, host: MarkdownOptions['host'], clock: Clock): string[] {
  const title = `### How ${subject(facts, host)} came to be`;
  if (facts.events === 0) return [title, 'Nothing was recorded.', ...notRecorded(facts)];
  return [
    title,
    timeSentence(facts),
    sizeSentence(facts),
    ...testTable(facts, clock),
    ...tried(facts, clock),
    ...commands(facts, clock),
    ...notes(facts, clock),
    ...review(facts, clock),
    ...notRecorded(facts),
  ];
}

function subject({ trace }: SummaryFacts, host: MarkdownOptions['host']): string {
  if (trace.startsWith('heads/')) return `branch ${code(decodeBranch(trace.slice('heads/'.length)))}`;
  return /^\d+$/.test(trace) ? `${host === 'gitlab' ? 'merge' : 'pull'} request ${trace}` : 'work without a branch';
}

function timeSentence({ span, stretches, worked, cast }: SummaryFacts): string {
  if (span === undefined) return '';
  const by = prose(cast.summary(), 240);
  const when = `${period(span.from, span.to)} UTC`;
  if (stretches.length === 0) return `**No work of people or agents was recorded**, only what ${by} says: ${when}.`;
  const pieces = stretches.length === 1 ? '' : ` in ${stretches.length} stretches`;
  return `**${worked < 1000 ? 'A moment' : duration(worked)} of recorded work**${pieces}, ${when}, by ${by}.`;
}

function sizeSentence({ history, edited, commands: { runs, failed }, tests }: SummaryFacts): string {
  const { commits, standing } = history;
  const replaced = commits.filter(({ replacedBy }) => replacedBy !== undefined).length;
  const redRuns = tests.filter((run) => run.failed > 0).length;
  const sized =
    history.additions + history.deletions === 0
      ? ''
      : `${lines(history)}${history.files > 0 ? ` in ${counted(history.files, 'file')}` : ''}`;
  const said = [
    standing === 0
      ? 'No commit'
      : `${counted(standing, 'commit')}${inBrackets(sized, replaced > 0 ? `${counted(replaced, 'earlier version')} replaced` : '')}`,
    editWords(edited),
    runs === 0 ? undefined : `${counted(runs, 'command')}${failed === 0 ? '' : `, ${failed} failed`}`,
    tests.length === 0 ? undefined : `${counted(tests.length, 'test run')}${redRuns === 0 ? '' : `, ${redRuns} red`}`,
  ];
  return `${said.filter((words) => words !== undefined).join(' · ')}.`;
}

function inBrackets(...words: readonly string[]): string {
  const said = words.filter((word) => word !== '');
  return said.length === 0 ? '' : ` (${said.join('; ')})`;
}

/** How tests stand, and what came after they were run. */
function testTable(facts: SummaryFacts, clock: Clock): string[] {
  const { suites, ci, history } = facts;
  const latest = latestRuns(ci);
  if (suites.length === 0 && latest.length === 0) return [];
  const local = suites.toSorted((a, b) => b.last.step.index - a.last.step.index);
  const rows = [
    ...local.slice(0, OPEN.suites).map((suite) => row(suiteCells(facts, suite, clock))),
    ...latest.slice(0, OPEN.suites).map((run) => {
      const isNewest = run.sha !== undefined && history.head !== undefined && history.nowOf(run.sha) === history.head;
      const on = run.sha === undefined ? '' : `, on ${commitName(run.sha)}`;
      return row([
        `CI ${code(run.workflow, 40)}`,
        ciOutcome(run),
        `${clock(run.last.at)}${on}`,
        run.sha === undefined ? 'not known' : isNewest ? 'nothing' : 'newer commits',
      ]);
    }),
  ];
  const left = Math.max(0, local.length - OPEN.suites) + Math.max(0, latest.length - OPEN.suites);
  const head = [row(['Tests', 'Last result', 'When (UTC)', 'Since then']), row(['---', '---', '---', '---'])];
  const failing = [
    ...local
      .filter(({ last, red }) => last.failed > 0 || red !== undefined)
      .map(({ framework, suite, red, last }) => ({ name: suiteName({ framework, suite }), failures: (red ?? last).failures })),
    ...latest.flatMap(({ jobs }) =>
      jobs
        .filter(({ outcome: how }) => how === 'failed')
        .map((job) => ({ name: `CI ${code(job.name, 40)}`, failures: job.tests.flatMap(({ failures }) => failures) })),
    ),
  ].filter(({ failures }) => failures.length > 0);
  const named = failing.slice(0, OPEN.failures).map(
    ({ name, failures }) =>
      `- ❌ ${name}: ${few(
        failures.map((failure) => code(failure, 100)),
        OPEN.failures,
      )}`,
  );
  const more = [
    ...(left > 0 ? [`- … and ${left} more`] : []),
    ...(failing.length > OPEN.failures ? [`- … and failures of ${failing.length - OPEN.failures} more`] : []),
  ];
  return [[...head, ...rows].join('\n'), ...(named.length + more.length === 0 ? [] : [[...named, ...more].join('\n')])];
}

function suiteCells({ history, steps }: SummaryFacts, suite: Suite, clock: Clock): string[] {
  const { last, red } = suite;
  const doubt = red === undefined || red === last ? '' : `, but not what failed at ${clock(red.step.at)}`;
  const shown = doubt === '' ? outcome(last) : `⚠️${outcome(last).replace(/^\S+/, '')}${doubt}`;
  const commits = new Set(history.commits.filter(({ step }) => step.index > last.step.index).map(({ sha }) => history.nowOf(sha))).size;
  let edits = 0;
  for (let i = last.step.index + 1; i < steps.length; i++) if (steps[i]?.type === 'edit') edits++;
  const since = [...(commits > 0 ? [counted(commits, 'commit')] : []), ...(edits > 0 ? [counted(edits, 'edit')] : [])];
  return [suiteName(suite), shown, `${clock(last.step.at)}, ${who(last.step)}`, since.length === 0 ? 'nothing' : since.join(', ')];
}

function tried({ cycles, turns, history }: SummaryFacts, clock: Clock): string[] {
  const greened = turnsOf(cycles, turns);
  const rework = reworkLines(history, clock);
  const left = greened.length - OPEN.turns;
  const said = [
    ...(left > 0 ? [`- … and ${counted(left, 'earlier turn')} from red to green`] : []),
    ...greened.slice(-OPEN.turns).map((turn) => turnLine(turn, clock)),
    ...rework.slice(0, OPEN.rework),
  ];
  return said.length === 0 ? [] : [`**What was tried**\n\n${said.join('\n')}`];
}

function commands({ commands: { telling } }: SummaryFacts, clock: Clock): string[] {
  if (telling.length === 0) return [];
  const said = telling.slice(0, OPEN.commands).map((digest) => commandLine(digest, clock));
  if (telling.length > OPEN.commands) said.push(`- … and ${telling.length - OPEN.commands} more`);
  return [`**Commands worth knowing**\n\n${said.join('\n')}`];
}

function notes({ notes: all }: SummaryFacts, clock: Clock): string[] {
  if (all.length === 0) return [];
  const said = all.slice(-OPEN.notes).map((note) => noteLines(note, clock, { most: 700, lines: 6 }));
  const left = all.length - said.length;
  return [`**Notes**${left === 0 ? '' : ` (the last ${said.length} of ${all.length})`}\n\n${said.join('\n\n')}`];
}

const STATES: Readonly<Record<string, string>> = {
  approved: 'approved',
  changes_requested: 'asked for changes',
  commented: 'commented',
  dismissed: 'was dismissed',
};

function review({ review: said }: SummaryFacts, clock: Clock): string[] {
  if (said === undefined) return [];
  const { step, reviewer, state, sha, isReplaced, commitsSince, editedSince, testsSince, ciSince } = said;
  const by = reviewer === undefined ? 'the review' : `the review by ${prose(reviewer, 40)}`;
  const about = [STATES[state] ?? 'reviewed', ...(sha === undefined ? [] : [`on ${commitName(sha)}`]), clock(step.at)].join(', ');
  const last = testsSince.at(-1);
  const since = [
    commitsSince === 0 ? 'no commit' : counted(commitsSince, 'commit'),
    editWords(editedSince),
    last === undefined ? 'no test run' : `${counted(testsSince.length, 'test run')}, the last ${outcome(last)}`,
  ].filter((words) => words !== undefined);
  const inCi = ciSince.slice(0, OPEN.suites).map((run) => `; CI ${code(run.workflow, 40)}: ${ciOutcome(run)}`);
  const replaced = isReplaced ? ' The commit that was looked at has been replaced since.' : '';
  return [`**Since ${by}** (${about}): ${and(since)}${inCi.join('')}.${replaced}`];
}

function notRecorded({ unknown }: SummaryFacts): string[] {
  return unknown.length === 0 ? [] : [`**Not recorded:** ${unknown.join('; ')}.`];
}

function footer({ trace, events }: SummaryFacts): string {
  const name = trace.startsWith('heads/') ? decodeBranch(trace.slice('heads/'.length)) : trace;
  return `<sub>${counted(events, 'event')} in ${code(journalRef(trace), 240)} · replay: ${code(`git trace show ${name}`, 240)}</sub>`;
}
