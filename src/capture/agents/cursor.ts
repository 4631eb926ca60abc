/**
 * Stage 1, agents: what Cursor's hooks say, as events. Pure. The shapes are those of cursor.com/docs/agent/hooks: shells
 * and edits have hooks of their own, which tell more than the one after any tool; so that one is read for the others only.
 */
import type { JsonObject } from '../../core/canonical.ts';
import { commandEvent, endEvent, exitIn, previewOf, promptEvents, toolEvent } from './calls.ts';
import { modelOf, subagentEnded } from './claude-code.ts';
import { editOf, hunkOf } from './diff.ts';
import { listIn, numberIn, type Said, saidIn, textIn } from './said.ts';
import { type AgentEvent, type HookCall, pathInTree, type Translation } from './told.ts';

const SOURCE = 'cursor';
/** Tools with a hook of their own. */
const TOLD_ELSEWHERE = /^(?:Shell|Write|StrReplace|Edit|MultiEdit|ApplyPatch|EditNotebook|Delete)$/;
const ENDS: Readonly<Record<string, string>> = {
  aborted: 'interrupted',
  error: 'failed',
  user_close: 'completed',
  window_close: 'completed',
};

/** What one call of Cursor's hook comes to. */
export function fromCursor(call: HookCall): Translation {
  const { said, top } = call;
  const session = textIn(said, 'conversation_id', 'session_id');
  if (session === undefined) return { ignored: 'no conversation_id' };
  const base = { session, model: textIn(said, 'model') };
  const more: JsonObject = modelOf(said);
  const cwd = textIn(said, 'cwd');
  const event = textIn(said, 'hook_event_name') ?? call.event;
  const one = (told: AgentEvent): Translation => ({ ...base, events: [told] });
  switch (event) {
    case 'sessionStart': {
      const mode = textIn(said, 'composer_mode');
      return { ...base, events: [], starts: mode === undefined ? {} : { mode } };
    }
    case 'sessionEnd': {
      const reason = textIn(said, 'final_status', 'reason');
      return one(endEvent(reason, ENDS[reason ?? '']));
    }
    case 'beforeSubmitPrompt':
      return { ...base, events: promptEvents(said, more) };
    case 'afterShellExecution': {
      const output = textIn(said, 'output') ?? '';
      const exit = said['exit_code'];
      return one(
        commandEvent({
          command: textIn(said, 'command') ?? '',
          cwd: pathInTree(cwd, top) ?? '',
          tool: 'Shell',
          exit: typeof exit === 'number' && Number.isInteger(exit) ? exit : (exitIn(output) ?? null),
          stdout: output,
          durationMs: numberIn(said, 'duration'),
          more,
        }),
      );
    }
    case 'afterFileEdit':
      return { ...base, events: edited(said, top, cwd, more) };
    case 'postToolUse':
    case 'postToolUseFailure': {
      const tool = textIn(said, 'tool_name') ?? 'unknown';
      const failed = event === 'postToolUseFailure';
      if (!failed && TOLD_ELSEWHERE.test(tool)) return { ...base, events: [] };
      const status = said['is_interrupt'] === true ? 'interrupted' : failed ? 'failed' : 'completed';
      const preview = previewOf(saidIn(said, 'tool_input'), top, cwd);
      return one(toolEvent({ tool, status, preview, durationMs: numberIn(said, 'duration', 'duration_ms'), more }));
    }
    case 'subagentStart':
      return { ...base, events: [], begins: textIn(said, 'subagent_id', 'agent_id') };
    case 'subagentStop':
      return { ...base, ...subagentStopped(said) };
    case 'stop':
      return { ...base, events: [] };
    default:
      return { ignored: `a hook '${event.slice(0, 60)}'` };
  }
}

function subagentStopped(said: Said): { events: AgentEvent[]; ends: string | undefined } {
  const { events, ends } = subagentEnded(said);
  const ms = numberIn(said, 'duration_ms', 'duration');
  const status = ENDS[textIn(said, 'status') ?? ''] ?? 'completed';
  return {
    ends,
    events: events.map(({ type, payload }) => ({
      type,
      payload: { ...payload, ...(ms === undefined ? {} : { duration_ms: Math.round(ms) }), status },
    })),
  };
}

function edited(said: Said, top: string, cwd: string | undefined, more: JsonObject): AgentEvent[] {
  const path = pathInTree(textIn(said, 'file_path'), top, cwd);
  if (path === undefined || path === '') return [];
  const edits = listIn(said, 'edits');
  const hunks = edits
    .map((edit) => hunkOf(textIn(edit, 'old_string') ?? '', textIn(edit, 'new_string') ?? ''))
    // nothing before it: the beginning of a file only if it is the only one
    .map((hunk) => (edits.length === 1 ? hunk : hunk.replace(/^@@ -0,0 \+1,[0-9]+ @@/, '@@ @@')))
    .join('');
  const status = hunks.startsWith('@@ -0,0 ') ? 'added' : 'modified';
  return [{ type: 'edit', payload: { ...editOf({ path, status, hunks }, SOURCE), ...more } }];
}
