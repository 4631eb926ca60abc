/** Laws of the story: it grows as it would be told anew, costs the same for each event, and stays sane whatever events say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import type { Progress, ProgressNode } from '../../src/timeline/progress.ts';
import { Story } from '../../src/timeline/story.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { hostileShape, progressTrace, runningTrace, skewedTrace } from '../helpers/shapes.ts';

const KINDS = ['plan', 'generation', 'level', 'node', 'request', 'node_request', 'scan', 'provider_request', 'watch', 'x'];
const PHASES = ['queued', 'sent', 'started', 'progress', 'retried', 'completed', 'received', 'failed', 'timed_out', 'cancelled', 'changed'];
const OWN = [
  'session_started',
  'session_ended',
  'session_failed',
  'prompt',
  'tool_call',
  'command',
  'test',
  'edit',
  'ci_run',
  'queue_stats',
];
/** Few values, so that they meet. */
const name = fc.oneof(fc.constantFrom('a', 'b', 1, 2, '1', '__proto__'), fc.constantFrom(null, {}, [], true, ''));
const payload = fc.dictionary(
  fc.constantFrom('id', 'node_id', 'request_id', 'name', 'level', 'plan_id', 'generation_id', 'parent_id', 'node', 'tool_name', 'command'),
  name,
  { maxKeys: 4 },
);
const more = fc.record(
  {
    status: fc.constantFrom('started', 'completed', 'failed', 'cancelled', 'x'),
    exit_code: fc.constantFrom(0, 1),
    passed: fc.constantFrom(0, 3),
    failed: fc.constantFrom(0, 2),
    duration_ms: fc.constantFrom(0, 5),
    error: fc.constantFrom('no', { message: 'no' }),
    total: fc.constantFrom(3),
  },
  { requiredKeys: [] },
);
const type = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...PHASES)).map(([kind, phase]) => `${kind}_${phase}`) },
  { weight: 2, arbitrary: fc.constantFrom(...OWN) },
);
const event = fc.record({ session: fc.constantFrom('s', 't'), type, payload, more, pause: fc.constantFrom(0, 1, 1000, 3_600_000) });

function itemsOf(events: readonly (typeof event extends fc.Arbitrary<infer T> ? T : never)[]): Item[] {
  const lines = new Map<string, string[]>();
  let at = 0;
  for (const [i, said] of events.entries()) {
    at += said.pause;
    const line = lineOf(said.session, at, said.type, { ...said.payload, ...said.more, i });
    lines.set(said.session, [...(lines.get(said.session) ?? []), line]);
  }
  return timelineOf(
    mergeSessions(
      [...lines].map(([session, of]) => part(session, of)),
      sha256,
    ),
  );
}

/** All that a story says. */
function told(story: Story): unknown {
  const { frames, gaps, cycles, loops, progress, deeds } = story;
  const nodes = [...progress.nodes.values()].map((node) => ({
    ...node,
    children: node.children,
    parts: node.parts,
    judged: progress.stateAt(node),
  }));
  return structuredClone({
    frames: frames.map(({ item, ...frame }) => ({ ...frame, seq: item.seq })),
    gaps,
    cycles: cycles.map(({ red, green, from, to, label, redRuns, edits, commands, loops: between }) => [
      red,
      green,
      from,
      to,
      label,
      redRuns,
      edits,
      commands,
      between,
    ]),
    loops,
    nodes,
    roots: progress.roots.map(({ key }) => key),
    levels: progress.levels.map(({ key }) => key),
    queues: [...progress.queues],
    deeds: [...deeds.sessions],
    head: story.head('42', sha256),
  });
}

test('a story that grows says what one told anew says, at every prefix', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const items = itemsOf(events);
      const grown = new Story();
      for (const [i, item] of items.entries()) {
        grown.add(item);
        expect(told(grown)).toEqual(told(new Story(items.slice(0, i + 1))));
      }
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['clocks that disagree', skewedTrace],
  ['a session still running', runningTrace],
  ['a generation', progressTrace],
  ['hostile texts', hostileShape],
])('so it is with %s', (_, shape) => {
  const items = timelineOf(mergeSessions(shape(), sha256));
  const grown = new Story();
  for (const [i, item] of items.entries()) {
    grown.add(item);
    if (i % 7 === 0 || i === items.length - 1) expect(told(grown)).toEqual(told(new Story(items.slice(0, i + 1))));
  }
});

