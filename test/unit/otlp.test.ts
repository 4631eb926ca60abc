/** OpenTelemetry as agents speak it: JSON and protobuf say the same, and become prompts, tool calls and model calls. */
import { describe, expect, test } from 'vitest';
import { readProtobuf } from '../../src/adapters/otlp/protobuf.ts';
import { logRecords, spanRecords } from '../../src/capture/otlp/records.ts';

const OPTIONS = {
  place: { branch: 'main' },
  sha256: (text: string) => `hash${text.length}`.padEnd(64, '0'),
  now: '2026-11-21T12:00:00.000Z',
};
const NANOS = '1795251600123000000';
const AT = '2026-11-21T09:00:00.123Z';

const attribute = (key: string, value: unknown) => ({
  key,
  value:
    typeof value === 'string'
      ? { stringValue: value }
      : typeof value === 'boolean'
        ? { boolValue: value }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
});
const attributes = (values: object) => Object.entries(values).map(([key, value]) => attribute(key, value));

function logs(service: string, ...records: [name: string, values: object][]) {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeLogs: [
          {
            logRecords: records.map(([name, values]) => ({
              timeUnixNano: NANOS,
              body: { stringValue: name },
              attributes: attributes({ 'session.id': 's-1', 'user.email': 'ada@example.com', ...values }),
            })),
          },
        ],
      },
    ],
  };
}

test('Claude Code: prompt, tool, request', () => {
  const { records, ignored } = logRecords(
    logs(
      'claude-code',
      ['claude_code.user_prompt', { 'event.name': 'user_prompt', prompt_length: 5, prompt: 'do it' }],
      [
        'claude_code.tool_result',
        {
          'event.name': 'tool_result',
          tool_name: 'Bash',
          success: 'false',
          duration_ms: '120',
          tool_parameters: '{"full_command":"npm test"}',
        },
      ],
      [
        'claude_code.tool_result',
        { 'event.name': 'tool_result', tool_name: 'Read', success: 'true', tool_input: '{"file_path":"/home/ada/.ssh/config"}' },
      ],
      [
        'claude_code.api_request',
        {
          'event.name': 'api_request',
          model: 'claude-sonnet-4-5',
          input_tokens: '10',
          output_tokens: 20,
          cache_read_tokens: 5,
          duration_ms: 900.4,
          cost_usd: 0.1,
        },
      ],
      ['claude_code.tool_decision', { 'event.name': 'tool_decision' }],
    ),
    OPTIONS,
  );
  expect(ignored).toBe(1);
  expect(records.map(({ type, payload }) => [type, payload])).toEqual([
    ['prompt', { text: 'do it' }],
    ['tool_call', { tool_name: 'Bash', status: 'failed', duration_ms: 120, command_preview: 'npm test' }],
    ['tool_call', { tool_name: 'Read', status: 'completed' }],
    [
      'model_call',
      { model: 'claude-sonnet-4-5', status: 'completed', duration_ms: 900, input_tokens: 10, output_tokens: 20, cached_tokens: 5 },
    ],
  ]);
  for (const { ts, session, place } of records)
    expect([ts, session?.id, session?.kind, place]).toEqual([AT, 'claude-code-s-1', 'agent', { branch: 'main' }]);
  expect(JSON.stringify(records)).not.toMatch(/ssh|ada@/);
});

test('Codex and Gemini CLI', () => {
  const codex = logRecords(
    logs(
      'codex_exec',
      [
        '',
        {
          'event.name': 'codex.user_prompt',
          'event.timestamp': '2026-11-21T09:30:00Z',
          'conversation.id': 'c',
          prompt: '[REDACTED]',
          prompt_length: 7,
        },
      ],
      ['', { 'event.name': 'codex.tool_result', tool_name: 'shell', arguments: '{"command":["ls","-l"]}', success: true, duration_ms: 3 }],
      [
        '',
        {
          'event.name': 'codex.sse_event',
          'event.kind': 'response.completed',
          input_token_count: 4,
          output_token_count: 2,
          model: 'gpt-5',
        },
      ],
      ['', { 'event.name': 'codex.sse_event', 'event.kind': 'response.output_text.delta' }],
    ),
    OPTIONS,
  );
  expect(codex.records.map(({ type, ts, payload }) => [type, ts, payload])).toEqual([
    ['prompt', '2026-11-21T09:30:00.000Z', { text: '', length: 7 }],
    ['tool_call', AT, { tool_name: 'shell', status: 'completed', duration_ms: 3, command_preview: 'ls -l' }],
    ['model_call', AT, { model: 'gpt-5', status: 'completed', input_tokens: 4, output_tokens: 2 }],
  ]);
  const gemini = logRecords(
    logs(
      'gemini-cli',
      [
        '',
        {
          'event.name': 'gemini_cli.tool_call',
          function_name: 'run_shell_command',
          function_args: '{"command":"ls"}',
          success: false,
          decision: 'reject',
        },
      ],
      ['', { 'event.name': 'gemini_cli.api_request', model: 'gemini-3-pro' }],
      ['', { 'event.name': 'gemini_cli.api_error', model: 'gemini-3-pro', duration_ms: 5 }],
    ),
    OPTIONS,
  );
  expect(gemini.records.map(({ session, payload }) => [session?.id, payload['status']])).toEqual([
    ['gemini-s-1', 'cancelled'],
    ['gemini-s-1', 'failed'],
  ]);
});

