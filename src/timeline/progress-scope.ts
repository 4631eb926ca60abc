/**
 * The progress of one session: which nodes it has under way, and which of them an event tells of (docs/progress.md,
 * "Pairs"). Each look costs the same, however many nodes there are. Pure.
 */
import { CLASS_SETS, classesOf, type Name } from './identity.ts';
import { isOpen, type OpenNode } from './progress-node.ts';

/** The nodes of one kind. */
interface OfKind {
  /** The newest node that has a name. */
  readonly named: Map<string, OpenNode>;
  /** All nodes that have a name, the newest last; those that have ended are dropped when they come to the end. */
  readonly openNamed: Map<string, OpenNode[]>;
  /** Nodes by the classes of their names, in the same way. */
  readonly stacks: (OpenNode[] | undefined)[];
}

export class ProgressScope {
  readonly session: OpenNode;
  /** Time of its latest event, in milliseconds since 1970. */
  last: number;
  isEnded = false;
  /** The agent's turn that is under way. */
  turn: OpenNode | undefined;
  /** The latest command, which a test may belong to. */
  command: OpenNode | undefined;
  /** What is under way. */
  readonly open = new Set<OpenNode>();
  /** Nodes by what others call them: ids of any kind, and levels. */
  readonly #ids = new Map<string, OpenNode>();
  readonly #kinds = new Map<string, OfKind>();

  constructor(session: OpenNode) {
    this.session = session;
    this.last = session.from;
  }

  #of(kind: string): OfKind {
    let of = this.#kinds.get(kind);
    if (of === undefined) {
      of = { named: new Map(), openNamed: new Map(), stacks: [] };
      this.#kinds.set(kind, of);
    }
    return of;
  }

  /** Makes a node found from now on, by its names and as one under way. */
  index(node: OpenNode): void {
    const { named, openNamed, stacks } = this.#of(node.kind);
    for (const { class: of, value } of node.names) {
      const name = `${of} ${value}`;
      named.set(name, node);
      const stack = openNamed.get(name);
      if (stack === undefined) openNamed.set(name, [node]);
      else push(stack, node);
      if (of === 'id' || node.kind === 'node') this.#ids.set(`${node.kind} ${value}`, node).set(value, node);
    }
    const set = classesOf(node.names);
    const stack = stacks[set];
    if (stack === undefined) stacks[set] = [node];
    else push(stack, node);
  }

  /** Makes a node found by one more id, as `level` of its parts. */
  indexAs(node: OpenNode, kind: string, value: string): void {
    this.#ids.set(`${kind} ${value}`, node);
  }

  /** The newest node of a kind, or of any, that has an id. */
  byId(value: string, kind?: string): OpenNode | undefined {
    return this.#ids.get(kind === undefined ? value : `${kind} ${value}`);
  }

  /** A node that has one of these names and none that contradicts them: the newest under way, else the newest. */
  named(kind: string, names: readonly Name[]): OpenNode | undefined {
    const { named, openNamed } = this.#of(kind);
    for (const { class: of, value } of names) {
      const name = `${of} ${value}`;
      const node = topOf(openNamed.get(name)) ?? named.get(name);
      if (node !== undefined && !contradicts(node.names, names)) return node;
    }
    return undefined;
  }

  /** The newest node under way of a kind whose names cannot contradict these, because they are of other classes. */
  newest(kind: string, names: readonly Name[] = []): OpenNode | undefined {
    const { stacks } = this.#of(kind);
    const taken = classesOf(names);
    let found: OpenNode | undefined;
    for (let set = 0; set < CLASS_SETS; set++) {
      const top = (set & taken) === 0 ? topOf(stacks[set]) : undefined;
      if (top !== undefined && (found === undefined || top.opened > found.opened)) found = top;
    }
    return found;
  }
}

/** The last of a stack that has not ended; what has is dropped. */
function topOf(stack: OpenNode[] | undefined): OpenNode | undefined {
  if (stack === undefined) return undefined;
  let top = stack.at(-1);
  for (; top !== undefined && !isOpen(top); top = stack.at(-1)) stack.pop();
  return top;
}

/** A node that began again may still stand there, under younger ones. */
function push(stack: OpenNode[], node: OpenNode): void {
  if (stack.at(-1) !== node) stack.push(node);
}

/** Whether two lists of names say that they are of two things: each has an id of its own. */
function contradicts(one: readonly Name[], other: readonly Name[]): boolean {
  const id = (names: readonly Name[]): string | undefined => names.find((name) => name.class === 'id')?.value;
  const [a, b] = [id(one), id(other)];
  return a !== undefined && b !== undefined && a !== b;
}
