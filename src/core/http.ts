/**
 * HTTP in our words: what was asked, what is answered, and a refusal. `src/serve/` decides by them, and
 * `src/adapters/http/` puts them on the wire; neither knows the other. Pure.
 */

/** The beginning of a request: all that is known before its body is read. */
export interface HttpHead {
  readonly method: string;
  /** Path as it was sent, without the query. */
  readonly path: string;
  /** Address of who asks. */
  readonly peer: string;
  /** A header's value, by its name in lower case. */
  header(name: string): string | undefined;
}

export interface HttpRequest extends HttpHead {
  /** The parts of the path that the route names, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborted when whoever asks has gone, or the server ends. */
  readonly signal: AbortSignal;
  query(name: string): string | undefined;
  /** Reads the body. @throws HttpRefusal where it is too large, too slow, or more than can be held now */
  body(): Promise<Buffer>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text, or pieces of one that are written as they come. */
  readonly body?: string | AsyncIterable<string>;
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST';
  /** A path with names, as `/traces/:pr`. */
  readonly path: string;
  handle(request: HttpRequest): Promise<HttpAnswer>;
}

/** All that a server answers. */
export interface HttpSite {
  readonly routes: readonly HttpRoute[];
  /** Looks at every request before its body is read; an answer ends it there. */
  guard(head: HttpHead): HttpAnswer | undefined;
  /** Headers that every answer to it has. */
  headers(head: HttpHead): Readonly<Record<string, string>>;
  /** What is answered where a route throws, and where there is none. Never throws. */
  failed(error: unknown): HttpAnswer;
  /** Is told of every answer. `route` is the route's path, empty where there is none. */
  answered(told: { readonly route: string; readonly method: string; readonly status: number; readonly seconds: number }): void;
}

/** What one server takes on. Times are milliseconds. */
export interface HttpLimits {
  /** Bytes of one body. */
  readonly body: number;
  /** Bytes of all bodies that are held at a time. */
  readonly held: number;
  readonly connections: number;
  readonly headersTime: number;
  readonly requestTime: number;
  /** How long an open request may go on once the server is to end. */
  readonly endTime: number;
}

export interface HttpServer {
  /** Where it listens, as `http://127.0.0.1:7476`. */
  readonly url: string;
  /** Takes no new requests, lets the open ones end, within the time that the limits give. */
  close(): Promise<void>;
}

/** Counts and times for whoever watches the server. Names are given without a prefix. */
export interface Meter {
  add(name: string, labels: Readonly<Record<string, string>>, count: number): void;
  observe(name: string, labels: Readonly<Record<string, string>>, seconds: number): void;
  /** All of it, as Prometheus reads it. */
  text(): Promise<{ readonly type: string; readonly body: string }>;
}

/** Why a request is not served. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly hints: readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly hints?: readonly string[]; readonly headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hints = more.hints ?? [];
    this.headers = more.headers ?? {};
  }
}

/** A refusal for now: the same request is welcome after so many seconds. */
export function busy(message: string, seconds: number): HttpRefusal {
  return new HttpRefusal(429, 'busy', message, { headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) } });
}

/** Answers with JSON. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: `${JSON.stringify(value)}\n` };
}
