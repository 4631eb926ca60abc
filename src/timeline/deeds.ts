/** Who did what: what each session did, counted while it is read, and put together by who was behind it. Pure. */
import type { TraceEvent } from '../core/line.ts';
import { type Actor, type Cast, isClonesOwn } from './cast.ts';
import { memberOf, numberOf, textOf } from './members.ts';
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

/** What git's hooks and edit snapshots say while an agent works in a clone is the agent's doing. */
export const AGENTS_TOO: ReadonlySet<string> = new Set(['checkout', 'commit', 'edit', 'edits', 'merge', 'push', 'rewrite']);

/** What each session of a trace did; what a clone recorded while an agent worked in it counts as the agent's. */
export class DeedsFold {
  readonly #sessions = new Map<string, Counting>();
  /** The user and the kind of each session that said so. */
  readonly #said = new Map<string, { readonly user: string | undefined; readonly isAgent: boolean }>();
  /** The agent that was at work last. */
  #agent: string | undefined;
  /** What its clone recorded since its last event, by session: it is the agent's if the agent goes on. */
  readonly #pending = new Map<string, Counting>();

  /** Takes the next event. */
  add({ session, type, payload }: TraceEvent): void {
    if (type === 'session_started' && !this.#said.has(session)) {
      const user = textOf(memberOf(payload, 'developer'), 'user_id');
      this.#said.set(session, { user, isAgent: textOf(payload, 'kind') === 'agent' });
    }
    const said = this.#said.get(session);
    if (said?.isAgent === true) {
      this.#settle(session === this.#agent ? session : undefined);
      this.#agent = session;
    } else if (this.#agent !== undefined && isClonesOwn(session)) {
      if (AGENTS_TOO.has(type) && said?.user === this.#said.get(this.#agent)?.user) {
        count(countingOf(this.#pending, session), type, payload);
        return;
      }
      // what only begins or ends is nobody's going on
      if (type !== 'session_started' && type !== 'session_ended') this.#settle(undefined);
    } else this.#settle(undefined);
    count(countingOf(this.#sessions, session), type, payload);
  }

  /** Counts what is pending: for the agent, or for the sessions that said it. */
  #settle(agent: string | undefined): void {
    if (agent === undefined) this.#agent = undefined;
    for (const [session, deeds] of this.#pending) addTo(countingOf(this.#sessions, agent ?? session), deeds);
    this.#pending.clear();
  }

  /** By session, in the order of their first events. */
  get sessions(): ReadonlyMap<string, Deeds> {
    const sessions = new Map([...this.#sessions].map(([session, deeds]) => [session, { ...deeds }]));
    for (const [session, deeds] of this.#pending) addTo(countingOf(sessions, session), deeds);
    return sessions;
  }

  /** By who was behind the sessions, in the order of their first events. */
  by(cast: Cast): { readonly actor: Actor; readonly deeds: Deeds }[] {
    const actors = new Map<string, { actor: Actor; deeds: Counting }>();
    for (const [session, deeds] of this.sessions) {
      const actor = cast.of(session);
      // sessions of one agent are told together
      const key = actor.kind === 'person' ? actor.key : `${actor.kind} ${actor.name}`;
      const sum = actors.get(key) ?? { actor, deeds: noDeeds() };
      actors.set(key, sum);
      addTo(sum.deeds, deeds);
    }
    return [...actors.values()];
  }
}

function countingOf(of: Map<string, Counting>, session: string): Counting {
  let deeds = of.get(session);
  if (deeds === undefined) {
    deeds = noDeeds();
    of.set(session, deeds);
  }
  return deeds;
}

function addTo(sum: Counting, deeds: Deeds): void {
  // the keys are those of Deeds: noDeeds has made the object
  for (const name of Object.keys(sum) as (keyof Deeds)[]) sum[name] += deeds[name];
}

function count(deeds: Counting, type: string, payload: unknown): void {
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
