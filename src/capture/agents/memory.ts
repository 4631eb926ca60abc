/**
 * Stage 1, agents: what is remembered from one flush to the next, in `trace/agents.json`: calls of tools that have begun,
 * and edits that agents have told. Of what agents said only hashes, for nobody has redacted it. Only ever added to and aged,
 * so that a flush that dies and is done again comes to the same. Pure.
 */

/** An edit that an agent has told. */
export interface ToldEdit {
  readonly branch: string | null;
  /** Hash of the path. */
  readonly path: string;
  /** Milliseconds since 1970: when the hook was called, which is right after the file was written. */
  readonly at: number;
  readonly additions: number;
  readonly deletions: number;
  /** The file of the spool with the snapshot's word of it. */
  by?: string;
}

export interface AgentMemory {
  /** Begun calls, by the hash of session and name, with their times. */
  readonly calls: Map<string, number>;
  /** Edits, each under what tells it from others. */
  readonly edits: Map<string, ToldEdit>;
  /** Hashes of sessions that hooks have told of: nobody imports them once more. */
  readonly sessions: Set<string>;
}

/** After a day nobody waits for a call's end, and the work tree has been looked at. */
const AGE = 24 * 3_600_000;
/** Entries of each kind. */
const MANY = 2_000;
/** Milliseconds that a hook may have been written before the clock of files says so. */
const SLACK = 100;

/** Reads what was remembered; damage counts as nothing. */
export function readMemory(text: string | undefined): AgentMemory {
  const memory: AgentMemory = { calls: new Map(), edits: new Map(), sessions: new Set() };
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    // written by formatMemory; what somebody else put there fails below, and is nothing
    const { calls = {}, edits = [], sessions = [] } = value as { calls?: Record<string, number>; edits?: ToldEdit[]; sessions?: string[] };
    for (const [key, at] of Object.entries(calls)) if (typeof at === 'number') memory.calls.set(key, at);
    for (const edit of edits) if (typeof edit.at === 'number' && typeof edit.path === 'string') rememberEdit(memory, edit);
    for (const session of sessions) if (typeof session === 'string') memory.sessions.add(session);
  } catch {
    return { calls: new Map(), edits: new Map(), sessions: new Set() };
  }
  return memory;
}

/** What is worth remembering at `now`, as text. */
export function formatMemory({ calls, edits, sessions }: AgentMemory, now: number): string {
  const young = (at: number): boolean => at > now - AGE;
  return `${JSON.stringify({
    calls: Object.fromEntries([...calls].filter(([, at]) => young(at)).slice(-MANY)),
    edits: [...edits.values()].filter(({ at }) => young(at)).slice(-MANY),
    sessions: [...sessions].slice(-MANY),
  })}\n`;
}

/** Remembers an edit; the same one twice is one. */
export function rememberEdit({ edits }: AgentMemory, edit: ToldEdit): void {
  const key = JSON.stringify([edit.branch, edit.path, edit.at, edit.additions, edit.deletions]);
  const known = edits.get(key);
  edits.set(key, known ?? edit);
}

/** What a snapshot has found changed in one file. */
export interface FoundEdit {
  readonly branch: string | null;
  /** Hash of the path. */
  readonly path: string;
  /** When the file was written last. */
  readonly at: number;
  readonly additions: number;
  readonly deletions: number;
}

/**
 * Whether agents have told a change already that a snapshot found: nobody wrote the file after the agent's last edit, and
 * the agent told at least as many lines. What a person did besides makes it more, or later, and then it is told.
 *
 * @param file the file of the spool that the snapshot's word stands in
 */
export function isTold({ edits }: AgentMemory, found: FoundEdit, file: string): boolean {
  const told = [...edits.values()].filter(
    ({ branch, path, at, by }) =>
      branch === found.branch && path === found.path && (by === undefined || by === file) && at >= found.at - AGE,
  );
  const sum = (of: 'additions' | 'deletions'): number => told.reduce((total, edit) => total + edit[of], 0);
  const last = Math.max(...told.map(({ at }) => at));
  const covered = told.length > 0 && found.at <= last + SLACK && found.additions <= sum('additions') && found.deletions <= sum('deletions');
  // either way the next snapshot begins behind this one
  for (const edit of told) if (edit.at <= found.at + SLACK || covered) edit.by = file;
  return covered;
}
