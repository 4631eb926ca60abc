/** What hostile clients do to the server: each is refused with the right status, in bounded memory, and the next one is served. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BIN, TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';
import { skipUnless } from '../helpers/skip.ts';

const MIB = 1_048_576;
const HEAD = 'POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };
const good = { pr: 42, session: 's', events: [{ ts: '2026-11-21T09:00:00Z', type: 'annotation', payload: { text: 'good' } }] };

/** A connection on which anything can be written; `ended` has all that came back, and `says` waits for a text in it. */
function raw(
  server: Pick<Server, 'url'>,
  localAddress = '127.0.0.1',
): { socket: Socket; ended: Promise<string>; says(wanted: string): Promise<void> } {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', localAddress });
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', () => {});
  return {
    socket,
    ended: new Promise((resolve) => socket.once('close', () => resolve(text))),
    async says(wanted) {
      while (!text.includes(wanted)) await once(socket, 'data', { signal: AbortSignal.timeout(30_000) });
    },
  };
}

/** The most memory that the server ever held, in MiB. */
function peakOf(server: Server): number {
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]) / 1_024;
}

async function expectWell(server: Server): Promise<void> {
  expect((await server.ingest(good)).status).toBe(200);
  expect(server.process.exitCode).toBeNull();
  expect(server.stderr).toBe('');
}

describe('bodies', () => {
  test('of a gigabyte are refused, told or untold, and never held', async () => {
    const server = await Server.start(TestRepository.create());
    await server.ingest(good);
    const before = peakOf(server);
    const told = raw(server);
    told.socket.write(`${HEAD}Content-Length: 1073741824\r\n\r\n`);
    expect(await Promise.race([once(told.socket, 'data').then(([text]) => String(text)), told.ended])).toMatch(/^HTTP\/1.1 413 /);
    const untold = raw(server);
    untold.socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const piece = `100000\r\n${'x'.repeat(MIB)}\r\n`;
    let sent = 0;
    const answered = once(untold.socket, 'data').then(([text]) => String(text));
    for (; sent < 1_024 && !untold.socket.destroyed; sent++)
      if (!untold.socket.write(piece)) await Promise.race([once(untold.socket, 'drain').catch(() => {}), untold.ended]);
    expect(await answered).toMatch(/^HTTP\/1.1 413 /);
    // it stopped reading long before the end
    expect(sent).toBeLessThan(200);
    expect(peakOf(server) - before).toBeLessThan(150);
    await expectWell(server);
  });

  test.each<[string, string, number]>([
    ['two hundred thousand brackets', '['.repeat(200_000), 400],
    ['an event nested a hundred thousand deep', `[{"type":"x","payload":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]`, 200],
    ['nothing', '', 200],
    ['a NUL', '\0', 400],
    ['a number', '7', 400],
    ['a string', '"events"', 400],
    ['null', 'null', 400],
    ['events that are none', '{"events":{"length":1}}', 400],
    ['keys twice around the events', '{"events":[],"events":[]}', 400],
    ['half of it', '{"events":[{"type":', 400],
    ['11,000 events', `[${'{"type":"x","payload":{}},'.repeat(10_999)}{"type":"x","payload":{}}]`, 413],
    ['a pull request that climbs', '{"pr":"../../etc/passwd","events":[]}', 400],
    ['a branch that climbs', '{"branch":"../../../etc","events":[]}', 400],
    ['a session that climbs', '{"session":"../../hooks","events":[]}', 400],
    ['a session of one event that climbs', '[{"type":"x","session":"..","payload":{}}]', 200],
  ])('%s: the right status, and nothing else happens', async (_, body, status) => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    const answer = await server.ingest(body);
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.json).toMatchObject({ accepted: 0 });
    else expect(answer.json).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(answer.text.length).toBeLessThan(2_000);
    await expectWell(server);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/traces/').split('\n').length).toBeLessThan(2);
  });

  test('that are refused are heard out, so that whoever sends one hears why', async () => {
    const server = await Server.start(TestRepository.create());
    const body = new Uint8Array(9 * MIB).fill(0x20);
    for (let i = 0; i < 20; i++) expect((await server.ask('/ingest', { ...POST, body })).status).toBe(413);
    expect((await server.ask('/ingest', { ...POST, headers: { ...POST.headers, host: 'evil.example' }, body })).status).toBe(421);
    await expectWell(server);
  });

  test('that are small and hold too much are refused before they are parsed', { timeout: 90_000 }, async () => {
    const server = await Server.start(TestRepository.create());
    await server.ingest(good);
    const before = peakOf(server);
    const within = (many: string): string => `[{"type":"x","payload":{"a":[${many}[]]}}]`;
    const bodies = ['['.repeat(8_000_000), '{"a":'.repeat(1_600_000), within('[],'.repeat(2_600_000)), within('1,'.repeat(4_000_000))];
    const asked = bodies.flatMap((body) => [server.ingest(body), server.ingest(body, '/v1/logs')]);
    for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ status: 413, json: { error: { code: 'too-large' } } });
    // they are held as they come, and no more
    expect(peakOf(server) - before).toBeLessThan(250);
    await expectWell(server);
  });

  test('members that mean something to JavaScript are members like others, or refused, and change nothing', async () => {
    const server = await Server.start(TestRepository.create());
    const body = `[
      {"ts":"2026-11-21T09:00:00Z","type":"x","payload":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}},
      {"ts":"2026-11-21T09:00:00Z","type":"x","__proto__":{"payload":{}}},
      {"ts":"2026-11-21T09:00:00Z","type":"__proto__","payload":{}},
      {"ts":"2026-11-21T09:00:00Z","type":"x","payload":{"a":1,"a":2}},
      {"ts":"2026-11-21T09:00:00Z","type":"constructor","payload":{}}]`;
    const { json } = await server.ingest(body);
    expect((json as { rejected: { index: number }[] }).rejected.map(({ index }) => index)).toEqual(expect.arrayContaining([1, 2, 3]));
    expect((await server.ask('/healthz')).text).not.toContain('polluted');
    await expectWell(server);
  });
});

