/**
 * Archives: traces of closed pull requests become folders of one ref a month. Nothing is deleted before it was delivered,
 * whoever archives, records or dies meanwhile; every reader finds them there.
 */
import { describe, expect, test } from 'vitest';
import { fail } from '../../src/core/errors.ts';
import { journalRef } from '../../src/core/trace-name.ts';
import { readRoot } from '../../src/journal/read.ts';
import { archiveTraces } from '../../src/sync/archive.ts';
import { fetchTraces } from '../../src/sync/fetch.ts';
import { deliverToInbox } from '../../src/sync/inbox.ts';
import { pushTraces } from '../../src/sync/push.ts';
import { wholeTrace } from '../../src/sync/whole.ts';
import { Clone } from '../helpers/clone.ts';
import { TestRepository } from '../helpers/repository.ts';

const NOVEMBER = 'refs/traces/archive/2026-11';

async function remoteWith(count: number): Promise<{ remote: TestRepository; clones: Clone[] }> {
  const { remote } = TestRepository.createWithRemote();
  remote.git('config', 'receive.denyNonFastForwards', 'true');
  remote.git('config', 'receive.fsckObjects', 'true');
  const clones: Clone[] = [];
  for (let i = 0; i < count; i++) clones.push(await Clone.open(remote.clone({ name: `clone ${i}` })));
  return { remote, clones };
}

function archive(clone: Clone, ...traces: readonly string[]): ReturnType<typeof archiveTraces> {
  return archiveTraces(
    clone.ports,
    'origin',
    (traces.length === 0 ? ['42'] : traces).map((trace) => ({ trace, month: '2026-11', since: '2026-10' })),
  );
}

function refs(at: TestRepository): string[] {
  return at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n').filter(Boolean);
}

/** The texts of all notes of a trace, wherever it lies. */
async function notes(clone: Clone, trace = '42'): Promise<string[]> {
  const whole = await wholeTrace(clone.ports, trace);
  if (whole === undefined) return [];
  const { parts, faults } = await readRoot(whole.objects, whole.root);
  expect(faults).toEqual([]);
  const lines = parts.flatMap((part) => part.lines.map((line) => JSON.parse(line) as { type: string; payload: { text: string } }));
  return lines.flatMap(({ type, payload }) => (type === 'annotation' ? [payload.text] : [])).sort();
}

/** A clone whose remote fails at the first push of which this is true. */
function dying(clone: Clone, at: (updates: readonly { ref: string; oid: string | undefined }[]) => boolean): Clone['ports'] {
  const { repository } = clone.ports;
  const { remote } = repository;
  const push: typeof remote.push = async (to, updates) => {
    if (at(updates)) throw fail('remote-failed', 'the machine is gone');
    return remote.push(to, updates);
  };
  return {
    ...clone.ports,
    repository: { ...repository, remote: { list: remote.list.bind(remote), fetch: remote.fetch.bind(remote), push } },
  };
}

