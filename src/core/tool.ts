/**
 * Tools that are offered to agents: what they are called with and answer. The protocol that carries them is an adapter's
 * (src/adapters/mcp/); what they do is decided elsewhere.
 */

/** A tool, as an agent sees it. */
export interface Tool {
  /** snake_case. */
  readonly name: string;
  /** What it does, for the model that chooses. */
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly input: Readonly<Record<string, unknown>>;
  /** It changes nothing. */
  readonly readOnly: boolean;
  /** @throws what went wrong; the agent is told the message */
  call(args: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Who offers tools, and who has asked for them. */
export interface ToolServer {
  /** What the client calls itself, once it has said so. */
  client(): string | undefined;
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
}
