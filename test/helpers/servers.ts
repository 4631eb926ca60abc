/**
 * Real git servers on this machine, for tests and benches alike: `git http-backend` behind HTTP, an sshd that only its own
 * key may enter, `git daemon`. Each lives until it is closed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface HttpRemote {
  /** Without a name and a password in it. */
  readonly url: string;
  /** `METHOD path status`, in order. */
  readonly requests: readonly string[];
  close(): void;
}

/** Serves a bare repository (which must allow `http.receivepack`) over HTTP. @param password asked of the user `ada`; none, and everybody may push */
export async function startHttp(path: string, password?: string): Promise<HttpRemote> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    response.on('finish', () => requests.push(`${request.method} ${request.url} ${response.statusCode}`));
    const wanted = password === undefined ? undefined : `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    else backend(path, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // a TCP server has an address of this shape
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository.git`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One CGI conversation with `git http-backend` (RFC 3875). */
function backend(path: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: path,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'ada',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname.replace('/repository.git', ''),
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.on('close', () => {
    const all = Buffer.concat(pieces);
    const end = all.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of all.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(all.subarray(end + 4));
  });
}

export interface SshRemote {
  readonly url: string;
  /** `ssh` with the host's key known and, where it is wanted, our key. */
  command(options?: { key?: boolean; hostKnown?: boolean }): string;
  close(): void;
}

export interface SshOptions {
  /** What the key may run, whatever was asked for (`command="…"` in authorized_keys). */
  readonly forced?: string;
  /** Asks for a password, too, and waits for it. */
  readonly password?: boolean;
}

/** Serves this machine's files over a real sshd, on a port and with keys of its own, which stand in `folder`. */
export async function startSsh(folder: string, path: string, { forced, password = false }: SshOptions = {}): Promise<SshRemote> {
  chmodSync(folder, 0o700);
  const at = (name: string): string => join(folder, name);
  for (const key of ['host', 'user']) spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  const key = spawnSync('cat', [at('user.pub')], { encoding: 'utf8' }).stdout;
  writeFileSync(at('authorized'), forced === undefined ? key : `command="${forced.replaceAll('"', '\\"')}",restrict ${key}`);
  const port = await freePort();
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PasswordAuthentication ${password ? 'yes' : 'no'}`,
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      // a crowd that comes all at once is let in
      'MaxStartups 200',
      `PidFile ${at('pid')}`,
      '',
    ].join('\n'),
  );
  // its privilege separation wants this folder, which a machine without a running sshd may lack
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('config')], { stdio: 'ignore' });
  await answers(port, sshd);
  const hostKey = spawnSync('cat', [at('host.pub')], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(at('unknown'), '');
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    command: ({ key: withKey = true, hostKnown = true } = {}) =>
      `ssh -F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -o IdentityFile=${withKey ? at('user') : 'none'} -o UserKnownHostsFile=${hostKnown ? at('known') : at('unknown')}`,
    close: () => void sshd.kill('SIGKILL'),
  };
}

/** Serves a bare repository over `git://`, with pushing allowed. */
export async function startDaemon(path: string): Promise<{ url: string; close: () => void }> {
  const port = await freePort();
  const args = ['daemon', '--listen=127.0.0.1', `--port=${port}`, '--export-all', '--enable=receive-pack', `--base-path=${dirname(path)}`];
  // a group of its own: git starts git-daemon, and that one a child for each conversation
  const child = spawn('git', args, { stdio: 'ignore', detached: true });
  await answers(port, child);
  return {
    url: `git://127.0.0.1:${port}${path.slice(dirname(path).length)}`,
    close: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

/**
 * A port for a server that cannot be told to take any. Of those that the system hands out itself one may have been given to
 * somebody else before the server has it.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + randomInt(20_000);
    const server = createTcpServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Waits until somebody listens; a port has no event that one could await from outside. */
async function answers(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await wait(25);
  }
  throw new Error('the server did not start');
}
