/**
 * Stage 1, capture: reads the reports that are one JSON document: those of vitest and jest (one format), pytest-json-report,
 * mocha, and CTRF (https://ctrf.io). Told apart by their members. Nothing is taken for granted: a member of another kind
 * than expected counts as missing.
 */
import { Tally, type TestReport } from './report.ts';

type Members = Readonly<Record<string, unknown>>;

const CUT = 'the report has no end, and is counted as far as it goes';

/**
 * Reads a parsed report; `undefined` where the value is no report of these kinds.
 *
 * @param whole false where the text was cut, so that lists may be shorter than what the report's own totals say
 * @example
 * readJsonReport({ results: { tool: { name: 'shop' }, tests: [{ name: 'a', status: 'passed', duration: 5 }] } }, true)
 * // { framework: 'shop', passed: 1, failed: 0, skipped: 0, durationMs: 5, failures: [] }
 */
export function readJsonReport(value: unknown, whole: boolean): TestReport | undefined {
  const report = membersOf(value);
  const tally = new Tally();
  if (!whole) tally.warn(CUT);
  if (numberOf(report, 'numTotalTests') !== undefined || (numberOf(report, 'numTotalTestSuites') !== undefined && !whole))
    return jest(report, tally, whole);
  const results = membersOf(report['results']);
  if (membersOf(results['tool'])['name'] !== undefined) return ctrf(results, tally);
  if (numberOf(report, 'exitcode') !== undefined || report['root'] !== undefined) {
    if (report['summary'] !== undefined || report['tests'] !== undefined) return pytest(report, tally);
  }
  if (numberOf(membersOf(report['stats']), 'passes') !== undefined) return mocha(report, tally);
  return undefined;
}

/** vitest's `json` reporter and jest's `--json`. vitest times files in fractions of milliseconds and has no `wasInterrupted`. */
function jest(report: Members, tally: Tally, whole: boolean): TestReport {
  let [began, ended] = [Number.POSITIVE_INFINITY, 0];
  for (const item of listOf(report, 'testResults')) {
    const file = membersOf(item);
    const path = textOf(file, 'name');
    // a file that was not run began in 1970
    began = Math.min(began, numberOf(file, 'startTime') || Number.POSITIVE_INFINITY);
    ended = Math.max(ended, numberOf(file, 'endTime') ?? 0);
    const tests = listOf(file, 'assertionResults').map(membersOf);
    for (const test of tests) {
      const status = textOf(test, 'status');
      if (status === 'passed') tally.passed += 1;
      else if (status === 'failed')
        tally.fail({ name: jestName(test), file: path, message: listOf(test, 'failureMessages').filter(isText).join('\n') });
      else if (status !== undefined) tally.skipped += 1;
    }
    // a file that cannot be loaded has no tests that could fail
    if (whole && textOf(file, 'status') === 'failed' && !tests.some((test) => test['status'] === 'failed'))
      tally.fail({
        name: `${path ?? 'a file'} ${tests.length === 0 ? 'could not be run' : 'failed outside its tests'}`,
        file: path,
        message: textOf(file, 'message'),
      });
  }
  if (tally.isEmpty) {
    tally.passed = numberOf(report, 'numPassedTests') ?? 0;
    tally.failed = numberOf(report, 'numFailedTests') ?? 0;
    tally.skipped = (numberOf(report, 'numPendingTests') ?? 0) + (numberOf(report, 'numTodoTests') ?? 0);
  }
  if (ended >= began) tally.durationMs = ended - began;
  return tally.report('wasInterrupted' in report || 'numRuntimeErrorTestSuites' in report ? 'jest' : 'vitest');
}

function jestName(test: Members): string {
  const path = [...listOf(test, 'ancestorTitles'), test['title']].filter(isText).filter((part) => part !== '');
  return path.length > 0 ? path.join(' > ') : (textOf(test, 'fullName') ?? '');
}

