/**
 * Stage 1, capture: the one shape that every kind of test report becomes, and its bounds. The readers beside this file
 * count into a {@link Tally}; it cleans and cuts what a report says, because a report is as foreign as any output.
 * Never throws, never reads a file.
 */
import type { PayloadOf } from '../../core/event.schema.ts';
import { cleanOutput } from '../output-text.ts';
import { headOf, tailOf } from './lines.ts';

export interface TestFailure {
  readonly name: string;
  readonly file?: string;
  readonly message?: string;
}

/** What a test run came to. */
export interface TestReport {
  /** The runner, or the report's format where nothing tells the runner. */
  readonly framework: string;
  readonly suite?: string;
  readonly passed: number;
  /** Tests that failed, and whatever else failed as one: a file that cannot be loaded, a package that does not build. */
  readonly failed: number;
  /** Skipped, ignored, pending and to-do tests. */
  readonly skipped: number;
  readonly durationMs?: number;
  readonly failures: readonly TestFailure[];
  /** More failed, or more was said, than is kept here. */
  readonly truncated?: true;
  /** What was wrong with the report; its counts are of what was readable. */
  readonly warning?: string;
}

/** Bytes of a report that are read. */
export const REPORT_BYTES = 33_554_432;
/** Failures that are kept with their names. */
export const FAILURES = 100;
/** Characters of a failure's name, and of its message. */
export const NAME_LIMIT = 500;
export const MESSAGE_LIMIT = 2_048;
/** Characters of all messages together: with the names they stay below an event's cap. */
const MESSAGES_LIMIT = 24_576;
/** What is cleaned of a long text: enough for what is kept of it, whatever it is. */
const LOOKED_AT = 16_384;

