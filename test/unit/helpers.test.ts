/** The ground that the other tests stand on: the environment is hermetic, and skipping is never silent. */
import { expect, test } from 'vitest';
import { hermeticEnvironment } from '../helpers/environment.ts';

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