/** The nodes of kind `node` in a level, a generation or a plan, up to four levels deep. */
function nodesIn(progress: Progress, whole: ProgressNode, depth = 0): ProgressNode[] {
  if (depth === 4 || !['level', 'generation', 'plan'].includes(whole.kind)) return [];
  const children = whole.children.map((key) => progress.nodes.get(key) as ProgressNode);
  return children.flatMap((child) => (child.kind === 'node' ? [child] : nodesIn(progress, child, depth + 1)));
}

test('the progress is a tree, and its parts are counted', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const { progress, frames } = new Story(itemsOf(events));
      const seen = new Set<string>();
      const walk = (node: ProgressNode): void => {
        expect(seen.has(node.key)).toBe(false);
        seen.add(node.key);
        const children = node.children.map((key) => progress.nodes.get(key) as ProgressNode);
        const inside = nodesIn(progress, node);
        const counted = inside.length > 0 ? inside : children;
        for (const state of ['complete', 'failed', 'cancelled', 'interrupted'] as const)
          expect(node.parts[state]).toBe(counted.filter((child) => child.state === state).length);
        expect(node.parts.all).toBe(counted.length);
        const isUnderWay = node.state === 'waiting' || node.state === 'running';
        expect(node.to === undefined).toBe(isUnderWay);
        if (node.to !== undefined) expect(node.to).toBeGreaterThanOrEqual(node.from);
        if (node.ms !== undefined) expect(node.ms).toBeGreaterThanOrEqual(0);
        for (const child of children) {
          expect(child.parent).toBe(node.key);
          expect(child.session).toBe(node.session);
          walk(child);
        }
      };
      for (const root of progress.roots) walk(root);
      expect(seen).toEqual(new Set(progress.nodes.keys()));
      for (const { node } of frames) if (node !== undefined) expect(progress.nodes.has(node)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

/** Runs something and counts the calls of all that collections do. */
function operationsOf(run: () => void): number {
  let count = 0;
  const places: [object, string][] = [
    [Map.prototype, 'get'],
    [Map.prototype, 'set'],
    [Set.prototype, 'add'],
    [Set.prototype, 'delete'],
    [Array.prototype, 'push'],
    [Array.prototype, 'pop'],
    [Array.prototype, 'at'],
    [Array.prototype, 'find'],
  ];
  const before = places.map(([of, method]) => Object.getOwnPropertyDescriptor(of, method) as PropertyDescriptor);
  for (const [i, [of, method]] of places.entries()) {
    const call = before[i]?.value as (...given: unknown[]) => unknown;
    Object.defineProperty(of, method, {
      configurable: true,
      writable: true,
      value(this: unknown, ...given: unknown[]) {
        count++;
        return Reflect.apply(call, this, given);
      },
    });
  }
  try {
    run();
  } finally {
    for (const [i, [of, method]] of places.entries()) Object.defineProperty(of, method, before[i] as PropertyDescriptor);
  }
  return count;
}

test('an event costs what one event costs, however many came before', () => {
  const costs = (size: number): number => {
    const [sample] = fc.sample(fc.array(event, { minLength: size, maxLength: size, size: 'max' }), { numRuns: 1, seed: 42 });
    const items = itemsOf(sample ?? []);
    return operationsOf(() => void new Story(items)) / items.length;
  };
  const [few, many] = [costs(500), costs(8000)];
  expect(few).toBeGreaterThan(5);
  expect(many).toBeLessThan(few * 1.2);
});

test('a story that never ends anything costs the same too', () => {
  const costs = (size: number): number => {
    const items = timelineOf(
      mergeSessions(
        [
          part(
            's',
            Array.from({ length: size }, (_, i) => lineOf('s', i, `k${i % 3}_started`, { i })),
          ),
        ],
        sha256,
      ),
    );
    return operationsOf(() => void new Story(items)) / size;
  };
  expect(costs(8000)).toBeLessThan(costs(500) * 1.1);
});
