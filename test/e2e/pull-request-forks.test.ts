/**
 * Pull requests that are not as simple as one branch of one repository, through the built command and against a GitHub
 * on this machine: a fork whose jobs may only read, a stacked pair, a discussion of 500 comments.
 */
import { expect, test } from 'vitest';
import { type GitHub, type Opened, startGitHub } from '../helpers/github/github.ts';
import type { HostedRepository } from '../helpers/github/hosted.ts';
import { developer, Job, junit } from '../helpers/github/people.ts';
import { documentOf, expectDone, ofType, theComment } from '../helpers/github/seen.ts';
import type { TestRepository } from '../helpers/repository.ts';

/** Milliseconds; a busy machine takes its time for some dozen processes. */
const LONG = { timeout: 180_000 };

interface Started {
  readonly github: GitHub;
  readonly shop: HostedRepository;
  readonly ada: TestRepository;
  /** Of a job that may write. */
  readonly token: string;
}

async function started(): Promise<Started> {
  const github = await startGitHub({ users: ['bob'], repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const ada = await developer(github, shop, 'ada');
  ada.commitFile('cart.js', 'exports.sum = (a, b) => a - b;\n', 'cart');
  ada.git('push', '-q', '-u', 'origin', 'main');
  return { github, shop, ada, token: await github.token('github-actions[bot]', { actions: true }) };
}

const commentJob = async (github: GitHub, pull: Opened, token: string): Promise<Job> =>
  Job.start(github, { pull, token, event: 'pull_request_target', job: 'comment', checkout: false });

const notes = (github: GitHub, pull: Opened): unknown[] => ofType(documentOf(github, pull), 'annotation').map(({ text }) => text);

test('a fork whose jobs may only read: nothing fails, nothing is lost', LONG, async () => {
  const { github, shop, token } = await started();
  const fork = await github.fork(shop, 'bob');
  const bob = await developer(github, fork, 'bob');
  bob.git('pull', '-q', 'origin', 'main');
  bob.git('checkout', '-q', '-b', 'cart');
  expect(bob.trace('note', 'bob: the sign is wrong').status).toBe(0);
  bob.commitFile('cart.js', 'exports.sum = (a, b) => a + b;\n', 'add, not subtract');
  bob.git('push', '-q', '-u', 'origin', 'cart');
  expect(fork.at.git('for-each-ref', 'refs/traces')).not.toBe('');
  const pull = await github.open('bob', shop, { branch: 'cart', from: fork, title: 'Add, not subtract' });
  const readOnly = await github.token('github-actions[bot]', { actions: true, readOnly: true });

  const tests = await Job.start(github, { pull, token: readOnly, action: 'opened' });
  tests.write('junit.xml', junit('cart', ['adds']));
  const reported = await tests.ci('report', '--report', 'junit.xml', '--conclusion', 'success', '--out', 'events.json');
  expect(reported).toMatchObject({ status: 0, stderr: expect.stringContaining('may not write to the repository') });
  expect(`${reported.stdout}${reported.stderr}${tests.summary}`).not.toContain(readOnly);
  expect(tests.summary).toContain('git trace');

  const commented = await (await Job.start(github, { pull, token: readOnly, job: 'comment' })).ci('comment');
  expect(commented.status).toBe(0);
  expect(await github.comments(pull)).toEqual([]);
  expect(shop.at.git('for-each-ref', 'refs/traces/1')).toBe('');
  const told = await Job.start(github, { pull, token: readOnly, job: 'comment' });
  expect(await told.ci('comment')).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^warning: no comment was made on pull request 1: /m),
  });
  expect(told.summary).toContain('bob: the sign is wrong');

  // what the base repository starts for it, without its code, may write; it takes what the fork has
  const trusted = await commentJob(github, pull, token);
  expectDone(await trusted.ci('comment'));
  expect(await theComment(github, pull)).toContain('bob: the sign is wrong');
  expect(notes(github, pull)).toEqual(['bob: the sign is wrong']);
  expect(documentOf(github, pull).pr).toMatchObject({ pr_id: 'ada/shop#1', status: 'open', title: 'Add, not subtract' });

  // and what the job of the fork could not deliver is taken where somebody may
  const maintainer = await developer(github, shop, 'ada');
  maintainer.git('pull', '-q', 'origin', 'main');
  expect(maintainer.traceWith({ input: tests.read('events.json') }, 'ingest', '-').status).toBe(0);
  expect(maintainer.trace('push', '1').status).toBe(0);
  expect(ofType(documentOf(github, pull), 'ci_run')).toMatchObject([{ job: 'test', conclusion: 'success' }]);
  expect(await github.violations()).toEqual([]);
});

