/** Hosts that cannot be reached: what is said, and how soon. */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isTraceError } from '../../src/core/errors.ts';
import type { Host } from '../../src/core/host.ts';
import { pullAnswer } from '../helpers/host-answers.ts';
import { selfSigned } from '../helpers/host-certificate.ts';
import { openAt } from '../helpers/host-opened.ts';
import { listen, startHost } from '../helpers/host-server.ts';
import { hasProgram } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const testTls = skipUnless(hasProgram('openssl'), 'openssl is not installed');

async function said(host: Host): Promise<string> {
  const error = await host.findPullRequests({ number: '42' }).catch((thrown: unknown) => thrown);
  if (!isTraceError(error) || error.code !== 'host-failed') throw error;
  return [error.message, ...error.hints.map((hint) => `hint: ${hint}`)].join('\n');
}

describe('nobody is there', () => {
  test('at that port', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    expect(await said(await openAt(`http://127.0.0.1:${port}`))).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': nobody answers there (ECONNREFUSED)
      hint: without the network all else works on, and nothing is lost"
    `);
  });

  test('under that name', async () => {
    const text = await said(await openAt('https://nowhere.invalid'));
    expect(text.replace('EAI_AGAIN', 'ENOTFOUND')).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': its address is not known here (ENOTFOUND)
      hint: without the network all else works on, and nothing is lost"
    `);
  });
});

describe('nobody answers', () => {
  test.each([
    ['hook', 2_600, 400],
    ['command', 4_100, 400],
    ['ci', 4_100, 400],
    ['command', 60_000, 250],
  ] as const)('a %s that has spent %i ms waits for %i more', async (purpose, spent, left) => {
    const server = await startHost(() => undefined);
    const started = performance.now();
    expect(await said(await openAt(server.url, { purpose, spent }))).toMatch(/: no answer within 1 second\nhint: /);
    expect(performance.now() - started).toBeGreaterThan(left - 5);
    expect(performance.now() - started).toBeLessThan(left + 1_500);
  });

  test('after the first answer a command has its full time again, a hook has not', async () => {
    const outcomes = [];
    // two seconds are left for the first answer, which comes at once, and the second takes longer than that
    for (const [purpose, spent] of [
      ['command', 2_500],
      ['hook', 1_000],
    ] as const) {
      const slow = await startHost(
        () => new Promise((resolve) => setTimeout(() => resolve({ body: pullAnswer() }), slow.asked.length > 1 ? 2_100 : 0)),
      );
      const host = await openAt(slow.url, { purpose, spent });
      await host.findPullRequests({ number: '42' });
      outcomes.push(
        await host.findPullRequests({ number: '42' }).then(
          () => 'answered',
          () => 'given up',
        ),
      );
    }
    expect(outcomes).toEqual(['answered', 'given up']);
  });

  test('what a job does before it asks is none of its time', async () => {
    const slow = await startHost(() => new Promise((resolve) => setTimeout(() => resolve({ body: pullAnswer() }), 700)));
    const host = await openAt(slow.url, { purpose: 'ci' });
    const now = performance.now.bind(performance);
    // it fetches from a fork for a minute
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    onTestFinished(() => clock.mockRestore());
    expect(await host.findPullRequests({ number: '42' })).toHaveLength(1);
  });

  test('to the end: the connection breaks off', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{', () => response.destroy());
    });
    const port = await listen(server);
    expect(await said(await openAt(`http://127.0.0.1:${port}`))).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the connection broke off (UND_ERR_SOCKET)
      hint: without the network all else works on, and nothing is lost"
    `);
  });
});

testTls('a certificate that nobody has vouched for', async () => {
  const server = await startHost(() => ({ body: pullAnswer() }), selfSigned());
  expect(await said(await openAt(server.url))).toMatchInlineSnapshot(`
    "cannot read pull request 42 of 'o/r' on 'github.com': its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)
    hint: NODE_EXTRA_CA_CERTS names a file with your company's certificate, if the network needs one"
  `);
  expect(server.asked).toEqual([]);
});

describe('a proxy', () => {
  /** A proxy that connects to whatever it is told, or refuses with a status. */
  async function startProxy(refuse?: number): Promise<{ url: string; seen: string[]; authorizations: (string | undefined)[] }> {
    const seen: string[] = [];
    const authorizations: (string | undefined)[] = [];
    const server = createServer();
    server.on('connect', (request, socket) => {
      seen.push(request.url ?? '');
      authorizations.push(request.headers['proxy-authorization']);
      if (refuse !== undefined) return socket.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`);
      const [host, port] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    return { url: `http://127.0.0.1:${await listen(server)}`, seen, authorizations };
  }

  test.each(['http_proxy', 'HTTP_PROXY'])('of %s is used, and knows who asks', async (variable) => {
    const server = await startHost(() => ({ body: pullAnswer() }));
    const proxy = await startProxy();
    const env = { [variable]: proxy.url.replace('//', '//me:secret@') };
    expect(await (await openAt(server.url, { env })).findPullRequests({ number: '42' })).toHaveLength(1);
    expect(proxy.seen).toEqual([`127.0.0.1:${server.port}`]);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`]);
  });

  test.each(['no_proxy', 'NO_PROXY'])('is not used for what %s names', async (variable) => {
    const server = await startHost(() => ({ body: pullAnswer() }));
    const env = { HTTP_PROXY: 'http://127.0.0.1:1', [variable]: 'example.com,127.0.0.1' };
    expect(await (await openAt(server.url, { env })).findPullRequests({ number: '42' })).toHaveLength(1);
  });

  testTls.each(['https_proxy', 'HTTPS_PROXY'])('of %s is used for https, and sees nothing of what is said', async (variable) => {
    const server = await startHost(() => ({ body: pullAnswer() }), selfSigned());
    const proxy = await startProxy();
    expect(await said(await openAt(server.url, { env: { [variable]: proxy.url } }))).toContain('its certificate is not trusted');
    expect(proxy.seen).toEqual([`127.0.0.1:${server.port}`]);
  });

  test('that refuses, or is not there, is told, and not its password', async () => {
    const proxy = await startProxy(407);
    const env = { HTTPS_PROXY: proxy.url.replace('//', '//me:secret@') };
    expect(await said(await openAt('https://api.github.com', { env }))).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the proxy refused the connection (407)
      hint: HTTPS_PROXY names a proxy, and NO_PROXY the hosts that need none: are they right?"
    `);
    const gone = await said(await openAt('https://api.github.com', { env: { https_proxy: 'http://me:secret@127.0.0.1:1' } }));
    expect(gone).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': nobody answers there (ECONNREFUSED)
      hint: without the network all else works on, and nothing is lost
      hint: https_proxy names a proxy, and NO_PROXY the hosts that need none: are they right?"
    `);
  });
});
