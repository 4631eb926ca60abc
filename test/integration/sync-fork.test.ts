/**
 * Traces from forks: what another repository holds for a pull request is taken over as hostile data. It adds what is new
 * and changes nothing that is here.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { journalRef } from '../../src/core/trace-name.ts';
import { type ForeignFetch, fetchForeign } from '../../src/sync/foreign.ts';
import { deliverToInbox } from '../../src/sync/inbox.ts';
import { Clone } from '../helpers/clone.ts';
import { expectSound } from '../helpers/open.ts';
import { TestRepository } from '../helpers/repository.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const PR = { branch: 'fix/login', number: '42', prId: 'owner/repo#42' };
const BRANCH = 'heads/fix%2Flogin';

/** The repository that the pull request is for, a fork of it, and a clone of each. */
async function fork(): Promise<{ base: Clone; fork: TestRepository; contributor: Clone }> {
  const { remote } = TestRepository.createWithRemote();
  const forked = remote.clone({ bare: true, name: 'fork.git' });
  return { base: await Clone.open(remote.clone()), fork: forked, contributor: await Clone.open(forked.clone({ name: 'theirs' })) };
}

function take(base: Clone, from: TestRepository): Promise<ForeignFetch> {
  return fetchForeign(base.ports, `file://${from.path}`, PR, '42');
}

const linked = (prId: string) => ({ type: 'pr_linked', payload: { pr_id: prId, host: null, head: 'fix/login', base: null } });

/** The journal of a trace with one file replaced by this content, as a commit without parents, pushed to the fork. */
function tamper(at: TestRepository, to: TestRepository, files: Readonly<Record<string, string>>, ref: string): void {
  const env = { GIT_INDEX_FILE: at.inGitDir('tampered') };
  at.gitWith({ env }, 'read-tree', journalRef('42'));
  for (const [path, content] of Object.entries(files)) {
    const oid = at.gitWith({ input: content }, 'hash-object', '-w', '--stdin');
    at.gitWith({ env }, 'update-index', '--add', '--cacheinfo', `100644,${oid},${path}`);
  }
  const commit = at.git('commit-tree', '-m', 'x', at.gitWith({ env }, 'write-tree'));
  at.git('push', '-q', to.path, `+${commit}:${ref}`);
}

describe('what a fork has recorded', () => {
  test('on the branch is taken over, and what comes later too; again brings nothing', async () => {
    const made = await fork();
    const { base, contributor } = made;
    await base.record('review');
    await contributor.record('one', BRANCH);
    await contributor.push([BRANCH]);
    const ref = journalRef(BRANCH);
    expect(await take(base, made.fork)).toEqual({ taken: new Map([[ref, 2]]), refused: new Map() });
    await contributor.record('two', BRANCH);
    await contributor.push([BRANCH]);
    expect((await take(base, made.fork)).taken).toEqual(new Map([[ref, 1]]));
    const tip = base.at.git('rev-parse', journalRef('42'));
    expect((await take(base, made.fork)).taken).toEqual(new Map([[ref, 0]]));
    expect(base.at.git('rev-parse', journalRef('42'))).toBe(tip);
    expect(await base.notes()).toEqual(['one', 'review', 'two']);
    expectSound(base.at);
  });

  test('and united with what the base had is taken over all the same, inboxes too', async () => {
    const made = await fork();
    const { base, contributor } = made;
    await base.record('review');
    await base.push();
    await contributor.fetch(['42'], base.at.git('remote', 'get-url', 'origin'));
    expect(await contributor.notes()).toEqual(['review']);
    await contributor.record('linked', '42', linked('Owner/Repo#42'));
    await contributor.push(['42']);
    await contributor.record('in an inbox', BRANCH);
    await deliverToInbox(contributor.ports, 'origin', BRANCH);
    const { taken, refused } = await take(base, made.fork);
    expect(refused).toEqual(new Map());
    expect([...taken.keys()].sort()).toEqual([journalRef('42'), `refs/traces/${BRANCH}/inbox/${contributor.writer}`]);
    expect(await base.notes()).toEqual(['in an inbox', 'review']);
    // that is for the host to say
    expect((await base.lines()).filter((line) => line.includes('"pr_linked"'))).toEqual([]);
    expect((await base.lines()).filter((line) => line.startsWith('{"erased":'))).toHaveLength(1);
    expect((await base.push()).failed).toEqual(new Map());
  });

  test('under the number, of a pull request of its own, is refused', async () => {
    const made = await fork();
    await made.contributor.record('something else', '42');
    await made.contributor.record('linked', '42', linked('contributor/repo#42'));
    await made.contributor.push(['42']);
    const { taken, refused } = await take(made.base, made.fork);
    expect(taken).toEqual(new Map());
    expect(refused).toEqual(new Map([[journalRef('42'), 'it does not say that it belongs to owner/repo#42']]));
    expect(await made.base.notes()).toEqual([]);
  });

  test('nothing of it is nothing', async () => {
    const made = await fork();
    expect(await take(made.base, made.fork)).toEqual({ taken: new Map(), refused: new Map() });
    expect(made.base.at.tryGit('rev-parse', '--verify', '-q', journalRef('42')).status).toBe(1);
  });
});

