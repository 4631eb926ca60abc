/** The post-commit hook with real git: every kind of repository, every shell, and whatever is broken around it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { install, recordsOf as records, runUnder, SHELLS, snapshot, spooled, wantFiles, writeProgram } from '../helpers/hooks.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

wantFiles();

type Make = (options?: Parameters<typeof TestRepository.create>[0]) => TestRepository;

/** What the record of HEAD's commit must be. */
function expected(repository: TestRepository, branch: string | null): object {
  const head = repository.git('rev-parse', 'HEAD');
  return { place: { branch, head }, type: 'commit', payload: { sha: head } };
}

for (const shell of SHELLS) {
  const testShell = skipUnless(shell.there, `${shell.name} is not installed`);
  const make: Make = (options) => {
    const repository = TestRepository.create(options);
    install(repository);
    // 'set -eu' and an odd IFS, as a person's shell start-up may have them
    runUnder(repository, shell.line, "set -eu\nIFS='/.0'\nset -f\n");
    return repository;
  };

  describe(`post-commit under ${shell.name}`, () => {
    testShell('first commit, next commit, amend, a commit from a folder below', () => {
      using repository = make();
      const first = repository.commitFile('a', '1');
      const second = repository.commitFile('dir/b', '2');
      repository.git('commit', '-q', '--amend', '-m', 'other');
      const amended = repository.git('rev-parse', 'HEAD');
      repository.gitWith({ cwd: 'dir' }, 'commit', '-q', '--allow-empty', '-m', 'below');
      const below = repository.git('rev-parse', 'HEAD');
      expect(records(repository).map(({ payload }) => payload['sha'])).toEqual([first, second, amended, below]);
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
    });

    testShell('the file is private, whatever umask says, and umask is left alone', () => {
      using repository = make();
      writeProgram(repository.inGitDir('hooks/post-commit.pre-trace'), '#!/bin/sh\numask >umask.txt\n');
      repository.run('/bin/sh', ['-c', 'umask 022; git commit -q --allow-empty -m x']);
      const [name = ''] = spooled(repository);
      expect(name).toMatch(/^hook-[0-9]+-[0-9a-f]{8}\.rec$/);
      expect(statSync(repository.inGitDir(`trace/spool/${name}`)).mode & 0o777).toBe(0o600);
      expect(repository.readFile('umask.txt')).toMatch(/^0*22\n$/);
    });

    testShell('branches with hard names', () => {
      for (const branch of ['grün/日本', '100%/%41%s%n', `a"b'c;d&e|f>g$h\`i(j)`, `long/${'x'.repeat(200)}`, '-n']) {
        using repository = make();
        repository.commitFile('a', '1');
        repository.git('symbolic-ref', 'HEAD', `refs/heads/${branch}`);
        repository.git('commit', '-q', '--allow-empty', '-m', 'x');
        expect(records(repository).at(-1)).toEqual(expected(repository, branch));
      }
    });

    testShell('a repository below a path with spaces and a newline', () => {
      using repository = make({ name: ' a  b\nc "d" $e ' });
      repository.commitFile('dir/a', '1');
      repository.gitWith({ cwd: 'dir' }, 'commit', '-q', '--allow-empty', '-m', 'x');
      expect(records(repository)).toHaveLength(2);
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
    });

    testShell('a sha-256 repository', () => {
      using repository = make({ sha256: true });
      repository.commitFile('a', '1');
      expect(records(repository)).toEqual([expected(repository, 'main')]);
      expect(repository.git('rev-parse', 'HEAD')).toHaveLength(64);
    });

    testShell('a detached HEAD', () => {
      using repository = make();
      repository.commitFile('a', '1');
      repository.git('checkout', '-q', '--detach');
      repository.git('commit', '-q', '--allow-empty', '-m', 'x');
      expect(records(repository).at(-1)).toEqual(expected(repository, null));
    });

    testShell('a linked worktree, also on a detached HEAD', () => {
      using repository = make();
      repository.commitFile('a', '1');
      const worktree = repository.worktree('feature/x');
      worktree.commitFile('b', '2');
      expect(records(repository)).toHaveLength(2);
      expect(records(repository).at(-1)).toEqual(expected(worktree, 'feature/x'));
      worktree.git('checkout', '-q', '--detach');
      worktree.commitFile('c', '2');
      expect(records(repository).at(-1)).toEqual(expected(worktree, null));
    });

    testShell('a submodule has a spool of its own', () => {
      using source = TestRepository.create({ name: 'source' });
      source.commitFile('s', '1');
      using repository = make();
      const inner = repository.submodule(source, 'lib');
      inner.git('checkout', '-q', '-b', 'work');
      install(inner);
      runUnder(inner, shell.line);
      inner.commitFile('t', '2');
      expect(records(inner)).toEqual([expected(inner, 'work')]);
      expect(records(repository)).toHaveLength(1);
    });

    testShell('a commit made while a rebase waits belongs to the branch', () => {
      using repository = make();
      repository.commitFile('a', '1');
      repository.git('checkout', '-q', '-b', 'topic');
      repository.commitFile('a', 'topic');
      repository.git('checkout', '-q', 'main');
      repository.commitFile('a', 'main');
      for (const backend of ['--merge', '--apply']) {
        expect(repository.tryGit('rebase', backend, 'main', 'topic').status).toBe(1);
        repository.git('checkout', '-q', '--theirs', 'a');
        repository.git('commit', '-q', '-a', '-m', 'solved');
        expect(records(repository).at(-1)).toEqual(expected(repository, 'topic'));
        repository.git('rebase', '--abort');
      }
    });

    testShell('GIT_DIR and GIT_WORK_TREE elsewhere', () => {
      using repository = make();
      repository.commitFile('a', '1');
      using other = TestRepository.createBare({ name: 'work tree' });
      const env = { GIT_DIR: repository.inGitDir(''), GIT_WORK_TREE: other.path };
      other.gitWith({ env }, 'commit', '-q', '--allow-empty', '-m', 'x');
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
      renameSync(repository.inGitDir(''), join(dirname(repository.path), 'moved.git'));
      const moved = { GIT_DIR: '../moved.git', GIT_WORK_TREE: '.' };
      repository.gitWith({ env: moved }, 'commit', '-q', '--allow-empty', '-m', 'y');
      Object.assign(repository.env, moved);
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
      expect(records(repository)).toHaveLength(3);
    });

    testShell('HEAD as a symbolic link, and a branch that is another one', () => {
      using repository = make();
      repository.commitFile('a', '1');
      repository.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
      repository.git('symbolic-ref', 'HEAD', 'refs/heads/alias');
      repository.git('commit', '-q', '--allow-empty', '-m', 'x');
      // git itself says so: rev-parse --symbolic-full-name follows the alias
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
      const path = repository.inGitDir('HEAD');
      rmSync(path);
      symlinkSync('refs/heads/main', path);
      repository.git('commit', '-q', '--allow-empty', '-m', 'y');
      expect(records(repository).at(-1)).toEqual(expected(repository, 'main'));
      expect(records(repository)).toHaveLength(3);
    });

    testShell('a session is recorded if it is one', () => {
      using repository = make();
      const commit = (session: string): void => {
        repository.gitWith({ env: { GITTRACE_SESSION: session } }, 'commit', '-q', '--allow-empty', '-m', `x${session.length}`);
      };
      commit('0193f1c2-a.b_C');
      expect(records(repository).at(-1)?.session).toEqual({ id: '0193f1c2-a.b_C' });
      for (const bad of ['a b', 'a/b', 'a\nb', 'x'.repeat(65), 'ü']) {
        commit(bad);
        expect(records(repository).at(-1)?.session).toBeUndefined();
      }
      expect(records(repository)).toHaveLength(6);
    });

    testShell('nothing is recorded, or printed, where that is not wanted', () => {
      using repository = make();
      const quiet = (env: Record<string, string> = {}): void => {
        const { status, stdout, stderr } = repository.run('git', ['commit', '-q', '--allow-empty', '-m', 'x'], { env });
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      };
      for (const env of [{ GITTRACE: '0' }, { DO_NOT_TRACK: '1' }, { GITTRACE_IN_HOOK: '1' }]) quiet(env);
      writeFileSync(repository.inGitDir('trace/paused'), '');
      quiet();
      expect(spooled(repository)).toEqual([]);
      rmSync(repository.inGitDir('trace/paused'));
      quiet({ GITTRACE: '1', DO_NOT_TRACK: '0' });
      expect(spooled(repository)).toHaveLength(1);
    });

    testShell('what is missing or cannot be written is no matter, and is not said', () => {
      using repository = make();
      const commit = (): void => {
        const { status, stdout, stderr } = repository.run('git', ['commit', '-q', '--allow-empty', '-m', 'x']);
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      };
      const spool = repository.inGitDir('trace/spool');
      rmSync(spool, { recursive: true });
      commit();
      expect(existsSync(spool)).toBe(false);
      // root writes where modes forbid it, but not to /proc
      if (process.getuid?.() === 0 && existsSync('/proc/self')) symlinkSync('/proc/self', spool);
      else mkdirSync(spool, { mode: 0o555 });
      commit();
      rmSync(repository.inGitDir('trace'), { recursive: true });
      commit();
    });

    testShell('a short PATH and no HOME, as graphical clients have', () => {
      using repository = make();
      const git = repository.run('/bin/sh', ['-c', 'command -v git']).stdout.trim();
      // the first line of the hook needs its shell, so that much there must be
      const env = { PATH: '/usr/bin:/bin', HOME: undefined, GIT_CONFIG_GLOBAL: undefined, CDPATH: '/tmp', GREP_OPTIONS: '-v' };
      const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b'];
      expect(repository.run(git, [...identity, 'commit', '-q', '--allow-empty', '-m', 'x'], { env }).stderr).toBe('');
      expect(records(repository)).toEqual([expected(repository, 'main')]);
    });

    testShell("another process's file of the same name is left alone", () => {
      using repository = make();
      const head = repository.commitFile('a', '1');
      for (const name of spooled(repository)) rmSync(repository.inGitDir(`trace/spool/${name}`));
      const program = shell.line.replace('#!/usr/bin/env ', '').replace('-S ', '').split(' ');
      const script = `f=$1/spool/hook-$$-${head.slice(0, 8)}; printf foreign >"$f.rec"; printf foreign >"$f-1.rec"
        gittrace_mode=shim gittrace_next= gittrace_trace=$1; set -- post-commit; . "$gittrace_trace/hook.sh"; printf %s "$f"`;
      const [name = '', ...flags] = program;
      const { stdout } = repository.run(name, [...flags, '-c', script, 'x', repository.inGitDir('trace')]);
      expect(readFileSync(`${stdout}.rec`, 'utf8')).toBe('foreign');
      expect(readFileSync(`${stdout}-1.rec`, 'utf8')).toBe('foreign');
      expect(readFileSync(`${stdout}-2.rec`, 'utf8')).toBe(`\ngt1\0commit\x002\0branch=refs/heads/main\0head=${head}\0end\0`);
    });

    testShell('the hook that was there runs after ours, as it was, and its commits count too', () => {
      using repository = TestRepository.create();
      const before =
        '#!/bin/sh\nprintf "%s\\n" "$0" "$#" "$(ls .git/trace/spool)" >>ran.txt\n' +
        '[ -e again ] || { touch again; git commit -q --allow-empty -m again; }\nexit 3\n';
      writeProgram(repository.inGitDir('hooks/post-commit'), before, 0o755);
      install(repository);
      runUnder(repository, shell.line);
      repository.commitFile('a', '1');
      expect(records(repository).map(({ payload }) => payload['sha'])).toEqual(repository.git('rev-list', '--reverse', 'HEAD').split('\n'));
      const [name, args, ...spool] = repository.readFile('ran.txt').split('\n');
      expect([name, args, spool[0]]).toEqual(['.git/hooks/post-commit.pre-trace', '0', spooled(repository)[0]]);
      expect(readFileSync(repository.inGitDir('hooks/post-commit.pre-trace'), 'utf8')).toBe(before);
    });

    testShell('a hook that was not executable stays unused; one that calls us again records once', () => {
      using repository = TestRepository.create();
      writeProgram(repository.inGitDir('hooks/post-commit'), '#!/bin/sh\ntouch ran.txt\n', 0o644);
      install(repository);
      runUnder(repository, shell.line);
      const { stderr } = repository.tryGit('commit', '-q', '--allow-empty', '-m', 'x');
      expect([stderr, repository.exists('ran.txt')]).toEqual(['', false]);
      writeProgram(
        repository.inGitDir('hooks/post-commit.pre-trace'),
        '#!/bin/sh\nsh .git/trace/hook.sh post-commit\n. .git/trace/hook.sh\n',
      );
      repository.commitFile('b', '1');
      expect(records(repository)).toHaveLength(2);
    });
  });
}

