/** Tells what was run: commands, tests and CI jobs, and of those that failed the lines that say why. */
import type { EventPayload } from '../core/line.ts';
import { listOf, memberOf, numberOf, textOf } from '../timeline/members.ts';
import { ciPassed, commandPassed } from '../timeline/outcome.ts';
import { duration, matrixWords } from '../timeline/words.ts';
import { allLines, tellingLines } from './output-lines.ts';
import { type Span, span } from './paint.ts';
import { marksOf, short, type Told, type View } from './told.ts';

/** Lines of output, or names of tests, that a failure is given. */
const MOST = 6;

export function tellCommand(payload: EventPayload, { all, testsFollow = false }: View): Told {
  const isHidden = memberOf(payload, 'hidden') === true;
  const command = textOf(payload, 'command')?.trimEnd() ?? (isHidden ? '(a private command)' : '(no command)');
  const cwd = textOf(payload, 'cwd');
  const passed = commandPassed(payload);
  const words = [span(command, passed ? 'plain' : 'bold'), span(cwd === undefined ? '' : `  in ${cwd}`, 'dim')];
  const result = [...(passed ? [] : [span(`  ✗ ${ending(payload)}`, 'red')]), ...took(payload)];
  if (passed && !all) return { symbol: '$', style: 'dim', words, result };
  const output = [textOf(payload, 'stdout_sample'), textOf(payload, 'stderr_sample')].filter((text) => text !== undefined).join('\n');
  const below = (all ? allLines(output) : tellingLines(output, MOST, testsFollow)).map((line) => [span(line, passed ? 'dim' : 'plain')]);
  return { symbol: '$', style: passed ? 'dim' : 'red', words, result, below };
}

function ending(payload: EventPayload): string {
  const signal = textOf(payload, 'signal');
  if (signal !== undefined) return `killed by ${signal}`;
  if (memberOf(payload, 'unfinished') === true) return 'did not finish';
  const code = numberOf(payload, 'exit_code');
  return code === undefined ? 'no exit status' : `exit ${code}`;
}

function took(payload: EventPayload): Span[] {
  const ms = numberOf(payload, 'duration_ms');
  return ms === undefined ? [] : [span(`  ${duration(ms)}`, 'dim')];
}

export function tellTest(payload: EventPayload, { all }: View): Told | undefined {
  const [passed, failed] = [numberOf(payload, 'passed'), numberOf(payload, 'failed')];
  if (passed === undefined || failed === undefined) return undefined;
  const skipped = numberOf(payload, 'skipped') ?? 0;
  const counts = [...(failed > 0 ? [`${failed} failed`] : []), `${passed} passed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  const where = [textOf(payload, 'framework'), textOf(payload, 'suite')].filter((word) => word !== undefined).join(', ');
  const failures = listOf(payload, 'failures');
  const below = failures.slice(0, all ? failures.length : MOST).flatMap((failure) => failureLines(failure));
  // an event lists a hundred of them at most, and none where nobody named them
  const unseen =
    (failures.length === 0 ? 0 : Math.max(failed, failures.length)) - (all ? failures.length : Math.min(failures.length, MOST));
  if (unseen > 0) below.push([span(`… and ${unseen} more`, 'dim')]);
  const warning = textOf(payload, 'warning');
  if (warning !== undefined) below.push([span(`! ${warning}`, 'yellow')]);
  // where nothing was counted nothing went well either
  const style = failed > 0 ? 'red' : passed + skipped > 0 ? 'green' : 'yellow';
  const words = [span(style === 'yellow' ? 'no tests' : counts.join(', '), style), span(where === '' ? '' : `  ${where}`, 'dim')];
  return { symbol: { red: '✗', green: '✓', yellow: '○' }[style], style, words, result: took(payload), below };
}

/** Tells a command and the tests that it ran, which say how it ended. */
export function tellRun(command: EventPayload, test: EventPayload, view: View): Told {
  const ran = tellCommand(command, view);
  const tested = tellTest(test, view) ?? ran;
  const [counts = span(''), where = span('')] = tested.words;
  const suite = textOf(test, 'suite');
  const causes = listOf(test, 'failures').some((failure) => textOf(failure, 'message') !== undefined)
    ? []
    : tellCommand(command, { ...view, testsFollow: true }).below;
  return {
    symbol: ran.symbol,
    style: tested.style === 'red' ? 'red' : 'dim',
    words: ran.words,
    result: [
      span(`  ${tested.symbol} `, tested.style),
      counts,
      ...(suite === undefined ? [] : [span(where.text, 'dim')]),
      ...marksOf(command),
      ...marksOf(test),
      ...took(command),
    ],
    below: [...(tested.style === 'red' ? (causes ?? []) : []), ...(tested.below ?? [])],
  };
}

function failureLines(failure: unknown): Span[][] {
  const name = typeof failure === 'string' ? failure : (textOf(failure, 'name') ?? '?');
  const file = textOf(failure, 'file');
  const [message] = tellingLines(textOf(failure, 'message') ?? '', 1);
  return [
    [span(name), span(file === undefined || name.includes(file) ? '' : `  ${file}`, 'dim')],
    ...(message === undefined ? [] : [[span(`  ${message}`, 'dim')]]),
  ];
}

export function tellCiRun(payload: EventPayload): Told {
  const conclusion = textOf(payload, 'conclusion');
  const job = [textOf(payload, 'workflow'), textOf(payload, 'job')].filter((word) => word !== undefined).join(' / ');
  const matrix = textOf(payload, 'matrix');
  const attempt = numberOf(payload, 'attempt') ?? 1;
  const sha = short(textOf(payload, 'sha'));
  const isGood = ciPassed(payload) !== false;
  const style = conclusion === undefined ? 'yellow' : isGood ? 'green' : 'red';
  const words = [
    span('CI '),
    span(job === '' ? (textOf(payload, 'run_id') ?? '') : job, 'bold'),
    span(matrix === undefined ? '' : ` (${matrixWords(matrix)})`),
    span(': '),
    span(conclusion ?? 'has not ended', style),
    span(sha === undefined ? '' : ` at ${sha}`, 'dim'),
    span(attempt > 1 ? `, attempt ${attempt}` : '', 'dim'),
  ];
  const url = textOf(payload, 'run_url');
  const below = url === undefined || isGood ? [] : [[span(url, 'dim')]];
  return { symbol: conclusion === undefined ? '○' : isGood ? '✓' : '✗', style, words, below };
}
