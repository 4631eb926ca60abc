/**
 * GitHub and GitHub Enterprise behind the port, through Octokit, whose requests go through our transport: it knows the
 * time limits, the proxy, and where the token may go. Octokit's retries are not used: they repeat what writes.
 */
import type { Octokit } from '@octokit/rest';
import type { CommentOutcome, CommentWish, Host, PullRequest, PullRequestQuery, Review } from '../../core/host.ts';
import { millis, timestamp } from '../../core/time.ts';
import { hasNext, isSameName, openFirst, read, timeOf } from './answers.ts';
import {
  type GitHubComment,
  type GitHubPullRequest,
  readComment,
  readComments,
  readPullRequest,
  readPullRequests,
  readRepository,
  readReviews,
  readUser,
  readViewer,
} from './github.schema.ts';
import { Refusal, tell, unfit } from './refusal.ts';
import type { Transport, Wish } from './transport.ts';
import { type Comment, type Comments, upsert } from './upsert.ts';

export interface GitHubOptions {
  readonly transport: Transport;
  /** `owner/repo` */
  readonly repository: string;
  /** The login that comments are written under, where that is known without asking. */
  readonly viewer: string | undefined;
}

const PAGE = 100;
/** GitHub keeps 2,500 comments on a pull request. */
const MOST_PAGES = 50;
/** Milliseconds by which the clocks of a host's servers may differ. */
const SKEW = 60_000;
const STATES: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
};

/** What Octokit hands back, as far as we look at it; the data is read by a schema. */
interface Given {
  readonly data: unknown;
  readonly url: string;
  readonly headers: { readonly link?: string };
}

interface At {
  readonly owner: string;
  readonly repo: string;
}

