/**
 * Retention: which sessions, and which whole traces, are old enough to be dropped. Never one that is active or was
 * interrupted, nor one that says what a host says of the pull request. Pure; the present is given.
 */
import { HOST_FACTS } from '../core/host.ts';
import type { Sha256 } from '../core/line.ts';
import type { Ordered } from '../core/order.ts';
import { millis } from '../core/time.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type DocumentHead, foldHead } from './document.ts';

/** What is to be kept; a rule that says neither drops nothing. */
export interface Retention {
  /** Milliseconds since 1970: what ended later stays. */
  readonly before?: number | undefined;
  /** How many of the newest stay, whatever their age. */
  readonly keep?: number | undefined;
}

/** Something that is to be dropped, and how much of it there is. */
export interface Expired {
  /** The session's id, or the trace's name. */
  readonly name: string;
  readonly events: number;
  /** Of the lines that hold them. */
  readonly bytes: number;
  /** Of its last event. */
  readonly end_time: string;
}

/**
 * The completed sessions of a trace that a rule drops, oldest first. A session stays that is active or interrupted,
 * that says something in a host's name, or in which a line cannot be read.
 *
 * @param now milliseconds since 1970
 */
export function expiredSessions(trace: TraceName, ordered: Ordered, rule: Retention, now: number, sha256: Sha256): Expired[] {
  const kept = new Set(ordered.gaps.filter(({ kind }) => kind === 'bad').map(({ session }) => session));
  const bytes = new Map<string, number>();
  const encoder = new TextEncoder();
  for (const { event, line } of ordered.entries) {
    if (HOST_FACTS.has(event.type)) kept.add(event.session);
    bytes.set(event.session, (bytes.get(event.session) ?? 0) + encoder.encode(line).length + 1);
  }
  const { sessions } = foldHead(trace, ordered, sha256, now);
  const all = sessions.map(({ session, status, events, end_time }) => ({
    name: session,
    events,
    bytes: bytes.get(session) ?? 0,
    end_time,
    mayGo: (status === 'completed' || status === 'failed') && !kept.has(session),
  }));
  return expired(all, rule);
}

/** A trace as far as its age is concerned. */
export interface AgedTrace extends Expired {
  /** Its pull request is merged or closed, and nobody works on it. */
  readonly mayGo: boolean;
}

/** How old a trace is, and whether it may go; `undefined` for one that has no event. */
export function agedTrace(trace: TraceName, ordered: Ordered, now: number, sha256: Sha256): AgedTrace | undefined {
  const head: DocumentHead = foldHead(trace, ordered, sha256, now);
  const end = head.timeline.end_time;
  if (end === null) return undefined;
  const encoder = new TextEncoder();
  return {
    name: trace,
    events: ordered.entries.length,
    bytes: ordered.entries.reduce((sum, { line }) => sum + encoder.encode(line).length + 1, 0),
    end_time: end,
    mayGo: head.pr.status !== 'open' && head.sessions.every(({ status }) => status !== 'active'),
  };
}

/**
 * What a rule drops of several things, oldest first.
 *
 * @example
 * expired([{ name: 'a', events: 1, bytes: 9, end_time: '1970-01-01T00:00:00.000Z', mayGo: true }], { keep: 1 }) // []
 */
export function expired(all: readonly AgedTrace[], { before, keep }: Retention): Expired[] {
  if (before === undefined && keep === undefined) return [];
  const newestFirst = all.toSorted((a, b) => (a.end_time === b.end_time ? compare(b.name, a.name) : compare(b.end_time, a.end_time)));
  const old = newestFirst.filter(
    ({ mayGo, end_time }, i) => mayGo && i >= (keep ?? 0) && (before === undefined || millis(end_time) < before),
  );
  return old.reverse().map(({ mayGo: _, ...facts }) => facts);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
