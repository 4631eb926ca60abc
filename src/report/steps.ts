/** The events of a trace as the summary walks along them: each with who did it. Pure. */
import type { EventPayload } from '../core/line.ts';
import type { Actor, Cast } from '../timeline/cast.ts';
import type { EventItem, Item } from '../timeline/timeline.ts';

export interface Step {
  /** Position in {@link stepsOf}, from 0. */
  readonly index: number;
  readonly item: EventItem;
  /** Effective time in milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  readonly payload: EventPayload;
  readonly session: string;
  readonly actor: Actor;
}

/** All events of a trace, in order. */
export function stepsOf(items: readonly Item[], cast: Cast): Step[] {
  const steps: Step[] = [];
  for (const item of items) {
    if (item.kind === 'gap') continue;
    const { type, payload, session } = item.entry.event;
    steps.push({ index: steps.length, item, at: item.at, type, payload, session, actor: cast.of(session) });
  }
  return steps;
}

/** Steps of one type. */
export function ofType(steps: readonly Step[], ...types: readonly string[]): Step[] {
  return steps.filter(({ type }) => types.includes(type));
}
