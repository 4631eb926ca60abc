/**
 * Pruning among clones: what one has dropped comes back from none, whoever syncs first; what was added behind it stays,
 * and what was erased stays erased.
 */
import { describe, expect, test } from 'vitest';
import { mergeSessions } from '../../src/core/order.ts';
import { journalRef } from '../../src/core/trace-name.ts';
import { readRoot } from '../../src/journal/read.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { archiveTraces } from '../../src/sync/archive.ts';
import { pruneArchived, pruneJournal } from '../../src/sync/prune.ts';
import { wholeTrace } from '../../src/sync/whole.ts';
import { Clone } from '../helpers/clone.ts';
import { sha256 } from '../helpers/journal-lines.ts';
import { TestRepository as Repositories, type TestRepository } from '../helpers/repository.ts';

async function clonesOf(count: number): Promise<{ remote: TestRepository; clones: Clone[] }> {
  const { remote } = Repositories.createWithRemote();
  remote.git('config', 'receive.denyNonFastForwards', 'true');
  const clones: Clone[] = [];
  for (let i = 0; i < count; i++) clones.push(await Clone.open(remote.clone({ name: `clone ${i}` })));
  return { remote, clones };
}

const IN = (id: string) => ({ session: { id } });
const prune = (clone: Clone, ...sessions: readonly string[]) => pruneJournal(clone.ports, '42', () => new Set(sessions));

/** What a clone has of the trace, wherever it lies: notes, and that it is sound. */
async function told(clone: Clone, trace = '42'): Promise<string[]> {
  const whole = await wholeTrace(clone.ports, trace);
  if (whole === undefined) return [];
  const contents = await readRoot(whole.objects, whole.root);
  const { faults } = await verifyJournal(whole.objects, whole.root, whole.tip, sha256);
  expect(faults).toEqual([]);
  const { entries, gaps } = mergeSessions(contents.parts, sha256);
  const notes = entries.flatMap(({ event }) => (event.type === 'annotation' ? [String(event.payload['text'])] : []));
  return [...notes, ...gaps.map(({ kind, session }) => `${kind} ${session}`)].sort();
}

/** All orders of three. */
const ORDERS = [0, 1, 2].flatMap((a) => [0, 1, 2].filter((b) => b !== a).map((b) => [a, b, 3 - a - b] as const));

describe('a pruned session', () => {
  test.for(ORDERS)('comes back from no clone, whoever syncs first: %o', async (order) => {
    const { remote, clones } = await clonesOf(3);
    const [one, two, three] = clones as [Clone, Clone, Clone];
    await one.record('old 1', '42', IN('old'));
    await one.record('old 2', '42', IN('old'));
    await one.record('kept', '42', IN('new'));
    await one.push();
    await two.fetch();
    await three.fetch();
    await two.record('old elsewhere', '42', IN('old'));
    await two.push();
    await one.fetch();
    // one goes on in the session that three drops without knowing of it
    await three.fetch();
    expect(await prune(three, 'old')).toBe(true);
    await one.record('went on', '42', IN('old'));
    await two.record('of two', '42', IN('two'));
    for (let round = 0; round < 2; round++) {
      for (const i of order) {
        await clones[i]?.fetch();
        expect((await clones[i]?.push())?.failed).toEqual(new Map());
      }
    }
    for (const clone of clones) await clone.fetch();
    const tips = await Promise.all(clones.map((clone) => clone.ports.repository.refs.get(journalRef('42'))));
    expect(new Set(tips)).toEqual(new Set([remote.git('rev-parse', journalRef('42'))]));
    for (const clone of clones) expect(await told(clone)).toEqual(['kept', 'of two', 'pruned old', 'pruned old', 'went on']);
    remote.git('fsck', '--strict', '--no-dangling');
  });

  test('is begun again by its own writer, who says who it is; what it said is known here', async () => {
    const { clones } = await clonesOf(1);
    const [one] = clones as [Clone];
    await one.record('said', '42', IN('s'));
    const before = await one.lines();
    await prune(one, 's');
    expect(await one.lines()).toEqual(before.map(() => '{"pruned":{}}'));
    expect(await prune(one, 's')).toBe(false);
    await one.record('more', '42', IN('s'));
    const after = (await one.lines()).slice(before.length).map((line) => JSON.parse(line) as { type: string });
    expect(after.map(({ type }) => type)).toEqual(['session_started', 'annotation']);
    expect(await told(one)).toEqual(['more', 'pruned s']);
  });

  test('of many segments, and of two clones that share a writer, has one line for each that it had', async () => {
    const { remote, clones } = await clonesOf(1);
    const [one] = clones as [Clone];
    const twin = await Clone.open(remote.clone({ name: 'twin' }));
    await one.record('x'.repeat(60_000), '42', IN('s'));
    await one.record('y'.repeat(60_000), '42', IN('s'));
    twin.ports.files.replace('writer', `${one.writer}\n`);
    await twin.record('another beginning', '42', IN('s'));
    await one.push();
    await twin.fetch();
    await twin.push();
    await one.fetch();
    const count = (await one.lines()).length;
    await prune(one, 's');
    const lines = await one.lines();
    expect(new Set(lines)).toEqual(new Set(['{"pruned":{}}']));
    expect(lines.length).toBeLessThanOrEqual(count);
    await one.push();
    await twin.fetch();
    expect(await told(twin)).toEqual(['pruned s']);
  });
});

