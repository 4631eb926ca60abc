/**
 * Stage 1, agents, the words: what a translator makes of one call of an agent's hook. Translators are pure functions from
 * what the agent said to this; src/capture/agents/derive.ts makes records of it.
 */
import type { JsonObject } from '../../core/canonical.ts';
import type { Said } from './said.ts';

/** The agents whose hooks are understood. */
export const AGENTS = ['claude-code', 'codex', 'cursor', 'gemini'] as const;
export type AgentName = (typeof AGENTS)[number];

/** Tells whether a name is that of an agent whose hooks are understood. */
export function isAgent(name: string): name is AgentName {
  return AGENTS.some((agent) => agent === name);
}

/** One call of a hook. */
export interface HookCall {
  /** The agent's name for what happened. */
  readonly event: string;
  readonly said: Said;
  /** The top of the work tree, an absolute path. */
  readonly top: string;
}

/** An event, as far as the agent told it. */
export interface AgentEvent {
  readonly type: string;
  readonly payload: JsonObject;
}

/** What a call comes to. */
export interface Told {
  /** The agent's own id of its session. */
  readonly session: string;
  readonly model?: string | undefined;
  readonly events: readonly AgentEvent[];
  /** A tool call begins: under this name, unique in the session. */
  readonly begins?: string | undefined;
  /** A tool call that was begun under this name has ended. */
  readonly ends?: string | undefined;
  /** The session begins; its first event says so. */
  readonly starts?: JsonObject;
}

/** What a call comes to, or why it comes to nothing. */
export type Translation = Told | { readonly ignored: string };

export type Translate = (call: HookCall) => Translation;

/** Path of a file relative to the work tree, `undefined` for none and for one outside of it; a relative path is the tree's already. */
export function pathInTree(path: string | undefined, top: string, cwd: string = top): string | undefined {
  if (path === undefined) return undefined;
  const from = path.startsWith('/') ? path : `${cwd}/${path}`;
  const steps: string[] = [];
  for (const step of from.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  const full = `/${steps.join('/')}`;
  if (full === top) return '';
  return full.startsWith(top === '/' ? '/' : `${top}/`) ? full.slice(top === '/' ? 1 : top.length + 1) : undefined;
}
