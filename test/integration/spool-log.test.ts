/** The file that many requests write to: one sync for all who wait, order, a file that goes away, a disk that is full. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SpoolLog } from '../../src/adapters/fs/spool-log.ts';

function setUp(): { log: SpoolLog; folder: string; text: () => string } {
  const folder = join(mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'log-')), 'trace');
  let n = 0;
  const log = new SpoolLog(folder, () => `spool/serve-1-${n++}.ndjson`);
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

test('while it is paused nothing is written; then the next file begins behind all of the old one', async () => {
  const { log, folder, text } = setUp();
  await log.append('one\n');
  await log.pause();
  const waiting = log.append('two\n');
  expect(log.isIdle).toBe(false);
  expect(text()).toBe('one\n');
  expect(log.rotate()).toBe('spool/serve-1-0.ndjson');
  log.resume();
  await waiting;
  expect(readFileSync(join(folder, 'spool/serve-1-1.ndjson'), 'utf8')).toBe('two\n');
  expect(await log.close()).toBe('spool/serve-1-1.ndjson');
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
