/**
 * Erasing: what was erased in one clone is in no object that a ref of any clone or of the remote reaches, once all have
 * synced, and does not come back, whoever still had it, wherever it lay; every other event stays.
 */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { journalRef, type TraceName } from '../../src/core/trace-name.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { archiveTraces } from '../../src/sync/archive.ts';
import { noteContended } from '../../src/sync/contended.ts';
import { eraseEvents, eventsOf, textsOf } from '../../src/sync/erase.ts';
import { fetchTraces } from '../../src/sync/fetch.ts';
import { forgetTracked } from '../../src/sync/forget.ts';
import { deliverToInbox } from '../../src/sync/inbox.ts';
import { loadPending } from '../../src/sync/pending.ts';
import { type PushResult, pushTraces } from '../../src/sync/push.ts';
import { wholeTrace } from '../../src/sync/whole.ts';
import { Clone } from '../helpers/clone.ts';
import { objectsWith } from '../helpers/reachable.ts';
import { TestRepository } from '../helpers/repository.ts';

const SECRET = 'swordfish-1234';
const NOVEMBER = 'refs/traces/archive/2026-11';

async function remoteWith(count: number): Promise<{ remote: TestRepository; clones: Clone[] }> {
  const { remote } = TestRepository.createWithRemote();
  remote.git('config', 'receive.fsckObjects', 'true');
  remote.git('config', 'receive.denyNonFastForwards', 'true'); // which is about branches
  const clones: Clone[] = [];
  for (let i = 0; i < count; i++) clones.push(await Clone.open(remote.clone({ name: `clone ${i}` })));
  return { remote, clones };
}

/** What the command does, less what it says: all events whose texts hold a text. */
async function erase(clone: Clone, text = SECRET, trace: TraceName = '42', between?: () => Promise<void>): Promise<PushResult> {
  const { inboxes } = await fetchTraces(clone.ports, 'origin', [trace]);
  await eraseHere(clone, text, trace);
  await between?.();
  const result = await pushTraces(clone.ports, 'origin', [trace], { inboxes, erased: true });
  await forgetTracked(clone.ports, trace);
  return result;
}

async function eraseHere(clone: Clone, text = SECRET, trace: TraceName = '42'): Promise<void> {
  const entries = (await eventsOf(clone.ports, trace))?.entries ?? [];
  const ids = entries.filter(({ event }) => textsOf(event).some((said) => said.includes(text))).map(({ id }) => id);
  expect(ids).not.toEqual([]);
  await eraseEvents(clone.ports, trace, new Set(ids.map((id) => clone.ports.sha256(id))));
}

/** As `git trace sync` does. */
async function sync(clone: Clone, trace: TraceName = '42'): Promise<PushResult> {
  const { inboxes } = await fetchTraces(clone.ports, 'origin', [trace]);
  return pushTraces(clone.ports, 'origin', [trace], { inboxes });
}

async function texts(clone: Clone, trace: TraceName = '42'): Promise<string[]> {
  const entries = (await eventsOf(clone.ports, trace))?.entries ?? [];
  return entries.flatMap(({ event: { type, payload } }) => (type === 'annotation' ? [String(payload['text'])] : [])).sort();
}

async function expectSound(clone: Clone, erased: number, trace: TraceName = '42'): Promise<void> {
  const whole = await wholeTrace(clone.ports, trace);
  if (whole === undefined) throw new Error('there is no trace');
  const { faults, correctness } = await verifyJournal(whole.objects, whole.root, whole.tip, clone.ports.sha256);
  expect(faults).toEqual([]);
  expect(correctness.erased).toBe(erased);
  clone.at.git('fsck', '--strict', '--no-dangling');
}

