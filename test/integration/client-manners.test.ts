/** The client library over real HTTP, with servers of every manner: nobody waits for them, nothing is lost, order stays. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openClient } from '../../src/client/index.ts';

type Manner = (request: IncomingMessage, response: ServerResponse, texts: readonly string[]) => void;

const GOOD = '{"accepted":1,"duplicate":0,"rejected":[],"accepted_event_ids":[]}';
const good: Manner = (_, response) => void response.end(GOOD);

/** A server whose manner can change, and what it took: the events of requests that it answered well. */
class Standing {
  manner: Manner = good;
  readonly taken: string[] = [];
  readonly asked: string[] = [];
  readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const { events } = JSON.parse(await text(request).catch(() => '{"events":[]}')) as { events: { payload: { text: string } }[] };
      const texts = events.map(({ payload }) => payload.text);
      this.asked.push(...texts);
      this.manner(request, response, texts);
      if (this.manner === good) this.taken.push(...texts);
    });
  }

  async listen(port = 0): Promise<string> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    onTestFinished(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
    // a TCP server has an address of this shape
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const folder = (): string => mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'outbox-'));
const note = (text: string) => ({ type: 'annotation', payload: { text } });
const TEXTS = Array.from({ length: 20 }, (_, i) => `event ${i}`);

test.each<[string, Manner]>([
  ['never answers', () => {}],
  ['answers 500', (_, response) => void response.writeHead(500).end('oops')],
  ['answers 413 to more than one', (_, response, texts) => void response.writeHead(texts.length > 1 ? 413 : 503).end()],
  ['answers 429', (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end()],
  ['closes before it answers', (request) => void request.socket.destroy()],
  [
    'closes in the middle of its answer',
    (request, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write(GOOD.slice(0, 20), () => request.socket.destroy());
    },
  ],
  ['sends half a JSON', (_, response) => void response.end(GOOD.slice(0, 20))],
])('a server that %s keeps nobody waiting, and gets everything once it is well', async (_, manner) => {
  const standing = new Standing();
  standing.manner = manner;
  const client = openClient({ folder: folder(), url: await standing.listen() });
  for (const one of TEXTS) client.enqueue(note(one));
  // it has not been answered well, and yet whoever fires goes on
  expect(await client.fireSync(note('fired'), 100)).toBe('kept');
  expect(client.pending).toBe(TEXTS.length + 1);
  standing.manner = good;
  // what hangs is given up; the rest is tried at once
  standing.server.closeAllConnections();
  while (client.pending > 0) await client.flushPending(1_000);
  expect(standing.taken).toEqual([...TEXTS, 'fired']);
  expect(client.setAside()).toEqual([]);
  await client.close();
});

test('a server that is away for a while gets everything when it is there', async () => {
  const first = new Standing();
  const url = await first.listen();
  const port = Number(new URL(url).port);
  first.server.close();
  await once(first.server, 'close');
  const client = openClient({ folder: folder(), url });
  for (const one of TEXTS) client.enqueue(note(one));
  expect(await client.flushPending(5_000)).toMatchObject({ pending: 20, sent: 0, left: 20 });
  expect(client.failure?.error).toContain('ECONNREFUSED');
  const second = new Standing();
  await second.listen(port);
  while (client.pending > 0) await client.flushPending(1_000);
  expect(second.taken).toEqual(TEXTS);
  await client.close();
});
