/**
 * Why a trace may not get through, each with its real cause: in the hook of a push it takes a bounded time, is said once,
 * asks nobody, is shown by status, and the next push after the cause is gone delivers.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { loadPty } from '../../src/adapters/terminal/pty.ts';
import { TestTerminal } from '../helpers/pty.ts';
import { BIN, hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { serveHttp, serveSsh } from '../helpers/transports.ts';

type Env = Readonly<Record<string, string | undefined>>;

interface Trouble {
  readonly url?: string;
  readonly env?: Env;
  /** What goes before the program. */
  readonly wrapped?: readonly string[];
  mend(): void;
}

interface Case {
  cause(repository: TestRepository, remote: TestRepository): Promise<Trouble>;
  /** What the hook says; ports and paths as `#`. */
  readonly says: string;
  /** Seconds within which it must have ended, on a busy machine. */
  readonly within: number;
  readonly runs?: typeof test;
}

const isRoot = process.getuid?.() === 0;
const testSshd = skipUnless(existsSync('/usr/sbin/sshd'), 'sshd is not installed');
const testUnwritable = skipUnless(!isRoot || hasProgram('setpriv'), 'root writes everywhere, and setpriv is not installed');
const testResolver = skipUnless(isRoot && hasProgram('unshare'), 'a resolver of its own wants root and unshare');
const NOTHING_IS_LOST = "hint: nothing is lost; the next push or 'git trace sync' tries again\n";
const NOT_YET = "warning: trace 42 is not on 'origin' yet: ";

/** A port of this machine at which somebody listens and never says a word, or, `closed`, nobody does. */
async function port({ closed = false } = {}): Promise<number> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // a TCP server has an address of this shape
  const { port: number } = server.address() as AddressInfo;
  if (closed) server.close();
  else onTestFinished(() => void server.close());
  return number;
}

function temporary(): string {
  return mkdtempSync(join(inject('temporaryFolder'), 'trouble-'));
}

/** `origin` leads somewhere else, until it is mended. */
function away(repository: TestRepository, remote: TestRepository, url: string, env: Env = {}): Trouble {
  repository.git('remote', 'set-url', 'origin', url);
  return { url, env, mend: () => repository.git('remote', 'set-url', 'origin', remote.path) };
}

