/** Stage 1, edits: what is remembered of a work tree's last snapshot. Without it the next one is compared with HEAD. */
import type { TraceFiles, TreePosition } from '../../core/ports.ts';

export interface LastSnapshot extends TreePosition {
  readonly tree: string;
  /** Number of the object store the tree is in, and whether the next snapshot should begin another. */
  readonly store: number;
  readonly grown: boolean;
  /** Objects that the store had when it was begun: each file that is not committed is one. */
  readonly begun?: number;
  /** When it was begun, in milliseconds since 1970: what is younger may not be in it. */
  readonly at: number;
  /** The records that told of it, if they may not be in the spool yet. */
  readonly file?: string;
}

const STATE = 'snapshot.json';

/** In the folder of a work tree: what has changed since the last snapshot is nobody's to know. */
const LEFT_OUT = 'left-out';

/** Has each work tree's next snapshot tell nothing: recording pauses from here on. @throws disk-full, read-only */
export function leaveOut(files: TraceFiles): void {
  for (const folder of files.list('worktrees')) files.replace(`worktrees/${folder}/${LEFT_OUT}`, '');
}

/** Whether this snapshot is to tell nothing. */
export function isLeftOut(files: TraceFiles, folder: string): boolean {
  return files.exists(`${folder}/${LEFT_OUT}`);
}

/** The last snapshot of a work tree; `undefined` where there is none, or it cannot be read. */
export function loadLast(files: TraceFiles, folder: string): LastSnapshot | undefined {
  try {
    const value: unknown = JSON.parse(files.read(`${folder}/${STATE}`)?.toString('utf8') ?? 'null');
    return isLast(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a snapshot. @throws disk-full, read-only */
export function saveLast(files: TraceFiles, folder: string, last: LastSnapshot): void {
  files.replace(`${folder}/${STATE}`, `${JSON.stringify(last)}\n`);
  files.remove(`${folder}/${LEFT_OUT}`);
}

function isLast(value: unknown): value is LastSnapshot {
  if (typeof value !== 'object' || value === null) return false;
  const { tree, store, at, reflog } = value as Partial<Record<keyof LastSnapshot, unknown>>; // each is looked at
  return typeof tree === 'string' && Number.isInteger(store) && typeof at === 'number' && typeof reflog === 'number';
}