function ctrf(results: Members, tally: Tally): TestReport {
  const summary = membersOf(results['summary']);
  let ms = 0;
  for (const item of listOf(results, 'tests')) {
    const test = membersOf(item);
    const status = textOf(test, 'status');
    ms += numberOf(test, 'duration') ?? 0;
    if (status === 'passed') tally.passed += 1;
    else if (status !== 'failed') tally.skipped += status === undefined ? 0 : 1;
    else {
      const [message, trace] = [textOf(test, 'message'), textOf(test, 'trace')];
      const suite = test['suite'];
      const path = [...(Array.isArray(suite) ? suite : [suite]), test['name']].filter(isText);
      tally.fail({ name: path.join(' > '), file: textOf(test, 'filePath'), message: message ?? trace });
    }
  }
  if (tally.isEmpty) {
    tally.passed = numberOf(summary, 'passed') ?? 0;
    tally.failed = numberOf(summary, 'failed') ?? 0;
    tally.skipped = ['skipped', 'pending', 'other'].reduce((sum, name) => sum + (numberOf(summary, name) ?? 0), 0);
  }
  const [start, stop] = [numberOf(summary, 'start') ?? 0, numberOf(summary, 'stop') ?? 0];
  tally.durationMs = stop > start ? stop - start : ms;
  return tally.report(textOf(membersOf(results['tool']), 'name') ?? 'ctrf');
}

/** The plug-in pytest-json-report. */
function pytest(report: Members, tally: Tally): TestReport {
  tally.addSeconds(numberOf(report, 'duration') ?? Number.NaN);
  for (const item of listOf(report, 'tests')) {
    const test = membersOf(item);
    const outcome = textOf(test, 'outcome');
    if (outcome === 'passed' || outcome === 'xpassed') tally.passed += 1;
    else if (outcome === 'failed' || outcome === 'error') tally.fail(pytestFailure(test));
    else if (outcome !== undefined) tally.skipped += 1;
  }
  for (const item of listOf(report, 'collectors')) {
    const collector = membersOf(item);
    if (textOf(collector, 'outcome') === 'failed')
      tally.fail({ name: textOf(collector, 'nodeid') ?? '', message: textOf(collector, 'longrepr') });
  }
  if (tally.isEmpty) {
    const summary = membersOf(report['summary']);
    const of = (...names: string[]): number => names.reduce((sum, name) => sum + (numberOf(summary, name) ?? 0), 0);
    tally.passed = of('passed', 'xpassed');
    tally.failed = of('failed', 'error');
    tally.skipped = of('skipped', 'xfailed');
  }
  return tally.report('pytest');
}

function pytestFailure(test: Members): { name: string; file: string | undefined; message: string | undefined } {
  const name = textOf(test, 'nodeid') ?? '';
  const stage = ['call', 'setup', 'teardown']
    .map((part) => membersOf(test[part]))
    .find((part) => part['crash'] !== undefined || part['longrepr'] !== undefined);
  const message = textOf(membersOf(stage?.['crash']), 'message') ?? (stage === undefined ? undefined : textOf(stage, 'longrepr'));
  return { name, file: name.includes('::') ? name.slice(0, name.indexOf('::')) : undefined, message };
}

/** mocha's `json` reporter. */
function mocha(report: Members, tally: Tally): TestReport {
  const stats = membersOf(report['stats']);
  tally.passed = numberOf(stats, 'passes') ?? 0;
  tally.skipped = numberOf(stats, 'pending') ?? 0;
  tally.durationMs = numberOf(stats, 'duration');
  for (const item of listOf(report, 'failures')) {
    const test = membersOf(item);
    const error = membersOf(test['err']);
    tally.fail({
      name: textOf(test, 'fullTitle') ?? textOf(test, 'title') ?? '',
      file: textOf(test, 'file'),
      message: textOf(error, 'stack') ?? textOf(error, 'message'),
    });
  }
  tally.failed = Math.max(tally.failed, numberOf(stats, 'failures') ?? 0);
  return tally.report('mocha');
}

/** The members of an object; none of anything else. */
export function membersOf(value: unknown): Members {
  // looked at by name only, and every member is checked where it is used
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function textOf(members: Members, name: string): string | undefined {
  const value = members[name];
  return isText(value) ? value : undefined;
}

/** A member that is a number of things, or a length of time. */
export function numberOf(members: Members, name: string): number | undefined {
  const value = members[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function listOf(members: Members, name: string): readonly unknown[] {
  const value = members[name];
  return Array.isArray(value) ? value : [];
}
