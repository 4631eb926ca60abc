/** Looking for reports among real files: links, FIFOs and what cannot be read are none. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder, reportFilesIn } from '../../src/adapters/fs/report-files.ts';

let top = '';

beforeAll(() => {
  const folder = mkdtempSync(join(process.env['HOME'] ?? '', 'reports-'));
  top = join(folder, 'top');
  mkdirSync(join(top, 'out'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside/junit.xml'), '<testsuite/>');
  writeFileSync(join(top, 'out/junit.xml'), '<testsuite/>');
  utimesSync(join(top, 'out/junit.xml'), 1_795_252_860.5, 1_795_252_860.5);
  symlinkSync('../outside', join(top, 'linked'));
  symlinkSync('out/junit.xml', join(top, 'link.xml'));
  execFileSync('mkfifo', [join(top, 'fifo.xml')]);
});

describe('the files of a work tree', () => {
  test('are listed by kind', () => {
    expect(reportFilesIn(top).list('')).toEqual([
      { name: 'fifo.xml', kind: 'other' },
      { name: 'link.xml', kind: 'other' },
      { name: 'linked', kind: 'other' },
      { name: 'out', kind: 'folder' },
    ]);
  });

  test('have a size and a time', () => {
    expect(reportFilesIn(top).stat('out/junit.xml')).toEqual({ size: 12, modified: 1_795_252_860_500 });
  });

  test('are read up to a limit', () => {
    expect(reportFilesIn(top).read('out/junit.xml', 5)?.toString()).toBe('<test');
    expect(reportFilesIn(top).read('out/junit.xml', 500)?.toString()).toBe('<testsuite/>');
  });

  test.each(['fifo.xml', 'link.xml', 'out', 'missing.xml', 'out/junit.xml/below', '\u0000'])('%j is none', (path) => {
    expect(reportFilesIn(top).stat(path)).toBeUndefined();
    expect(reportFilesIn(top).read(path, 10)).toBeUndefined();
  });

  test('a folder that lies elsewhere has nothing', () => {
    expect(reportFilesIn(top).list('linked')).toEqual([]);
    expect(reportFilesIn(top).list('../outside')).toEqual([]);
    expect(reportFilesIn(top).list('missing')).toEqual([]);
  });
});

test('a temporary folder is ours alone, and goes', () => {
  const folder = makeTemporaryFolder();
  folder?.write('a', 'text');
  const path = folder?.path ?? '';
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(path, 'a'), 'utf8')).toBe('text');
  folder?.remove();
  expect(existsSync(path)).toBe(false);
});
