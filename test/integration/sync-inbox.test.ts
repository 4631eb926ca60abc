/**
 * Inboxes: what cannot, or need not, go into the journal at once is delivered beside it, without anybody standing in
 * another's way; whoever syncs folds it in. Nothing is lost at any moment, and what is broken keeps nothing else back.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { fail } from '../../src/core/errors.ts';
import { ARCHIVE, journalRef } from '../../src/core/trace-name.ts';
import { flush } from '../../src/journal/flush.ts';
import { SpoolFile } from '../../src/spool/append.ts';
import { fetchTraces } from '../../src/sync/fetch.ts';
import { deliverToInbox } from '../../src/sync/inbox.ts';
import { pushTraces } from '../../src/sync/push.ts';
import { Clone } from '../helpers/clone.ts';
import { driver } from '../helpers/driver.ts';
import { expectSound } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/42/journal';

async function remoteWith(count: number): Promise<{ remote: TestRepository; clones: Clone[] }> {
  const { remote } = TestRepository.createWithRemote();
  remote.git('config', 'receive.denyNonFastForwards', 'true');
  remote.git('config', 'receive.fsckObjects', 'true');
  const clones: Clone[] = [];
  for (let i = 0; i < count; i++) clones.push(await Clone.open(remote.clone({ name: `clone ${i}` })));
  return { remote, clones };
}

/** Fetches, folds, pushes, deletes: what `git trace sync` does. */
async function sync(clone: Clone, traces: readonly string[] = ['42']): Promise<Awaited<ReturnType<typeof pushTraces>>> {
  const { inboxes } = await fetchTraces(clone.ports, 'origin', traces);
  return pushTraces(clone.ports, 'origin', traces, { inboxes });
}

function inboxes(at: TestRepository, trace = '42'): string[] {
  const names = at.git('for-each-ref', '--format=%(refname)', `refs/traces/${trace}/inbox/`);
  return names === '' ? [] : names.split('\n');
}

/** Puts a commit of these files at a ref. */
function plant(at: TestRepository, ref: string, files: Readonly<Record<string, string>>): void {
  const rows = Object.entries(files).map(([path, content]) => {
    const oid = at.gitWith({ input: content }, 'hash-object', '-w', '--stdin');
    return `100644 blob ${oid}\t${path}`;
  });
  const index = { GIT_INDEX_FILE: at.inGitDir('planted') };
  at.gitWith({ env: index }, 'read-tree', '--empty');
  at.gitWith({ env: index, input: `${rows.join('\n')}\n` }, 'update-index', '--index-info');
  const tree = at.gitWith({ env: index }, 'write-tree');
  at.git('update-ref', ref, at.git('commit-tree', '-m', 'x', tree));
}

