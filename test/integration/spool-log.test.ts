/** The file that many requests write to: one sync for all who wait, order, a file that goes away, a disk that is full. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SpoolLog } from '../../src/adapters/fs/spool-log.ts';
import { byNumber } from '../../src/spool/read.ts';

function setUp(limit = 1_000_000_000): { log: SpoolLog; folder: string; text: () => string } {
  const folder = join(mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'log-')), 'trace');
  let n = 0;
  const log = new SpoolLog(folder, () => `spool/serve-1-${n++}.ndjson`, limit);
  const text = (): string =>
    readdirSync(join(folder, 'spool'))
      .map((name) => readFileSync(join(folder, 'spool', name), 'utf8'))
      .join('');
  return { log, folder, text };
}

test('what is appended at once is written in order, also large pieces among small ones', async () => {
  const { log, text } = setUp();
  const pieces = Array.from({ length: 50 }, (_, i) => `${i} ${'x'.repeat(i % 7 === 0 ? 300_000 : 10)}\n`);
  const done: number[] = [];
  await Promise.all(pieces.map((piece, i) => log.append(piece).then(() => done.push(i))));
  expect(done).toEqual(pieces.map((_, i) => i));
  expect(text()).toBe(pieces.join(''));
  expect(log.size).toBe(Buffer.byteLength(pieces.join('')));
  expect(log.isIdle).toBe(true);
});

test('a long file gives way to the next, without a pause, and what is read by name is in order', async () => {
  const { log, folder } = setUp(20);
  const pieces = Array.from({ length: 60 }, (_, i) => `piece ${i}\n`);
  for (let i = 0; i < pieces.length; i += 2) await Promise.all(pieces.slice(i, i + 2).map((piece) => log.append(piece)));
  const names = readdirSync(join(folder, 'spool')).sort(byNumber);
  expect(names.length).toBeGreaterThan(11);
  expect(names.map((name) => readFileSync(join(folder, 'spool', name), 'utf8')).join('')).toBe(pieces.join(''));
  // all but the last one, each once
  expect(log.takeComplete()).toEqual(names.slice(0, -1).map((name) => `spool/${name}`));
  expect(log.takeComplete()).toEqual([]);
  await log.close();
  expect(log.takeComplete()).toEqual(names.slice(-1).map((name) => `spool/${name}`));
});

test('begun anew when idle, the next file holds what comes then', async () => {
  const { log, folder } = setUp();
  log.rotate();
  await log.append('one\n');
  log.rotate();
  expect([log.size, log.takeComplete()]).toEqual([0, ['spool/serve-1-0.ndjson']]);
  await log.append('two\n');
  expect(readFileSync(join(folder, 'spool/serve-1-1.ndjson'), 'utf8')).toBe('two\n');
});

test('a file that somebody has removed is made anew, with what was just written', async () => {
  const { log, folder, text } = setUp();
  await log.append('read by them\n');
  rmSync(join(folder, 'spool/serve-1-0.ndjson'));
  await log.append('not read by anybody\n');
  expect(text()).toBe('not read by anybody\n');
});

test('a folder that cannot be written fails those who wait, and is tried anew by the next', async () => {
  const { log, folder, text } = setUp();
  rmSync(dirname(folder), { recursive: true });
  writeFileSync(dirname(folder), 'in the way');
  await expect(log.append('lost\n')).rejects.toMatchObject({ code: 'internal' });
  rmSync(dirname(folder));
  await log.append('kept\n');
  expect(text()).toBe('kept\n');
});
