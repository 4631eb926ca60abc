/** What is GitLab's own: where it says less than the port asks for, and how it lists notes. */
import { expect, test } from 'vitest';
import { GitLab } from '../helpers/gitlab.ts';
import { openAt } from '../helpers/host-opened.ts';
import { type Reply, startHost } from '../helpers/host-server.ts';

const MARKER = '<!-- ours -->';
const REQUEST = {
  iid: 7,
  title: 'Mend the login',
  state: 'merged',
  web_url: 'https://gitlab.com/g/s/r/-/merge_requests/7',
  created_at: '2026-11-20T10:00:00.000+01:00',
  merged_at: '2026-11-21T10:00:00.000+01:00',
  closed_at: null,
  merge_commit_sha: null,
  squash_commit_sha: null,
  sha: 'a'.repeat(40),
  source_branch: 'topic',
  target_branch: 'main',
  source_project_id: 2,
  target_project_id: 1,
};

/** The port on a GitLab that has one merge request, from a fork that nobody may see. */
async function hostWith(request: Record<string, unknown>, approvals: unknown = { approved_by: [] }) {
  const server = await startHost(({ path }): Reply => {
    if (path === '/api/v4/projects/g%2Fs%2Fr/merge_requests/7') return { body: request };
    if (path.endsWith('/approvals')) return { body: approvals };
    return { status: 404, body: { message: '404 Project Not Found' } };
  });
  return openAt(`${server.url}/api/v4`, { kind: 'gitlab', repository: 'g/s/r' });
}

test.each([
  ['a merge', { merge_commit_sha: 'b'.repeat(40), squash_commit_sha: 'c'.repeat(40) }, 'b'],
  ['a squash', { squash_commit_sha: 'c'.repeat(40) }, 'c'],
  ['a fast-forward', {}, 'a'],
])('the commit of %s', async (_, commits, letter) => {
  const [found] = await (await hostWith({ ...REQUEST, ...commits })).findPullRequests({ number: '7' });
  expect(found).toMatchObject({
    status: 'merged',
    createdAt: '2026-11-20T09:00:00.000Z',
    mergedAt: '2026-11-21T09:00:00.000Z',
    closedAt: '2026-11-21T09:00:00.000Z',
    mergeCommit: letter.repeat(40),
    head: { branch: 'topic', repository: null, cloneUrl: null },
  });
});

test('one that is being merged counts as open', async () => {
  const [found] = await (await hostWith({ ...REQUEST, state: 'locked', merged_at: null })).findPullRequests({ number: '7' });
  expect(found).toMatchObject({ status: 'open', mergedAt: null, closedAt: null, mergeCommit: null });
});

test('an approval without a time has no place in a trace', async () => {
  const approved_by = [{ user: { username: 'bob' } }, { user: { username: 'eve' }, approved_at: '2026-11-20T10:00:00Z' }];
  expect(await (await hostWith(REQUEST, { approved_by })).reviews('7')).toEqual([
    { reviewer: 'eve', state: 'approved', sha: null, submittedAt: '2026-11-20T10:00:00.000Z' },
  ]);
});

test("another job's comment is found although hundreds stand before it", async () => {
  const gitlab = await GitLab.start();
  const request = gitlab.open(gitlab.project('o/r'), 'ada', { title: 'one', branch: 'topic', sha: 'a'.repeat(40) });
  for (let i = 0; i < 150; i++) gitlab.comment(request, 'bob', `comment ${i}`);
  const host = await openAt(gitlab.api, { kind: 'gitlab', token: gitlab.token('ada') });
  const { server } = gitlab;
  if (server === undefined) throw new Error('not started');
  const { handler } = server;
  server.handler = (asked) => {
    if (asked.method === 'POST') gitlab.comment(request, 'ada', `${MARKER}1`); // the other was faster
    return handler(asked);
  };
  const wish = { marker: MARKER, body: `${MARKER}2`, isNewer: () => false };
  expect(await host.upsertComment('1', wish)).toMatchObject({ kind: 'updated' });
  expect(request.notes.filter(({ author, system }) => author === 'ada' && !system).map(({ body }) => body)).toEqual([`${MARKER}2`]);
});
