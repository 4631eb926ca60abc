/** The phrases that the parts of a summary share: times, commits, counts of events, results of tests. Markdown; pure. */
import { counted, dayOf } from '../timeline/words.ts';
import type { Edited } from './facts.ts';
import { code, prose } from './markdown-text.ts';
import type { Step } from './steps.ts';
import type { TestRun } from './tests.ts';

/** Tells times: with the day, where the trace has several. */
export type Clock = (at: number) => string;

/** How times are told of a trace that goes from one time to another, in milliseconds since 1970. */
export function clockOf(from: number, to: number): Clock {
  const isOneDay = dayOf(from) === dayOf(to);
  return (at) => {
    const time = new Date(at).toISOString().slice(11, 16);
    // the year stands in the first sentence
    return isOneDay ? time : `${dayOf(at).slice(0, -5)} ${time}`;
  };
}

/** A commit's name, as people read it. */
export function commitName(sha: string): string {
  return code(/^[0-9a-f]{40,64}$/.test(sha) ? sha.slice(0, 7) : sha, 16);
}

/** Lines added and deleted, `+10 −2`. */
export function lines({ additions, deletions }: { readonly additions: number; readonly deletions: number }): string {
  return `+${additions} −${deletions}`;
}

/** `3 edits in 2 files`; undefined for none. */
export function editWords({ edits, files }: Edited): string | undefined {
  if (edits === 0) return undefined;
  return `${counted(edits, 'edit')}${files.size === 0 ? '' : ` in ${counted(files.size, 'file')}`}`;
}

/** A list as people say it: `a, b and 3 more`. */
export function few(texts: readonly string[], most: number, word = ''): string {
  const named = texts.slice(0, most);
  const left = texts.length - named.length;
  const rest = left === 0 ? [] : [`${left} more${word === '' ? '' : ` ${word}${left === 1 ? '' : 's'}`}`];
  return and([...named, ...rest]);
}

/** Joins what is said already: `a, b and c`. */
export function and(texts: readonly string[]): string {
  return texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** The counts of a run of tests, with a mark for how it went. */
export function outcome({ passed, failed, skipped }: Pick<TestRun, 'passed' | 'failed' | 'skipped'>): string {
  const mark = failed > 0 ? '❌' : passed > 0 ? '✅' : '⚠️';
  const said = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return `${mark} ${said.length === 0 ? 'no tests ran' : said.join(', ')}`;
}

/** What a suite of tests is called. */
export function suiteName({
  framework,
  suite,
  source,
}: {
  readonly framework: string;
  readonly suite: string | undefined;
  readonly source?: 'local' | 'ci';
}): string {
  return `${source === 'ci' ? 'CI ' : ''}${code(framework, 40)}${suite === undefined ? '' : ` ${code(suite, 40)}`}`;
}

/** Who did something. */
export function who({ actor }: Pick<Step, 'actor'>): string {
  return prose(actor.name, 60);
}

const TYPES: Readonly<Record<string, readonly [string, string] | undefined>> = {
  annotation: ['note', 'notes'],
  checkout: undefined,
  ci_run: ['CI job', 'CI jobs'],
  command: ['command', 'commands'],
  commit: ['commit', 'commits'],
  edit: ['edit', 'edits'],
  edits: ['edit of many files', 'edits of many files'],
  environment: undefined,
  merge: ['merge', 'merges'],
  navigation: undefined,
  pr_linked: undefined,
  pr_reviewed: ['review', 'reviews'],
  pr_updated: undefined,
  prompt: ['prompt', 'prompts'],
  push: ['push', 'pushes'],
  rewrite: ['rewrite', 'rewrites'],
  session_ended: undefined,
  session_started: undefined,
  test: ['test run', 'test runs'],
  tool_call: ['tool call', 'tool calls'],
};

/** Counts events by their types, as people say it; what is no news is left out, types that nobody here knows are `others`. */
export function eventCounts(counts: ReadonlyMap<string, number>): string[] {
  let others = 0;
  const said = [...counts].flatMap(([type, count]) => {
    if (!Object.hasOwn(TYPES, type)) others += count;
    const words = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    return words === undefined ? [] : [{ count, words: counted(count, ...words) }];
  });
  const sorted = said.toSorted((a, b) => b.count - a.count || (a.words < b.words ? -1 : 1)).map(({ words }) => words);
  return others === 0 ? sorted : [...sorted, counted(others, 'other event')];
}
