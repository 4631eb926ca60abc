/** A small crowd without a pause, as `npm run bench:sync` has a large one: no event lost, none doubled, in bounded tries. */
import { expect, test } from 'vitest';
import { fetchTraces } from '../../src/sync/fetch.ts';
import type { SyncPorts } from '../../src/sync/integrate.ts';
import { type PushResult, pushTraces } from '../../src/sync/push.ts';
import { Clone } from '../helpers/clone.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

/** Pushes trace 42 and counts how often the remote refused its journal. */
async function pushWatched(ports: SyncPorts): Promise<{ result: PushResult; refused: number }> {
  let refused = 0;
  const { repository } = ports;
  const push: typeof repository.remote.push = async (name, updates) => {
    const outcomes = await repository.remote.push(name, updates);
    refused += outcomes.filter(({ ref, kind }) => ref === REF && kind === 'rejected').length;
    return outcomes;
  };
  const remotes = {
    list: repository.remote.list.bind(repository.remote),
    fetch: repository.remote.fetch.bind(repository.remote),
    push,
  };
  const watched = new Proxy(repository, {
    get: (target, name) => (name === 'remote' ? remotes : Reflect.get(target, name, target)),
  });
  return { result: await pushTraces({ ...ports, repository: watched }, 'origin', ['42']), refused };
}

test('who met others a short while ago looks before pushing', async () => {
  const { remote } = TestRepository.createWithRemote();
  const [ada, ben] = await Promise.all(['ada', 'ben'].map((name) => Clone.open(remote.clone({ name }))));
  if (ada === undefined || ben === undefined) throw new Error('two clones were made');
  let later = 0;
  const clock = { ...ben.ports.clock, now: () => ada.ports.clock.now() + later };
  const meet = async (round: number): Promise<number> => {
    await ada.record(`ada ${round}`);
    await ben.record(`ben ${round}`);
    await pushTraces(ada.ports, 'origin', ['42']);
    const { result, refused } = await pushWatched({ ...ben.ports, clock });
    expect(result.delivered.get('42')).toBe('sent');
    return refused;
  };
  expect(await meet(1)).toBe(1);
  expect(await meet(2)).toBe(0);
  later = 11 * 60_000;
  expect(await meet(3)).toBe(1);
});

test('eight clones push one trace at once, five times: each event is there once, and the journal was tried thrice at most', {
  timeout: 120_000,
}, async () => {
  const { remote } = TestRepository.createWithRemote();
  const clones = await Promise.all(Array.from({ length: 8 }, (_, i) => Clone.open(remote.clone({ name: `clone-${i}` }))));
  const wanted: string[] = [];
  const most: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (const [i, clone] of clones.entries()) {
      await clone.record(`${i}/${round}`);
      wanted.push(`${i}/${round}`);
    }
    const results = await Promise.all(
      clones.map(async ({ ports }) => {
        const { result, refused } = await pushWatched(ports);
        most.push(refused);
        return result;
      }),
    );
    for (const { failed, delivered } of results) expect([[...failed], delivered.size]).toEqual([[], 1]);
  }
  expect(Math.max(...most)).toBeLessThanOrEqual(3);
  // contention there was, or this has shown nothing
  expect(most.filter((refused) => refused > 0).length).toBeGreaterThan(8);
  const [one] = clones;
  if (one === undefined) throw new Error('eight clones were made');
  const { inboxes } = await fetchTraces(one.ports, 'origin', ['42']);
  expect((await pushTraces(one.ports, 'origin', ['42'], { inboxes })).failed).toEqual(new Map());
  expect(remote.git('for-each-ref', 'refs/traces/42/inbox')).toBe('');
  expect(remote.git('rev-parse', REF)).toBe(one.at.git('rev-parse', REF));
  expect(await one.notes()).toEqual(wanted.sort());
  for (const clone of clones.slice(1)) {
    await clone.fetch();
    expect(await clone.notes()).toEqual(wanted);
  }
  remote.git('fsck', '--strict', '--no-dangling');
});
