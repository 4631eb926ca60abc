/** A trace that is watched, in process: each change as its listener is told of it, whatever happens to spool, ref and objects. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Context } from '../../src/cli/context.ts';
import { type LiveTrace, openLive } from '../../src/cli/live-trace.ts';
import { flush } from '../../src/journal/flush.ts';
import type { LiveChange } from '../../src/timeline/live-order.ts';
import type { Item } from '../../src/timeline/timeline.ts';
import { noteRecord, spoolOf } from '../helpers/follower.ts';
import { TestRepository } from '../helpers/repository.ts';

const MAIN = 'heads/main';

function contextOf(at: TestRepository): Context {
  const output = { out: () => {}, say: () => {}, isTerminal: false, color: false, columns: 80 };
  const context = new Context({ cwd: at.path, env: { ...process.env, ...at.env }, output, interactive: false });
  onTestFinished(() => context.close());
  return context;
}

/** What a listener knows, kept up to date by nothing but the changes it is told of. */
class Watcher {
  readonly live: LiveTrace;
  readonly changes: LiveChange[] = [];
  #items: Item[];
  #told: () => void = () => {};

  constructor(live: LiveTrace) {
    this.live = live;
    this.#items = [...live.items];
    live.onChange((change) => {
      this.changes.push(change);
      this.#items = change.isRebuilt
        ? [...this.#items.slice(0, change.from), ...live.items.slice(change.from)]
        : [...this.#items, ...change.added];
      this.#told();
    });
  }

  get texts(): string[] {
    return this.#items.map((item) => (item.kind === 'gap' ? `(${item.gap.kind})` : textOf(item)));
  }

  /** Waits until the listener knows exactly this. */
  async knows(...texts: string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the watcher knows ${JSON.stringify(this.texts)}, not ${JSON.stringify(texts)}`)),
        10_000,
      );
      this.#told = () => {
        if (JSON.stringify(this.texts) !== JSON.stringify(texts)) return;
        clearTimeout(timer);
        resolve();
      };
      this.#told();
    });
    expect(this.live.items.map((item) => item.kind === 'event' && item.seq).filter(Boolean)).toEqual(
      this.live.items.filter(({ kind }) => kind === 'event').map((_, i) => i + 1),
    );
  }
}

function textOf(item: Extract<Item, { kind: 'event' }>): string {
  const { type, payload } = item.entry.event;
  return type === 'annotation' ? String(payload['text']) : type === 'session_started' ? '{' : type;
}

async function watch(at: TestRepository, trace = MAIN): Promise<Watcher> {
  const live = await openLive(contextOf(at), trace);
  onTestFinished(() => live.close());
  return new Watcher(live);
}

function created(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a.txt', 'a\n', 'first');
  return repository;
}

test('a flush changes nothing that is seen', async () => {
  const repository = created();
  const watcher = await watch(repository);
  const spool = spoolOf(repository);
  spool.append(noteRecord('one'));
  await watcher.knows('{', 'one');
  spool.append(noteRecord('two', { session: { id: 'agent-1', kind: 'agent', tool: 'helper' } }));
  await watcher.knows('{', 'one', '{', 'two');
  const told = watcher.changes.length;
  const previewed = JSON.stringify(watcher.live.items);
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  spool.append(noteRecord('three'));
  await watcher.knows('{', 'one', '{', 'two', 'three');
  expect(watcher.changes.slice(told)).toHaveLength(1);
  expect(watcher.changes.some(({ isRebuilt }) => isRebuilt)).toBe(false);
  // the writer had no name before: all else is what the flush has written
  const named = JSON.stringify(watcher.live.items.slice(0, 4));
  expect(named.replace(/"writer":"[0-9a-f]+"/g, '')).toBe(previewed.replace(/"writer":"[0-9a-f]+"/g, ''));
});

test('however often it is flushed meanwhile, nothing goes and nothing comes twice', async () => {
  const repository = created();
  repository.trace('note', 'begin');
  const watcher = await watch(repository);
  const ports = await contextOf(repository).flushPorts();
  const began = Date.now();
  const texts = Array.from({ length: 80 }, (_, i) => `note ${i}`);
  for (const [i, text] of texts.entries()) {
    // each in a file of its own, which goes with the flush, and at a time of its own: at one time the file's name would decide
    spoolOf(repository).append(noteRecord(text, { ts: new Date(began + 10 * i).toISOString() }));
    if (i % 2 === 0) await flush(ports, { wait: 1_000 });
    else await new Promise((resolve) => setImmediate(resolve));
  }
  await watcher.knows('{', 'begin', ...texts);
  expect(
    watcher.changes
      .filter(({ isRebuilt }) => isRebuilt)
      .map(({ from, added }) => [from, added.map((item) => item.kind === 'event' && textOf(item))]),
  ).toEqual([]);
  expect(watcher.changes.flatMap(({ added }) => added)).toHaveLength(texts.length);
});

test('what happened before, and comes after, is put where it belongs', async () => {
  const repository = created();
  const watcher = await watch(repository);
  const spool = spoolOf(repository);
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, second)).toISOString();
  const agent = { id: 'agent-1', kind: 'agent', tool: 'helper' };
  spool.append(noteRecord('at 10', { ts: at(10) }));
  spool.append(noteRecord('at 30', { ts: at(30) }));
  await watcher.knows('{', 'at 10', 'at 30');
  spool.append(noteRecord('at 20', { ts: at(20), session: agent }));
  await watcher.knows('{', 'at 10', '{', 'at 20', 'at 30');
  expect(watcher.changes.at(-1)).toMatchObject({ isRebuilt: true, from: 2 });
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  spool.append(noteRecord('at 40', { ts: at(40) }));
  await watcher.knows('{', 'at 10', '{', 'at 20', 'at 30', 'at 40');
});

test('a spool file that is thrown away takes its events with it', async () => {
  const repository = created();
  const watcher = await watch(repository);
  const [kept, lost] = [spoolOf(repository), spoolOf(repository)];
  kept.append(noteRecord('kept'));
  await watcher.knows('{', 'kept');
  lost.append(noteRecord('lost'));
  await watcher.knows('{', 'kept', 'lost');
  rmSync(join(repository.inGitDir('trace'), 'spool', lost.name));
  await watcher.knows('{', 'kept');
});

test('an erased event goes, in the journal and everywhere', async () => {
  const repository = created();
  const spool = spoolOf(repository);
  spool.append(noteRecord('one'));
  spool.append(noteRecord('a mistake'));
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  const watcher = await watch(repository);
  await watcher.knows('{', 'one', 'a mistake');
  const record = noteRecord('waits');
  spool.append(record);
  await watcher.knows('{', 'one', 'a mistake', 'waits');
  expect(repository.trace('redact', 'main', '--match', '^(a mistake|waits)$', '--force').status).toBe(0);
  await watcher.knows('{', 'one', '(erased)', '(erased)');
  // who says it again, says nothing
  spool.append(record);
  spool.append(noteRecord('two'));
  // a session whose last line is erased is not gone on with
  await watcher.knows('{', 'one', '(erased)', '(erased)', '{', 'two');
});

test('a trace that is archived is still there, and goes on', async () => {
  const repository = created();
  const spool = spoolOf(repository);
  spool.append(noteRecord('one', { place: { trace: '42' } }));
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  const watcher = await watch(repository, '42');
  await watcher.knows('{', 'one');
  expect(repository.trace('archive', '42').status).toBe(0);
  expect(repository.git('for-each-ref', 'refs/traces/42')).toBe('');
  spool.append(noteRecord('two', { place: { trace: '42' } }));
  await watcher.knows('{', 'one', 'two');
});

test('refs that are packed, a ref that is broken, and one that moves back', async () => {
  const repository = created();
  const ref = 'refs/traces/heads/main/journal';
  const spool = spoolOf(repository);
  spool.append(noteRecord('one'));
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  const first = repository.git('rev-parse', ref);
  const watcher = await watch(repository);
  spool.append(noteRecord('two'));
  await flush(await contextOf(repository).flushPorts(), { wait: 1_000 });
  await watcher.knows('{', 'one', 'two');
  repository.git('pack-refs', '--all', '--prune');
  spool.append(noteRecord('three'));
  await watcher.knows('{', 'one', 'two', 'three');
  repository.writeFile(`.git/${ref}`, 'nonsense\n');
  await expect.poll(() => watcher.live.faults.map(({ reason }) => reason)).toEqual([expect.stringContaining('is broken')]);
  expect(watcher.texts).toEqual(['{', 'one', 'two', 'three']);
  repository.writeFile(`.git/${ref}`, `${first}\n`);
  await watcher.knows('{', 'one', 'three');
  expect(watcher.live.faults).toEqual([]);
});

test('a branch that is linked to a pull request leaves its trace', async () => {
  const repository = created();
  const watcher = await watch(repository);
  const spool = spoolOf(repository);
  spool.append(noteRecord('on the branch'));
  await watcher.knows('{', 'on the branch');
  repository.git('config', 'branch.main.trace', '42');
  await watcher.knows();
  const linked = await watch(repository, '42');
  await linked.knows('{', 'on the branch');
  spool.append(noteRecord('for 42'));
  await linked.knows('{', 'on the branch', 'for 42');
});
