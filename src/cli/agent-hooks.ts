/** `git trace init --agent`: our hooks in the settings of coding agents, put in and taken out. */
import { hookFiles } from '../adapters/fs/hook-files.ts';
import { packageFile } from '../adapters/fs/package-files.ts';
import { AGENT_SCRIPT, AGENTS_INSTALLED, planAgent, readNotes, removeAgent } from '../capture/agents/install.ts';
import { hookCommand } from '../capture/agents/settings.ts';
import { AGENTS, type AgentName, isAgent } from '../capture/agents/told.ts';
import { fail } from '../core/errors.ts';
import type { Repository, TraceFiles } from '../core/ports.ts';
import type { Context } from './context.ts';

/** The agents that were named. @throws bad-argument */
export function agentsMeant(names: readonly string[]): AgentName[] {
  return names.map((name) => {
    if (isAgent(name)) return name;
    throw fail('bad-argument', `there are no hooks for the agent "${name}"`, [`name one: git trace init --agent ${AGENTS.join('|')}`]);
  });
}

/** Puts hooks into the agents' settings in this work tree, and says so. @throws bad-argument, read-only, disk-full */
export function addAgents(
  context: Context,
  repository: Repository,
  files: TraceFiles,
  agents: readonly AgentName[],
  dryRun: boolean,
): void {
  const { say } = context.output;
  const { workTree } = repository;
  if (agents.length > 0 && workTree === undefined)
    throw fail('bad-argument', 'a bare repository has no agents at work', ["run 'git trace init --agent' in a work tree"]);
  for (const agent of agents) {
    const plan = planAgent(hookFiles, workTree ?? '', agent);
    if (plan.outcome === 'installed') {
      if (!dryRun && plan.note !== undefined) {
        const kept = readNotes(files.read(AGENTS_INSTALLED)).filter(({ path }) => path !== plan.note?.path);
        files.replace(AGENTS_INSTALLED, `${JSON.stringify([...kept, plan.note], null, 1)}\n`, { durable: true });
        plan.act();
      }
      say(`${agent}: ${dryRun ? 'would put' : 'put'} hooks into '${plan.file}'; ${plan.hint}`);
    } else if (plan.outcome === 'there') say(`${agent}: '${plan.file}' has our hooks already`);
    else {
      say(`${agent}: '${plan.file}' was left alone, for it is no JSON that is understood; a hook for each event would run:`);
      say(`    ${hookCommand(agent, '<event>')}`);
    }
  }
  // also where they were installed by an earlier version
  if (!dryRun && readNotes(files.read(AGENTS_INSTALLED)).length > 0) files.replace(AGENT_SCRIPT, packageFile('hooks/agent.sh'));
}

/** Takes out the hooks of the named agents, or of all. @throws read-only, disk-full */
export function removeAgents(context: Context, files: TraceFiles, agents: readonly AgentName[], dryRun: boolean): void {
  const { say } = context.output;
  const notes = readNotes(files.read(AGENTS_INSTALLED));
  const those = agents.length === 0 ? notes : notes.filter(({ agent }) => agents.includes(agent));
  for (const note of those) {
    if (removeAgent(hookFiles, note, { dryRun })) say(`${dryRun ? 'would take' : 'took'} the hooks of ${note.agent} out of '${note.path}'`);
  }
  if (dryRun) return;
  const rest = notes.filter((note) => !those.includes(note));
  if (rest.length > 0) files.replace(AGENTS_INSTALLED, `${JSON.stringify(rest, null, 1)}\n`);
  else for (const name of [AGENTS_INSTALLED, AGENT_SCRIPT]) files.remove(name);
}
