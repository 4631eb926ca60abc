/** Where the command takes its token from, that it asks nobody for one, and that it is soon done where nobody answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pullAnswer } from '../helpers/host-answers.ts';
import { selfSigned } from '../helpers/host-certificate.ts';
import { repositoryOn, traceBeside } from '../helpers/host-linked.ts';
import { type HostServer, startHost } from '../helpers/host-server.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const startAnswering = () => startHost(() => ({ body: pullAnswer() }));
const tokens = (host: HostServer) => host.asked.map(({ headers }) => headers.authorization ?? 'none');

/** Puts a program on the PATH of a repository. */
function putProgram(repository: TestRepository, name: string, script: string): string {
  const folder = join(dirname(repository.path), 'programs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}`);
  chmodSync(path, 0o755);
  repository.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`;
  return path;
}

test('the environment comes first, then gh, then what git has kept, then nothing', async () => {
  const host = await startAnswering();
  const repository = repositoryOn(host.url);
  await traceBeside(repository, 'link', '1');
  const helper = putProgram(repository, 'helper', '[ "$1" = get ] && { cat >&2; echo username=me; echo password=kept; }\n');
  repository.git('config', 'credential.helper', helper);
  await traceBeside(repository, 'link', '2');
  // gh is not told what the environment has: for another host it would give that
  putProgram(repository, 'gh', '[ "$*" = "auth token --hostname github.com" ] && echo "from-gh$GH_TOKEN$GH_ENTERPRISE_TOKEN"\n');
  repository.env['GH_ENTERPRISE_TOKEN'] = 'enterprise';
  await traceBeside(repository, 'link', '3');
  repository.env['GITHUB_TOKEN'] = 'github';
  await traceBeside(repository, 'link', '4');
  repository.env['GH_TOKEN'] = 'gh';
  await traceBeside(repository, 'link', '5');
  expect(tokens(host)).toEqual(['none', 'Bearer kept', 'Bearer from-gh', 'Bearer github', 'Bearer gh']);
});

test('a token is looked for once, however many repositories of a host are asked', async () => {
  const host = await startHost(() => ({ body: [] }));
  const repository = repositoryOn(host.url);
  repository.git('remote', 'add', 'upstream', 'git@github.com:u/r.git');
  putProgram(repository, 'gh', `echo "$*" >>"${join(repository.path, 'asked')}"; echo from-gh\n`);
  expect((await traceBeside(repository, 'link')).status).toBe(1);
  expect(new Set(host.asked.map(({ path }) => path.split('/').slice(0, 4).join('/')))).toEqual(new Set(['/repos/u/r', '/repos/o/r']));
  expect(repository.readFile('asked')).toBe('auth token --hostname github.com\n');
});

test('nobody is asked for a password, and a helper that takes too long is left', async () => {
  const host = await startAnswering();
  const repository = repositoryOn(host.url);
  const askpass = putProgram(repository, 'askpass', `touch "${join(repository.path, 'asked')}"; echo typed\n`);
  for (const name of ['GIT_ASKPASS', 'SSH_ASKPASS']) repository.env[name] = askpass;
  repository.git('config', 'core.askPass', askpass);
  await traceBeside(repository, 'link', '1');
  expect(repository.exists('asked')).toBe(false);
  repository.git('config', 'credential.helper', putProgram(repository, 'helper', 'sleep 60; echo password=late\n'));
  putProgram(repository, 'gh', 'exec sleep 60\n');
  const started = performance.now();
  expect((await traceBeside(repository, 'link', '2')).status).toBe(0);
  // three seconds for both, and what starting and linking take on a busy machine; the helpers sleep for a minute
  expect(performance.now() - started).toBeLessThan(30_000);
  expect(tokens(host)).toEqual(['none', 'none']);
});

test('a host that does not answer is given up within 5 seconds, and the command ends', async () => {
  const host = await startHost(() => undefined);
  const repository = repositoryOn(host.url);
  repository.env['GH_TOKEN'] = 'ghp_thetokenofthistest';
  const started = performance.now();
  const { status, stderr } = await traceBeside(repository, 'link', '42');
  const spent = performance.now() - started;
  expect(spent).toBeGreaterThan(4_000);
  // starting and linking is no part of asking, and takes long on a busy machine
  expect(spent).toBeLessThan(30_000);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^warning: .*: no answer within [1-5] seconds?\nhint: .*\nlinked branch/);
});

skipUnless(hasProgram('openssl'), 'openssl is not installed')(
  'a company with its own certificate: NODE_EXTRA_CA_CERTS names it',
  async () => {
    const certificate = selfSigned();
    const host = await startHost(() => ({ body: pullAnswer() }), certificate);
    const repository = repositoryOn(host.url);
    repository.env['NODE_EXTRA_CA_CERTS'] = certificate.path;
    expect((await traceBeside(repository, 'link', '42')).stderr).not.toContain('warning');
    expect(host.asked).toHaveLength(1);
  },
);

skipUnless(hasProgram('openssl'), 'openssl is not installed')('the same at a push, whose hook starts without it', async () => {
  const certificate = selfSigned();
  const host = await startHost(() => ({ body: [pullAnswer()] }), certificate);
  const repository = repositoryOn(host.url);
  repository.git('config', 'remote.origin.pushurl', TestRepository.createBare().path);
  repository.git('config', 'trace.pushWait', '20000');
  expect(repository.trace('init').status).toBe(0);
  repository.commitFile('b', 'b\n');
  const env = { ...process.env, GH_TOKEN: 'ghp_thetokenofthistest', NODE_EXTRA_CA_CERTS: certificate.path };
  const child = spawn('git', ['push', '-q', 'origin', 'topic'], { cwd: repository.path, env, stdio: 'ignore' });
  expect((await once(child, 'close'))[0]).toBe(0);
  expect(host.asked).toHaveLength(1);
  expect(repository.trace('status').stdout).not.toContain('could not be looked up');
});