describe('an inbox', () => {
  test('is delivered without fetching, read by everyone who fetches, folded by the next sync and deleted', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, reader] = clones as [Clone, Clone, Clone];
    await one.record('one');
    await one.push();
    await two.record('two');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('sent');
    expect(inboxes(remote)).toEqual([`refs/traces/42/inbox/${two.writer}`]);
    expect(two.at.tryGit('rev-parse', '--verify', '-q', 'refs/trace-remotes/origin/42/journal').status).toBe(1);
    expect(await reader.fetch()).toEqual({ '42': 'united' });
    expect(await reader.notes()).toEqual(['one', 'two']);
    expect(inboxes(remote)).toHaveLength(1);
    expect((await sync(one)).delivered).toEqual(new Map([['42', 'sent']]));
    expect(inboxes(remote)).toEqual([]);
    await reader.fetch();
    expectSound(remote);
    expect(remote.git('rev-parse', REF)).toBe(reader.at.git('rev-parse', REF));
  });

  test('grows as a fast-forward, also after the journal was united, and again after it was folded', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await two.record('two 1');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('sent');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('up-to-date');
    await two.record('two 2');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('sent');
    await one.record('one');
    await one.push();
    await two.fetch(); // now its journal continues that of the remote, and not its inbox
    await two.record('two 3');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('sent');
    expect((await sync(one)).failed).toEqual(new Map());
    expect(inboxes(remote)).toEqual([]);
    await two.record('two 4');
    expect(await deliverToInbox(two.ports, 'origin', '42')).toBe('sent'); // its tracking ref still names what is gone
    expect((await sync(one)).failed).toEqual(new Map());
    expect(await one.notes()).toEqual(['one', 'two 1', 'two 2', 'two 3', 'two 4']);
    expect(remote.git('rev-list', '--min-parents=2', REF)).toBe('');
  });

  test('of this clone goes with its next plain push, which asks git nothing more when there is none', async () => {
    const { remote, clones } = await remoteWith(1);
    const [one] = clones as [Clone];
    await one.record('one');
    await pushTraces(one.ports, 'origin', ['42'], { inboxOnly: true });
    expect(inboxes(remote)).toHaveLength(1);
    expect((await one.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(inboxes(remote)).toEqual([]);
    await one.record('more');
    let calls = 0;
    const { refs, remote: conversations } = one.ports.repository;
    const repository = {
      ...one.ports.repository,
      refs: {
        get: (name: string) => refs.get(name),
        list: async (prefixes: readonly string[]) => {
          const found = await refs.list(prefixes);
          // of archives that are not there git is not asked: see refs.test.ts
          if (prefixes.join() !== ARCHIVE || found.length > 0) calls++;
          return found;
        },
        update: refs.update.bind(refs),
        forgetLogs: refs.forgetLogs.bind(refs),
        clearStaleLock: refs.clearStaleLock.bind(refs),
      },
      remote: {
        list: conversations.list.bind(conversations),
        fetch: conversations.fetch.bind(conversations),
        push: (to: string, updates: Parameters<typeof conversations.push>[1]) => {
          calls++;
          return conversations.push(to, updates);
        },
      },
    };
    await pushTraces({ ...one.ports, repository }, 'origin', ['42']);
    expect(calls).toBe(1);
  });

  test('of a branch goes into the journal of the pull request that it was linked to', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await two.record('on the branch', 'heads/fix%2Flogin');
    expect(await deliverToInbox(two.ports, 'origin', 'heads/fix%2Flogin')).toBe('sent');
    expect(inboxes(remote, 'heads/fix%2Flogin')).toHaveLength(1);
    await one.fetch(['heads/fix%2Flogin']);
    expect(await one.notes('heads/fix%2Flogin')).toEqual(['on the branch']);
    one.at.git('update-ref', '-d', journalRef('heads/fix%2Flogin'));
    one.at.git('config', 'branch.fix/login.trace', '42');
    const linked = await Clone.open(one.at);
    expect((await sync(linked)).delivered).toEqual(new Map([['42', 'sent']]));
    expect(await linked.notes()).toEqual(['on the branch']);
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(REF);
  });

  test('of a remote that is given as a URL is tracked all the same', async () => {
    const { remote, clones } = await remoteWith(1);
    const [one] = clones as [Clone];
    await one.record('one');
    expect(await deliverToInbox(one.ports, remote.path, '42')).toBe('sent');
    expect(await deliverToInbox(one.ports, remote.path, '42')).toBe('up-to-date');
    expect((await one.push(['42'], remote.path)).delivered).toEqual(new Map([['42', 'sent']]));
    expect(inboxes(remote)).toEqual([]);
  });
});

describe('many at once', () => {
  test('fifty jobs, each in a repository of its own, shallow or empty: none is lost', { timeout: 120_000 }, async () => {
    const { remote, clones } = await remoteWith(2);
    const bundle = await driver('inbox-driver');
    const jobs = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? TestRepository.createBare() : remote.clone({ depth: 1 })));
    const ended = jobs.map(async (job, i) => {
      const args = [bundle, `file://${remote.path}`, '42', `job ${i}`];
      const child = spawn(process.execPath, args, { cwd: job.path, env: { ...process.env }, stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
      return said;
    });
    // while they do, two developers push to the journal and fold what they see
    const [one, two] = clones as [Clone, Clone];
    await one.record('one');
    await two.record('two');
    await Promise.all([sync(one), sync(two)]);
    expect(new Set(await Promise.all(ended))).toEqual(new Set(['sent\n']));
    for (const clone of [one, two]) expect((await sync(clone)).failed).toEqual(new Map());
    const wanted = [...jobs.map((_, i) => `job ${i}`), 'one', 'two'].sort();
    expect(inboxes(remote)).toEqual([]);
    await one.fetch();
    for (const clone of [one, two]) expect(await clone.notes()).toEqual(wanted);
    expectSound(remote);
  });

  test('two clones that fold the same inboxes at once, while a third delivers to its own, lose none', async () => {
    const { remote, clones } = await remoteWith(5);
    const [one, two, ...jobs] = clones as [Clone, Clone, ...Clone[]];
    const wanted: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (const [i, job] of jobs.entries()) {
        await job.record(`${round} ${i}`);
        wanted.push(`${round} ${i}`);
      }
      await Promise.all([
        ...jobs.slice(1).map((job) => deliverToInbox(job.ports, 'origin', '42')),
        sync(one),
        sync(two),
        deliverToInbox(jobs[0]?.ports ?? one.ports, 'origin', '42'),
      ]);
    }
    await sync(one);
    await sync(two);
    await sync(one);
    expect(await one.notes()).toEqual(wanted.sort());
    expect(inboxes(remote)).toEqual([]);
    expect(remote.git('rev-parse', REF)).toBe(one.at.git('rev-parse', REF));
    expectSound(remote);
  });
});

