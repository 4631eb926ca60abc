/**
 * Stage 4, forgetting: after an erasure nothing here may name the commits that hold what was erased, tracking refs
 * neither. They only say what a remote had; the next fetch makes them anew.
 */
import type { Sha256 } from '../core/line.ts';
import type { RefChange } from '../core/ports.ts';
import { archiveMonth, TRACES, TRACKING, type TraceName } from '../core/trace-name.ts';
import { type Marks, readMarks } from '../journal/erased.ts';
import { loadRoot } from '../journal/read.ts';
import type { Tree } from '../journal/tree.ts';
import { eventsOf } from './erase.ts';
import { eraseLines } from './erase-lines.ts';
import { adoptedBranches } from './fetch.ts';
import type { SyncPorts } from './integrate.ts';
import { Layer } from './layer.ts';

/**
 * Deletes the tracking refs, of all remotes, that still hold what was erased in a trace.
 *
 * @returns those that were deleted
 */
export async function forgetTracked(ports: SyncPorts, trace: TraceName): Promise<readonly string[]> {
  const { refs, objects } = ports.repository;
  const marks = (await eventsOf(ports, trace))?.marks ?? new Set();
  const sources = [trace, ...(await adoptedBranches(ports, trace))];
  const gone: RefChange[] = [];
  for (const { name, oid } of await refs.list([TRACKING])) {
    const found = trackedName(name, sources);
    if (found === undefined) continue;
    const layer = new Layer(objects);
    const root = await loadRoot(layer, oid).catch(() => undefined);
    const journal = found === 'archive' ? await root?.folder(trace) : root;
    const holds = journal !== undefined && (await mayHold(layer, journal, marks, ports.sha256).catch(() => true));
    if (holds) gone.push({ name, before: oid, after: undefined });
  }
  await refs.update(gone);
  return gone.map(({ name }) => name);
}

/** Whether a journal, or what is behind it, may hold an event of these marks. */
async function mayHold(layer: Layer, journal: Tree, marks: Marks, sha256: Sha256): Promise<boolean> {
  const known = await readMarks(layer, journal);
  const missing = [...marks].filter((mark) => !known.has(mark));
  return (await eraseLines(layer, layer.batch(), journal, { marks: new Set(missing), listed: marks }, sha256)).isBehind;
}

/** Whether a tracking ref is one of these traces', or an archive. */
function trackedName(name: string, traces: readonly TraceName[]): 'trace' | 'archive' | undefined {
  // what stands before it is the remote's name, which may have slashes of its own
  if (archiveMonth(`${TRACES}${name.slice(-'archive/2026-11'.length)}`) !== undefined) return 'archive';
  const isTheirs = traces.some((trace) => name.endsWith(`/${trace}/journal`) || name.slice(0, -17).endsWith(`/${trace}/inbox`));
  return isTheirs ? 'trace' : undefined;
}
