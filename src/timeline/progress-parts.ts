/**
 * What a node of the progress model is a part of (docs/progress.md, "Parts"): what its event names, else the newest that
 * may contain it. Pure.
 */
import { nameIn } from './identity.ts';
import { isUnderWay, OpenNode } from './progress-node.ts';
import type { ProgressScope } from './progress-scope.ts';
import type { ProgressTree, Step } from './progress-tree.ts';

/** What contains what: a part belongs to the newest of the kinds before it that is under way. */
const CONTAINERS = ['plan', 'generation', 'level', 'node'];
/** How many of those may contain a kind; all of them where it is not listed. */
const MAY_CONTAIN: Readonly<Record<string, number>> = {
  ci_run: 0,
  command: 0,
  generation: 1,
  level: 2,
  node: 3,
  plan: 0,
  test: 0,
  tool_call: 0,
  turn: 0,
  watch: 0,
};

/** The node that one of a kind is a part of. @param known the node itself, if it was there before */
export function parentOf(tree: ProgressTree, step: Step, kind: string, known?: OpenNode): OpenNode {
  const { scope, event } = step;
  const { payload } = event;
  const isPart = (node: OpenNode | undefined): node is OpenNode => node !== undefined && node !== known && node.session === event.session;
  for (const member of ['parent_id', 'parent']) {
    const said = nameIn(payload, member);
    const parent = said === undefined ? undefined : scope.byId(said);
    if (isPart(parent)) return parent;
  }
  const rank = Object.hasOwn(MAY_CONTAIN, kind) ? (MAY_CONTAIN[kind] ?? 0) : CONTAINERS.length;
  for (let i = rank - 1; i >= 0; i--) {
    const container = CONTAINERS[i] ?? '';
    const parent = containerOf(tree, step, container);
    if (isPart(parent)) return parent;
  }
  return isPart(scope.turn) ? scope.turn : scope.session;
}

/** The container of one kind that an event is a part of: the one that it names, else the newest under way. */
function containerOf(tree: ProgressTree, step: Step, container: string): OpenNode | undefined {
  const { scope, event } = step;
  const said = nameIn(event.payload, `${container}_id`) ?? nameIn(event.payload, container);
  if (said !== undefined) {
    const named = scope.byId(said, container);
    if (container !== 'level') return named;
    return named !== undefined && isCurrent(scope, named) ? named : implyLevel(tree, step, said);
  }
  // which of several nodes a request is for, nobody can tell
  if (container === 'node') return undefined;
  const newest = scope.newest(container);
  return newest !== undefined && isUnderWay(newest) ? newest : undefined;
}

/** Whether a level is one of the generation under way, and not of an earlier one that had levels of the same names. */
function isCurrent(scope: ProgressScope, level: OpenNode): boolean {
  if (isUnderWay(level)) return true;
  const generation = scope.newest('generation');
  return generation === undefined || !isUnderWay(generation) || level.parent === generation.key;
}

function implyLevel(tree: ProgressTree, step: Step, name: string): OpenNode | undefined {
  // a log's level is no level
  if (!/^\d+$/.test(name) && !/^node_/.test(step.event.type)) return undefined;
  const { scope, seq, at, event } = step;
  const parent = parentOf(tree, { ...step, event: { ...event, payload: {} } }, 'level');
  const what = {
    key: `implied:${seq}`,
    kind: 'level',
    label: name,
    state: 'running',
    session: event.session,
    from: at,
    opened: seq,
  } as const;
  const node = new OpenNode(what);
  node.isImplied = true;
  node.level = name;
  tree.add(node);
  indexLevel(scope, node, name);
  tree.move(node, parent);
  return node;
}

/** Members that name a level. */
export const LEVEL_NAMES = ['level_id', 'level', 'id', 'index', 'number', 'name'];

/** Makes a level found by a name. */
export function indexLevel(scope: ProgressScope, level: OpenNode, name: string | undefined): void {
  if (name !== undefined) scope.indexAs(level, 'level', name);
}
