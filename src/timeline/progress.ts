/**
 * Stage 5, the progress model (docs/progress.md): what began, what it is a part of, and how it ended. Takes one event
 * after the other; each costs the same, however many came before. Never trusts a payload; pure.
 */
import type { TraceEvent } from '../core/line.ts';
import { SILENCE_MS } from '../core/session.ts';
import { labelOf, type Name, nameIn, namesOf } from './identity.ts';
import { listOf, numberOf, textOf } from './members.ts';
import { messageOf } from './outcome.ts';
import { type Phase, type Said, saidOf, tellsQueue } from './phases.ts';
import { isOpen, isUnderWay, OpenNode, type ProgressNode, type ProgressState } from './progress-node.ts';
import { indexLevel, LEVEL_NAMES, parentOf } from './progress-parts.ts';
import { ProgressScope } from './progress-scope.ts';
import { ProgressTree, type Step } from './progress-tree.ts';
import { figuresOf, type Queue } from './queues.ts';
import { type Single, singleOf } from './singles.ts';
import type { EventItem } from './timeline.ts';
import { endOf } from './work.ts';

export type { ProgressNode, ProgressState } from './progress-node.ts';
export type { Queue } from './queues.ts';

const ENDS: Readonly<Partial<Record<Phase, ProgressState>>> = { completes: 'complete', fails: 'failed', cancels: 'cancelled' };

/** The progress of a trace. */
export class Progress {
  readonly #tree = new ProgressTree();
  readonly #scopes = new Map<string, ProgressScope>();
  readonly #roots: ProgressNode[] = [];
  readonly #queues = new Map<string, Queue>();

  /** All nodes by their keys, in the order in which they were opened. */
  get nodes(): ReadonlyMap<string, ProgressNode> {
    return this.#tree.nodes;
  }

  /** The sessions, in the order in which they began. */
  get roots(): readonly ProgressNode[] {
    return this.#roots;
  }

  /** The levels of all generations, in the order in which they were opened. */
  get levels(): readonly ProgressNode[] {
    return this.#tree.levels;
  }

  /** The latest figures of each queue. */
  get queues(): ReadonlyMap<string, Queue> {
    return this.#queues;
  }

  /**
   * How a node stands, judged at a time: what has not ended is interrupted once its session has been silent for long.
   *
   * @param reference milliseconds since 1970; by default the time of the last event, so that every clone says the same
   */
  stateAt(node: ProgressNode, reference: number = this.#tree.last): ProgressState {
    if (node.state !== 'waiting' && node.state !== 'running') return node.state;
    const scope = this.#scopes.get(node.session);
    return scope !== undefined && reference - scope.last >= SILENCE_MS ? 'interrupted' : node.state;
  }

  /** Takes the next event. @returns the node that it opened, moved or ended */
  add(item: EventItem): ProgressNode | undefined {
    const { seq, at } = item;
    const { event } = item.entry;
    this.#tree.last = at;
    const scope = this.#scopeOf(event.session, seq, at);
    scope.last = at;
    if (tellsQueue(event.type)) {
      const queue = figuresOf(event, seq, at);
      this.#queues.set(queue.key, queue);
      return undefined;
    }
    const step = { scope, seq, at, event, end: endOf(item) };
    const own = this.#addOwn(step);
    if (own !== undefined) return own;
    const said = saidOf(event.type, event.payload);
    if (said === undefined) return undefined;
    return said.kind === 'session' ? this.#goOnSession(step, said.phase) : this.#addSaid(step, said);
  }

