/** An ordinary `git push` finds the pull request of its branch on the host and links it; `git trace link` asks by hand. */
import { expect, test } from 'vitest';
import { type GitHub, type Opened, startGitHub } from '../helpers/github/github.ts';
import type { HostedRepository } from '../helpers/github/hosted.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';

const TITLE = 'Mend the login';

interface Work {
  readonly github: GitHub;
  readonly shop: HostedRepository;
  /** Ada's clone, on a branch that she has pushed, with git trace in it. */
  readonly clone: TestRepository;
}

async function working(): Promise<Work> {
  const github = await startGitHub({ users: ['bob'], repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const clone = await cloneOf(github, shop, 'ada');
  clone.commitFile('README.md', 'first\n');
  push(clone, 'origin', 'main');
  clone.git('switch', '-q', '-c', 'topic');
  expect(clone.trace('init').status).toBe(0);
  clone.commitFile('a', 'a\n', 'a');
  push(clone, '-u', 'origin', 'topic');
  return { github, shop, clone };
}

async function cloneOf(github: GitHub, repository: HostedRepository, login: string): Promise<TestRepository> {
  const clone = TestRepository.create();
  clone.git('remote', 'add', 'origin', github.cloneUrl(repository, await github.token(login)));
  clone.git('config', 'trace.host.127.0.0.1.kind', 'github');
  clone.git('config', 'trace.host.127.0.0.1.api', `${github.api}/`);
  clone.git('config', 'trace.pushWait', '20000');
  clone.git('config', 'push.default', 'current');
  clone.env['GH_ENTERPRISE_TOKEN'] = await github.token(login);
  return clone;
}

function push(clone: TestRepository, ...args: string[]): string {
  const { status, stderr } = clone.tryGit('push', ...args);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stderr;
}

const link = (clone: TestRepository, ...args: string[]): Outcome => clone.trace('link', ...args);

function told(clone: TestRepository, trace: string): { type: string; payload: Record<string, unknown> }[] {
  const { events } = JSON.parse(clone.trace('show', trace, '--json').stdout) as {
    events: { type: string; payload: Record<string, unknown> }[];
  };
  return events;
}

const updates = (clone: TestRepository, pull: Opened) =>
  told(clone, String(pull.number)).flatMap(({ type, payload }) => (type === 'pr_updated' ? [payload['status']] : []));

test('a push after the pull request was opened links the branch, and the next one adds nothing', async () => {
  const { github, shop, clone } = await working();
  expect(clone.tryGit('config', 'branch.topic.trace').status).toBe(1);
  const pull = await github.open('ada', shop, { branch: 'topic', title: TITLE });
  clone.commitFile('b', 'b\n', 'b');
  await github.forget();
  const said = push(clone);
  expect(said).toContain(`trace: linked branch 'topic' to pull request ${pull.number} (refs/traces/${pull.number}/journal)`);
  expect(said).toContain(`trace: pushed refs/traces/${pull.number}/journal`);
  expect((await github.requests()).map(({ path, status }) => [path.split('?')[0], status])).toEqual([['/repos/ada/shop/pulls', 200]]);
  const on = shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n');
  expect(on).toEqual([`refs/traces/${pull.number}/journal`]);
  const events = told(clone, String(pull.number));
  expect(events.filter(({ type }) => type === 'commit')).toHaveLength(2);
  expect(events.find(({ type }) => type === 'pr_linked')?.payload).toMatchObject({ pr_id: `ada/shop#${pull.number}`, base: 'main' });
  clone.commitFile('c', 'c\n', 'c');
  expect(push(clone)).not.toContain('linked');
  expect(updates(clone, pull)).toEqual(['open']);
  expect(await github.violations()).toEqual([]);
});

test('closed, opened again, renamed and merged: each is told once', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: TITLE });
  const seen = async (): Promise<unknown[]> => {
    expect(link(clone).status).toBe(0);
    link(clone);
    return updates(clone, pull);
  };
  expect(await seen()).toEqual(['open']);
  await github.setState('ada', pull, 'closed');
  expect(await seen()).toEqual(['open', 'closed']);
  await github.setState('ada', pull, 'open');
  expect(await seen()).toEqual(['open', 'closed', 'open']);
  await github.retitle('ada', pull, 'Mend the log-in');
  expect(await seen()).toEqual(['open', 'closed', 'open', 'open']);
  await github.squash('ada', pull);
  expect(await seen()).toEqual(['open', 'closed', 'open', 'open', 'merged']);
  const { pr } = JSON.parse(clone.trace('show', String(pull.number), '--json').stdout);
  const { created_at, merged_at } = await github.pull(pull);
  expect(pr).toEqual({
    pr_id: `ada/shop#${pull.number}`,
    title: 'Mend the log-in',
    status: 'merged',
    created_at: created_at.replace('Z', '.000Z'),
    merged_at: merged_at?.replace('Z', '.000Z'),
  });
  expect(await github.violations()).toEqual([]);
});

test('a branch with two open pull requests is not linked by itself, and a link that was made by hand stands', async () => {
  const { github, shop, clone } = await working();
  shop.at.git('branch', 'release', 'main');
  const [first, second] = [
    await github.open('ada', shop, { branch: 'topic', title: 'one' }),
    await github.open('ada', shop, { branch: 'topic', base: 'release', title: 'two' }),
  ];
  clone.commitFile('b', 'b\n', 'b');
  expect(push(clone)).toContain("hint: branch 'topic' has 2 open pull requests; 'git trace link <pr>' says which one its trace belongs to");
  expect(link(clone).stderr).toMatchInlineSnapshot(`
    "error: branch 'topic' has 2 open pull requests
    hint: 'git trace link ada/shop#2' for the one into 'release'
    hint: 'git trace link ada/shop#1' for the one into 'main'
    "
  `);
  expect(link(clone, String(second.number)).status).toBe(0);
  clone.commitFile('c', 'c\n', 'c');
  expect(push(clone)).not.toContain('hint');
  expect(clone.git('config', 'branch.topic.trace')).toBe(String(second.number));
  expect(first.number).not.toBe(second.number);
});

