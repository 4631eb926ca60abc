/** Journal lines for tests of the reading side: events written as a flush writes them, without git. */
import { createHash } from 'node:crypto';
import { canonical } from '../../src/core/canonical.ts';
import type { TraceEvent } from '../../src/core/line.ts';
import type { SessionPart } from '../../src/core/order.ts';
import { timestamp } from '../../src/core/time.ts';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The line of an event; `at` is a timestamp or milliseconds since 1970. */
export function lineOf(
  session: string,
  at: string | number,
  type: string,
  payload: Record<string, unknown> = {},
  more: Partial<TraceEvent> = {},
): string {
  return canonical({ ...more, payload, session, ts: typeof at === 'number' ? timestamp(at) : at, type });
}

export function part(session: string, lines: readonly string[], writer = '00112233445566aa'): SessionPart {
  return { writer, session, lines, firstSeq: 1 };
}
