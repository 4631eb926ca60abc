/**
 * Stage 6, the comment on a pull request: the summary with a first line by which it is found again, and by which a job
 * that knows less leaves it alone. Pure.
 */
import type { CommentWish } from '../core/host.ts';

/** How every comment of ours begins; hosts do not show it. Never changed: older comments would not be found again. */
export const MARKER = '<!-- git-trace summary ';

export interface CommentFacts {
  /** Events that the trace has; a trace only grows, so more of them is newer. */
  readonly events: number;
  /** The pull request's head commit. */
  readonly head: string;
}

/**
 * The comment that is wanted for a summary.
 *
 * @example
 * commentWish('text', { events: 3, head: 'abc' }).body // '<!-- git-trace summary head=abc events=3 -->\ntext'
 */
export function commentWish(summary: string, { events, head }: CommentFacts): CommentWish {
  return {
    marker: MARKER,
    body: `${MARKER}head=${head} events=${events} -->\n${summary}`,
    isNewer: (body) => {
      const known = eventsIn(body);
      return known !== undefined && known > events;
    },
  };
}

/** How many events the trace had when a comment of ours was written. */
function eventsIn(body: string): number | undefined {
  const [, events] = /^<!-- git-trace summary head=[0-9a-f]{0,64} events=([0-9]{1,9}) -->/.exec(body) ?? [];
  return events === undefined ? undefined : Number(events);
}
