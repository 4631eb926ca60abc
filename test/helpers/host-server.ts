/**
 * A real HTTP server that plays a host's API in front of the adapters: answers by handlers, keeps what it was asked, and
 * is closed with the test. What it answers has the shape that the host documents.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What was asked. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Parsed, if there was one. */
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made JSON, unless it is text. */
  readonly body?: unknown;
}

/** Answers a request; `undefined` is never answered. */
export type Handler = (asked: Asked) => Reply | undefined | Promise<Reply | undefined>;

export interface HostServer {
  /** e.g. `http://127.0.0.1:40123` */
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  /** What is answered from now on. */
  handler: Handler;
}

/** Starts a server on a free port of this machine. */
export async function startHost(handler: Handler, secure?: ServerOptions): Promise<HostServer> {
  const asked: Asked[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    asked.push(one);
    const reply = await host.handler(one);
    if (reply === undefined) return;
    const { status = 200, headers = {}, body } = reply;
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server: Server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
  const port = await listen(server);
  const host: HostServer = { url: `${secure === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, asked, handler };
  return host;
}

/** Makes a server listen on a free port of this machine until the test is over. */
export async function listen(server: Server): Promise<number> {
  // a tunnel's are no longer the server's own
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  // a server on a port has an address with one
  return (server.address() as AddressInfo).port;
}
