/**
 * What CI says: the jobs of each run, the latest attempt of each counting, and the tests that they reported. The jobs of
 * a matrix are one line with those that failed named. Pure.
 */
import { numberOf, textOf } from '../timeline/members.ts';
import { matrixWords } from '../timeline/words.ts';
import { ofType, type Step } from './steps.ts';
import type { TestRun } from './tests.ts';

export interface Job {
  readonly step: Step;
  /** Its name and its place in the matrix, in the server's words: what a later attempt has in common with it. */
  readonly key: string;
  /** The same for people, and a number where several of one attempt are called so. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'other' | 'unknown';
  /** As the build server says it. */
  readonly conclusion: string | undefined;
  /** Undefined where the server does not count. */
  readonly attempt: number | undefined;
  readonly ms: number | undefined;
  /** Of its session; empty where it left no results. */
  readonly tests: readonly TestRun[];
}

/** The jobs of one workflow for one commit. */
export interface CiRun {
  readonly workflow: string;
  readonly sha: string | undefined;
  readonly jobs: readonly Job[];
  /** Attempts before the ones that count. */
  readonly earlier: number;
  readonly first: Step;
  readonly last: Step;
}

const PASSED = /^(?:success|succeeded|passed|ok)$/i;
const FAILED = /^(?:failure|failed|timed_out|startup_failure|error|unstable|broken)$/i;

/** Reads the runs of CI, in order of their first word. */
export function ciRunsOf(steps: readonly Step[], tests: readonly TestRun[]): CiRun[] {
  const bySession = new Map<string, TestRun[]>();
  for (const run of tests) if (run.source === 'ci') bySession.set(run.step.session, [...(bySession.get(run.step.session) ?? []), run]);
  const runs = new Map<string, CiRun & { jobs: Job[]; earlier: number; last: Step }>();
  for (const step of ofType(steps, 'ci_run')) {
    const { payload } = step;
    const workflow = textOf(payload, 'workflow') ?? textOf(payload, 'provider') ?? 'CI';
    const sha = textOf(payload, 'sha');
    const key = JSON.stringify([textOf(payload, 'provider'), workflow, sha ?? textOf(payload, 'run_id')]);
    const run = runs.get(key) ?? { workflow, sha, jobs: [], earlier: 0, first: step, last: step };
    runs.set(key, run);
    run.last = step;
    if (take(run.jobs, jobOf(step, bySession.get(step.session) ?? [])) === 'repeated') run.earlier++;
  }
  return [...runs.values()];
}

/**
 * Puts a job among those that are known of the run:
 *
 * 1. what a job says again, as how it went once that is known, stands in the place of what it said before;
 * 2. a later attempt, or the job of a later run for the same commit, stands in the place of an earlier one. Which one of
 *    several of the same name nobody says: the first that has not passed, since those are run again;
 * 3. jobs of one attempt with one name are different jobs, as those of a workflow that is called twice.
 */
function take(jobs: Job[], job: Job): 'new' | 'again' | 'repeated' {
  const same = jobs.filter(({ key }) => key === job.key);
  const own = same.find(({ step }) => step.session === job.step.session);
  if (own !== undefined) {
    jobs[jobs.indexOf(own)] = { ...job, name: own.name }; // 1
    return 'again';
  }
  const ofRun = same.filter((one) => runOf(one) === runOf(job));
  if (ofRun.some(({ attempt }) => (attempt ?? 0) > (job.attempt ?? 0))) return 'repeated';
  const before = same.filter((one) => !ofRun.includes(one) || one.attempt === undefined || one.attempt !== job.attempt);
  const replaced = before.find(({ outcome }) => outcome !== 'passed') ?? before[0];
  if (replaced !== undefined) {
    jobs[jobs.indexOf(replaced)] = { ...job, name: replaced.name }; // 2
    return 'repeated';
  }
  jobs.push(same.length === 0 ? job : { ...job, name: `${job.name}, ${same.length + 1}` }); // 3
  return 'new';
}

function runOf({ step }: Job): string | undefined {
  return textOf(step.payload, 'run_id');
}

function jobOf(step: Step, tests: readonly TestRun[]): Job {
  const { payload } = step;
  const matrix = textOf(payload, 'matrix');
  const conclusion = textOf(payload, 'conclusion');
  const outcome = conclusion === undefined ? 'unknown' : PASSED.test(conclusion) ? 'passed' : FAILED.test(conclusion) ? 'failed' : 'other';
  return {
    step,
    key: JSON.stringify([textOf(payload, 'job'), matrix]),
    name: `${textOf(payload, 'job') ?? 'job'}${matrix === undefined ? '' : ` (${matrixWords(matrix)})`}`,
    outcome,
    conclusion,
    attempt: numberOf(payload, 'attempt'),
    ms: numberOf(payload, 'duration_ms'),
    tests,
  };
}

/** The runs for the commit that CI looked at last; a run that names no commit stands for itself. */
export function latestRuns(runs: readonly CiRun[]): CiRun[] {
  const last = runs.toSorted((a, b) => a.last.index - b.last.index).at(-1);
  return last === undefined ? [] : runs.filter((run) => run === last || (last.sha !== undefined && run.sha === last.sha));
}

/** Jobs that failed and, in a later run, passed together. */
export interface CiTurn {
  readonly jobs: readonly string[];
  /** Names of the tests that failed, as far as the jobs reported them. */
  readonly failures: readonly string[];
  readonly red: CiRun;
  readonly green: CiRun;
}

/** What was red in CI and became green, each job by itself, those that turned in one run joined. */
export function ciTurns(runs: readonly CiRun[]): CiTurn[] {
  const red = new Map<string, { run: CiRun; failures: Set<string> }>();
  const turns = new Map<string, { jobs: string[]; failures: Set<string>; red: CiRun; green: CiRun }>();
  for (const [i, run] of runs.entries()) {
    for (const { name, key: ofJob, outcome, tests } of run.jobs) {
      const key = JSON.stringify([run.workflow, ofJob]);
      const open = red.get(key);
      if (outcome === 'failed') {
        const failing = open ?? { run, failures: new Set<string>() };
        for (const failure of tests.flatMap(({ failures }) => failures)) failing.failures.add(failure);
        red.set(key, failing);
      } else if (outcome === 'passed' && open !== undefined) {
        red.delete(key);
        const together = `${runs.indexOf(open.run)} ${i}`;
        const turn = turns.get(together) ?? { jobs: [], failures: new Set<string>(), red: open.run, green: run };
        turns.set(together, turn);
        turn.jobs.push(name);
        for (const failure of open.failures) turn.failures.add(failure);
      }
    }
  }
  return [...turns.values()].map((turn) => ({ ...turn, failures: [...turn.failures] }));
}
