/** A flush that is killed at any of its steps: nothing is lost, nothing doubled, nothing is left in the way of the next one. */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadState } from '../../src/journal/state.ts';
import { driver, run, start } from '../helpers/driver.ts';
import { note, readTexts } from '../helpers/journal.ts';
import type { Flushed } from '../helpers/journal-driver.ts';
import { expectSound, openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

beforeAll(() => driver());

/** A repository with a journal, in whose spool 7 events of two traces and one torn record wait. */
async function setUp(): Promise<TestRepository> {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  journal.spool(note('0'), note('s 0', 0, { session: { id: 's' } }));
  await journal.flush();
  journal.spool(note('1', 1), note('2', 2));
  journal.spool(
    note('s 1', 1, { session: { id: 's' } }),
    note('s 2', 2, { session: { id: 's' } }),
    note('x', 1, { place: { trace: '7' } }),
  );
  // of a process that is dead, and of one that lives on
  journal.files.append('spool/test-999999999-00.ndjson', `\n${JSON.stringify(note('3', 3))}\n\n{"pla`);
  journal.files.append(`spool/test-${process.pid}-00.ndjson`, `\n${JSON.stringify(note('4', 4))}\n`);
  return at;
}

/** Keeps a repository as it is; the answer makes it so again. */
function keep(at: TestRepository): () => void {
  const [now, kept] = [join(at.path, '.git'), join(at.path, '../kept')];
  cpSync(now, kept, { recursive: true, preserveTimestamps: true });
  return () => {
    rmSync(now, { recursive: true });
    cpSync(kept, now, { recursive: true, preserveTimestamps: true });
  };
}

/** Flushes again and asserts that every event is there once and nothing is left over. */
async function expectRecovered(at: TestRepository, point: string): Promise<void> {
  const journal = await openJournal(at);
  const started = performance.now();
  expect(await journal.flush()).toMatchObject({ held: new Map() });
  expect(performance.now() - started, `after a kill ${point}`).toBeLessThan(5_000);
  expect(readTexts(at, 'refs/traces/42/journal')).toEqual(['0', '1', '2', '3', '4', 's 0', 's 1', 's 2']);
  expect(readTexts(at, 'refs/traces/7/journal')).toEqual(['x']);
  expectSound(at);
  const files = readdirSync(join(at.path, '.git'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => /\.lock$|\.tmp$|flush\.lock/.test(name))).toEqual([]);
  expect(journal.files.list('spool')).toEqual([`test-${process.pid}-00.ndjson`]);
  expect(journal.files.list('quarantine')).toHaveLength(2);
  expect(loadState(journal.files).intent).toBeUndefined();
  // and once more, as if the offsets had been lost too
  journal.files.remove('state.json');
  expect(await journal.flush()).toMatchObject({ accepted: 0, duplicate: 1 });
  await journal.close();
}

/** Kills a flush at each point that it passes, and recovers. */
async function killEverywhere(at: TestRepository): Promise<void> {
  const restore = keep(at);
  const { points } = await run<Flushed>(at, { do: 'flush' });
  for (const [i, point] of points.entries()) {
    restore();
    const { signal } = await (await start(at, { do: 'flush', killAt: i + 1 })).ended;
    expect({ point, signal }).toEqual({ point, signal: 'SIGKILL' });
    await expectRecovered(at, point);
  }
  rmSync(join(at.path, '../kept'), { recursive: true });
}

describe('killed before and after every call of a port', () => {
  test('the points are the steps of a flush, in their order', async () => {
    const { points } = await run<Flushed>(await setUp(), { do: 'flush' });
    const named = points.map((point) => point.replace(/spool\/.*/, 'spool/…')).filter((point) => !/quarantine|ids/.test(point));
    expect([...new Set(named)]).toEqual([
      'before files.lock flush.lock',
      'after files.lock flush.lock',
      'before batch.write',
      'after batch.write',
      'before files.replace state.json',
      'after files.replace state.json',
      'before refs.update',
      'after refs.update',
      'before files.remove spool/…',
      'after files.remove spool/…',
      'done',
    ]);
    expect(named.slice(-3)).toEqual(['before files.replace state.json', 'after files.replace state.json', 'done']);
  });

  test('every point', async () => {
    await killEverywhere(await setUp());
  });

  test('every point of a flush that finds the swap made and nothing forgotten', async () => {
    const at = await setUp();
    const restore = keep(at);
    const { points } = await run<Flushed>(at, { do: 'flush' });
    restore();
    await (await start(at, { do: 'flush', killAt: points.indexOf('after refs.update') + 1 })).ended;
    rmSync(join(at.path, '../kept'), { recursive: true });
    await killEverywhere(at);
  });
});