test('what was erased before it was pruned is not recorded again, also where the index of known ids is gone', async () => {
  const { clones } = await clonesOf(1);
  const [one] = clones as [Clone];
  const said = { ...IN('s'), ts: '2026-01-01T00:00:00.000Z' };
  await one.record('secret', '42', said);
  const git = (...args: string[]) => one.at.gitWith({ env: { GIT_INDEX_FILE: one.at.inGitDir('erasing') } }, ...args);
  const path = `${one.writer}/s/0000000001.ndjson`;
  const lines = git('show', `${journalRef('42')}:${path}`)
    .split('\n')
    .filter(Boolean);
  const erased = lines.map((line) => (line.includes('secret') ? `{"erased":"${sha256(sha256(line))}"}` : line));
  one.at.writeFile('erased', erased.map((line) => `${line}\n`).join(''));
  git('read-tree', journalRef('42'));
  git('update-index', '--cacheinfo', `100644,${git('hash-object', '-w', 'erased')},${path}`);
  git('update-ref', journalRef('42'), git('commit-tree', '-m', 'erased', git('write-tree')));
  await one.record('secret', '42', said);
  expect(await one.lines()).toEqual(erased);

  await prune(one, 's');
  expect((await one.lines())[0]).toBe(`{"pruned":${erased[1]?.replace(/:"(.*)"/, ':["$1"]')}}`);
  one.ports.files.remove('ids/42');
  await one.record('secret', '42', said);
  expect(await told(one)).toEqual(['pruned s']);
  await one.record('something else', '42', said);
  expect(await told(one)).toEqual(['pruned s', 'something else']);
});

describe('a pruned trace', () => {
  test('is nowhere any more once it is archived, and comes back from no clone that had it', async () => {
    const { remote, clones } = await clonesOf(3);
    const [one, two, three] = clones as [Clone, Clone, Clone];
    await one.record('of one');
    await one.push();
    await two.fetch();
    await two.record('of two');
    await two.push();
    await three.fetch();
    await one.fetch();
    const archived = [{ trace: '42', month: '2026-11', since: '2026-10' }];
    expect((await archiveTraces(one.ports, 'origin', archived)).failed).toEqual(new Map());
    await pruneArchived(one.ports, '42', () => true);
    expect((await archiveTraces(one.ports, 'origin', archived)).failed).toEqual(new Map());
    for (const clone of [two, three]) await clone.fetch();
    for (const clone of clones) expect((await told(clone)).filter((text) => !text.startsWith('pruned'))).toEqual([]);
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/archive/2026-11');
    for (const clone of [two, three]) expect(clone.at.git('for-each-ref', 'refs/traces/42')).toBe('');
    const { clones: fresh } = { clones: [await Clone.open(remote.clone({ name: 'fresh' }))] };
    await fresh[0]?.fetch();
    for (const clone of fresh) expect((await told(clone)).length).toBeGreaterThan(0);
  });
});
