/**
 * What a flush must remember between two runs: how far each spool file is in the journal, and which swap was under way.
 * The intent is saved before the swap: after a crash the refs tell which offsets are true. Exactly once, whatever dies.
 */
import type { GitObjects, GitRefs, RefChange, TraceFiles } from '../core/ports.ts';
import type { TraceName } from '../core/trace-name.ts';
import type { Offsets } from '../spool/read.ts';

const STATE = 'state.json';
/** A lock that an interrupted flush left is cleared after so long; nobody but us touches these refs. */
const QUIET_MS = 500;

export interface Intent {
  readonly changes: readonly RefChange[];
  /** True once the changes are made. */
  readonly offsets: Offsets;
}

export interface FlushState {
  readonly offsets: Offsets;
  readonly intent?: Intent;
  /** Traces that the last flush could not write, and why: for `status`. */
  readonly held?: Readonly<Record<TraceName, string>>;
}

/** Reads the state; a missing or broken file means that nothing is known, and ids then keep events from being doubled. */
export function loadState(files: TraceFiles): FlushState {
  const bytes = files.read(STATE);
  if (bytes === undefined) return { offsets: {} };
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && 'offsets' in value) {
      // written by saveState of this program and nothing else
      return value as FlushState;
    }
  } catch {
    // a power cut may leave it empty on some file systems
  }
  return { offsets: {} };
}

/** Saves the state; `durable` before a swap, since the swap may survive a power cut. */
export function saveState(files: TraceFiles, state: FlushState, durable: boolean): void {
  const text = `${JSON.stringify(state)}\n`;
  // most flushes of nothing change nothing
  if (!durable && files.read(STATE)?.toString('utf8') === text) return;
  files.replace(STATE, text, { durable });
}

/**
 * Finds out whether the swap of an interrupted flush was made, and which offsets are therefore true. Clears the locks
 * it may have left. To be called under the flush lock.
 */
export async function settle(state: FlushState, refs: GitRefs, objects: GitObjects): Promise<FlushState> {
  const { intent } = state;
  if (intent === undefined) return state;
  await Promise.all(intent.changes.map((change) => refs.clearStaleLock(change.name, QUIET_MS)));
  let made = intent.changes.length > 0;
  for (const { name, after } of intent.changes) {
    const now = await refs.get(name);
    made &&= now !== undefined && after !== undefined && (now === after || (await objects.isAncestor(after, now)));
  }
  return { offsets: made ? intent.offsets : state.offsets };
}