const CASES: Record<string, Case> = {
  'a password that is missing': {
    cause: async (repository, remote) => {
      const { url } = await serveHttp(remote, 'not-a-secret-at-all');
      return {
        ...away(repository, remote, url),
        mend: () => repository.git('remote', 'set-url', 'origin', url.replace('//', '//ada:not-a-secret-at-all@')),
      };
    },
    says: `${NOT_YET}cannot push to 'origin': could not read Username for 'http://127.0.0.1:#': terminal prompts disabled\n`,
    within: 20,
  },
  'a password that is wrong': {
    cause: async (repository, remote) => {
      const { url } = await serveHttp(remote, 'not-a-secret-at-all');
      return away(repository, remote, url.replace('//', '//ada:not-that-one@'));
    },
    says: `${NOT_YET}cannot push to 'origin': Authentication failed for 'http://127.0.0.1:#/repository.git/'\n`,
    within: 20,
  },
  'a remote that is gone': {
    cause: async (_, remote) => {
      renameSync(remote.path, `${remote.path}.away`);
      return { mend: () => renameSync(`${remote.path}.away`, remote.path) };
    },
    says: `${NOT_YET}cannot push to 'origin': '#/repository.git' does not appear to be a git repository; Could not read from remote repository.\n`,
    within: 20,
  },
  'a remote that may not be written': {
    cause: async (repository, remote) => {
      // a transport of our own, so that only the remote's side runs with fewer rights
      const transport = join(temporary(), 'transport');
      const drop = isRoot ? 'setpriv --bounding-set=-dac_override,-dac_read_search,-fowner ' : '';
      writeFileSync(transport, `#!/bin/sh\nshift\n${drop}sh -c "$*"\n`, { mode: 0o755 });
      repository.git('config', 'ssh.variant', 'simple');
      repository.git('config', 'core.sshCommand', transport);
      repository.git('remote', 'set-url', 'origin', `host:${remote.path}`);
      const folders = [remote.path, join(remote.path, 'objects'), join(remote.path, 'refs')];
      const allow = (mode: number): void => {
        for (const folder of folders) chmodSync(folder, mode);
      };
      allow(0o555);
      onTestFinished(() => allow(0o755));
      return { mend: () => allow(0o755) };
    },
    says: `${NOT_YET}[remote rejected] (unpacker error): remote unpack failed: unable to create temporary object directory\n`,
    within: 20,
    runs: testUnwritable,
  },
  'a hook that declines': {
    cause: async (_, remote) => {
      const hook = join(remote.path, 'hooks/pre-receive');
      mkdirSync(join(remote.path, 'hooks'), { recursive: true });
      writeFileSync(hook, '#!/bin/sh\necho traces are not wanted here\nexit 1\n', { mode: 0o755 });
      return { mend: () => rmSync(hook) };
    },
    says: `${NOT_YET}[remote rejected] (pre-receive hook declined): traces are not wanted here\n`,
    within: 20,
  },
  'a port at which nobody listens': {
    cause: async (repository, remote) => away(repository, remote, `http://127.0.0.1:${await port({ closed: true })}/repository.git`),
    says: `${NOT_YET}cannot push to 'origin': unable to access 'http://127.0.0.1:#/repository.git/': Failed to connect to 127.0.0.1 port # after # ms: Couldn't connect to server\n`,
    within: 20,
  },
  'a host that never answers, over HTTP': {
    cause: async (repository, remote) => away(repository, remote, `http://127.0.0.1:${await port()}/repository.git`),
    says: `${NOT_YET}'origin' gave no answer within # seconds\n`,
    within: 20,
  },
  'a host that never answers, over git://': {
    cause: async (repository, remote) => away(repository, remote, `git://127.0.0.1:${await port()}/repository.git`),
    says: `${NOT_YET}'origin' gave no answer within # seconds\n`,
    within: 20,
  },
  'a resolver that never answers': {
    cause: async (repository, remote) => {
      const resolver = createSocket('udp4');
      resolver.bind(53, '127.9.9.9');
      await once(resolver, 'listening');
      onTestFinished(() => void resolver.close());
      const file = join(temporary(), 'resolv.conf');
      writeFileSync(file, 'nameserver 127.9.9.9\noptions timeout:30 attempts:5\n');
      const wrapped = ['unshare', '--mount', 'sh', '-c', `mount --bind '${file}' /etc/resolv.conf && exec "$@"`, 'sh'];
      return { ...away(repository, remote, 'https://git.example.org/repository.git'), wrapped };
    },
    says: `${NOT_YET}'origin' gave no answer within # seconds\n`,
    within: 20,
    runs: testResolver,
  },
  'a host that nobody has met, over ssh': {
    cause: async (repository, remote) => {
      const { url, command } = await serveSsh(remote);
      return away(repository, remote, url, { GIT_SSH_COMMAND: command({ hostKnown: false }) });
    },
    says: `${NOT_YET}cannot push to 'origin': Host key verification failed.; Could not read from remote repository.\n`,
    within: 20,
    runs: testSshd,
  },
  'a server that wants a password, over ssh': {
    cause: async (repository, remote) => {
      const { url, command } = await serveSsh(remote, { password: true });
      return away(repository, remote, url, { GIT_SSH_COMMAND: command({ key: false }) });
    },
    says: `${NOT_YET}cannot push to 'origin': root@127.0.0.1: Permission denied (publickey,password).; Could not read from remote repository.\n`,
    within: 20,
    runs: testSshd,
  },
  'a host that never answers, over ssh': {
    cause: async (repository, remote) =>
      away(repository, remote, `ssh://127.0.0.1:${await port()}/repository.git`, { GIT_SSH_COMMAND: 'ssh -F /dev/null' }),
    says: `${NOT_YET}'origin' gave no answer within # seconds\n`,
    within: 20,
    runs: testSshd,
  },
};

/** What the hook of a push runs; never blocks this process, which serves. */
async function hook(
  repository: TestRepository,
  { env = {}, wrapped = [] }: Partial<Trouble>,
): Promise<{ stderr: string; seconds: number }> {
  const oid = repository.git('rev-parse', 'HEAD');
  const [program = '', ...args] = [...wrapped, process.execPath, BIN, 'hook', 'pre-push', 'origin', 'url'];
  const began = performance.now();
  const child = spawn(program, args, {
    cwd: repository.path,
    env: { ...process.env, ...repository.env, ...env, GITTRACE_IN_HOOK: '1' },
  });
  child.stdin.end(`refs/heads/main ${oid} refs/heads/main ${'0'.repeat(40)}\n`);
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString('utf8')));
  await once(child, 'close');
  expect(child.exitCode).toBe(0);
  const plain = stderr.replaceAll(/\/\S*(?=\/repository\.git' does)/g, '#').replaceAll(/(?<=:|port |after |within )[0-9]+/g, '#');
  return { stderr: plain.replace(/\S+(?=@127\.0\.0\.1: Perm)/, 'root'), seconds: (performance.now() - began) / 1000 };
}

describe.each(Object.entries(CASES))('%s', (_, { cause, says, within, runs = test }) => {
  runs('is said once, in time, waits, and is delivered when the cause is gone', { timeout: 120_000 }, async () => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.trace('link', '42', '--offline');
    repository.trace('note', 'on its way');
    repository.git('config', 'trace.timeout', '3');
    const trouble = await cause(repository, remote);
    const first = await hook(repository, trouble);
    expect(first.stderr).toBe(says + NOTHING_IS_LOST);
    expect(first.seconds).toBeLessThan(within);
    expect(await hook(repository, trouble)).toMatchObject({ stderr: '' });
    expect(repository.trace('status').stdout).toMatch(/^not delivered: 42 to 'origin', 2 attempts in [0-9]+ seconds?: /m);
    expect(repository.trace('flush').stderr).toContain("1 trace could not be delivered to 'origin' yet; 'git trace sync' tries again\n");
    trouble.mend();
    expect(await hook(repository, {})).toMatchObject({ stderr: "trace: pushed refs/traces/42/journal to 'origin'\n" });
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/42/journal');
    expect(repository.trace('status').stdout).not.toContain('not delivered');
    expect(existsSync(repository.inGitDir('trace/pending.json'))).toBe(false);
  });
});

