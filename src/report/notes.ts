/**
 * Stage 6, git notes: for each commit of a trace a few lines for people on what led to it, in plain text. A commit that
 * was amended, rebased or squashed away has them too, and so has what stands in its place. The same events give the same
 * text. Pure; harmless in a terminal.
 */
import type { Sha256 } from '../core/line.ts';
import type { Ordered } from '../core/order.ts';
import { isNumbered, type TraceName } from '../core/trace-name.ts';
import { Cast } from '../timeline/cast.ts';
import { foldHead } from '../timeline/document.ts';
import { textOf } from '../timeline/members.ts';
import { timelineOf } from '../timeline/timeline.ts';
import { visibleText } from '../timeline/visible-text.ts';
import { counted, duration, period } from '../timeline/words.ts';
import { isWork, lengthOf, stretchesOf } from '../timeline/work.ts';
import { commandsOf } from './commands.ts';
import { type Commit, type History, historyOf } from './commits.ts';
import { editedIn } from './facts.ts';
import { ofType, type Step, stepsOf } from './steps.ts';
import { testRuns } from './tests.ts';

/** Characters of one line. */
const WIDE = 160;
/** Lines of one kind: commands, notes, prompts, reviews. */
const MOST = 5;
const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** What we have written into a note: a first line, lines that are indented, and a last one. */
const BLOCK = /^Trace ([^\n:]+):[^\n]*\n(?: {2}[^\n]*\n)*More: git trace show [^\n]*(?:\n|$)/gm;

/** What led to each commit of a trace, by the commit's id: one block of lines, which ends with a newline. */
export function noteBlocks(trace: TraceName, ordered: Ordered, sha256: Sha256): Map<string, string> {
  const head = foldHead(trace, ordered, sha256);
  const cast = new Cast(head, visibleText);
  const steps = stepsOf(timelineOf(ordered), cast);
  const history = historyOf(steps);
  const blocks = new Map<string, string>();
  for (const [sha, { sources, isWhole }] of targetsOf(steps, history)) {
    const lines = [...beforeLines(sources, cast), ...(isWhole ? [] : originLines(sha, sources))];
    const title = isWhole ? `all that led to it, ${counted(history.standing, 'commit')}` : (sources.at(-1)?.subject ?? '');
    const said = [head.pr.title, title].filter((text) => text !== null && text !== '').join(' · ');
    blocks.set(
      sha,
      [`Trace ${keyOf(trace)}: ${line(said)}`.trimEnd(), ...lines.map((text) => `  ${line(text)}`), more(trace), ''].join('\n'),
    );
  }
  return blocks;
}

/**
 * The text of a note with these blocks of ours; what others have written in it stays, below them.
 *
 * @param before what the note says now
 * @param traces those whose blocks are given anew; `undefined` for all
 * @returns `undefined` where nothing is left to say
 * @example
 * noteText('by hand\n', undefined, []) // 'by hand\n'
 */
export function noteText(before: string, traces: readonly TraceName[] | undefined, blocks: readonly string[]): string | undefined {
  const named = traces && new Set(traces.map(keyOf));
  const kept: string[] = [];
  const theirs = before
    .replace(BLOCK, (block, key: string) => {
      if (named !== undefined && !named.has(key)) kept.push(block.endsWith('\n') ? block : `${block}\n`);
      return '';
    })
    .trim();
  if (blocks.length === 0 && theirs === before.trim()) return before === '' ? undefined : before;
  const ours = [...kept, ...blocks].sort();
  const text = [...ours, ...(theirs === '' ? [] : [`${theirs}\n`])].join('\n');
  return text === '' ? undefined : text;
}

interface Target {
  /** The commits whose work is in it, in order. */
  readonly sources: readonly Commit[];
  /** It is what the whole pull request became. */
  readonly isWhole: boolean;
}

/** Every commit that is to be told of: those that were made, what they were replaced by, and what the host made of all. */
function targetsOf(steps: readonly Step[], { commits, nowOf, nextOf }: History): Map<string, Target> {
  const targets = new Map<string, { sources: Commit[]; isWhole: boolean }>();
  for (const commit of commits) {
    const seen = new Set<string>();
    for (let sha: string | undefined = commit.sha; sha !== undefined && OID.test(sha) && !seen.has(sha); sha = nextOf(sha)) {
      seen.add(sha);
      const target = targets.get(sha) ?? { sources: [], isWhole: false };
      if (!target.sources.includes(commit)) target.sources.push(commit);
      targets.set(sha, target);
    }
  }
  for (const step of ofType(steps, 'pr_updated')) {
    const merge = textOf(step.payload, 'merge_commit');
    if (merge === undefined || !OID.test(merge) || commits.length === 0 || targets.has(nowOf(merge))) continue;
    targets.set(merge, { sources: [...commits], isWhole: true });
  }
  return targets;
}