  #scopeOf(session: string, seq: number, at: number): ProgressScope {
    let scope = this.#scopes.get(session);
    if (scope === undefined) {
      const node = new OpenNode({
        key: `session:${session}`,
        kind: 'session',
        label: session,
        state: 'running',
        session,
        from: at,
        opened: seq,
      });
      scope = new ProgressScope(node);
      this.#scopes.set(session, scope);
      this.#tree.add(node);
      this.#roots.push(node);
    }
    return scope;
  }

  /** Events of types that say more than their names: what git trace itself records. */
  #addOwn(step: Step): OpenNode | undefined {
    const { scope, event } = step;
    switch (event.type) {
      case 'session_started':
        return this.#beginSession(step);
      case 'session_ended': {
        const status = textOf(event.payload, 'status');
        return this.#endSession(step, status === 'failed' ? 'failed' : status === 'interrupted' ? 'interrupted' : 'complete');
      }
      case 'prompt': {
        if (scope.turn !== undefined) this.#tree.settle(step, scope.turn, 'complete');
        const [label = ''] = (textOf(event.payload, 'text') ?? '').trim().split('\n', 1);
        scope.turn = this.#open(step, 'turn', [], 'running', label.slice(0, 200), false);
        return scope.turn;
      }
    }
    const single = singleOf(event);
    if (single === undefined) return undefined;
    const { kind, names = [], label, state, message, ms, command } = single;
    const node = this.#told(step, single) ?? this.#open(step, kind, names, 'running', label, single.names !== undefined);
    if (command !== undefined && scope.command?.label === command) this.#tree.move(node, scope.command);
    if (kind === 'command') scope.command = node;
    if (ms !== undefined) node.ms = ms;
    if (state !== 'running') this.#tree.settle(step, node, state, message, step.end);
    return node;
  }

  /** The node that an event tells more of: a job that had not ended, a tool that was called. */
  #told({ scope }: Step, { kind, names = [], state }: Single): OpenNode | undefined {
    const named = scope.named(kind, names);
    if (kind === 'ci_run') return named;
    if (named !== undefined && isUnderWay(named) && (state !== 'running' || hasId(names))) return named;
    return kind === 'tool_call' && state !== 'running' ? scope.newest(kind, names) : undefined;
  }

  #beginSession({ scope, event }: Step): OpenNode {
    const { session } = scope;
    const [tool, kind] = [textOf(event.payload, 'tool'), textOf(event.payload, 'kind')];
    session.label = tool ?? kind ?? session.label;
    if (scope.isEnded) {
      scope.isEnded = false;
      session.attempts++;
      session.state = 'running';
      session.to = undefined;
      session.ms = undefined;
      session.closed = undefined;
    }
    return session;
  }

  /** What other types say of a session, as `session_completed` does. */
  #goOnSession(step: Step, phase: Phase): OpenNode {
    const end = ENDS[phase];
    if (end !== undefined) return this.#endSession(step, end);
    return phase === 'begins' ? this.#beginSession(step) : step.scope.session;
  }

  #endSession(step: Step, end: ProgressState): OpenNode {
    const { scope, seq, at } = step;
    scope.isEnded = true;
    // a turn has no end of its own: it is over with its session
    if (scope.turn !== undefined) this.#tree.settle(step, scope.turn, end);
    scope.turn = undefined;
    for (const node of scope.open) this.#tree.settle(step, node, 'interrupted');
    const { session } = scope;
    session.state = end;
    session.message = end === 'failed' ? (messageOf(step.event.payload) ?? session.message) : undefined;
    session.to = at;
    session.closed = seq;
    session.ms = at - session.from;
    return session;
  }

  #addSaid(step: Step, said: Said): OpenNode {
    const { scope, event } = step;
    const names = namesOf(said.kind, event.payload);
    const end = ENDS[said.phase];
    const node = end === undefined ? this.#begun(step, said, names) : this.#ended(step, said, names);
    this.#tell(node, event);
    this.#tellWhole(node);
    if (end !== undefined) this.#tree.settle(step, node, end, messageOf(event.payload));
    else if (said.phase === 'goes_on' && /_retr(?:ied|ying)$/.test(event.type)) node.attempts++;
    if (said.kind === 'level') for (const member of LEVEL_NAMES) indexLevel(scope, node, nameIn(event.payload, member));
    return node;
  }

  /** The node that an event opens or goes on with. */
  #begun(step: Step, { kind, phase }: Said, names: readonly Name[]): OpenNode {
    const { scope, event } = step;
    const state = phase === 'waits' ? 'waiting' : 'running';
    const named = scope.named(kind, names);
    const parent = parentOf(this.#tree, step, kind, named);
    const open = (): OpenNode => this.#open(step, kind, names, state, labelOf(kind, event.payload, names), true, parent);
    if (phase === 'goes_on') {
      const going = named !== undefined && isOpen(named) ? named : scope.newest(kind, names);
      if (going?.state === 'interrupted') this.#again(going, scope, state);
      return going ?? open();
    }
    if (named !== undefined && isSame(named, parent, names, phase)) {
      if (!named.isBegun) {
        // its end came first
        named.isBegun = true;
        return named;
      }
      if (isUnderWay(named)) {
        if (named.state === 'waiting') this.#tree.set(named, state);
        return named;
      }
      named.attempts++;
      this.#again(named, scope, state);
      return named;
    }
    const implied = kind === 'level' ? this.#impliedBy(scope, names, parent) : undefined;
    if (implied !== undefined) return implied;
    const waiting = phase === 'begins' ? scope.newest(kind, names) : undefined;
    if (waiting !== undefined && waiting.state === 'waiting') {
      this.#tree.set(waiting, state);
      return waiting;
    }
    return open();
  }

  /** A level that its nodes named before it was told to begin. */
  #impliedBy(scope: ProgressScope, names: readonly Name[], parent: OpenNode): OpenNode | undefined {
    const [name] = names;
    const level = name === undefined ? undefined : scope.byId(name.value, 'level');
    if (level === undefined || !level.isImplied || level.parent !== parent.key) return undefined;
    level.isImplied = false;
    level.names = names;
    level.to = undefined;
    level.ms = undefined;
    this.#tree.set(level, 'running');
    scope.index(level);
    return level;
  }

  /** Makes a node be under way again. */
  #again(node: OpenNode, scope: ProgressScope, state: ProgressState): void {
    node.to = undefined;
    node.ms = undefined;
    node.message = undefined;
    node.closed = undefined;
    this.#tree.set(node, state);
    scope.open.add(node);
    scope.index(node);
  }

  /** The node that an event ends: one of that name, else the newest under way, else one that nobody saw begin. */
  #ended(step: Step, { kind }: Said, names: readonly Name[]): OpenNode {
    const { scope, event } = step;
    const named = scope.named(kind, names);
    if (named !== undefined && (isOpen(named) || (hasId(names) && hasId(named.names)))) return named;
    const newest = scope.newest(kind, names) ?? named;
    if (newest !== undefined) return newest;
    const implied = kind === 'level' ? this.#impliedBy(scope, names, parentOf(this.#tree, step, kind)) : undefined;
    if (implied !== undefined) return implied;
    const node = this.#open(step, kind, names, 'running', labelOf(kind, event.payload, names), true);
    node.isBegun = false;
    return node;
  }

  #open(
    step: Step,
    kind: string,
    names: readonly Name[],
    state: ProgressState,
    label: string,
    isFound: boolean,
    parent: OpenNode = parentOf(this.#tree, step, kind),
  ): OpenNode {
    const { scope, seq, at, event } = step;
    const node = new OpenNode({ key: `${kind}:${seq}`, kind, label, state, session: event.session, from: at, opened: seq }, names);
    node.level = nameIn(event.payload, 'level');
    this.#tree.add(node);
    scope.open.add(node);
    if (isFound) scope.index(node);
    this.#tree.move(node, parent);
    return node;
  }

  /** A node is made by whom it asks. */
  #tellWhole({ parent, provider, model }: OpenNode): void {
    const whole = parent === undefined ? undefined : this.#tree.nodes.get(parent);
    if (whole?.kind !== 'node') return;
    whole.provider ??= provider;
    whole.model ??= model;
  }

  /** Takes over what an event says of its node beside the phase. */
  #tell(node: OpenNode, { payload }: TraceEvent): void {
    node.provider ??= textOf(payload, 'provider');
    node.model ??= textOf(payload, 'model');
    node.level ??= nameIn(payload, 'level');
    if (node.label === '') node.label = labelOf(node.kind, payload, namesOf(node.kind, payload));
    node.done = firstNumber(payload, DONE) ?? node.done;
    node.total = firstNumber(payload, TOTAL) ?? listLength(payload) ?? node.total;
  }
}

