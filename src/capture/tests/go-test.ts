/**
 * Stage 1, capture: reads what `go test` says: its JSON (`go doc test2json`), one event a line, with the build output
 * of newer versions, and its text. Other lines between them, as of a compiler, are passed over.
 */
import { membersOf, numberOf, textOf } from './json-reports.ts';
import { lines, tailOf } from './lines.ts';
import { Tally, type TestReport } from './report.ts';

/** Characters of output kept for each test that may still fail, and tests for which they are. */
const OUTPUT = 2_048;
const TESTS = 2_000;

/**
 * Reads the lines of `go test -json`.
 *
 * @example
 * readGoJson('{"Action":"pass","Package":"p","Test":"TestA"}\n{"Action":"pass","Package":"p","Elapsed":0.5}\n')
 * // { framework: 'go test', suite: 'p', passed: 1, failed: 0, skipped: 0, durationMs: 500, failures: [] }
 */
export function readGoJson(text: string): TestReport {
  const tally = new Tally();
  /** What each test printed, until it ends. */
  const output = new Map<string, string>();
  const failedIn = new Set<string>();
  /** Tests of which a subtest has failed, and those of which one has ended well. */
  const failedAround = new Set<string>();
  const around = new Set<string>();
  const packages = new Set<string>();
  let open = 0;
  let unreadable = 0;
  for (const line of lines(text, LONG)) {
    if (!line.startsWith('{')) {
      // before 1.24 what is not built is told in plain text only
      const [, broken] = /^FAIL\t(\S+) \[(?:build|setup) failed\]$/.exec(line.slice(0, 1_000)) ?? [];
      if (broken !== undefined) tally.fail({ name: broken, message: 'build failed' });
      continue;
    }
    const event = parse(line);
    if (event === undefined) {
      unreadable += 1;
      continue;
    }
    const [action, name, test] = [
      textOf(event, 'Action'),
      textOf(event, 'Package') ?? textOf(event, 'ImportPath') ?? '',
      textOf(event, 'Test'),
    ];
    const key = test === undefined ? name : `${name} ${test}`;
    if (action === 'output' || action === 'build-output') {
      if (output.size < TESTS || output.has(key))
        output.set(key, tailOf((output.get(key) ?? '') + (textOf(event, 'Output') ?? ''), OUTPUT));
      continue;
    }
    if (action === 'run') open += 1;
    if (action !== 'pass' && action !== 'fail' && action !== 'skip') continue;
    const said = output.get(key);
    output.delete(key);
    if (test === undefined) {
      packages.add(name);
      tally.addSeconds(numberOf(event, 'Elapsed') ?? 0);
      // a package without a failed test that fails was not built, or died
      if (action === 'fail' && !failedIn.has(name))
        tally.fail({ name, message: [output.get(textOf(event, 'FailedBuild') ?? ''), said].filter(Boolean).join('') });
      continue;
    }
    open -= 1;
    const slash = test.lastIndexOf('/');
    if (slash > 0) (action === 'fail' ? failedAround : around).add(`${name} ${test.slice(0, slash)}`);
    // a test with subtests is counted by them, unless it failed and none of them did
    if (failedAround.delete(key) || (around.delete(key) && action !== 'fail')) continue;
    if (action === 'fail') {
      failedIn.add(name);
      tally.fail({ name: test, file: name, message: failureText(said) });
    } else if (action === 'skip') tally.skipped += 1;
    else tally.passed += 1;
  }
  if (unreadable > 0) tally.warn(`${unreadable} ${unreadable === 1 ? 'line is' : 'lines are'} no event`);
  if (open > 0) tally.warn(`${open} ${open === 1 ? 'test' : 'tests'} began and did not end`);
  return tally.report('go test', packages.size === 1 ? [...packages][0] : undefined);
}

/** Characters of a line of JSON. */
const LONG = 1_048_576;

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return membersOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** What a test said, without go's own lines around it. */
function failureText(output: string | undefined): string | undefined {
  return output?.replace(/^\s*(?:=== |--- ).*\n?/gm, '');
}

/** Whether a text is what `go test` prints without `-json`. */
export function looksLikeGo(text: string): boolean {
  return /^(?:ok {2}\t|FAIL\t|\? {3}\t)\S+/m.test(text) || (/^--- FAIL: /m.test(text) && /^FAIL$/m.test(text));
}

/**
 * Reads the text of `go test`. Without `-v` it names no test that passes: then packages are counted, and a warning says so.
 *
 * @example
 * readGoText('=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\nok  \texample.com/a\t0.003s\n').passed // 1
 */
export function readGoText(text: string): TestReport {
  const tests = new Tally();
  const packages = new Tally();
  const isVerbose = /^=== RUN {3}/m.test(text);
  /** Verdicts of tests with subtests come before those of the subtests, which are indented. */
  let waiting: { name: string; verdict: string; depth: number; children: boolean; message: string } | undefined;
  const settle = (): void => {
    if (waiting === undefined) return;
    const { name, verdict, children, message } = waiting;
    waiting = undefined;
    if (children) return;
    if (verdict === 'FAIL') tests.fail({ name, message });
    else if (verdict === 'SKIP') tests.skipped += 1;
    else tests.passed += 1;
  };
  /** With -v a test speaks before its verdict, without behind it. */
  const said = new Map<string, string>();
  let speaker: string | undefined;
  for (const line of lines(text)) {
    const [, announced] = /^=== (?:RUN|NAME|CONT|PAUSE) +(\S+)$/.exec(line) ?? [];
    if (announced !== undefined) {
      settle();
      speaker = announced;
      continue;
    }
    const [, indent = '', verdict, name = ''] = /^( *)--- (PASS|FAIL|SKIP): (\S+) \(/.exec(line) ?? [];
    if (verdict !== undefined) {
      const depth = indent.length;
      if (waiting !== undefined && depth > waiting.depth) waiting.children = true;
      settle();
      waiting = { name, verdict, depth, children: false, message: said.get(name) ?? '' };
      said.delete(name);
      speaker = undefined;
      continue;
    }
    const [, result, path = '', rest = ''] = /^(ok {2}|FAIL|\? {3})\t(\S+)(?:[ \t](.*))?$/.exec(line) ?? [];
    if (result !== undefined) {
      settle();
      if (result === 'FAIL') {
        packages.fail({ name: path, message: rest.startsWith('[') ? rest : undefined });
        if (rest.startsWith('[')) tests.fail({ name: path, message: rest });
      } else if (result.startsWith('?')) packages.skipped += 1;
      else packages.passed += 1;
      const [, seconds] = /^([\d.]+)s/.exec(rest) ?? [];
      if (seconds !== undefined) {
        tests.addSeconds(Number(seconds));
        packages.addSeconds(Number(seconds));
      }
    } else if (speaker !== undefined) {
      const before = said.get(speaker) ?? '';
      if (before.length < OUTPUT && said.size < TESTS) said.set(speaker, `${before}${line.trim()}\n`);
    } else if (waiting !== undefined && line.startsWith(' ') && waiting.message.length < OUTPUT) waiting.message += `${line.trim()}\n`;
  }
  settle();
  if (isVerbose) return tests.report('go test');
  packages.warn('packages are counted, because go test without -v names no test that passes');
  const { failures } = tests.report('go test');
  return { ...packages.report('go test'), ...(failures.length > 0 ? { failures } : {}) };
}
