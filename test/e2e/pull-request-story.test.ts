/**
 * The whole life of a pull request through the built command, against a GitHub on this machine (test/helpers/github/):
 * who takes part, what each step leaves in the trace, and what the one comment says after it.
 */
import { expect, test } from 'vitest';
import { startGitHub } from '../helpers/github/github.ts';
import { agentWorks, developer, Job, junit } from '../helpers/github/people.ts';
import { documentOf, expectDone, instant, ofType, theComment } from '../helpers/github/seen.ts';

test('two developers, an agent and twenty jobs: from the first note to the archive', { timeout: 180_000 }, async () => {
  const github = await startGitHub({ users: ['bob', 'carol'], repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const jobToken = await github.token('github-actions[bot]', { actions: true });
  const ada = await developer(github, shop, 'ada');
  ada.commitFile('cart.js', 'exports.sum = (a, b) => a - b;\n', 'cart');
  ada.git('push', '-q', '-u', 'origin', 'main');

  // bob begins in his fork, where there is no pull request
  const fork = await github.fork(shop, 'bob');
  const bob = await developer(github, fork, 'bob');
  bob.git('pull', '-q', 'origin', 'main');
  bob.git('checkout', '-q', '-b', 'cart');
  expect(bob.trace('run', '--', 'sh', '-c', 'echo sum is wrong >&2; exit 1').status).toBe(1);
  expect(bob.trace('note', 'bob: the sign is wrong').status).toBe(0);
  bob.commitFile('cart.js', 'exports.sum = (a, b) => a + b;\n', 'add, not subtract');
  bob.git('push', '-q', '-u', 'origin', 'cart');

  // ada takes it over on a branch of the base, with an agent
  ada.git('remote', 'add', 'bob', github.cloneUrl(fork));
  ada.git('checkout', '-q', '-b', 'cart');
  ada.git('pull', '-q', 'bob', 'cart');
  expect(ada.trace('fetch', 'cart', '--remote', 'bob')).toMatchObject({ status: 0 });
  const now = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
  const agentEvents = [
    { ts: now(-3), type: 'prompt', payload: { text: 'sum over three items' } },
    { ts: now(-2), type: 'tool_call', payload: { tool_name: 'edit_file', status: 'completed' } },
    { ts: now(-1), type: 'command', payload: { command: 'node --test', exit_code: 0, stdout_sample: 'ok' } },
  ];
  expect(agentWorks(ada, 'agent-1', agentEvents)).toBe(4);
  expect(ada.trace('note', 'ada: three items now').status).toBe(0);
  ada.commitFile('cart.js', 'exports.sum = (...all) => all.reduce((a, b) => a + b, 0);\n', 'sum of all');
  ada.git('push', '-q', '-u', 'origin', 'cart');

  // the pull request is opened; the job of that moment links it and comments
  const pull = await github.open('ada', shop, { branch: 'cart', title: 'Sum of all items' });
  expectDone(await (await Job.start(github, { pull, token: jobToken, action: 'opened', job: 'comment', checkout: false })).ci('comment'));
  const opened = await theComment(github, pull);
  expect(opened).toContain('bob: the sign is wrong');
  expect(opened).toContain('ada: three items now');
  expect(documentOf(github, pull).pr).toMatchObject({ pr_id: 'ada/shop#1', title: 'Sum of all items', status: 'open' });

  // twenty jobs at once, half of them without a checkout; the seventh is red
  const matrix = Array.from({ length: 20 }, (_, i) => i + 1);
  const jobs = await Promise.all(
    matrix.map((shard) => Job.start(github, { pull, token: jobToken, runId: 100, checkout: shard % 2 === 0 })),
  );
  const reported = await Promise.all(
    jobs.map((job, i) => {
      const red = i === 6;
      job.write('junit.xml', junit(`shard-${i + 1}`, ['adds', red ? '!sums nothing' : 'sums nothing']));
      return job.ci(
        'report',
        '--report',
        'junit.xml',
        '--matrix',
        JSON.stringify({ shard: i + 1 }),
        '--conclusion',
        red ? 'failure' : 'success',
      );
    }),
  );
  for (const outcome of reported) expectDone(outcome);
  expectDone(await (await Job.start(github, { pull, token: jobToken, job: 'comment' })).ci('comment'));
  const red = documentOf(github, pull);
  expect(
    ofType(red, 'ci_run')
      .map(({ matrix }) => JSON.parse(String(matrix)).shard as number)
      .sort((a, b) => a - b),
  ).toEqual(matrix);
  expect(ofType(red, 'test').filter(({ source }) => source === 'ci')).toHaveLength(20);
  expect(await theComment(github, pull)).toContain('sums nothing');

  // a review, then a force-push that answers it
  await github.review('carol', pull, 'REQUEST_CHANGES', 'nothing should sum to nothing');
  ada.trace('fetch', '1');
  ada.writeFile('cart.js', 'exports.sum = (...all) => all.reduce((a, b) => a + b, 0); // nothing is 0\n');
  ada.git('commit', '-q', '-a', '--amend', '-m', 'sum of all, also of none');
  expect(ada.trace('note', 'ada: none is 0').status).toBe(0);
  ada.git('push', '-q', '-f', 'origin', 'cart');
  await github.published(pull);
  const green = await Job.start(github, { pull, token: jobToken, runId: 101 });
  green.write('junit.xml', junit('shard-7', ['adds', 'sums nothing']));
  expectDone(await green.ci('report', '--report', 'junit.xml', '--matrix', '{"shard":7}', '--conclusion', 'success'));
  expectDone(await (await Job.start(github, { pull, token: jobToken, job: 'comment' })).ci('comment'));
  const answered = documentOf(github, pull);
  expect(ofType(answered, 'pr_reviewed')).toMatchObject([{ reviewer: 'carol', state: 'changes_requested' }]);
  expect(ofType(answered, 'rewrite').length).toBeGreaterThan(0);
  const afterReview = await theComment(github, pull);
  expect(afterReview).toContain('Since the review by carol');
  expect(afterReview).toContain('ada: none is 0');

  // it is merged as one commit, its branch goes, its trace is archived
  await github.squash('ada', pull);
  shop.deleteBranch('cart');
  const closed = await Job.start(github, { pull, token: jobToken, action: 'closed', job: 'archive', checkout: false });
  expectDone(await closed.ci('comment'));
  expectDone(await closed.ci('archive'));
  const { created_at, merged_at } = await github.pull(pull);
  const last = documentOf(github, pull);
  expect(last.pr).toMatchObject({ status: 'merged', title: 'Sum of all items' });
  expect([instant(last.pr.created_at), instant(last.pr.merged_at)]).toEqual([instant(created_at), instant(merged_at)]);
  expect(shop.at.git('for-each-ref', '--format=%(refname)', 'refs/traces/1', 'refs/traces/heads/cart', 'refs/traces/archive')).toBe(
    `refs/traces/archive/${merged_at?.slice(0, 7)}`,
  );
  await theComment(github, pull);

  // nothing of what anybody did is missing
  expect(
    ofType(last, 'annotation')
      .map(({ text }) => text)
      .sort(),
  ).toEqual(['ada: none is 0', 'ada: three items now', 'bob: the sign is wrong']);
  expect(last.events.filter(({ session }) => session === 'agent-1').map(({ type }) => type)).toEqual([
    'session_started',
    'prompt',
    'tool_call',
    'command',
  ]);
  expect(ofType(last, 'ci_run')).toHaveLength(21);
  expect(ofType(last, 'commit').map(({ message }) => String(message).trim())).toEqual(
    expect.arrayContaining(['add, not subtract', 'sum of all', 'sum of all, also of none']),
  );
  expect(await github.violations()).toEqual([]);
});