function hasId(names: readonly Name[]): boolean {
  return names[0]?.class === 'id';
}

/** Kinds of which a name is as good as an id, within what they are a part of. */
const NAMED: ReadonlySet<string> = new Set(['plan', 'generation', 'level', 'node']);

/** Whether a beginning tells of a node that is known, and not of another one by the same name. */
function isSame(known: OpenNode, parent: OpenNode, names: readonly Name[], phase: Phase): boolean {
  const isPart = known.parent === parent.key;
  const isId = hasId(names) && hasId(known.names) && known.kind !== 'level';
  const isNamed = isPart && NAMED.has(known.kind);
  if (isId && (isUnderWay(known) || !known.isBegun)) return true;
  if (!isUnderWay(known)) return isPart && (isId || isNamed || !known.isBegun);
  // two of the same name may be under way at once, but only one is done for the same node
  return isNamed || (phase === 'begins' && known.state === 'waiting') || (isPart && names[0]?.class === 'about');
}

const DONE = ['done', 'completed', 'processed', 'nodes_completed', 'completed_nodes', 'files_scanned'];
const TOTAL = ['total', 'total_nodes', 'node_count', 'nodes', 'nodes_total', 'count', 'files_total', 'total_files'];

function firstNumber(payload: unknown, members: readonly string[]): number | undefined {
  for (const member of members) {
    const value = numberOf(payload, member);
    if (value !== undefined && value >= 0) return value;
  }
  return undefined;
}

function listLength(payload: unknown): number | undefined {
  const { length } = listOf(payload, 'nodes');
  return length === 0 ? undefined : length;
}
