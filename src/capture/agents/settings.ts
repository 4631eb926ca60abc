/**
 * Stage 1, installing: which agent keeps its hooks where, and what ours look like there. Data; every file is the
 * project's, none the person's. What the hooks say is read in the translator of each agent.
 */

import type { Addition } from './settings-text.ts';
import type { AgentName } from './told.ts';

export interface AgentSettings {
  /** Relative to the work tree. */
  readonly file: string;
  readonly additions: readonly Addition[];
  /** What a person has to know or do besides. */
  readonly hint: string;
}

/** Seconds after which an agent gives a hook up; ours gives itself up before. */
const TIMEOUT = 10;

/** The command that an agent runs: harmless where git, or git trace, is not. At the work tree's top git need not be asked. */
export function hookCommand(agent: AgentName, event: string): string {
  return `sh "$([ -r .git/trace/agent.sh ] && echo .git || git rev-parse --git-common-dir 2>/dev/null)/trace/agent.sh" ${agent} ${event} 2>/dev/null || :`;
}

const LIKE_CLAUDE = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'SubagentStart', 'SubagentStop', 'Stop'];

const EVENTS: Readonly<Record<AgentName, readonly string[]>> = {
  'claude-code': [...LIKE_CLAUDE, 'PostToolUseFailure', 'SessionEnd'],
  codex: LIKE_CLAUDE,
  cursor: [
    'sessionStart',
    'beforeSubmitPrompt',
    'afterShellExecution',
    'afterFileEdit',
    'postToolUse',
    'postToolUseFailure',
    'subagentStart',
    'subagentStop',
    'stop',
    'sessionEnd',
  ],
  gemini: ['SessionStart', 'BeforeAgent', 'BeforeTool', 'AfterTool', 'AfterAgent', 'SessionEnd'],
};

const FILES: Readonly<Record<AgentName, { file: string; hint: string }>> = {
  'claude-code': { file: '.claude/settings.local.json', hint: 'it is yours alone; sessions begun from now on are recorded' },
  codex: { file: '.codex/hooks.json', hint: "Codex asks you to trust them once: type '/hooks' in it" },
  cursor: { file: '.cursor/hooks.json', hint: 'committed, it records for colleagues who use git trace too, and does nothing for others' },
  gemini: {
    file: '.gemini/settings.json',
    hint: 'committed, it records for colleagues who use git trace too, and does nothing for others',
  },
};

/** Where an agent's hooks go, and what they are. */
export function settingsOf(agent: AgentName): AgentSettings {
  const additions = EVENTS[agent].map((event): Addition => ({ path: ['hooks', event], item: entry(agent, event) }));
  return { ...FILES[agent], additions: agent === 'cursor' ? [{ path: ['version'], value: 1 }, ...additions] : additions };
}

function entry(agent: AgentName, event: string): unknown {
  const command = hookCommand(agent, event);
  if (agent === 'cursor') return { command, timeout: TIMEOUT };
  const named =
    agent === 'gemini'
      ? { name: 'git-trace', type: 'command', command, timeout: TIMEOUT * 1_000 }
      : { type: 'command', command, timeout: TIMEOUT };
  return { hooks: [named] };
}
