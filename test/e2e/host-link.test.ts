/** `git trace link` asks the host about the pull request: what it says is recorded, and where it cannot be asked, linking goes on. */
import { expect, test } from 'vitest';
import { pullAnswer, refusedAnswer } from '../helpers/host-answers.ts';
import { repositoryOn, traceBeside } from '../helpers/host-linked.ts';
import { startHost } from '../helpers/host-server.ts';
import { TestRepository } from '../helpers/repository.ts';

test('what the host says of the pull request is recorded, once', async () => {
  const merged = { state: 'closed', closed_at: '2026-11-21T10:00:00Z', merged_at: '2026-11-21T10:00:00Z' } as const;
  const host = await startHost(() => ({ body: pullAnswer(merged) }));
  const repository = repositoryOn(`${host.url}/`);
  repository.env['GH_TOKEN'] = 'ghp_thetokenofthistest';
  expect(await traceBeside(repository, 'link', '42')).toEqual({
    status: 0,
    stdout: '',
    stderr: "linked branch 'topic' to pull request 42 (refs/traces/42/journal)\nit is merged: Mend the login\n",
  });
  expect(host.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /repos/o/r/pulls/42']);
  expect(host.asked[0]?.headers.authorization).toBe('Bearer ghp_thetokenofthistest');
  await traceBeside(repository, 'link', '42');
  const { stdout } = await traceBeside(repository, 'show', '42', '--ndjson');
  const told = stdout
    .split('\n')
    .filter((line) => line.includes('"pr_updated"'))
    .map((line) => JSON.parse(line));
  expect(told).toHaveLength(1);
  expect(told[0].payload).toEqual({
    closed_at: '2026-11-21T10:00:00.000Z',
    created_at: '2026-11-20T09:00:00.000Z',
    merge_commit: 'b'.repeat(40),
    merged_at: '2026-11-21T10:00:00.000Z',
    status: 'merged',
    title: 'Mend the login',
    url: 'https://github.com/o/r/pull/42',
  });
});

test('where the host refuses, that is said, and the branch is linked', async () => {
  const host = await startHost(() => ({ status: 404, body: refusedAnswer('Not Found') }));
  const repository = repositoryOn(host.url);
  expect((await traceBeside(repository, 'link', 'https://github.com/o/r/pull/42')).stderr).toMatchInlineSnapshot(`
    "warning: title and status are not known: cannot read pull request 42 of 'o/r' on 'github.com': not found; without a token only what is public can be seen (404)
    hint: give one in GH_TOKEN, or sign in with 'gh auth login' (docs/hosts.md of git trace)
    linked branch 'topic' to pull request 42 (refs/traces/42/journal)
    "
  `);
  expect(repository.git('config', 'branch.topic.trace')).toBe('42');
});

test('a host of no kind that we know is not asked', async () => {
  const repository = TestRepository.create({ branch: 'topic' });
  repository.commitFile('a', 'a\n', 'first');
  repository.git('remote', 'add', 'origin', 'https://code.example/o/r.git');
  expect((await traceBeside(repository, 'link', '42')).stderr).toBe("linked branch 'topic' to pull request 42 (refs/traces/42/journal)\n");
});

test('the URL of a remote is taken as git takes it', async () => {
  const host = await startHost(() => ({ body: pullAnswer() }));
  const repository = repositoryOn(host.url);
  repository.git('remote', 'set-url', 'origin', 'work:o/r');
  repository.git('config', 'url.git@github.com:.insteadOf', 'work:');
  expect((await traceBeside(repository, 'link', '42')).status).toBe(0);
  expect(host.asked.map(({ path }) => path)).toEqual(['/repos/o/r/pulls/42']);
});
