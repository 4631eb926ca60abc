/** Makes a branch's trace a pull request's, and records what a host says of it: for `link`, the push hook, and CI. */
import { type HostEvent, type KnownPullRequest, linkedEvent, type SaidPullRequest, updatedEvent } from '../capture/pull-request.ts';
import { mergeSessions } from '../core/order.ts';
import { branchTrace, type TraceName } from '../core/trace-name.ts';
import { flush } from '../journal/flush.ts';
import { adoptTrace } from '../journal/link.ts';
import { readRoot } from '../journal/read.ts';
import { SpoolFile } from '../spool/append.ts';
import { RECORDED_AS } from '../sync/fetch.ts';
import { united } from '../sync/integrate.ts';
import { wholeTrace } from '../sync/whole.ts';
import { foldHead } from '../timeline/document.ts';
import type { Context } from './context.ts';
import { tellHeld } from './output.ts';

/** The pull request that a branch is linked to, as far as it is known. */
export interface LinkTarget {
  readonly number: string;
  readonly repository?: string | undefined;
  readonly host?: string | undefined;
  readonly base?: string | undefined;
}

export interface Linked {
  /** The pull request that the branch was linked to before. */
  readonly before: TraceName | undefined;
  /** Whether anything was recorded under the branch. */
  readonly moved: boolean;
}

/**
 * Links a branch to a pull request: notes it in `branch.<name>.trace`, moves what was recorded under the branch and under
 * its former names, and records `pr_linked`.
 *
 * @throws locked, git-failed, unreadable-segment, newer-format, bad-policy
 */
export async function linkBranch(context: Context, branch: string, target: LinkTarget): Promise<Linked> {
  const { repository } = await context.flushPorts();
  const { config } = repository;
  await flushAll(context);
  const trace = target.number;
  const key = `branch.${branch}.trace`;
  const before = config.getAll(key).at(-1);
  if (before !== trace) await config.add(key, trace);
  let moved = false;
  for (const name of [branch, ...(await repository.formerNames(branch))]) {
    if (name !== branch && (await repository.refs.get(`refs/heads/${name}`)) !== undefined) continue; // another's now
    const recordedAs = `branch.${branch}.${RECORDED_AS}`;
    if (!config.getAll(recordedAs).includes(name)) await config.add(recordedAs, name);
    moved = (await adopt(context, branchTrace(name, context.sha256), trace, `branch ${name}`)) || moved;
  }
  await recordFromHost(context, trace, [linkedEvent({ ...target, head: branch }, context.clock.now())]);
  return { before, moved };
}

/** Moves one trace into another. @returns whether there was anything to move. @throws locked, git-failed, unreadable-segment, newer-format */
export async function adopt(context: Context, source: TraceName, target: TraceName, from: string): Promise<boolean> {
  const ports = await context.flushPorts();
  const unite = async (ours: string, theirs: string, ref: string): Promise<string> => (await united(ports, ours, theirs, ref, from)).oid;
  return adoptTrace({ repository: ports.repository, files: ports.files, unite }, source, target);
}

/** Records events that tell of a pull request in its trace, at once. */
export async function recordFromHost(context: Context, trace: TraceName, events: readonly HostEvent[]): Promise<void> {
  if (events.length === 0) return;
  const spool = new SpoolFile(await context.files(), context.random, 'host', process.pid);
  spool.appendAll(
    events.map((event) => ({ place: { trace }, ...event })),
    { durable: true },
  );
  await flushAll(context, spool.name);
}

/**
 * Records what is said of a pull request, where that is news.
 *
 * @param isOld it was said a while ago, as by the event that started a job: that it is open may be over by now
 */
export async function recordUpdate(context: Context, trace: TraceName, said: SaidPullRequest, isOld = false): Promise<void> {
  const known = await knownPullRequest(context, trace);
  if (isOld && said.status === 'open' && known.status !== 'open') return;
  const event = updatedEvent(said, known, context.clock.now());
  if (event !== undefined) await recordFromHost(context, trace, [event]);
}

const NOTHING: KnownPullRequest = { title: null, status: 'open', created_at: null, merged_at: null };

/** What the journal says of a pull request. */
async function knownPullRequest(context: Context, trace: TraceName): Promise<KnownPullRequest> {
  const whole = await wholeTrace(await context.flushPorts(), trace);
  if (whole === undefined) return NOTHING;
  const { parts } = await readRoot(whole.objects, whole.root);
  return foldHead(trace, mergeSessions(parts, context.sha256), context.sha256).pr;
}

/** Writes all that waits; `finished` is a spool file that nobody writes to any more. */
export async function flushAll(context: Context, finished?: string): Promise<void> {
  const { held } = await flush(await context.flushPorts(), {
    wait: 30_000,
    ...(finished === undefined ? {} : { finished: new Set([finished]) }),
  });
  tellHeld(context.output, held);
}
