/**
 * Stage 1, agents: the events that all agents tell in their own words: prompts, ends of sessions, and what tools make. A
 * shell's call is a `command`, everything else a `tool_call`; edits are made in diff.ts. Pure; the outputs are sampled here,
 * as `git trace run` samples them.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { COMMAND_LIMIT } from '../../core/cap.ts';
import { type Sample, startSample } from '../sample.ts';
import { type Said, textIn } from './said.ts';
import { type AgentEvent, pathInTree } from './told.ts';

/** Characters of what a tool was called with. */
const PREVIEW = 200;

/** Members of a tool's input that name a file or a folder, and those that say otherwise what it is about. */
const PATHS = ['file_path', 'notebook_path', 'absolute_path', 'target_file', 'path', 'dir_path'];
const WORDS = ['pattern', 'query', 'url', 'skill', 'subagent_type', 'description'];

const NO_DIGEST = { update: () => undefined, digest: () => '' };

/** A sample of a text, as of a command's output. */
export function sampleOf(text: string): Sample {
  const sampler = startSample(NO_DIGEST);
  sampler.add(Buffer.from(text));
  return sampler.finish();
}

/** What a person asked for, where it is told. */
export function promptEvents(said: Said, more: JsonObject = {}): AgentEvent[] {
  const text = textIn(said, 'prompt');
  return text === undefined ? [] : [{ type: 'prompt', payload: { ...more, text } }];
}

/** Makes a `session_ended`. @param reason in the agent's words */
export function endEvent(reason: string | undefined, status = 'completed'): AgentEvent {
  return { type: 'session_ended', payload: { ...(reason === undefined ? {} : { reason }), status } };
}

/** A shell's command that has ended. */
export interface ShellCall {
  readonly command: string;
  /** Relative to the work tree. */
  readonly cwd: string;
  readonly tool: string;
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr?: string | undefined;
  readonly durationMs?: number | undefined;
  /** It goes on in the background. */
  readonly unfinished?: boolean;
  readonly more?: JsonObject;
}

/** Makes a `command`. */
export function commandEvent(call: ShellCall): AgentEvent {
  const { command, stderr = '' } = call;
  const [out, err] = [sampleOf(call.stdout), stderr === '' ? undefined : sampleOf(stderr)];
  const cut = command.length > COMMAND_LIMIT;
  return {
    type: 'command',
    payload: {
      command: cut ? `${command.slice(0, COMMAND_LIMIT).toWellFormed()}…` : command,
      cwd: call.cwd,
      ...durationOf(call.durationMs),
      exit_code: call.exit,
      ...(err === undefined ? {} : { stderr_sample: err.text }),
      stdout_sample: out.text,
      tool: call.tool,
      ...(cut || out.truncated || err?.truncated === true ? { truncated: true } : {}),
      ...(call.unfinished === true ? { unfinished: true } : {}),
      ...call.more,
    },
  };
}

/** A tool that has answered, or failed to. */
export interface ToolCall {
  readonly tool: string;
  readonly status: 'completed' | 'failed' | 'interrupted' | 'cancelled';
  /** What it was about, if that may be said. */
  readonly preview?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly tokens?: number | undefined;
  readonly more?: JsonObject;
}

/** Makes a `tool_call`. */
export function toolEvent(call: ToolCall): AgentEvent {
  const { preview } = call;
  return {
    type: 'tool_call',
    payload: {
      ...(preview === undefined ? {} : { command_preview: previewLine(preview) }),
      ...durationOf(call.durationMs),
      status: call.status,
      ...(call.tokens === undefined ? {} : { tokens: Math.round(call.tokens) }),
      tool_name: call.tool,
      ...call.more,
    },
  };
}

/** What a tool's input is about, in a few words; nothing where no member tells, or it lies outside of the work tree. */
export function previewOf(input: Said, top: string, cwd: string | undefined): string | undefined {
  const path = textIn(input, ...PATHS);
  const words = textIn(input, ...WORDS);
  if (path === undefined) return words;
  const inside = pathInTree(path, top, cwd);
  if (inside === undefined) return undefined;
  return [words, inside].filter((part) => part !== undefined && part !== '').join(' in ') || '.';
}

/** The exit status that a text tells in its first or last lines, as agents print it. */
export function exitIn(text: string): number | undefined {
  const told = /(?:^|\n)\W{0,4}(?:command (?:failed|exited) with )?exit (?:code|status):? {0,4}(-?[0-9]{1,10})\b/i.exec(text)?.[1];
  return told === undefined ? undefined : Number(told);
}

/**
 * What a call is about, in one line: the first, cut between two words. A secret without its beginning, its end or its line is
 * not known for one any more.
 *
 * @example
 * previewLine('- name: db\n  password: x') // '- name: db'
 */
export function previewLine(text: string): string {
  const [first = ''] = text.trim().split(/[\r\n\u2028\u2029]/, 1);
  const line = first.replace(/\s+/g, ' ').trim();
  if (line.length <= PREVIEW) return line;
  const head = line.slice(0, PREVIEW - 1);
  const end = head.lastIndexOf(' ');
  const address = /^https?:\/\/[^?#\s]{1,190}(?=[?#])/.exec(line)?.[0] ?? '';
  return `${end < 0 ? address : head.slice(0, end)}…`;
}

function durationOf(ms: number | undefined): JsonObject {
  return ms === undefined ? {} : { duration_ms: Math.round(ms) };
}
