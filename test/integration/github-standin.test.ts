/**
 * The stand-in for GitHub proves itself: GitHub's own client library works with it, it keeps state, it lets nobody do
 * what a token may not, and what breaks the published description is reported.
 */
import { Octokit } from '@octokit/rest';
import { expect, test } from 'vitest';
import { type GitHub, type Opened, startGitHub } from '../helpers/github/github.ts';
import type { HostedRepository } from '../helpers/github/hosted.ts';
import { TestRepository } from '../helpers/repository.ts';

const SHOP = { owner: 'ada', repo: 'shop' };

/** A repository with a pull request from a branch of its own. */
async function withPull(): Promise<{ github: GitHub; shop: HostedRepository; work: TestRepository; pull: Opened }> {
  const github = await startGitHub({ users: ['bob'], repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const work = TestRepository.create();
  work.git('remote', 'add', 'origin', shop.at.path);
  work.commitFile('README.md', 'first\n');
  work.git('push', '-q', 'origin', 'main');
  work.git('checkout', '-q', '-b', 'topic');
  work.commitFile('a.txt', 'a\n');
  work.git('push', '-q', '-u', 'origin', 'topic');
  return { github, shop, work, pull: await github.open('ada', shop, { branch: 'topic', title: 'Add a' }) };
}

const client = (github: GitHub, auth?: string) =>
  new Octokit({ baseUrl: github.api, ...(auth === undefined ? {} : { auth }), log: silent });
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("GitHub's own client finds, comments, edits and deletes, and nothing breaks the description", async () => {
  const { github, work, pull } = await withPull();
  const ada = client(github, await github.token('ada'));
  const head = work.git('rev-parse', 'HEAD');

  const { data: found } = await ada.pulls.list({ ...SHOP, state: 'all', head: 'ada:topic' });
  expect(found).toMatchObject([
    { number: 1, title: 'Add a', head: { sha: head, ref: 'topic' }, html_url: `${github.web}/ada/shop/pull/1` },
  ]);
  expect(found[0]?.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect((await ada.pulls.list({ ...SHOP, state: 'all', head: 'bob:topic' })).data).toEqual([]);
  expect((await ada.repos.listPullRequestsAssociatedWithCommit({ ...SHOP, commit_sha: head })).data).toMatchObject([{ number: 1 }]);
  expect((await ada.users.getAuthenticated()).data.login).toBe('ada');
  await ada.repos.get(SHOP);
  await ada.rateLimit.get();

  const { data: made } = await ada.issues.createComment({ ...SHOP, issue_number: 1, body: 'größer 🚀' });
  await ada.issues.updateComment({ ...SHOP, comment_id: made.id, body: 'kleiner' });
  expect((await ada.issues.getComment({ ...SHOP, comment_id: made.id })).data.body).toBe('kleiner');
  expect(await github.comments(pull)).toMatchObject([{ body: 'kleiner', user: { login: 'ada' } }]);
  await ada.issues.deleteComment({ ...SHOP, comment_id: made.id });
  await expect(ada.issues.getComment({ ...SHOP, comment_id: made.id })).rejects.toMatchObject({ status: 404 });

  await github.review('bob', pull, 'APPROVE', 'fine');
  expect((await ada.pulls.listReviews({ ...SHOP, pull_number: 1 })).data).toMatchObject([
    { state: 'APPROVED', commit_id: head, user: { login: 'bob' } },
  ]);

  expect(await github.violations()).toEqual([]);
  const asked = (await github.requests()).map(({ method, status }) => `${method} ${status}`).join(', ');
  expect(asked).toBe(`${'GET 200, '.repeat(6)}POST 201, PATCH 200, GET 200, DELETE 204, GET 404, GET 200`);
});

test('more than a page of comments are all found through its links', async () => {
  const { github, pull } = await withPull();
  for (let i = 0; i < 250; i++) await github.comment('bob', pull, `comment ${i}`);
  const all = await client(github).paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...SHOP,
    issue_number: 1,
    per_page: 100,
  });
  expect(all.map(({ body }) => body)).toEqual(Array.from({ length: 250 }, (_, i) => `comment ${i}`));
  expect(await github.requests()).toHaveLength(3);
  expect(await github.violations()).toEqual([]);
});

test('a fork, a force-push, a squash-merge: heads and merges are those of git', async () => {
  const { github, shop, work } = await withPull();
  const fork = await github.fork(shop, 'bob');
  const theirs = fork.at.clone();
  theirs.git('checkout', '-q', '-b', 'feature');
  theirs.commitFile('b.txt', 'b\n');
  theirs.git('push', '-q', 'origin', 'feature');
  const pull = await github.open('bob', shop, { branch: 'feature', from: fork, title: 'Add b' });
  const anybody = client(github);
  const head = theirs.git('rev-parse', 'HEAD');
  expect(shop.at.git('rev-parse', 'refs/pull/2/head')).toBe(head);
  const open = (await anybody.pulls.get({ ...SHOP, pull_number: 2 })).data;
  expect(open).toMatchObject({
    state: 'open',
    merged_at: null,
    head: { sha: head, repo: { full_name: 'bob/shop', clone_url: `${github.web}/bob/shop.git` } },
  });
  // a merge that was only tried
  expect(shop.at.git('rev-list', '--parents', '-1', open.merge_commit_sha ?? '').split(' ')).toHaveLength(3);
  expect((await anybody.repos.listPullRequestsAssociatedWithCommit({ ...SHOP, commit_sha: head })).data).toEqual([]);

  theirs.git('commit', '-q', '--amend', '-m', 'better');
  theirs.git('push', '-q', '-f', 'origin', 'feature');
  await github.published(pull);
  expect((await anybody.pulls.get({ ...SHOP, pull_number: 2 })).data.head.sha).toBe(theirs.git('rev-parse', 'HEAD'));

  const merge = await github.squash('ada', pull);
  const merged = (await anybody.pulls.get({ ...SHOP, pull_number: 2 })).data;
  expect(merged).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: merge });
  expect(merged.merged_at).not.toBeNull();
  expect(shop.at.git('log', '-1', '--format=%H %s', 'main')).toBe(`${merge} Add b (#2)`);
  await github.loseFork(pull);
  expect((await anybody.pulls.get({ ...SHOP, pull_number: 2 })).data.head.repo).toBeNull();
  expect(await github.violations()).toEqual([]);

  // nobody but the host writes there
  const refused = work.tryGit('push', 'origin', 'HEAD:refs/pull/1/head');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('! [remote rejected] HEAD -> refs/pull/1/head (deny updating a hidden ref)');
});

