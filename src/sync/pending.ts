/** What could not be delivered, with the reason, until it is: `trace/pending.json`. Losing the file loses no event. */
import type { Clock, TraceFiles } from '../core/ports.ts';
import { timestamp } from '../core/time.ts';
import type { TraceName } from '../core/trace-name.ts';

const FILE = 'pending.json';

export interface PendingFailure {
  readonly error: string;
  readonly attempts: number;
  /** When it failed first and last. */
  readonly since: string;
  readonly last: string;
}

/** Remote → trace → why it has not arrived. */
export type Pending = Readonly<Record<string, Readonly<Record<TraceName, PendingFailure>>>>;

export function loadPending(files: TraceFiles): Pending {
  try {
    const value: unknown = JSON.parse(files.read(FILE)?.toString('utf8') ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Pending) : {}; // written by savePending only
  } catch {
    return {};
  }
}

/**
 * Notes what became of a push: `undefined` for traces that arrived, the reason for those that did not.
 *
 * @returns the traces that failed with an error that was not noted before, so that it is said once
 */
export function notePushes(
  files: TraceFiles,
  clock: Clock,
  remote: string,
  results: ReadonlyMap<TraceName, string | undefined>,
): TraceName[] {
  const before = loadPending(files);
  const entries = { ...before[remote] };
  const now = timestamp(clock.now());
  const news: TraceName[] = [];
  for (const [trace, error] of results) {
    const known = entries[trace];
    if (error === undefined) {
      delete entries[trace];
      continue;
    }
    if (known?.error !== error) news.push(trace);
    entries[trace] = { error, attempts: (known?.attempts ?? 0) + 1, since: known?.since ?? now, last: now };
  }
  const { [remote]: _, ...others } = before;
  const after = Object.keys(entries).length === 0 ? others : { ...others, [remote]: entries };
  if (Object.keys(after).length === 0) files.remove(FILE);
  else files.replace(FILE, `${JSON.stringify(after, null, 2)}\n`);
  return news;
}
