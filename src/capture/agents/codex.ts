/**
 * Stage 1, agents: what Codex's hooks say, as events. Pure. They are called as Claude Code's are, with the members of its
 * schemas (openai/codex, codex-rs/hooks/schema); tools and their answers are its own.
 */
import { commandEvent, exitIn, previewOf, toolEvent } from './calls.ts';
import { fromClaudeCode, modelOf } from './claude-code.ts';
import { editOf, readAppliedPatch } from './diff.ts';
import { numberIn, type Said, saidIn, textIn } from './said.ts';
import { type AgentEvent, type HookCall, pathInTree, type Translation } from './told.ts';

const SOURCE = 'codex';
const SHELL = /^(?:Bash|shell|local_shell|shell_command|exec_command|unified_exec)$/;

/** What one call of Codex's hook comes to. */
export function fromCodex(call: HookCall): Translation {
  const told = fromClaudeCode(call);
  if ('ignored' in told || (textIn(call.said, 'hook_event_name') ?? call.event) !== 'PostToolUse') return told;
  return { ...told, events: toolEvents(call) };
}

function toolEvents({ said, top }: HookCall): AgentEvent[] {
  const tool = (textIn(said, 'tool_name') ?? 'unknown').replace(/^functions\./, '');
  const input = saidIn(said, 'tool_input');
  const cwd = textIn(said, 'cwd');
  const more = modelOf(said);
  const { text, exit, durationMs } = answerOf(said);
  const command = commandOf(input);
  const patch = patchOf(tool, input, command);
  const succeeded = exit === undefined || exit === 0;
  if (patch !== undefined && succeeded) {
    const edits = readAppliedPatch(patch).flatMap(({ path: file, to, status, hunks }) => {
      const [path, oldPath] = [pathInTree(to ?? file, top, cwd), pathInTree(file, top, cwd)];
      if (path === undefined || oldPath === undefined) return [];
      const shown = status === 'added' ? hunks.replace(/^@@ @@\n/, `@@ -0,0 +1,${hunks.split('\n').length - 2} @@\n`) : hunks;
      return [{ type: 'edit', payload: { ...editOf({ path, oldPath, status, hunks: shown }, SOURCE), ...more, tool: 'apply_patch' } }];
    });
    if (edits.length > 0) return edits;
  }
  if (SHELL.test(tool) && command !== undefined) {
    return [
      commandEvent({
        command,
        cwd: pathInTree(textIn(input, 'workdir', 'cwd') ?? cwd, top, cwd) ?? '',
        tool,
        exit: exit ?? null,
        stdout: text,
        durationMs,
        more,
      }),
    ];
  }
  return [toolEvent({ tool, status: succeeded ? 'completed' : 'failed', preview: previewOf(input, top, cwd), durationMs, more })];
}

/** A command line; Codex also says it as a list of words, the shell's own before it. */
function commandOf(input: Said): string | undefined {
  const list = input['command'];
  if (!Array.isArray(list)) return textIn(input, 'command', 'cmd');
  const words = list.filter((word) => typeof word === 'string');
  return /^(?:.*\/)?(?:ba|z|da)?sh$/.test(words[0] ?? '') && /^-l?c$/.test(words[1] ?? '') ? words[2] : words.join(' ');
}

/** The patch that was applied, by the tool for it or by a command of that name. */
function patchOf(tool: string, input: Said, command: string | undefined): string | undefined {
  if (tool === 'apply_patch') return textIn(input, 'patch', 'input') ?? command;
  return command !== undefined && /^\s{0,20}apply_patch\b/.test(command) && command.includes('*** Begin Patch') ? command : undefined;
}

/** What a tool answered: a text, an object with `output` and `metadata`, or the latter as a text. */
function answerOf(said: Said): { text: string; exit: number | undefined; durationMs: number | undefined } {
  const answer = saidIn(said, 'tool_response');
  const text = textIn(answer, 'output', 'stdout') ?? textIn(said, 'tool_response') ?? '';
  const seconds = numberIn(saidIn(answer, 'metadata'), 'duration_seconds');
  const told = /^Exit code: -?[0-9]+\n(?:Wall time: ([0-9.]{1,12}) seconds\n)?(?:Total output lines: [0-9]+\n)?Output:\n/.exec(text);
  const wall = told?.[1] === undefined ? seconds : Number(told[1]);
  return {
    text: told === null ? text : text.slice(told[0].length),
    exit: numberIn(saidIn(answer, 'metadata'), 'exit_code') ?? numberIn(answer, 'exit_code') ?? (told === null ? undefined : exitIn(text)),
    durationMs: wall === undefined ? undefined : wall * 1_000,
  };
}
