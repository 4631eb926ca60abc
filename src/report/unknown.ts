/**
 * What a trace does not know, in words: a summary that is silent about it would claim more than was recorded. Each line
 * says what is missing, not why, unless an event says why. Pure.
 */
import type { DocumentHead } from '../timeline/document.ts';
import { memberOf, numberOf, textOf } from '../timeline/members.ts';
import type { Item } from '../timeline/timeline.ts';
import { counted } from '../timeline/words.ts';
import type { CiRun } from './ci.ts';
import type { Commands } from './commands.ts';
import type { History } from './commits.ts';
import type { Step } from './steps.ts';
import type { TestRun } from './tests.ts';

export interface Known {
  readonly head: DocumentHead;
  readonly items: readonly Item[];
  readonly steps: readonly Step[];
  readonly history: History;
  readonly commands: Commands;
  readonly tests: readonly TestRun[];
  readonly ci: readonly CiRun[];
  /** Files of the journal that could not be read. */
  readonly unread: number;
}

/** What somebody did; a commit with none of it before it came from nowhere. */
const DOING = new Set(['command', 'edit', 'edits', 'prompt', 'test', 'tool_call']);

/** What is not known, the gravest first; plain words of ours alone. */
export function unknownsOf(known: Known): string[] {
  const { commands, steps } = known;
  const says = (condition: boolean, words: string): string[] => (condition ? [words] : []);
  const workers = steps.filter(({ actor }) => actor.kind !== 'ci');
  return [
    ...gone(known),
    ...commitsFromNowhere(known.history),
    ...says(
      workers.length > 0 && !workers.some(({ type, actor }) => type === 'command' && actor.kind === 'person'),
      'no commands of people: no shell was recorded',
    ),
    ...agents(known),
    ...says(workers.length > 0 && !workers.some(({ type }) => type === 'edit' || type === 'edits'), 'no edits between the commits'),
    ...says(known.tests.length === 0, 'no test results'),
    ...ofCi(known),
    ...sessions(known.head),
    ...says(commands.hidden > 0, `what ${counted(commands.hidden, 'private command')} did`),
    ...says(commands.unfinished > 0, `how ${counted(commands.unfinished, 'command')} ended`),
    ...cut(steps),
  ];
}

function gone({ items, unread }: Known): string[] {
  const count = { erased: 0, pruned: 0, bad: 0 };
  for (const item of items) if (item.kind === 'gap') count[item.gap.kind]++;
  return [
    ...(count.bad + unread > 0
      ? [
          [
            ...(count.bad > 0 ? [counted(count.bad, 'unreadable line')] : []),
            ...(unread > 0 ? [counted(unread, 'unreadable file')] : []),
          ].join(' and '),
        ]
      : []),
    ...(count.erased > 0 ? [`${counted(count.erased, 'event')} that ${count.erased === 1 ? 'was' : 'were'} erased`] : []),
    ...(count.pruned > 0 ? [`${counted(count.pruned, 'session')} whose events were dropped for their age`] : []),
  ];
}

function commitsFromNowhere({ commits, strangers }: History): string[] {
  const own = commits.filter(({ isMerge }) => !isMerge);
  // amends and reverts are of a commit, and need no more
  const bare = own
    .filter(({ amends, reverts }) => amends === undefined && reverts === undefined)
    .filter(({ before }) => !before.some(({ type, actor }) => DOING.has(type) && actor.kind !== 'ci'));
  return [
    ...(bare.length > 0 ? [`what led to ${bare.length} of ${counted(own.length, 'commit')}`] : []),
    ...(strangers.length > 0 ? [`${counted(strangers.length, 'pushed commit')} that no event tells of`] : []),
  ];
}

function agents({ head, steps }: Known): string[] {
  const edits = steps.filter(({ type }) => type === 'edit' || type === 'edits').map(({ at }) => at);
  const acted = new Set(steps.filter(({ type }) => type === 'tool_call' || type === 'prompt').map(({ session }) => session));
  const idle = head.sessions.filter(({ session, kind, start_time, end_time }) => {
    if (kind !== 'agent' || !acted.has(session)) return false;
    const from = Date.parse(start_time);
    // times never fall, so the first edit that is not too early decides
    const next = edits[firstFrom(edits, from)];
    return next === undefined || next > Date.parse(end_time);
  });
  return idle.length === 0 ? [] : [`which files ${counted(idle.length, 'agent session')} changed, if any`];
}

/** The place of the first of rising numbers that is not less than `least`. */
function firstFrom(rising: readonly number[], least: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ofCi({ ci, steps }: Known): string[] {
  const jobs = ci.flatMap((run) => run.jobs);
  if (jobs.length === 0) return steps.length === 0 ? [] : ['nothing from CI'];
  const silent = jobs.filter(({ tests }) => tests.length === 0).length;
  const open = jobs.filter(({ outcome }) => outcome === 'unknown').length;
  return [
    ...(silent > 0 ? [`tests of ${silent === jobs.length ? 'any CI job' : `${silent} of ${counted(jobs.length, 'CI job')}`}`] : []),
    ...(open > 0 ? [`how ${counted(open, 'CI job')} ended`] : []),
  ];
}

function sessions({ sessions: all }: DocumentHead): string[] {
  const open = all.filter(({ status }) => status === 'interrupted').length;
  return open === 0 ? [] : [`the end of ${open} of ${counted(all.length, 'session')}`];
}

function cut(steps: readonly Step[]): string[] {
  let redacted = 0;
  let dropped = 0;
  let shortened = 0;
  for (const { payload } of steps) {
    redacted += numberOf(memberOf(payload, 'redaction'), 'count') ?? 0;
    if (textOf(payload, 'dropped') !== undefined) dropped++;
    if (memberOf(payload, 'truncated') === true) shortened++;
  }
  return [
    ...(redacted > 0 ? [`${counted(redacted, 'secret')}, taken out before anything was stored`] : []),
    ...(dropped > 0 ? [`the content of ${counted(dropped, 'event')}, left out when ${dropped === 1 ? 'it was' : 'they were'} stored`] : []),
    ...(shortened > 0 ? [`the whole of ${counted(shortened, 'long event')}, which ${shortened === 1 ? 'was' : 'were'} cut`] : []),
  ];
}
