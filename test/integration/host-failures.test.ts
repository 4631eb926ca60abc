/** How a host can fail, each in its own words: what was wanted, what was seen, and the way out. Nothing ever tells the token. */
import { describe, expect, test } from 'vitest';
import { isTraceError } from '../../src/core/errors.ts';
import { pullAnswer, refusedAnswer } from '../helpers/host-answers.ts';
import { type OpenedHost, openAt } from '../helpers/host-opened.ts';
import { type Reply, startHost } from '../helpers/host-server.ts';

const TOKEN = 'ghp_neverToBeSeenAnywhere';

/** What a person reads when looking for pull request 42. */
async function said(doing: Promise<unknown>): Promise<string> {
  const error = await doing.then(
    (value) => new Error(`it did not fail: ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isTraceError(error) || error.code !== 'host-failed') throw error;
  const text = [error.message, ...error.hints.map((hint) => `hint: ${hint}`)].join('\n');
  expect(`${text}${error.stack}${JSON.stringify(error)}`).not.toContain(TOKEN);
  return text;
}

async function asked(reply: Reply, options: OpenedHost = { token: TOKEN }): Promise<string> {
  const server = await startHost(() => reply);
  const host = await openAt(server.url, options);
  return said(host.findPullRequests({ number: '42' }));
}

describe('a host that answers', () => {
  test('that it does not know the token', async () => {
    const body = refusedAnswer('Bad credentials');
    expect(await asked({ status: 401, body })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the token is not accepted (401, "Bad credentials")
      hint: the token came from GH_TOKEN: renew it there"
    `);
    expect(await asked({ status: 401, body: refusedAnswer('Requires authentication') }, {})).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': it wants a token (401, "Requires authentication")
      hint: give one in GH_TOKEN, or sign in with 'gh auth login' (docs/hosts.md of git trace)"
    `);
  });

  test('that there is no such thing, or that it may not be seen', async () => {
    const body = refusedAnswer('Not Found');
    expect(await asked({ status: 404, body })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': not found, or the token may not see it (404)
      hint: the token came from GH_TOKEN; is the name right, and may that token read it?"
    `);
    expect(await asked({ status: 404, body }, {})).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': not found; without a token only what is public can be seen (404)
      hint: give one in GH_TOKEN, or sign in with 'gh auth login' (docs/hosts.md of git trace)"
    `);
    expect(await asked({ status: 404, body }, { name: 'code.example' })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'code.example': not found; without a token only what is public can be seen (404)
      hint: give one in GH_ENTERPRISE_TOKEN, or sign in with 'gh auth login --hostname code.example' (docs/hosts.md of git trace)"
    `);
    expect(await asked({ status: 404, body: { message: '404 Project Not Found' } }, { kind: 'gitlab' })).toMatchInlineSnapshot(`
      "cannot read merge request 42 of 'o/r' on 'gitlab.com': not found; without a token only what is public can be seen (404)
      hint: give one in GITLAB_TOKEN (docs/hosts.md of git trace)"
    `);
  });

  test('that the token may not do this', async () => {
    const body = refusedAnswer('Resource not accessible by personal access token');
    const headers = { 'x-accepted-github-permissions': 'pull_requests=read' };
    expect(await asked({ status: 403, headers, body })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the token may not do this (403, "Resource not accessible by personal access token")
      hint: it needs the permission pull_requests: read
      hint: the token came from GH_TOKEN"
    `);
    const actions = { token: TOKEN, env: { GITHUB_ACTIONS: 'true' } };
    expect(await asked({ status: 403, body: refusedAnswer('Resource not accessible by integration') }, actions)).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the token may not do this (403, "Resource not accessible by integration")
      hint: a workflow gives it with 'permissions: { pull-requests: write }'; for pull requests from forks it is never given"
    `);
    const sso = { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=A1' };
    expect(
      await asked({ status: 403, headers: sso, body: refusedAnswer('Resource protected by organization SAML enforcement.') }),
    ).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the token may not do this (403, "Resource protected by organization SAML enforcement.")
      hint: the organisation wants the token to be authorised: https://github.com/orgs/acme/sso?authorization_request=A1"
    `);
    expect(await asked({ status: 403, headers: { 'x-accepted-oauth-scopes': 'repo' }, body })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the token may not do this (403, "Resource not accessible by personal access token")
      hint: it needs one of the scopes repo
      hint: the token came from GH_TOKEN"
    `);
  });

  test('that it was asked too often', async () => {
    const used = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795262400' };
    const body = refusedAnswer('API rate limit exceeded for 203.0.113.7.');
    expect(await asked({ status: 403, headers: used, body }, {})).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the limit of requests is used up until 2026-11-21 12:00 UTC (403)
      hint: with a token far more requests are allowed
      hint: give one in GH_TOKEN, or sign in with 'gh auth login' (docs/hosts.md of git trace)"
    `);
    expect(await asked({ status: 429, headers: used, body })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the limit of requests is used up until 2026-11-21 12:00 UTC (429)
      hint: wait until then; nothing is lost"
    `);
    const secondary = refusedAnswer('You have exceeded a secondary rate limit.');
    expect(await asked({ status: 429, headers: { 'retry-after': '60' }, body: secondary })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': too many requests (429); it may be asked again in 60 seconds
      hint: wait, then run it again; nothing is lost"
    `);
    expect(await asked({ status: 403, body: secondary })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': too many requests (403)
      hint: wait, then run it again; nothing is lost"
    `);
    const gitlab = { 'ratelimit-remaining': '0', 'ratelimit-reset': '1795262400', 'retry-after': '30' };
    expect(await asked({ status: 429, headers: gitlab, body: 'Retry later' }, { kind: 'gitlab', token: TOKEN })).toMatchInlineSnapshot(`
      "cannot read merge request 42 of 'o/r' on 'gitlab.com': the limit of requests is used up until 2026-11-21 12:00 UTC (429)
      hint: wait until then; nothing is lost"
    `);
  });

  test('that it does not accept what was sent', async () => {
    const body = {
      ...refusedAnswer('Validation Failed'),
      errors: [
        { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is too long (maximum is 65536 characters)' },
      ],
    };
    const server = await startHost(({ method }) => (method === 'GET' ? { body: [] } : { status: 422, body }));
    server.handler = ({ method, path }) =>
      path === '/user' ? { body: { login: 'ada' } } : method === 'GET' ? { body: [] } : { status: 422, body };
    const host = await openAt(server.url, { token: TOKEN });
    const wish = { marker: '<!-- m -->', body: '<!-- m -->', isNewer: () => false };
    expect(await said(host.upsertComment('42', wish))).toMatchInlineSnapshot(
      `"cannot write the comment on pull request 42 of 'o/r' on 'github.com': it does not accept that (422, "Validation Failed: Body is too long (maximum is 65536 characters)")"`,
    );
  });

  test('that it has trouble', async () => {
    expect(await asked({ status: 502, body: refusedAnswer('Server Error') })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': it has trouble of its own (502, "Server Error")
      hint: try again later; nothing is lost"
    `);
    expect(await asked({ status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Unicorn!</h1>' })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': it has trouble of its own (503)
      hint: try again later; nothing is lost"
    `);
  });

  test('something that is not JSON, or not what was asked for', async () => {
    expect(await asked({ headers: { 'content-type': 'text/html' }, body: '<title>Sign in to the airport</title>' })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the answer is not JSON but text/html
      hint: a sign-in page of the network, or a proxy, may be answering instead of the host
      hint: 'git config trace.host.github.com.api <url>' says where its API is"
    `);
    expect(await asked({ body: '{"number": 42, ' })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the answer is not what was asked for: it is no pull request
      hint: is this the address of an API? 'git config trace.host.github.com.api <url>' says where it is"
    `);
    expect(await asked({ body: { hello: 'world' } })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the answer is not what was asked for: it is no pull request
      hint: is this the address of an API? 'git config trace.host.github.com.api <url>' says where it is"
    `);
    expect(await asked({ body: { ...pullAnswer(), created_at: 'yesterday' } })).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': the answer is not what was asked for: it has a time that is none
      hint: is this the address of an API? 'git config trace.host.github.com.api <url>' says where it is"
    `);
    expect(await asked({ body: `"${'x'.repeat(11 * 1024 * 1024)}"` })).toMatchInlineSnapshot(
      `"cannot read pull request 42 of 'o/r' on 'github.com': the answer is larger than 10 MiB"`,
    );
  });

  test('with a redirect to somebody else, who gets nothing', async () => {
    const thief = await startHost(() => ({ body: pullAnswer() }));
    const text = await asked({ status: 301, headers: { location: `${thief.url}/repos/o/r/pulls/42` } });
    expect(text.replace(String(thief.port), '<port>')).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': it leads to another host ('http://127.0.0.1:<port>'), which is not given the token
      hint: 'git config trace.host.github.com.api <url>' says where the API is"
    `);
    expect(thief.asked).toEqual([]);
    const around = await asked({ status: 302, headers: { location: '/elsewhere' } });
    expect(around).toMatchInlineSnapshot(`
      "cannot read pull request 42 of 'o/r' on 'github.com': it leads from one place to the next (302)
      hint: is the API's address right? 'git config trace.host.github.com.api <url>' says where the API is"
    `);
  });

  test('with words that are hostile, or hold the token', async () => {
    const message = `\x1b[2J${'long '.repeat(100)}`;
    expect(await asked({ status: 403, body: { message } })).not.toMatch(/\x1b|.{400}/);
    expect(await asked({ status: 401, body: refusedAnswer(`no such token: ${TOKEN}`) })).toContain('no such token: ***');
  });
});

describe('what is not an error', () => {
  test('a pull request that was closed meanwhile', async () => {
    const closed = { state: 'closed', closed_at: '2026-11-21T10:00:00Z' } as const;
    const server = await startHost(() => ({ body: pullAnswer(closed) }));
    const host = await openAt(server.url);
    const found = { status: 'closed', closedAt: '2026-11-21T10:00:00.000Z', mergedAt: null, mergeCommit: null };
    expect(await host.findPullRequests({ number: '42' })).toMatchObject([found]);
  });

  test('a repository that was renamed: it is found, and has its new name from then on', async () => {
    const server = await startHost(({ method, path }) => {
      if (path === '/user') return { body: { login: 'ada' } };
      if (path.startsWith('/repos/o/r/') || path === '/repos/o/r')
        return { status: 301, headers: { location: path.replace('/repos/o/r', '/repositories/7') } };
      if (path === '/repositories/7') return { body: { full_name: 'o/renamed' } };
      if (path.endsWith('/pulls')) return { body: [pullAnswer({ repository: 'o/renamed' })] };
      if (method === 'GET') return { body: [] };
      return {
        status: 201,
        body: { id: 1, user: { login: 'ada' }, body: '<!-- m -->', html_url: 'https://x', created_at: '2026-11-21T10:00:00Z' },
      };
    });
    const host = await openAt(server.url, { token: TOKEN });
    expect(await host.findPullRequests({ branch: 'topic', repository: 'o/r' })).toMatchObject([{ number: '42', repository: 'o/renamed' }]);
    expect(host.repository).toBe('o/renamed');
    await host.upsertComment('42', { marker: '<!-- m -->', body: '<!-- m -->', isNewer: () => false });
    expect(server.asked.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual(['/repos/o/renamed/issues/42/comments']);
  });

  test('a commit that the host does not know', async () => {
    const server = await startHost(() => ({ status: 422, body: refusedAnswer('No commit found for SHA: 1234') }));
    expect(await (await openAt(server.url)).findPullRequests({ commit: '1'.repeat(40) })).toEqual([]);
  });

  test('an API below a path, given with a final slash', async () => {
    const server = await startHost(() => ({ body: pullAnswer() }));
    const host = await openAt(`${server.url}/api/v3`, { name: 'code.example' });
    expect(await host.findPullRequests({ number: '42' })).toHaveLength(1);
    expect(server.asked.map(({ path }) => path)).toEqual(['/api/v3/repos/o/r/pulls/42']);
  });
});

describe('asking again', () => {
  const limited = (after: string): Reply => ({ status: 429, headers: { 'retry-after': after }, body: refusedAnswer('slow down') });

  test.each([
    ['ci', '0', 2],
    ['ci', '3', 1],
    ['command', '0', 1],
    ['hook', '0', 1],
  ] as const)('in %s after %s seconds: %i requests', async (purpose, after, count) => {
    const server = await startHost(() => (server.asked.length < 2 ? limited(after) : { body: pullAnswer() }));
    const finding = (await openAt(server.url, { purpose })).findPullRequests({ number: '42' });
    if (count === 2) expect(await finding).toHaveLength(1);
    else await said(finding);
    expect(server.asked).toHaveLength(count);
  });

  test('never what writes, redirected only where nothing was done yet', async () => {
    const answers: Reply[] = [limited('0'), { status: 301, headers: { location: '/x' } }, { status: 502, body: {} }];
    const wish = { marker: '<!-- m -->', body: '<!-- m -->', isNewer: () => false };
    for (const answer of answers) {
      const server = await startHost(({ method, path }) =>
        path === '/user' ? { body: { login: 'a' } } : method === 'GET' ? { body: [] } : answer,
      );
      await said((await openAt(server.url, { purpose: 'ci', token: TOKEN })).upsertComment('42', wish));
      expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    }
    const moved = await startHost(({ method, path }) => {
      if (path === '/user') return { body: { login: 'a' } };
      if (method === 'GET') return { body: [] };
      if (path !== '/there') return { status: 308, headers: { location: '/there' } };
      return {
        status: 201,
        body: { id: 1, user: { login: 'a' }, body: '<!-- m -->', html_url: 'https://x', created_at: '2026-11-21T10:00:00Z' },
      };
    });
    expect(await (await openAt(moved.url, { token: TOKEN })).upsertComment('42', wish)).toMatchObject({ kind: 'created' });
    expect(moved.asked.find(({ path }) => path === '/there')?.body).toEqual({ body: '<!-- m -->' });
  });
});