test('spans with the GenAI conventions; others are counted', () => {
  const span = (values: object, more: object = {}) => ({
    name: 'x',
    startTimeUnixNano: '1795251600000000000',
    endTimeUnixNano: NANOS,
    attributes: attributes(values),
    ...more,
  });
  const request = {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': 'My Agent!', 'service.instance.id': 'i 1' }) },
        scopeSpans: [
          {
            spans: [
              span({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }, { status: { code: 2 } }),
              span({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'reviewer' }),
              span({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 1 }),
              span({ 'http.method': 'GET' }),
            ],
          },
        ],
      },
    ],
  };
  const { records, ignored } = spanRecords(request, OPTIONS);
  expect(ignored).toBe(1);
  expect(records.map(({ type, ts, payload }) => [type, ts, payload])).toEqual([
    ['tool_call', AT, { tool_name: 'search', status: 'failed', duration_ms: 123 }],
    ['tool_call', AT, { tool_name: 'subagent', status: 'completed', duration_ms: 123, command_preview: 'reviewer' }],
    ['model_call', AT, { model: 'm', status: 'completed', duration_ms: 123, input_tokens: 1 }],
  ]);
  expect(records[0]?.session?.id).toMatch(/^my-agent--hash/);
});

describe('protobuf', () => {
  // written by hand from the field numbers of opentelemetry-proto
  const varint = (value: bigint): number[] => (value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)]);
  const bytes = (field: number, content: readonly number[]): number[] => [
    ...varint(BigInt((field << 3) | 2)),
    ...varint(BigInt(content.length)),
    ...content,
  ];
  const text = (field: number, value: string): number[] => bytes(field, [...Buffer.from(value)]);
  const fixed64 = (field: number, value: bigint): number[] => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64LE(value);
    return [...varint(BigInt((field << 3) | 1)), ...buffer];
  };
  const pair = (key: string, value: number[]): number[] => [...text(1, key), ...bytes(2, value)];
  const integer = (value: bigint): number[] => [3 << 3, ...varint(BigInt.asUintN(64, value))];

  test('says what JSON says, and skips what it does not know', () => {
    const record = [
      ...fixed64(1, BigInt(NANOS)),
      ...bytes(5, text(1, 'claude_code.tool_result')),
      ...bytes(6, pair('event.name', text(1, 'tool_result'))),
      ...bytes(6, pair('session.id', text(1, 's-1'))),
      ...bytes(6, pair('tool_name', text(1, 'Bash'))),
      ...bytes(6, pair('success', [2 << 3, 0])),
      ...bytes(6, pair('duration_ms', integer(120n))),
      ...bytes(9, new Array<number>(16).fill(7)),
      ...text(99, 'of a later version'),
    ];
    const resource = bytes(1, pair('service.name', text(1, 'claude-code')));
    const request = bytes(1, [...bytes(1, resource), ...bytes(2, bytes(2, record))]);
    const { records } = logRecords(readProtobuf('logs', Buffer.from(request)), OPTIONS);
    expect(records).toEqual([
      {
        place: { branch: 'main' },
        session: { id: 'claude-code-s-1', kind: 'agent', tool: 'claude-code' },
        type: 'tool_call',
        ts: AT,
        payload: { tool_name: 'Bash', status: 'failed', duration_ms: 120 },
      },
    ]);
  });

  test('spans', () => {
    const span = [
      ...text(5, 'execute_tool search'),
      ...fixed64(7, 1795251600000000000n),
      ...fixed64(8, BigInt(NANOS)),
      ...bytes(9, pair('gen_ai.operation.name', text(1, 'execute_tool'))),
      ...bytes(9, pair('gen_ai.tool.name', text(1, 'search'))),
      ...bytes(15, [3 << 3, 2]),
    ];
    const request = bytes(1, bytes(2, bytes(2, span)));
    expect(spanRecords(readProtobuf('traces', Buffer.from(request)), OPTIONS).records).toMatchObject([
      { type: 'tool_call', payload: { tool_name: 'search', status: 'failed', duration_ms: 123 } },
    ]);
  });

  test.each([[[0x0a, 0xff]], [[0x0a, 0x05, 1]], [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]])(
    '%j is refused',
    (wrong) => {
      expect(() => readProtobuf('logs', Buffer.from(wrong))).toThrow(expect.objectContaining({ code: 'bad-batch' }));
    },
  );

  test.each([
    ['records', (many: number[]) => bytes(1, bytes(2, many)), 0x12],
    ['resources', (many: number[]) => many, 0x0a],
  ])('more %s than can be read at a time are refused, and the next request is read', (_, request, tag) => {
    const many = Array.from({ length: 300_100 }, () => [tag, 0]).flat();
    expect(() => readProtobuf('logs', Buffer.from(request(many)))).toThrow('it holds more than 300000 messages');
    expect(() => readProtobuf('logs', Buffer.from(request(many.slice(0, 400_000))))).not.toThrow();
  });

  test('values nested without end are refused or cut', () => {
    let value = text(1, 'deep');
    for (let i = 0; i < 5_000; i++) value = bytes(5, bytes(1, value));
    const request = Buffer.from(bytes(1, bytes(2, bytes(2, bytes(5, value)))));
    try {
      expect(logRecords(readProtobuf('logs', request), OPTIONS).records).toEqual([]);
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-batch' });
    }
  });
});

test.each([
  null,
  [],
  'x',
  {},
  { resourceLogs: {} },
  { resourceLogs: [null, { scopeLogs: [{ logRecords: [null, 5, { attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] }] }] }] },
])('%j is no request, and harmless', (request) => {
  expect(logRecords(request, OPTIONS).records).toEqual([]);
  expect(spanRecords(request, OPTIONS).records).toEqual([]);
});
