/** How things ended, as a payload tells it. Pure. */
import { numberOf } from './members.ts';

/** Whether a command went well; one without an exit status did not. */
export function commandPassed(payload: unknown): boolean {
  return numberOf(payload, 'exit_code') === 0;
}
