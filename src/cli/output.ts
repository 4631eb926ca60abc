/** Where words go: what was asked for to stdout, what happened to stderr, errors once and with a way out. */
import { isTraceError, messageOf } from '../core/errors.ts';
import { describeTrace } from '../core/trace-name.ts';
import type { FlushResult } from '../journal/flush.ts';

export interface Output {
  /** What was asked for. */
  out(text: string): void;
  /** What happened; a line without its newline. */
  say(text: string): void;
  readonly isTerminal: boolean;
  readonly color: boolean;
  readonly columns: number;
}

/** Counts a thing in words: `1 event`, `3 events`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** An error as a person reads it, or as a program does; `clean` takes secrets out, for messages show what was wrong. */
export function renderError(error: unknown, json: boolean, debug: boolean, clean: (text: string) => string): string {
  const known = isTraceError(error);
  const message = clean(known ? error.message : messageOf(error));
  const code = known ? error.code : 'internal';
  const hints = known
    ? error.hints.map(clean)
    : ['this is a mistake in git-trace; run it again with GITTRACE_DEBUG=1 and report what it prints'];
  if (json) return `${JSON.stringify({ error: { code, message, hints } })}\n`;
  const causes: string[] = [];
  for (let cause: unknown = error; debug && cause instanceof Error; cause = cause.cause) causes.push(clean(cause.stack ?? cause.message));
  return [`error: ${message}`, ...hints.map((hint) => (hint.startsWith('usage: ') ? hint : `hint: ${hint}`)), ...causes, ''].join('\n');
}

/** Tells which traces a flush could not write, and how to mend them. */
export function tellHeld(output: Output, held: FlushResult['held']): void {
  for (const [trace, { error, events }] of held) {
    output.say(`warning: ${counted(events, 'event')} of ${describeTrace(trace)} ${events === 1 ? 'waits' : 'wait'}: ${error.message}`);
    for (const hint of error.hints) output.say(`hint: ${hint}`);
  }
}

/**
 * A length of time in words, in its largest unit.
 *
 * @example
 * ago(125_000) // '2 minutes'
 */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return counted(seconds, 'second');
  if (seconds < 3_600) return counted(Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return counted(Math.floor(seconds / 3_600), 'hour');
  return counted(Math.floor(seconds / 86_400), 'day');
}
