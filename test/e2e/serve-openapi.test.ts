/** The server does what its own description says: fuzzed from the schemas, every answer is one that is described, and none is a 500. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';
import { allowedBy, type JsonSchema, nearlyAllowedBy } from '../helpers/schema-arbitrary.ts';
import { type Answer, Server } from '../helpers/serve.ts';

interface Described {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }> }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

let description: Described;
const validators = new Map<string, ValidateFunction>();

beforeAll(async () => {
  // what the description is made of can be had without a server
  const { openApi } = await import('../../src/serve/openapi.ts');
  description = JSON.parse(JSON.stringify(openApi('0', false)));
});

function schemaOf(ref: string): JsonSchema {
  const found = description.components.schemas[ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`the description has no ${ref}`);
  return found;
}

function validator(schema: JsonSchema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const made = ajv.compile({ ...schema, components: description.components });
  validators.set(key, made);
  return made;
}

/** Fails unless the answer is one that the description has for this operation. */
function expectDescribed(answer: Answer, path: string, method: string): void {
  const content = description.paths[path]?.[method]?.responses[answer.status]?.content;
  if (content === undefined)
    throw new Error(`${method} ${path} answered ${answer.status}, which is not described: ${answer.text.slice(0, 300)}`);
  const type = String(answer.headers['content-type']).replace(/;.*/, '');
  expect(Object.keys(content)).toContain(type);
  const { schema } = content[type] ?? { schema: {} };
  if (type !== 'application/json') return;
  const isValid = validator(schema);
  if (!isValid(answer.json))
    throw new Error(`${method} ${path}: ${JSON.stringify(isValid.errors?.slice(0, 3))} in ${answer.text.slice(0, 500)}`);
  if (answer.status >= 500) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
}

test('batches that the description allows, and batches that it nearly allows', { timeout: 120_000 }, async () => {
  const server = await Server.start(TestRepository.create());
  const batch: JsonSchema = {
    anyOf: [{ $ref: '#/components/schemas/Batch' }, { type: 'array', items: { $ref: '#/components/schemas/Event' } }],
  };
  const typed = Object.keys(description.components.schemas)
    .filter((name) => name.startsWith('payload_'))
    .map((name) =>
      allowedBy({ $ref: `#/components/schemas/${name}` }, schemaOf).map((payload) => [{ type: name.slice('payload_'.length), payload }]),
    );
  expect(typed.length).toBeGreaterThan(15);
  const body = fc.oneof(allowedBy(batch, schemaOf), nearlyAllowedBy(batch, schemaOf), ...typed).map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      expectDescribed(await server.ingest(text), '/ingest', 'post');
    }),
    { numRuns: 400 },
  );
  expect(server.stderr).toBe('');
});

test.each([
  ['/v1/logs', 'LogsRequest'],
  ['/v1/traces', 'SpansRequest'],
])('telemetry to %s that the description allows, or nearly, and bytes that are none', { timeout: 120_000 }, async (path, name) => {
  const server = await Server.start(TestRepository.create());
  const request: JsonSchema = { $ref: `#/components/schemas/${name}` };
  const text = fc.oneof(allowedBy(request, schemaOf), nearlyAllowedBy(request, schemaOf)).map((value) => JSON.stringify(value));
  // tags of the fields that are read, and lengths that may be right
  const bytes = fc.array(fc.oneof(fc.constantFrom(0x0a, 0x12, 0x2a, 0x32, 0x4a, 0x09), fc.integer({ max: 255, min: 0 })), {
    maxLength: 40,
  });
  const body = fc.oneof(
    text.map((json) => ['application/json', json] as const),
    bytes.map((some) => ['application/x-protobuf', Uint8Array.from(some)] as const),
  );
  await fc.assert(
    fc.asyncProperty(body, async ([type, sent]) => {
      expectDescribed(await server.ask(path, { method: 'POST', headers: { 'content-type': type }, body: sent }), path, 'post');
    }),
    { numRuns: 300 },
  );
  expect(server.stderr).toBe('');
});

test('payloads that the description allows are accepted, and come back', { timeout: 60_000 }, async () => {
  const server = await Server.start(TestRepository.create());
  for (const name of Object.keys(description.components.schemas).filter((one) => one.startsWith('payload_'))) {
    const [drawn] = fc.sample(allowedBy({ $ref: `#/components/schemas/${name}` }, schemaOf), { numRuns: 1, seed: 7 });
    // half a character is the one text that no event may hold
    const payload = JSON.parse(JSON.stringify(drawn).replaceAll(/\\ud[0-9a-f]{3}/g, ''));
    const answer = await server.ingest({ pr: 42, session: 's', events: [{ type: name.slice('payload_'.length), payload }] });
    expect({ name, payload, answer: answer.json }).toMatchObject({ answer: { accepted: 1, rejected: [] } });
  }
  const document = await server.ask('/traces/42');
  expectDescribed(document, '/traces/{pr}', 'get');
  const page = await server.ask('/traces/42/events?limit=10000');
  expectDescribed(page, '/traces/{pr}/events', 'get');
  expectDescribed(await server.ask('/traces'), '/traces', 'get');
});

test('any trace, cursor and limit', { timeout: 120_000 }, async () => {
  const server = await Server.start(TestRepository.create());
  await server.ingest({ pr: 42, session: 's', events: [{ type: 'annotation', payload: { text: 'one' } }] });
  const { next } = (await server.ask('/traces/42/events')).json as { next: string };
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.constantFrom('..', '.', '42', 'unassigned', 'heads/main', 'HEAD', '%', '\0', '-x'),
  );
  const cursor = fc.oneof(text, fc.constantFrom(next, `${next}-${next}-1`, `0-${next}-99`, 'a1', '0'.repeat(40)));
  const limit = fc.oneof(fc.integer().map(String), text);
  const segment = text.filter((one) => one !== '' && one.isWellFormed() && !/^\.\.?$/.test(one)).map(encodeURIComponent);
  await fc.assert(
    fc.asyncProperty(segment, fc.option(cursor), fc.option(limit), fc.boolean(), async (pr, after, count, whole) => {
      const query = new URLSearchParams({ ...(after === null ? {} : { after }), ...(count === null ? {} : { limit: count }) });
      const path = whole ? `/traces/${pr}` : `/traces/${pr}/events?${query}`;
      expectDescribed(await server.ask(path), whole ? '/traces/{pr}' : '/traces/{pr}/events', 'get');
    }),
    { numRuns: 300 },
  );
  expect(server.stderr).toBe('');
});
