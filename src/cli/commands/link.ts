/** `git trace link`: says which pull request a branch belongs to; its trace becomes the pull request's. */
import type { JsonObject } from '../../core/canonical.ts';
import { fail, isTraceError } from '../../core/errors.ts';
import type { Repository } from '../../core/ports.ts';
import type { HostedRepository } from '../../core/pull-request.ts';
import { timestamp } from '../../core/time.ts';
import { branchTrace, journalRef, parseTraceArgument, type TraceName, UNASSIGNED } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { adoptTrace } from '../../journal/link.ts';
import { SpoolFile } from '../../spool/append.ts';
import { RECORDED_AS } from '../../sync/fetch.ts';
import { united } from '../../sync/integrate.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { tellHeld } from '../output.ts';
import { recorderPid } from '../recorder.ts';
import { remoteNames } from '../remote.ts';

export const link: Command = {
  name: 'link',
  summary: 'say which pull request a branch belongs to',
  usage: ['link [--branch <branch>] [--base <branch>] <pr>', 'link --unassigned <pr>'],
  description:
    "Makes the branch's trace the trace of a pull request: what was recorded so far moves there, what comes later goes\nthere. A branch may be linked again for a stacked pull request; then its later events go to the newest.\nWith --unassigned, what was recorded without a branch moves there, once.",
  options: {
    branch: { type: 'string', value: '<branch>', summary: 'link this branch instead of the current one' },
    base: { type: 'string', value: '<branch>', summary: 'name the branch that the pull request is to be merged into' },
    unassigned: { type: 'boolean', summary: 'move the events that had no branch' },
  },
  arguments: { min: 1, max: 1 },
  examples: [
    ['git trace link 42', 'the current branch belongs to pull request 42'],
    ['git trace link owner/repo#42', 'the same, named in full'],
    ['git trace link --unassigned 42', 'what was done on a detached HEAD, too'],
  ],
  async run(context, input) {
    const meant = parseTraceArgument(input.positionals[0] ?? '');
    if (meant.kind !== 'number')
      throw fail('bad-argument', `"${input.positionals[0]}" is no pull request`, ['give its number, owner/repo#number, or its URL']);
    const trace = meant.number;
    if (input.flag('unassigned')) {
      if (input.text('branch') !== undefined || input.text('base') !== undefined)
        throw fail('usage', "'--unassigned' is about no branch", ["leave out '--branch' and '--base'"]);
      return linkUnassigned(context, trace);
    }
    const { repository, files } = await context.flushPorts();
    const { config } = repository;
    if (recorderPid(files) === undefined) await recordEdits(context, 'link', { quiet: true });
    const branch = await branchToLink(context, repository, input);
    await flushAll(context);

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

    const hosted = await hostedAt(context, config.get(`branch.${branch}.remote`) ?? remoteNames(config)[0]);
    const path = meant.repository ?? hosted?.path;
    const spool = new SpoolFile(files, context.random, 'link', process.pid);
    // with an assigned time the id depends on what is said alone: linking twice, or in two clones, adds nothing
    spool.append(
      {
        place: { trace },
        type: 'pr_linked',
        ts: timestamp(context.clock.now()),
        tsAssigned: true,
        payload: {
          base: input.text('base') ?? null,
          head: branch,
          host: meant.host ?? hosted?.host ?? null,
          pr_id: path === undefined ? trace : `${path}#${trace}`,
        },
      },
      { durable: true },
    );
    const news = await pullRequestNews(context, { host: meant.host ?? hosted?.host, repository: path, number: trace });
    if (news !== undefined)
      spool.append({ place: { trace }, type: 'pr_updated', ts: timestamp(context.clock.now()), tsAssigned: true, payload: news });
    await flushAll(context, spool.name);
    context.output.say(`linked branch '${branch}' to pull request ${trace} (${journalRef(trace)})`);
    if (moved) context.output.say('what was recorded on the branch moved there');
    if (before !== undefined && before !== trace)
      context.output.say(`pull request ${before} keeps what it has; later events go to ${trace}`);
    return 0;
  },
};

/** Where the remote of a branch leads; '.' is this repository, and leads nowhere. */
async function hostedAt(context: Context, remote: string | undefined): Promise<HostedRepository | undefined> {
  if (remote === undefined || remote === '.') return undefined;
  const { hostOfRemote } = await import('../host.ts');
  return hostOfRemote(context, remote);
}

/** What the host says of a pull request, as pr_updated says it; where it cannot be asked, that is told and linking goes on. */
async function pullRequestNews(
  context: Context,
  { host: name, repository, number }: { host: string | undefined; repository: string | undefined; number: string },
): Promise<JsonObject | undefined> {
  if (name === undefined || repository === undefined) return undefined;
  const { openHost } = await import('../host.ts');
  try {
    const host = await openHost(context, { host: name, repository, purpose: 'command' });
    const [found] = (await host?.findPullRequests({ number })) ?? [];
    if (found === undefined) return undefined;
    return {
      closed_at: found.closedAt,
      created_at: found.createdAt,
      merge_commit: found.mergeCommit,
      merged_at: found.mergedAt,
      status: found.status,
      title: found.title,
      url: found.url,
    };
  } catch (error) {
    if (!isTraceError(error) || error.code !== 'host-failed') throw error;
    context.output.say(`warning: ${error.message}`);
    for (const hint of error.hints.slice(0, 1)) context.output.say(`hint: ${hint}`);
    return undefined;
  }
}

/** The branch that is meant: one that exists, or of which at least something was recorded. @throws no-branch, bad-argument */
async function branchToLink(context: Context, repository: Repository, input: Input): Promise<string> {
  const current = (await repository.head()).branch;
  const given = input.text('branch');
  if (given === undefined) {
    if (current !== undefined) return current;
    throw fail('no-branch', 'HEAD is detached, so there is no branch to link', [
      "check out a branch, or name one with '--branch'",
      "'git trace link --unassigned <pr>' moves what was recorded without a branch",
    ]);
  }
  const branch = given.replace(/^refs\/heads\//, '');
  if (branch === current) return branch; // it may have no commit yet
  await flushAll(context);
  const traces = [journalRef(branchTrace(branch, context.sha256)), `refs/heads/${branch}`];
  for (const ref of traces) if ((await repository.refs.get(ref)) !== undefined) return branch;
  throw fail('no-branch', `there is no branch '${branch}', and nothing was recorded on one`, ["'git branch' lists the branches"]);
}

async function linkUnassigned(context: Context, trace: TraceName): Promise<number> {
  await flushAll(context);
  const moved = await adopt(context, UNASSIGNED, trace, 'what had no branch');
  context.output.say(
    moved ? `what was recorded without a branch moved to pull request ${trace} (${journalRef(trace)})` : 'every event has a branch',
  );
  return moved ? 0 : 1;
}

async function adopt(context: Context, source: TraceName, target: TraceName, from: string): Promise<boolean> {
  const ports = await context.flushPorts();
  const unite = async (ours: string, theirs: string, ref: string): Promise<string> => (await united(ports, ours, theirs, ref, from)).oid;
  return adoptTrace({ repository: ports.repository, files: ports.files, unite }, source, target);
}

async function flushAll(context: Context, finished?: string): Promise<void> {
  const { held } = await flush(await context.flushPorts(), {
    wait: 30_000,
    ...(finished === undefined ? {} : { finished: new Set([finished]) }),
  });
  tellHeld(context.output, held);
}
