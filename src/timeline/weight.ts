/** How much an event weighs in the story: what a reader looks for, and what may be folded. Pure. */
import type { TraceEvent } from '../core/line.ts';
import { onlyLooks } from './looking.ts';
import { memberOf, numberOf, textOf } from './members.ts';
import { ciPassed, commandPassed, testPassed } from './outcome.ts';
import { saidOf, tellsQueue } from './phases.ts';

/** From what a reader must see to what may be folded first. */
export type Weight = 'failure' | 'success' | 'milestone' | 'note' | 'work' | 'noise';

const FIXED: Readonly<Record<string, Weight>> = {
  annotation: 'note',
  checkout: 'work',
  commit: 'milestone',
  edit: 'work',
  environment: 'noise',
  merge: 'milestone',
  navigation: 'noise',
  pr_linked: 'milestone',
  pr_reviewed: 'milestone',
  pr_updated: 'milestone',
  prompt: 'note',
  push: 'milestone',
  rewrite: 'work',
  session_started: 'noise',
};

/**
 * Weighs an event by its type and by how it ended.
 *
 * @example
 * weightOf({ type: 'command', payload: { exit_code: 1 } }) // 'failure'
 */
export function weightOf({ type, payload }: Pick<TraceEvent, 'type' | 'payload'>): Weight {
  const fixed = Object.hasOwn(FIXED, type) ? FIXED[type] : undefined;
  if (fixed !== undefined) return fixed;
  switch (type) {
    case 'command':
      return commandWeight(payload);
    case 'test':
      return outcome(testPassed(payload) ?? (numberOf(payload, 'failed') ?? 0) === 0);
    case 'ci_run':
      return ciPassed(payload) === undefined ? 'work' : outcome(ciPassed(payload) === true);
    case 'tool_call':
      return textOf(payload, 'status') === 'failed' ? 'failure' : 'noise';
    case 'edits':
      return textOf(payload, 'origin') === 'vcs' ? 'noise' : 'work';
    case 'session_ended':
      return textOf(payload, 'status') === 'failed' ? 'failure' : 'noise';
  }
  if (tellsQueue(type)) return 'noise';
  switch (saidOf(type, payload)?.phase) {
    case 'fails':
      return 'failure';
    case 'waits':
    case 'begins':
    case 'goes_on':
      return 'noise';
    default:
      return 'work';
  }
}

function outcome(passed: boolean): Weight {
  return passed ? 'success' : 'failure';
}

function commandWeight(payload: unknown): Weight {
  if (!commandPassed(payload)) return 'failure';
  return memberOf(payload, 'hidden') === true || onlyLooks(textOf(payload, 'command') ?? '') ? 'noise' : 'work';
}
