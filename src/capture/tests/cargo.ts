/**
 * Stage 1, capture: reads libtest, the harness behind `cargo test`: its text, and the JSON of `--format json`. One run of
 * cargo is several of libtest, one a crate and one for the examples in comments; they count as one.
 */
import { membersOf, numberOf, textOf } from './json-reports.ts';
import { lines } from './lines.ts';
import { Tally, type TestReport } from './report.ts';

const RESULT =
  /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; \d+ measured; \d+ filtered out(?:; finished in ([\d.]+)s)?/;
const CASE = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored\b.*)$/;
/** Characters of what a failed test printed. */
const OUTPUT = 4_096;

/** Whether a text is libtest's. */
export function looksLikeCargo(text: string): boolean {
  return (
    /^test result: (?:ok|FAILED)\. \d+ passed;/m.test(text) ||
    (/^running \d+ tests?$/m.test(text) && /^test \S.* \.\.\. (?:ok|FAILED|ignored)/m.test(text))
  );
}

/**
 * Reads libtest's text.
 *
 * @example
 * readCargoText('running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.25s\n')
 * // { framework: 'cargo test', passed: 1, failed: 0, skipped: 0, durationMs: 250, failures: [] }
 */
export function readCargoText(text: string): TestReport {
  const tally = new Tally();
  let part = { passed: 0, failed: 0, skipped: 0 };
  let names: string[] = [];
  let isRunning = false;
  const said = new Map<string, string>();
  let speaker: string | undefined;
  const settle = (): void => {
    for (const name of names) tally.keep({ name, message: message(said.get(name)) });
    tally.passed += part.passed;
    tally.failed += part.failed;
    tally.skipped += part.skipped;
    part = { passed: 0, failed: 0, skipped: 0 };
    names = [];
    said.clear();
    speaker = undefined;
  };
  for (const line of lines(text)) {
    const result = RESULT.exec(line);
    if (result !== null) {
      part = { passed: Number(result[1]), failed: Number(result[2]), skipped: Number(result[3]) };
      tally.addSeconds(Number(result[4] ?? Number.NaN));
      settle();
      isRunning = false;
      continue;
    }
    const [, header] = /^---- (.+) (?:stdout|stderr) ----$/.exec(line) ?? [];
    const [, name = '', verdict] = header === undefined ? (CASE.exec(line) ?? []) : [];
    if (/^running \d+ tests?$/.test(line)) isRunning = true;
    else if (header !== undefined) speaker = header;
    else if (verdict === 'ok') part.passed += 1;
    else if (verdict === 'FAILED') {
      part.failed += 1;
      names.push(name);
    } else if (verdict !== undefined) part.skipped += 1;
    else if (/^failures:$/.test(line)) speaker = undefined;
    else if (speaker !== undefined && said.size < 200) {
      const before = said.get(speaker) ?? '';
      if (before.length < OUTPUT) said.set(speaker, `${before}${line}\n`);
    }
  }
  if (isRunning) tally.warn('a run has no result, and is counted as far as it goes');
  settle();
  if (/^error(?:\[E\d+\])?: could not compile/m.test(text)) {
    tally.fail({ name: 'could not compile', message: /^error(?:\[E\d+\])?: .*$/m.exec(text)?.[0] });
  }
  return tally.report('cargo test');
}

/** What a failed test printed, without what is the same for all of them. */
function message(said: string | undefined): string | undefined {
  return said?.replace(/^note: run with `RUST_BACKTRACE=.*$/m, '').trim();
}

/**
 * Reads the lines of libtest's JSON.
 *
 * @example
 * readLibtestJson('{"type":"test","event":"ok","name":"a"}\n{"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"exec_time":0.5}\n')
 * // { framework: 'cargo test', passed: 1, failed: 0, skipped: 0, durationMs: 500, failures: [] }
 */
export function readLibtestJson(text: string): TestReport {
  const tally = new Tally();
  let open = 0;
  let unreadable = 0;
  for (const line of lines(text, 1_048_576)) {
    if (!line.startsWith('{')) continue;
    let event: Readonly<Record<string, unknown>>;
    try {
      event = membersOf(JSON.parse(line));
    } catch {
      unreadable += 1;
      continue;
    }
    const [type, what] = [textOf(event, 'type'), textOf(event, 'event')];
    if (type === 'suite') {
      open += what === 'started' ? 1 : -1;
      if (what !== 'started') tally.addSeconds(numberOf(event, 'exec_time') ?? Number.NaN);
    }
    if (type !== 'test') continue;
    if (what === 'ok') tally.passed += 1;
    else if (what === 'ignored') tally.skipped += 1;
    else if (what === 'failed')
      tally.fail({ name: textOf(event, 'name') ?? '', message: message(textOf(event, 'stdout') ?? textOf(event, 'message')) });
  }
  if (unreadable > 0) tally.warn(`${unreadable} ${unreadable === 1 ? 'line is' : 'lines are'} no event`);
  if (open > 0) tally.warn('a run has no result, and is counted as far as it goes');
  return tally.report('cargo test');
}
