/**
 * The trace of a job's pull request, brought together from everywhere it may be: the base repository, the branch it was
 * recorded under before there was a pull request, and a fork, whose data is foreign. For `ci comment` and `ci archive`.
 */
import type { CiEnvironment } from '../capture/ci/job.ts';
import {
  type Choice,
  choosePullRequest,
  idOfPullRequest,
  linkedEvent,
  reviewedEvent,
  type SaidPullRequest,
} from '../capture/pull-request.ts';
import { isTraceError, messageOf } from '../core/errors.ts';
import type { Host, PullRequest } from '../core/host.ts';
import { branchTrace, journalRef, type TraceName } from '../core/trace-name.ts';
import { fetchTraces, RECORDED_AS } from '../sync/fetch.ts';
import type { Inbox } from '../sync/inbox.ts';
import { type PushResult, pushTraces } from '../sync/push.ts';
import { wholeTrace } from '../sync/whole.ts';
import { ciPullRequest, readCiEnvironment } from './ci-environment.ts';
import { type CiRepository, ciRepository } from './ci-repository.ts';
import type { Input, Option } from './command.ts';
import type { Context } from './context.ts';
import { hostOfRemote, openHost } from './host.ts';
import { linkBranch, recordFromHost, recordUpdate } from './link-branch.ts';
import { tellFailedFetch, tellPush } from './remote.ts';

/** Options that the commands about a pull request share. */
export const TARGET_OPTIONS: Readonly<Record<string, Option>> = {
  pr: { type: 'string', value: '<pr>', summary: "for this pull request instead of the job's" },
  remote: { type: 'string', value: '<url>', summary: 'the repository that has the traces' },
  strict: { type: 'boolean', summary: 'exit with 1 if something went wrong' },
};

/** The pull request that a job is about, and where everything of it is. */
export interface CiTarget {
  readonly ci: CiEnvironment | undefined;
  readonly trace: TraceName;
  readonly repository: CiRepository;
  /** Undefined where the job's host is none that we can ask. */
  readonly host: Host | undefined;
  readonly said: SaidPullRequest | undefined;
  /** Whether that was said by the event that started the job, a while ago. */
  readonly isOld: boolean;
  readonly head: PullRequest['head'] | Head | undefined;
  readonly base: string | undefined;
}

interface Head {
  readonly branch: string;
  readonly oid: string | null;
  readonly repository: string | null;
  readonly cloneUrl: string | null;
}

/**
 * Runs a part of `git trace ci` that is about a pull request: finds that, opens what is needed, and sees to it that
 * nothing of ours fails a build.
 */
export async function forPullRequest(
  context: Context,
  input: Input,
  what: string,
  work: (target: CiTarget) => Promise<boolean>,
): Promise<number> {
  if (context.silenced()) return 0;
  const strict = input.flag('strict');
  try {
    const ci = readCiEnvironment(context, input);
    const trace = ciPullRequest(ci, input.text('pr'));
    if (trace === undefined) {
      context.output.say(`this run is for no pull request: nothing to ${what}`);
      context.output.say("hint: '--pr <number>' names one");
      return 0;
    }
    const repository = await ciRepository(context, ci, input.text('remote'));
    try {
      return (await work(await target(ci, trace, repository))) || !strict ? 0 : 1;
    } finally {
      await repository.close();
    }
  } catch (error) {
    if (isTraceError(error) && error.exit === 129) throw error;
    // what was wrong is shown, and may have been a secret
    await context.redactor();
    context.output.say(`warning: there was nothing to ${what}: ${messageOf(error)}`);
    for (const hint of isTraceError(error) ? error.hints : []) context.output.say(`hint: ${hint}`);
    return strict ? 1 : 0;
  }
}

async function target(ci: CiEnvironment | undefined, trace: TraceName, repository: CiRepository): Promise<CiTarget> {
  const own = ci?.pullRequest?.number === trace ? ci.pullRequest : null;
  const at = ci?.host ?? (await hostOfCheckout(repository));
  const name = own?.repository ?? at?.repository;
  const host =
    at === undefined || name === undefined
      ? undefined
      : await openHost(repository.context, { host: at.name, repository: name, apiUrl: at.apiUrl ?? undefined, purpose: 'ci' });
  const known = { ci, trace, repository, host };
  if (own?.head != null && own.facts !== null) return { ...known, said: own.facts, isOld: true, head: own.head, base: own.base?.branch };
  const [asked] = (await host?.findPullRequests({ number: trace })) ?? [];
  return {
    ...known,
    said: asked ?? own?.facts ?? undefined,
    isOld: asked === undefined,
    head: asked?.head ?? own?.head ?? undefined,
    base: asked?.base.branch ?? own?.base?.branch,
  };
}

/** The host that the remote leads to: a server that tells none, or none at all, still has a checkout that does. */
async function hostOfCheckout({
  context,
  remote,
}: CiRepository): Promise<{ name: string; repository: string; apiUrl: string | null } | undefined> {
  const hosted = await hostOfRemote(context, remote);
  return hosted === undefined ? undefined : { name: hosted.host, repository: hosted.path, apiUrl: null };
}

