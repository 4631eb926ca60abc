/**
 * The outbox: which traces a push could not deliver, with the reason, until one does: `trace/pending.json`. The events
 * themselves are in the journal; losing the file loses none of them, only that they are tried again without being asked.
 */
import type { Clock, TraceFiles } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { timestamp } from '../core/time.ts';
import type { TraceName } from '../core/trace-name.ts';

const FILE = 'pending.json';
const LOCK = 'pending.lock';
/** Milliseconds that another process may take to note its own push. */
const PATIENCE = 2_000;

export interface PendingFailure {
  readonly error: string;
  readonly attempts: number;
  /** When it failed first and last. */
  readonly since: string;
  readonly last: string;
  /** Only ever `false`: nobody was there to be told of this error. */
  readonly told?: false;
}

/** Remote → trace → why it has not arrived. */
export type Pending = Readonly<Record<string, Readonly<Record<TraceName, PendingFailure>>>>;

/** What became of a push. */
export interface PushNote {
  readonly delivered: readonly TraceName[];
  /** Traces that did not arrive, and why. */
  readonly failed: ReadonlyMap<TraceName, string>;
  /** Whether somebody will be told of what failed. */
  readonly isHeard: boolean;
}

export function loadPending(files: TraceFiles): Pending {
  try {
    const value: unknown = JSON.parse(files.read(FILE)?.toString('utf8') ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Pending) : {}; // written by this file only
  } catch {
    return {};
  }
}

/** Whether anything waits for any remote. Looks at no more than a name, for those who ask often. */
export function isAnythingPending(files: TraceFiles): boolean {
  return files.exists(FILE);
}

/** The traces that wait for a remote, given by name or URL, the one that has waited longest first. */
export function pendingFor(files: TraceFiles, remote: string): TraceName[] {
  return oldestFirst(loadPending(files)[withoutUserinfo(remote)] ?? {}).map(([trace]) => trace);
}

/** How often a trace was tried in vain; 0 for one that does not wait. */
export function attemptsOf(files: TraceFiles, remote: string, trace: TraceName): number {
  return loadPending(files)[withoutUserinfo(remote)]?.[trace]?.attempts ?? 0;
}

/**
 * Notes what became of a push.
 *
 * @returns the traces that failed for a reason that nobody was told of before, so that it is said once
 * @throws disk-full, read-only
 */
export async function notePush(files: TraceFiles, clock: Clock, remote: string, note: PushNote): Promise<TraceName[]> {
  const { delivered, failed, isHeard } = note;
  const name = withoutUserinfo(remote);
  if (failed.size === 0 && loadPending(files)[name] === undefined) {
    // who was killed when all was done has left the lock, and nobody may ever want it again
    if (files.exists(LOCK)) (await files.lock(LOCK, 0))?.release();
    return [];
  }
  const news: TraceName[] = [];
  await change(files, (all) => {
    const before = all[name] ?? {};
    const entries = { ...before };
    for (const trace of delivered) delete entries[trace];
    const now = timestamp(clock.now());
    for (const [trace, error] of failed) {
      const known = before[trace];
      const isNews = known === undefined || known.told === false || gist(known.error) !== gist(error);
      if (isNews) news.push(trace);
      const { attempts = 0, since = now } = known ?? {};
      entries[trace] = { error, attempts: attempts + 1, since, last: now, ...(isNews && !isHeard ? { told: false } : {}) };
    }
    return { ...all, [name]: entries };
  });
  return news;
}

/** What waits for a remote without anybody having been told, the oldest first. It counts as told from now on. @throws disk-full, read-only */
export async function takeUntold(files: TraceFiles, remote: string): Promise<(readonly [TraceName, PendingFailure])[]> {
  const name = withoutUserinfo(remote);
  const untold = oldestFirst(loadPending(files)[name] ?? {}).filter(([, { told }]) => told === false);
  if (untold.length > 0)
    await change(files, (all) => {
      const entries = Object.entries(all[name] ?? {}).map(([trace, { told: _, ...failure }]) => [trace, failure] as const);
      return { ...all, [name]: Object.fromEntries(entries) };
    });
  return untold;
}

/** Reads, changes and writes the file while no other process does; one that hangs is not waited for. */
async function change(files: TraceFiles, how: (pending: Pending) => Pending): Promise<void> {
  const lock = await files.lock(LOCK, PATIENCE);
  try {
    const after = Object.fromEntries(Object.entries(how(loadPending(files))).filter(([, traces]) => Object.keys(traces).length > 0));
    if (Object.keys(after).length > 0) files.replace(FILE, `${JSON.stringify(after, null, 2)}\n`);
    else if (files.exists(FILE)) files.remove(FILE);
  } finally {
    lock?.release();
  }
}

function oldestFirst(traces: Readonly<Record<TraceName, PendingFailure>>): [TraceName, PendingFailure][] {
  // names that are numbers come first in any object, so their order there tells nothing
  return Object.entries(traces).sort(([, a], [, b]) => (a.since < b.since ? -1 : Number(a.since > b.since)));
}

/** What stays of a reason when it is given again: object ids, ports and counts may differ. */
function gist(reason: string): string {
  return reason.replace(/\b[0-9a-f]{7,64}\b|[0-9]+/g, '#');
}
