/**
 * Errors as values: what failed, what was seen and wanted, how to mend it.
 * Every stage throws only these for a person's errors; `cli/main` prints one, once. Never holds an event's content.
 */

const BRAND = Symbol.for('git-trace.error');

/** Every code a person may meet; `test/unit/errors.test.ts` renders one of each. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-batch'
  | 'bad-event'
  | 'bad-json'
  | 'bad-line'
  | 'bad-policy'
  | 'bad-ref'
  | 'cannot-listen'
  | 'disk-full'
  | 'git-failed'
  | 'git-missing'
  | 'host-failed'
  | 'internal'
  | 'is-a-directory'
  | 'locked'
  | 'newer-format'
  | 'many-pull-requests'
  | 'no-branch'
  | 'no-pull-request'
  | 'no-remote'
  | 'no-such-file'
  | 'no-such-trace'
  | 'no-terminal'
  | 'not-a-repository'
  | 'read-only'
  | 'remote-failed'
  | 'too-large'
  | 'unreadable-segment'
  | 'usage';

/** How git exits: 1 the answer is no, 128 cannot, 129 usage. */
export type ExitCode = 1 | 128 | 129;

export interface TraceError extends Error {
  readonly code: ErrorCode;
  /** Lines printed after `hint: `; each one a way out. */
  readonly hints: readonly string[];
  readonly exit: ExitCode;
}

/**
 * Makes an error value.
 *
 * @example
 * fail('no-such-trace', "no trace '42' here", ["run 'git trace list'"]).exit // 128
 */
export function fail(
  code: ErrorCode,
  message: string,
  hints: readonly string[] = [],
  options: { cause?: unknown; exit?: ExitCode } = {},
): TraceError {
  const error = new Error(message, options.cause === undefined ? undefined : { cause: options.cause });
  return Object.assign(error, {
    [BRAND]: true,
    name: 'TraceError',
    code,
    hints,
    exit: options.exit ?? (code === 'usage' || code === 'bad-argument' ? 129 : 128),
    // an intersection that Object.assign cannot spell with the readonly modifiers of TraceError
  }) as TraceError;
}

/** Tells whether a thrown value is ours, also across two copies of this module. */
export function isTraceError(value: unknown): value is TraceError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** The message of any thrown value, on one line. */
export function messageOf(value: unknown): string {
  const text = value instanceof Error ? value.message : String(value);
  return text.replace(/\s*\n\s*/g, '; ').trim();
}
