/**
 * Stage 1, agents: what Gemini CLI's hooks say, as events. Pure. The shapes are those of its hook reference
 * (google-gemini/gemini-cli, docs/hooks/reference.md). No hook names the model but those around each request, which
 * carry the whole conversation and are not installed.
 */
import { commandEvent, endEvent, exitIn, previewOf, promptEvents, toolEvent } from './calls.ts';
import { editOf, type FileChange, hunkOf } from './diff.ts';
import { type Said, saidIn, textIn } from './said.ts';
import { type AgentEvent, type HookCall, pathInTree, type Translation } from './told.ts';

const SOURCE = 'gemini';

/** What one call of Gemini CLI's hook comes to. */
export function fromGemini(call: HookCall): Translation {
  const { said } = call;
  const session = textIn(said, 'session_id');
  if (session === undefined) return { ignored: 'no session_id' };
  const base = { session, model: textIn(said, 'model') };
  const event = textIn(said, 'hook_event_name') ?? call.event;
  switch (event) {
    case 'SessionStart': {
      const source = textIn(said, 'source', 'trigger');
      return { ...base, events: [], starts: source === undefined ? {} : { source } };
    }
    case 'SessionEnd':
      return { ...base, events: [endEvent(textIn(said, 'reason', 'trigger'))] };
    case 'BeforeAgent':
      return { ...base, events: promptEvents(said) };
    case 'BeforeTool':
      return { ...base, events: [], begins: keyOf(said) };
    case 'AfterTool':
      return { ...base, events: [toolUsed(call)], ends: keyOf(said) };
    case 'AfterAgent':
      return { ...base, events: [] };
    default:
      return { ignored: `a hook '${event.slice(0, 60)}'` };
  }
}

/** Calls have no id here: the tool and what it was given name one, until the same is called again. */
function keyOf(said: Said): string {
  return `${textIn(said, 'tool_name') ?? ''} ${JSON.stringify(saidIn(said, 'tool_input'))}`.slice(0, 400);
}

function toolUsed({ said, top }: HookCall): AgentEvent {
  const tool = textIn(said, 'tool_name') ?? 'unknown';
  const input = saidIn(said, 'tool_input');
  const answer = saidIn(said, 'tool_response');
  const cwd = textIn(said, 'cwd');
  const failed = textIn(answer, 'error') !== undefined || textIn(saidIn(answer, 'error'), 'message') !== undefined;
  if (tool === 'run_shell_command') {
    const answered = textIn(answer, 'llmContent') ?? textIn(answer, 'returnDisplay') ?? '';
    return commandEvent({
      command: textIn(input, 'command') ?? '',
      cwd: pathInTree(textIn(input, 'dir_path', 'directory') ?? cwd, top, cwd) ?? '',
      tool,
      exit: exitIn(answered) ?? (failed ? null : answered === '' ? null : 0),
      stdout: outputIn(answered),
    });
  }
  const change = failed ? undefined : changeOf(tool, input, answer, top, cwd);
  if (change !== undefined) return { type: 'edit', payload: { ...editOf(change, SOURCE), tool } };
  return toolEvent({ tool, status: failed ? 'failed' : 'completed', preview: previewOf(input, top, cwd) });
}

/** What a command printed: the answer to the model wraps it in lines of its own. */
function outputIn(answered: string): string {
  const [, output] =
    /(?:^|\n)Output: ([\s\S]*?)(?=\n(?:Error|Exit Code|Signal|Background PIDs|Process Group PGID): |$)/.exec(answered) ?? [];
  return output === undefined ? answered : output === '(empty)' ? '' : output;
}

function changeOf(tool: string, input: Said, answer: Said, top: string, cwd: string | undefined): FileChange | undefined {
  if (!['replace', 'write_file', 'edit'].includes(tool)) return undefined;
  const path = pathInTree(textIn(input, 'file_path', 'absolute_path'), top, cwd);
  if (path === undefined || path === '') return undefined;
  const display = saidIn(answer, 'returnDisplay');
  const diff = textIn(display, 'fileDiff') ?? '';
  const isNew = display['isNewFile'] === true || display['originalContent'] === null || /^@@ -0,0 /m.test(diff);
  const at = diff.search(/^@@ /m);
  if (at >= 0) return { path, status: isNew ? 'added' : 'modified', hunks: diff.endsWith('\n') ? diff.slice(at) : `${diff.slice(at)}\n` };
  const before = tool === 'write_file' ? '' : (textIn(input, 'old_string') ?? '');
  const after = textIn(input, 'new_string', 'content') ?? '';
  const hunks = hunkOf(before, after);
  return { path, status: isNew ? 'added' : 'modified', hunks: isNew ? hunks : hunks.replace(/^@@ -0,0 \+1,[0-9]+ @@/, '@@ @@') };
}
