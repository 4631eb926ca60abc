/**
 * The server on the wire: hono finds the route, node's own server keeps the time limits. Bodies are read piece by piece,
 * up to a limit each and a limit for all; answers that are written as they come end when whoever asked has gone.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { fail } from '../../core/errors.ts';
import {
  busy,
  type HttpAnswer,
  type HttpHead,
  type HttpLimits,
  HttpRefusal,
  type HttpRequest,
  type HttpServer,
  type HttpSite,
} from '../../core/http.ts';

interface Env {
  Bindings: HttpBindings;
  Variables: { route: string };
}

/** What all requests hold together, and whether the server is to end. */
interface Shared {
  held: number;
  readonly ended: AbortController;
}

const HEADER_BYTES = 16_384;
const KEEP_ALIVE = 5_000;
/** Bytes of a body that are read after the request was refused. */
const MOST_PASSED = 64 * 1_048_576;
/** How often node looks for requests that take too long. */
const CHECK = 1_000;

/**
 * Begins to listen.
 *
 * @param where `port` 0 takes a free one
 * @throws cannot-listen
 */
export async function startServer(
  site: HttpSite,
  where: { readonly host: string; readonly port: number },
  limits: HttpLimits,
): Promise<HttpServer> {
  const shared: Shared = { held: 0, ended: new AbortController() };
  const server = createAdaptorServer({
    fetch: appOf(site, limits, shared).fetch,
    createServer,
    serverOptions: {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.headersTime,
      requestTimeout: limits.requestTime,
      keepAliveTimeout: KEEP_ALIVE,
      connectionsCheckingInterval: CHECK,
    },
  }) as Server; // made by node:http's createServer, given above
  server.maxConnections = limits.connections;
  await listen(server, where);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : where.port;
  return {
    url: `http://${isIPv6(where.host) ? `[${where.host}]` : where.host}:${port}`,
    close: () => close(server, shared, limits.endTime),
  };
}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'something listens there already' : cause.message;
      reject(
        fail(
          'cannot-listen',
          `cannot listen on '${host}' port ${port}: ${why}`,
          ["choose another port with '--port', 0 for any that is free"],
          {
            cause,
          },
        ),
      );
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => {}); // of one connection that could not be taken
      resolve();
    });
  });
}

/** Milliseconds between two looks for connections that have become idle, once the server is to end. */
const IDLE_LOOK = 20;

function close(server: Server, shared: Shared, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), limit);
    // one that was busy until now would be kept for another request
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(idle);
      resolve();
    });
    shared.ended.abort();
    server.closeIdleConnections();
  });
}

function appOf(site: HttpSite, limits: HttpLimits, shared: Shared): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    const { incoming, outgoing } = messagesOf(context);
    const began = performance.now();
    const head = headOf(incoming);
    outgoing.once('close', () => {
      const route = context.get('route') ?? '';
      const seconds = (performance.now() - began) / 1_000;
      site.answered({ route, method: route === '' ? 'other' : head.method, status: outgoing.statusCode, seconds });
    });
    for (const [name, value] of Object.entries(site.headers(head))) outgoing.setHeader(name, value);
    // open connections end with their request
    if (shared.ended.signal.aborted) outgoing.setHeader('connection', 'close');
    const refused = site.guard(head);
    return refused === undefined ? next() : write(context, refused);
  });
  for (const { method, path, handle } of site.routes) {
    app.on(method, path, async (context) => {
      context.set('route', path);
      const request = new WireRequest(context, limits, shared);
      return write(context, await handle(request));
    });
  }
  for (const path of new Set(site.routes.map((route) => route.path))) {
    const allow = site.routes.filter((route) => route.path === path).map(({ method }) => method);
    app.all(path, (context) => {
      context.set('route', path);
      const refusal = new HttpRefusal(405, 'bad-method', `this is asked by ${allow.join(' or ')}`, {
        headers: { allow: allow.join(', ') },
      });
      return write(context, site.failed(refusal));
    });
  }
  app.notFound((context) => write(context, site.failed(new HttpRefusal(404, 'no-such-path', 'nothing is served under that path'))));
  app.onError((error, context) => write(context, site.failed(error)));
  return app;
}