test('a stacked pair: each pull request has what was done on its branch', LONG, async () => {
  const { github, shop, ada, token } = await started();
  ada.git('checkout', '-q', '-b', 'one');
  expect(ada.trace('note', 'for the first').status).toBe(0);
  ada.commitFile('one.js', '1\n', 'one');
  ada.git('push', '-q', '-u', 'origin', 'one');
  const one = await github.open('ada', shop, { branch: 'one', title: 'One' });
  ada.git('checkout', '-q', '-b', 'two');
  expect(ada.trace('note', 'for the second').status).toBe(0);
  ada.commitFile('two.js', '2\n', 'two');
  ada.git('push', '-q', '-u', 'origin', 'two');
  const two = await github.open('ada', shop, { branch: 'two', base: 'one', title: 'Two' });

  expect(ada.trace('link')).toMatchObject({ status: 0, stderr: expect.stringContaining("linked branch 'two' to pull request 2") });
  expect(ada.git('config', 'branch.two.trace')).toBe('2');
  // the push after it was opened links by itself
  ada.git('checkout', '-q', 'one');
  ada.commitFile('one.js', '1.1\n', 'one, better');
  ada.git('push', '-q', 'origin', 'one');
  await github.published(one);
  expect(ada.git('config', 'branch.one.trace')).toBe('1');
  expect(ada.trace('sync').status).toBe(0);

  for (const pull of [one, two]) expectDone(await (await commentJob(github, pull, token)).ci('comment'));
  expect([notes(github, one), notes(github, two)]).toEqual([['for the first'], ['for the second']]);
  expect(ofType(documentOf(github, two), 'pr_linked').at(-1)).toMatchObject({ base: 'one', head: 'two', pr_id: 'ada/shop#2' });
  expect(await theComment(github, one)).not.toContain('for the second');
  expect(await theComment(github, two)).toContain('for the second');

  // the lower one is merged and its branch deleted: the upper one goes on
  await github.squash('ada', one);
  shop.deleteBranch('one');
  expectDone(await (await Job.start(github, { pull: one, token, action: 'closed', checkout: false })).ci('archive'));
  expect(documentOf(github, one).pr.status).toBe('merged');
  expect(documentOf(github, two).pr.status).toBe('open');
  expect(notes(github, two)).toEqual(['for the second']);
  expect(await github.violations()).toEqual([]);
});

test('among 500 comments ours is one, whoever quotes it', LONG, async () => {
  const { github, shop, ada, token } = await started();
  ada.git('checkout', '-q', '-b', 'cart');
  expect(ada.trace('note', 'the first note').status).toBe(0);
  ada.commitFile('cart.js', 'exports.sum = (a, b) => a + b;\n', 'add, not subtract');
  ada.git('push', '-q', '-u', 'origin', 'cart');
  const pull = await github.open('ada', shop, { branch: 'cart', title: 'Add, not subtract' });
  for (let i = 0; i < 250; i++) await github.comment('bob', pull, `comment ${i}`);
  // somebody who has seen ours elsewhere
  const quoted = await github.comment('bob', pull, '<!-- git-trace summary head= events=999999999 -->\nmine');
  for (let i = 251; i < 500; i++) await github.comment('bob', pull, `comment ${i}`);

  const comment = async (): Promise<string[]> => {
    await github.forget();
    expectDone(await (await commentJob(github, pull, token)).ci('comment'));
    return (await github.requests()).map(({ method }) => method);
  };
  expect((await comment()).filter((method) => method !== 'GET')).toEqual(['POST']);
  const ours = (await github.comments(pull)).filter(({ user }) => user.login === 'github-actions[bot]');
  expect(ours).toMatchObject([{ body: expect.stringContaining('the first note') }]);

  // nothing new: nothing is written
  expect((await comment()).filter((method) => method !== 'GET')).toEqual([]);
  expect(ada.trace('note', 'the second note').status).toBe(0);
  expect(ada.trace('push').status).toBe(0);
  expect((await comment()).filter((method) => method !== 'GET')).toEqual(['PATCH']);
  const all = await github.comments(pull);
  expect(all).toHaveLength(501);
  expect(all.filter(({ user }) => user.login === 'github-actions[bot]')).toMatchObject([
    { id: ours[0]?.id, body: expect.stringContaining('the second note') },
  ]);
  expect(all.find(({ id }) => id === quoted.id)?.body).toBe(quoted.body);
  expect(await github.violations()).toEqual([]);
});

test('an update of the text takes three requests', LONG, async () => {
  const { github, shop, ada, token } = await started();
  ada.git('checkout', '-q', '-b', 'cart');
  ada.trace('note', 'the first note');
  ada.commitFile('cart.js', 'exports.sum = (a, b) => a + b;\n', 'add, not subtract');
  ada.git('push', '-q', '-u', 'origin', 'cart');
  const pull = await github.open('ada', shop, { branch: 'cart', title: 'Add, not subtract' });
  expectDone(await (await commentJob(github, pull, token)).ci('comment'));
  ada.trace('fetch', '1');
  ada.trace('link', '1');
  ada.trace('note', 'the second note');
  ada.trace('push');
  await github.forget();
  expectDone(await (await commentJob(github, pull, token)).ci('comment'));
  const asked = (await github.requests()).map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
  expect(asked.at(-1)).toMatch(/^PATCH /);
  expect(asked.length).toBeLessThanOrEqual(3);
  expect(await theComment(github, pull)).toContain('the second note');
  expect(await github.violations()).toEqual([]);
});