/** What happened before the commits that became one. */
function beforeLines(sources: readonly Commit[], cast: Cast): string[] {
  const led = sources.flatMap(({ before }) => before);
  const made = sources.map(({ step }) => step);
  const worked = [...led, ...made].filter(({ item }) => isWork(item, cast)).sort((a, b) => a.index - b.index);
  const who = [...new Map(worked.map(({ actor }) => [actor.key, actor.name])).values()];
  const [first, last] = [worked[0], worked.at(-1)];
  const length = lengthOf(
    stretchesOf(
      worked.map(({ item }) => item),
      cast,
    ),
  );
  const edited = editedIn(led);
  const size = `+${edited.additions} −${edited.deletions}`;
  return [
    ...(who.length === 0 ? [] : [`who: ${few(who)}`]),
    ...(first === undefined || last === undefined
      ? []
      : [`when: ${period(first.at, last.at)} UTC${length < 1_000 ? '' : `, ${duration(length)} of work`}`]),
    ...(edited.edits === 0 ? [] : [`edits: ${counted(edited.edits, 'edit')} in ${counted(edited.files.size, 'file')}, ${size}`]),
    ...testLines(led),
    ...commandLines(led),
    ...agentLines(led),
    ...said(led, 'annotation', ({ actor, payload }) => `note by ${actor.name}: ${textOf(payload, 'text') ?? ''}`),
    ...said(led, 'pr_reviewed', ({ payload }) => {
      return `review by ${textOf(payload, 'reviewer') ?? 'somebody'}: ${(textOf(payload, 'state') ?? '').replaceAll('_', ' ')}`;
    }),
  ];
}

/** The last run of each suite, and how often it was red before. */
function testLines(led: readonly Step[]): string[] {
  const suites = new Map<string, { runs: number; red: number; text: string }>();
  for (const run of testRuns(led)) {
    if (run.source === 'ci') continue;
    const name = run.suite === undefined ? run.framework : `${run.framework} ${run.suite}`;
    const known = suites.get(name) ?? { runs: 0, red: 0, text: '' };
    const failures = run.failed === 0 || run.failures.length === 0 ? '' : `: ${few(run.failures)}`;
    suites.set(name, {
      runs: known.runs + 1,
      red: known.red + (run.failed > 0 ? 1 : 0),
      text: `${run.failed} failed, ${run.passed} passed${failures}`,
    });
  }
  return shortened([...suites], 'suite', ([name, { runs, red, text }]) => {
    return `tests (${name}): ${text}${runs === 1 ? '' : `; red in ${red} of ${runs} runs`}`;
  });
}

function commandLines(led: readonly Step[]): string[] {
  const { runs, failed, telling } = commandsOf(led);
  if (runs === 0) return [];
  const some = telling.slice(0, MOST).map(({ command, ...digest }) => {
    const often = digest.runs === 1 ? '' : ` (${digest.runs} runs${digest.failed === 0 ? '' : `, ${digest.failed} failed`})`;
    return `- ${digest.passes ? 'passed' : 'failed'}: ${command}${often}`;
  });
  return [`commands: ${runs}${failed === 0 ? '' : `, ${failed} failed`}`, ...some];
}

function agentLines(led: readonly Step[]): string[] {
  const calls = ofType(led, 'tool_call').length;
  return [
    ...said(led, 'prompt', ({ actor, payload }) => `${actor.name} was asked: ${textOf(payload, 'text') ?? ''}`),
    ...(calls === 0 ? [] : [`tool calls: ${calls}`]),
  ];
}

/** How the work came into this commit, where it was not made as it is. */
function originLines(sha: string, sources: readonly Commit[]): string[] {
  const lines: string[] = [];
  for (const commit of sources) {
    if (commit.sha !== sha) lines.push(`was ${commit.sha.slice(0, 10)} (${commit.replacedHow ?? 'rewrite'}): ${commit.subject}`);
    else {
      if (commit.replacedBy !== undefined) lines.push(`is now ${commit.replacedBy.slice(0, 10)}, by ${commit.replacedHow ?? 'rewrite'}`);
      if (commit.reverts !== undefined) lines.push(`takes back ${commit.reverts.slice(0, 10)}`);
    }
  }
  return shortened(lines, 'commit', (text) => text);
}

function said(led: readonly Step[], type: string, words: (step: Step) => string): string[] {
  return shortened(ofType(led, type), 'more', words);
}

/** At most so many lines, and how many there were beside them. */
function shortened<T>(all: readonly T[], word: string, words: (one: T) => string): string[] {
  const left = all.length - MOST;
  return [
    ...all.slice(0, MOST).map(words),
    ...(left > 0 ? [`and ${word === 'more' ? `${left} more` : counted(left, `more ${word}`)}`] : []),
  ];
}

function few(texts: readonly string[]): string {
  return texts.length <= MOST ? texts.join(', ') : `${texts.slice(0, MOST).join(', ')} and ${texts.length - MOST} more`;
}

/** One line, as wide as a line may be. */
function line(text: string): string {
  const whole = visibleText(text.replace(/\s+/g, ' ').trimEnd());
  const characters = [...whole];
  return characters.length <= WIDE ? whole : `${characters.slice(0, WIDE - 1).join('')}…`;
}

function keyOf(trace: TraceName): string {
  return visibleText(trace).replaceAll(':', '%3A');
}

/** A trace as it can be typed: a branch's name may hold what a shell acts on, the ref's does not. */
function more(trace: TraceName): string {
  return `More: git trace show ${isNumbered(trace) || trace === 'unassigned' ? trace : `refs/traces/${visibleText(trace)}`}`;
}