describe('a hostile fork', () => {
  async function attacked(change: (text: string, path: string) => Record<string, string>): Promise<{ base: Clone; got: ForeignFetch }> {
    const made = await fork();
    const maintainer = await Clone.open(made.base.at.clone({ name: 'maintainer' }));
    await maintainer.record('kept', '42', { session: { id: 's' } });
    made.base.at.git('fetch', '-q', maintainer.at.path, `${journalRef('42')}:${journalRef('42')}`);
    const path = `${maintainer.writer}/s/0000000001.ndjson`;
    const text = `${made.base.at.git('show', `${journalRef('42')}:${path}`)}\n`;
    tamper(made.base.at, made.fork, change(text, path), journalRef(BRANCH));
    const tree = made.base.at.git('ls-tree', '-r', journalRef('42'));
    const got = await take(made.base, made.fork);
    expect(await made.base.notes()).toEqual(['kept']);
    expect(made.base.at.git('ls-tree', '-r', journalRef('42'))).toBe(tree);
    return { base: made.base, got };
  }

  test.each<[string, (text: string, path: string) => Record<string, string>, RegExp]>([
    ['erases a line', (text, path) => ({ [path]: `${text.split('\n')[0]}\n{"erased":"${'0'.repeat(64)}"}\n` }), /does not continue/],
    ['changes a line', (text, path) => ({ [path]: text.replace('kept', 'lies') }), /does not continue/],
    ['prunes a session', (_, path) => ({ [path]: '{"pruned":{}}\n' }), /does not continue/],
    ['adds a version', (text, path) => ({ [path.replace('.ndjson', '.1.ndjson')]: text.replace('kept', 'lies') }), /does not continue/],
    ['prunes what is not here yet', (_, path) => ({ [path.replace('/s/', '/t/')]: '{"pruned":{}}\n' }), /pruned/],
  ])('%s: nothing of it arrives, and it is told', async (_, change, says) => {
    const { got } = await attacked(change);
    expect([...got.refused.values()].join()).toMatch(says);
    expect(got.taken).toEqual(new Map([[journalRef(BRANCH), 0]]));
  });

  test('that writes under the name of the clone that fetches does not reach it', async () => {
    const made = await fork();
    await made.base.record('own', '42', { session: { id: 's' } });
    const path = `${made.base.writer}/s/0000000001.ndjson`;
    const text = made.base.at.git('show', `${journalRef('42')}:${path}`);
    tamper(made.base.at, made.fork, { [path]: `${text}\n${text.split('\n')[1]?.replace('own', 'forged')}\n` }, journalRef(BRANCH));
    await take(made.base, made.fork);
    expect(await made.base.notes()).toEqual(['own']);
  });

  test('with more than anybody would read keeps nothing else back', async () => {
    const made = await fork();
    const { contributor, base } = made;
    await contributor.record('one', BRANCH);
    await contributor.push([BRANCH]);
    const { at } = contributor;
    const huge = at.gitWith({ input: `${'x'.repeat(40_000_000)}\n` }, 'hash-object', '-w', '--stdin');
    const rows = [1, 2].map((n) => `100644 blob ${huge}\t000000000${n}.ndjson`).join('\n');
    let tree = at.gitWith({ input: `${rows}\n` }, 'mktree');
    for (const name of ['s', '00112233445566aa']) tree = at.gitWith({ input: `040000 tree ${tree}\t${name}\n` }, 'mktree');
    const inbox = `refs/traces/${BRANCH}/inbox/00112233445566aa`;
    at.git('push', '-q', 'origin', `${at.git('commit-tree', '-m', 'x', tree)}:${inbox}`);
    const { taken, refused } = await take(base, made.fork);
    expect(refused).toEqual(new Map([[inbox, `'${inbox}' and what was read before it have more than 67108864 bytes`]]));
    expect([...taken.keys()]).toEqual([journalRef(BRANCH)]);
    expect(await base.notes()).toEqual(['one']);
  });

  test('whose URL names a program runs none', async () => {
    const { base } = await fork();
    for (const url of ['ext::sh -c "touch here"', '--upload-pack=touch here'])
      await expect(fetchForeign(base.ports, url, PR, '42')).rejects.toMatchObject({ code: 'bad-argument' });
  });

  const review = (state: string) => ({
    type: 'pr_reviewed',
    ts: '2026-01-02T00:00:00.000Z',
    payload: { reviewer: 'bob', sha: null, state, submitted_at: '2026-01-02T00:00:00.000Z' },
  });
  const merged = {
    type: 'pr_updated',
    payload: { created_at: null, merged_at: '2026-01-03T00:00:00.000Z', status: 'merged', title: 'Lies' },
  };

  test('says nothing in a host’s name, and keeps the host from saying nothing', async () => {
    const made = await fork();
    const { base, contributor } = made;
    for (const lie of [review('approved'), merged, linked('evil/repo#1')]) await contributor.record('', BRANCH, lie);
    await contributor.record('what was done', BRANCH);
    // the event that it does not want to be known, erased before it is there
    const path = `${contributor.writer}/x/0000000001.ndjson`;
    const denied = review('changes_requested');
    const id = sha256(
      `{"payload":{"reviewer":"bob","sha":null,"state":"changes_requested","submitted_at":"${denied.ts}"},"ts":"${denied.ts}","type":"pr_reviewed"}`,
    );
    const { at } = contributor;
    at.git('update-ref', journalRef('42'), at.git('rev-parse', journalRef(BRANCH)));
    tamper(at, made.fork, { [path]: `{"erased":"${sha256(id)}"}\n` }, journalRef(BRANCH));
    expect((await take(base, made.fork)).refused).toEqual(new Map());
    expect((await base.lines()).filter((line) => line.includes('"pr_'))).toEqual([]);
    expect(await base.notes()).toEqual(['what was done']);
    const tip = base.at.git('rev-parse', journalRef('42'));
    expect((await take(base, made.fork)).taken).toEqual(new Map([[journalRef(BRANCH), 0]]));
    expect(base.at.git('rev-parse', journalRef('42'))).toBe(tip);

    await base.record('', '42', denied);
    const said = (await base.lines()).filter((line) => line.includes('"pr_reviewed"'));
    expect(said).toEqual([expect.stringContaining('changes_requested')]);
    await contributor.record('and more', BRANCH);
    at.git('push', '-q', made.fork.path, `+${journalRef(BRANCH)}:${journalRef(BRANCH)}`);
    await take(base, made.fork);
    expect(await base.notes()).toEqual(['and more', 'what was done']);
  });

  test('joins nobody’s session', async () => {
    const made = await fork();
    await made.base.record('hers', '42', { session: { id: 'shell-of-ada' } });
    await made.contributor.record('his', BRANCH, { session: { id: 'shell-of-ada' } });
    await made.contributor.record('his own', BRANCH, { session: { id: 'shell-of-bob' } });
    await made.contributor.push([BRANCH]);
    const { refused } = await take(made.base, made.fork);
    expect([...refused.values()]).toEqual(["its session is another writer's here"]);
    expect(await made.base.notes()).toEqual(['hers', 'his own']);
    await made.contributor.record('later', BRANCH, { session: { id: 'shell-of-bob' } });
    await made.contributor.push([BRANCH]);
    await take(made.base, made.fork);
    expect(await made.base.notes()).toEqual(['hers', 'his own', 'later']);
  });

  test('with more inboxes than anybody has is taken in part', async () => {
    const made = await fork();
    await made.contributor.record('one', BRANCH);
    await made.contributor.push([BRANCH]);
    const tip = made.contributor.at.git('rev-parse', journalRef(BRANCH));
    const inboxes = Array.from(
      { length: 300 },
      (_, i) => `create refs/traces/${BRANCH}/inbox/${i.toString(16).padStart(16, '0')} ${tip}\n`,
    );
    made.fork.gitWith({ input: inboxes.join('') }, 'update-ref', '--stdin');
    const { taken, refused } = await take(made.base, made.fork);
    expect(taken.get(journalRef(BRANCH))).toBe(2);
    expect(taken.size).toBe(256);
    expect(new Set(refused.values())).toEqual(new Set(['it is not among the first 256 refs']));
  });
});
