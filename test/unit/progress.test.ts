/** The progress model: which events tell of one node, what it is a part of, and how it ended. */
import { describe, expect, test } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { Progress, type ProgressNode } from '../../src/timeline/progress.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';

type Said = readonly [type: string, payload?: Record<string, unknown>];

const START = Date.parse('2026-11-21T09:00:00.000Z');

/** One event a second, in one session. */
function progressOf(...events: readonly Said[]): Progress {
  const progress = new Progress();
  const lines = events.map(([type, payload], i) => lineOf('s', START + i * 1000, type, { ...payload, n: i }));
  for (const item of timelineOf(mergeSessions([part('s', lines)], sha256))) if (item.kind === 'event') progress.add(item);
  return progress;
}

/** All nodes but the session, as `kind label state`, parts indented under their whole. */
function shown(progress: Progress, reference?: number): string[] {
  const lines: string[] = [];
  const show = (node: ProgressNode, depth: number): void => {
    const message = node.message === undefined ? '' : `: ${node.message}`;
    if (depth > 0) lines.push(`${'  '.repeat(depth - 1)}${node.kind} ${node.label} ${progress.stateAt(node, reference)}${message}`);
    for (const key of node.children) show(progress.nodes.get(key) as ProgressNode, depth + 1);
  };
  for (const root of progress.roots) show(root, 0);
  return lines;
}

describe('pairs', () => {
  test('a request is waiting until its response is there', () => {
    expect(shown(progressOf(['request_sent', { request_id: 'r1' }]))).toEqual(['request r1 waiting']);
    const both = progressOf(
      ['request_sent', { request_id: 'r1', model: 'm-1', provider: 'acme' }],
      ['response_received', { request_id: 'r1' }],
    );
    expect(shown(both)).toEqual(['request r1 complete']);
    expect([...both.nodes.values()][1]).toMatchObject({ ms: 1000, model: 'm-1', opened: 1, closed: 2, provider: 'acme' });
  });

  test('ids tell two of a kind apart', () => {
    const progress = progressOf(['request_sent', { id: 'a' }], ['request_sent', { id: 'b' }], ['response_received', { request_id: 'a' }]);
    expect(shown(progress)).toEqual(['request a complete', 'request b waiting']);
  });

  test('without an id the newest of the kind ends', () => {
    expect(shown(progressOf(['scan_started'], ['scan_started'], ['scan_completed']))).toEqual(['scan  running', 'scan  complete']);
    expect(shown(progressOf(['node_started', { name: 'a' }], ['node_failed', { error: 'no' }]))).toEqual(['node a failed: no']);
    expect(shown(progressOf(['node_started', { name: 'a' }], ['node_completed', { node_id: 7 }]))).toEqual(['node a complete']);
  });

  test('what is named otherwise is not ended', () => {
    expect(shown(progressOf(['node_started', { node_id: 'a' }], ['node_completed', { node_id: 'b' }]))).toEqual([
      'node a running',
      'node b complete',
    ]);
  });

  test.each([
    ['node_queued', 'waiting'],
    ['node_requested', 'waiting'],
    ['node_started', 'running'],
    ['node_progress', 'running'],
    ['node_completed', 'complete'],
    ['node_succeeded', 'complete'],
    ['node_failed', 'failed'],
    ['node_timed_out', 'failed'],
    ['node_error', 'failed'],
    ['node_cancelled', 'cancelled'],
    ['node_skipped', 'cancelled'],
  ])('%s is %s', (type, state) => {
    expect(shown(progressOf([type, { id: 'x' }]))).toEqual([`node x ${state}`]);
  });

  test('queued, started and completed are one node', () => {
    const progress = progressOf(['node_queued', { node_id: 1 }], ['node_started', { node_id: '1' }], ['node_completed', { node_id: 1 }]);
    expect(shown(progress)).toEqual(['node 1 complete']);
  });

  test('an end may say that it went wrong', () => {
    expect(shown(progressOf(['request_sent'], ['response_received', { message: 'busy', status_code: 503 }]))).toEqual([
      'request  failed: busy',
    ]);
    expect(shown(progressOf(['node_completed', { id: 1, status: 'failed' }]))).toEqual(['node 1 failed']);
    expect(shown(progressOf(['node_status_changed', { id: 1, state: 'skipped' }]))).toEqual(['node 1 cancelled']);
  });

  test('what begins again after its end is one node, of two attempts', () => {
    const progress = progressOf(['node_started', { id: 1 }], ['node_failed', { id: 1, message: 'no' }], ['node_started', { id: 1 }]);
    expect(shown(progress)).toEqual(['node 1 running']);
    expect([...progress.nodes.values()][1]).toMatchObject({ attempts: 2, message: undefined, to: undefined });
  });

  test('success, ok, status codes and errors say how it ended', () => {
    const ends = [{ success: false }, { ok: false }, { http_status: 400 }, { error: 'no' }, { status: 'cancelled' }, { status_code: 399 }];
    expect(ends.map((end) => shown(progressOf(['node_completed', { id: 1, ...end }]))[0])).toEqual([
      'node 1 failed',
      'node 1 failed',
      'node 1 failed',
      'node 1 failed: no',
      'node 1 cancelled',
      'node 1 complete',
    ]);
  });

  test('a name that another id has is not enough', () => {
    expect(shown(progressOf(['request_sent', { id: 'a', name: 'x' }], ['response_received', { id: 'c', name: 'x' }]))).toEqual([
      'request x waiting',
      'request x complete',
    ]);
  });

  test('of two ends the later counts', () => {
    const progress = progressOf(
      ['scan_started', { path: 'a' }],
      ['scan_completed', { path: 'a' }],
      ['scan_failed', { path: 'a', message: 'no' }],
    );
    expect(shown(progress)).toEqual(['scan a failed: no']);
    expect(shown(progressOf(['node_failed', { id: 1, message: 'no' }], ['node_completed', { id: 1 }]))).toEqual(['node 1 complete']);
  });

  test('an end that is said twice does not end another', () => {
    const progress = progressOf(
      ['node_started', { id: 1 }],
      ['node_completed', { id: 1 }],
      ['node_started'],
      ['node_completed', { id: 1 }],
    );
    expect(shown(progress)).toEqual(['node 1 complete', 'node  running']);
  });

  test('two of one name are two, unless it is one node that is asked for again', () => {
    const two = progressOf(['scan_started', { path: 'a' }], ['scan_started', { path: 'a' }], ['scan_completed', { path: 'a' }]);
    expect(shown(two)).toEqual(['scan a running', 'scan a complete']);
    const one = progressOf(['request_sent', { node_id: 'a' }], ['request_sent', { node_id: 'a' }], ['response_received', { node_id: 'a' }]);
    expect(shown(one)).toEqual(['request a complete']);
  });

  test('what is tried again goes on, and is counted', () => {
    const progress = progressOf(['request_sent', { id: 1 }], ['request_retried', { id: 1 }]);
    expect(shown(progress)).toEqual(['request 1 waiting']);
    expect([...progress.nodes.values()][1]).toMatchObject({ attempts: 2 });
  });

  test('a duration that the end says counts', () => {
    const [, node] = progressOf(['node_started', { id: 1 }], ['node_completed', { duration_ms: 42, id: 1 }]).nodes.values();
    expect(node).toMatchObject({ from: START, ms: 42, to: START + 1000 });
    const [, orphan] = progressOf(['node_completed', { id: 1 }]).nodes.values();
    expect(orphan).toMatchObject({ isBegun: false, ms: undefined, from: START, to: START });
  });

  test('an end that comes before its beginning still ends it', () => {
    expect(shown(progressOf(['node_completed', { id: 1 }], ['node_started', { id: 1 }]))).toEqual(['node 1 complete']);
  });
});

