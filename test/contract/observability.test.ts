/**
 * The contract of the observability specification, on real repositories: what is emitted goes through spool, flush and
 * git, and is read back as a program would that was started just now.
 */
import { expect, test } from 'vitest';
import { mergeSessions, type Ordered } from '../../src/core/order.ts';
import { SILENCE_MS } from '../../src/core/session.ts';
import { timestamp } from '../../src/core/time.ts';
import { loadRoot, readRoot } from '../../src/journal/read.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { ndjson } from '../../src/replay/ndjson.ts';
import { traceText } from '../../src/replay/text.ts';
import type { SpoolRecord } from '../../src/spool/record.ts';
import { foldHead } from '../../src/timeline/document.ts';
import type { ProgressNode } from '../../src/timeline/progress.ts';
import { Story } from '../../src/timeline/story.ts';
import { type Item, timelineOf } from '../../src/timeline/timeline.ts';
import { DEVELOPER, type Journal, START } from '../helpers/journal.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';
type Emitted = readonly [type: string, payload?: SpoolRecord['payload']];

/** A producer that emits events in one session, one a second, into the spool of a real repository. */
class Emitter {
  readonly at: TestRepository;
  readonly session: string;
  #seconds = 0;

  constructor(at: TestRepository, session = 'wiki-1') {
    this.at = at;
    this.session = session;
  }