describe('a death between the push of the journal and the deletion of the inbox', () => {
  test('loses nothing: the next sync, of whomever, finishes', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, job] = clones as [Clone, Clone, Clone];
    await job.record('job');
    await deliverToInbox(job.ports, 'origin', '42');
    await one.record('one');
    const { repository } = one.ports;
    const dying = {
      list: repository.remote.list.bind(repository.remote),
      fetch: repository.remote.fetch.bind(repository.remote),
      push: async (to: string, updates: Parameters<typeof repository.remote.push>[1]) => {
        if (updates.some(({ oid }) => oid === undefined)) throw fail('remote-failed', 'the machine is gone');
        return repository.remote.push(to, updates);
      },
    };
    const ports = { ...one.ports, repository: { ...repository, remote: dying } };
    const { inboxes: seen } = await fetchTraces(ports, 'origin', ['42']);
    expect((await pushTraces(ports, 'origin', ['42'], { inboxes: seen })).delivered).toEqual(new Map([['42', 'sent']]));
    expect(inboxes(remote)).toHaveLength(1);
    // a job goes on delivering to the inbox that was folded
    await job.record('job again');
    await deliverToInbox(job.ports, 'origin', '42');
    await sync(two);
    expect(inboxes(remote)).toEqual([]);
    expect(await two.notes()).toEqual(['job', 'job again', 'one']);
    await one.fetch();
    expect(await one.notes()).toEqual(['job', 'job again', 'one']);
  });
});

describe('an inbox that grew after it was folded', () => {
  test('is not deleted before what is new in it has been delivered', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, job] = clones as [Clone, Clone];
    await job.record('first');
    await deliverToInbox(job.ports, 'origin', '42');
    const { inboxes: seen } = await fetchTraces(one.ports, 'origin', ['42']);
    await job.record('second');
    await deliverToInbox(job.ports, 'origin', '42');
    await pushTraces(one.ports, 'origin', ['42'], { inboxes: seen });
    expect(inboxes(remote)).toEqual([]);
    expect(await one.notes()).toEqual(['first', 'second']);
    expect(remote.git('rev-parse', REF)).toBe(one.at.git('rev-parse', REF));
  });
});

describe('an inbox that is no journal', () => {
  const SEGMENT = '00112233445566aa/s/0000000001.ndjson';
  const BAD: Record<string, { put: (at: TestRepository, ref: string) => void; says: RegExp }> = {
    'a project': { put: (at, ref) => plant(at, ref, { 'README.md': 'hello\n', 'src/a.js': '1\n' }), says: /is no journal/ },
    'a blob': {
      put: (at, ref) => at.git('update-ref', ref, at.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin')),
      says: /it is a blob/,
    },
    'of a newer format': { put: (at, ref) => plant(at, ref, { [SEGMENT]: '{}\n', format: '2\n' }), says: /has a newer format/ },
    'a tree that names itself a thousand times': {
      put: (at, ref) => {
        const blob = at.gitWith({ input: '{}\n' }, 'hash-object', '-w', '--stdin');
        const numbers = Array.from({ length: 300 }, (_, i) => `${i + 1}`.padStart(10, '0'));
        const tree = (rows: readonly string[]): string => at.gitWith({ input: `${rows.join('\n')}\n` }, 'mktree');
        const session = tree(numbers.map((number) => `100644 blob ${blob}\t${number}.ndjson`));
        const writer = tree(numbers.map((number) => `040000 tree ${session}\ts${number}`));
        at.git('update-ref', ref, at.git('commit-tree', '-m', 'x', tree([`040000 tree ${writer}\t00112233445566aa`])));
      },
      says: /has more than 65536 entries/,
    },
    'refused by fsck': {
      put: (at, ref) => {
        const blob = at.gitWith({ input: 'x' }, 'hash-object', '-w', '--stdin');
        const tree = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
        const oid = at.gitWith({ input: tree }, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
        at.git('update-ref', ref, at.git('commit-tree', '-m', 'x', oid));
      },
      says: /cannot fetch from 'origin'/,
    },
  };

  test.each(Object.entries(BAD))('%s, is told and left; journal and other inboxes are united', async (_, { put, says }) => {
    const { remote, clones } = await remoteWith(3);
    const [one, job, reader] = clones as [Clone, Clone, Clone];
    await one.record('one');
    await one.push();
    await job.record('job');
    await deliverToInbox(job.ports, 'origin', '42');
    const bad = 'refs/traces/42/inbox/ffffffffffffffff';
    put(remote, bad);
    const { left, failed, inboxes: seen } = await fetchTraces(reader.ports, 'origin', ['42']);
    expect(failed).toEqual(new Map());
    expect([...left.keys()]).toEqual([bad]);
    expect(left.get(bad)?.message).toMatch(says);
    expect(await reader.notes()).toEqual(['job', 'one']);
    expect((await pushTraces(reader.ports, 'origin', ['42'], { inboxes: seen })).delivered).toEqual(new Map([['42', 'sent']]));
    expect(inboxes(remote)).toEqual([bad]);
    // and the next flush goes on
    const spool = new SpoolFile(reader.ports.files, reader.ports.random, 'test', process.pid);
    spool.append({ place: { trace: '42' }, type: 'annotation', ts: '2026-11-21T09:00:00.000Z', payload: { text: 'more' } });
    expect((await flush(reader.ports, { wait: 10_000, finished: new Set([spool.name]) })).accepted).toBe(1);
  });
});