describe('parts', () => {
  test('a generation has levels, a level nodes, a node requests', () => {
    const progress = progressOf(
      ['plan_created', { total_nodes: 3 }],
      ['generation_started'],
      ['level_started', { level: 0 }],
      ['node_started', { level: 0, node_id: 'a' }],
      ['request_sent', { node_id: 'a', request_id: 'r1' }],
      ['response_received', { request_id: 'r1' }],
      ['node_completed', { node_id: 'a' }],
      ['level_completed', { level: 0 }],
      ['level_started', { level: 1 }],
      ['node_started', { node_id: 'b' }],
      ['node_failed', { message: 'out of tokens', node_id: 'b' }],
      ['level_failed', { level: 1 }],
    );
    expect(shown(progress)).toEqual([
      'plan  complete',
      'generation  running',
      '  level 0 complete',
      '    node a complete',
      '      request a complete',
      '  level 1 failed',
      '    node b failed: out of tokens',
    ]);
    expect(progress.levels.map(({ parts }) => parts)).toMatchObject([
      { all: 1, complete: 1, failed: 0 },
      { all: 1, complete: 0, failed: 1 },
    ]);
  });

  test('a level that only nodes name is there all the same', () => {
    const events: Said[] = [
      ['node_started', { level: 2, node_id: 'a' }],
      ['node_completed', { node_id: 'a' }],
    ];
    expect(shown(progressOf(...events.slice(0, 1)))).toEqual(['level 2 running', '  node a running']);
    expect(shown(progressOf(...events))).toEqual(['level 2 complete', '  node a complete']);
    expect(shown(progressOf(...events, ['level_completed', { level: 2 }]))).toEqual(['level 2 complete', '  node a complete']);
  });

  test('a second generation has levels of its own', () => {
    const once: Said[] = [
      ['generation_started'],
      ['level_started', { level: 0 }],
      ['node_started', { level: 0, node_id: 'a' }],
      ['node_completed', { node_id: 'a' }],
      ['level_completed', { level: 0 }],
      ['generation_completed'],
    ];
    const tree = ['generation  complete', '  level 0 complete', '    node a complete'];
    expect(shown(progressOf(...once, ...once))).toEqual([...tree, ...tree]);
  });

  test('levels that nodes alone name are of the generation under way', () => {
    const once: Said[] = [
      ['generation_started'],
      ['node_started', { level: 0, node_id: 'a' }],
      ['node_completed', { node_id: 'a' }],
      ['generation_completed'],
    ];
    const tree = ['generation  complete', '  level 0 complete', '    node a complete'];
    expect(shown(progressOf(...once, ...once))).toEqual([...tree, ...tree]);
  });

  test('a parent that is named comes first', () => {
    const progress = progressOf(
      ['node_started', { id: 'a' }],
      ['level_started', { level: 0 }],
      ['task_started', { id: 't', parent_id: 'a' }],
    );
    expect(shown(progress)).toEqual(['node a running', '  task t running', 'level 0 running']);
  });

  test('a node in another session is another node', () => {
    const parts = ['s', 't'].map((session) =>
      part(session, [lineOf(session, 0, 'node_started', { id: 1 }), lineOf(session, 1, 'node_completed', { id: 1 })]),
    );
    const progress = new Progress();
    for (const item of timelineOf(mergeSessions(parts, sha256))) if (item.kind === 'event') progress.add(item);
    expect(shown(progress)).toEqual(['node 1 complete', 'node 1 complete']);
  });

  test('a log that has a level makes none', () => {
    expect(shown(progressOf(['build_started', { level: 'info' }]))).toEqual(['build  running']);
  });

  test('a turn has the tool calls until the next prompt', () => {
    const progress = progressOf(
      ['prompt', { text: 'do it\nwell' }],
      ['tool_call', { status: 'started', tool_name: 'Read' }],
      ['tool_call', { status: 'completed', tool_name: 'Read' }],
      ['tool_call', { status: 'failed', tool_name: 'Bash' }],
      ['prompt', { text: 'again' }],
    );
    expect(shown(progress)).toEqual(['turn do it complete', '  tool_call Read complete', '  tool_call Bash failed', 'turn again running']);
  });

  test('tests belong to the command that ran them', () => {
    const progress = progressOf(
      ['command', { command: 'pytest', duration_ms: 500, exit_code: 1, stdout_sample: '' }],
      ['test', { command: 'pytest', failed: 1, failures: ['test_a'], framework: 'pytest', passed: 2, skipped: 0 }],
    );
    expect(shown(progress)).toEqual(['command pytest failed: exit 1', '  test pytest failed: 1 failure: test_a']);
  });
});