describe('an event that is erased', () => {
  test('is nowhere once all have synced, though one of three clones was offline with events of its own', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, offline] = clones as [Clone, Clone, Clone];
    await one.record('before');
    await one.record(`the password is ${SECRET}`);
    await one.push();
    for (const clone of [two, offline]) await clone.fetch();
    await offline.record('unpushed');
    await one.record('after');
    await two.record('another');
    await sync(two);
    expect(objectsWith(remote, SECRET)).not.toEqual([]);

    const { delivered } = await erase(one);
    expect(delivered).toEqual(new Map([['42', 'sent']]));
    for (const at of [remote, one.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    await expectSound(one, 1);

    await offline.record('still unpushed');
    expect(objectsWith(offline.at, SECRET)).not.toEqual([]);
    expect((await offline.push()).delivered).toEqual(new Map([['42', 'sent']]));
    for (const clone of [two, one, offline]) await sync(clone);
    const all = ['after', 'another', 'before', 'still unpushed', 'unpushed'];
    for (const clone of clones) {
      expect(objectsWith(clone.at, SECRET)).toEqual([]);
      expect(await texts(clone)).toEqual(all);
      await expectSound(clone, 1);
      expect(clone.at.git('rev-parse', `${journalRef('42')}^{tree}`)).toBe(remote.git('rev-parse', `${journalRef('42')}^{tree}`));
    }
    expect(objectsWith(remote, SECRET)).toEqual([]);
    // and goes on as ever
    await two.record('later');
    expect((await two.push()).delivered).toEqual(new Map([['42', 'sent']]));
    expect(await one.fetch()).toEqual({ '42': 'fast-forward' });
  });

  test('does not come back when it is recorded again, here or in another clone, nor from a second writer', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    const batch = { session: { id: 'api-1' }, ts: '2026-11-20T08:00:00.000Z' };
    await one.record(SECRET, '42', batch);
    await one.record('stays');
    // the other has ingested the same batch before they met: one event, two writers
    await two.record(SECRET, '42', batch);
    await one.push();
    await erase(one);
    await one.record(SECRET, '42', batch);
    expect(await one.notes()).toEqual(['stays']);
    await sync(two);
    await two.record(SECRET, '42', batch);
    expect(await two.notes()).toEqual(['stays']);
    await sync(one);
    for (const at of [remote, one.at, two.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    await expectSound(one, 2);
  });

  test('goes from an archive too, and from clones that have the archive', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, late] = clones as [Clone, Clone, Clone];
    await one.record(SECRET);
    await one.record('stays');
    await one.record('of another pull request', '7');
    await one.push(['42', '7']);
    await late.fetch();
    await late.record('late');
    const wanted = ['42', '7'].map((trace) => ({ trace, month: '2026-11', since: '2026-11' }));
    expect((await archiveTraces(one.ports, 'origin', wanted)).failed).toEqual(new Map());
    await two.fetch();
    expect(two.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(NOVEMBER);

    expect((await erase(one)).failed).toEqual(new Map());
    for (const at of [remote, one.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    await sync(two);
    expect(objectsWith(two.at, SECRET)).toEqual([]);
    expect(await texts(two)).toEqual(['stays']);
    // who had only the journal opens the trace again, without the event
    await sync(late);
    for (const clone of clones) await sync(clone);
    for (const at of [remote, one.at, two.at, late.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    expect(await texts(late)).toEqual(['late', 'stays']);
    expect((await archiveTraces(two.ports, 'origin', wanted)).failed).toEqual(new Map());
    expect(await texts(two)).toEqual(['late', 'stays']);
    expect(await texts(two, '7')).toEqual(['of another pull request']);
    expect(objectsWith(remote, SECRET)).toEqual([]);
    remote.git('fsck', '--strict', '--no-dangling');
  });

  test('goes from an archive that somebody made who had the trace from elsewhere, and did not know', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, reader] = clones as [Clone, Clone, Clone];
    await one.record(`the password is ${SECRET}`);
    await one.record('stays');
    two.at.git('fetch', '-q', one.at.path, `+${journalRef('42')}:${journalRef('42')}`);
    await eraseHere(one);
    const wanted = [{ trace: '42', month: '2026-11', since: '2026-11' }];
    expect((await archiveTraces(two.ports, 'origin', wanted)).failed).toEqual(new Map());
    expect(objectsWith(remote, SECRET)).not.toEqual([]);
    expect(await reader.fetch()).toEqual({ '42': 'archived' });
    for (const clone of [one, two, reader]) expect((await sync(clone)).failed).toEqual(new Map());
    expect(objectsWith(remote, SECRET)).toEqual([]);
    for (const clone of [two, reader]) {
      expect(objectsWith(clone.at, SECRET)).toEqual([]);
      expect(await texts(clone)).toEqual(['stays']);
      expect(clone.at.git('rev-parse', NOVEMBER)).toBe(remote.git('rev-parse', NOVEMBER));
    }
  });

  test('goes from inboxes: one that lies there, and one that is delivered later', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, early, later] = clones as [Clone, Clone, Clone];
    await one.record(SECRET);
    await one.push();
    for (const job of [early, later]) {
      await job.fetch();
      await job.record(`job ${job === early ? 'early' : 'later'} ${SECRET.slice(0, 4)}`);
    }
    await deliverToInbox(early.ports, 'origin', '42');
    await erase(one);
    expect(objectsWith(remote, SECRET)).toEqual([]);
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(journalRef('42'));
    await deliverToInbox(later.ports, 'origin', '42');
    expect(objectsWith(remote, SECRET)).not.toEqual([]);
    await sync(one);
    for (const job of [early, later]) await sync(job);
    for (const at of [remote, one.at, early.at, later.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    for (const clone of clones) expect(await texts(clone)).toEqual(['job early swor', 'job later swor']);
  });

  test('goes from both versions where a copied clone has written too', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record(SECRET, '42', { session: { id: 's' } });
    // a copied git directory: the same writer, and the same place in the session said twice
    two.ports.files.replace('writer', one.ports.files.read('writer') ?? '');
    await one.push();
    await two.fetch();
    await one.record('one', '42', { session: { id: 's' } });
    await two.record('two', '42', { session: { id: 's' } });
    await one.push();
    await sync(two);
    expect(remote.git('ls-tree', '-r', '--name-only', journalRef('42'))).toContain('/s/0000000001.1.ndjson');
    await sync(one);
    await erase(one);
    await sync(two);
    for (const at of [remote, one.at, two.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    for (const clone of clones) expect(await texts(clone)).toEqual(['one', 'two']);
  });

  test('goes from the branch traces that became part of the trace', async () => {
    const { remote, clones } = await remoteWith(1);
    const [one] = clones as [Clone];
    one.at.git('checkout', '-q', '-b', 'topic');
    await one.record(SECRET, 'heads/topic');
    await one.push(['heads/topic']);
    await one.record('stays');
    one.at.git('config', 'branch.topic.trace', '42');
    const linked = await Clone.open(one.at);
    await erase(linked);
    one.at.git('update-ref', '-d', journalRef('heads/topic'));
    for (const at of [remote, one.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(journalRef('42'));
  });

  test('is in no reflog where somebody keeps them of all refs', async () => {
    const { clones } = await remoteWith(1);
    const [one] = clones as [Clone];
    await one.record(SECRET);
    await one.push();
    const ref = journalRef('42');
    one.at.git('-c', 'core.logAllRefUpdates=always', 'update-ref', '--create-reflog', '-m', 'by hand', ref, ref);
    one.at.git('-c', 'core.logAllRefUpdates=always', 'update-ref', 'refs/traces/42/journal', `${ref}^{commit}`);
    await one.record('more');
    await erase(one);
    expect(objectsWith(one.at, SECRET)).toEqual([]);
  });
});

describe('two who erase', () => {
  test('different events at once: both are gone', async () => {
    const { remote, clones } = await remoteWith(3);
    const [one, two, reader] = clones as [Clone, Clone, Clone];
    await one.record(SECRET);
    await one.record('hunter2-5678');
    await one.record('stays');
    await one.push();
    for (const clone of [two, reader]) await clone.fetch();
    await eraseHere(two, 'hunter2-5678');
    await erase(one);
    expect((await sync(two)).delivered).toEqual(new Map([['42', 'sent']]));
    for (const clone of clones) await sync(clone);
    for (const at of [remote, ...clones.map((clone) => clone.at)]) {
      expect(objectsWith(at, SECRET)).toEqual([]);
      expect(objectsWith(at, 'hunter2-5678')).toEqual([]);
    }
    for (const clone of clones) expect(await texts(clone)).toEqual(['stays']);
  });

  test('the same one: the second takes what the first has made', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record(SECRET);
    await one.push();
    await two.fetch();
    await eraseHere(two);
    await erase(one);
    const tip = remote.git('rev-parse', journalRef('42'));
    await sync(two);
    expect(remote.git('rev-parse', journalRef('42'))).toBe(tip);
    expect(two.at.git('rev-parse', journalRef('42'))).toBe(tip);
  });
});

describe('a push in between', () => {
  test('loses nothing: the lease is lost, and what came is united', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record(SECRET);
    await one.push();
    await two.fetch();
    const { delivered } = await erase(one, SECRET, '42', async () => {
      await two.record('in between');
      await two.push();
    });
    expect(delivered).toEqual(new Map([['42', 'sent']]));
    await sync(two);
    for (const at of [remote, one.at, two.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    for (const clone of clones) expect(await texts(clone)).toEqual(['in between']);
  });
});

describe('a remote that refuses', () => {
  test('to rewrite: it is erased here, waits, keeps nothing that is new from being recorded, and is done once it is let', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    remote.writeFile(
      'hooks/update',
      '#!/bin/sh\ncase $2 in *[!0]*) git merge-base --is-ancestor "$2" "$3" || { echo no rewriting here; exit 1; } ;; esac\n',
    );
    chmodSync(join(remote.path, 'hooks/update'), 0o755);
    await one.record(SECRET);
    await one.push();
    await two.fetch();
    const { failed } = await erase(one);
    expect(failed.get('42')).toContain('no rewriting here');
    expect(objectsWith(one.at, SECRET)).toEqual([]);
    expect(Object.keys(loadPending(one.ports.files)['origin'] ?? {})).toEqual(['42']);
    await one.record('later');
    await two.record('meanwhile');
    await two.push();
    await sync(one);
    expect(await texts(one)).toEqual(['later', 'meanwhile']);
    // what was fetched names it again
    await forgetTracked(one.ports, '42');
    expect(objectsWith(one.at, SECRET)).toEqual([]);
    // as the hint says
    rmSync(join(remote.path, 'hooks/update'));
    expect((await sync(one)).delivered).toEqual(new Map([['42', 'sent']]));
    expect(loadPending(one.ports.files)).toEqual({});
    await sync(two);
    for (const at of [remote, one.at, two.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    expect(await texts(two)).toEqual(['later', 'meanwhile']);
  });

  test('once, where others have just pushed: whoever has the erasure replaces it at the next sync', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record(SECRET);
    await one.record('stays');
    await one.push();
    await two.fetch();
    noteContended(one.ports.files, one.ports.clock, 'origin', ['42']);
    await eraseHere(one);
    expect((await sync(one)).delivered).toEqual(new Map([['42', 'sent']]));
    expect(objectsWith(remote, SECRET)).toEqual([]);
    await sync(two);
    expect(objectsWith(two.at, SECRET)).toEqual([]);
    expect(await texts(two)).toEqual(['stays']);
  });

  test('to answer: the next sync does it', async () => {
    const { remote, clones } = await remoteWith(2);
    const [one, two] = clones as [Clone, Clone];
    await one.record(SECRET);
    await one.push();
    await two.fetch();
    await eraseHere(one);
    one.at.git('remote', 'set-url', 'origin', '/nowhere');
    const away = await Clone.open(one.at);
    expect((await pushTraces(away.ports, 'origin', ['42'], { erased: true })).failed.size).toBe(1);
    one.at.git('remote', 'set-url', 'origin', remote.path);
    await two.record('meanwhile');
    await two.push();
    await sync(one);
    await sync(two);
    for (const at of [remote, one.at, two.at]) expect(objectsWith(at, SECRET)).toEqual([]);
    for (const clone of clones) expect(await texts(clone)).toEqual(['meanwhile']);
  });
});
