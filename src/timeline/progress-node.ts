/** A node of the progress model, and how its state counts for the whole that it is part of. Pure. */
import type { Name } from './identity.ts';

export type ProgressState = 'waiting' | 'running' | 'complete' | 'failed' | 'cancelled' | 'interrupted';

/** How the parts of a node stand; the rest of them is under way. */
export interface Parts {
  readonly all: number;
  readonly complete: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly interrupted: number;
}

/** Something that begins and ends: a session, an agent's turn, a level, a request, a command. */
export interface ProgressNode {
  /** The same in every clone that holds the same events: its kind and the seq of the event that opened it. */
  readonly key: string;
  /** `session`, `turn`, `command`, `test`, `ci_run`, `tool_call`, or what stands before the phase in an event's type. */
  readonly kind: string;
  /** What it is called; empty where nobody says it. Raw: it comes from an event. */
  readonly label: string;
  /** As its events say; {@link Progress.stateAt} judges one whose session fell silent. */
  readonly state: ProgressState;
  /** The level that its event names. */
  readonly level: string | undefined;
  /** Key of the node that it is a part of; undefined for a session. */
  readonly parent: string | undefined;
  readonly children: readonly string[];
  /** How its parts stand: of a level, a generation or a plan all nodes in it, where there are any. */
  readonly parts: Parts;
  readonly session: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Milliseconds since 1970; undefined while it is under way. */
  readonly to: number | undefined;
  /** How long it took, in milliseconds, as its end says or as its events stand apart. */
  readonly ms: number | undefined;
  /** Why it failed or was cancelled, in its own words. Raw. */
  readonly message: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  /** How far it says that it is, and of how many. */
  readonly done: number | undefined;
  readonly total: number | undefined;
  /** How often it began. */
  readonly attempts: number;
  /** Whether an event said that it began; false for an end without a beginning. */
  readonly isBegun: boolean;
  /** Whether no event tells of it: a level that its nodes alone name. */
  readonly isImplied: boolean;
  /** Seq of the event that opened it, and of the latest that ended it. */
  readonly opened: number;
  readonly closed: number | undefined;
}

/** Parts while they change. */
export type Tally = { -readonly [K in keyof Parts]: number };

/** Most nodes have no parts: those share what says so. */
const NO_PARTS: Parts = Object.freeze({ all: 0, complete: 0, failed: 0, cancelled: 0, interrupted: 0 });
const NO_CHILDREN: readonly string[] = Object.freeze([]);
const NO_NAMES: readonly Name[] = Object.freeze([]);

/** A node while events still change it. */
export class OpenNode implements ProgressNode {
  readonly key: string;
  readonly kind: string;
  label: string;
  state: ProgressState;
  level: string | undefined;
  parent: string | undefined;
  readonly session: string;
  readonly from: number;
  to: number | undefined;
  ms: number | undefined;
  message: string | undefined;
  provider: string | undefined;
  model: string | undefined;
  done: number | undefined;
  total: number | undefined;
  attempts = 1;
  isBegun = true;
  isImplied = false;
  readonly opened: number;
  closed: number | undefined;
  names: readonly Name[];
  #children: string[] | undefined;
  /** Of its own parts, and of all nodes in it. */
  #allParts: Tally | undefined;
  #nodeParts: Tally | undefined;

  constructor(
    what: Pick<ProgressNode, 'key' | 'kind' | 'label' | 'state' | 'session' | 'from' | 'opened'>,
    names: readonly Name[] = NO_NAMES,
  ) {
    this.key = what.key;
    this.kind = what.kind;
    this.label = what.label;
    this.state = what.state;
    this.session = what.session;
    this.from = what.from;
    this.opened = what.opened;
    this.names = names;
  }

  get children(): readonly string[] {
    return this.#children ?? NO_CHILDREN;
  }

  get parts(): Parts {
    return this.#nodeParts !== undefined && this.#nodeParts.all > 0 ? this.#nodeParts : (this.#allParts ?? NO_PARTS);
  }

  addChild(key: string): void {
    if (this.#children === undefined) this.#children = [key];
    else this.#children.push(key);
  }

  /** Takes away the child that was added last, if it is this one. */
  dropChild(key: string): void {
    if (this.#children?.at(-1) === key) this.#children.pop();
  }

  /** Counts one more part, or one less, in the state that it has. @param which its own parts, or the nodes in it */
  count(which: 'parts' | 'nodes', state: ProgressState, by: 1 | -1): void {
    this.#allParts ??= { ...NO_PARTS };
    if (which === 'nodes') this.#nodeParts ??= { ...NO_PARTS };
    const parts = (which === 'nodes' ? this.#nodeParts : undefined) ?? this.#allParts;
    parts.all += by;
    if (state !== 'waiting' && state !== 'running') parts[state] += by;
  }
}

/** Whether a node may still be ended: it is under way, or its session ended first. */
export function isOpen({ state }: ProgressNode): boolean {
  return state === 'waiting' || state === 'running' || state === 'interrupted';
}

/** Whether a node has not ended. */
export function isUnderWay({ state }: ProgressNode): boolean {
  return state === 'waiting' || state === 'running';
}

/** How a level that no event tells of stands: by its parts. */
export function impliedState({ parts }: ProgressNode): ProgressState {
  if (parts.complete + parts.failed + parts.cancelled + parts.interrupted < parts.all) return 'running';
  if (parts.failed > 0) return 'failed';
  return parts.interrupted > 0 ? 'interrupted' : 'complete';
}
