/** Traces over the transports that people have: HTTP with and without a password, and ssh. In a hook nothing ever asks. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { serveDaemon, serveHttp, serveSsh, traceAlongside } from '../helpers/transports.ts';

const PASSWORD = 'not-a-secret-at-all';

/** A clone with an event in the trace of pull request 42, and its remote. */
function recorded(): { repository: TestRepository; remote: TestRepository } {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.commitFile('a', 'a');
  repository.trace('link', '42', '--offline');
  repository.trace('note', 'over the wire');
  return { repository, remote };
}

function hasTrace(remote: TestRepository): boolean {
  return remote.git('for-each-ref', '--format=%(refname)', 'refs/traces') === 'refs/traces/42/journal';
}

describe('over HTTP', () => {
  test('a trace is pushed, and fetched by a clone that has none', async () => {
    const { repository, remote } = recorded();
    const { url } = await serveHttp(remote);
    repository.git('remote', 'set-url', 'origin', url);
    expect(await traceAlongside(repository, {}, 'push', '42')).toMatchObject({ status: 0, stderr: /pushed refs\/traces\/42\/journal/ });
    expect(hasTrace(remote)).toBe(true);
    const other = TestRepository.create();
    other.git('remote', 'add', 'origin', url);
    expect(await traceAlongside(other, {}, 'show', '42')).toMatchObject({ status: 0, stdout: /over the wire/ });
  });

  test('a password comes from the credential helper, and is nowhere afterwards', async () => {
    const { repository, remote } = recorded();
    const { url } = await serveHttp(remote, PASSWORD);
    repository.git('remote', 'set-url', 'origin', url);
    const helper = `!f() { echo username=ada; echo "password=${PASSWORD}"; }; f`;
    const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: helper };
    expect(await traceAlongside(repository, env, 'push', '42')).toMatchObject({ status: 0 });
    expect(hasTrace(remote)).toBe(true);
    expect(repository.run('grep', ['-rl', PASSWORD, '.git']).stdout).toBe('');
  });

  test('without a password nobody is asked: it is said once, waits, and goes with the next sync', async () => {
    const { repository, remote } = recorded();
    const { url, requests } = await serveHttp(remote, PASSWORD);
    repository.git('remote', 'set-url', 'origin', url);
    const refused = await traceAlongside(repository, {}, 'push', '42');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^warning: trace 42 is not on 'origin' yet: cannot push to 'origin': could not read Username/m);
    expect(requests.filter((request) => !request.endsWith(' 401'))).toEqual([]);
    expect(repository.trace('status').stdout).toMatch(/not delivered: 42 to 'origin', 1 attempt/);
    repository.git('remote', 'set-url', 'origin', url.replace('//', `//ada:${PASSWORD}@`));
    const delivered = await traceAlongside(repository, {}, 'sync');
    expect(delivered).toMatchObject({ status: 0, stderr: /1 trace pending, 0 left/ });
    expect(delivered.stderr).not.toContain(PASSWORD);
    expect(hasTrace(remote)).toBe(true);
  });
});

test('over git://, a trace is pushed, and fetched by a clone that has none', async () => {
  const { repository, remote } = recorded();
  const url = await serveDaemon(remote);
  repository.git('remote', 'set-url', 'origin', url);
  expect(await traceAlongside(repository, {}, 'push', '42')).toMatchObject({ status: 0, stderr: /pushed refs\/traces\/42\/journal/ });
  expect(hasTrace(remote)).toBe(true);
  const other = TestRepository.create();
  other.git('remote', 'add', 'origin', url);
  expect(await traceAlongside(other, {}, 'show', '42')).toMatchObject({ status: 0, stdout: /over the wire/ });
});

describe('over ssh', () => {
  const testSshd = skipUnless(existsSync('/usr/sbin/sshd'), 'sshd is not installed');

  testSshd('a trace is pushed, and fetched by a clone that has none', async () => {
    const { repository, remote } = recorded();
    const { url, command } = await serveSsh(remote);
    repository.git('remote', 'set-url', 'origin', url);
    const env = { GIT_SSH_COMMAND: command() };
    expect(await traceAlongside(repository, env, 'push', '42')).toMatchObject({ status: 0, stderr: /pushed refs\/traces\/42\/journal/ });
    expect(hasTrace(remote)).toBe(true);
    const other = TestRepository.create();
    other.git('remote', 'add', 'origin', url);
    expect(await traceAlongside(other, env, 'show', '42')).toMatchObject({ status: 0, stdout: /over the wire/ });
  });

  testSshd.for([
    ['a key that is missing', { key: false }, /Permission denied/],
    ['a host that nobody has met', { hostKnown: false }, /Host key verification failed/],
  ] as const)('%s is told, and nobody is asked', async ([, options, says]) => {
    const { repository, remote } = recorded();
    const { url, command } = await serveSsh(remote);
    repository.git('remote', 'set-url', 'origin', url);
    const refused = await traceAlongside(repository, { GIT_SSH_COMMAND: command(options) }, 'push', '42');
    expect(refused).toMatchObject({ status: 1, stderr: says });
    expect(repository.trace('status').stdout).toMatch(/not delivered: 42 to 'origin'/);
  });
});
