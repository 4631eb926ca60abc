/** A contributor's fork: its trace is fetched from the base by URL, and taken over as what it is, somebody else's data. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

test('a fork is read by URL, and taken over into the trace of the pull request', () => {
  const { repository: base, remote } = TestRepository.createWithRemote();
  const fork = remote.clone({ bare: true, name: 'fork.git' });
  const theirs = fork.clone({ name: 'theirs' });
  theirs.git('switch', '-q', '-c', 'fix');
  expect(theirs.trace('note', 'found it').status).toBe(0);
  expect(theirs.trace('push').status).toBe(0);

  const got = base.trace('fetch', '--fork', fork.path, '--branch', 'fix', '42');
  expect(got.stderr).toBe('refs/traces/heads/fix/journal: 2 new lines\n');
  expect(got.status).toBe(0);
  expect(base.trace('show', '42').stdout).toContain('found it');
  expect(base.trace('verify', '42').status).toBe(0);
  expect(base.trace('fetch', '--fork', fork.path, '--branch', 'none', '42')).toMatchObject({
    status: 1,
    stderr: 'the fork has no trace of 42\n',
  });
  expect(base.trace('fetch', '--fork', fork.path, '42').status).toBe(129);

  // a remote may be a URL: nothing about it is configured
  base.git('remote', 'remove', 'origin');
  expect(base.trace('push', '--remote', remote.path, '42').status).toBe(0);
  expect(theirs.trace('fetch', '--remote', remote.path, '42').stderr).toContain('refs/traces/42/journal');
  expect(theirs.trace('show', '42').stdout).toContain('found it');
  expect(theirs.trace('fetch', '--remote', remote.path, '43')).toMatchObject({ status: 1 });
});