describe('an archived trace', () => {
  test('is one folder of one ref, here and there, with its inboxes, and found by a clone that never had it', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, job, reader] = clones as [Clone, Clone, Clone];
    await one.record('in 42');
    await one.record('in 7', '7');
    await one.record('stays open', '8');
    await one.push(['42', '7', '8']);
    const before = remote.git('rev-parse', `${journalRef('7')}^{tree}`);
    await job.record('from a job');
    await deliverToInbox(job.ports, 'origin', '42');
    expect(await archive(one, '42', '7')).toEqual({
      archived: new Map([
        ['42', '2026-11'],
        ['7', '2026-11'],
      ]),
      failed: new Map(),
    });
    for (const at of [remote, one.at]) expect(refs(at)).toEqual([journalRef('8'), NOVEMBER]);
    expect(remote.git('ls-tree', '--name-only', NOVEMBER).split('\n')).toEqual(['42', '7', 'format']);
    expect(remote.git('rev-parse', `${NOVEMBER}:7`)).toBe(before);
    remote.git('fsck', '--strict', '--no-dangling');
    expect(await reader.fetch(['42'])).toEqual({ '42': 'archived' });
    for (const clone of [one, reader]) expect(await notes(clone)).toEqual(['from a job', 'in 42']);
    expect(refs(reader.at)).toEqual([NOVEMBER]);
    // and again: nothing to do, nothing new
    const tip = remote.git('rev-parse', NOVEMBER);
    expect((await archive(reader)).failed).toEqual(new Map());
    expect(remote.git('rev-parse', NOVEMBER)).toBe(tip);
    expect(await reader.fetch(['9'])).toEqual({ '9': 'nothing' });
  });

  test('is not pushed again by a clone that had it, which keeps it no longer twice', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record('one');
    await one.push();
    await two.fetch();
    await archive(one);
    expect(await two.fetch()).toEqual({ '42': 'archived' });
    expect(refs(two.at)).toEqual([NOVEMBER]);
    expect((await two.push()).delivered).toEqual(new Map([['42', 'up-to-date']]));
    expect(refs(remote)).toEqual([NOVEMBER]);
    expect(await notes(two)).toEqual(['one']);
  });

  test('is opened by a late event, read together, and archived again in the month it is in', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record('one', '42', { session: { id: 'shell' } });
    await one.push();
    await archive(one);
    await one.record('late', '42', { session: { id: 'shell' } });
    await one.record('one', '42', { session: { id: 'shell' }, ts: '2026-01-01T00:00:00.000Z' });
    expect((await one.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(refs(remote)).toEqual([journalRef('42'), NOVEMBER]);
    expect(await two.fetch()).toEqual({ '42': 'fast-forward' });
    await two.record('from another clone');
    await two.push();
    expect(await archiveTraces(two.ports, 'origin', [{ trace: '42', month: '2027-01', since: '2026-10' }])).toEqual({
      archived: new Map([['42', '2026-11']]),
      failed: new Map(),
    });
    expect(refs(remote)).toEqual([NOVEMBER]);
    expect(await notes(two)).toEqual(['from another clone', 'late', 'one', 'one']);
    // one session, one text: what came late continued what was archived
    const paths = remote
      .git('ls-tree', '-r', '--name-only', NOVEMBER)
      .split('\n')
      .filter((path) => path.includes('/shell/'));
    expect(paths).toEqual([`42/${one.writer}/shell/0000000001.ndjson`]);
  });

  test('of which a clone without the archive has late events, is read whole', async () => {
    const { clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record('one');
    await one.push();
    await archive(one);
    await two.record('late');
    await two.push();
    await one.fetch();
    expect(await notes(one)).toEqual(['late', 'one']);
    expect((await archive(one)).failed).toEqual(new Map());
    expect(refs(one.at)).toEqual([NOVEMBER]);
    expect(await notes(one)).toEqual(['late', 'one']);
  });

  test('without a remote moves here alone', async () => {
    const clone = await Clone.open(TestRepository.create());
    await clone.record('one');
    expect((await archiveTraces(clone.ports, undefined, [{ trace: '42', month: '2026-11' }])).failed).toEqual(new Map());
    expect(refs(clone.at)).toEqual([NOVEMBER]);
    expect(await notes(clone)).toEqual(['one']);
  });

  test('of a branch is none', async () => {
    const clone = await Clone.open(TestRepository.create());
    await clone.record('one', 'heads/main');
    const { failed } = await archiveTraces(clone.ports, undefined, [
      { trace: 'heads/main', month: '2026-11' },
      { trace: '5', month: '2026-11' },
    ]);
    expect([...failed]).toEqual([
      ['heads/main', 'only traces of pull requests are archived'],
      ['5', 'there is no trace of it'],
    ]);
    expect(refs(clone.at)).toEqual([journalRef('heads/main')]);
  });
});

