/**
 * Red → green: a failing test run until one that shows it mended, what was edited and run between, and the loops of edit
 * and test on the way. Takes one event after the other; each costs the same. Pure.
 */
import type { TraceEvent } from '../core/line.ts';
import { numberOf, textOf } from './members.ts';
import { testPassed } from './outcome.ts';
import type { EventItem } from './timeline.ts';

/** A suite that was red, and until when. Runs of a build server are none: nobody waits for those and edits. */
export interface Cycle {
  /** Seq of the first failing run, and of the one that was green. */
  readonly red: number;
  readonly green: number | undefined;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number | undefined;
  /** What was run and is red, as its command or its framework says. Raw. */
  readonly label: string;
  /** Failing runs, the first included. */
  readonly redRuns: number;
  /** Edits, commands and loops of edit and test between; while it is red, so far. */
  readonly edits: number;
  readonly commands: number;
  readonly loops: number;
}

/** Edits, and the test run that followed them. */
export interface Loop {
  /** Seq of the test run. */
  readonly test: number;
  readonly edits: number;
  readonly isGreen: boolean;
}

/** What was counted so far. */
interface Tally {
  edits: number;
  commands: number;
  loops: number;
}

/** A suite that is red, as JSON can hold it. */
export interface Red {
  /** Effective time of the first failing run, in milliseconds since 1970. */
  readonly from: number;
  /** Of the latest failing run, what has to run again to be mended: its command, and how many tests it had. */
  readonly command: string | undefined;
  readonly total: number;
}

/** What a test run changes: a suite became red, stayed so, or is mended. */
export interface Turn {
  readonly suite: string;
  readonly change: 'red' | 'redder' | 'green';
  readonly red: Red;
}

/** Which suites are red, followed from run to run. */
export type Reds = Record<string, Red>;

/**
 * Takes a test run that was no build server's.
 *
 * @param reds changed by it
 */
export function takeRun(reds: Reds, { at, entry: { event } }: EventItem): Turn | undefined {
  const run = runOf(event);
  if (run === undefined) return undefined;
  const suite = JSON.stringify([run.framework, run.suite]);
  const before = Object.hasOwn(reds, suite) ? reds[suite] : undefined;
  if (run.failed > 0) {
    const red = { from: before?.from ?? at, command: run.command, total: run.total };
    reds[suite] = red;
    return { suite, change: before === undefined ? 'red' : 'redder', red };
  }
  if (before === undefined || !covers(run, before)) return undefined;
  delete reds[suite];
  return { suite, change: 'green', red: before };
}

/** Whether a test run is a build server's, which nobody waits for and edits. @param isCi whether its session is one */
export function isCiRun({ payload }: TraceEvent, isCi: boolean): boolean {
  const source = textOf(payload, 'source');
  return source === 'ci' || (source === undefined && isCi);
}

class OpenCycle implements Cycle {
  readonly red: number;
  readonly from: number;
  readonly label: string;
  redRuns = 1;
  green: number | undefined;
  to: number | undefined;
  readonly #before: Tally;
  /** Counts on while it is red. */
  #after: Tally;

  constructor({ seq, at, entry: { event } }: EventItem, tally: Tally) {
    const { payload } = event;
    this.red = seq;
    this.from = at;
    this.label = textOf(payload, 'command') ?? textOf(payload, 'suite') ?? textOf(payload, 'framework') ?? 'tests';
    this.#before = { ...tally };
    this.#after = tally;
  }

  close({ seq, at }: EventItem): void {
    this.green = seq;
    this.to = at;
    this.#after = { ...this.#after };
  }

  get edits(): number {
    return this.#after.edits - this.#before.edits;
  }

  get commands(): number {
    return this.#after.commands - this.#before.commands;
  }

  get loops(): number {
    return this.#after.loops - this.#before.loops;
  }
}

/** The cycles of a trace. */
export class Cycles {
  readonly #cycles: OpenCycle[] = [];
  readonly #loops: Loop[] = [];
  readonly #reds: Reds = {};
  /** By suite. */
  readonly #open = new Map<string, OpenCycle>();
  readonly #tally: Tally = { edits: 0, commands: 0, loops: 0 };
  #editsSinceTest = 0;

  /** In the order in which they became red. */
  get cycles(): readonly Cycle[] {
    return this.#cycles;
  }

  get loops(): readonly Loop[] {
    return this.#loops;
  }

  /** Takes the next event. @param isCi whether its session is a build server's */
  add(item: EventItem, isCi: boolean): void {
    const { event } = item.entry;
    switch (event.type) {
      case 'edits':
        if (textOf(event.payload, 'origin') === 'vcs') return;
        this.#edit();
        break;
      case 'edit':
        this.#edit();
        break;
      case 'command':
        this.#tally.commands++;
        break;
      case 'test':
        if (!isCiRun(event, isCi)) this.#test(item);
        break;
    }
  }

  #edit(): void {
    this.#tally.edits++;
    this.#editsSinceTest++;
  }

  #test(item: EventItem): void {
    const isGreen = testPassed(item.entry.event.payload) === true;
    if (this.#editsSinceTest > 0) {
      this.#tally.loops++;
      this.#loops.push({ test: item.seq, edits: this.#editsSinceTest, isGreen });
      this.#editsSinceTest = 0;
    }
    const turn = takeRun(this.#reds, item);
    if (turn === undefined) return;
    const open = this.#open.get(turn.suite);
    if (turn.change === 'green') {
      open?.close(item);
      this.#open.delete(turn.suite);
    } else if (open === undefined) {
      const cycle = new OpenCycle(item, this.#tally);
      this.#cycles.push(cycle);
      this.#open.set(turn.suite, cycle);
    } else open.redRuns++;
  }
}

interface Run {
  readonly framework: string;
  readonly suite: string | undefined;
  readonly command: string | undefined;
  readonly passed: number;
  readonly failed: number;
  readonly total: number;
}

function runOf({ payload }: TraceEvent): Run | undefined {
  const [passed, failed] = [numberOf(payload, 'passed'), numberOf(payload, 'failed')];
  if (passed === undefined || failed === undefined) return undefined;
  return {
    framework: textOf(payload, 'framework') ?? 'tests',
    suite: textOf(payload, 'suite'),
    command: textOf(payload, 'command'),
    passed,
    failed,
    total: passed + failed + (numberOf(payload, 'skipped') ?? 0),
  };
}

/** Whether a green run can have run what was red: fewer tests by another command may have left out the one that fails. */
function covers(green: Run, red: Red): boolean {
  return green.passed > 0 && (green.command === red.command || green.total >= red.total);
}
