/** What every host does behind the port, whichever it is: run on GitHub's stand-in, held to its description, and on a small GitLab. */
import { describe, expect, test } from 'vitest';
import { githubStand, gitlabStand, REPOSITORY, type Stand } from '../helpers/host-stands.ts';

const MARKER = '<!-- ours -->';
/** A wish of a certain age: the higher the version, the newer. */
const wish = (version: number) => ({
  marker: MARKER,
  body: `${MARKER}\nversion ${version}`,
  isNewer: (body: string) => Number(/\d+$/.exec(body)?.[0]) > version,
});

describe.each<[string, () => Promise<Stand>, string]>([
  ['GitHub', githubStand, 'refs/pull/*/head'],
  ['GitLab', gitlabStand, 'refs/merge-requests/*/head'],
])('%s', (_, start, pattern) => {
  test('tells of a pull request by its number', async () => {
    const stand = await start();
    const { number, sha } = await stand.pull('one', 'topic');
    const host = await stand.open('ada');
    expect(host).toMatchObject({ repository: REPOSITORY, authenticated: true, headRefPattern: pattern });
    const [found, ...others] = await host.findPullRequests({ number });
    expect(others).toEqual([]);
    expect(found).toEqual({
      number,
      host: host.name,
      repository: REPOSITORY,
      title: 'one',
      status: 'open',
      url: expect.stringMatching(/^https?:.*\/1$/),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      mergedAt: null,
      closedAt: null,
      head: { branch: 'topic', oid: sha, repository: REPOSITORY, cloneUrl: expect.any(String) },
      base: { branch: 'main' },
      mergeCommit: null,
    });
    expect(await (await stand.open()).findPullRequests({ number })).toEqual([found]);
    await expect(host.findPullRequests({ number: '99' })).rejects.toMatchObject({ code: 'host-failed' });
    expect(await stand.violations()).toEqual([]);
  });

  test('tells what became of it', async () => {
    const stand = await start();
    const [one, two] = [await stand.pull('one', 'a'), await stand.pull('two', 'b')];
    await stand.close(one.number);
    const commit = await stand.merge(two.number);
    const host = await stand.open('ada');
    const time = expect.stringMatching(/Z$/);
    expect(await host.findPullRequests({ number: one.number })).toMatchObject([
      { status: 'closed', mergedAt: null, closedAt: time, mergeCommit: null },
    ]);
    expect(await host.findPullRequests({ number: two.number })).toMatchObject([
      { status: 'merged', mergedAt: time, closedAt: time, mergeCommit: commit },
    ]);
    expect(await stand.violations()).toEqual([]);
  });

  test('finds them by branch: of that repository alone, open ones first, then the newest', async () => {
    const stand = await start();
    const one = await stand.pull('one', 'topic');
    await stand.close(one.number);
    const three = await stand.pull('three', 'topic', 'fork');
    const four = await stand.pull('four', 'topic');
    await stand.pull('five', 'other');
    const host = await stand.open('ada');
    const numbers = async (branch: string, repository: string) =>
      (await host.findPullRequests({ branch, repository })).map(({ number }) => number);
    expect(await numbers('topic', REPOSITORY)).toEqual([four.number, one.number]);
    expect(await numbers('topic', 'bob/shop')).toEqual([three.number]);
    expect(await numbers('none', REPOSITORY)).toEqual([]);
    expect(await stand.violations()).toEqual([]);
  });

  test('tells where a fork is, and that it is gone', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic', 'fork');
    const host = await stand.open('ada');
    expect(await host.findPullRequests({ number })).toMatchObject([
      { repository: REPOSITORY, head: { repository: 'bob/shop', cloneUrl: expect.stringMatching(/bob.shop\.git$/) } },
    ]);
    await stand.loseFork(number);
    expect(await host.findPullRequests({ number })).toMatchObject([{ head: { branch: 'topic', repository: null, cloneUrl: null } }]);
    expect(await stand.violations()).toEqual([]);
  });

  test('finds them by commit', async () => {
    const stand = await start();
    const { number, sha } = await stand.pull('one', 'topic');
    const host = await stand.open('ada');
    expect((await host.findPullRequests({ commit: sha })).map((found) => found.number)).toEqual([number]);
    expect(await host.findPullRequests({ commit: '0'.repeat(40) })).toEqual([]);
    expect(await stand.violations()).toEqual([]);
  });

  test('tells who approved, and when, oldest first', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    const host = await stand.open('ada');
    expect(await host.reviews(number)).toEqual([]);
    await stand.approve(number, 'bob');
    await stand.approve(number, 'eve');
    const reviews = await host.reviews(number);
    expect(reviews).toMatchObject([
      { reviewer: 'bob', state: 'approved', submittedAt: expect.stringMatching(/\.\d{3}Z$/) },
      { reviewer: 'eve', state: 'approved' },
    ]);
    expect(await stand.violations()).toEqual([]);
  });

  test('keeps one comment, with 3 requests at most where only the text has changed', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    await stand.comment(number, 'eve', `${MARKER}\nversion 9`);
    await stand.comment(number, 'bob', `> ${MARKER}\nversion 9`);
    const first = await (await stand.open('ada')).upsertComment(number, wish(1));
    expect(first).toEqual({ kind: 'created', url: expect.stringMatching(/^https?:/) });
    await stand.comment(number, 'ada', `as ${MARKER} says`);
    await stand.asked();
    const again = await stand.open('ada');
    expect(await again.upsertComment(number, wish(2))).toEqual({ ...first, kind: 'updated' });
    expect(await stand.asked()).toHaveLength(3);
    expect(await again.upsertComment(number, wish(2))).toEqual({ ...first, kind: 'unchanged' });
    expect(await again.upsertComment(number, wish(1))).toEqual({ ...first, kind: 'newer' });
    expect(await stand.asked()).toHaveLength(2);
    expect(await stand.comments(number)).toEqual([
      { author: 'eve', body: `${MARKER}\nversion 9` },
      { author: 'bob', body: `> ${MARKER}\nversion 9` },
      { author: 'ada', body: `${MARKER}\nversion 2` },
      { author: 'ada', body: `as ${MARKER} says` },
    ]);
    expect(await stand.violations()).toEqual([]);
  });

  test('finds its comment among hundreds', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    for (let i = 0; i < 250; i++) await stand.comment(number, 'bob', `comment ${i}`);
    await stand.comment(number, 'ada', wish(1).body);
    await stand.asked();
    expect(await (await stand.open('ada')).upsertComment(number, wish(2))).toMatchObject({ kind: 'updated' });
    expect((await stand.asked()).filter((asked) => asked.startsWith('GET') && !asked.endsWith('/user'))).toHaveLength(3);
    expect((await stand.comments(number)).filter(({ author }) => author === 'ada')).toEqual([{ author: 'ada', body: wish(2).body }]);
    expect(await stand.violations()).toEqual([]);
  });

  test('of many jobs at once one comment is left; whoever looks next sees to it that it is the newest', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    const hosts = await Promise.all(Array.from({ length: 5 }, () => stand.open('ada')));
    await Promise.all(hosts.map((host, i) => host.upsertComment(number, wish(i + 1))));
    const own = async () => (await stand.comments(number)).filter(({ author }) => author === 'ada');
    // no host can change a comment on condition of what it says: who looked early and writes late overwrites
    expect(await own()).toHaveLength(1);
    await hosts[4]?.upsertComment(number, wish(5));
    await hosts[0]?.upsertComment(number, wish(1));
    expect(await own()).toEqual([{ author: 'ada', body: wish(5).body }]);
    expect(await stand.violations()).toEqual([]);
  });

  test('a token that may not write is told so', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    const host = await stand.open('bob', { readOnly: true });
    expect(await host.upsertComment(number, wish(1))).toEqual({
      kind: 'forbidden',
      reason: expect.stringContaining('may not do this (403'),
    });
    await expect((await stand.open()).upsertComment(number, wish(1))).rejects.toMatchObject({ code: 'host-failed' });
    expect(await stand.comments(number)).toEqual([]);
    expect(await stand.violations()).toEqual([]);
  });

  test('a repository that was renamed is found, and written to under its new name', async () => {
    const stand = await start();
    const { number } = await stand.pull('one', 'topic');
    const host = await stand.open('ada');
    await stand.rename('ada/store');
    await stand.asked();
    expect(await host.findPullRequests({ branch: 'topic', repository: REPOSITORY })).toMatchObject([{ number, repository: 'ada/store' }]);
    expect(host.repository).toBe('ada/store');
    expect(await host.upsertComment(number, wish(1))).toMatchObject({ kind: 'created' });
    expect((await stand.asked()).find((asked) => asked.startsWith('POST'))).toMatch(/ada(?:\/|%2F)store/);
    expect(await stand.violations()).toEqual([]);
  });
});
