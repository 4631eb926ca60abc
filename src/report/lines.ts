/** Single lines of a summary that stand both open and folded away. Markdown; pure. */
import { counted, duration } from '../timeline/words.ts';
import type { CiRun, CiTurn } from './ci.ts';
import type { CommandDigest } from './commands.ts';
import type { History } from './commits.ts';
import type { Note } from './facts.ts';
import { code, prose, quotation } from './markdown-text.ts';
import { type Clock, commitName, few, who } from './phrases.ts';
import type { Cycle } from './tests.ts';

/** A turn from red to green, here or in CI. */
export type Turn = { readonly kind: 'local'; readonly cycle: Cycle } | { readonly kind: 'ci'; readonly turn: CiTurn };

/** All turns from red to green, in order of the green. */
export function turnsOf(cycles: readonly Cycle[], turns: readonly CiTurn[]): Turn[] {
  const when = (turn: Turn): number => (turn.kind === 'local' ? turn.cycle.green.step.index : turn.turn.green.last.index);
  return [...cycles.map((cycle): Turn => ({ kind: 'local', cycle })), ...turns.map((turn): Turn => ({ kind: 'ci', turn }))].sort(
    (a, b) => when(a) - when(b),
  );
}

/** One turn from red to green. */
export function turnLine(turn: Turn, clock: Clock): string {
  return turn.kind === 'local' ? cycleLine(turn.cycle, clock) : ciTurnLine(turn.turn, clock);
}

/** From red to green. */
function cycleLine({ first, green, redRuns, failures, files }: Cycle, clock: Clock): string {
  const what =
    failures.length === 0
      ? `${counted(first.failed, 'test')} of ${code(first.framework, 40)}`
      : few(
          failures.map((name) => code(name, 100)),
          2,
        );
  const edited =
    files.length === 0
      ? 'no edit was recorded meanwhile'
      : `edited meanwhile: ${few(
          files.map((file) => code(file)),
          3,
          'file',
        )}`;
  const took = duration(green.step.at - first.step.at);
  return `- ❌ → ✅ ${what}: red at ${clock(first.step.at)}, green ${took} later by ${who(green.step)} (${counted(redRuns, 'red run')}); ${edited}`;
}

/** From red to green in CI. */
function ciTurnLine({ jobs, failures, red, green }: CiTurn, clock: Clock): string {
  const named = few(
    jobs.map((name) => code(name, 50)),
    2,
    'job',
  );
  const why =
    failures.length === 0
      ? ''
      : ` with ${few(
          failures.map((name) => code(name, 100)),
          2,
        )}`;
  const on = (run: CiRun): string => (run.sha === undefined ? clock(run.last.at) : `${commitName(run.sha)}, ${clock(run.last.at)}`);
  return `- ❌ → ✅ CI ${named}: failed${why} (${on(red)}), passed (${on(green)})`;
}

/** Reverts, amends, rebases, forced pushes. */
export function reworkLines({ commits, amends, rebases, forced }: History, clock: Clock): string[] {
  const reverts = commits.flatMap(({ sha, subject, reverts: back, step }) =>
    back === undefined ? [] : [`- ↩ ${commitName(sha)} at ${clock(step.at)} took back ${commitName(back)}: ${prose(subject, 72)}`],
  );
  const rebased = rebases.reduce((sum, { count }) => sum + count, 0);
  const counts = [
    ...(rebases.length > 0 ? [`rebased ${times(rebases.length)} (${counted(rebased, 'commit')})`] : []),
    ...(amends > 0 ? [`amended ${times(amends)}`] : []),
    ...(forced.length > 0 ? [`pushed over replaced commits ${times(forced.length)}`] : []),
  ];
  const shown = reverts.length > 3 ? [...reverts.slice(0, 2), `- ↩ … and ${reverts.length - 2} more reverts`] : reverts;
  return [...shown, ...(counts.length === 0 ? [] : [`- ↻ ${counts.join(', ')}`])];
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

/** A command and how its runs went. */
export function commandLine({ command, runs, failed, passes, first, last, spent }: CommandDigest, clock: Clock): string {
  const took = spent === undefined || spent < 1000 ? '' : `, ${duration(spent)}${runs === 1 ? '' : ' in all'}`;
  const how =
    failed === 0
      ? `passed${runs === 1 ? '' : ` ${times(runs)}`}`
      : passes
        ? `failed ${times(failed)} of ${runs} runs, and passed at ${clock(last.at)}`
        : runs === 1
          ? `failed at ${clock(last.at)}, and was not run again`
          : `failed ${times(failed)}${failed === runs ? '' : ` of ${runs} runs`}, at ${clock(last.at)} for the last time`;
  const since = failed > 0 && passes && first !== last ? `, first run at ${clock(first.at)}` : '';
  return `- ${code(command, 120)} ${how}${since}${took}`;
}

/** How the jobs of one run ended; those that failed by name. */
export function ciOutcome({ jobs, earlier }: CiRun): string {
  const named = (outcome: string): string[] => jobs.filter((job) => job.outcome === outcome).map(({ name }) => name);
  const failed = named('failed');
  const [passed, other, unknown] = [named('passed').length, named('other').length, named('unknown').length];
  const tests = jobs.flatMap((job) => job.tests).reduce((sum, run) => sum + run.passed + run.failed, 0);
  const counts = [
    ...(failed.length > 0
      ? [
          `${failed.length === jobs.length && jobs.length === 1 ? 'failed' : `${failed.length} of ${counted(jobs.length, 'job')} failed`}: ${few(
            failed.map((name) => code(name, 50)),
            3,
          )}`,
        ]
      : passed > 0
        ? [`${counted(passed, 'job')} passed`]
        : []),
    ...(other > 0 ? [`${other} skipped or cancelled`] : []),
    ...(unknown > 0 ? [`${unknown} without a result`] : []),
    ...(tests > 0 ? [`${counted(tests, 'test')}`] : []),
    ...(earlier > 0 ? [`${counted(earlier, 'earlier attempt')}`] : []),
  ];
  const mark = failed.length > 0 ? '❌' : passed > 0 && unknown === 0 ? '✅' : '⚠️';
  return `${mark} ${counts.join(', ')}`;
}

/** A note, with who wrote it above. */
export function noteLines({ step, text, target }: Note, clock: Clock, bounds: { readonly most: number; readonly lines: number }): string {
  const about = target === undefined ? '' : `, on ${code(target)}`;
  return [`${who(step)}, ${clock(step.at)}${about}:`, ...quotation(text, bounds)].join('\n');
}
