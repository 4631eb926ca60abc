/** A flush writes a sound journal wherever git keeps a repository, and whatever environment or configuration it finds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { note, readTexts } from '../helpers/journal.ts';
import { expectSound, open, openJournal } from '../helpers/open.ts';
import { type RunOptions, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const REF = 'refs/traces/42/journal';

/** Flushes twice, so that both a new journal and one that is there are written, and looks at the result from `seenFrom`. */
async function flushTwice(at: TestRepository, where: Pick<RunOptions, 'cwd' | 'env'> = {}, seenFrom = at): Promise<void> {
  const journal = await openJournal(at, where);
  journal.spool(note('first'));
  expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 0, quarantined: 0 });
  journal.spool(note('second', 1), note('third', 2));
  expect(await journal.flush()).toMatchObject({ accepted: 2, duplicate: 0, quarantined: 0 });
  expect(readTexts(seenFrom, REF)).toEqual(['first', 'second', 'third']);
  expectSound(seenFrom, REF);
  expect(journal.files.list('spool')).toEqual([]);
}

describe('kinds of repositories', () => {
  test('plain, from a folder below its top', async () => {
    const at = TestRepository.create({ name: 'with a space' });
    at.commitFile('deep/file', '1');
    await flushTwice(at, { cwd: 'deep' });
  });

  test('without commits', async () => {
    const at = TestRepository.create();
    await flushTwice(at);
    expect(at.tryGit('rev-parse', '-q', '--verify', 'HEAD').status).toBe(1);
  });

  test('bare', () => flushTwice(TestRepository.createBare()));

  test('sha-256', async () => {
    const at = TestRepository.create({ sha256: true });
    await flushTwice(at);
    expect(at.git('rev-parse', REF)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a linked worktree records into the journal that all worktrees share', async () => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    const worktree = at.worktree('side');
    const head = at.git('rev-parse', 'HEAD');
    await flushTwice(worktree, {}, at);
    const repository = await open(worktree);
    expect(await repository.head()).toEqual({ branch: 'side', oid: head });
    expect(repository.commonDir).toBe(join(at.path, '.git'));
    expect(existsSync(join(repository.gitDir, 'trace'))).toBe(false);
  });

  test('a shallow clone', async () => {
    const source = TestRepository.create();
    source.commitFile('a', '1');
    source.commitFile('a', '2');
    const clone = source.clone({ depth: 1 });
    await flushTwice(clone);
    expect(clone.git('rev-list', '--count', 'HEAD')).toBe('1');
  });

  test('a submodule records into its own journal, not its superproject’s', async () => {
    const library = TestRepository.create();
    library.commitFile('a', '1');
    const at = TestRepository.create();
    const inner = at.submodule(library, 'lib');
    await flushTwice(inner);
    expect(at.tryGit('rev-parse', '-q', '--verify', REF).status).toBe(1);
  });

  const reftable = TestRepository.create().tryGit('init', '-q', '--ref-format=reftable', 'other').status === 0;
  skipUnless(reftable, 'this git has no reftable')('reftable', async () => {
    const at = TestRepository.create();
    at.run('rm', ['-r', '.git']);
    at.git('init', '-q', '--ref-format=reftable');
    await flushTwice(at);
  });
});

describe('the environment that git sets for a hook', () => {
  /** Runs git with a hook that keeps its environment, and gives that back. */
  function environmentOf(at: TestRepository, hook: string, run: () => void): Record<string, string> {
    const folder = at.git('rev-parse', '--path-format=absolute', '--git-path', 'hooks');
    const kept = join(folder, 'kept');
    at.run('sh', ['-c', `mkdir -p '${folder}' && printf '#!/bin/sh\\ncat >/dev/null\\nenv -0 >"${kept}"\\n' >'${folder}/${hook}'`]);
    chmodSync(join(folder, hook), 0o755);
    run();
    return parseEnvironment(at.run('cat', [kept]).stdout);
  }

  /** Git's variables in the output of `env -0`. */
  function parseEnvironment(text: string): Record<string, string> {
    const entries = text.split('\0').filter((entry) => entry.startsWith('GIT_'));
    return Object.fromEntries(entries.map((entry) => [entry.replace(/=.*/s, ''), entry.replace(/^[^=]*=/, '')]));
  }

  test('of a commit of named files', async () => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    at.writeFile('a', '2');
    const env = environmentOf(at, 'post-commit', () => at.git('commit', '-q', '-m', 'second', 'a'));
    expect(env['GIT_INDEX_FILE']).toBeDefined();
    await flushTwice(at, { env });
  });

  test('of a commit in a linked worktree, with GIT_DIR and GIT_WORK_TREE said', async () => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    const worktree = at.worktree('side');
    const env = environmentOf(worktree, 'post-commit', () => worktree.git('commit', '-q', '--allow-empty', '-m', 'second'));
    expect(env['GIT_DIR']).toContain('/.git/worktrees/');
    await flushTwice(worktree, { env: { ...env, GIT_WORK_TREE: worktree.path } }, at);
  });

  test('of a push that is being received: objects go to the repository, not into quarantine', async () => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.commitFile('b', '2');
    const [kept, ready, go] = ['kept', 'ready', 'go'].map((name) => join(remote.path, 'hooks', name));
    remote.run('mkfifo', [String(ready), String(go)]);
    remote.writeFile('hooks/pre-receive', `#!/bin/sh\nenv -0 >'${kept}'\necho ready >'${ready}'\nread -r word <'${go}'\n`);
    chmodSync(join(remote.path, 'hooks/pre-receive'), 0o755);
    const push = spawn('git', ['push', '-q'], { cwd: repository.path });
    const waiting = spawn('cat', [String(ready)]);
    await once(waiting.stdout, 'data');
    const env = parseEnvironment(remote.run('cat', [String(kept)]).stdout);
    expect(Object.keys(env)).toEqual(expect.arrayContaining(['GIT_OBJECT_DIRECTORY', 'GIT_QUARANTINE_PATH', 'GIT_DIR']));
    await flushTwice(remote, { env });
    remote.run('sh', ['-c', `echo go >'${go}'`]);
    expect(await once(push, 'close')).toEqual([0, null]);
    expectSound(remote);
  });

  test('of another repository: what GIT_DIR names is meant', async () => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    const elsewhere = TestRepository.create();
    const env = { GIT_DIR: join(at.path, '.git'), GIT_WORK_TREE: at.path, GIT_INDEX_FILE: join(at.path, '.git/index') };
    await flushTwice(elsewhere, { env }, at);
    expect(elsewhere.exists('.git/trace')).toBe(false);
  });
});

