/**
 * Stage 1, agents: what Claude Code's hooks say, as events. Pure. The shapes are those of its hook reference
 * (code.claude.com/docs/en/hooks); what is not known there is ignored.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { commandEvent, endEvent, exitIn, previewOf, promptEvents, toolEvent } from './calls.ts';
import { editOf, type FileChange, hunkOf } from './diff.ts';
import { isSaid, listIn, numberIn, type Said, saidIn, textIn } from './said.ts';
import { type AgentEvent, type HookCall, pathInTree, type Told, type Translation } from './told.ts';

export const SOURCE = 'claude-code';

/** What one call of Claude Code's hook comes to. */
export function fromClaudeCode(call: HookCall): Translation {
  const { said } = call;
  // Cursor runs the hooks of Claude Code too, and has hooks of its own
  if (textIn(said, 'cursor_version') !== undefined) return { ignored: 'it comes from Cursor' };
  const session = textIn(said, 'session_id');
  if (session === undefined) return { ignored: 'no session_id' };
  const base = { session, model: textIn(said, 'model') };
  const event = textIn(said, 'hook_event_name') ?? call.event;
  switch (event) {
    case 'SessionStart': {
      const source = textIn(said, 'source');
      if (source === 'compact') return { ...base, events: [] };
      return { ...base, events: [], starts: source === undefined ? {} : { source } };
    }
    case 'SessionEnd':
      return { ...base, events: [endEvent(textIn(said, 'reason'))] };
    case 'UserPromptSubmit':
      return { ...base, events: promptEvents(said, modelOf(said)) };
    case 'PreToolUse':
      return { ...base, events: [], begins: textIn(said, 'tool_use_id') };
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return { ...base, events: toolEvents(call, event === 'PostToolUseFailure', SOURCE), ends: textIn(said, 'tool_use_id') };
    case 'SubagentStart':
      return { ...base, events: [], begins: textIn(said, 'agent_id') };
    case 'SubagentStop':
      return { ...base, ...subagentEnded(said) };
    case 'Stop':
    case 'StopFailure':
      return { ...base, events: [] };
    default:
      return { ignored: `a hook '${event.slice(0, 60)}'` };
  }
}

/** A sub-agent's end, as a tool call of its own: its start and its end are told by hooks, not by the tool that began it. */
export function subagentEnded(said: Said): Pick<Told, 'events' | 'ends'> {
  const type = textIn(said, 'agent_type', 'subagent_type');
  const id = textIn(said, 'agent_id', 'subagent_id');
  const event = toolEvent({
    tool: 'subagent',
    status: 'completed',
    preview: type,
    ...(id === undefined ? {} : { more: { subagent: { id, ...(type === undefined ? {} : { type }) } } }),
  });
  return { events: [event], ends: id };
}

/** In which sub-agent it happened, where it was one; and with which model. */
function within(said: Said): JsonObject {
  const [id, type] = [textIn(said, 'agent_id'), textIn(said, 'agent_type')];
  return { ...modelOf(said), ...(id === undefined ? {} : { subagent: { id, ...(type === undefined ? {} : { type }) } }) };
}

export function modelOf(said: Said): { model?: string } {
  const model = textIn(said, 'model');
  return model === undefined ? {} : { model };
}

/** The events of a tool that was used. `source` is the agent. */
export function toolEvents({ said, top }: HookCall, failed: boolean, source: string): AgentEvent[] {
  const tool = textIn(said, 'tool_name') ?? 'unknown';
  const input = saidIn(said, 'tool_input');
  const cwd = textIn(said, 'cwd');
  const durationMs = numberIn(said, 'duration_ms');
  const error = textIn(said, 'error') ?? '';
  const interrupted = said['is_interrupt'] === true;
  const more = within(said);
  if (tool === 'Bash' && textIn(input, 'command') !== undefined) {
    const answer = saidIn(said, 'tool_response');
    const background = textIn(answer, 'backgroundTaskId') !== undefined || input['run_in_background'] === true;
    // a status that is no failure, such as that of a grep without a match, is told in words only
    const odd = textIn(answer, 'returnCodeInterpretation') !== undefined || answer['interrupted'] === true;
    return [
      commandEvent({
        command: textIn(input, 'command') ?? '',
        cwd: pathInTree(cwd, top) ?? '',
        tool,
        exit: failed ? (exitIn(error) ?? null) : background || odd ? null : 0,
        stdout: textIn(answer, 'stdout') ?? textIn(said, 'tool_response') ?? (failed ? error : ''),
        stderr: textIn(answer, 'stderr'),
        durationMs,
        unfinished: background || interrupted || answer['interrupted'] === true,
        more,
      }),
    ];
  }
  if (!failed) {
    const change = changeOf(tool, input, said, top, cwd);
    if (change !== undefined) return [{ type: 'edit', payload: { ...editOf(change, source), ...more, tool } }];
  }
  const answer = saidIn(said, 'tool_response');
  return [
    toolEvent({
      tool,
      status: interrupted ? 'interrupted' : failed ? 'failed' : 'completed',
      preview: previewOf(input, top, cwd),
      durationMs: durationMs ?? numberIn(answer, 'totalDurationMs'),
      tokens: numberIn(answer, 'totalTokens'),
      more,
    }),
  ];
}

/** The change of a tool that edits files; of files in the work tree only. */
function changeOf(tool: string, input: Said, said: Said, top: string, cwd: string | undefined): FileChange | undefined {
  if (!['Edit', 'MultiEdit', 'Write', 'NotebookEdit'].includes(tool)) return undefined;
  const path = pathInTree(textIn(input, 'file_path', 'notebook_path'), top, cwd);
  if (path === undefined || path === '') return undefined;
  const answer = saidIn(said, 'tool_response');
  const added = tool === 'Write' && (answer['type'] === 'create' || (answer['type'] === undefined && answer['originalFile'] === null));
  if (added) return { path, status: 'added', hunks: hunkOf('', textIn(input, 'content') ?? '') };
  return { path, status: 'modified', hunks: hunksOf(listIn(answer, 'structuredPatch')) ?? hunksOfInput(input) };
}

/** Hunks as Claude Code's tools answer them; `undefined` where there are none. */
function hunksOf(patch: readonly unknown[]): string | undefined {
  const hunks = patch.filter(isSaid).map((hunk) => {
    const [from, count, to, many] = ['oldStart', 'oldLines', 'newStart', 'newLines'].map((name) => numberIn(hunk, name) ?? 0);
    const lines = listIn(hunk, 'lines').filter((line) => typeof line === 'string');
    return [`@@ -${from},${count} +${to},${many} @@`, ...lines, ''].join('\n');
  });
  return hunks.length === 0 ? undefined : hunks.join('');
}

function hunksOfInput(input: Said): string {
  const edits = listIn(input, 'edits');
  const pairs = edits.length > 0 ? edits : [input];
  return pairs
    .map((edit) => hunkOf(textIn(edit, 'old_string', 'old_source') ?? '', textIn(edit, 'new_string', 'new_source', 'content') ?? ''))
    .map((hunk) => hunk.replace(/^@@ -0,0 \+1,[0-9]+ @@/, '@@ @@'))
    .join('');
}
