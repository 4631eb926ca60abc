/** What is GitHub's own: a filter that it may ignore, reviews in all their states, and tokens that may not say whose they are. */
import { describe, expect, test } from 'vitest';
import { type PullAnswer, pullAnswer, refusedAnswer } from '../helpers/host-answers.ts';
import { openAt } from '../helpers/host-opened.ts';
import { type Asked, type Reply, startHost } from '../helpers/host-server.ts';

test('what GitHub sends although it was not asked for does not count', async () => {
  const pulls: PullAnswer[] = [
    { number: 1, created_at: '2026-11-01T09:00:00Z' },
    { number: 2, branch: 'topic2' },
    { number: 3, from: 'o/fork' },
    { number: 4, from: null },
    { number: 5, created_at: '2026-11-02T09:00:00Z', state: 'closed', closed_at: '2026-11-03T09:00:00Z' },
    { number: 6, created_at: '2026-10-01T09:00:00Z', from: 'O/R' },
  ];
  const server = await startHost(() => ({ body: pulls.map(pullAnswer) }));
  const found = await (await openAt(server.url)).findPullRequests({ branch: 'topic', repository: 'o/r' });
  expect(found.map(({ number }) => number)).toEqual(['1', '6', '5']);
  expect(Object.fromEntries(server.asked[0]?.query ?? [])).toMatchObject({ head: 'o:topic', state: 'all' });
});

test('reviews of all pages, oldest first; a draft is none, and a reviewer may be gone', async () => {
  const at = (minute: number) => `2026-11-20T10:${String(minute).padStart(2, '0')}:00Z`;
  const review = (state: string, minute: number, login: string | null = 'bob') => ({
    id: minute,
    user: login === null ? null : { login },
    state,
    commit_id: 'a'.repeat(40),
    submitted_at: at(minute),
  });
  const { submitted_at: _, ...draft } = review('PENDING', 3);
  const first = [review('COMMENTED', 9), review('CHANGES_REQUESTED', 2), draft, { ...review('DISMISSED', 4, null), commit_id: null }];
  const server = await startHost(({ query }) =>
    query.get('page') === '1'
      ? { headers: { link: '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=2>; rel="last"' }, body: first }
      : { headers: { link: '<https://api.github.com/x?page=1>; rel="prev"' }, body: [review('APPROVED', 5), review('LATER_INVENTED', 6)] },
  );
  const reviews = await (await openAt(server.url)).reviews('42');
  expect(reviews.map(({ state, reviewer, sha }) => [state, reviewer, sha?.[0] ?? null])).toEqual([
    ['changes_requested', 'bob', 'a'],
    ['dismissed', null, null],
    ['approved', 'bob', 'a'],
    ['commented', 'bob', 'a'],
  ]);
  expect(server.asked.map(({ query }) => query.get('page'))).toEqual(['1', '2']);
});

describe('whose a token is', () => {
  const MARKER = '<!-- ours -->';
  const wish = { marker: MARKER, body: `${MARKER}2`, isNewer: () => false };
  const comment = (id: number, login: string, body = `${MARKER}1`) => {
    return { id, user: { login }, body, html_url: `https://github.com/o/r/pull/42#${id}`, created_at: '2026-11-20T10:00:00Z' };
  };
  const forbidden: Reply = { status: 403, body: refusedAnswer('Resource not accessible by integration') };

  /** A GitHub with one comment, which tells by GraphQL alone, or not even so, who asks. */
  const startWith = (standing: string, viewer: string | undefined, author = standing) =>
    startHost(({ method, path }: Asked): Reply => {
      if (path === '/user') return forbidden;
      if (path === '/graphql') return viewer === undefined ? forbidden : { body: { data: { viewer: { login: viewer } } } };
      if (method === 'GET') return { body: [comment(1, standing)] };
      return { status: method === 'POST' ? 201 : 200, body: comment(method === 'POST' ? 2 : 1, author, wish.body) };
    });
  const said = (server: { asked: Asked[] }) =>
    server.asked.map(({ method, path }) => `${method} ${path.replace('/repos/o/r/issues', '…')}`);

  test("a job's is known without asking", async () => {
    const server = await startWith('github-actions[bot]', undefined);
    const host = await openAt(server.url, { token: 'ghs_job', env: { GITHUB_ACTIONS: 'true' } });
    expect(await host.upsertComment('42', wish)).toMatchObject({ kind: 'updated' });
    expect(said(server)).toEqual(['GET …/42/comments', 'PATCH …/comments/1']);
  });

  test("an app's looks like a job's, and is told where it matters", async () => {
    const server = await startWith('tracer[bot]', 'tracer[bot]');
    const host = await openAt(server.url, { token: 'ghs_app', env: { GITHUB_ACTIONS: 'true' } });
    expect(await host.upsertComment('42', wish)).toMatchObject({ kind: 'updated' });
    expect(said(server)).toEqual(['GET …/42/comments', 'POST /graphql', 'PATCH …/comments/1']);
  });

  test('an app that is told nothing at all still keeps one comment', async () => {
    const server = await startWith('tracer[bot]', undefined);
    const host = await openAt(server.url, { token: 'ghs_app' });
    expect(await host.upsertComment('42', wish)).toMatchObject({ kind: 'updated', url: expect.stringMatching(/#1$/) });
    expect(said(server).slice(-3)).toEqual(['GET …/42/comments', 'PATCH …/comments/1', 'DELETE …/comments/2']);
  });

  test("another app's comment is left alone", async () => {
    const server = await startWith('other[bot]', 'tracer[bot]', 'tracer[bot]');
    const host = await openAt(server.url, { token: 'ghs_app' });
    expect(await host.upsertComment('42', wish)).toMatchObject({ kind: 'created', url: expect.stringMatching(/#2$/) });
    expect(said(server)).not.toContain('PATCH …/comments/1');
  });
});
