/** Who worked when: for each of the people, agents and CI their stretches, as bars or rows can show them. Pure. */
import type { Actor } from '../timeline/cast.ts';
import { SCENE_BREAK_MS } from '../timeline/timeline.ts';
import { endOf } from '../timeline/work.ts';
import type { Step } from './steps.ts';

export interface LaneStretch {
  readonly actor: Actor;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Events by type. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether a test or a CI job failed in it. */
  readonly failed: boolean;
}

/** All stretches, in order of their beginnings. */
export function lanesOf(steps: readonly Step[], failedIn: (step: Step) => boolean): LaneStretch[] {
  const open = new Map<string, { actor: Actor; from: number; to: number; counts: Map<string, number>; failed: boolean }>();
  const done: LaneStretch[] = [];
  for (const step of steps) {
    const { actor, at, type } = step;
    // the jobs of a matrix are one stretch
    const key = actor.kind === 'ci' ? `ci ${actor.name}` : actor.key;
    const last = open.get(key);
    const goes = last !== undefined && at - last.to < SCENE_BREAK_MS;
    const stretch = goes ? last : { actor, from: at, to: at, counts: new Map<string, number>(), failed: false };
    if (!goes) {
      open.set(key, stretch);
      done.push(stretch);
    }
    stretch.to = Math.max(stretch.to, endOf(step.item));
    stretch.counts.set(type, (stretch.counts.get(type) ?? 0) + 1);
    stretch.failed ||= failedIn(step);
  }
  return done;
}
