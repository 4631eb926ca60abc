/**
 * What goes over the wire, as schemas: the OpenAPI description is made of them. A batch is read by src/capture/batch.ts,
 * which says of each event what is wrong with it; here stands what it takes.
 */
import * as z from 'zod/mini';
import { developerSchema, payloadSchemas } from '../core/event.schema.ts';

const text = z.string();
const count = z.int().check(z.nonnegative());
const id = text.check(z.regex(/^[0-9a-f]{64}$/));
const session = text.check(z.regex(/^(?!\.)[A-Za-z0-9._-]{1,64}$/));
const when = text.check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const type = text.check(z.regex(/^[a-z][a-z0-9_]{0,63}$/));

const eventSchema = z.looseObject({
  ts: z.optional(z.nullable(text)),
  type,
  payload: z.looseObject({}),
  session: z.optional(z.nullable(session)),
});

const pullRequest = z.nullable(z.union([z.int().check(z.positive()), text]));

const batchSchema = z.looseObject({
  repo: z.optional(
    z.nullable(z.union([text, z.looseObject({ name: z.optional(z.nullable(text)), branch: z.optional(z.nullable(text)) })])),
  ),
  pr: z.optional(z.union([pullRequest, z.looseObject({ pr_id: pullRequest })])),
  branch: z.optional(z.nullable(text)),
  session: z.optional(z.nullable(session)),
  developer: z.optional(z.nullable(developerSchema)),
  events: z.array(eventSchema),
});

const rejectionSchema = z.object({ index: count, code: text, message: text });

const ingestAnswerSchema = z.object({
  accepted: count,
  duplicate: count,
  excluded: z.optional(count),
  rejected: z.readonly(z.array(rejectionSchema)),
  accepted_event_ids: z.readonly(z.array(id)),
});
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;

const eventAnswerSchema = z.looseObject({
  id,
  session,
  session_seq: z.int().check(z.positive()),
  writer: text.check(z.regex(/^[0-9a-f]{16}$/)),
  ts: when,
  type,
  payload: z.looseObject({}),
});
export type EventAnswer = Record<string, unknown> & Pick<z.infer<typeof eventAnswerSchema>, 'id' | 'session' | 'type'>;

const eventsAnswerSchema = z.object({ events: z.array(eventAnswerSchema), next: text, more: z.boolean() });

const traceSchema = z.looseObject({
  trace: text,
  ref: text,
  archived: z.nullable(text),
  fault: z.nullable(text),
  title: z.nullable(text),
  status: text,
  events: count,
  sessions: count,
  start_time: z.nullable(text),
  end_time: z.nullable(text),
});

const person = z.looseObject({ user_id: z.nullable(text), ide_version: z.nullable(text), os: z.nullable(text) });
const documentSchema = z.looseObject({
  trace_id: z.guid(),
  repo: z.looseObject({ name: z.nullable(text), branch: z.nullable(text), language: z.array(text) }),
  pr: z.looseObject({
    pr_id: z.nullable(text),
    title: z.nullable(text),
    status: z.enum(['open', 'merged', 'closed']),
    created_at: z.nullable(text),
    merged_at: z.nullable(text),
  }),
  developer: person,
  timeline: z.looseObject({ start_time: z.nullable(text), end_time: z.nullable(text), duration_seconds: z.number() }),
  events: z.array(z.looseObject({ seq: z.int().check(z.positive()), ts: when, type, payload: z.looseObject({}) })),
});

// what we read of OpenTelemetry's requests; the rest of them is passed over
const attributes = z.optional(
  z.array(
    z.looseObject({
      key: text,
      value: z.looseObject({
        stringValue: z.optional(text),
        intValue: z.optional(z.union([text, z.int()])),
        doubleValue: z.optional(z.number()),
        boolValue: z.optional(z.boolean()),
      }),
    }),
  ),
);
const resource = z.optional(z.looseObject({ attributes }));
const nanoseconds = z.optional(z.union([text.check(z.regex(/^[0-9]{1,20}$/)), count]));
const logRecord = z.looseObject({ timeUnixNano: nanoseconds, observedTimeUnixNano: nanoseconds, eventName: z.optional(text), attributes });
const span = z.looseObject({ name: z.optional(text), startTimeUnixNano: nanoseconds, endTimeUnixNano: nanoseconds, attributes });
const logsRequestSchema = z.looseObject({
  resourceLogs: z.optional(z.array(z.looseObject({ resource, scopeLogs: z.array(z.looseObject({ logRecords: z.array(logRecord) })) }))),
});
const spansRequestSchema = z.looseObject({
  resourceSpans: z.optional(z.array(z.looseObject({ resource, scopeSpans: z.array(z.looseObject({ spans: z.array(span) })) }))),
});
const telemetryAnswerSchema = z.looseObject({ partialSuccess: z.optional(z.looseObject({ errorMessage: text })) });

const errorSchema = z.object({ error: z.object({ code: text, message: text, hints: z.array(text) }) });
const healthSchema = z.looseObject({ status: z.enum(['ok', 'behind']), version: text });

/** Every schema of the wire, by the name that the description gives it. */
export const apiSchemas = {
  Batch: batchSchema,
  Document: documentSchema,
  Error: errorSchema,
  Event: eventSchema,
  EventsAnswer: eventsAnswerSchema,
  Health: healthSchema,
  IngestAnswer: ingestAnswerSchema,
  LogsRequest: logsRequestSchema,
  SpansRequest: spansRequestSchema,
  TelemetryAnswer: telemetryAnswerSchema,
  Traces: z.object({ traces: z.array(traceSchema) }),
};

/** JSON Schema (2020-12) of everything above, and of the payload of each known type. */
export function apiJsonSchemas(): Record<string, object> {
  const all = { ...apiSchemas, ...Object.fromEntries(Object.entries(payloadSchemas).map(([name, schema]) => [`payload_${name}`, schema])) };
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => {
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
      return [name, rest];
    }),
  );
}
