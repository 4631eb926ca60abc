/** How things ended, as a payload tells it. Pure. */
import { memberOf, numberOf, textOf } from './members.ts';

/** Whether a command went well; one without an exit status did not. */
export function commandPassed(payload: unknown): boolean {
  return numberOf(payload, 'exit_code') === 0;
}

const GOOD: ReadonlySet<string> = new Set(['success', 'passed', 'neutral', 'skipped']);

/** How a CI job ended; `undefined` where nobody has said it. */
export function ciPassed(payload: unknown): boolean | undefined {
  const conclusion = textOf(payload, 'conclusion');
  return conclusion === undefined ? undefined : GOOD.has(conclusion);
}

/** How a test run ended; `undefined` where nothing was counted. */
export function testPassed(payload: unknown): boolean | undefined {
  const [passed, failed] = [numberOf(payload, 'passed'), numberOf(payload, 'failed')];
  if (passed === undefined || failed === undefined) return undefined;
  if (failed > 0) return false;
  return passed + (numberOf(payload, 'skipped') ?? 0) > 0 ? true : undefined;
}

/** What a payload says went wrong, in its own words; `undefined` where it does not. */
export function messageOf(payload: unknown): string | undefined {
  for (const name of ['message', 'error', 'error_message', 'reason', 'detail', 'details']) {
    const text = textOf(payload, name) ?? textOf(memberOf(payload, name), 'message');
    if (text !== undefined) return text;
  }
  return undefined;
}

/** How long something took, as its payload says, in milliseconds; `undefined` where it does not. */
export function tookMs(payload: unknown): number | undefined {
  const ms = numberOf(payload, 'duration_ms');
  return ms === undefined ? undefined : Math.max(ms, 0);
}