function headOf(incoming: IncomingMessage): HttpHead {
  const { method = '', url = '', headers } = incoming;
  return {
    method,
    path: url.split('?', 1)[0] ?? '',
    peer: incoming.socket.remoteAddress ?? '',
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

/** A request whose head is known. Not a literal with a getter: the engine keeps each of those, with all it refers to, for long. */
class WireRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly peer: string;
  readonly params: Readonly<Record<string, string>>;
  readonly #head: HttpHead;
  readonly #context: Context<Env>;
  readonly #limits: HttpLimits;
  readonly #shared: Shared;
  #signal: AbortSignal | undefined;

  constructor(context: Context<Env>, limits: HttpLimits, shared: Shared) {
    this.#head = headOf(messagesOf(context).incoming);
    this.method = this.#head.method;
    this.path = this.#head.path;
    this.peer = this.#head.peer;
    this.params = context.req.param() as Record<string, string>; // of the route that was found
    this.#context = context;
    this.#limits = limits;
    this.#shared = shared;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const { outgoing } = messagesOf(this.#context);
      const gone = new AbortController();
      outgoing.once('close', () => gone.abort());
      if (outgoing.destroyed) gone.abort();
      this.#signal = AbortSignal.any([gone.signal, this.#shared.ended.signal]);
    }
    return this.#signal;
  }

  header(name: string): string | undefined {
    return this.#head.header(name);
  }

  query(name: string): string | undefined {
    return this.#context.req.query(name);
  }

  body(): Promise<Buffer> {
    const { incoming, outgoing } = messagesOf(this.#context);
    return readBody(incoming, outgoing, this.#limits, this.#shared);
  }
}

function messagesOf(context: Context<Env>): { incoming: IncomingMessage; outgoing: ServerResponse } {
  return context.env as { incoming: IncomingMessage; outgoing: ServerResponse }; // not HTTP/2
}

/** Reads a body; what it holds is given back when the answer is written. */
function readBody(incoming: IncomingMessage, outgoing: ServerResponse, limits: HttpLimits, shared: Shared): Promise<Buffer> {
  const tooLarge = (): HttpRefusal =>
    new HttpRefusal(413, 'too-large', `the body has more than ${limits.body} bytes`, { hints: ['send it in parts'] });
  if (Number(incoming.headers['content-length'] ?? 0) > limits.body) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    outgoing.once('close', () => {
      shared.held -= length;
    });
    const stop = (refusal: HttpRefusal): void => {
      incoming.off('data', take);
      pieces.length = 0;
      reject(refusal);
    };
    const take = (piece: Buffer): void => {
      if (length + piece.length > limits.body) stop(tooLarge());
      else if (shared.held + piece.length > limits.held) stop(busy('too much is being received at once', 1));
      else {
        length += piece.length;
        shared.held += piece.length;
        pieces.push(piece);
      }
    };
    const gone = (): void => reject(new HttpRefusal(400, 'gone', 'the request broke off'));
    incoming.on('data', take);
    incoming.once('end', () => {
      incoming.off('close', gone); // an error takes as long to make as all else here
      resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, length));
      // as long as the request is answered, it is held once
      pieces.length = 0;
    });
    incoming.once('error', gone);
    incoming.once('close', gone);
  });
}

/** Writes an answer; pieces go out as they come, and end without a word where whoever asked has gone. */
async function write(context: Context<Env>, { status, headers, body }: HttpAnswer): Promise<Response> {
  const { incoming, outgoing } = messagesOf(context);
  if (body === undefined || typeof body === 'string') {
    if (!isComing(incoming)) return new Response(body ?? null, { status, headers: { ...headers } });
    outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body ?? '') });
    outgoing.write(body ?? '');
    // once it ends, a connection is closed, and whoever is still sending loses what was answered
    await passOver(incoming);
    outgoing.end();
    return RESPONSE_ALREADY_SENT;
  }
  outgoing.writeHead(status, headers);
  try {
    await pipeline(Readable.from(body, { objectMode: true }), outgoing);
  } catch {
    outgoing.destroy(); // half an answer must not look like a whole one
  }
  return RESPONSE_ALREADY_SENT;
}

/** More of a body is to come. */
function isComing({ complete, destroyed, headers }: IncomingMessage): boolean {
  return !complete && !destroyed && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined);
}

/** Reads the rest of a body that nobody wants, to its end or to more than we let pass; the request's time is node's to keep. */
function passOver(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let length = 0;
    incoming.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > MOST_PASSED) resolve();
    });
    incoming.once('close', resolve);
    incoming.once('end', resolve);
    incoming.resume();
  });
}
