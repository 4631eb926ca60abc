/** Hooks in git's configuration, for git 2.54 and later: what is set, that it runs, and that nothing of it stays. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookFiles } from '../../src/adapters/fs/hook-files.ts';
import { configCommand, configName, knowsConfigHooks } from '../../src/capture/hook-config.ts';
import { HOOKS } from '../../src/capture/hook-text.ts';
import { installHooks, readHookStatus } from '../../src/capture/install.ts';
import { contentOf, install, records, recordsOf, SHELLS, siteOf, snapshot, spooled, uninstall, writeProgram } from '../helpers/hooks.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const NEW = { gitVersion: 'git version 2.54.0' };
const OLD = { gitVersion: 'git version 2.53.1' };

const config = (repository: TestRepository): string => readFileSync(repository.inGitDir('config'), 'utf8');
const states = (repository: TestRepository, site = NEW): string[] =>
  readHookStatus(hookFiles, { ...siteOf(repository), ...site }).map(({ hook, state }) => `${hook} ${state}`);
const reports = (repository: TestRepository, site = NEW): string[] =>
  installHooks(hookFiles, { ...siteOf(repository), ...site }, contentOf(), { dryRun: true }).reports.map(
    ({ hook, text }) => `${hook}: ${text}`,
  );
const allOk = HOOKS.map((hook) => `${hook} ok`);

describe('what is set', () => {
  test('one name for each hook, nothing in the hooks folder, and nothing left afterwards', () => {
    using repository = TestRepository.create();
    const before = snapshot(repository.inGitDir(''));
    install(repository, {}, NEW);
    expect(repository.git('config', '--get-regexp', '^hook\\..*event').split('\n')).toEqual(
      HOOKS.map((hook) => `hook.git-trace-${hook}.event ${hook}`),
    );
    expect(existsSync(repository.inGitDir('hooks/post-commit'))).toBe(false);
    expect(states(repository)).toEqual(allOk);
    const after = snapshot(repository.inGitDir(''));
    expect(installHooks(hookFiles, { ...siteOf(repository), ...NEW }, contentOf())).toMatchObject({ actions: [], config: [] });
    expect(snapshot(repository.inGitDir(''))).toEqual(after);
    uninstall(repository, NEW);
    expect(snapshot(repository.inGitDir(''))).toEqual(before);
  });

  test('the command before the event, and the other way round: git dies of an event without a command', () => {
    using repository = TestRepository.create();
    const { config: keys } = installHooks(hookFiles, { ...siteOf(repository), ...NEW }, contentOf());
    const last = (key: string): string => key.split('.').at(-1) ?? '';
    expect(keys.map(({ key }) => last(key))).toEqual(HOOKS.flatMap(() => ['command', 'event']));
  });

  test('files of an older git are taken back, with what stood there before; and the other way round', () => {
    using repository = TestRepository.create();
    const own = '#!/bin/sh\necho own >>own.txt\n';
    writeProgram(repository.inGitDir('hooks/post-commit'), own);
    const before = snapshot(repository.inGitDir(''));
    install(repository, {}, OLD);
    expect(reports(repository)[0]).toBe(
      "post-commit: installed in git's configuration, as 'hook.git-trace-post-commit'; restored '.git/hooks/post-commit'",
    );
    install(repository, {}, NEW);
    expect(readFileSync(repository.inGitDir('hooks/post-commit'), 'utf8')).toBe(own);
    expect(existsSync(repository.inGitDir('hooks/post-rewrite'))).toBe(false);
    expect(states(repository)).toEqual(allOk);
    // a git that does not know them is used now
    expect(states(repository, OLD)).toEqual(HOOKS.map((hook) => `${hook} missing`));
    install(repository, {}, OLD);
    expect(states(repository, OLD)).toEqual(allOk);
    expect(config(repository)).not.toContain('hook');
    uninstall(repository, OLD);
    expect(snapshot(repository.inGitDir(''))).toEqual(before);
  });

  test("'trace.hooks' wants files all the same", () => {
    using repository = TestRepository.create();
    repository.git('config', 'trace.hooks', 'files');
    install(repository, {}, NEW);
    expect(existsSync(repository.inGitDir('hooks/post-commit'))).toBe(true);
    expect(states(repository)).toEqual(allOk);
  });

  test('another pre-push hook has its say first, also one that comes later', () => {
    using repository = TestRepository.create();
    install(repository, {}, NEW);
    expect(reports(repository).at(-1)).toContain("as 'hook.git-trace-pre-push'");
    writeProgram(repository.inGitDir('hooks/pre-push'), '#!/bin/sh\n', 0o644);
    expect(states(repository)).toEqual(allOk);
    writeProgram(repository.inGitDir('hooks/pre-push'), '#!/bin/sh\n');
    expect(states(repository).at(-1)).toBe('pre-push too early');
    install(repository, {}, NEW);
    expect(states(repository)).toEqual(allOk);
    expect(existsSync(repository.inGitDir('hooks/pre-push.pre-trace'))).toBe(true);
    expect(readFileSync(repository.inGitDir('trace/configured'), 'utf8')).toBe(`${HOOKS.slice(0, -1).join(' ')}\n`);
    rmSync(repository.inGitDir('hooks/pre-push.pre-trace'));
    install(repository, {}, NEW);
    expect(states(repository)).toEqual(allOk);
    expect(existsSync(repository.inGitDir('hooks/pre-push'))).toBe(false);
  });

  test('disabled or edited by a person: left, and said', () => {
    using repository = TestRepository.create();
    install(repository, {}, NEW);
    const name = 'hook.git-trace-post-merge';
    repository.git('config', `${name}.enabled`, 'false');
    repository.git('config', 'hook.post-checkout.enabled', 'no');
    repository.git('config', 'hook.git-trace-post-rewrite.command', 'true');
    expect(states(repository)).toEqual([
      'post-commit ok',
      'post-applypatch ok',
      'post-checkout missing',
      'post-merge missing',
      'post-rewrite overwritten',
      'pre-push ok',
    ]);
    expect(reports(repository)[3]).toContain('disabled there');
    expect(reports(repository)[4]).toContain('edited since');
    uninstall(repository, NEW);
    expect(repository.git('config', '--get-regexp', '^hook').split('\n')).toEqual([
      `${name}.enabled false`,
      'hook.git-trace-post-rewrite.command true',
      'hook.git-trace-post-rewrite.event post-rewrite',
      'hook.post-checkout.enabled no',
    ]);
  });

  test('lines that came with the work tree, and hooks that were left, let the configured ones record', () => {
    using repository = TestRepository.create();
    install(repository, {}, OLD);
    const shim = readFileSync(repository.inGitDir('hooks/post-commit'), 'utf8');
    install(repository, {}, NEW);
    writeProgram(repository.inGitDir('hooks/post-commit'), shim);
    writeProgram(repository.inGitDir('hooks/post-commit.pre-trace'), '#!/bin/sh\ntouch ran.txt\n');
    const version = repository.git('version');
    repository.commitFile('a', '1');
    expect(repository.exists('ran.txt')).toBe(true);
    expect(recordsOf(repository)).toHaveLength(knowsConfigHooks(version) ? 1 : 0);
  });
});

for (const shell of SHELLS) {
  skipUnless(shell.there, `${shell.name} is not installed`)(`as git runs it, under ${shell.name}`, () => {
    using repository = TestRepository.create();
    const head = repository.commitFile('a', '1');
    install(repository, {}, NEW);
    const [program = '', ...flags] = shell.line.replace('#!/usr/bin/env ', '').replace('-S ', '').split(' ');
    const run = (hook: (typeof HOOKS)[number], args: string[], options: Parameters<TestRepository['run']>[2] = {}): void => {
      const command = configCommand(hook);
      const words = args.length === 0 ? [command] : [`${command} "$@"`, command, ...args];
      expect(repository.run(program, [...flags, '-c', ...words], options)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    };
    run('post-commit', []);
    run('post-rewrite', ['amend'], { input: `${'1'.repeat(40)} ${head}\n` });
    run('post-merge', ['1']);
    const worktree = repository.worktree('other');
    run('post-commit', [], { cwd: worktree.path, env: { GIT_DIR: worktree.git('rev-parse', '--git-dir') } });
    run('pre-push', ['origin', 'url'], { input: `refs/heads/main ${head} refs/heads/main ${'0'.repeat(40)}\n` });
    expect(recordsOf(repository, ['commit', 'rewrite', 'merge', 'push']).map(({ type, place }) => `${type} ${place.branch}`)).toEqual([
      'commit main',
      'rewrite main',
      'merge main',
      'commit other',
      'push main',
    ]);
    // without hook.sh, and outside of any repository
    rmSync(repository.inGitDir('trace'), { recursive: true });
    run('post-commit', []);
    run('post-checkout', ['a', 'b', '1'], { cwd: '/', env: { GIT_CEILING_DIRECTORIES: '/' } });
  });
}

const isNew = knowsConfigHooks(TestRepository.create({ name: 'probe' }).git('version'));
const testNew = skipUnless(isNew, 'this git is older than 2.54; GITTRACE_TEST_GIT may name the program of a newer one');

describe('a git that runs them', () => {
  const make = (): TestRepository => {
    const repository = TestRepository.create();
    install(repository);
    return repository;
  };
  const told = (repository: TestRepository): string[] => {
    const found = records(repository).map(({ type, place }) => `${type} ${place.branch}`);
    for (const name of spooled(repository)) rmSync(repository.inGitDir(`trace/spool/${name}`));
    return found;
  };

  testNew('each event once, beside hooks in the folder and other configured ones', () => {
    using repository = make();
    using remote = TestRepository.createBare();
    expect(repository.git('hook', 'list', 'post-commit')).toBe(configName('post-commit'));
    writeProgram(repository.inGitDir('hooks/post-commit'), '#!/bin/sh\necho folder >>ran.txt\n');
    repository.git('config', 'hook.mine.command', 'echo mine >>ran.txt');
    repository.git('config', 'hook.mine.event', 'post-commit');
    repository.commitFile('a', '1');
    repository.git('switch', '-q', '-c', 'topic');
    repository.commitFile('b', '1');
    repository.git('commit', '-q', '--amend', '-m', 'amended');
    repository.git('switch', '-q', 'main');
    repository.commitFile('c', '1');
    repository.git('rebase', '-q', 'main', 'topic');
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', 'topic');
    repository.git('push', '-q', remote.path, 'main');
    expect(told(repository)).toEqual([
      'commit main',
      'checkout topic',
      'commit topic',
      'commit topic',
      'rewrite topic',
      'checkout main',
      'commit main',
      'rewrite topic',
      'checkout main',
      'merge main',
      'push main',
    ]);
    expect(repository.readFile('ran.txt').split('\n').slice(0, 2)).toEqual(['mine', 'folder']);
  });

  testNew('in a linked worktree, with core.hooksPath anywhere, from a folder below, with a short PATH', () => {
    using repository = make();
    repository.commitFile('a', '1');
    const worktree = repository.worktree('linked');
    worktree.commitFile('b', '1');
    repository.git('config', 'core.hooksPath', '/dev/null');
    repository.writeFile('dir/x', '');
    repository.gitWith({ cwd: 'dir' }, 'commit', '-q', '--allow-empty', '-m', 'below');
    const env = { GIT_DIR: repository.inGitDir(''), GIT_WORK_TREE: repository.path };
    repository.gitWith({ env, cwd: '/' }, 'commit', '-q', '--allow-empty', '-m', 'elsewhere');
    expect(told(repository)).toEqual(['commit main', 'checkout linked', 'commit linked', 'commit main', 'commit main']);
  });

  testNew("a person's pre-push hook has its say first", () => {
    using repository = make();
    using remote = TestRepository.createBare();
    repository.commitFile('a', '1');
    writeProgram(repository.inGitDir('hooks/pre-push'), '#!/bin/sh\ncat >stdin.txt\n[ ! -e no ]\n');
    install(repository);
    writeFileSync(join(repository.path, 'no'), '');
    expect(repository.tryGit('push', '-q', remote.path, 'main').status).toBe(1);
    expect(told(repository)).toEqual(['commit main']);
    rmSync(join(repository.path, 'no'));
    repository.git('push', '-q', remote.path, 'main');
    expect(told(repository)).toEqual(['push main']);
    expect(repository.readFile('stdin.txt')).toContain('refs/heads/main');
  });

  testNew('nothing of ours is left, and git goes on when trace/ is gone', () => {
    using repository = make();
    rmSync(repository.inGitDir('trace'), { recursive: true });
    const { status, stderr } = repository.run('git', ['commit', '-q', '--allow-empty', '-m', 'x']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    uninstall(repository);
    expect(config(repository)).not.toContain('hook');
    repository.commitFile('b', '1');
  });
});
