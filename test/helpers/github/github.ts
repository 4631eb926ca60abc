/**
 * `await startGitHub()`: a GitHub on this machine, in a process of its own (server.mjs), with real bare repositories as
 * its git side (hosted.ts). Methods named for what people do there are neither counted nor judged; what the command under
 * test asks is, see {@link GitHub.requests} and {@link GitHub.violations}.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { HostedRepository } from './hosted.ts';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));

/** One request of the command under test, in the order of arrival. */
export interface SeenRequest {
  readonly method: string;
  /** With its query, and without what an Enterprise server puts before it. */
  readonly path: string;
  /** Whom the token speaks for; null: no token, or none of ours. */
  readonly login: string | null;
  readonly status: number;
}

/** What broke the published description, in a request or in an answer. */
export interface Violation {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly what: string;
}

/** A pull request as the API tells it, as far as tests look. */
export interface ShownPull {
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'closed';
  readonly html_url: string;
  readonly created_at: string;
  readonly merged_at: string | null;
  readonly closed_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    readonly repo: { readonly full_name: string; readonly clone_url: string } | null;
  };
  readonly base: { readonly ref: string };
}

export interface ShownComment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string };
  readonly html_url: string;
}

export interface Fault {
  readonly method: string;
  /** How the path begins. */
  readonly path: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Opened {
  readonly repository: HostedRepository;
  readonly number: number;
  readonly branch: string;
  /** Where the branch is; the same as `repository` unless it is a fork. */
  readonly from: HostedRepository;
  readonly title: string;
}

export interface GitHubOptions {
  /** Logins; those of repositories' owners and `github-actions[bot]` need no mention. */
  readonly users?: readonly string[];
  /** `owner/repo` each, owned by a user, empty. */
  readonly repositories: readonly string[];
}

/** Starts a GitHub; it ends with the test. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const child = fork(SERVER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const github = new GitHub(child);
  onTestFinished(() => github.stop());
  const { users = [], repositories } = options;
  const logins = new Set([...users, ...repositories.map((name) => name.split('/')[0] ?? ''), 'github-actions[bot]']);
  await github.start([...logins], repositories);
  return github;
}

export class GitHub {
  /** Address of the API, as a GitHub Enterprise server has it; without a slash at its end. */
  api = '';
  /** Address of the site, and of git: `<web>/owner/repo.git`. */
  web = '';
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  readonly #repositories = new Map<string, HostedRepository>();
  #orders = 0;
  #tokens = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const { id, answer, error } = message as { id: number; answer?: unknown; error?: string }; // as server.mjs sends it
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    });
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the stand-in for GitHub has ended'));
    });
  }

  async start(users: readonly string[], repositories: readonly string[]): Promise<void> {
    const { api, web } = await this.#tell<{ api: string; web: string }>('start', { users, repositories });
    this.api = api;
    this.web = web;
    for (const name of repositories) await this.#host(name, HostedRepository.create(name));
  }

  stop(): void {
    this.#child.kill();
  }

  /** A repository that was named at the start, or forked since. */
  repository(name: string): HostedRepository {
    const found = this.#repositories.get(name);
    if (found === undefined) throw new Error(`no repository '${name}'`);
    return found;
  }

  async fork(repository: HostedRepository, login: string): Promise<HostedRepository> {
    await this.#act(login, 'POST', `/repos/${repository.name}/forks`, {});
    const name = `${login}/${repository.name.split('/')[1]}`;
    return this.#host(name, repository.fork(name));
  }

  /** A new token that speaks for somebody; `actions`: a CI job's, which is the bot's. */
  async token(login: string, what: { readOnly?: boolean; actions?: boolean } = {}): Promise<string> {
    const token = `${what.actions ? 'ghs' : 'ghp'}_${String(++this.#tokens).padStart(36, 'A')}`;
    await this.#tell('token', { token, login, ...what });
    return token;
  }

  /** Where git fetches and pushes a repository; with a token in it, if one is given. */
  cloneUrl(repository: HostedRepository, token?: string): string {
    const login = token === undefined ? '' : `x-access-token:${token}@`;
    return `${this.web.replace('://', `://${login}`)}/${repository.name}.git`;
  }

  /** Opens a pull request for a branch that has been pushed. */
  async open(
    by: string,
    to: HostedRepository,
    what: { branch: string; from?: HostedRepository; base?: string; title: string },
  ): Promise<Opened> {
    const { branch, from = to, base = 'main', title } = what;
    const head = from === to ? branch : `${from.name.split('/')[0]}:${branch}`;
    const { number } = await this.#act<ShownPull>(by, 'POST', `/repos/${to.name}/pulls`, { title, head, base });
    const opened = { repository: to, number, branch, from, title };
    await this.published(opened, base);
    return opened;
  }

  /** What the host does when the branch of a pull request was pushed: its head is published in the base repository. */
  async published(pull: Opened, base = 'main'): Promise<void> {
    const { head, commits } = pull.repository.publishHead(pull.number, pull.from, pull.branch, base);
    const merge = pull.repository.testMerge(pull.number, base);
    await this.#tell('pull', {
      name: this.#name(pull),
      head,
      commits,
      base: pull.repository.at.git('rev-parse', `refs/heads/${base}`),
      merge,
    });
  }

  async review(by: string, pull: Opened, event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT', body = ''): Promise<{ submitted_at: string }> {
    const { head } = await this.pull(pull);
    return this.#act(by, 'POST', `/repos/${pull.repository.name}/pulls/${pull.number}/reviews`, { event, body, commit_id: head.sha });
  }

  async comment(by: string, pull: Opened, body: string): Promise<ShownComment> {
    return this.#act(by, 'POST', `/repos/${pull.repository.name}/issues/${pull.number}/comments`, { body });
  }

  /** Merges as one commit, in git and on the site; gives back the commit. */
  async squash(by: string, pull: Opened, base = 'main'): Promise<string> {
    return this.#merged(by, pull, 'squash', pull.repository.squash(pull.number, base, `${pull.title} (#${pull.number})`));
  }

  /** The same by a merge commit, which keeps those of the branch. */
  async merge(by: string, pull: Opened, base = 'main'): Promise<string> {
    return this.#merged(by, pull, 'merge', pull.repository.merge(pull.number, base, `Merge pull request #${pull.number}`));
  }

  async #merged(by: string, pull: Opened, method: 'squash' | 'merge', merge: string): Promise<string> {
    await this.#act(by, 'PUT', `/repos/${pull.repository.name}/pulls/${pull.number}/merge`, { merge_method: method });
    await this.#tell('pull', { name: this.#name(pull), merge });
    return merge;
  }

  async setState(by: string, pull: Opened, state: 'open' | 'closed'): Promise<void> {
    await this.#act(by, 'PATCH', `/repos/${pull.repository.name}/pulls/${pull.number}`, { state });
  }

  async retitle(by: string, pull: Opened, title: string): Promise<void> {
    await this.#act(by, 'PATCH', `/repos/${pull.repository.name}/pulls/${pull.number}`, { title });
  }

  /** The fork of a pull request is deleted: the host shows no repository for its head from now on. */
  async loseFork(pull: Opened): Promise<void> {
    await this.#tell('pull', { name: this.#name(pull), forkGone: true });
  }

  /** Renames a repository; who asks by the old name is sent on. */
  async rename(repository: HostedRepository, name: string): Promise<void> {
    const [owner = '', short = ''] = name.split('/');
    await this.#act(owner, 'PATCH', `/repos/${repository.name}`, { name: short });
    await this.#tell('rename', { from: repository.name, to: name });
  }

  /** Answers the next request that fits with this instead. */
  async fault(fault: Fault): Promise<void> {
    await this.#tell('fault', { headers: {}, ...fault });
  }

  async pull(pull: Opened): Promise<ShownPull> {
    return this.#act('nobody', 'GET', `/repos/${pull.repository.name}/pulls/${pull.number}`);
  }

  /** All comments of a pull request, oldest first. */
  async comments(pull: Opened): Promise<readonly ShownComment[]> {
    const all: ShownComment[] = [];
    for (let page = 1; ; page++) {
      const path = `/repos/${pull.repository.name}/issues/${pull.number}/comments?per_page=100&page=${page}`;
      const some = await this.#act<readonly ShownComment[]>('nobody', 'GET', path);
      all.push(...some);
      if (some.length < 100) return all;
    }
  }

  /** What was asked since the start, or since {@link forget}. */
  async requests(): Promise<readonly SeenRequest[]> {
    return (await this.#log()).requests;
  }

  /** What broke the description; a test ends by expecting none. */
  async violations(): Promise<readonly Violation[]> {
    return (await this.#log()).violations;
  }

  /** Forgets what was asked so far. */
  async forget(): Promise<void> {
    await this.#tell('forget');
  }

  #log(): Promise<{ requests: readonly SeenRequest[]; violations: readonly Violation[] }> {
    return this.#tell('log');
  }

  async #host(name: string, hosted: HostedRepository): Promise<HostedRepository> {
    this.#repositories.set(name, hosted);
    await this.#tell('host', { repository: name, path: hosted.at.path });
    return hosted;
  }

  #name(pull: Opened): string {
    return `${pull.repository.name}#${pull.number}`;
  }

  #act<Answer>(login: string, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#tell('act', { login, method, path, body });
  }

  #tell<Answer>(order: string, what?: unknown): Promise<Answer> {
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      // each order has one kind of answer, which its caller names
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      this.#child.send({ id, order, what });
    });
  }
}
