/**
 * GitHub and GitLab, as the contract of the port needs them: a repository `ada/shop` in which pull requests are opened,
 * merged and talked about by ada, bob and others, and hosts opened on it with tokens of theirs.
 */
import type { Host } from '../../src/core/host.ts';
import { type Opened, startGitHub } from './github/github.ts';
import { GitLab } from './gitlab.ts';
import { openAt } from './host-opened.ts';
import { TestRepository } from './repository.ts';

export const REPOSITORY = 'ada/shop';

export interface Stand {
  /** Opens the port with a token of somebody; without a login, without a token. */
  open(login?: string, what?: { readOnly?: boolean }): Promise<Host>;
  /** Opens a pull request of ada's from the repository, or of bob's from his fork; tells its number and head. */
  pull(title: string, branch: string, from?: 'fork'): Promise<{ number: string; sha: string }>;
  close(number: string): Promise<void>;
  /** Merges it as one commit, which it gives back. */
  merge(number: string): Promise<string>;
  loseFork(number: string): Promise<void>;
  approve(number: string, by: string): Promise<void>;
  comment(number: string, by: string, body: string): Promise<void>;
  /** Everything that people and programs have written, oldest first. */
  comments(number: string): Promise<{ author: string; body: string }[]>;
  rename(name: string): Promise<void>;
  /** What was asked since the last time. */
  asked(): Promise<string[]>;
  /** What of that broke the host's own description; where there is none, nothing. */
  violations(): Promise<readonly unknown[]>;
}

export async function githubStand(): Promise<Stand> {
  const github = await startGitHub({ users: ['bob', 'eve'], repositories: [REPOSITORY] });
  const shop = github.repository(REPOSITORY);
  const work = TestRepository.create();
  work.git('remote', 'add', 'origin', shop.at.path);
  work.commitFile('README.md', 'first\n');
  work.git('push', '-q', 'origin', 'main');
  const fork = await github.fork(shop, 'bob');
  work.git('remote', 'add', 'fork', fork.at.path);
  const pulls = new Map<string, Opened>();
  const pullOf = (number: string): Opened => {
    const pull = pulls.get(number);
    if (pull === undefined) throw new Error(`no pull request ${number}`);
    return pull;
  };
  return {
    async open(login, what = {}) {
      const token = login === undefined ? undefined : await github.token(login, what);
      return openAt(github.api, { repository: REPOSITORY, token });
    },
    async pull(title, branch, from) {
      work.git('checkout', '-q', '-B', branch, 'main');
      const sha = work.commitFile(`${title}.txt`, title);
      work.git('push', '-q', '-f', from ?? 'origin', branch);
      const by = from === undefined ? 'ada' : 'bob';
      const pull = await github.open(by, shop, { branch, title, ...(from === undefined ? {} : { from: fork }) });
      pulls.set(String(pull.number), pull);
      return { number: String(pull.number), sha };
    },
    close: (number) => github.setState('ada', pullOf(number), 'closed'),
    merge: (number) => github.squash('ada', pullOf(number)),
    loseFork: (number) => github.loseFork(pullOf(number)),
    async approve(number, by) {
      await github.review(by, pullOf(number), 'APPROVE');
    },
    async comment(number, by, body) {
      await github.comment(by, pullOf(number), body);
    },
    comments: async (number) => (await github.comments(pullOf(number))).map(({ user, body }) => ({ author: user.login, body })),
    rename: (name) => github.rename(shop, name),
    async asked() {
      const asked = (await github.requests()).map(({ method, path }) => `${method} ${path}`);
      await github.forget();
      return asked;
    },
    violations: () => github.violations(),
  };
}

export async function gitlabStand(): Promise<Stand> {
  const gitlab = await GitLab.start();
  const shop = gitlab.project(REPOSITORY);
  const fork = gitlab.project('bob/shop');
  const requests = new Map<string, ReturnType<GitLab['open']>>();
  const requestOf = (number: string): ReturnType<GitLab['open']> => {
    const request = requests.get(number);
    if (request === undefined) throw new Error(`no merge request ${number}`);
    return request;
  };
  const shaOf = (number: number): string => number.toString(16).padStart(40, '1');
  return {
    open: (login, { readOnly = false } = {}) =>
      openAt(gitlab.api, {
        kind: 'gitlab',
        repository: REPOSITORY,
        token: login === undefined ? undefined : gitlab.token(login, readOnly),
      }),
    async pull(title, branch, from) {
      const sha = shaOf(requests.size + 1);
      const what = { title, branch, sha, ...(from === undefined ? {} : { source: fork }) };
      const request = gitlab.open(shop, from === undefined ? 'ada' : 'bob', what);
      requests.set(String(request.iid), request);
      return { number: String(request.iid), sha };
    },
    close: async (number) => gitlab.close(requestOf(number)),
    async merge(number) {
      const sha = shaOf(0xf000 + Number(number));
      gitlab.merge(requestOf(number), sha);
      return sha;
    },
    async loseFork(number) {
      requestOf(number).source = null;
    },
    approve: async (number, by) => gitlab.approve(requestOf(number), by),
    comment: async (number, by, body) => gitlab.comment(requestOf(number), by, body),
    comments: async (number) =>
      requestOf(number)
        .notes.filter(({ system }) => !system)
        .map(({ author, body }) => ({ author, body })),
    rename: async (name) => gitlab.rename(shop, name),
    asked: async () => gitlab.server?.asked.splice(0).map(({ method, url }) => `${method} ${url}`) ?? [],
    violations: async () => [],
  };
}
