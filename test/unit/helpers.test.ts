/** The ground that the other tests stand on: the environment is hermetic, and skipping is never silent. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hermeticEnvironment } from '../helpers/environment.ts';
import { removeFolder } from '../helpers/remove-folder.ts';

test('the environment of tests keeps nothing of the person or the CI around them', () => {
  const outside = { PATH: '/bin', GIT_DIR: '/x', GITTRACE: '0', CI: 'true', NO_COLOR: '1', GH_TOKEN: 'x', EDITOR: 'vi', TZ: 'Asia/Tokyo' };
  const environment = hermeticEnvironment(outside, '/t');
  expect(environment).toMatchObject({ PATH: '/bin', HOME: '/t/home', GIT_CONFIG_NOSYSTEM: '1', TZ: 'UTC', LC_ALL: 'C.UTF-8' });
  for (const name of ['GIT_DIR', 'GITTRACE', 'CI', 'NO_COLOR', 'GH_TOKEN', 'EDITOR']) expect(environment).not.toHaveProperty(name);
});

test('tests run in that environment', () => {
  expect(process.env['HOME']).toMatch(/\/git-trace-test-.*\/home$/);
  expect(Object.keys(process.env).filter((name) => /^(GITTRACE|CI$|SSH_|GH_|NO_COLOR)/.test(name))).toEqual([]);
  expect(new Date(0).getHours()).toBe(0);
});

test('a folder is removed in which a program still writes', async () => {
  const folder = join(process.env['HOME'] ?? '', 'left/over');
  mkdirSync(folder, { recursive: true });
  const program = spawn('sh', ['-c', 'i=0; while [ $((i += 1)) -lt 5000 ]; do : > "$0/$i"; done 2>/dev/null', folder], { stdio: 'ignore' });
  const ended = new Promise((resolve) => program.on('close', resolve));
  while (!existsSync(join(folder, '100'))) await new Promise((resolve) => setImmediate(resolve));
  removeFolder(join(folder, '..'));
  await ended;
  expect(existsSync(folder)).toBe(false);
});
