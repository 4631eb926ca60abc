/** `git trace ci comment` in a job of GitHub Actions without a checkout, against a GitHub on this machine. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { type GitHub, type Opened, startGitHub } from '../helpers/github/github.ts';
import type { HostedRepository } from '../helpers/github/hosted.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';

interface Work {
  readonly github: GitHub;
  readonly shop: HostedRepository;
  readonly clone: TestRepository;
}

/** Ada's clone with a branch of two commits; its trace is on the host under the branch's name. */
async function working(): Promise<Work> {
  const github = await startGitHub({ users: ['bob'], repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const clone = recording(shop);
  clone.commitFile('README.md', 'first\n');
  // no hook: of the branch alone there is a trace
  clone.git('push', '-q', '--no-verify', 'origin', 'main');
  clone.git('switch', '-q', '-c', 'topic');
  work(clone, 'a');
  return { github, shop, clone };
}

/** A clone by path, so that nothing is linked by itself. */
function recording(of: HostedRepository): TestRepository {
  const clone = TestRepository.create();
  clone.git('remote', 'add', 'origin', of.at.path);
  clone.git('config', 'trace.pushWait', '20000');
  clone.git('config', 'push.default', 'current');
  expect(clone.trace('init').status).toBe(0);
  return clone;
}

function work(clone: TestRepository, what: string): void {
  clone.trace('note', `why ${what} is as it is`);
  clone.commitFile(what, `${what}\n`, `add ${what}`);
  clone.git('push', '-q', 'origin', 'HEAD');
}

/** Runs a part of `git trace ci` as a job for a pull request, in an empty folder. */
async function job(
  github: GitHub,
  pull: Opened,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome & { summary: string }> {
  const folder = mkdtempSync(join(inject('temporaryFolder'), 'job-'));
  mkdirSync(join(folder, 'empty'));
  const event = {
    action: 'synchronize',
    number: pull.number,
    pull_request: await github.pull(pull),
    repository: { full_name: pull.repository.name },
  };
  writeFileSync(join(folder, 'event.json'), JSON.stringify(event));
  writeFileSync(join(folder, 'summary.md'), '');
  const env = {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: github.api,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_JOB: 'trace',
    GITHUB_REF: `refs/pull/${pull.number}/merge`,
    GITHUB_REPOSITORY: pull.repository.name,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '77',
    GITHUB_SERVER_URL: github.web,
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    GITHUB_TOKEN: await github.token('github-actions[bot]', { actions: true }),
    ...more,
  };
  const outside = TestRepository.create();
  await github.forget();
  const outcome = outside.traceWith({ cwd: join(folder, 'empty'), env }, 'ci', ...args);
  return { ...outcome, summary: readFileSync(join(folder, 'summary.md'), 'utf8') };
}

const asked = async (github: GitHub) => (await github.requests()).map(({ method, path }) => `${method} ${path.split('?')[0]}`);

test('the comment is made, left as it is, and brought up to date', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  await github.comment('bob', pull, '<!-- git-trace summary head= events=999 -->\nwhat a nice marker');
  const made = await job(github, pull, ['comment']);
  expect(made).toMatchObject({ status: 0, stdout: '', summary: '' });
  expect(made.stderr).toMatch(/^made the comment on pull request 1: http.*issuecomment/m);
  const [quoted, ours] = await github.comments(pull);
  expect(quoted?.body).toContain('nice marker');
  expect(ours).toMatchObject({ user: { login: 'github-actions[bot]' }, body: expect.stringContaining('why a is as it is') });
  expect(shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/1/journal');

  const same = await job(github, pull, ['comment']);
  expect(same.stderr).toMatch(/^nothing has changed in the comment on pull request 1/m);
  expect(await asked(github)).toEqual(['GET /repos/ada/shop/pulls/1/reviews', 'GET /repos/ada/shop/issues/1/comments']);

  work(clone, 'b');
  await github.published(pull);
  const later = await job(github, pull, ['comment']);
  expect(later.stderr).toMatch(/^brought the comment up to date on pull request 1/m);
  const all = await github.comments(pull);
  expect(all).toHaveLength(2);
  expect(all[1]?.body).toContain('why b is as it is');
  expect(await github.violations()).toEqual([]);
});

test('only the text changed: three requests at most', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  await job(github, pull, ['comment']);
  clone.git('config', 'branch.topic.trace', '1');
  clone.trace('note', 'one more thing');
  clone.trace('push', '1');
  expect((await job(github, pull, ['comment'])).stderr).toMatch(/^brought the comment up to date/m);
  expect(await asked(github)).toEqual([
    'GET /repos/ada/shop/pulls/1/reviews',
    'GET /repos/ada/shop/issues/1/comments',
    expect.stringMatching(/^PATCH \/repos\/ada\/shop\/issues\/comments\/\d+$/),
  ]);
});

test('what jobs delivered for the branch before there was a pull request is taken along', async () => {
  const { github, shop } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  const onPush = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/topic', GITHUB_EVENT_PATH: '', GITHUB_SHA: 'a'.repeat(40) };
  expect((await job(github, pull, ['report', '--conclusion', 'success', '--strict'], onPush)).status).toBe(0);
  expect((await job(github, pull, ['report', '--conclusion', 'failure', '--strict'])).status).toBe(0);
  const refs = () => shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n');
  expect(refs().map((ref) => ref.replace(/[0-9a-f]{16}/, '…'))).toEqual([
    'refs/traces/1/inbox/…',
    'refs/traces/heads/topic/inbox/…',
    'refs/traces/heads/topic/journal',
  ]);
  expect((await job(github, pull, ['comment'])).status).toBe(0);
  expect(refs()).toEqual(['refs/traces/1/journal']);
  const reader = TestRepository.create();
  reader.git('remote', 'add', 'origin', shop.at.path);
  const { events } = JSON.parse(reader.trace('show', '1', '--json').stdout) as {
    events: { type: string; payload: { conclusion?: string } }[];
  };
  expect(events.flatMap(({ type, payload }) => (type === 'ci_run' ? [payload.conclusion] : [])).toSorted()).toEqual(['failure', 'success']);
});

test('a review is recorded, and what came after it is told', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  await github.review('bob', pull, 'REQUEST_CHANGES', 'no');
  await job(github, pull, ['comment']);
  await job(github, pull, ['comment']);
  clone.git('fetch', '-q', 'origin', '+refs/traces/*:refs/seen/*');
  clone.git('config', 'branch.topic.trace', '1');
  clone.trace('sync', '1');
  const { events } = JSON.parse(clone.trace('show', '1', '--json').stdout) as { events: { type: string; payload: { state?: string } }[] };
  expect(events.filter(({ type }) => type === 'pr_reviewed').map(({ payload }) => payload)).toMatchObject([
    { reviewer: 'bob', state: 'changes_requested' },
  ]);
});

test('where nothing was recorded nothing is said on the pull request', async () => {
  const github = await startGitHub({ repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const clone = TestRepository.create();
  clone.git('remote', 'add', 'origin', shop.at.path);
  clone.commitFile('a', 'a\n');
  clone.git('push', '-q', 'origin', 'main', 'main:topic');
  clone.git('switch', '-q', '-c', 'topic');
  clone.commitFile('b', 'b\n');
  clone.git('push', '-q', 'origin', 'topic');
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  const { status, stderr } = await job(github, pull, ['comment']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'nothing was recorded for pull request 1 yet: no comment is needed\n' });
  expect(await github.comments(pull)).toEqual([]);
  expect(shop.at.git('for-each-ref', 'refs/traces')).toBe('');
});

test('a job that may only read puts the summary where the job shows it', async () => {
  const { github, shop } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  const token = await github.token('github-actions[bot]', { actions: true, readOnly: true });
  const { status, stderr, summary } = await job(github, pull, ['comment'], { GITHUB_TOKEN: token });
  expect(status).toBe(0);
  expect(stderr).toMatch(/^warning: no comment was made on pull request 1: .*403/m);
  expect(stderr).toMatch(/^hint: the summary is in the job's summary/m);
  expect(stderr).not.toContain(token);
  expect(summary).toContain('why a is as it is');
  expect(await github.comments(pull)).toEqual([]);
  expect((await job(github, pull, ['comment', '--strict'], { GITHUB_TOKEN: token })).status).toBe(1);
});

test('a branch with two open pull requests keeps its trace until somebody says which', async () => {
  const { github, shop } = await working();
  shop.at.git('branch', 'release', 'main');
  const first = await github.open('ada', shop, { branch: 'topic', title: 'one' });
  const onPush = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/topic', GITHUB_EVENT_PATH: '', GITHUB_SHA: 'a'.repeat(40) };
  await job(github, first, ['report', '--strict'], onPush);
  await job(github, first, ['report', '--strict']);
  await github.open('ada', shop, { branch: 'topic', base: 'release', title: 'two' });
  const { status, stderr } = await job(github, first, ['comment']);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^warning: the trace of branch 'topic' stays apart, for it has several open pull requests: #\d, #\d$/m);
  const refs = shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n');
  expect(refs.map((ref) => ref.replace(/[0-9a-f]{16}/, '…'))).toEqual([
    'refs/traces/1/journal',
    'refs/traces/heads/topic/inbox/…',
    'refs/traces/heads/topic/journal',
  ]);
});

test('from a fork the trace is taken as foreign data, into the base', async () => {
  const { github, shop } = await working();
  const fork = await github.fork(shop, 'bob');
  const clone = recording(fork);
  clone.git('fetch', '-q', 'origin', 'main');
  clone.git('switch', '-q', '-c', 'mine', 'FETCH_HEAD');
  work(clone, 'm');
  const pull = await github.open('bob', shop, { branch: 'mine', from: fork, title: 'from a fork' });
  const { status, stderr } = await job(github, pull, ['comment'], { GITHUB_EVENT_NAME: 'pull_request_target' });
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^made the comment on pull request 1/m) });
  expect((await github.comments(pull))[0]?.body).toContain('why m is as it is');
  expect(shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toContain('refs/traces/1/journal');
  expect(fork.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/heads/mine/journal');
  expect(await github.violations()).toEqual([]);
});

test('a run for no pull request has nothing to do', async () => {
  const { github, shop } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  const { status, stderr } = await job(github, pull, ['comment'], {
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_EVENT_PATH: '',
  });
  expect({ status, stderr }).toMatchInlineSnapshot(`
    {
      "status": 0,
      "stderr": "this run is for no pull request: nothing to comment on
    hint: '--pr <number>' names one
    ",
    }
  `);
});

test('a closed pull request is archived with how it ended, an open one is left alone, and show finds it', async () => {
  const { github, shop, clone } = await working();
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'Add a' });
  await job(github, pull, ['comment']);
  expect((await job(github, pull, ['archive'])).stderr).toBe('pull request 1 is open: nothing was moved\n');
  await github.squash('ada', pull);
  const { merged_at } = await github.pull(pull);
  const month = merged_at?.slice(0, 7) ?? '';
  const { status, stderr } = await job(github, pull, ['archive']);
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(`archived pull request 1 in refs/traces/archive/${month}\n`),
  });
  expect(shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(`refs/traces/archive/${month}`);
  const reader = TestRepository.create();
  reader.git('remote', 'add', 'origin', clone.git('remote', 'get-url', 'origin'));
  const { pr } = JSON.parse(reader.trace('show', '1', '--json').stdout);
  expect(pr).toMatchObject({ status: 'merged', merged_at: merged_at?.replace('Z', '.000Z') });
  expect((await job(github, pull, ['archive'])).stderr).toContain('archived pull request 1');
});
