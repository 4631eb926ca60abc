/**
 * How a session stands: it said so when it ended, or its last event tells. Pure; the time to judge by is given.
 */

export type SessionStatus = 'active' | 'completed' | 'failed' | 'interrupted';

/** Silence after which a session without an end counts as interrupted. */
export const SILENCE_MS = 30 * 60_000;

/**
 * The status of a session.
 *
 * @param ended the status of its `session_ended`; `undefined` where it has none, or began again since
 * @param last its last event, in milliseconds since 1970
 * @param reference when it is judged: now, or the trace's last event where all clones must say the same
 * @example
 * sessionStatus(undefined, 0, 29 * 60_000) // 'active'
 */
export function sessionStatus(ended: unknown, last: number, reference: number): SessionStatus {
  if (ended === 'completed' || ended === 'failed' || ended === 'interrupted') return ended;
  return reference - last < SILENCE_MS ? 'active' : 'interrupted';
}

/**
 * What a session's id says of it, where an interactive shell made it up: `<shell>-<version>-<pid>-<seconds since 1970>`.
 * So whoever joins the session, a git hook or a note, begins it as the shell would have.
 *
 * @example
 * shellSession('bash-5.2.15-4711-1795252502') // { kind: 'shell', tool: 'bash 5.2.15' }
 */
export function shellSession(id: string): { kind: 'shell'; tool: string } | undefined {
  const [, shell, version] = /^(bash|zsh|fish)-([0-9][0-9A-Za-z.]{0,15})-[0-9]+-[0-9]+$/.exec(id) ?? [];
  return shell === undefined ? undefined : { kind: 'shell', tool: `${shell} ${version}` };
}

/**
 * What a session's id says of it, where it was made of a coding agent's own: `<agent>-<id>`. So a git hook that runs in an
 * agent's command joins the agent's session, whoever of both comes first.
 *
 * @example
 * agentSession('claude-code-7f0c') // { kind: 'agent', tool: 'claude-code' }
 */
export function agentSession(id: string): { kind: 'agent'; tool: string } | undefined {
  const tool = /^(claude-code|codex|cursor|gemini)-/.exec(id)?.[1];
  return tool === undefined ? undefined : { kind: 'agent', tool };
}