describe('ends that are missing', () => {
  test('are interrupted by the end of their session', () => {
    const progress = progressOf(['node_started', { id: 1 }], ['prompt', { text: 'x' }], ['session_ended', { status: 'completed' }]);
    expect(shown(progress)).toEqual(['node 1 interrupted', 'turn x complete']);
    expect(progress.roots.map(({ state }) => state)).toEqual(['complete']);
  });

  test('are interrupted by long silence, judged at a time', () => {
    const progress = progressOf(['request_sent', { id: 1 }]);
    expect(shown(progress, START + 29 * 60_000)).toEqual(['request 1 waiting']);
    expect(shown(progress, START + 30 * 60_000)).toEqual(['request 1 interrupted']);
  });

  test('go on with the session, and with what tells of them', () => {
    const events: Said[] = [
      ['node_started', { id: 1 }],
      ['session_ended', { status: 'completed' }],
    ];
    expect(shown(progressOf(...events, ['node_progress', { id: 1 }]))).toEqual(['node 1 running']);
    const states = (...more: Said[]): unknown => progressOf(...events, ...more).roots.map(({ state, attempts }) => [state, attempts]);
    expect(states()).toEqual([['complete', 1]]);
    expect(states(['session_resumed'])).toEqual([['running', 2]]);
    expect(states(['session_progress'])).toEqual([['complete', 1]]);
    expect(states(['session_failed', { message: 'x' }])).toEqual([['failed', 1]]);
  });

  test('may come late', () => {
    const progress = progressOf(['node_started', { id: 1 }], ['session_ended', { status: 'completed' }], ['node_completed', { id: 1 }]);
    expect(shown(progress)).toEqual(['node 1 complete']);
  });
});

test('the latest figures of a queue count', () => {
  const progress = progressOf(
    ['queue_stats', { name: 'llm', pending: 9, running: 1 }],
    ['queue_stats', { id: 3, name: 'llm', stats: { pending: 2 } }],
    ['llm_queue_depth_updated', { queue: 'other', depth: 1 }],
  );
  expect([...progress.queues.values()]).toMatchObject([
    {
      name: 'llm',
      seq: 2,
      figures: [
        ['n', 1],
        ['pending', 2],
      ],
    },
    {
      name: 'other',
      figures: [
        ['depth', 1],
        ['n', 2],
      ],
    },
  ]);
});

test('what says nothing of progress moves nothing', () => {
  const progress = progressOf(['annotation', { text: 'x' }], ['started'], ['deploy', { to: 'x' }], ['constructor'], ['__proto__']);
  expect(progress.nodes.size).toBe(1);
});
