/**
 * Stage 2, the words of coding agents' hooks: what hooks/agent.sh wrote, which is what the agent said, as it said it. Pure;
 * what it means is told at the flush (src/capture/agents/), for a hook has no time to read JSON.
 */
import type { TakeField } from './command-record.ts';

/** What an agent's hook was given, unread. */
export interface AgentRecord {
  /** The agent, as `git trace init --agent` calls it. */
  readonly agent: string;
  /** The agent's name for what happened, e.g. `PostToolUse`. */
  readonly event: string;
  /** The top of the work tree that the hook ran in. */
  readonly top: string;
  /** What stood on the hook's standard input: JSON, cut where it was long. */
  readonly text: string;
}

/** The type of a record that is to be told yet. */
export const AGENT_HOOK = 'agent_hook';

/** Reads the fields of an agent's record, or says what is wrong with them. */
export function agentRecord(take: TakeField): AgentRecord | string {
  const [agent, event, top] = ['agent', 'event', 'top'].map((name) => take(name)?.toString('utf8'));
  if (agent === undefined) return 'an agent without a name';
  return { agent, event: event ?? '', top: top ?? '', text: take('payload')?.toString('utf8') ?? '' };
}
