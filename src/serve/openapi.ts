/** The description of the interface (OpenAPI 3.1), made of the schemas that it is held to. */
import { apiJsonSchemas } from './api.schema.ts';

/** What one path answers, in the description's words. */
interface Operation {
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly id: string;
  readonly summary: string;
  /** Schema of the answer, or a media type that is none of JSON. */
  readonly answer: string;
  readonly errors: readonly number[];
  /** What the body may be, by media type. */
  readonly body?: Readonly<Record<string, object>>;
}

const COMMON = [401, 403, 421, 429];
const READ = [400, 404, 500, 503];
const TAKE = [400, 404, 408, 413, 415, 500, 503, 507];
const PROTOBUF = 'application/x-protobuf';

const OPERATIONS: readonly Operation[] = [
  {
    path: '/ingest',
    method: 'post',
    id: 'ingest',
    summary: 'Take a batch: what is new of it is durable when this answers',
    answer: 'IngestAnswer',
    errors: TAKE,
    body: {
      'application/json': { anyOf: [ref('Batch'), { type: 'array', items: ref('Event') }] },
      'application/x-ndjson': { type: 'string', description: 'one event a line' },
    },
  },
  telemetry('/v1/logs', 'takeLogs', 'LogsRequest'),
  telemetry('/v1/traces', 'takeSpans', 'SpansRequest'),
  { path: '/traces', method: 'get', id: 'listTraces', summary: 'All traces that are here', answer: 'Traces', errors: [404, 500, 503] },
  { path: '/traces/{pr}', method: 'get', id: 'readTrace', summary: 'The trace document', answer: 'Document', errors: READ },
  {
    path: '/traces/{pr}/events',
    method: 'get',
    id: 'readEvents',
    summary: 'Events behind a cursor',
    answer: 'EventsAnswer',
    errors: [...READ, 410],
  },
  {
    path: '/traces/{pr}/stream',
    method: 'get',
    id: 'streamEvents',
    summary: 'Events as they come, as server-sent events',
    answer: 'text/event-stream',
    errors: [...READ, 410],
  },
  { path: '/healthz', method: 'get', id: 'health', summary: 'Whether the server lives', answer: 'Health', errors: [] },
  { path: '/metrics', method: 'get', id: 'metrics', summary: 'Counts and times, for Prometheus', answer: 'text/plain', errors: [] },
  { path: '/openapi.json', method: 'get', id: 'describe', summary: 'This description', answer: 'object', errors: [] },
];

const PR = {
  name: 'pr',
  in: 'path',
  required: true,
  description: "A pull request's number, a branch, or a trace's name as listed; one path segment, percent-encoded",
  schema: { type: 'string', minLength: 1 },
};
const AFTER = { name: 'after', in: 'query', description: 'The cursor that the last page gave', schema: { type: 'string' } };
const LIMIT = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 1_000 } };
const LAST = { name: 'Last-Event-ID', in: 'header', description: 'The id of the last event that was seen', schema: { type: 'string' } };
const OWNER = ['owner', 'repo'].map((name) => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^(?![.])[A-Za-z0-9._-]{1,100}$' },
}));

/** A path of OTLP over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
function telemetry(path: string, id: string, request: string): Operation {
  const summary = 'Take what an OpenTelemetry exporter sends; its protobuf is answered by an empty one';
  const body = { 'application/json': ref(request), [PROTOBUF]: { type: 'string', format: 'binary' } };
  return { path, method: 'post', id, summary, answer: 'TelemetryAnswer', errors: TAKE, body };
}

/** Makes the description. @param folder whether a folder of repositories is served */
export function openApi(version: string, folder: boolean): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    const isOfRepository = /^\/(?:ingest|traces|v1)/.test(operation.path);
    const at =
      folder && isOfRepository ? [`/{owner}/{repo}${operation.path}`, ...(operation.id === 'ingest' ? ['/ingest'] : [])] : [operation.path];
    for (const path of at) paths[path] = { [operation.method]: describe(operation, path) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'git trace', version, description: 'Records events into the traces of pull requests, and reads them.' },
    paths,
    components: {
      schemas: apiJsonSchemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Beyond loopback' } },
    },
    security: [{}, { token: [] }],
  };
}

function describe({ id, summary, answer, errors, body }: Operation, path: string): object {
  const parameters = [
    ...(path.startsWith('/{owner}') ? OWNER : []),
    ...(path.includes('{pr}') ? [PR] : []),
    ...(id === 'readEvents' ? [AFTER, LIMIT] : []),
    ...(id === 'streamEvents' ? [AFTER, LAST] : []),
  ];
  const content: Record<string, object> = answer.includes('/')
    ? { [answer]: { schema: { type: 'string' } } }
    : { 'application/json': { schema: answer === 'object' ? { type: 'object' } : ref(answer) } };
  if (body !== undefined && PROTOBUF in body) content[PROTOBUF] = { schema: { type: 'string' } };
  const failures = id === 'health' ? [421, 429] : [...errors, ...COMMON];
  return {
    operationId: path === '/ingest' || !path.startsWith('/{owner}') ? id : `${id}Of`,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: mapped(body) } }),
    responses: {
      200: { description: 'done', content },
      ...Object.fromEntries(
        failures.map((status) => [status, { description: 'refused', content: { 'application/json': { schema: ref('Error') } } }]),
      ),
    },
  };
}

function mapped(schemas: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}

function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}
