/**
 * Stage 1, OTLP: what agents say by OpenTelemetry, as records: log events of Claude Code, Codex and Gemini CLI, and spans
 * with the GenAI conventions. Pure: from a request, as OTLP's JSON says it, to records. What is none of these is counted.
 */
import type { JsonObject } from '../../core/canonical.ts';
import type { Sha256 } from '../../core/line.ts';
import { normaliseTime, timestamp } from '../../core/time.ts';
import type { Place, SessionFacts, SpoolRecord } from '../../spool/record.ts';
import { toolEvent } from '../agents/calls.ts';
import { isSaid, listIn, type Said, saidIn, textIn } from '../agents/said.ts';
import { attributesOf, millisOf, numberOf, plainValue } from './attributes.ts';

export interface OtlpOptions {
  /** Where it belongs: OpenTelemetry knows no branch. */
  readonly place: Place;
  readonly sha256: Sha256;
  /** The time of what has none. */
  readonly now: string;
}

export interface OtlpRecords {
  readonly records: readonly SpoolRecord[];
  /** Log records and spans that say nothing of an agent's work. */
  readonly ignored: number;
}

/** An event, before it has its place. */
interface Told {
  readonly type: string;
  readonly payload: JsonObject;
  readonly ms: number | undefined;
}

/** Makes records of the body of `/v1/logs`. */
export function logRecords(request: unknown, options: OtlpOptions): OtlpRecords {
  return records(request, 'resourceLogs', 'scopeLogs', 'logRecords', options, (record, attributes) => {
    const stated = normaliseTime(textIn(attributes, 'event.timestamp') ?? '');
    const ms = stated === undefined ? (millisOf(record['timeUnixNano']) ?? millisOf(record['observedTimeUnixNano'])) : Date.parse(stated);
    const body = plainValue(record['body']);
    const name = textIn(attributes, 'event.name') ?? textIn(record, 'eventName') ?? (typeof body === 'string' ? body : '');
    return logEvent(name.replace(/^(?:claude_code|codex|gemini_cli)\./, ''), attributes, ms);
  });
}

/** Makes records of the body of `/v1/traces`. */
export function spanRecords(request: unknown, options: OtlpOptions): OtlpRecords {
  return records(request, 'resourceSpans', 'scopeSpans', 'spans', options, spanEvent);
}

function records(
  request: unknown,
  outer: string,
  inner: string,
  items: string,
  options: OtlpOptions,
  tell: (item: Said, attributes: Said) => Told | undefined,
): OtlpRecords {
  const found: SpoolRecord[] = [];
  let ignored = 0;
  for (const resourceItem of listIn(request, outer)) {
    const resource = attributesOf(saidIn(resourceItem, 'resource'));
    for (const scope of listIn(resourceItem, inner))
      for (const item of listIn(scope, items)) {
        const attributes = attributesOf(item);
        const told = isSaid(item) ? tell(item, attributes) : undefined;
        if (told === undefined) ignored++;
        else found.push(recordOf(told, resource, attributes, options));
      }
  }
  return { records: found, ignored };
}

function recordOf({ type, payload, ms }: Told, resource: Said, attributes: Said, { place, sha256, now }: OtlpOptions): SpoolRecord {
  const time = ms === undefined ? { ts: now, tsAssigned: true } : { ts: timestamp(Math.floor(ms)) };
  return { place, session: sessionOf(resource, attributes, sha256), type, ...time, payload };
}

function sessionOf(resource: Said, attributes: Said, sha256: Sha256): SessionFacts {
  const service = textIn(resource, 'service.name') ?? 'otel';
  const tool = /^claude[-_]code/.test(service)
    ? 'claude-code'
    : (/^(codex|gemini)/.exec(service)?.[1] ??
      (service
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .slice(0, 15) ||
        'otel'));
  const names = ['session.id', 'conversation.id', 'gen_ai.conversation.id', 'thread.id'];
  const id = textIn(attributes, ...names) ?? textIn(resource, ...names, 'service.instance.id') ?? '';
  const name = /^[A-Za-z0-9._-]{1,48}$/.test(id) ? id : sha256(`${service}\0${id}`).slice(0, 32);
  const model = textIn(attributes, 'model', 'gen_ai.request.model');
  return { id: `${tool}-${name}`, kind: 'agent', tool, ...(model === undefined ? {} : { model }) };
}

