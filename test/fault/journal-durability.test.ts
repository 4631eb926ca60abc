/** What a flush acknowledges survives a power cut: everything is synced before the ref names it, and the ref before the spool forgets. */
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { driver, start } from '../helpers/driver.ts';
import { note } from '../helpers/journal.ts';
import { openJournal } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { NO_STRACE, readCalls } from '../helpers/strace.ts';

beforeAll(() => driver());

const REF = 'refs/traces/42/journal';
const SYNCS = ['fsync', 'fdatasync'];
const MOVES = ['rename', 'renameat', 'renameat2', 'link', 'linkat'];

/** The calls of a flush of so many events, and functions that tell where in them something happened; -1 for never. */
async function traced(events: number, config: Readonly<Record<string, string>> = {}) {
  const at = TestRepository.create();
  for (const [key, value] of Object.entries(config)) at.git('config', key, value);
  const journal = await openJournal(at);
  journal.spool(...Array.from({ length: events }, (_, i) => note(`note ${i}`, 0, { session: { id: `s${i % 100}` } })));
  const log = join(at.path, 'strace.log');
  const through = ['strace', '-f', '-y', '-s', '4096', '-o', log, '-e', `trace=${[...SYNCS, ...MOVES, 'unlink', 'unlinkat'].join(',')}`];
  const { status, errors } = await (await start(at, { do: 'flush' }, through)).ended;
  expect({ status, errors }).toEqual({ status: 0, errors: '' });
  const calls = readCalls(log).map(({ name, paths }) => ({
    name,
    paths: paths.map((path) => (path.startsWith('/') ? path : join(at.path, '.git', path))),
  }));
  const git = join(at.path, '.git');
  const synced = (path: string, before: number): boolean =>
    calls.some(({ name, paths }, i) => i < before && SYNCS.includes(name) && paths[0] === path);
  const moved = (to: string): number => calls.findIndex(({ name, paths }) => MOVES.includes(name) && paths.at(-1) === join(git, to));
  const syncedAfter = (path: string, after: number): number =>
    calls.findIndex(({ name, paths }, i) => i > after && SYNCS.includes(name) && paths[0] === join(git, path));
  const removed = (part: string): number => calls.findIndex(({ name, paths }) => name.startsWith('unlink') && paths.at(-1)?.includes(part));
  return { at, git, calls, synced, moved, syncedAfter, removed };
}

const testTraced = skipUnless(NO_STRACE === undefined, NO_STRACE ?? '');

describe.each([
  { title: 'loose objects', events: 3, config: {} },
  { title: 'a pack', events: 300, config: {} },
  {
    title: 'loose objects, against the user’s own settings',
    events: 3,
    config: { 'core.fsync': 'none', 'core.fsyncMethod': 'writeout-only' },
  },
  { title: 'a pack, against the user’s own settings', events: 300, config: { 'core.fsync': 'none', 'core.fsyncMethod': 'writeout-only' } },
])('$title', ({ events, config }) => {
  testTraced('objects, state and ref are synced, each before what depends on it', async () => {
    const { at, git, calls, synced, moved, syncedAfter, removed } = await traced(events, config);
    const swap = moved(REF);
    expect(swap).toBeGreaterThan(0);

    // every object file got its name after its bytes were safe, and the name was safe before the swap
    const objects = calls.flatMap(({ name, paths }, i) => {
      const [from = '', to = ''] = [paths[0], paths.at(-1)];
      return MOVES.includes(name) && to.startsWith(join(git, 'objects/')) ? [{ from, to, i }] : [];
    });
    const wanted = events > 64 ? 2 : Number(at.git('count-objects').split(' ')[0]);
    expect(objects).toHaveLength(wanted);
    for (const { from, to, i } of objects) {
      expect(synced(from, i), `${from} synced before it became ${to}`).toBe(true);
      expect(i).toBeLessThan(swap);
      const folder = syncedAfter(dirname(to).slice(git.length + 1), i);
      expect(folder > i && folder < swap, `${dirname(to)} synced before the swap`).toBe(true);
      const isNew = syncedAfter('objects', i);
      if (basename(dirname(to)) !== 'pack') expect(isNew > i && isNew < swap, 'the folder of folders synced before the swap').toBe(true);
    }

    // the intent was safe before the swap
    const intent = moved('trace/state.json');
    expect(synced(calls[intent]?.paths[0] ?? '', intent), 'the intent synced before it was named').toBe(true);
    const intentKept = syncedAfter('trace', intent);
    expect(intentKept > intent && intentKept < swap, 'its folder synced before the swap').toBe(true);
    expect(objects.every(({ i }) => i < intent)).toBe(true);

    // the ref was safe before the spool forgot
    expect(synced(`${join(git, REF)}.lock`, swap), 'the ref synced before it was named').toBe(true);
    const forgotten = removed('/spool/test-');
    for (const folder of ['refs/traces/42', 'refs/traces', 'refs']) {
      const kept = syncedAfter(folder, swap);
      expect(kept > swap && kept < forgotten, `${folder} synced before the spool is forgotten`).toBe(true);
    }
    expect(at.git('rev-parse', '--verify', '-q', REF)).not.toBe('');
  });
});

testTraced('a spooled record that is to be durable is synced with its name, in folders that are new', async () => {
  const at = TestRepository.create();
  const journal = await openJournal(at);
  const log = join(at.path, 'strace.log');
  const script = `const { TraceFolder } = await import(process.argv[1]); new TraceFolder(process.argv[2]).append('spool/a-1-b.ndjson', 'x', { durable: true })`;
  const file = new URL('../../src/adapters/fs/trace-files.ts', import.meta.url).pathname;
  const out = join(at.path, 'trace-files.mjs');
  const { build } = await import('esbuild');
  await build({ entryPoints: [file], outfile: out, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
  const result = at.run('strace', [
    '-f',
    '-y',
    '-o',
    log,
    '-e',
    'trace=fsync,fdatasync',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
    out,
    journal.files.path,
  ]);
  expect(result).toMatchObject({ status: 0 });
  const synced = readCalls(log).map(({ paths }) => paths[0]?.slice(at.path.length + 1));
  expect(synced).toEqual(['.git/trace/spool/a-1-b.ndjson', '.git/trace/spool', '.git/trace', '.git']);
});
