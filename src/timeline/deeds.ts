/** Who did what: what each session did, counted while it is read, and put together by who was behind it. Pure. */
import type { TraceEvent } from '../core/line.ts';
import type { Actor, Cast } from './cast.ts';
import { numberOf, textOf } from './members.ts';
import { commandPassed } from './outcome.ts';

/** What was done, in counts. */
export interface Deeds {
  readonly events: number;
  readonly commands: number;
  readonly failedCommands: number;
  readonly edits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly tests: number;
  readonly failedTests: number;
  readonly commits: number;
  readonly pushes: number;
  readonly notes: number;
  readonly prompts: number;
  readonly toolCalls: number;
}

type Counting = { -readonly [K in keyof Deeds]: number };

function noDeeds(): Counting {
  return {
    events: 0,
    commands: 0,
    failedCommands: 0,
    edits: 0,
    additions: 0,
    deletions: 0,
    tests: 0,
    failedTests: 0,
    commits: 0,
    pushes: 0,
    notes: 0,
    prompts: 0,
    toolCalls: 0,
  };
}

const COUNTED: Readonly<Record<string, keyof Deeds>> = {
  annotation: 'notes',
  command: 'commands',
  commit: 'commits',
  prompt: 'prompts',
  push: 'pushes',
  test: 'tests',
  tool_call: 'toolCalls',
};

/** What each session of a trace did. */
export class DeedsFold {
  readonly #sessions = new Map<string, Counting>();

  /** Takes the next event. */
  add({ session, type, payload }: TraceEvent): void {
    let deeds = this.#sessions.get(session);
    if (deeds === undefined) {
      deeds = noDeeds();
      this.#sessions.set(session, deeds);
    }
    deeds.events++;
    const counted = Object.hasOwn(COUNTED, type) ? COUNTED[type] : undefined;
    // a call that began and ended is one call
    if (counted !== undefined && !(type === 'tool_call' && textOf(payload, 'status') === 'started')) deeds[counted]++;
    if (type === 'command' && !commandPassed(payload)) deeds.failedCommands++;
    if (type === 'test' && (numberOf(payload, 'failed') ?? 0) > 0) deeds.failedTests++;
    if (type === 'edit' || (type === 'edits' && textOf(payload, 'origin') !== 'vcs')) {
      deeds.edits++;
      deeds.additions += numberOf(payload, 'additions') ?? 0;
      deeds.deletions += numberOf(payload, 'deletions') ?? 0;
    }
  }

  /** By session, in the order of their first events. */
  get sessions(): ReadonlyMap<string, Deeds> {
    return this.#sessions;
  }

  /** By who was behind the sessions, in the order of their first events. */
  by(cast: Cast): { readonly actor: Actor; readonly deeds: Deeds }[] {
    const actors = new Map<string, { actor: Actor; deeds: Counting }>();
    for (const [session, deeds] of this.#sessions) {
      const actor = cast.of(session);
      // sessions of one agent are told together
      const key = actor.kind === 'person' ? actor.key : `${actor.kind} ${actor.name}`;
      const sum = actors.get(key) ?? { actor, deeds: noDeeds() };
      actors.set(key, sum);
      // the keys are those of Deeds: noDeeds has made the object
      for (const name of Object.keys(sum.deeds) as (keyof Deeds)[]) sum.deeds[name] += deeds[name];
    }
    return [...actors.values()];
  }
}
