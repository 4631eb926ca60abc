/**
 * GitLab behind the port, through version 4 of its REST API; a merge request is a pull request here. Thin: it has what
 * the port asks for and no more. GitLab tells of reviews only who approved, and when only since version 18.
 */
import type { CommentOutcome, CommentWish, Host, PullRequest, PullRequestQuery, Review } from '../../core/host.ts';
import { millis } from '../../core/time.ts';
import { hasNext, isSameName, openFirst, read, timeOf } from './answers.ts';
import {
  type GitLabMergeRequest,
  type GitLabNote,
  readApprovals,
  readMergeRequest,
  readMergeRequests,
  readNote,
  readNotes,
  readProject,
  readUser,
} from './gitlab.schema.ts';
import { type Answer, notJson, Refusal, tell, unfit } from './refusal.ts';
import type { Transport, Wish } from './transport.ts';
import { type Comment, type Comments, upsert } from './upsert.ts';

export interface GitLabOptions {
  readonly transport: Transport;
  /** `group/subgroup/project` */
  readonly repository: string;
}

const PAGE = 100;
const MOST_PAGES = 50;
/** Stands where a broken merge request has no head. */
const NO_COMMIT = '0'.repeat(40);

interface Project {
  readonly name: string;
  readonly cloneUrl: string | null;
}

/** Opens GitLab; nothing is asked of it yet. */
export function openGitLab(options: GitLabOptions): Host {
  return new GitLab(options);
}

class GitLab implements Host {
  readonly kind = 'gitlab';
  readonly name: string;
  readonly authenticated: boolean;
  readonly headRefPattern = 'refs/merge-requests/*/head';
  readonly #transport: Transport;
  readonly #projects = new Map<number, Promise<Project | null>>();
  #repository: string;
  #viewer: string | undefined;

  constructor({ transport, repository }: GitLabOptions) {
    this.name = transport.asker.name;
    this.authenticated = transport.asker.tokenSource !== undefined;
    this.#transport = transport;
    this.#repository = repository;
  }

  get repository(): string {
    return this.#repository;
  }

  findPullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]> {
    if ('number' in query)
      return this.#doing(`read merge request ${query.number} of '${this.#repository}'`, async () => [
        await this.#pullRequest(
          read(readMergeRequest, (await this.#get(`/merge_requests/${query.number}`)).data, 'merge request', this.#asker),
        ),
      ]);
    if ('branch' in query) return this.#doing(`look for merge requests of '${query.branch}'`, () => this.#byBranch(query));
    return this.#doing(`look for merge requests of commit ${query.commit.slice(0, 12)}`, () => this.#byCommit(query.commit));
  }

  reviews(number: string): Promise<readonly Review[]> {
    return this.#doing(`read the approvals of merge request ${number} of '${this.#repository}'`, async () => {
      const { data } = await this.#get(`/merge_requests/${number}/approvals`);
      return read(readApprovals, data, 'list of approvals', this.#asker)
        .approved_by.flatMap(({ user, approved_at }): Review[] =>
          approved_at == null
            ? [] // older versions do not say when, and without a time it has no place in a trace
            : [{ reviewer: user?.username ?? null, state: 'approved', sha: null, submittedAt: timeOf(approved_at, this.#asker) }],
        )
        .sort((a, b) => millis(a.submittedAt) - millis(b.submittedAt));
    });
  }

  upsertComment(number: string, wish: CommentWish): Promise<CommentOutcome> {
    return this.#doing(`write the comment on merge request ${number} of '${this.#repository}'`, () => upsert(this.#comments(number), wish));
  }

  async #byBranch({ branch, repository }: { branch: string; repository: string }): Promise<PullRequest[]> {
    const before = this.#repository;
    const query = new URLSearchParams({ source_branch: branch, state: 'all', order_by: 'created_at', per_page: String(PAGE) });
    const { data } = await this.#get(`/merge_requests?${query}`);
    const wanted = isSameName(repository, before) ? this.#repository : repository;
    const found = await Promise.all(
      read(readMergeRequests, data, 'list of merge requests', this.#asker)
        .filter(({ source_branch }) => source_branch === branch)
        .map((mergeRequest) => this.#pullRequest(mergeRequest)),
    );
    return openFirst(found.filter(({ head }) => isSameName(head.repository, wanted)));
  }

  async #byCommit(commit: string): Promise<PullRequest[]> {
    try {
      const { data } = await this.#get(`/repository/commits/${commit}/merge_requests?per_page=${PAGE}`);
      const found = read(readMergeRequests, data, 'list of merge requests', this.#asker);
      return openFirst(await Promise.all(found.map((mergeRequest) => this.#pullRequest(mergeRequest))));
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 404)) throw error;
      await this.#get(''); // is it the commit that is not there, or the project?
      return [];
    }
  }

  async #pullRequest(found: GitLabMergeRequest): Promise<PullRequest> {
    const time = (text: string | null | undefined): string | null => (text == null ? null : timeOf(text, this.#asker));
    const isMerged = found.state === 'merged';
    const source = await this.#source(found);
    return {
      number: String(found.iid),
      host: this.name,
      repository: this.#repository,
      title: found.title,
      status: isMerged ? 'merged' : found.state === 'closed' ? 'closed' : 'open',
      url: found.web_url,
      createdAt: timeOf(found.created_at, this.#asker),
      mergedAt: isMerged ? time(found.merged_at) : null,
      closedAt: isMerged ? time(found.closed_at ?? found.merged_at) : found.state === 'closed' ? time(found.closed_at) : null,
      head: {
        branch: found.source_branch,
        oid: found.sha ?? NO_COMMIT,
        repository: source?.name ?? null,
        cloneUrl: source?.cloneUrl ?? null,
      },
      base: { branch: found.target_branch },
      // a fast-forward has neither of the first two
      mergeCommit: isMerged ? (found.merge_commit_sha ?? found.squash_commit_sha ?? found.sha ?? null) : null,
    };
  }

  /** The project that a merge request comes from; null where it is gone, or may not be seen. */
  #source({ source_project_id: source, target_project_id: target, web_url }: GitLabMergeRequest): Promise<Project | null> {
    if (source == null) return Promise.resolve(null);
    if (source === target) return Promise.resolve({ name: this.#repository, cloneUrl: `${web_url.replace(/\/-\/.*$/, '')}.git` });
    const known = this.#projects.get(source) ?? this.#project(source);
    this.#projects.set(source, known);
    return known;
  }

  async #project(id: number): Promise<Project | null> {
    try {
      const { data } = await this.#ask({ method: 'GET', url: `/projects/${id}` });
      const { path_with_namespace, http_url_to_repo } = read(readProject, data, 'project', this.#asker);
      return { name: path_with_namespace, cloneUrl: http_url_to_repo ?? null };
    } catch (error) {
      if (error instanceof Refusal && (error.status === 404 || error.forbidden)) return null;
      throw error;
    }
  }

  #comments(number: string): Comments {
    const web = this.#transport.api.replace(/\/api\/v4$/, '');
    const notes = `/merge_requests/${number}/notes`;
    const comment = ({ id, author, body, created_at }: GitLabNote): Comment => {
      const url = `${web}/${this.#repository}/-/merge_requests/${number}#note_${id}`;
      return { id, author: author?.username ?? null, body, url, at: timeOf(created_at, this.#asker) };
    };
    const told = (data: unknown): Comment => comment(read(readNote, data, 'note', this.#asker));
    const get = (path: string) => this.#get(path);
    const { asker } = this.#transport;
    const write = (method: Wish['method'], path: string, body: string) =>
      this.#ask({ method, url: this.#path(path), body: JSON.stringify({ body }), headers: { 'content-type': 'application/json' } });
    return {
      viewer: () => this.#login(),
      certainViewer: () => this.#login(),
      // newest first where another's is looked for that was written just now
      async *pages(since) {
        for (let page = 1; page <= MOST_PAGES; page++) {
          const query = new URLSearchParams({
            per_page: String(PAGE),
            page: String(page),
            order_by: 'created_at',
            sort: since ? 'desc' : 'asc',
          });
          const { data, answer } = await get(`${notes}?${query}`);
          const found = read(readNotes, data, 'list of notes', asker);
          yield found.map(comment);
          if (since !== undefined || !hasNext(answer.headers['link'], found.length, PAGE)) return;
        }
        throw unfit(`the list has more than ${MOST_PAGES} pages`, asker);
      },
      create: async (body) => told((await write('POST', notes, body)).data),
      update: async (id, body) => told((await write('PUT', `${notes}/${id}`, body)).data),
      remove: async (id) => void (await this.#ask({ method: 'DELETE', url: this.#path(`${notes}/${id}`) })),
    };
  }

  async #login(): Promise<string | undefined> {
    if (!this.authenticated) return undefined;
    this.#viewer ??= read(readUser, (await this.#ask({ method: 'GET', url: '/user' })).data, 'user', this.#asker).username;
    return this.#viewer;
  }

  get #asker() {
    return this.#transport.asker;
  }

  #path(path: string): string {
    return `/projects/${encodeURIComponent(this.#repository)}${path}`;
  }

  /** Reads something of the project, and notices where that has another name now. */
  async #get(path: string): Promise<{ data: unknown; answer: Answer }> {
    const url = this.#path(path);
    const given = await this.#ask({ method: 'GET', url });
    const now = /\/projects\/([^/?]+)/.exec(given.answer.url.slice(this.#transport.api.length))?.[1];
    if (now !== undefined && !isSameName(decodeURIComponent(now), this.#repository)) {
      const { data } = await this.#ask({ method: 'GET', url: `/projects/${now}` });
      this.#repository = read(readProject, data, 'project', this.#asker).path_with_namespace;
    }
    return given;
  }

  async #ask(wish: Wish): Promise<{ data: unknown; answer: Answer }> {
    const answer = await this.#transport.ask(wish);
    if (answer.status === 204) return { data: undefined, answer };
    try {
      return { data: JSON.parse(answer.text), answer };
    } catch {
      throw notJson(answer, this.#asker);
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
