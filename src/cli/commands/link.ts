/** `git trace link`: says, or finds out, which pull request a branch belongs to; its trace becomes the pull request's. */
import { fail, isTraceError } from '../../core/errors.ts';
import type { PullRequest } from '../../core/host.ts';
import type { Repository } from '../../core/ports.ts';
import { harmless } from '../../core/shown.ts';
import { branchTrace, journalRef, parseTraceArgument, type TraceName, UNASSIGNED } from '../../core/trace-name.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { askForNumber, type Found, findByNumber, findPullRequest, type Numbered, type Wanted } from '../find-pull-request.ts';
import { hostOfRemote } from '../host.ts';
import { adopt, flushAll, type LinkTarget, linkBranch, recordUpdate } from '../link-branch.ts';
import { recorderPid } from '../recorder.ts';
import { defaultRemote } from '../remote.ts';

export const link: Command = {
  name: 'link',
  summary: 'say which pull request a branch belongs to',
  usage: ['link [--branch <branch>] [--base <branch>] [<pr>]', 'link --unassigned <pr>'],
  description:
    "Makes the branch's trace the trace of a pull request: what was recorded so far moves there, what comes later goes\nthere. Without a pull request it is looked for: git's own configuration, then the code host, then the refs that the\nhost publishes. Of several open ones none is chosen; name one.\nA branch may be linked again for a stacked pull request; then its later events go to the newest.\nWith --unassigned, what was recorded without a branch moves there, once.",
  options: {
    branch: { type: 'string', value: '<branch>', summary: 'link this branch instead of the current one' },
    base: { type: 'string', value: '<branch>', summary: 'name the branch that the pull request is to be merged into' },
    unassigned: { type: 'boolean', summary: 'move the events that had no branch' },
    offline: { type: 'boolean', summary: 'ask no code host' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace link', 'find the pull request of the current branch'],
    ['git trace link 42', 'the current branch belongs to pull request 42'],
    ['git trace link owner/repo#42', 'the same, named in full'],
    ['git trace link --unassigned 42', 'what was done on a detached HEAD, too'],
  ],
  async run(context, input) {
    const argument = input.positionals[0];
    const meant = argument === undefined ? undefined : namedTarget(argument);
    if (input.flag('unassigned')) {
      if (meant === undefined || input.text('branch') !== undefined || input.text('base') !== undefined)
        throw fail('usage', "'--unassigned' is about no branch", ["give the pull request; leave out '--branch' and '--base'"]);
      return linkUnassigned(context, meant.number);
    }
    const { repository, files } = await context.flushPorts();
    if (recorderPid(files) === undefined) await recordEdits(context, 'link', { quiet: true });
    const branch = await branchToLink(context, repository, input);
    const offline = input.flag('offline');
    const { target, pullRequest } =
      meant === undefined
        ? await lookedFor(context, repository, branch, offline)
        : await looked(context, repository, branch, meant, offline);
    const { before, moved } = await linkBranch(context, branch, { ...target, base: input.text('base') ?? target.base });
    const trace = target.number;
    context.output.say(`linked branch '${branch}' to pull request ${trace} (${journalRef(trace)})`);
    if (pullRequest !== undefined) {
      await recordUpdate(context, trace, pullRequest);
      context.output.say(`it is ${pullRequest.status}: ${harmless(pullRequest.title)}`);
    }
    if (moved) context.output.say('what was recorded on the branch moved there');
    if (before !== undefined && before !== trace)
      context.output.say(`pull request ${before} keeps what it has; later events go to ${trace}`);
    return 0;
  },
};

interface Looked {
  readonly target: LinkTarget;
  /** What its host says of it, if it could be asked. */
  readonly pullRequest: PullRequest | undefined;
}

/** @throws bad-argument */
function namedTarget(argument: string): LinkTarget {
  const meant = parseTraceArgument(argument);
  if (meant.kind === 'number') return { number: meant.number, repository: meant.repository, host: meant.host };
  throw fail('bad-argument', `"${argument}" is no pull request`, [
    'give its number, owner/repo#number, or its URL; without one it is looked for',
  ]);
}

/** A pull request that was named, completed by what its host says; the link is made whether or not the host answers. */
async function looked(context: Context, repository: Repository, branch: string, meant: LinkTarget, offline: boolean): Promise<Looked> {
  const { at, pullRequest, why } = await named(context, meant, {
    branch,
    remote: pushedTo(repository, branch),
    purpose: 'command',
    offline,
  });
  if (why !== undefined) {
    context.output.say(`warning: title and status are not known: ${why.message}`);
    for (const hint of why.hints) context.output.say(`hint: ${hint}`);
  }
  const target = { number: meant.number, repository: at?.path ?? meant.repository, host: at?.host, base: pullRequest?.base.branch };
  return { target, pullRequest };
}

async function named(context: Context, { number, repository, host }: LinkTarget, wanted: Wanted): Promise<Numbered> {
  if (repository === undefined) return findByNumber(context, number, wanted);
  const name = host ?? (await hostOfRemote(context, wanted.remote))?.host;
  const at = name === undefined ? undefined : { host: name, path: repository };
  if (wanted.offline || at === undefined) return { at, pullRequest: undefined, why: undefined };
  return { at, ...(await askForNumber(context, at, number, wanted.purpose)) };
}

/** The remote that the branch goes to; one that names a pull request need not have any. */
function pushedTo({ config }: Repository, branch: string): string {
  try {
    return defaultRemote(config, branch);
  } catch (error) {
    if (isTraceError(error) && error.code === 'no-remote') return 'origin';
    throw error;
  }
}

/** The pull request of a branch. @throws no-pull-request, many-pull-requests, host-failed, no-remote */
async function lookedFor(context: Context, repository: Repository, branch: string, offline: boolean): Promise<Looked> {
  const { config } = repository;
  const remote = config.get(`branch.${branch}.pushremote`) ?? defaultRemote(config, branch);
  const found = await findPullRequest(context, { branch, remote, purpose: 'command', offline });
  if (found.kind === 'one') return { target: targetOf(found.pullRequest), pullRequest: found.pullRequest };
  if (found.kind === 'number') {
    const { number, at } = found;
    return looked(context, repository, branch, { number, repository: at?.path, host: at?.host }, offline);
  }
  throw notFound(branch, remote, found);
}

function targetOf({ number, repository, host, base }: PullRequest): LinkTarget {
  return { number, repository, host, base: base.branch };
}

function notFound(branch: string, remote: string, found: Exclude<Found, { kind: 'one' | 'number' }>): Error {
  const byHand = "'git trace link <number>' links without asking";
  switch (found.kind) {
    case 'many':
      return fail(
        'many-pull-requests',
        `branch '${branch}' has ${found.open.length} open pull requests`,
        found.open
          .slice(0, 9)
          .map(({ number, repository, base }) => `'git trace link ${repository}#${number}' for the one into '${base.branch}'`),
        { exit: 1 },
      );
    case 'numbers':
      return fail(
        'many-pull-requests',
        `${found.numbers.length} pull requests have the commit of branch '${branch}', and which are open cannot be told`,
        found.numbers.slice(0, 9).map((number) => `'git trace link ${number}' if it is that one`),
        { exit: 1 },
      );
    case 'closed': {
      const { number, status } = found.pullRequest;
      const hint = `pull request ${number} was ${status} and has other commits; if it is meant after all: 'git trace link ${number}'`;
      return fail('no-pull-request', `branch '${branch}' has no open pull request`, [hint], { exit: 1 });
    }
    case 'none':
      return fail(
        'no-pull-request',
        `branch '${branch}' has no pull request yet`,
        ["until it has one, events are kept under the branch; 'git push' links it once there is one", byHand],
        { exit: 1 },
      );
    case 'unknown':
      if (found.why !== undefined) return fail(found.why.code, found.why.message, [...found.why.hints, byHand], { cause: found.why });
      return fail(
        'no-pull-request',
        `'${remote}' is no code host that is known, and publishes no pull request with this commit`,
        [byHand],
        {
          exit: 1,
        },
      );
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