const testBash = skipUnless(hasProgram('bash'), 'bash is not installed');

testBash("a person's BASH_ENV with every strict option", () => {
  using repository = TestRepository.create();
  install(repository);
  runUnder(repository, '#!/usr/bin/env bash');
  writeFileSync(join(repository.path, 'env'), 'set -euCfo pipefail; shopt -s failglob nullglob; IFS=/.; trap "echo trapped" ERR EXIT\n');
  const env = { BASH_ENV: join(repository.path, 'env') };
  const { status } = repository.run('git', ['commit', '-q', '--allow-empty', '-m', 'x'], { env });
  expect(status).toBe(0);
  expect(records(repository)).toEqual([expected(repository, 'main')]);
});

const reftable = TestRepository.create({ name: 'probe' }).tryGit('init', '-q', '--ref-format=reftable', 'x').status === 0;

skipUnless(reftable, 'this git has no reftable')('a repository with reftable', () => {
  using repository = TestRepository.create();
  rmSync(repository.inGitDir(''), { recursive: true });
  repository.git('init', '-q', '--ref-format=reftable');
  install(repository);
  repository.commitFile('a', '1');
  expect(records(repository)).toEqual([expected(repository, 'main')]);
});

test('a plain commit forks nothing', () => {
  // with no git and no program to be found, builtins are all there is
  using repository = TestRepository.create();
  install(repository);
  const first = 'git() { echo "$@" >>forked; command git "$@"; }\nrm() { echo rm >>forked; }\ncat() { echo cat >>forked; }\n';
  runUnder(repository, '#!/bin/sh', first);
  repository.commitFile('a', '1');
  const worktree = repository.worktree('b');
  // 'worktree add' runs its hook where there is no GIT_DIR and '.git' is a file
  rmSync(join(worktree.path, 'forked'));
  worktree.commitFile('b', '1');
  repository.git('checkout', '-q', '--detach');
  repository.commitFile('c', '1');
  expect(records(repository)).toHaveLength(3);
  expect([repository.exists('forked'), worktree.exists('forked')]).toEqual([false, false]);
  repository.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  repository.git('symbolic-ref', 'HEAD', 'refs/heads/alias');
  repository.commitFile('d', '1');
  expect(repository.readFile('forked')).toBe('rev-parse HEAD --symbolic-full-name HEAD --git-dir\n');
});

test('the record is the only thing that a commit leaves in the git directory', () => {
  using repository = TestRepository.create();
  install(repository);
  const before = snapshot(repository.inGitDir('trace'), repository.inGitDir('hooks'));
  repository.commitFile('a', '1');
  const after = snapshot(repository.inGitDir('trace'), repository.inGitDir('hooks'));
  const [name = ''] = spooled(repository);
  delete after[repository.inGitDir(`trace/spool/${name}`)];
  expect(after).toEqual(before);
  chmodSync(repository.inGitDir('trace'), 0o700);
});
