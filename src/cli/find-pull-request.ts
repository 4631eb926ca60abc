/**
 * Finds the pull request that a branch belongs to: by what git knows, by asking the code host, and where that cannot be
 * asked, by the refs it publishes. Never guesses between two.
 */
import { type Choice, choosePullRequest } from '../capture/pull-request.ts';
import { isTraceError, type TraceError } from '../core/errors.ts';
import type { Host, PullRequest } from '../core/host.ts';
import type { GitConfig, Oid, Repository } from '../core/ports.ts';
import type { HostedRepository } from '../core/pull-request.ts';
import type { Context } from './context.ts';
import { type HostOptions, hostOfRemote, openHost } from './host.ts';
import { remoteNames } from './remote.ts';

/** What was found: a pull request as its host tells it, or no more than its number, from git alone. */
export type Found =
  | Choice
  | { readonly kind: 'number'; readonly number: string; readonly at: HostedRepository | undefined }
  /** Several have this commit; of none is known whether it is open. */
  | { readonly kind: 'numbers'; readonly numbers: readonly string[] }
  /** Nobody could tell: no host that we know, or one that gave no answer. */
  | { readonly kind: 'unknown'; readonly why: TraceError | undefined };

export interface Wanted {
  readonly branch: string;
  /** The remote that the branch is pushed to. */
  readonly remote: string;
  /** `hook`: ask little and not long. */
  readonly purpose: HostOptions['purpose'];
  /** Ask no code host. */
  readonly offline?: boolean;
}

/** Repositories that are asked for pull requests of one branch. */
const BASES = 3;
const HEAD_REF = /^refs\/(?:pull|merge-requests)\/([1-9][0-9]{0,9})\/head$/;
const HEAD_REFS = ['refs/pull/*/head', 'refs/merge-requests/*/head'];

/**
 * Looks in this order, and stops at the first answer:
 *
 * 1. `branch.<name>.merge` names a pull request (`refs/pull/42/head`), as it does after a checkout of one;
 * 2. the host: pull requests whose head is this branch of the repository it is pushed to, in the repositories of all
 *    remotes, the upstream one first. One that is no longer open counts only if its head is a commit of the branch and
 *    its merge is not, for names of branches are used again;
 * 3. the refs that the host publishes for pull requests, one of which may name the branch's commit;
 * 4. the host again: pull requests that have that commit.
 *
 * 3 and 4 are left out in a hook.
 */
export async function findPullRequest(context: Context, { branch, remote, purpose, offline = false }: Wanted): Promise<Found> {
  const repository = await context.repository();
  const { config } = repository;
  const bases = await basesOf(context, config, branch, remote);
  const [, number] = HEAD_REF.exec(config.get(`branch.${branch}.merge`) ?? '') ?? []; // 1
  if (number !== undefined) return { kind: 'number', number, at: await hostOfRemote(context, upstreamRemote(config, branch, remote)) };

  const tip = await repository.refs.get(`refs/heads/${branch}`);
  const question = { branch: nameThere(config, branch, remote), remote, purpose, bases: offline ? [] : bases };
  const asked = await askForBranch(context, question); // 2
  const answer = await believed(repository, tip, asked.answer);
  if (answer.kind === 'one' || answer.kind === 'many' || purpose === 'hook' || tip === undefined) return answer;

  const published = await publishedHeads(repository, bases, tip); // 3
  const [only, another] = published;
  if (only !== undefined && another === undefined) return only;
  for (const host of answer.kind === 'unknown' ? [] : asked.hosts) {
    const byCommit = await believed(repository, tip, choosePullRequest(await host.findPullRequests({ commit: tip }))); // 4
    if (byCommit.kind === 'one' || byCommit.kind === 'many') return byCommit;
  }
  return another === undefined ? answer : { kind: 'numbers', numbers: published.map(({ number }) => number) };
}

/** A repository that a pull request may be in; host and path are empty where its remote is none of a host. */
interface Base extends HostedRepository {
  readonly remote: string;
}

/** Where a pull request is that was named by its number alone, and what its host says of it. */
export interface Numbered {
  /** Undefined where no remote is a host's. */
  readonly at: HostedRepository | undefined;
  readonly pullRequest: PullRequest | undefined;
  /** Why the host gave no answer. */
  readonly why: TraceError | undefined;
}

/**
 * Looks for a pull request by its number: in the upstream repository, which is the one that counts them, unless that of
 * another remote has one of this number for this very branch.
 */
export async function findByNumber(context: Context, number: string, { branch, remote, purpose, offline }: Wanted): Promise<Numbered> {
  const { config } = await context.repository();
  const bases = (await basesOf(context, config, branch, remote)).filter(({ host }) => host !== '');
  const [first] = bases;
  if (offline || first === undefined) return { at: first, pullRequest: undefined, why: undefined };
  const pushedTo = (await hostOfRemote(context, remote))?.path.toLowerCase();
  const there = nameThere(config, branch, remote);
  let answer: Numbered | undefined;
  for (const at of bases) {
    const { pullRequest, why } = await askForNumber(context, at, number, purpose);
    if (pullRequest?.head.branch === there && pullRequest.head.repository?.toLowerCase() === pushedTo) return { at, pullRequest, why };
    answer ??= { at, pullRequest, why };
  }
  return answer ?? { at: first, pullRequest: undefined, why: undefined };
}