/**
 * Brings the trace together, records what is said of the pull request, and sends what is new.
 *
 * 1. what the base has under the number, and of a branch of its own under the branch's name;
 * 2. what a fork has: foreign data, taken only as far as it is about this pull request;
 * 3. the branch's trace becomes the pull request's, unless another open one has the same branch;
 * 4. title, status and dates, and reviews;
 * 5. all of it goes to the base, if the job may write there.
 *
 * @returns whether anybody has recorded anything; of a pull request without a trace the host's words alone are not kept
 */
export async function gatherTrace(context: Context, target: CiTarget): Promise<boolean> {
  const { trace, repository, host, said, isOld, head } = target;
  const own = repository.context;
  const ports = await own.flushPorts();
  const branch = head?.branch;
  const isFork = head != null && isOther(head.repository, host?.repository);
  const fromBranch = branch === undefined || isFork ? undefined : branchTrace(branch, own.sha256);
  const { failed, inboxes } = await fetchTraces(ports, repository.remote, fromBranch === undefined ? [trace] : [trace, fromBranch]); // 1
  tellFailedFetch(context.output, failed);
  if (isFork) await takeFromFork(context, target); // 2
  const { refs } = ports.repository;
  const hasBranch = fromBranch !== undefined && (await refs.get(journalRef(fromBranch))) !== undefined;
  if (!hasBranch && (await wholeTrace(ports, trace)) === undefined) return false;
  const isTaken = branch !== undefined && (await linkOnce(context, target, branch, hasBranch)); // 3
  if (!isTaken && (await wholeTrace(ports, trace)) === undefined) return false;
  if (said !== undefined) await recordUpdate(own, trace, said, isOld && target.ci?.action !== 'reopened'); // 4
  if (host !== undefined) await recordReviews(context, own, trace, host);
  // what was delivered for the branch is the pull request's by now
  const folded = inboxes.map((inbox) => (isTaken && inbox.trace === fromBranch ? { ...inbox, trace } : inbox));
  await send(context, target, folded); // 5
  if (hasBranch && branch !== undefined)
    for (const key of ['trace', RECORDED_AS]) await ports.repository.config.unset(`branch.${branch}.${key}`);
  return true;
}

function isOther(one: string | null, other: string | undefined): boolean {
  return one !== null && other !== undefined && one.toLowerCase() !== other.toLowerCase();
}

async function takeFromFork(context: Context, { trace, repository, host, head }: CiTarget): Promise<void> {
  if (head?.cloneUrl == null || host === undefined) return;
  const ports = await repository.context.flushPorts();
  const prId = idOfPullRequest(host.repository, trace);
  try {
    const { fetchForeign } = await import('../sync/foreign.ts');
    await fetchForeign(ports, head.cloneUrl, { branch: head.branch, number: trace, prId }, trace);
  } catch (error) {
    if (!isTraceError(error)) throw error;
    context.output.say(`warning: nothing was taken from the fork: ${error.message}`);
  }
}

/** Links the head branch, if this is the one pull request that it can belong to. @returns whether the branch's trace went into it */
async function linkOnce(context: Context, target: CiTarget, branch: string, hasBranch: boolean): Promise<boolean> {
  const { trace, repository, host, base } = target;
  const own = repository.context;
  const ports = await own.flushPorts();
  const link = { number: trace, repository: host?.repository, host: host?.name, base };
  const found: Choice =
    host === undefined || !hasBranch
      ? { kind: 'none' }
      : choosePullRequest(await host.findPullRequests({ branch, repository: host.repository }));
  if (found.kind === 'many') {
    const numbers = found.open.map(({ number }) => `#${number}`).join(', ');
    context.output.say(`warning: the trace of branch '${branch}' stays apart, for it has several open pull requests: ${numbers}`);
    context.output.say("hint: 'git trace link <pr>' on the branch says which one it belongs to");
    if ((await wholeTrace(ports, trace)) === undefined) return false;
  } else if (hasBranch) {
    await linkBranch(own, branch, link);
    return true;
  }
  await recordFromHost(own, trace, [linkedEvent({ ...link, head: branch }, own.clock.now())]);
  return false;
}

/** Reviews that are not known yet; without them the rest of the summary still says what it knows. */
async function recordReviews(context: Context, own: Context, trace: TraceName, host: Host): Promise<void> {
  try {
    await recordFromHost(own, trace, (await host.reviews(trace)).map(reviewedEvent));
  } catch (error) {
    if (!isTraceError(error)) throw error;
    context.output.say(`warning: reviews are not known: ${error.message}`);
  }
}

async function send(context: Context, { trace, repository }: CiTarget, inboxes: readonly Inbox[]): Promise<void> {
  const ports = await repository.context.flushPorts();
  const result: PushResult = await pushTraces(ports, repository.remote, [trace], { inboxes });
  for (const reason of result.failed.values())
    context.output.say(`warning: what this job has learned of the pull request is not kept: ${reason}`);
  tellPush(context.output, repository.remote, { ...result, news: [] });
}
