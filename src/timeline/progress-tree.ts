/**
 * The nodes of the progress model as a tree: every node is a part of one that was there before it, and how its parts stand
 * is counted as they change. Pure.
 */
import type { TraceEvent } from '../core/line.ts';
import { tookMs } from './outcome.ts';
import { impliedState, isUnderWay, type OpenNode, type ProgressState } from './progress-node.ts';
import type { ProgressScope } from './progress-scope.ts';

/** An event on its way into the model. */
export interface Step {
  readonly scope: ProgressScope;
  readonly seq: number;
  readonly at: number;
  readonly event: TraceEvent;
  /** When what the event tells of was over, in milliseconds since 1970. */
  readonly end: number;
}

/** What counts the nodes in it, and how deep those may lie. */
const WHOLES: ReadonlySet<string> = new Set(['level', 'generation', 'plan']);
const MOST_DEEP = 4;

export class ProgressTree {
  /** By key, in the order in which they were opened. */
  readonly nodes = new Map<string, OpenNode>();
  readonly levels: OpenNode[] = [];
  /** Effective time of the latest event, in milliseconds since 1970. */
  last = 0;

  /** Adds a node. */
  add(node: OpenNode): void {
    this.nodes.set(node.key, node);
    if (node.kind === 'level') this.levels.push(node);
  }

  /** Makes a node a part of another one. */
  move(node: OpenNode, parent: OpenNode): void {
    const before = this.#wholeOf(node);
    if (before === parent || node === parent) return;
    if (before !== undefined) {
      this.#count(node, -1);
      // it was added last: a node moves when it was just opened
      before.dropChild(node.key);
    }
    node.parent = parent.key;
    parent.addChild(node.key);
    this.#count(node, 1);
    this.#imply(parent);
  }

  /** Counts a node in what it is a part of; one of kind `node` in all that it is in, up to the plan. */
  #count(node: OpenNode, by: 1 | -1): void {
    let whole = this.#wholeOf(node);
    whole?.count('parts', node.state, by);
    if (node.kind !== 'node') return;
    // a level in a generation in a plan
    for (let depth = 0; whole !== undefined && WHOLES.has(whole.kind) && depth < MOST_DEEP; depth++) {
      whole.count('nodes', node.state, by);
      whole = this.#wholeOf(whole);
    }
  }

  #wholeOf({ parent }: OpenNode): OpenNode | undefined {
    return parent === undefined ? undefined : this.nodes.get(parent);
  }

  /** Changes how a node stands, in its own and in its whole's account. */
  set(node: OpenNode, state: ProgressState): void {
    if (node.state === state) return;
    this.#count(node, -1);
    node.state = state;
    this.#count(node, 1);
    const whole = this.#wholeOf(node);
    if (whole !== undefined) this.#imply(whole);
  }

  #imply(node: OpenNode): void {
    if (!node.isImplied) return;
    this.set(node, impliedState(node));
    node.to = isUnderWay(node) ? undefined : this.last;
    node.ms = node.to === undefined ? undefined : node.to - node.from;
  }

  /** Ends a node. */
  settle({ scope, seq, at, event }: Step, node: OpenNode, state: ProgressState, message?: string, to: number = at): void {
    this.set(node, state);
    scope.open.delete(node);
    if (scope.turn === node) scope.turn = undefined;
    node.to = to;
    node.closed = seq;
    node.message = state === 'complete' ? undefined : (message ?? node.message);
    const said = state === 'interrupted' ? undefined : tookMs(event.payload);
    if (node.opened === seq) {
      // an end without a beginning, or something told at once, knows how long it took or nobody does
      node.ms = said ?? node.ms;
    } else if (node.isBegun) node.ms = said ?? to - node.from;
  }
}
