/**
 * Reads OTLP's protobuf into what its JSON says. Only the fields that are used are described (opentelemetry-proto 1.x,
 * logs, traces and common); others are skipped. Loaded only where protobuf arrives.
 */
import protobuf from 'protobufjs/light.js';
import { fail, messageOf } from '../../core/errors.ts';

type Fields = Readonly<Record<string, readonly [id: number, type: string, rule?: 'repeated']>>;

const FIELDS: Readonly<Record<string, Fields>> = {
  LogsRequest: { resourceLogs: [1, 'ResourceLogs', 'repeated'] },
  ResourceLogs: { resource: [1, 'Resource'], scopeLogs: [2, 'ScopeLogs', 'repeated'] },
  ScopeLogs: { logRecords: [2, 'LogRecord', 'repeated'] },
  LogRecord: {
    timeUnixNano: [1, 'fixed64'],
    body: [5, 'AnyValue'],
    attributes: [6, 'KeyValue', 'repeated'],
    observedTimeUnixNano: [11, 'fixed64'],
    eventName: [12, 'string'],
  },
  TracesRequest: { resourceSpans: [1, 'ResourceSpans', 'repeated'] },
  ResourceSpans: { resource: [1, 'Resource'], scopeSpans: [2, 'ScopeSpans', 'repeated'] },
  ScopeSpans: { spans: [2, 'Span', 'repeated'] },
  Span: {
    name: [5, 'string'],
    startTimeUnixNano: [7, 'fixed64'],
    endTimeUnixNano: [8, 'fixed64'],
    attributes: [9, 'KeyValue', 'repeated'],
    status: [15, 'Status'],
  },
  Status: { message: [2, 'string'], code: [3, 'int32'] },
  Resource: { attributes: [1, 'KeyValue', 'repeated'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'string'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, 'ArrayValue'],
    kvlistValue: [6, 'KeyValueList'],
  },
  ArrayValue: { values: [1, 'AnyValue', 'repeated'] },
  KeyValueList: { values: [1, 'KeyValue', 'repeated'] },
};

/** Messages of one request: each may be two bytes, and takes a hundred when it is read. */
const MOST_MESSAGES = 300_000;

let root: protobuf.Root | undefined;
/** Messages that may still come in the request that is being read. */
let left = 0;

/** What a request says, as OTLP's JSON would. @throws bad-batch */
export function readProtobuf(kind: 'logs' | 'traces', bytes: Uint8Array): Readonly<Record<string, unknown>> {
  root ??= load();
  left = MOST_MESSAGES;
  const type = root.lookupType(kind === 'logs' ? 'LogsRequest' : 'TracesRequest');
  try {
    return type.toObject(type.decode(bytes), { longs: String });
  } catch (cause) {
    throw fail('bad-batch', `it is no OTLP ${kind} request: ${messageOf(cause)}`, ['send OTLP as protobuf or JSON'], { cause });
  }
}

function load(): protobuf.Root {
  const loaded = protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.entries(FIELDS).map(([name, fields]) => [name, typeOf(name, fields)])),
  });
  for (const name of Object.keys(FIELDS)) {
    loaded.lookupType(name).ctor = class extends protobuf.Message {
      constructor() {
        super();
        if (left-- === 0) throw new Error(`it holds more than ${MOST_MESSAGES} messages`);
      }
    };
  }
  return loaded;
}

function typeOf(name: string, fields: Fields): protobuf.IType {
  return {
    // one of them is said, also where it is false, 0 or empty
    ...(name === 'AnyValue' ? { oneofs: { value: { oneof: Object.keys(fields) } } } : {}),
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, [id, type, rule]]) => [field, { id, type, ...(rule === undefined ? {} : { rule }) }]),
    ),
  };
}
