/**
 * The interface of the server: which path answers what, for one repository or a folder of them. Takes what it needs as
 * ports; knows nothing of sockets.
 */
import { isTraceError } from '../core/errors.ts';
import { busy, type HttpAnswer, HttpRefusal, type HttpRequest, type HttpRoute, type HttpSite, json, type Meter } from '../core/http.ts';
import type { Sha256 } from '../core/line.ts';
import type { TraceName } from '../core/trace-name.ts';
import type { IngestAnswer } from './api.schema.ts';
import { bodyRefusal, type GuardOptions, mediaType, preflight, refusalOf, safeHeaders, TELEMETRY } from './guard.ts';
import type { Listener } from './news.ts';
import { openApi } from './openapi.ts';
import { BEGINNING, type Cursor, type Page, parseCursor } from './pages.ts';
import type { Rate } from './rate.ts';
import { eventStream } from './stream.ts';
import { refuseHeavy } from './weight.ts';

/** One repository, as the routes see it. */
export interface ServedRepository {
  /** @throws as Ingester.take */
  take(body: Buffer): Promise<IngestAnswer>;
  /** Takes a request of an OpenTelemetry exporter. @throws as Ingester.take */
  takeTelemetry(kind: 'logs' | 'traces', body: Buffer, isJson: boolean): Promise<IngestAnswer>;
  /** Puts what waits into the journals, so that reading finds it; never fails: reading goes on where writing cannot. */
  settle(): Promise<void>;
  /** The trace that a person means. @throws bad-argument */
  trace(argument: string): Promise<TraceName>;
  list(): Promise<readonly object[]>;
  /** The document in pieces; `undefined` where there is no such trace. */
  document(trace: TraceName): Promise<Iterable<string> | AsyncIterable<string> | undefined>;
  page(trace: TraceName, after: Cursor, limit: number): Promise<Page | undefined>;
  /** Begins to listen for what comes of a trace. */
  listen(trace: TraceName): Listener;
  /** It can write its journals. */
  readonly isWell: boolean;
}

export interface SiteOptions {
  /** The repository of that name, `owner/repo`; without a name, the one that is served. @throws HttpRefusal */
  readonly repository: (name: string | undefined) => Promise<ServedRepository>;
  /** A folder of repositories is served. */
  readonly folder: boolean;
  readonly guard: Omit<GuardOptions, 'sha256'>;
  readonly rate: Rate;
  readonly meter: Meter;
  readonly sha256: Sha256;
  readonly version: string;
  /** Milliseconds of a clock that never jumps back. */
  readonly now: () => number;
  /** Streams that may be open at a time. */
  readonly streams: number;
  /** Is told what went wrong where nobody else is. */
  readonly warn: (message: string) => void;
  /** No repository is behind. */
  readonly isWell: () => boolean;
}

const EVENTS_LIMIT = 10_000;
const EVENTS_DEFAULT = 1_000;

