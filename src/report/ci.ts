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
  readonly name: string;
  /** What tells it from others of the run, in the server's words. */
  readonly key: string;
  readonly outcome: 'passed' | 'failed' | 'other' | 'unknown';
  /** As the build server says it. */
  readonly conclusion: string | undefined;
  readonly attempt: number;
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
  const runs = new Map<
    string,
    { workflow: string; sha: string | undefined; jobs: Map<string, Job>; earlier: number; first: Step; last: Step }
  >();
  for (const step of ofType(steps, 'ci_run')) {
    const { payload } = step;
    const workflow = textOf(payload, 'workflow') ?? textOf(payload, 'provider') ?? 'CI';
    const sha = textOf(payload, 'sha');
    const key = JSON.stringify([textOf(payload, 'provider'), workflow, sha ?? textOf(payload, 'run_id')]);
    const run = runs.get(key) ?? { workflow, sha, jobs: new Map<string, Job>(), earlier: 0, first: step, last: step };
    runs.set(key, run);
    run.last = step;
    const job = jobOf(step, bySession.get(step.session) ?? []);
    const before = run.jobs.get(job.key);
    if (before !== undefined) run.earlier++;
    if (before === undefined || job.attempt >= before.attempt) run.jobs.set(job.key, job);
  }
  return [...runs.values()].map((run) => ({ ...run, jobs: [...run.jobs.values()] }));
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
    attempt: numberOf(payload, 'attempt') ?? 1,
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
