/**
 * A small GitLab on this machine, with state: projects, merge requests, notes, approvals, tokens. It answers what the
 * product asks for in the shapes of https://docs.gitlab.com/api/rest/, pages with Link headers as GitLab does, and says
 * 404 to whatever else is asked.
 */
import { type Asked, type HostServer, type Reply, startHost } from './host-server.ts';

interface MergeRequest {
  iid: number;
  title: string;
  state: 'opened' | 'closed' | 'merged';
  author: string;
  source: number | null;
  branch: string;
  sha: string;
  created_at: string;
  closed_at: string | null;
  merged_at: string | null;
  squash_commit_sha: string | null;
  notes: { id: number; author: string; body: string; system: boolean; created_at: string }[];
  approvals: { user: string; at: string | null }[];
}

const START = Date.UTC(2026, 10, 20, 9);

export class GitLab {
  server: HostServer | undefined;
  readonly #projects = new Map<number, { path: string; old: string[]; requests: MergeRequest[] }>();
  readonly #tokens = new Map<string, { user: string; readOnly: boolean }>();
  #made = 0;

  static async start(): Promise<GitLab> {
    const gitlab = new GitLab();
    gitlab.server = await startHost((asked) => gitlab.#answer(asked));
    return gitlab;
  }

  get api(): string {
    return `${this.server?.url}/api/v4`;
  }

  project(path: string): number {
    const id = ++this.#made;
    this.#projects.set(id, { path, old: [], requests: [] });
    return id;
  }

  rename(id: number, path: string): void {
    const project = this.#project(id);
    project.old.push(project.path);
    project.path = path;
  }

  token(user: string, readOnly = false): string {
    const token = `glpat-${String(++this.#made).padStart(20, 'A')}`;
    this.#tokens.set(token, { user, readOnly });
    return token;
  }

  open(id: number, author: string, what: { title: string; branch: string; sha: string; source?: number }): MergeRequest {
    const { requests } = this.#project(id);
    const made: MergeRequest = {
      iid: requests.length + 1,
      state: 'opened',
      author,
      source: id,
      created_at: this.#now(),
      closed_at: null,
      merged_at: null,
      squash_commit_sha: null,
      notes: [],
      approvals: [],
      ...what,
    };
    made.notes.push({ id: ++this.#made, author, body: 'added 1 commit', system: true, created_at: this.#now() });
    requests.push(made);
    return made;
  }

  close(request: MergeRequest): void {
    Object.assign(request, { state: 'closed', closed_at: this.#now() });
  }

  merge(request: MergeRequest, sha: string): void {
    Object.assign(request, { state: 'merged', merged_at: this.#now(), squash_commit_sha: sha });
  }

  approve(request: MergeRequest, user: string): void {
    request.approvals.push({ user, at: this.#now() });
  }

  comment(request: MergeRequest, author: string, body: string): void {
    request.notes.push({ id: ++this.#made, author, body, system: false, created_at: this.#now() });
  }

  #project(id: number) {
    const found = this.#projects.get(id);
    if (found === undefined) throw new Error(`no project ${id}`);
    return found;
  }

  /** A minute later each time. */
  #now(): string {
    return new Date(START + 60_000 * ++this.#made).toISOString();
  }

  #answer({ method, path, query, headers, body }: Asked): Reply {
    const given = headers.authorization?.replace(/^Bearer /, '');
    const token = given === undefined ? undefined : this.#tokens.get(given);
    if (given !== undefined && token === undefined) return { status: 401, body: { message: '401 Unauthorized' } };
    if (path === '/api/v4/user') return token === undefined ? unauthorized : { body: { id: 1, username: token.user } };
    const [, name = '', rest = ''] = /^\/api\/v4\/projects\/([^/]+)(.*)$/.exec(path) ?? [];
    const wanted = decodeURIComponent(name);
    const found = [...this.#projects].find(([id, project]) => String(id) === wanted || project.path === wanted);
    if (found === undefined) {
      const moved = [...this.#projects].find(([, { old }]) => old.includes(wanted));
      if (moved === undefined) return { status: 404, body: { message: '404 Project Not Found' } };
      return { status: 301, headers: { location: `/api/v4/projects/${moved[0]}${rest}${query.size > 0 ? `?${query}` : ''}` }, body: {} };
    }
    if (method !== 'GET' && token === undefined) return unauthorized;
    if (method !== 'GET' && token?.readOnly) return { status: 403, body: { message: '403 Forbidden' } };
    return this.#inProject(found[0], rest, { method, query, body, user: token?.user ?? '' });
  }

  #inProject(id: number, rest: string, asked: { method: string; query: URLSearchParams; body: unknown; user: string }): Reply {
    const { path, requests } = this.#project(id);
    if (rest === '') return { body: { id, path_with_namespace: path, http_url_to_repo: `https://gitlab.com/${path}.git` } };
    const [, commit] = /^\/repository\/commits\/([0-9a-f]+)\/merge_requests$/.exec(rest) ?? [];
    if (commit !== undefined) {
      const of = requests.filter(({ sha }) => sha === commit);
      if (of.length === 0 && /^0+$/.test(commit)) return { status: 404, body: { message: '404 Commit Not Found' } };
      return paged(of, asked.query, (request) => this.#shown(id, request));
    }
    if (rest === '/merge_requests') {
      const of = requests.filter(({ branch }) => branch === asked.query.get('source_branch')).toReversed();
      return paged(of, asked.query, (request) => this.#shown(id, request));
    }
    const [, iid, what = '', note] = /^\/merge_requests\/(\d+)(?:\/(\w+)(?:\/(\d+))?)?$/.exec(rest) ?? [];
    const request = requests.find((one) => String(one.iid) === iid);
    if (request === undefined) return { status: 404, body: { message: '404 Not found' } };
    if (what === '') return { body: this.#shown(id, request) };
    if (what === 'approvals')
      return {
        body: {
          approved_by: request.approvals.map(({ user, at }) => ({ user: { username: user }, ...(at === null ? {} : { approved_at: at }) })),
        },
      };
    if (what === 'notes') return this.#notes(request, note, asked);
    return { status: 404, body: { error: '404 Not Found' } };
  }

  #notes(
    request: MergeRequest,
    note: string | undefined,
    asked: { method: string; query: URLSearchParams; body: unknown; user: string },
  ): Reply {
    const shown = (one: MergeRequest['notes'][number]) => ({ ...one, author: { id: 1, username: one.author } });
    // every write of a note has one
    const { body = '' } = (asked.body ?? {}) as { body?: string };
    if (note === undefined && asked.method === 'GET') {
      const all = asked.query.get('sort') === 'asc' ? request.notes : request.notes.toReversed();
      return paged(all, asked.query, shown);
    }
    if (note === undefined) {
      this.comment(request, asked.user, body);
      return { status: 201, body: request.notes.slice(-1).map(shown)[0] };
    }
    const found = request.notes.find(({ id }) => String(id) === note);
    if (found === undefined) return { status: 404, body: { message: '404 Not found' } };
    if (asked.method === 'DELETE') {
      request.notes.splice(request.notes.indexOf(found), 1);
      return { status: 204 };
    }
    found.body = body;
    return { body: shown(found) };
  }

  #shown(id: number, request: MergeRequest): Record<string, unknown> {
    const { iid, title, state, source, branch, sha, created_at, closed_at, merged_at, squash_commit_sha } = request;
    const web_url = `https://gitlab.com/${this.#project(id).path}/-/merge_requests/${iid}`;
    const dates = { created_at, closed_at, merged_at };
    const branches = { source_branch: branch, target_branch: 'main', source_project_id: source, target_project_id: id };
    return { id: 1000 + iid, iid, title, state, sha, web_url, merge_commit_sha: null, squash_commit_sha, ...dates, ...branches };
  }
}

const unauthorized: Reply = { status: 401, body: { message: '401 Unauthorized' } };

/** A page of a list, with the Link header that tells whether another one follows. */
function paged<T>(all: readonly T[], query: URLSearchParams, shown: (one: T) => unknown): Reply {
  const [size, page] = [Number(query.get('per_page') ?? 20), Number(query.get('page') ?? 1)];
  const next =
    page * size < all.length
      ? { link: `<https://gitlab.com/next?page=${page + 1}>; rel="next"` }
      : { link: '<https://gitlab.com/>; rel="first"' };
  return { headers: next, body: all.slice((page - 1) * size, page * size).map(shown) };
}