/** Counts the tests of a report while it is read. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** Milliseconds; what is no length of time is left out. */
  durationMs: number | undefined;
  readonly #failures: TestFailure[] = [];
  readonly #warnings = new Set<string>();
  #messages = 0;
  #cut = false;

  /** Whether anything was counted. */
  get isEmpty(): boolean {
    return this.passed + this.failed + this.skipped === 0;
  }

  /** Counts a failure, and keeps it if there is room. */
  fail(failure: { name: string; file?: string | undefined; message?: string | undefined }): void {
    this.failed += 1;
    this.keep(failure);
  }

  /** Keeps a failure that was counted already. */
  keep({ name, file, message }: { name: string; file?: string | undefined; message?: string | undefined }): void {
    if (this.#failures.length >= FAILURES) {
      this.#cut = true;
      return;
    }
    const said = message === undefined ? '' : shortened(clean(message).trim());
    const fits = this.#messages + said.length <= MESSAGES_LIMIT;
    if (fits) this.#messages += said.length;
    else this.#cut = true;
    this.#failures.push({
      name: oneLine(name) || '(no name)',
      ...(file === undefined || file === '' ? {} : { file: oneLine(file) }),
      ...(said === '' || !fits ? {} : { message: said }),
    });
  }

  /** Says what is wrong with the report, lower case and without a full stop; the same thing once. */
  warn(text: string): void {
    if (this.#warnings.size < 5) this.#warnings.add(headOf(clean(text), 300));
  }

  /** Adds seconds, as XML and most programs say durations. */
  addSeconds(seconds: number): void {
    if (Number.isFinite(seconds) && seconds >= 0) this.durationMs = (this.durationMs ?? 0) + seconds * 1000;
  }

  report(framework: string, suite?: string): TestReport {
    const { passed, failed, skipped, durationMs } = this;
    return {
      framework: oneLine(framework),
      ...(suite === undefined || suite === '' ? {} : { suite: oneLine(suite) }),
      passed: whole(passed),
      failed: whole(failed),
      skipped: whole(skipped),
      ...(durationMs === undefined || !(durationMs >= 0) || durationMs > Number.MAX_SAFE_INTEGER
        ? {}
        : { durationMs: Math.round(durationMs) }),
      failures: this.#failures,
      ...(this.#cut ? { truncated: true as const } : {}),
      ...(this.#warnings.size === 0 ? {} : { warning: [...this.#warnings].join('; ') }),
    };
  }
}

/** A count as an event may say it. */
function whole(count: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function clean(text: string): string {
  const part = text.length > LOOKED_AT ? `${headOf(text, LOOKED_AT / 2)}\n…\n${tailOf(text, LOOKED_AT / 2)}` : text;
  return cleanOutput(part.toWellFormed());
}

/** The beginning and the end of a message. */
function shortened(text: string): string {
  if (text.length <= MESSAGE_LIMIT) return text;
  return `${headOf(text, MESSAGE_LIMIT / 2).trimEnd()}\n…\n${tailOf(text, MESSAGE_LIMIT / 2).trimStart()}`;
}

function oneLine(text: string): string {
  const line = clean(text)
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .trim();
  return line.length <= NAME_LIMIT ? line : `${headOf(line, NAME_LIMIT - 1)}…`;
}

/**
 * Makes one report of several parts of a run, as Maven and Gradle write one file a class.
 *
 * @example
 * const part = { framework: 'junit', passed: 1, failed: 0, skipped: 0, failures: [] };
 * mergeReports([part, part]) // { framework: 'junit', passed: 2, failed: 0, skipped: 0, failures: [] }
 */
export function mergeReports(reports: readonly TestReport[]): TestReport | undefined {
  const [first] = reports;
  if (first === undefined || reports.length === 1) return first;
  const tally = new Tally();
  let cut = false;
  for (const { passed, failed, skipped, durationMs, failures, truncated, warning } of reports) {
    tally.passed += passed;
    tally.failed += failed;
    tally.skipped += skipped;
    if (durationMs !== undefined) tally.addSeconds(durationMs / 1000);
    for (const failure of failures) tally.keep(failure);
    if (warning !== undefined) tally.warn(warning);
    cut ||= truncated === true;
  }
  return { ...tally.report(first.framework), ...(cut ? { truncated: true } : {}) };
}

/**
 * Says the files of failures relative to the work tree, where they lie in it.
 *
 * @param top the work tree's absolute path
 * @example
 * withinTree({ framework: 'x', passed: 0, failed: 1, skipped: 0, failures: [{ name: 'a', file: '/w/a.js' }] }, '/w').failures[0].file // 'a.js'
 */
export function withinTree(report: TestReport, top: string): TestReport {
  const within = (text: string): string => text.replaceAll(`file://${top}/`, '').replaceAll(`${top}/`, '');
  const failures = report.failures.map(({ name, file, message }) => ({
    name: within(name),
    ...(file === undefined ? {} : { file: within(file) }),
    ...(message === undefined ? {} : { message: within(message) }),
  }));
  return { ...report, failures, ...(report.suite === undefined ? {} : { suite: within(report.suite) }) };
}

/**
 * The name of what ran the tests: that of the report, unless it is only its format and the command says more.
 *
 * @param runner the runner that the command calls; `script` where it calls none
 * @example
 * frameworkOf('junit', 'go test') // 'go test'
 */
export function frameworkOf(framework: string, runner: string): string {
  return runner !== 'script' && /^(?:junit|tap)$/.test(framework) ? runner : framework;
}

export interface TestFacts {
  /** The command line that ran the tests. */
  readonly command?: string;
  readonly source: 'local' | 'ci';
  /** The report's file, relative to the work tree; missing where the output was read. */
  readonly report?: string;
}

/**
 * Makes the payload of a `test` event.
 *
 * @example
 * testPayload({ framework: 'tap', passed: 2, failed: 0, skipped: 0, durationMs: 5, failures: [] }, { source: 'local' })
 * // { duration_ms: 5, failed: 0, failures: [], framework: 'tap', passed: 2, skipped: 0, source: 'local' }
 */
export function testPayload(report: TestReport, facts: TestFacts): PayloadOf<'test'> {
  const { framework, suite, passed, failed, skipped, durationMs, failures, truncated, warning } = report;
  return {
    ...(facts.command === undefined ? {} : { command: facts.command }),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    failed,
    failures: failures.map((failure) => ({ ...failure })),
    framework,
    passed,
    ...(facts.report === undefined ? {} : { report: facts.report }),
    skipped,
    source: facts.source,
    ...(suite === undefined ? {} : { suite }),
    ...(truncated === undefined ? {} : { truncated }),
    ...(warning === undefined ? {} : { warning }),
  };
}