/** Opens GitHub; nothing is asked of it yet. */
export async function openGitHub(options: GitHubOptions): Promise<Host> {
  const { Octokit } = await import('@octokit/rest');
  const silent = (): void => {};
  const octokit = new Octokit({
    baseUrl: options.transport.api,
    request: { fetch: fetchThrough(options.transport) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  return new GitHub(options, octokit);
}

class GitHub implements Host {
  readonly kind = 'github';
  readonly name: string;
  readonly authenticated: boolean;
  readonly headRefPattern = 'refs/pull/*/head';
  readonly #transport: Transport;
  readonly #octokit: Octokit;
  #repository: string;
  #viewer: string | undefined;

  constructor({ transport, repository, viewer }: GitHubOptions, octokit: Octokit) {
    this.name = transport.asker.name;
    this.authenticated = transport.asker.tokenSource !== undefined;
    this.#transport = transport;
    this.#octokit = octokit;
    this.#repository = repository;
    this.#viewer = viewer;
  }

  get repository(): string {
    return this.#repository;
  }

  findPullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]> {
    if ('number' in query)
      return this.#doing(`read pull request ${query.number} of '${this.#repository}'`, () => this.#byNumber(query.number));
    if ('branch' in query) return this.#doing(`look for pull requests of '${query.branch}'`, () => this.#byBranch(query));
    return this.#doing(`look for pull requests of commit ${query.commit.slice(0, 12)}`, () => this.#byCommit(query.commit));
  }

  reviews(number: string): Promise<readonly Review[]> {
    return this.#doing(`read the reviews of pull request ${number} of '${this.#repository}'`, async () => {
      const found: Review[] = [];
      for await (const page of this.#pages((at, page) =>
        this.#octokit.rest.pulls.listReviews({ ...at, pull_number: Number(number), per_page: PAGE, page }),
      ))
        for (const { user, state, commit_id, submitted_at } of read(readReviews, page, 'list of reviews', this.#transport.asker)) {
          const known = STATES[state];
          if (known === undefined || submitted_at == null) continue; // PENDING: a draft of ours that nobody else sees
          const submittedAt = timeOf(submitted_at, this.#transport.asker);
          found.push({ reviewer: user?.login ?? null, state: known, sha: commit_id ?? null, submittedAt });
        }
      return found.sort((a, b) => millis(a.submittedAt) - millis(b.submittedAt));
    });
  }

  upsertComment(number: string, wish: CommentWish): Promise<CommentOutcome> {
    return this.#doing(`write the comment on pull request ${number} of '${this.#repository}'`, () => upsert(this.#comments(number), wish));
  }

  async #byNumber(number: string): Promise<PullRequest[]> {
    const { data } = await this.#ask((at) => this.#octokit.rest.pulls.get({ ...at, pull_number: Number(number) }));
    return [this.#pullRequest(read(readPullRequest, data, 'pull request', this.#transport.asker))];
  }

  /** `head` wants the owner: without one GitHub ignores it. It knows owners only, and not which of their forks. */
  async #byBranch({ branch, repository }: { branch: string; repository: string }): Promise<PullRequest[]> {
    const before = this.#repository;
    const { data } = await this.#ask((at) =>
      this.#octokit.rest.pulls.list({ ...at, head: `${repository.split('/')[0]}:${branch}`, state: 'all', per_page: PAGE }),
    );
    // under its old name a repository is no owner's any more
    if (this.#repository !== before && isSameName(repository, before)) return this.#byBranch({ branch, repository: this.#repository });
    return openFirst(
      read(readPullRequests, data, 'list of pull requests', this.#transport.asker)
        .filter(({ head }) => head.ref === branch && isSameName(head.repo?.full_name, repository))
        .map((found) => this.#pullRequest(found)),
    );
  }

  async #byCommit(commit: string): Promise<PullRequest[]> {
    try {
      const { data } = await this.#ask((at) =>
        this.#octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: commit, per_page: PAGE }),
      );
      return openFirst(
        read(readPullRequests, data, 'list of pull requests', this.#transport.asker).map((found) => this.#pullRequest(found)),
      );
    } catch (error) {
      // a commit that is not there, or an empty repository
      if (error instanceof Refusal && (error.status === 422 || error.status === 409)) return [];
      throw error;
    }
  }

  #pullRequest(found: GitHubPullRequest): PullRequest {
    const { asker } = this.#transport;
    const merged = found.merged_at == null ? null : timeOf(found.merged_at, asker);
    return {
      number: String(found.number),
      host: this.name,
      repository: found.base.repo.full_name,
      title: found.title,
      status: merged !== null ? 'merged' : found.state,
      url: found.html_url,
      createdAt: timeOf(found.created_at, asker),
      mergedAt: merged,
      closedAt: found.closed_at == null ? null : timeOf(found.closed_at, asker),
      head: {
        branch: found.head.ref,
        oid: found.head.sha,
        repository: found.head.repo?.full_name ?? null,
        cloneUrl: found.head.repo?.clone_url ?? null,
      },
      base: { branch: found.base.ref },
      // until it is merged this is a commit that GitHub tries the merge with
      mergeCommit: merged === null ? null : (found.merge_commit_sha ?? null),
    };
  }

  #comments(number: string): Comments {
    const issue = Number(number);
    const { issues } = this.#octokit.rest;
    const told = (data: unknown): Comment => this.#comment(read(readComment, data, 'comment', this.#transport.asker));
    const pages = (since: string | undefined) =>
      this.#pages((at, page) =>
        issues.listComments({ ...at, issue_number: issue, per_page: PAGE, page, ...(since === undefined ? {} : { since }) }),
      );
    const { asker } = this.#transport;
    const commentsOf = (data: unknown): Comment[] =>
      read(readComments, data, 'list of comments', asker).map((found) => this.#comment(found));
    return {
      viewer: () => this.#login(),
      certainViewer: () => this.#certainLogin(),
      async *pages(since) {
        for await (const page of pages(since === undefined ? undefined : timestamp(millis(since.at) - SKEW))) yield commentsOf(page);
      },
      create: async (body) => told((await this.#ask((at) => issues.createComment({ ...at, issue_number: issue, body }))).data),
      update: async (id, body) => told((await this.#ask((at) => issues.updateComment({ ...at, comment_id: id, body }))).data),
      remove: async (id) => void (await this.#ask((at) => issues.deleteComment({ ...at, comment_id: id }))),
    };
  }

  #comment({ id, user, body, html_url, created_at }: GitHubComment): Comment {
    return { id, author: user?.login ?? null, body: body ?? '', url: html_url, at: timeOf(created_at, this.#transport.asker) };
  }

  /** Who the token belongs to; `undefined` for that of an app, which may not ask. */
  async #login(): Promise<string | undefined> {
    if (this.#viewer !== undefined || !this.authenticated) return this.#viewer;
    try {
      const { data } = await this.#given(this.#octokit.rest.users.getAuthenticated());
      this.#viewer = read(readUser, data, 'user', this.#transport.asker).login;
    } catch (error) {
      if (!(error instanceof Refusal && error.forbidden)) throw error;
    }
    return this.#viewer;
  }

  /** Who an app's token belongs to: it may not read `/user`, but GraphQL tells it. */
  async #certainLogin(): Promise<string | undefined> {
    try {
      return readViewer(await this.#octokit.graphql('{viewer{login}}'))?.viewer.login;
    } catch (error) {
      const isRefused = error instanceof Error && (error.cause instanceof Refusal || error.name === 'GraphqlResponseError');
      if (isRefused) return undefined; // then the comment that we write will tell
      throw error;
    }
  }

  async *#pages(call: (at: At, page: number) => Promise<Given>): AsyncGenerator<unknown> {
    for (let page = 1; page <= MOST_PAGES; page++) {
      const { data, headers } = await this.#ask((at) => call(at, page));
      yield data;
      if (!hasNext(headers.link, Array.isArray(data) ? data.length : 0, PAGE)) return;
    }
    throw unfit(`the list has more than ${MOST_PAGES} pages`, this.#transport.asker);
  }

  /** Asks something about the repository, and notices where that has another name now. */
  async #ask(call: (at: At) => Promise<Given>): Promise<Given> {
    const [owner = '', repo = '', rest] = this.#repository.split('/');
    if (owner === '' || repo === '' || rest !== undefined)
      throw new Refusal(`'${this.#repository}' is no repository there`, ['it is owner/repo: is the URL of the remote right?']);
    const given = await this.#given(call({ owner, repo }));
    const path = new URL(given.url).pathname.slice(new URL(this.#transport.api).pathname.replace(/\/$/, '').length);
    const [, moved] = /^\/(repositories\/\d+|repos\/[^/]+\/[^/]+)(?:\/|$)/.exec(path) ?? [];
    if (moved !== undefined && !isSameName(moved, `repos/${owner}/${repo}`)) await this.#learnName({ owner, repo });
    return given;
  }

  async #learnName(at: At): Promise<void> {
    const { data } = await this.#given(this.#octokit.rest.repos.get({ ...at }));
    this.#repository = read(readRepository, data, 'repository', this.#transport.asker).full_name;
  }

  /** What Octokit was given; it wraps what our transport throws. @throws Refusal */
  async #given(asking: Promise<Given>): Promise<Given> {
    try {
      return await asking;
    } catch (error) {
      if (error instanceof Error && error.cause instanceof Refusal) throw error.cause;
      throw error;
    }
  }

  /** @throws host-failed */
  async #doing<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw error instanceof Refusal ? tell(error, what, this.name) : error;
    }
  }
}

/** A `fetch` as Octokit wants it, of which it uses no more than this. */
function fetchThrough(transport: Transport) {
  return async (url: string, init: { method: Wish['method']; headers: Record<string, string>; body?: string }) => {
    const wish = { method: init.method, url, headers: init.headers, ...(init.body === undefined ? {} : { body: init.body }) };
    const answer = await transport.ask(wish);
    return { status: answer.status, url: answer.url, headers: new Map(Object.entries(answer.headers)), text: async () => answer.text };
  };
}