describe('what git has done to the repository', () => {
  test.each([
    { name: 'packed refs', commands: [['pack-refs', '--all', '--prune']] },
    { name: 'gc --prune=now', commands: [['gc', '-q', '--prune=now']] },
    {
      name: 'gc, refs deleted and packed again',
      commands: [
        ['gc', '-q', '--prune=now'],
        ['branch', 'gone'],
        ['pack-refs', '--all'],
        ['branch', '-D', '-q', 'gone'],
      ],
    },
  ])('$name', async ({ commands }) => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    const journal = await openJournal(at);
    for (let round = 0; round < 3; round++) {
      journal.spool(note(`note ${round}`, round));
      expect(await journal.flush()).toMatchObject({ accepted: 1, duplicate: 0 });
      for (const command of commands) at.git(...command);
    }
    expect(readTexts(at, REF)).toEqual(['note 0', 'note 1', 'note 2']);
    expectSound(at);
  });

  test('alternates: a clone that shares objects', async () => {
    const source = TestRepository.create();
    source.commitFile('a', '1');
    await flushTwice(source.clone({ flags: ['--shared'] }));
  });
});

describe('configuration', () => {
  test('core.sharedRepository=group: the group may read and write what is written', async () => {
    const at = TestRepository.create();
    at.run('chmod', ['-R', 'g+rwX', '.git']);
    at.git('config', 'core.sharedRepository', 'group');
    await flushTwice(at);
    const wrong: string[] = [];
    for (const folder of ['objects', 'refs/traces']) {
      for (const name of readdirSync(join(at.path, '.git', folder), { recursive: true, encoding: 'utf8' })) {
        const facts = statSync(join(at.path, '.git', folder, name));
        const wanted = facts.isDirectory() ? 0o070 : facts.mode & 0o200 ? 0o060 : 0o040;
        if ((facts.mode & wanted) !== wanted) wrong.push(`${folder}/${name} ${facts.mode.toString(8)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('core.logAllRefUpdates=always: no reflog for traces, so that an erased event is gone', async () => {
    const at = TestRepository.create();
    at.git('config', 'core.logAllRefUpdates', 'always');
    await flushTwice(at);
    expect(at.exists('.git/logs/refs/traces')).toBe(false);
  });

  test('commit.gpgSign with a program that cannot sign: journal commits are not signed', async () => {
    const at = TestRepository.create();
    for (const [key, value] of [
      ['commit.gpgSign', 'true'],
      ['gpg.program', '/bin/false'],
      ['user.signingKey', 'nobody'],
    ] as const)
      at.git('config', '--global', key, value);
    try {
      await flushTwice(at);
      expect(at.git('cat-file', 'commit', REF)).not.toContain('gpgsig');
    } finally {
      for (const key of ['commit.gpgSign', 'gpg.program', 'user.signingKey']) at.git('config', '--global', '--unset', key);
    }
  });

  test('what changes how git shows things', async () => {
    const at = TestRepository.create();
    const settings = {
      'color.ui': 'always',
      'core.abbrev': '5',
      'core.fsync': 'none',
      'core.fsyncMethod': 'writeout-only',
      'core.pager': 'false',
      'core.quotePath': 'true',
      'core.warnAmbiguousRefs': 'true',
      'diff.external': '/bin/false',
      'diff.noprefix': 'true',
      'diff.orderFile': '/nonexistent',
      'diff.renames': 'copies',
      'format.pretty': 'oneline',
      'i18n.logOutputEncoding': 'latin1',
      'log.date': 'relative',
      'log.showSignature': 'true',
      'pack.writeReverseIndex': 'true',
    };
    for (const [key, value] of Object.entries(settings)) at.git('config', key, value);
    const sha = at.commitFile('a', '1\n2\n', 'größe');
    await flushTwice(at, { env: { GIT_EXTERNAL_DIFF: '/bin/false', GIT_PAGER: '/bin/false', GIT_TRACE: '1', LC_ALL: 'C.UTF-8' } });
    const facts = await (await open(at)).commitFacts([sha]);
    expect(facts.get(sha)).toEqual({ oid: sha, parents: [], message: 'größe', files: [{ path: 'a', additions: 2, deletions: 0 }] });
  });

  test('tags and branches named like the journal do not mislead', async () => {
    const at = TestRepository.create();
    at.commitFile('a', '1');
    at.git('tag', REF);
    at.git('branch', REF);
    await flushTwice(at);
  });
});