test('when its pull request is closed and another is opened, what comes later goes to the new one', async () => {
  const { github, shop, clone } = await working();
  const first = await github.open('ada', shop, { branch: 'topic', title: 'one' });
  clone.commitFile('a2', 'a\n', 'a2');
  push(clone);
  await github.setState('ada', first, 'closed');
  const second = await github.open('ada', shop, { branch: 'topic', title: 'two' });
  clone.commitFile('b', 'b\n', 'b');
  expect(push(clone)).toContain(`trace: linked branch 'topic' to pull request ${second.number}`);
  clone.trace('note', 'for the second');
  expect(told(clone, String(second.number)).some(({ type }) => type === 'annotation')).toBe(true);
  expect(told(clone, String(first.number)).some(({ type }) => type === 'annotation')).toBe(false);
});

test('from a fork, the pull request is found in the repository it was opened in', async () => {
  const { github, shop } = await working();
  const fork = await github.fork(shop, 'bob');
  const clone = await cloneOf(github, fork, 'bob');
  clone.git('remote', 'add', 'upstream', github.cloneUrl(shop));
  clone.git('fetch', '-q', fork.at.path, 'main');
  clone.git('switch', '-q', '-c', 'mine', 'FETCH_HEAD');
  clone.commitFile('m', 'm\n', 'm');
  push(clone);
  const pull = await github.open('bob', shop, { branch: 'mine', from: fork, title: 'from a fork' });
  expect(link(clone).stderr).toContain(`linked branch 'mine' to pull request ${pull.number}`);
  expect(told(clone, String(pull.number)).find(({ type }) => type === 'pr_linked')?.payload).toMatchObject({
    pr_id: `ada/shop#${pull.number}`,
  });
});

test('from a fork, a number is that of the repository the pull request was opened in', async () => {
  const { github, shop } = await working();
  const fork = await github.fork(shop, 'bob');
  const clone = await cloneOf(github, fork, 'bob');
  clone.git('remote', 'add', 'upstream', github.cloneUrl(shop));
  clone.git('fetch', '-q', fork.at.path, 'main');
  clone.git('switch', '-q', '-c', 'mine', 'FETCH_HEAD');
  clone.commitFile('m', 'm\n', 'm');
  push(clone, '-u', 'origin', 'mine');
  const other = await github.open('ada', shop, { branch: 'topic', title: TITLE });
  const { number } = await github.open('bob', shop, { branch: 'mine', from: fork, title: 'from a fork' });
  const own = await github.open('bob', fork, { branch: 'mine', title: 'inside the fork' });
  const linkedTo = (...args: string[]): unknown => {
    const { status, stderr } = link(clone, ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('warning') });
    return told(clone, args[0] ?? '').findLast(({ type }) => type === 'pr_linked')?.payload['pr_id'];
  };
  expect(linkedTo(String(number))).toBe(`ada/shop#${number}`);
  // upstream this is the number of somebody else's
  expect(own.number).toBe(other.number);
  expect(linkedTo(String(own.number))).toBe(`bob/shop#${own.number}`);
  expect(await github.violations()).toEqual([]);
});

test('a new branch of the name of one that was merged is not linked to its pull request', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: TITLE });
  clone.commitFile('b', 'b\n', 'b');
  push(clone);
  await github.published(pull);
  await github.merge('ada', pull);
  shop.deleteBranch('topic');
  clone.git('fetch', '-q', '--prune', 'origin');
  clone.git('switch', '-q', 'main');
  clone.git('branch', '-q', '-D', 'topic');
  clone.git('merge', '-q', '--ff-only', 'origin/main');
  clone.git('switch', '-q', '-c', 'topic');
  clone.commitFile('c', 'c\n', 'c');
  expect(push(clone)).not.toContain('linked');
  expect(clone.tryGit('config', 'branch.topic.trace').status).toBe(1);
  expect(link(clone)).toMatchObject({ status: 1, stderr: expect.stringContaining("branch 'topic' has no open pull request") });
  expect(await github.violations()).toEqual([]);
});

test('a host that cannot be asked holds no push up; status says why', async () => {
  const { github, shop, clone } = await working();
  await github.open('ada', shop, { branch: 'topic', title: TITLE });
  await github.fault({
    method: 'GET',
    path: '/repos/ada/shop/pulls',
    status: 401,
    body: { message: 'Bad credentials', documentation_url: 'x' },
  });
  clone.commitFile('b', 'b\n', 'b');
  expect(push(clone)).not.toMatch(/linked|warning/);
  expect(clone.trace('status').stdout).toMatch(/^pull request: could not be looked up at the last push: .*the token is not accepted/m);
  clone.commitFile('c', 'c\n', 'c');
  push(clone);
  expect(clone.trace('status').stdout).not.toContain('could not be looked up');
});

test('trace.link=false asks nobody', async () => {
  const { github, shop, clone } = await working();
  await github.open('ada', shop, { branch: 'topic', title: TITLE });
  clone.git('config', 'trace.link', 'false');
  clone.commitFile('b', 'b\n', 'b');
  await github.forget();
  push(clone);
  expect(await github.requests()).toEqual([]);
  expect(shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/heads/topic/journal');
});