  /** Emits events and has a process of its own flush them. */
  async emit(...events: readonly Emitted[]): Promise<void> {
    const journal = await openJournal(this.at);
    journal.now = START + this.#seconds * 1000;
    journal.spool(...events.map(([type, payload = {}]) => this.#record(type, payload)));
    expect(await journal.flush()).toMatchObject({ accepted: events.length, quarantined: 0 });
    await journal.close();
  }

  #record(type: string, payload: SpoolRecord['payload']): SpoolRecord {
    const ts = timestamp(START + this.#seconds++ * 1000);
    return { payload, place: { trace: '42' }, session: { id: this.session }, ts, type };
  }
}

const begin: Emitted = ['session_started', { developer: DEVELOPER, kind: 'api', tool: 'wikigen 2.1' }];

/** What a process that was started just now reads. */
async function read(at: TestRepository): Promise<{ ordered: Ordered; items: Item[]; story: Story }> {
  const journal: Journal = await openJournal(at);
  const { objects } = journal.repository;
  const tip = at.git('rev-parse', REF);
  const { parts, faults } = await readRoot(objects, await loadRoot(objects, tip));
  expect(faults).toEqual([]);
  const ordered = mergeSessions(parts, sha256);
  const items = timelineOf(ordered);
  return { ordered, items, story: new Story(items) };
}

async function nodesOf(at: TestRepository): Promise<string[]> {
  const { progress } = (await read(at)).story;
  const words = ({ kind, label, state, message }: ProgressNode): string =>
    [kind, label, state, message].filter((word) => word !== undefined && word !== '').join(' ');
  return [...progress.nodes.values()].filter(({ kind }) => kind !== 'session').map(words);
}

async function textOf(at: TestRepository, now = START + 60_000, sessions: string[] = []): Promise<string[]> {
  const { ordered, items } = await read(at);
  const head = foldHead('42', ordered, sha256, now);
  return [...traceText('42', head, items, { columns: 100, color: false, now, items: filterItems(items, { sessions }) })];
}

/** The lines of the text behind their times. */
const rows = (text: readonly string[]): string[] => text.filter((line) => /^\d\d:/.test(line)).map((line) => line.slice(10));

test('a request that was sent is waiting, and complete once its response was received', async () => {
  const emitter = new Emitter(TestRepository.create());
  await emitter.emit(begin, ['request_sent', { model: 'large-1', provider: 'acme', request_id: 'r1' }]);
  expect(await nodesOf(emitter.at)).toEqual(['request r1 waiting']);
  expect(rows(await textOf(emitter.at))).toEqual(['○ request r1 waiting  acme large-1']);
  await emitter.emit(['response_received', { request_id: 'r1', tokens: 812 }]);
  expect(await nodesOf(emitter.at)).toEqual(['request r1 complete']);
  expect(rows(await textOf(emitter.at))).toEqual(['✓ request r1  acme large-1  1.0s']);
});

test('a node whose request is answered goes from waiting to complete', async () => {
  const emitter = new Emitter(TestRepository.create());
  await emitter.emit(begin, ['node_queued', { node_id: 'parse' }]);
  expect(await nodesOf(emitter.at)).toEqual(['node parse waiting']);
  await emitter.emit(['node_request_sent', { node_id: 'parse' }]);
  expect(await nodesOf(emitter.at)).toEqual(['node parse waiting', 'node_request parse waiting']);
  await emitter.emit(['node_response_received', { node_id: 'parse' }], ['node_completed', { node_id: 'parse' }]);
  expect(await nodesOf(emitter.at)).toEqual(['node parse complete', 'node_request parse complete']);
});

test('a failed node shows its message', async () => {
  const emitter = new Emitter(TestRepository.create());
  await emitter.emit(begin, ['node_started', { node_id: 'render' }], ['node_failed', { message: 'no template "page"', node_id: 'render' }]);
  expect(await nodesOf(emitter.at)).toEqual(['node render failed no template "page"']);
  expect(rows(await textOf(emitter.at))).toEqual(['✗ node render failed: no template "page"  1.0s']);
});

test('levels that start and complete update the progress model', async () => {
  const emitter = new Emitter(TestRepository.create());
  const levels = async (): Promise<unknown[]> =>
    (await read(emitter.at)).story.progress.levels.map(({ label, state, parts, total }) => [label, state, parts.complete, total]);
  await emitter.emit(
    begin,
    ['generation_started'],
    ['level_started', { level: 0, nodes: 2 }],
    ['node_started', { level: 0, node_id: 'a' }],
  );
  expect(await levels()).toEqual([['0', 'running', 0, 2]]);
  await emitter.emit(['node_completed', { node_id: 'a' }], ['node_started', { level: 0, node_id: 'b' }]);
  expect(await levels()).toEqual([['0', 'running', 1, 2]]);
  await emitter.emit(['node_completed', { node_id: 'b' }], ['level_completed', { level: 0 }], ['level_started', { level: 1, nodes: 1 }]);
  expect(await levels()).toEqual([
    ['0', 'complete', 2, 2],
    ['1', 'running', 0, 1],
  ]);
});

test('ten emitted events are ten sequential records', async () => {
  const emitter = new Emitter(TestRepository.create());
  const events = Array.from({ length: 9 }, (_, i): Emitted => ['watch_event', { n: i + 2 }]);
  await emitter.emit(begin, ...events);
  const { items } = await read(emitter.at);
  const lines = [...ndjson(items)].map((line) => JSON.parse(line) as { session_seq: number; seq: number; payload: { n?: number } });
  expect(lines.map(({ session_seq }) => session_seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(lines.slice(1).map(({ payload }) => payload.n)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expectSound(emitter.at);
});

test('a session without an end is active, then interrupted, and readable to its last event', async () => {
  const emitter = new Emitter(TestRepository.create());
  await emitter.emit(
    begin,
    ['scan_started', { path: 'src' }],
    ['node_started', { node_id: 'a' }],
    ['annotation', { text: 'the last word' }],
  );
  const { ordered, story } = await read(emitter.at);
  const last = START + 3000;
  const statusAt = (now: number): unknown => foldHead('42', ordered, sha256, now).sessions.map(({ status }) => status);
  const statesAt = (now: number): unknown => [...story.progress.nodes.values()].map((node) => story.progress.stateAt(node, now));
  expect(statusAt(last + SILENCE_MS - 1)).toEqual(['active']);
  expect(statesAt(last + SILENCE_MS - 1)).toEqual(['running', 'running', 'running']);
  expect(statusAt(last + SILENCE_MS)).toEqual(['interrupted']);
  expect(statesAt(last + SILENCE_MS)).toEqual(['interrupted', 'interrupted', 'interrupted']);
  const text = await textOf(emitter.at, last + SILENCE_MS);
  expect(text.join('\n')).toContain('wikigen 2.1 · linux · interrupted');
  expect(rows(text)).toEqual(['◌ scan src interrupted', '◌ node a interrupted', '✎ the last word']);
});

test('unknown types and members are shown generically, and kept byte for byte', async () => {
  const emitter = new Emitter(TestRepository.create());
  const payload = { deep: { er: [1, 'zwei', null] }, flavour: 'umami', n: 1.5, text: 'x' };
  await emitter.emit(begin, ['frobnication', payload], ['annotation', { later: { member: true }, text: 'known' }]);
  expect(rows(await textOf(emitter.at))).toEqual(['· frobnication {deep: {…}, flavour: "umami", n: 1.5, text: "x"}', '✎ known']);
  const { items } = await read(emitter.at);
  expect([...ndjson(items)].map((line) => (JSON.parse(line) as { payload: unknown }).payload).slice(1)).toEqual([
    payload,
    { later: { member: true }, text: 'known' },
  ]);
});

/** All that a story says, as a value. */
function told({ story, items }: { story: Story; items: readonly Item[] }): unknown {
  const { progress, cycles, frames } = story;
  return {
    frames: frames.map(({ item, weight, node }) => [item.seq, weight, node]),
    nodes: [...progress.nodes.values()].map((node) => [{ ...node }, node.children, node.parts]),
    queues: [...progress.queues],
    cycles: cycles.map((cycle) => ({ ...cycle, edits: cycle.edits })),
    head: story.head('42', sha256),
    lines: [...ndjson(items)],
  };
}

test('a restart at any point rebuilds the identical state from storage', async () => {
  const events: Emitted[] = [
    begin,
    ['plan_created', { total_nodes: 2 }],
    ['generation_started', { generation_id: 'g' }],
    ['level_started', { level: 0 }],
    ['node_started', { level: 0, node_id: 'a' }],
    ['request_sent', { node_id: 'a', request_id: 'r' }],
    ['queue_stats', { name: 'llm', pending: 1 }],
    ['response_received', { request_id: 'r' }],
    ['node_failed', { message: 'no', node_id: 'a' }],
    ['level_completed', { level: 0 }],
  ];
  // each event by a process of its own; somebody looks on, and is started anew after each
  const stepwise = new Emitter(TestRepository.create());
  const looking = new Story();
  for (const event of events) {
    await stepwise.emit(event);
    const now = await read(stepwise.at);
    for (const item of now.items.slice(looking.frames.length)) looking.add(item);
    expect(told(now)).toEqual(told({ story: looking, items: now.items }));
  }
  const atOnce = new Emitter(TestRepository.create());
  await atOnce.emit(...events);
  expect(told(await read(atOnce.at))).toEqual(told(await read(stepwise.at)));
  expect(await textOf(atOnce.at)).toEqual(await textOf(stepwise.at));
});

test('sessions are listed, opened and replayed from storage', async () => {
  const at = TestRepository.create();
  await new Emitter(at, 'one').emit(
    begin,
    ['node_started', { node_id: 'a' }],
    ['node_completed', { node_id: 'a' }],
    ['session_ended', { status: 'completed' }],
  );
  await new Emitter(at, 'two').emit(begin, ['node_started', { node_id: 'b' }]);
  const { story } = await read(at);
  const sessions = story.head('42', sha256, START + 60_000).sessions.map(({ session, status, events }) => [session, status, events]);
  expect(sessions).toEqual([
    ['one', 'completed', 4],
    ['two', 'active', 2],
  ]);
  expect(rows(await textOf(at, START + 60_000, ['one']))).toEqual(['✓ node a  1.0s']);
  expect(rows(await textOf(at, START + 60_000, ['two']))).toEqual(['◐ node b running']);
});
