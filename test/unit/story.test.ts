/** The story: frames with their weights, red → green cycles, loops of edit and test, and who did what. */
import { expect, test } from 'vitest';
import { mergeSessions, type SessionPart } from '../../src/core/order.ts';
import { summaryFacts } from '../../src/report/facts.ts';
import { Cast } from '../../src/timeline/cast.ts';
import { foldHead } from '../../src/timeline/document.ts';
import { Story } from '../../src/timeline/story.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { type Weight, weightOf } from '../../src/timeline/weight.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { crowdTrace, emptyTrace, longTrace, oneEventTrace, SHAPES_NOW } from '../helpers/shapes.ts';
import { agentTrace, ciTrace, failingTrace, session, smallTrace, tested } from '../helpers/summary-traces.ts';

const storyOf = (parts: readonly SessionPart[]): Story => new Story(timelineOf(mergeSessions(parts, sha256)));

test('each event is a frame with its weight', () => {
  const { frames } = storyOf(smallTrace());
  expect(frames.map(({ item, weight }) => `${item.entry.event.type} ${weight}`)).toMatchInlineSnapshot(`
    [
      "session_started noise",
      "command work",
      "command failure",
      "test failure",
      "edit work",
      "annotation note",
      "command failure",
      "command work",
      "command work",
      "test success",
      "commit milestone",
      "push milestone",
      "session_ended noise",
      "session_started noise",
      "test success",
      "ci_run success",
      "session_ended noise",
    ]
  `);
});

test('a suite is red until a run shows it mended', () => {
  const { cycles, loops } = storyOf(smallTrace());
  expect(cycles).toMatchObject([{ red: 4, green: 10, edits: 1, commands: 3, loops: 1, redRuns: 1, label: 'pytest -q' }]);
  expect(loops).toEqual([{ test: 10, edits: 1, isGreen: true }]);
});

test('a run of fewer tests by another command mends nothing', () => {
  expect(storyOf(failingTrace()).cycles).toMatchObject([{ red: 2, green: undefined, edits: 1 }]);
});

test('the same command mends what it showed red, even with fewer tests', () => {
  const at = (minute: number): string => `09:${String(minute).padStart(2, '0')}`;
  const runs = [
    tested(9, ['a'], { command: 'x' }),
    tested(7, ['a', 'b'], { command: 'x' }),
    tested(2, [], { command: 'y' }),
    tested(2, [], { command: 'x' }),
  ];
  const { cycles } = storyOf([
    session(
      's',
      runs.map((run, i) => [at(i), 'test', run] as const),
    ),
  ]);
  expect(cycles).toMatchObject([{ red: 1, green: 4, redRuns: 2, edits: 0, loops: 0 }]);
});

test('the summary counts the same cycles', () => {
  for (const parts of [smallTrace(), failingTrace(), agentTrace(), ciTrace(), crowdTrace(), longTrace(3000)]) {
    const greens = storyOf(parts).cycles.flatMap(({ green }) => green ?? []);
    const told = summaryFacts('42', mergeSessions(parts, sha256), sha256).cycles.map(({ green }) => green.step.index + 1);
    expect(greens.toSorted((a, b) => a - b)).toEqual(told);
  }
});

test('runs of a build server are no cycles', () => {
  expect(storyOf(ciTrace()).cycles).toEqual([]);
});

test.each<[string, Record<string, unknown>, Weight]>([
  ['command', { exit_code: 0, command: 'make' }, 'work'],
  ['command', { exit_code: 0, command: 'ls' }, 'noise'],
  ['command', { exit_code: 0, command: '', hidden: true }, 'noise'],
  ['command', { exit_code: 1, command: 'ls' }, 'failure'],
  ['command', { exit_code: null, command: 'make', unfinished: true }, 'failure'],
  ['test', { passed: 1, failed: 0 }, 'success'],
  ['test', { passed: 1, failed: 1 }, 'failure'],
  ['ci_run', { conclusion: 'neutral' }, 'success'],
  ['ci_run', { conclusion: 'timed_out' }, 'failure'],
  ['ci_run', { conclusion: null }, 'work'],
  ['tool_call', { status: 'failed' }, 'failure'],
  ['tool_call', { status: 'completed' }, 'noise'],
  ['edits', { origin: 'vcs' }, 'noise'],
  ['edits', { origin: 'work' }, 'work'],
  ['prompt', {}, 'note'],
  ['commit', {}, 'milestone'],
  ['session_ended', { status: 'failed' }, 'failure'],
  ['session_ended', { status: 'completed' }, 'noise'],
  ['node_started', {}, 'noise'],
  ['node_queued', {}, 'noise'],
  ['node_completed', {}, 'work'],
  ['node_completed', { status: 'failed' }, 'failure'],
  ['node_timed_out', {}, 'failure'],
  ['queue_stats', { pending: 1 }, 'noise'],
  ['constructor', {}, 'work'],
])('%s %j is %s', (type, payload, weight) => {
  expect(weightOf({ type, payload })).toBe(weight);
});

test('who did what, by people and agents', () => {
  const ordered = mergeSessions(agentTrace(), sha256);
  const story = new Story(timelineOf(ordered));
  const trace = '42';
  const cast = new Cast(story.head(trace, sha256), (text) => text);
  expect(story.head(trace, sha256)).toEqual(foldHead(trace, ordered, sha256));
  expect(story.deeds.by(cast).map(({ actor, deeds }) => [actor.name, deeds])).toMatchObject([
    ['agent claude-code', { events: 11, commits: 1, edits: 1, prompts: 2, toolCalls: 4 }],
  ]);
});

test('the shapes are what they are called', () => {
  const { frames, deeds, head } = tellings(crowdTrace());
  expect(frames).toBe(600);
  expect(deeds).toEqual(['Ada Blum', 'Ben Okafor', '陈晓', 'CI github-actions', 'agent claude-code', 'agent codex']);
  expect(Math.ceil(head / 86_400)).toBe(4);
  expect(tellings(emptyTrace())).toMatchObject({ frames: 0, deeds: [] });
  expect(tellings(oneEventTrace())).toMatchObject({ frames: 1, deeds: ['person'] });
  expect(tellings(longTrace(5000))).toMatchObject({ frames: 5000 });
  expect(crowdTrace()).toEqual(crowdTrace());
});

function tellings(parts: readonly SessionPart[]): { frames: number; deeds: string[]; head: number } {
  const story = storyOf(parts);
  const head = story.head('42', sha256, SHAPES_NOW);
  const cast = new Cast(head, (text) => text);
  return { frames: story.frames.length, deeds: story.deeds.by(cast).map(({ actor }) => actor.name), head: head.timeline.duration_seconds };
}