function logEvent(name: string, attributes: Said, ms: number | undefined): Told | undefined {
  switch (name) {
    case 'user_prompt': {
      const text = textIn(attributes, 'prompt') ?? '';
      const length = numberOf(attributes['prompt_length']);
      const hidden = /^[<[]redacted[>\]]$/i.test(text) || text === '';
      return { type: 'prompt', ms, payload: hidden ? { text: '', ...(length === undefined ? {} : { length }) } : { text } };
    }
    case 'tool_result':
    case 'tool_call': {
      const tool = textIn(attributes, 'tool_name', 'function_name', 'tool.name');
      if (tool === undefined) return undefined;
      const success = attributes['success'] ?? attributes['tool.success'];
      const rejected = /^(?:reject|denied|abort)/.test(textIn(attributes, 'decision') ?? '');
      const { type, payload } = toolEvent({
        tool,
        status: rejected ? 'cancelled' : success === false || success === 'false' ? 'failed' : 'completed',
        preview: commandIn(attributes),
        durationMs: numberOf(attributes['duration_ms']),
      });
      return { type, payload, ms };
    }
    case 'api_request':
    case 'api_response':
    case 'api_error':
    case 'sse_event': {
      // Gemini CLI tells of a request when it is sent, and of its tokens when it is answered; Codex of every piece
      const counts = tokensIn(attributes);
      if (name !== 'api_error' && Object.keys(counts).length === 0) return undefined;
      return modelCall(attributes, name === 'api_error', numberOf(attributes['duration_ms']), ms);
    }
    default:
      return undefined;
  }
}

function spanEvent(span: Said, attributes: Said): Told | undefined {
  const [from, to] = [millisOf(span['startTimeUnixNano']), millisOf(span['endTimeUnixNano'])];
  const durationMs = from === undefined || to === undefined || to < from ? undefined : to - from;
  const code = saidIn(span, 'status')['code'];
  const failed = code === 2 || code === 'STATUS_CODE_ERROR';
  const operation = textIn(attributes, 'gen_ai.operation.name');
  switch (operation) {
    case 'execute_tool':
    case 'invoke_agent': {
      const tool = operation === 'invoke_agent' ? 'subagent' : textIn(attributes, 'gen_ai.tool.name');
      if (tool === undefined) return undefined;
      const preview = operation === 'invoke_agent' ? textIn(attributes, 'gen_ai.agent.name') : commandIn(attributes);
      return { ...toolEvent({ tool, status: failed ? 'failed' : 'completed', preview, durationMs }), ms: to ?? from };
    }
    case 'chat':
    case 'generate_content':
    case 'text_completion':
      return modelCall(attributes, failed, durationMs, to ?? from);
    default:
      return undefined;
  }
}

/** The command line of a tool that runs one; nothing of what others were given. */
function commandIn(attributes: Said): string | undefined {
  for (const name of ['tool_parameters', 'tool_input', 'arguments', 'function_args', 'gen_ai.tool.call.arguments']) {
    const input = saidIn(attributes, name);
    const list = input['command'];
    const command = Array.isArray(list)
      ? list.filter((word) => typeof word === 'string').join(' ')
      : textIn(input, 'full_command', 'bash_command', 'command', 'cmd');
    if (command !== undefined && command !== '') return command;
  }
  return textIn(attributes, 'bash.command');
}

function modelCall(attributes: Said, failed: boolean, durationMs: number | undefined, ms: number | undefined): Told {
  const model = textIn(attributes, 'gen_ai.response.model', 'model', 'gen_ai.request.model');
  return {
    type: 'model_call',
    ms,
    payload: {
      ...(durationMs === undefined ? {} : { duration_ms: Math.round(durationMs) }),
      ...(model === undefined ? {} : { model }),
      status: failed ? 'failed' : 'completed',
      ...tokensIn(attributes),
    },
  };
}

const TOKENS: Readonly<Record<string, readonly string[]>> = {
  input_tokens: ['input_tokens', 'input_token_count', 'gen_ai.usage.input_tokens'],
  output_tokens: ['output_tokens', 'output_token_count', 'gen_ai.usage.output_tokens'],
  cached_tokens: ['cache_read_tokens', 'cached_token_count', 'cached_content_token_count'],
};

function tokensIn(attributes: Said): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, sources] of Object.entries(TOKENS)) {
    const count = sources.map((source) => numberOf(attributes[source])).find((value) => value !== undefined && value >= 0);
    if (count !== undefined) counts[name] = Math.round(count);
  }
  return counts;
}