/** What a host says of a pull request of one of its repositories. */
export async function askForNumber(
  context: Context,
  { host: name, path }: HostedRepository,
  number: string,
  purpose: HostOptions['purpose'],
): Promise<Omit<Numbered, 'at'>> {
  try {
    const host = await openHost(context, { host: name, repository: path, purpose });
    const [pullRequest] = (await host?.findPullRequests({ number })) ?? [];
    return { pullRequest, why: undefined };
  } catch (error) {
    if (!isTraceError(error)) throw error;
    return { pullRequest: undefined, why: error };
  }
}

/** The repositories that a pull request of the branch may be in: of the upstream remote, of where it is pushed, and the others. */
async function basesOf(context: Context, config: GitConfig, branch: string, remote: string): Promise<Base[]> {
  const names = ['upstream', upstreamRemote(config, branch, remote), remote, ...remoteNames(config)];
  const known = new Set(remoteNames(config));
  const bases = new Map<string, Base>();
  for (const name of new Set(names.filter((one) => known.has(one) || one === remote))) {
    const hosted = await hostOfRemote(context, name);
    const key = hosted === undefined ? name : `${hosted.host}/${hosted.path}`;
    if (!bases.has(key)) bases.set(key, { host: '', path: '', ...hosted, remote: name });
  }
  return [...bases.values()].slice(0, BASES);
}

function upstreamRemote(config: GitConfig, branch: string, otherwise: string): string {
  return config.get(`branch.${branch}.remote`) ?? otherwise;
}

/** What the branch is called on the remote: by its upstream, if that is where it is pushed, else as here. */
function nameThere(config: GitConfig, branch: string, remote: string): string {
  const upstream = config.get(`branch.${branch}.merge`)?.replace(/^refs\/heads\//, '');
  return upstream !== undefined && config.get(`branch.${branch}.remote`) === remote ? upstream : branch;
}

interface Question {
  /** The branch's name on the remote. */
  readonly branch: string;
  readonly remote: string;
  readonly purpose: HostOptions['purpose'];
  readonly bases: readonly Base[];
}

async function askForBranch(
  context: Context,
  { branch, remote, purpose, bases }: Question,
): Promise<{ answer: Found; hosts: readonly Host[] }> {
  const head = await hostOfRemote(context, remote);
  const hosts: Host[] = [];
  const found: PullRequest[] = [];
  try {
    for (const { host: name, path } of bases.filter(({ host }) => host === head?.host)) {
      const host = await openHost(context, { host: name, repository: path, purpose });
      if (host === undefined || head === undefined) continue;
      hosts.push(host);
      found.push(...(await host.findPullRequests({ branch, repository: head.path })));
      if (found.some(({ status }) => status === 'open')) break;
    }
  } catch (error) {
    if (!isTraceError(error)) throw error;
    if (found.length === 0) return { answer: { kind: 'unknown', why: error }, hosts };
  }
  return { answer: hosts.length === 0 ? { kind: 'unknown', why: undefined } : choosePullRequest(found), hosts };
}

/**
 * The answer, where one that is no longer open is taken at its word only with commits of this branch. One that was merged
 * is part of every branch that began after that, so where its merge is in the branch too, the branch is a later one of
 * the same name.
 */
async function believed({ objects }: Repository, tip: Oid | undefined, answer: Found): Promise<Found> {
  if (answer.kind !== 'closed') return answer;
  const { pullRequest } = answer;
  const { head, mergeCommit } = pullRequest;
  const isIn = async (oid: Oid): Promise<boolean> =>
    tip !== undefined && (oid === tip || ((await objects.read(oid)) !== undefined && (await objects.isAncestor(oid, tip))));
  const isLater = head.oid !== tip && mergeCommit !== null && (await isIn(mergeCommit));
  return !isLater && (await isIn(head.oid)) ? { kind: 'one', pullRequest, all: [pullRequest] } : answer;
}

/** Pull requests whose published head is this commit; none where the remotes cannot be asked. */
async function publishedHeads(repository: Repository, bases: readonly Base[], tip: Oid): Promise<(Found & { kind: 'number' })[]> {
  for (const { remote, ...at } of bases) {
    try {
      const heads = (await repository.remote.list(remote, HEAD_REFS)).filter(({ oid }) => oid === tip);
      const found = heads.flatMap(({ name }) => HEAD_REF.exec(name)?.[1] ?? []);
      if (found.length > 0) return found.map((number) => ({ kind: 'number', number, at: at.host === '' ? undefined : at }));
    } catch (error) {
      if (!isTraceError(error)) throw error; // the next one may answer
    }
  }
  return [];
}