/** Makes the site. */
export function makeSite(options: SiteOptions): HttpSite {
  const guard = { ...options.guard, sha256: options.sha256 };
  let streams = 0;

  const of = ({ params }: HttpRequest): Promise<ServedRepository> =>
    options.repository(params['owner'] === undefined ? undefined : `${params['owner']}/${params['repo']}`);

  const ingest = async (request: HttpRequest): Promise<HttpAnswer> => {
    const refusal = bodyRefusal(request);
    if (refusal !== undefined) throw refusal;
    const body = await request.body();
    refuseHeavy(body);
    const named = options.folder && request.params['owner'] === undefined ? repositoryNamed(body) : undefined;
    const repository = named === undefined ? await of(request) : await options.repository(named);
    return json(200, await repository.take(body));
  };

  const telemetry =
    (kind: 'logs' | 'traces') =>
    async (request: HttpRequest): Promise<HttpAnswer> => {
      const refusal = bodyRefusal(request, TELEMETRY);
      if (refusal !== undefined) throw refusal;
      const isJson = mediaType(request) === 'application/json';
      const repository = await of(request);
      const body = await request.body();
      if (isJson) refuseHeavy(body);
      const { rejected } = await repository.takeTelemetry(kind, body, isJson);
      // an answer without members says that all was taken; an exporter does nothing with another but log it
      if (!isJson) return { status: 200, headers: { 'content-type': 'application/x-protobuf' }, body: '' };
      const [first] = rejected;
      if (first === undefined) return json(200, {});
      const member = kind === 'logs' ? 'rejectedLogRecords' : 'rejectedSpans';
      return json(200, { partialSuccess: { [member]: String(rejected.length), errorMessage: first.message } });
    };

  const list = async (request: HttpRequest): Promise<HttpAnswer> => {
    const repository = await of(request);
    await repository.settle();
    return json(200, { traces: await repository.list() });
  };

  const document = async (request: HttpRequest): Promise<HttpAnswer> => {
    const repository = await of(request);
    const trace = await repository.trace(request.params['pr'] ?? '');
    await repository.settle();
    const pieces = await repository.document(trace);
    if (pieces === undefined) throw noTrace();
    return { status: 200, headers: { 'content-type': 'application/json' }, body: asynchronously(pieces) };
  };

  const events = async (request: HttpRequest): Promise<HttpAnswer> => {
    const after = cursorOf(request.query('after'));
    const limit = limitOf(request.query('limit'));
    const repository = await of(request);
    const trace = await repository.trace(request.params['pr'] ?? '');
    await repository.settle();
    const page = await repository.page(trace, after, limit);
    if (page === undefined) throw noTrace();
    return json(200, { events: page.events, next: page.next, more: page.more });
  };

  const stream = async (request: HttpRequest): Promise<HttpAnswer> => {
    const after = cursorOf(request.header('last-event-id') ?? request.query('after'));
    const repository = await of(request);
    const trace = await repository.trace(request.params['pr'] ?? '');
    if (streams >= options.streams) throw busy('too many streams are open', 5);
    const page = async (from: Cursor): Promise<Page | undefined> => {
      await repository.settle();
      return repository.page(trace, from, EVENTS_DEFAULT);
    };
    // that a cursor is gone is said by the status
    if (after !== BEGINNING) await page(after);
    const pieces = listening(repository, trace, ({ changed }) => eventStream({ page, changed }, after, request.signal, options.now));
    return { status: 200, headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }, body: pieces };
  };

  async function* listening(
    repository: ServedRepository,
    trace: TraceName,
    pieces: (listener: Listener) => AsyncIterable<string>,
  ): AsyncGenerator<string> {
    streams++;
    const listener = repository.listen(trace);
    try {
      yield* pieces(listener);
    } finally {
      listener.close();
      streams--;
    }
  }

  const own: HttpRoute[] = [
    {
      method: 'GET',
      path: '/healthz',
      handle: async () => json(200, { status: options.isWell() ? 'ok' : 'behind', version: options.version }),
    },
    {
      method: 'GET',
      path: '/metrics',
      handle: async () => {
        const { type, body } = await options.meter.text();
        return { status: 200, headers: { 'content-type': type }, body };
      },
    },
    { method: 'GET', path: '/openapi.json', handle: async () => json(200, openApi(options.version, options.folder)) },
    { method: 'POST', path: '/ingest', handle: ingest },
  ];
  const below = options.folder ? '/:owner/:repo' : '';
  const ofRepository: HttpRoute[] = [
    ...(options.folder ? [{ method: 'POST' as const, path: `${below}/ingest`, handle: ingest }] : []),
    { method: 'POST', path: `${below}/v1/logs`, handle: telemetry('logs') },
    { method: 'POST', path: `${below}/v1/traces`, handle: telemetry('traces') },
    { method: 'GET', path: `${below}/traces`, handle: list },
    { method: 'GET', path: `${below}/traces/:pr`, handle: document },
    { method: 'GET', path: `${below}/traces/:pr/events`, handle: events },
    { method: 'GET', path: `${below}/traces/:pr/stream`, handle: stream },
  ];

  return {
    routes: [...own, ...ofRepository],
    guard(head) {
      const refusal = refusalOf(head, guard);
      if (refusal !== undefined) return answerTo(refusal);
      const wait = options.rate.take(head.peer, options.now());
      if (wait > 0) return answerTo(busy('too many requests from this address', wait));
      return preflight(head);
    },
    headers: (head) => safeHeaders(head, guard.origins),
    failed(error) {
      const refusal = refusalFor(error);
      if (refusal.status === 500) options.warn(`a request failed: ${error instanceof Error ? error.message : String(error)}`);
      return answerTo(refusal);
    },
    answered({ route, method, status, seconds }) {
      options.meter.add('http_requests_total', { method, route, status: String(status) }, 1);
      options.meter.observe('http_request_duration_seconds', { method, route }, seconds);
    },
  };
}

function answerTo({ status, code, message, hints, headers }: HttpRefusal): HttpAnswer {
  return json(status, { error: { code, message, hints } }, headers);
}

/** Statuses of errors that have no other. */
const STATUS: Readonly<Record<string, number>> = {
  'bad-argument': 400,
  'bad-batch': 400,
  'bad-event': 400,
  'bad-json': 400,
  'no-branch': 404,
  'no-such-trace': 404,
  'not-a-repository': 404,
  'too-large': 413,
  locked: 503,
  'bad-policy': 503,
  'newer-format': 503,
  'unreadable-segment': 503,
  'bad-ref': 503,
  'read-only': 503,
  'disk-full': 507,
};

function refusalFor(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  if (!isTraceError(error)) return new HttpRefusal(500, 'internal', 'something went wrong here; the log of the server says what');
  const status = STATUS[error.code];
  if (status === undefined) return new HttpRefusal(500, error.code, 'something went wrong here; the log of the server says what');
  const headers = status >= 503 ? { 'retry-after': '5' } : {};
  return new HttpRefusal(status, error.code, error.message, { hints: error.hints, headers });
}

function noTrace(): HttpRefusal {
  return new HttpRefusal(404, 'no-such-trace', 'there is no such trace here');
}

function cursorOf(text: string | undefined): Cursor {
  return text === undefined || text === '' ? BEGINNING : parseCursor(text);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return EVENTS_DEFAULT;
  if (/^[0-9]{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= EVENTS_LIMIT) return Number(text);
  throw new HttpRefusal(400, 'bad-argument', `"limit" must be a whole number from 1 to ${EVENTS_LIMIT}`);
}

/** The repository that a batch names: `"repo": "owner/name"`, or `{"name": "owner/name"}`. @throws HttpRefusal */
function repositoryNamed(body: Buffer): string {
  let repo: unknown;
  try {
    const batch: unknown = JSON.parse(body.toString('utf8'));
    repo = typeof batch === 'object' && batch !== null && 'repo' in batch ? batch.repo : undefined;
  } catch {
    // NDJSON, a list, or no JSON at all: none of them names a repository
  }
  const name = typeof repo === 'object' && repo !== null && 'name' in repo ? repo.name : repo;
  if (typeof name === 'string') return name;
  throw new HttpRefusal(400, 'no-repository', 'the batch does not say which repository it is for', {
    hints: ['send it to /<owner>/<repo>/ingest, or as an object with "repo": "owner/name"'],
  });
}

async function* asynchronously(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  yield* pieces;
}
