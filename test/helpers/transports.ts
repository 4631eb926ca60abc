/** The servers of servers.ts for one test each: they end with it. And the built command, run beside a server that is in this process. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { Outcome, TestRepository } from './repository.ts';
import { type HttpRemote, type SshOptions, type SshRemote, startDaemon, startHttp, startSsh } from './servers.ts';

/** Serves a bare repository over HTTP. @param password asked of the user `ada`; none, and everybody may push */
export async function serveHttp(remote: TestRepository, password?: string): Promise<HttpRemote> {
  remote.git('config', 'http.receivepack', 'true');
  const server = await startHttp(remote.path, password);
  onTestFinished(() => server.close());
  return server;
}

/** Serves this machine's files over a real sshd, on a port and with keys of its own. */
export async function serveSsh(remote: TestRepository, options: SshOptions = {}): Promise<SshRemote> {
  const server = await startSsh(mkdtempSync(join(inject('temporaryFolder'), 'sshd-')), remote.path, options);
  onTestFinished(() => server.close());
  return server;
}

/** Serves a bare repository over `git://`; the answer is its URL. */
export async function serveDaemon(remote: TestRepository): Promise<string> {
  const { url, close } = await startDaemon(remote.path);
  onTestFinished(close);
  return url;
}

/** Runs the built command without blocking this process, which may be the server that it talks to. */
export async function traceAlongside(
  repository: TestRepository,
  env: Readonly<Record<string, string | undefined>>,
  ...args: string[]
): Promise<Outcome> {
  const before = { ...repository.env };
  Object.assign(repository.env, env);
  const child = repository.startTrace(args, { stdio: ['ignore', 'pipe', 'pipe'] });
  Object.assign(repository.env, Object.fromEntries(Object.keys(env).map((name) => [name, before[name]])));
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (piece: Buffer) => (text.stdout += piece.toString('utf8')));
  child.stderr?.on('data', (piece: Buffer) => (text.stderr += piece.toString('utf8')));
  await once(child, 'close');
  return { ...text, status: child.exitCode, signal: child.signalCode };
}
