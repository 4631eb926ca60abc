/**
 * Stage 1, capture: reads the summary that a test runner prints for people. The last resort where there is no report:
 * counts are exact, names of failures are there as far as the runner lists them at the beginning of a line. The input
 * is output already cleaned of terminal controls.
 */
import { looksLikeCargo, readCargoText } from './cargo.ts';
import { looksLikeGo, readGoText } from './go-test.ts';
import { lines } from './lines.ts';
import { Tally, type TestReport } from './report.ts';

/** How one runner says what its tests came to. */
interface Summary {
  readonly framework: string;
  /** Matches the line that has the counts. */
  readonly line: RegExp;
  /** Each count with the words that stand for it; the number comes before the word, or behind with `after`. */
  readonly passed: RegExp;
  readonly failed: RegExp;
  readonly skipped: RegExp;
  /**
   * Of several such lines the last one holds: at a terminal the counts are shown again and again. Else they add up, as of
   * one package after the other, or because each count has a line of its own.
   */
  readonly lasts?: true;
  /** `passed` is the number of all tests, of which the others are a part. */
  readonly total?: true;
  /** Each line that tells of a test that passed, where the runner counts only the others. */
  readonly each?: RegExp;
  /** A line that tells of a file that could not be run, its name in the first group, if it has one. */
  readonly broken?: RegExp;
  /** A line that names a failure, the name in its first group, a message in its second. */
  readonly failure?: RegExp;
}

const NEVER = /(?!)/;

