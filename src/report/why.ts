/**
 * Why a line was written: what the trace tells of the time before the commit that brought it. What was asked, who edited
 * the file, what failed and then went well, what was noted. Pure; a commit that was amended or rebased is found under
 * its former names.
 */
import { listOf, memberOf, numberOf, textOf } from '../timeline/members.ts';
import { commandPassed } from '../timeline/outcome.ts';
import { ofType, type Step } from './steps.ts';

export interface AskedLine {
  /** The commit that blame names; undefined for a line that is not committed. */
  readonly sha: string | undefined;
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** Events of one kind that are told. */
const OF_A_KIND = 6;
/** Events before a commit that are looked at, where no other commit ends them. */
const REACH = 2_000;

/** The lines of the answer; `undefined` where this trace knows nothing of the commit. */
export function whyLines(steps: readonly Step[], asked: AskedLine): string[] | undefined {
  const at = asked.sha === undefined ? steps.length : committedAt(steps, asked.sha);
  if (at === undefined) return undefined;
  const commit = steps[at];
  const before = steps.findLastIndex(
    (step, i) => i < at && step.type === 'commit' && (commit === undefined || step.session === commit.session),
  );
  const led = steps.slice(Math.max(before + 1, at - REACH), at);
  const target = `${asked.path}:${asked.line}`;
  const notes = ofType(steps, 'annotation').filter(
    (step) => led.includes(step) || textOf(step.payload, 'target') === target || textOf(step.payload, 'target') === asked.sha,
  );
  const edits = led.filter(({ type, payload }) => type === 'edit' && textOf(payload, 'file') === asked.path);
  const wrote = edits.filter(({ payload }) => (textOf(payload, 'diff_snippet') ?? '').split('\n').includes(`+${asked.text}`));
  return [
    ...(commit === undefined ? [] : [`committed by ${commit.actor.name}: ${firstLine(textOf(commit.payload, 'message'))}`]),
    ...section('this very line was written in', wrote.slice(-1), editText),
    ...section('what was asked', ofType(led, 'prompt'), ({ payload }) => firstLine(textOf(payload, 'text'))),
    ...section(`edits of ${asked.path}`, edits, editText),
    ...section('tests', ofType(led, 'test'), testText),
    ...section(
      'commands that failed',
      ofType(led, 'command').filter(({ payload }) => !commandPassed(payload)),
      ({ payload }) => firstLine(textOf(payload, 'command')),
    ),
    ...section('notes', notes, ({ payload }) => firstLine(textOf(payload, 'text'))),
  ];
}

/** Where a commit stands among the events, by its name or one that it had before it was rewritten. */
function committedAt(steps: readonly Step[], sha: string): number | undefined {
  const names = new Set([sha]);
  for (const { payload } of ofType(steps, 'rewrite').toReversed())
    for (const pair of listOf(payload, 'map')) {
      const [old, now] = [textOf(pair, 'old'), textOf(pair, 'new')];
      if (old !== undefined && now !== undefined && names.has(now)) names.add(old);
    }
  const at = steps.findIndex(({ type, payload }) => (type === 'commit' || type === 'merge') && names.has(textOf(payload, 'sha') ?? ''));
  return at < 0 ? undefined : at;
}

function section(title: string, steps: readonly Step[], tell: (step: Step) => string): string[] {
  if (steps.length === 0) return [];
  const shown = steps.slice(-OF_A_KIND);
  const more = steps.length - shown.length;
  return [
    `${title}${more > 0 ? ` (the last ${OF_A_KIND} of ${steps.length})` : ''}:`,
    ...shown.map((step) => `- ${step.item.entry.event.ts} ${step.actor.name}: ${tell(step)}`),
  ];
}

function editText({ payload }: Step): string {
  return `${textOf(payload, 'file') ?? ''} ${textOf(payload, 'change_summary') ?? ''}`.trim();
}

function testText({ payload }: Step): string {
  const failures = listOf(payload, 'failures').map((failure) =>
    typeof failure === 'string' ? failure : String(memberOf(failure, 'name')),
  );
  const counts = `${numberOf(payload, 'passed') ?? 0} passed, ${numberOf(payload, 'failed') ?? 0} failed`;
  return failures.length === 0 ? counts : `${counts}: ${firstLine(failures.slice(0, 3).join('; '))}`;
}

function firstLine(text: string | undefined): string {
  const line = (text ?? '').trim().split('\n')[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 299).toWellFormed()}…` : line;
}
