/**
 * Servers as people run them, with their own rules of what may be pushed: a trace gets through, or it is said plainly why
 * not, once, and nothing is lost.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';
import { serveDaemon, serveHttp, serveSsh, traceAlongside } from '../helpers/transports.ts';

const REF = 'refs/traces/42/journal';

function recorded(): { repository: TestRepository; remote: TestRepository } {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.trace('link', '42', '--offline');
  repository.trace('note', 'first');
  return { repository, remote };
}

/** The texts of the notes of trace 42 on a server, sorted. */
function notes(at: TestRepository): string[] {
  const paths = at.git('ls-tree', '-r', '--name-only', REF).split('\n');
  return paths
    .filter((path) => path.endsWith('.ndjson'))
    .flatMap((path) => [...at.git('cat-file', 'blob', `${REF}:${path}`).matchAll(/"text":"([^"]*)"/g)].map(([, text = '']) => text))
    .sort();
}

describe.each([0, 1, 2])('protocol version %i', (version) => {
  test.for(['http', 'git'] as const)('over %s: two clones push, unite and read', { timeout: 120_000 }, async (transport) => {
    const { repository, remote } = recorded();
    const url = transport === 'git' ? await serveDaemon(remote) : (await serveHttp(remote)).url;
    const other = TestRepository.create({ name: 'other' });
    for (const at of [repository, other]) {
      at.git('config', 'protocol.version', String(version));
      at.tryGit('remote', 'add', 'origin', url);
      at.git('remote', 'set-url', 'origin', url);
    }
    expect(await traceAlongside(repository, {}, 'push', '42')).toMatchObject({ status: 0 });
    other.traceWith(
      { input: '{"pr":42,"session":"s","events":[{"ts":"2026-11-21T09:00:00.000Z","type":"annotation","payload":{"text":"second"}}]}' },
      'ingest',
      '-',
    );
    expect(await traceAlongside(other, {}, 'sync', '42')).toMatchObject({ status: 0 });
    expect(notes(remote)).toEqual(['first', 'second']);
    expect(await traceAlongside(repository, {}, 'fetch', '42')).toMatchObject({ status: 0 });
    expect(notes(repository)).toEqual(['first', 'second']);
  });
});

const testSshd = skipUnless(existsSync('/usr/sbin/sshd'), 'sshd is not installed');

testSshd.for([
  ['git-shell', 'git-shell -c "$SSH_ORIGINAL_COMMAND"'],
  [
    'a program that lets only git through',
    'case $SSH_ORIGINAL_COMMAND in git-upload-pack*|git-receive-pack*) eval "$SSH_ORIGINAL_COMMAND";; *) exit 1;; esac',
  ],
] as const)('an ssh key that may run nothing but %s', async ([, forced]) => {
  const { repository, remote } = recorded();
  const { url, command } = await serveSsh(remote, { forced });
  repository.git('remote', 'set-url', 'origin', url);
  const env = { GIT_SSH_COMMAND: command() };
  expect(await traceAlongside(repository, env, 'sync')).toMatchObject({ status: 0, stderr: /pushed refs\/traces\/42\/journal/ });
  expect(notes(remote)).toEqual(['first']);
});

describe('a server', () => {
  test('that hides pull requests and allows neither force nor deletion takes a trace and its unions', { timeout: 120_000 }, () => {
    const { repository, remote } = recorded();
    for (const [key, value] of [
      ['receive.hideRefs', 'refs/pull'],
      ['receive.denyNonFastForwards', 'true'],
      ['receive.denyDeletes', 'true'],
    ] as const)
      remote.git('config', key, value);
    const other = remote.clone({ name: 'other' });
    other.trace('link', '42', '--offline');
    other.trace('note', 'second');
    for (const at of [repository, other]) expect(at.trace('push', '42')).toMatchObject({ status: 0 });
    expect(notes(remote)).toEqual(['first', 'second']);
    // git denies deletions of branches only, so an adopted branch's trace goes, and an archive takes the rest
    const third = remote.clone({ name: 'third' });
    third.git('switch', '-q', '-c', 'topic');
    third.trace('note', 'before the pull request');
    expect(third.trace('push')).toMatchObject({ status: 0 });
    third.trace('link', '42', '--offline');
    expect(third.trace('sync')).toMatchObject({ status: 0 });
    expect(notes(remote)).toEqual(['before the pull request', 'first', 'second']);
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe(REF);
    expect(third.trace('archive', '42')).toMatchObject({ status: 0, stderr: expect.stringContaining('1 trace archived\n') });
    expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toMatch(/^refs\/traces\/archive\/[0-9-]+$/);
  });

  test('that declines every deletion keeps what was folded: nothing is lost or told twice', { timeout: 120_000 }, () => {
    const { repository, remote } = recorded();
    mkdirSync(join(remote.path, 'hooks'), { recursive: true });
    writeFileSync(join(remote.path, 'hooks/update'), '#!/bin/sh\ncase $3 in *[!0]*) ;; *) echo nothing is deleted here; exit 1 ;; esac\n', {
      mode: 0o755,
    });
    repository.git('switch', '-q', '-c', 'topic');
    repository.trace('note', 'on topic');
    expect(repository.trace('push')).toMatchObject({ status: 0 });
    repository.trace('link', '42', '--offline');
    for (const time of ['first', 'second']) expect(repository.trace('sync'), time).toMatchObject({ status: 0 });
    expect(notes(remote)).toEqual(['first', 'on topic']);
    const archived = repository.trace('archive', '42');
    expect(archived.stderr.match(/nothing is deleted here/g)).toHaveLength(1);
    const reader = remote.clone({ name: 'reader' });
    const shown = reader.trace('show', '42').stdout;
    for (const text of ['first', 'on topic']) expect(shown.split(text)).toHaveLength(2);
    expect(reader.trace('verify', '42').status).toBe(0);
  });

  test('that looks at messages and identities takes what a person with a name has recorded', () => {
    const { repository, remote } = recorded();
    mkdirSync(join(remote.path, 'hooks'), { recursive: true });
    const script = `#!/bin/sh
while read -r old new ref; do
  case $old in *[!0]*) range=$old..$new ;; *) range=$new ;; esac
  for commit in $(git rev-list "$range"); do
    [ "$(git log -1 --format=%B "$commit")" ] || { echo empty message; exit 1; }
    [ "$(git log -1 --format='%ae %ce' "$commit")" = 'author@example.com author@example.com' ] || { echo unknown identity; exit 1; }
  done
done
`;
    writeFileSync(join(remote.path, 'hooks/pre-receive'), script, { mode: 0o755 });
    expect(repository.trace('push', '42')).toMatchObject({ status: 0 });
    const stranger = remote.clone({ name: 'stranger' });
    stranger.trace('link', '42', '--offline');
    stranger.env['GIT_AUTHOR_EMAIL'] = 'nobody@example.com';
    stranger.env['GIT_COMMITTER_EMAIL'] = 'nobody@example.com';
    stranger.trace('note', 'from nobody');
    expect(stranger.trace('push', '42')).toMatchObject({ status: 1, stderr: expect.stringContaining('unknown identity') });
    expect(notes(remote)).toEqual(['first']);
    expect(stranger.trace('status').stdout).toMatch(/^not delivered: 42 to 'origin', 1 attempt .*unknown identity/m);
  });

  test('that hides traces is named as one that does', () => {
    const { repository, remote } = recorded();
    remote.git('config', 'transfer.hideRefs', 'refs/traces');
    const refused = repository.trace('push', '42');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^warning: trace 42 is not on 'origin' yet: \[remote rejected\] \(deny updating a hidden ref\)$/m);
    expect(refused.stderr).toContain(
      "hint: this server hides 'refs/traces' ('transfer.hideRefs' or 'receive.hideRefs'); who runs it can allow them\n",
    );
    remote.git('config', '--unset', 'transfer.hideRefs');
    expect(repository.trace('sync')).toMatchObject({ status: 0, stderr: /1 trace pending, 0 left/ });
  });
});