describe('connections', () => {
  test('that send a byte now and then are ended, while others are served', { timeout: 90_000 }, async () => {
    const server = await Server.start(TestRepository.create());
    // a head that never ends, and a body
    const beginnings = ['POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ', `${HEAD}Content-Length: 1000000\r\n\r\n`];
    const slow = Array.from({ length: 20 }, () => raw(server));
    for (const [i, { socket }] of slow.entries()) socket.write(beginnings[i % 2] ?? '');
    const drip = setInterval(() => {
      for (const { socket } of slow) if (!socket.destroyed) socket.write(' ');
    }, 500);
    onTestFinished(() => clearInterval(drip));
    await expectWell(server);
    const answers = await Promise.all(slow.map(({ ended }) => ended));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 408 /);
    await expectWell(server);
  });

  test('by the ten thousand are closed above the limit and do no harm below it', { timeout: 120_000 }, async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    await server.ingest(good);
    // whoever was there before is served all the while
    const reader = raw(server);
    reader.socket.write('GET /traces/42/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await reader.says('"text":"good"');
    const before = peakOf(server);
    const ended: Promise<string>[] = [];
    for (let i = 0; i < 100; i++) {
      // from several addresses, since one has less than thirty thousand ports for all of this machine
      const some = Array.from({ length: 100 }, () => raw(server, `127.0.0.${2 + (i % 10)}`));
      await Promise.all(some.map(({ socket }) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
      for (const { socket } of some) if (i % 2 === 0 && !socket.destroyed) socket.write('POST /ingest HTTP/1.1\r\nHost: 127.0.0.1\r\n');
      ended.push(...some.map((one) => one.ended));
    }
    expect(ended).toHaveLength(10_000);
    expect(peakOf(server) - before).toBeLessThan(150);
    const note = { input: JSON.stringify({ pr: 42, events: [{ type: 'annotation', payload: { text: 'meanwhile' } }] }) };
    expect(repository.traceWith(note, 'ingest', '-').status).toBe(0);
    await reader.says('"text":"meanwhile"');
    reader.socket.destroy();
    // those that do not say what they want are ended in their time, and then there is room
    const answers = await Promise.all(ended);
    expect(answers.filter((answer) => !/^(?:HTTP\/1.1 408 |$)/.test(answer))).toEqual([]);
    await expectWell(server);
  });

  const knowsLimits = skipUnless(existsSync('/proc/self/limits'), 'this system does not tell how many files may be open');

  knowsLimits('leave room for files where few may be open', async () => {
    const repository = TestRepository.create();
    const line = `ulimit -n 200 && exec "$0" "$1" serve --port 0`;
    const child = spawn('sh', ['-c', line, process.execPath, BIN], { cwd: repository.path, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = String(await once(child.stdout, 'data').then(([text]) => text)).trim();
    const early = raw({ url });
    const body = JSON.stringify(good);
    early.socket.write(`${HEAD}Content-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
    await early.says('100 Continue');
    const some = Array.from({ length: 300 }, () => raw({ url }).socket);
    await Promise.all(some.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    early.socket.write(body);
    expect(await early.ended).toContain('HTTP/1.1 200 OK');
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    expect(repository.git('grep', '-h', '-o', '"text":"[a-z]*"', 'refs/traces/42/journal')).toBe('"text":"good"');
  });

  test('from one address that ask too often are told to wait', async () => {
    const server = await Server.start(TestRepository.create(), ['--rate', '5']);
    const answers = await Promise.all(Array.from({ length: 30 }, () => server.ask('/healthz')));
    const told = answers.filter(({ status }) => status === 429);
    expect(told.length).toBeGreaterThan(10);
    for (const { headers } of told) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });
});

describe('who may not ask', () => {
  test('a foreign page, a foreign name, no token', async () => {
    const server = await Server.start(TestRepository.create(), ['--allow-origin', 'https://ours.example'], {
      GITTRACE_TOKEN: 'a-long-random-token',
    });
    const authorization = 'Bearer a-long-random-token';
    const post = (headers: Record<string, string>) => server.ingest(good, '/ingest', { authorization, ...headers });
    expect((await post({ host: 'evil.example' })).status).toBe(421);
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post({ authorization: 'Bearer another-long-token' })).status).toBe(401);
    expect((await server.ask('/traces')).status).toBe(401);
    expect((await server.ask('/healthz')).status).toBe(200);
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://ours.example', 'access-control-request-method': 'POST' } };
    expect(await server.ask('/ingest', preflight)).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': 'https://ours.example' },
    });
    expect((await server.ask('/ingest', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await post({ origin: 'https://ours.example' })).status).toBe(200);
    expect(server.stderr).toBe('');
  });

  test('beyond loopback nothing starts without a token, and a short one is refused', () => {
    const at = TestRepository.create();
    expect(at.trace('serve', '--listen', '0.0.0.0', '--port', '0')).toMatchObject({
      status: 129,
      stderr: expect.stringContaining('token'),
    });
    const env = { GITTRACE_TOKEN: 'short' };
    const refused = at.traceWith({ env }, 'serve', '--port', '0');
    expect(refused).toMatchObject({ status: 129 });
    expect(refused.stderr).not.toContain('short"');
  });
});
