/**
 * What tests say: how each suite stands now, and what was red and became green. A run of fewer tests by another command
 * does not make a red suite green: it may have left out the very test that fails. Pure.
 */
import { listOf, numberOf, textOf } from '../timeline/members.ts';
import { ofType, type Step } from './steps.ts';

export interface TestRun {
  readonly step: Step;
  readonly source: 'local' | 'ci';
  readonly framework: string;
  readonly suite: string | undefined;
  readonly command: string | undefined;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of what failed, as far as they were recorded. */
  readonly failures: readonly string[];
  readonly warning: string | undefined;
}

/** How a suite stands that was run outside CI. */
export interface Suite {
  readonly framework: string;
  readonly suite: string | undefined;
  readonly runs: number;
  readonly last: TestRun;
  /** The latest red run, where nothing since then shows that it was mended. */
  readonly red: TestRun | undefined;
}

/** From the first red run to the first that shows it green. */
export interface Cycle {
  readonly first: TestRun;
  readonly green: TestRun;
  readonly redRuns: number;
  /** All that failed in between, the first first. */
  readonly failures: readonly string[];
  /** Files edited in between. */
  readonly files: readonly string[];
}

/** Reads the test runs of a trace; an event without counts is none. */
export function testRuns(steps: readonly Step[]): TestRun[] {
  return ofType(steps, 'test').flatMap((step) => {
    const { payload } = step;
    const [passed, failed] = [numberOf(payload, 'passed'), numberOf(payload, 'failed')];
    if (passed === undefined || failed === undefined) return [];
    const said = textOf(payload, 'source');
    const source = said === 'ci' || (said === undefined && step.actor.kind === 'ci') ? 'ci' : 'local';
    return {
      step,
      source,
      framework: textOf(payload, 'framework') ?? 'tests',
      suite: textOf(payload, 'suite'),
      command: textOf(payload, 'command'),
      passed,
      failed,
      skipped: numberOf(payload, 'skipped') ?? 0,
      failures: listOf(payload, 'failures').flatMap((failure) => (typeof failure === 'string' ? failure : (textOf(failure, 'name') ?? []))),
      warning: textOf(payload, 'warning'),
    };
  });
}

/** How the suites stand, and the way there. Runs of CI are the matter of its jobs. */
export function suitesOf(runs: readonly TestRun[], steps: readonly Step[]): { suites: Suite[]; cycles: Cycle[] } {
  const open = new Map<string, Following>();
  const cycles: Cycle[] = [];
  for (const run of runs) {
    if (run.source === 'ci') continue;
    const key = JSON.stringify([run.framework, run.suite]);
    const suite = open.get(key) ?? new Following();
    open.set(key, suite);
    const cycle = suite.take(run, steps);
    if (cycle !== undefined) cycles.push(cycle);
  }
  const suites = [...open.values()].flatMap((suite) => suite.suite() ?? []);
  return { suites, cycles: cycles.sort((a, b) => a.green.step.index - b.green.step.index) };
}

/** One suite, followed from run to run. */
class Following {
  #runs = 0;
  #last: TestRun | undefined;
  #first: TestRun | undefined;
  #red: TestRun | undefined;
  #redRuns = 0;
  #failures = new Set<string>();

  /** @returns the cycle that the run closes */
  take(run: TestRun, steps: readonly Step[]): Cycle | undefined {
    this.#runs++;
    this.#last = run;
    if (run.failed > 0) {
      this.#first ??= run;
      this.#red = run;
      this.#redRuns++;
      for (const name of run.failures) this.#failures.add(name);
      return undefined;
    }
    const [first, red] = [this.#first, this.#red];
    if (first === undefined || red === undefined || !covers(run, red)) return undefined;
    const files = new Set<string>();
    for (let i = first.step.index; i < run.step.index; i++) {
      const step = steps[i];
      const file = step?.type === 'edit' ? textOf(step.payload, 'file') : undefined;
      if (file !== undefined) files.add(file);
    }
    const cycle = { first, green: run, redRuns: this.#redRuns, failures: [...this.#failures], files: [...files] };
    this.#first = undefined;
    this.#red = undefined;
    this.#redRuns = 0;
    this.#failures = new Set();
    return cycle;
  }

  suite(): Suite | undefined {
    const last = this.#last;
    return last === undefined ? undefined : { framework: last.framework, suite: last.suite, runs: this.#runs, last, red: this.#red };
  }
}

function total({ passed, failed, skipped }: TestRun): number {
  return passed + failed + skipped;
}

/** Whether a green run can have run what was red. */
function covers(green: TestRun, red: TestRun): boolean {
  return green.passed > 0 && (green.command === red.command || total(green) >= total(red));
}