const testTerminal = skipUnless(existsSync('/usr/sbin/sshd') && loadPty() !== undefined, 'sshd or @lydell/node-pty is not installed');

testTerminal('at a terminal, nobody is asked for a password or a host key either', async () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.trace('link', '42', '--offline');
  const { url, command } = await serveSsh(remote, { password: true });
  repository.git('remote', 'set-url', 'origin', url);
  const line = `refs/heads/main ${repository.git('rev-parse', 'HEAD')} refs/heads/main ${'0'.repeat(40)}`;
  for (const options of [{ key: false }, { hostKnown: false }]) {
    const env = { ...repository.env, GIT_SSH_COMMAND: command(options), GITTRACE_IN_HOOK: '1' };
    const script = `echo '${line}' | "$0" "$1" hook pre-push origin url; echo ended`;
    await using terminal = new TestTerminal('/bin/sh', ['-c', script, process.execPath, BIN], { cwd: repository.path, env, columns: 200 });
    await terminal.ended;
    expect(terminal.text()).toMatch(/is not on 'origin' yet: cannot push to 'origin': .*(Permission denied|Host key verification failed)/);
    expect(terminal.text()).not.toMatch(/password:|passphrase|yes\/no/);
  }
});

describe('a push that fails when its hook has ceased to wait', () => {
  test('is told of at the next push, once', { timeout: 120_000 }, async () => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.git('config', 'trace.pushWait', '1');
    repository.git('config', 'trace.recorder', 'false');
    expect(repository.trace('init').status).toBe(0);
    mkdirSync(join(remote.path, 'hooks'), { recursive: true });
    writeFileSync(join(remote.path, 'hooks/pre-receive'), '#!/bin/sh\n! grep -q refs/traces\n', { mode: 0o755 });
    repository.trace('link', '42', '--offline');
    const push = (): string => {
      repository.commitFile('a', `${performance.now()}`);
      return repository.run('git', ['push', '-q', 'origin', 'main']).stderr;
    };
    const told = (attempts: number): Promise<unknown> =>
      vi.waitFor(() => {
        const pending: unknown = JSON.parse(repository.readFile('.git/trace/pending.json'));
        expect(pending).toMatchObject({ origin: { '42': { attempts } } });
        return pending;
      }, 20_000);
    expect(push()).toBe('');
    expect(await told(1)).toMatchObject({ origin: { '42': { told: false } } });
    writeFileSync(repository.inGitDir('trace/push-wait'), '60000\n');
    expect(push()).toMatch(
      /^warning: trace 42 waits for 'origin' since a push [0-9]+ seconds? ago, and is tried again now: \[remote rejected\] \(pre-receive hook declined\)\n$/,
    );
    expect(await told(2)).not.toMatchObject({ origin: { '42': { told: false } } });
    expect(push()).toBe('');
    await told(3);
  });

  test('is tried again by what the recorder starts, which says nothing', async () => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.trace('link', '42', '--offline');
    const hooks = join(remote.path, 'hooks');
    mkdirSync(hooks, { recursive: true });
    writeFileSync(join(hooks, 'pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(repository.trace('push', '42').status).toBe(1);
    writeFileSync(join(hooks, 'pre-receive'), '#!/bin/sh\necho for another reason\nexit 1\n');
    expect(repository.trace('hook', 'deliver')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const pending: unknown = JSON.parse(repository.readFile('.git/trace/pending.json'));
    expect(pending).toMatchObject({ origin: { '42': { attempts: 2, told: false, error: expect.stringContaining('for another reason') } } });
    rmSync(join(hooks, 'pre-receive'));
    expect(repository.trace('hook', 'deliver')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(repository.exists('.git/trace/pending.json')).toBe(false);
    expect(remote.git('rev-parse', 'refs/traces/42/journal')).toBe(repository.git('rev-parse', 'refs/traces/42/journal'));
  });
});
