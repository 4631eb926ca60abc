/** Stage 4: a push, and what it teaches of the remote: tracking refs tell what a remote had when we last heard of it. */
import { isTraceError } from '../core/errors.ts';
import type { PushOutcome, PushUpdate } from '../core/ports.ts';
import { trackingRef } from '../core/trace-name.ts';
import type { SyncPorts } from './integrate.ts';

/** Pushes, and sees to the tracking refs. @throws remote-failed, no-remote */
export async function pushAndTrack(
  { repository }: Pick<SyncPorts, 'repository'>,
  remote: string,
  updates: readonly PushUpdate[],
): Promise<readonly PushOutcome[]> {
  if (updates.length === 0) return [];
  const { refs } = repository;
  const outcomes = await repository.remote.push(remote, updates);
  for (const { ref, kind } of outcomes) {
    if (kind === 'rejected') continue;
    const name = trackingRef(remote, ref);
    const before = await refs.get(name);
    const after = updates.find((update) => update.ref === ref)?.oid;
    // git has moved it already, unless the remote is no more than a URL
    if (before === after) continue;
    try {
      await refs.update([{ name, before, after }]);
    } catch (error) {
      if (!isTraceError(error)) throw error; // a fetch will put it right; until then the trace is pushed once more
    }
  }
  return outcomes;
}
