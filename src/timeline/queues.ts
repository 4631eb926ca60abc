/** What an event tells of a queue: its figures, of which the latest count. Pure. */
import type { TraceEvent } from '../core/line.ts';
import { nameIn } from './identity.ts';
import { memberOf } from './members.ts';

export interface Queue {
  readonly key: string;
  /** Empty where nobody says it. Raw. */
  readonly name: string;
  readonly session: string;
  /** Effective time, in milliseconds since 1970, and seq of the event that told the figures. */
  readonly at: number;
  readonly seq: number;
  /** In the order of the payload, which is sorted. Raw names. */
  readonly figures: readonly (readonly [name: string, value: number])[];
}

const NAMES = ['queue_id', 'queue_name', 'queue', 'name', 'id'];
/** Figures of one queue that are kept. */
const MOST = 16;

/** Reads the figures of a queue: all numbers of its payload, and those of the objects in it that hold statistics. */
export function figuresOf({ session, payload }: Pick<TraceEvent, 'session' | 'payload'>, seq: number, at: number): Queue {
  let name = '';
  for (const member of NAMES) name ||= nameIn(payload, member) ?? '';
  const figures: [string, number][] = [];
  for (const group of [payload, memberOf(payload, 'stats'), memberOf(payload, 'statistics'), memberOf(payload, 'figures')]) {
    if (typeof group !== 'object' || group === null || Array.isArray(group)) continue;
    for (const [member, value] of Object.entries(group)) {
      if (typeof value === 'number' && Number.isFinite(value) && figures.length < MOST && !NAMES.includes(member))
        figures.push([member, value]);
    }
  }
  return { key: `${session} ${name}`, name, session, at, seq, figures };
}
