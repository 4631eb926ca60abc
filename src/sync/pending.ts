/** What could not be delivered, with the reason, until it is: `trace/pending.json`. Losing the file loses no event. */
import type { Clock, TraceFiles } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
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

/** What waits for a remote, given by name or URL. */
export function pendingFor(files: TraceFiles, remote: string): Readonly<Record<TraceName, PendingFailure>> {
  return loadPending(files)[withoutUserinfo(remote)] ?? {};
}

/**
 * Notes what became of a push.
 *
 * @param failed traces that did not arrive, and why
 * @returns the traces that failed for a reason that was not noted before, so that it is said once
 */
export function notePushes(
  files: TraceFiles,
  clock: Clock,
  remote: string,
  delivered: readonly TraceName[],
  failed: ReadonlyMap<TraceName, string>,
): TraceName[] {
  const name = withoutUserinfo(remote);
  const { [name]: before = {}, ...others } = loadPending(files);
  const entries = { ...before };
  for (const trace of delivered) delete entries[trace];
  const now = timestamp(clock.now());
  for (const [trace, error] of failed) {
    const known = before[trace];
    entries[trace] = { error, attempts: (known?.attempts ?? 0) + 1, since: known?.since ?? now, last: now };
  }
  const after = Object.keys(entries).length === 0 ? others : { ...others, [name]: entries };
  if (Object.keys(after).length > 0) files.replace(FILE, `${JSON.stringify(after, null, 2)}\n`);
  else if (files.exists(FILE)) files.remove(FILE);
  return [...failed].flatMap(([trace, error]) => (gist(before[trace]?.error) === gist(error) ? [] : [trace]));
}

/** What stays of a reason when it is given again: object ids, ports and counts may differ. */
function gist(reason: string | undefined): string | undefined {
  return reason?.replace(/\b[0-9a-f]{7,64}\b|[0-9]+/g, '#');
}