describe('two at once', () => {
  test('who archive different traces into one month, and the same ones, lose none', async () => {
    const { remote, clones } = await remoteWith(4);
    const [one, two, three, recorder] = clones as [Clone, Clone, Clone, Clone];
    const traces = ['1', '2', '3', '4', '5', '6'];
    for (const trace of traces) {
      await recorder.record(`in ${trace}`, trace);
      await one.record(`one in ${trace}`, trace);
    }
    await recorder.push(traces);
    await one.push(traces);
    for (const trace of traces) await recorder.record(`more in ${trace}`, trace);
    await Promise.all([archive(one, '1', '2', '3'), archive(two, '3', '4', '5'), archive(three, '5', '6', '1'), recorder.push(traces)]);
    await recorder.fetch(traces);
    await pushTraces(recorder.ports, 'origin', traces);
    expect((await archive(two, ...traces)).failed).toEqual(new Map());
    expect(refs(remote)).toEqual([NOVEMBER]);
    for (const trace of traces) expect(await notes(two, trace)).toEqual([`in ${trace}`, `more in ${trace}`, `one in ${trace}`]);
    expect(remote.git('rev-list', '--min-parents=2', NOVEMBER)).toBe('');
    remote.git('fsck', '--strict', '--no-dangling');
  });

  test('one of whom records between archiving and deleting: what is new is archived too', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record('one');
    await one.push();
    await two.fetch();
    let once = false;
    const { repository } = one.ports;
    const push: typeof repository.remote.push = async (to, updates) => {
      if (!once && updates.some(({ oid }) => oid === undefined)) {
        once = true;
        await two.record('in between');
        await two.push();
      }
      return repository.remote.push(to, updates);
    };
    const ports = {
      ...one.ports,
      repository: {
        ...repository,
        remote: { list: repository.remote.list.bind(repository.remote), fetch: repository.remote.fetch.bind(repository.remote), push },
      },
    };
    const { archived, failed } = await archiveTraces(ports, 'origin', [{ trace: '42', month: '2026-11', since: '2026-11' }]);
    expect([archived, failed]).toEqual([new Map([['42', '2026-11']]), new Map()]);
    expect(once).toBe(true);
    expect(refs(remote)).toEqual([NOVEMBER]);
    expect(await notes(one)).toEqual(['in between', 'one']);
  });
});

describe('a death', () => {
  test.each<[string, (updates: readonly { ref: string; oid: string | undefined }[]) => boolean]>([
    ['before the archive is delivered', (updates) => updates.some(({ oid }) => oid !== undefined)],
    ['before the live refs are deleted', (updates) => updates.some(({ oid }) => oid === undefined)],
  ])('%s loses nothing, and the next run, here or elsewhere, finishes', async (_, at) => {
    for (const finisher of [0, 1]) {
      const { remote, clones } = await remoteWith(3);
      const [one, two, reader] = clones as [Clone, Clone, Clone];
      await one.record('one');
      await one.push();
      const { archived, failed } = await archiveTraces(dying(one, at), 'origin', [{ trace: '42', month: '2026-11', since: '2026-11' }]);
      expect(archived).toEqual(new Map());
      expect(failed).toEqual(new Map([['42', 'the machine is gone']]));
      expect(refs(remote)).toContain(journalRef('42'));
      expect(await notes(one)).toEqual(['one']);
      await fetchTraces(reader.ports, 'origin', ['42']);
      expect(await notes(reader)).toEqual(['one']);
      expect((await archive(finisher === 0 ? one : two)).failed).toEqual(new Map());
      expect(refs(remote)).toEqual([NOVEMBER]);
      await one.fetch();
      for (const clone of [one, finisher === 0 ? one : two]) {
        expect(refs(clone.at)).toEqual([NOVEMBER]);
        expect(await notes(clone)).toEqual(['one']);
      }
    }
  });
});