test('a token does what it may', async () => {
  const { github } = await withPull();
  const body = 'hello';
  const comment = (auth?: string) => client(github, auth).issues.createComment({ ...SHOP, issue_number: 1, body });
  await expect(comment()).rejects.toMatchObject({ status: 401 });
  await expect(comment('ghp_wrong')).rejects.toMatchObject({ status: 401, response: { data: { message: 'Bad credentials' } } });
  await expect(comment(await github.token('bob', { readOnly: true }))).rejects.toMatchObject({
    status: 403,
    response: { data: { message: 'Resource not accessible by integration' } },
  });
  const job = await github.token('github-actions[bot]', { actions: true });
  expect((await comment(job)).data.user).toMatchObject({ login: 'github-actions[bot]', type: 'Bot' });
  await expect(client(github, job).users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
  expect(await github.violations()).toEqual([]);
});

test('a comment may have 65,536 characters', async () => {
  const { github } = await withPull();
  const ada = client(github, await github.token('ada'));
  const long = await ada.issues.createComment({ ...SHOP, issue_number: 1, body: '🚀'.repeat(65_536) });
  await expect(ada.issues.updateComment({ ...SHOP, comment_id: long.data.id, body: 'x'.repeat(65_537) })).rejects.toMatchObject({
    status: 422,
  });
  expect(await github.violations()).toEqual([]);
});

test('git fetches and pushes over HTTP, with the tokens of the API', async () => {
  const { github, shop, work } = await withPull();
  const reader = TestRepository.create();
  reader.git('fetch', '-q', '--depth=1', github.cloneUrl(shop), 'refs/pull/1/head');
  expect(reader.git('rev-parse', 'FETCH_HEAD')).toBe(work.git('rev-parse', 'topic'));
  work.commitFile('b.txt', 'b\n');
  const push = (token?: string) => work.tryGit('push', github.cloneUrl(shop, token), 'HEAD:refs/traces/1/journal');
  expect(push().stderr).toContain('terminal prompts disabled');
  expect(push(await github.token('github-actions[bot]', { actions: true, readOnly: true })).stderr).toContain(
    'The requested URL returned error: 403',
  );
  expect(push('ghp_wrong').status).toBe(128);
  expect(push(await github.token('ada')).status).toBe(0);
  expect(shop.at.git('rev-parse', 'refs/traces/1/journal')).toBe(work.git('rev-parse', 'HEAD'));
});

test('a repository that was renamed sends on', async () => {
  const { github, shop } = await withPull();
  await github.rename(shop, 'ada/store');
  const first = await fetch(`${github.api}/repos/ada/shop/pulls/1`, { redirect: 'manual' });
  expect([first.status, first.headers.get('location')]).toEqual([301, `${github.api}/repositories/1/pulls/1`]);
  expect((await client(github).pulls.get({ ...SHOP, pull_number: 1 })).data.base.repo.full_name).toBe('ada/store');
  expect(await github.violations()).toEqual([]);
});

test('what breaks the description is an error, and reported', async () => {
  const { github } = await withPull();
  const ada = client(github, await github.token('ada'));
  // a request that nobody may make
  await expect(ada.request('PATCH /repos/ada/shop/issues/comments/1', { boddy: 'x' })).rejects.toMatchObject({ status: 500 });
  // one that we did not say we make
  await expect(ada.request('GET /repos/ada/shop/topics')).rejects.toMatchObject({ status: 500 });
  // an answer that GitHub would not give
  await github.fault({ method: 'GET', path: '/repos/ada/shop/issues/comments', status: 200, body: { id: 'one' } });
  await expect(ada.issues.getComment({ ...SHOP, comment_id: 1 })).rejects.toMatchObject({ status: 500 });
  await github.fault({ method: 'GET', path: '/user', status: 418, body: { message: 'short and stout' } });
  await expect(ada.users.getAuthenticated()).rejects.toMatchObject({ status: 500 });
  const seen = (await github.violations()).map(({ method, path, what }) => `${method} ${path} ${what}`);
  expect(seen).toContain("PATCH /repos/ada/shop/issues/comments/1 request.body: Request body must have required property 'body'");
  expect(seen).toContain('GET /repos/ada/shop/topics request: Selected route not found');
  expect(seen).toContain('GET /repos/ada/shop/issues/comments/1 response.body.id: Response body property id must be integer');
  expect(seen.some((one) => one.startsWith('GET /user response: Unable to match the returned status code'))).toBe(true);
  // but a refusal may come everywhere
  await github.forget();
  const body = { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' };
  await github.fault({ method: 'GET', path: '/repos/ada/shop/pulls', status: 404, body });
  await expect(ada.pulls.list(SHOP)).rejects.toMatchObject({ status: 404 });
  expect(await github.violations()).toEqual([]);
});