/** In this order; the first that finds counts is taken. */
const SUMMARIES: readonly Summary[] = [
  {
    framework: 'pytest',
    line: /^(?:=+ )?(?=.*\d)(?:(?:\d+ (?:passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?|rerun|subtests passed)|no tests ran)(?:, )?)+ in [\d.]+s(?: \([\d:]+\))?(?: =+)?$/,
    passed: /(\d+) (?:passed|xpassed)/g,
    failed: /(\d+) (?:failed|errors?)\b/g,
    skipped: /(\d+) (?:skipped|xfailed)/g,
    failure: /^(?:FAILED|ERROR) (?=\S*(?:::|\.py\b))(.+)$/,
  },
  {
    framework: 'vitest',
    line: /^ {6}Tests {2}(?=\d|no tests)/,
    lasts: true,
    passed: /(\d+) passed/g,
    failed: /(\d+) failed/g,
    skipped: /(\d+) (?:skipped|todo)/g,
    failure: /^ FAIL {2}(\S.*? > .*)$/,
    broken: /^ FAIL {2}(\S+) \[ .* \]$/,
  },
  {
    framework: 'jest',
    line: /^Tests: {7}(?=.*\d+ total)/,
    lasts: true,
    passed: /(\d+) passed/g,
    failed: /(\d+) failed/g,
    skipped: /(\d+) (?:skipped|todo)/g,
    failure: /^ {2}● (\S.* › .*)$/,
    broken: /^ {2}● Test suite failed to run$/,
  },
  {
    framework: 'node:test',
    line: /^ℹ (?:pass|fail|cancelled|skipped|todo) \d+$/,
    passed: /^ℹ pass (\d+)/g,
    failed: /^ℹ (?:fail|cancelled) (\d+)/g,
    skipped: /^ℹ (?:skipped|todo) (\d+)/g,
  },
  {
    framework: 'mocha',
    line: /^ {2}\d+ (?:passing|pending|failing)\b/,
    passed: /(\d+) passing/g,
    failed: /(\d+) failing/g,
    skipped: /(\d+) pending/g,
  },
  {
    framework: 'ava',
    line: /^ {2}\d+ (?:tests? (?:passed|failed|skipped|todo)|known failures?|uncaught exceptions?)$/,
    passed: /(\d+) tests? passed/g,
    failed: /(\d+) (?:tests? failed|uncaught)/g,
    skipped: /(\d+) tests? (?:skipped|todo)/g,
    each: /^ {2}✔ /,
    failure: /^ {2}✘ \[fail\]: (.+)$/,
  },
  {
    framework: 'playwright',
    line: /^ {2}\d+ (?:passed|failed|skipped|flaky|did not run)\b/,
    passed: /(\d+) (?:passed|flaky)/g,
    failed: /(\d+) failed/g,
    skipped: /(\d+) (?:skipped|did not run)/g,
  },
  {
    framework: 'bun',
    line: /^ \d+ (?:pass|fail|skip|todo)$/,
    passed: /(\d+) pass/g,
    failed: /(\d+) fail/g,
    skipped: /(\d+) (?:skip|todo)/g,
  },
  { framework: 'deno', line: /^(?:ok|FAILED) \| \d+ passed/, passed: /(\d+) passed/g, failed: /(\d+) failed/g, skipped: /(\d+) ignored/g },
  {
    framework: 'rspec',
    line: /^\d+ examples?, \d+ failures?/,
    passed: /^(\d+) examples?/g,
    failed: /(\d+) (?:failures?|errors?)/g,
    skipped: /(\d+) pending/g,
    total: true,
    failure: /^rspec (\S+) # (.*)$/,
  },
  {
    framework: 'minitest',
    line: /^\d+ (?:runs|tests), \d+ assertions, /,
    passed: /^(\d+) (?:runs|tests)/g,
    failed: /(\d+) (?:failures|errors)/g,
    skipped: /(\d+) (?:skips|omissions|pendings)/g,
    total: true,
  },
  {
    framework: 'surefire',
    line: /^(?:\[(?:INFO|WARNING|ERROR)\] )?Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+$/,
    passed: /run: (\d+)/g,
    failed: /(?:Failures|Errors): (\d+)/g,
    skipped: /Skipped: (\d+)/g,
    total: true,
  },
  {
    framework: 'phpunit',
    line: /^(?:OK \(\d+ tests?, |Tests: \d+, Assertions: )/,
    passed: /(?:\((\d+) tests?|Tests: (\d+))/g,
    failed: /(?:Failures|Errors): (\d+)/g,
    skipped: /(?:Skipped|Incomplete): (\d+)/g,
    total: true,
  },
  {
    framework: 'cargo nextest',
    line: /^ +Summary \[ *[\d.]+s\] +\d+ tests? run:/,
    passed: /(\d+) passed/g,
    failed: /(\d+) (?:failed|timed out)/g,
    skipped: /(\d+) skipped/g,
    failure: /^ +(?:FAIL|TIMEOUT) \[ *[\d.]+s\] (?:\( *\d+\/\d+\) )?(\S.*)$/,
  },
  {
    framework: 'dotnet',
    line: /^(?:Passed|Failed)! +- Failed: +\d+, Passed: +\d+/,
    passed: /Passed: +(\d+)/g,
    failed: /Failed: +(\d+)/g,
    skipped: /Skipped: +(\d+)/g,
  },
  {
    framework: 'ctest',
    line: /^\d+% tests passed, \d+ tests? failed out of \d+/,
    passed: /out of (\d+)/g,
    failed: /(\d+) tests? failed/g,
    skipped: NEVER,
    total: true,
  },
];

/**
 * Reads the output of a command that ran tests; `undefined` where nothing in it tells how they went.
 *
 * @param framework whose summary is looked for first
 * @example
 * readOutput('== 1 failed, 2 passed in 0.50s ==\n').failed // 1
 */
export function readOutput(text: string, framework?: string): TestReport | undefined {
  if (looksLikeCargo(text)) return readCargoText(text);
  if (looksLikeGo(text)) return readGoText(text);
  const ordered = [...SUMMARIES].sort((a, b) => Number(b.framework === framework) - Number(a.framework === framework));
  const all = [...lines(text)];
  for (const summary of ordered) {
    const report = readSummary(all, summary);
    if (report !== undefined) return report;
  }
  return unittest(all);
}

function readSummary(all: readonly string[], summary: Summary): TestReport | undefined {
  const { framework } = summary;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let found = false;
  for (const line of all) {
    if (line.length > 400 || !summary.line.test(line)) continue;
    const here = { passed: sum(line, summary.passed), failed: sum(line, summary.failed), skipped: sum(line, summary.skipped) };
    if (summary.total === true) here.passed = Math.max(0, here.passed - here.failed - here.skipped);
    for (const name of ['passed', 'failed', 'skipped'] as const) counts[name] = here[name] + (summary.lasts === true ? 0 : counts[name]);
    found = true;
  }
  if (!found) return undefined;
  const tally = new Tally();
  Object.assign(tally, counts);
  if (summary.each !== undefined && tally.passed === 0) tally.passed = all.filter((line) => summary.each?.test(line)).length;
  const failures = failuresIn(all, summary);
  for (const failure of failures) tally.keep(failure);
  // what fails around tests, such as a hook of a suite, is named and not counted
  tally.failed = Math.max(tally.failed, failures.length);
  for (const file of brokenIn(all, summary)) tally.fail({ name: `${file} could not be run`, file });
  const took = durationIn(all, framework);
  if (took !== undefined) tally.addSeconds(took);
  return tally.report(framework);
}

/** The numbers of all matches, added. */
function sum(line: string, pattern: RegExp): number {
  let total = 0;
  for (const [, one, other] of line.matchAll(pattern.global ? pattern : new RegExp(pattern, 'g'))) total += Number(one ?? other ?? 0);
  return total;
}

interface Failure {
  readonly name: string;
  readonly file?: string | undefined;
  readonly message?: string | undefined;
}

/** Failures that are told apart by their names. */
const NAMED = 1_000;

function failuresIn(all: readonly string[], { framework, failure }: Summary): readonly Failure[] {
  if (framework === 'node:test') return nodeFailures(all);
  if (framework === 'mocha') return mochaFailures(all);
  const found = new Map<string, Failure>();
  if (failure === undefined) return [];
  for (const [i, line] of all.entries()) {
    const [, rest, behind] = failure.exec(line) ?? [];
    if (rest === undefined || found.size >= NAMED) continue;
    // pytest has both in one line, and parameters of a test may hold the dash
    const dash = framework === 'pytest' ? Math.max(rest.indexOf('] - ') + 1, 0) || rest.indexOf(' - ') : -1;
    const said = dash < 0 ? rest : rest.slice(0, dash);
    const message = dash < 0 ? behind : rest.slice(dash + 3);
    const separator = framework === 'pytest' ? '::' : framework === 'vitest' ? ' > ' : undefined;
    const at = separator === undefined ? -1 : said.indexOf(separator);
    const file = at > 0 ? said.slice(0, at) : undefined;
    const name = framework === 'vitest' && separator !== undefined && file !== undefined ? said.slice(at + separator.length) : said;
    // a runner says it in the progress and again in the summary
    found.set(said, {
      name: name.replaceAll(' › ', ' > '),
      file,
      message: message ?? (separator === '::' ? undefined : saidBelow(all, i)),
    });
  }
  return [...found.values()];
}

/** The first line that says something below the name of a failure. */
function saidBelow(all: readonly string[], at: number): string | undefined {
  return all
    .slice(at + 1, at + 4)
    .find((line) => /[\p{L}\d]/u.test(line))
    ?.trim();
}

/** Files that could not be run: no test in them is counted by the runner. */
function brokenIn(all: readonly string[], { broken }: Summary): Set<string> {
  const found = new Set<string>();
  if (broken === undefined) return found;
  let file = 'a file';
  for (const line of all) {
    file = /^FAIL (?:.* )?(\S+?)(?: \([\d.]+ m?s\))?$/.exec(line)?.[1] ?? file;
    const said = broken.exec(line);
    if (said !== null) found.add(said[1] ?? file);
  }
  return found;
}

/** The spec reporter of node lists failures again at the end, each with where it stands in the line before. */
function nodeFailures(all: readonly string[]): Failure[] {
  const from = all.findLastIndex((line) => /^✖ failing tests:/.test(line));
  const found: Failure[] = [];
  for (let at = from + 1; from >= 0 && at < all.length; at++) {
    const [, name] = /^✖ (.+?) \([\d.]+ms\)/.exec(all[at] ?? '') ?? [];
    if (name === undefined) continue;
    const [, file] = /^test at (.+?):\d+:\d+$/.exec(all[at - 1] ?? '') ?? [];
    found.push({ name, file, message: all[at + 1]?.trim() });
  }
  return found;
}

/** mocha numbers its failures; their titles stand on several lines, the last ending with a colon. */
function mochaFailures(all: readonly string[]): Failure[] {
  const from = all.findLastIndex((line) => /^ {2}\d+ failing/.test(line));
  const found: Failure[] = [];
  for (let at = from + 1; from >= 0 && at < all.length; at++) {
    const [, first] = /^ {2}\d+\) (.+)$/.exec(all[at] ?? '') ?? [];
    if (first === undefined) continue;
    const titles = [first];
    while (!titles.at(-1)?.endsWith(':') && titles.length < 10 && /^ {5,}\S/.test(all[at + 1] ?? '')) titles.push(all[++at]?.trim() ?? '');
    found.push({ name: titles.join(' > ').replace(/:$/, ''), message: saidBelow(all, at) });
  }
  return found;
}

const DURATIONS: Readonly<Record<string, readonly [RegExp, number]>> = {
  pytest: [/ in ([\d.]+)s(?: \([\d:]+\))?(?: =+)?$/, 1],
  jest: [/^Time: {8}([\d.]+) s/, 1],
  'node:test': [/^ℹ duration_ms ([\d.]+)$/, 0.001],
};

/** Seconds that the runner says it took. */
function durationIn(all: readonly string[], framework: string): number | undefined {
  const [pattern, unit] = DURATIONS[framework] ?? [];
  if (pattern === undefined || unit === undefined) return undefined;
  for (let at = all.length - 1; at >= 0; at--) {
    const [, said] = pattern.exec((all[at] ?? '').slice(-400)) ?? [];
    if (said !== undefined) return Number(said) * unit;
  }
  return undefined;
}

/** Python's unittest says it in two lines, and counts what passed in neither. */
function unittest(all: readonly string[]): TestReport | undefined {
  const at = all.findLastIndex((line) => /^Ran \d+ tests? in [\d.]+s$/.test(line));
  const verdict = all.slice(at + 1, at + 4).find((line) => /^(?:OK|FAILED|NO TESTS RAN)\b/.test(line));
  if (at < 0 || verdict === undefined) return undefined;
  const tally = new Tally();
  tally.skipped = sum(verdict, /(?:skipped|expected failures)=(\d+)/g);
  for (const line of all) {
    const [, name, within] = /^(?:FAIL|ERROR): (\S+)(?: \((\S+)\))?/.exec(line) ?? [];
    if (name !== undefined)
      tally.keep({ name: within === undefined || within.endsWith(`.${name}`) ? (within ?? name) : `${within}.${name}` });
  }
  tally.failed = sum(verdict, /(?:failures|errors|unexpected successes)=(\d+)/g);
  const [, count, seconds] = /^Ran (\d+) tests? in ([\d.]+)s$/.exec(all[at] ?? '') ?? [];
  tally.passed = Math.max(0, Number(count) - tally.failed - tally.skipped);
  tally.addSeconds(Number(seconds));
  return tally.report('unittest');
}
