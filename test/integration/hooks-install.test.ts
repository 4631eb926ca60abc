/** Installing the hooks into folders of the repository, and taking them away again: byte for byte, mode for mode. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookFiles } from '../../src/adapters/fs/hook-files.ts';
import { HOOKS, isShim, sharedLines } from '../../src/capture/hook-text.ts';
import { installHooks, readHookStatus, uninstallHooks } from '../../src/capture/install.ts';
import {
  records as allRecords,
  contentOf,
  install,
  lookedAt,
  recordsOf as records,
  siteOf,
  snapshot,
  spooled,
  uninstall,
  wantFiles,
  writeProgram,
} from '../helpers/hooks.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

wantFiles();

const outcomes = (repository: TestRepository): string[] => install(repository).map(({ hook, outcome }) => `${hook} ${outcome}`);
const states = (repository: TestRepository): string[] =>
  lookedAt(readHookStatus(hookFiles, siteOf(repository))).map(({ hook, state }) => `${hook} ${state}`);
const everything = (repository: TestRepository): Record<string, string> =>
  snapshot(repository.inGitDir(''), ...(siteOf(repository).workTree === undefined ? [] : [repository.path]));

/** Installs, sees that doing it again changes nothing, and that uninstalling brings everything back. */
function thereAndBack(repository: TestRepository, between: () => void = () => {}): void {
  const before = everything(repository);
  install(repository);
  const after = everything(repository);
  expect(after).not.toEqual(before);
  expect(installHooks(hookFiles, siteOf(repository), contentOf()).actions).toEqual([]);
  expect(everything(repository)).toEqual(after);
  between();
  uninstall(repository);
  expect(everything(repository)).toEqual(before);
}

describe('the hooks folder of the repository', () => {
  test('without hooks', () => {
    using repository = TestRepository.create();
    thereAndBack(repository);
    expect(outcomes(repository)).toEqual(['post-commit installed', 'pre-push installed']);
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push ok']);
    expect(readFileSync(repository.inGitDir('trace/bin'), 'utf8')).toBe('/nowhere/node\n/nowhere/git-trace.js\n');
    expect(statSync(repository.inGitDir('trace')).mode & 0o777).toBe(0o700);
  });

  test('with hooks of every kind: executable, not executable, odd modes, binary, without a final newline', () => {
    using repository = TestRepository.create();
    const hook = (name: string): string => repository.inGitDir(`hooks/${name}`);
    for (const [mode, text] of [
      [0o755, '#!/bin/sh\nexit 0'],
      [0o644, ''],
      [0o4511, '\0\xff\r\n'],
    ] as const) {
      writeProgram(hook('post-commit'), text, mode);
      writeProgram(hook('pre-push'), text, mode);
      thereAndBack(repository, () => expect(outcomes(repository)).toEqual(['post-commit chained', 'pre-push chained']));
    }
  });

  test('with hooks that are symbolic links, also dangling ones', () => {
    using repository = TestRepository.create();
    writeProgram(join(repository.path, 'script'), '#!/bin/sh\necho "ran $1" >ran.txt\n');
    symlinkSync('../../script', repository.inGitDir('hooks/pre-push'));
    symlinkSync('nothing', repository.inGitDir('hooks/post-commit'));
    thereAndBack(repository, () => {
      using remote = TestRepository.createBare();
      repository.commitFile('a', '1');
      repository.git('push', '-q', remote.path, 'main');
      expect(repository.readFile('ran.txt')).toBe(`ran ${remote.path}\n`);
      expect(records(repository)).toHaveLength(2);
      // what the test itself did to the repository is none of init's
      for (const name of [
        '.git/index',
        '.git/logs',
        '.git/objects',
        '.git/COMMIT_EDITMSG',
        '.git/refs',
        'a',
        'ran.txt',
        '.git/trace/spool',
      ])
        rmSync(join(repository.path, name), { recursive: true });
      repository.run('sh', ['-c', 'mkdir .git/refs .git/refs/heads .git/refs/tags .git/objects .git/objects/info .git/objects/pack']);
    });
  });

  test('where there is no hooks folder', () => {
    using repository = TestRepository.create();
    rmSync(repository.inGitDir('hooks'), { recursive: true });
    thereAndBack(repository);
    install(repository);
    writeFileSync(repository.inGitDir('hooks/mine'), '');
    uninstall(repository);
    expect(repository.exists('.git/hooks/mine')).toBe(true);
  });

  test('a hook that is a folder is not touched', () => {
    using repository = TestRepository.create();
    mkdirSync(repository.inGitDir('hooks/pre-push'));
    expect(install(repository)[1]).toMatchObject({ outcome: 'not installed', text: expect.stringContaining('is not a file') });
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push missing']);
  });

  test('a bare repository, a linked worktree, a submodule', () => {
    using bare = TestRepository.createBare();
    thereAndBack(bare);
    using repository = TestRepository.create();
    repository.commitFile('a', '1');
    const worktree = repository.worktree('feature');
    thereAndBack(worktree);
    install(worktree);
    repository.commitFile('b', '1');
    expect(records(repository)).toHaveLength(1);
    const inner = repository.submodule(worktree, 'lib');
    thereAndBack(inner);
  });

  test('a hooks folder that is a symbolic link', () => {
    using repository = TestRepository.create();
    renameSync(repository.inGitDir('hooks'), join(repository.path, 'my-hooks'));
    symlinkSync('../my-hooks', repository.inGitDir('hooks'));
    thereAndBack(repository);
    install(repository);
    repository.commitFile('a', '1');
    expect(records(repository)).toHaveLength(1);
    using other = TestRepository.create();
    renameSync(other.inGitDir('hooks'), join(dirname(other.path), 'my-hooks'));
    symlinkSync('../../my-hooks', other.inGitDir('hooks'));
    expect(outcomes(other)).toEqual(['post-commit not installed', 'pre-push not installed']);
  });

  test('a dry run writes nothing', () => {
    using repository = TestRepository.create();
    const before = everything(repository);
    expect(installHooks(hookFiles, siteOf(repository), contentOf(), { dryRun: true }).actions.length).toBeGreaterThan(5);
    expect(everything(repository)).toEqual(before);
    install(repository);
    const after = everything(repository);
    expect(uninstallHooks(hookFiles, siteOf(repository), { dryRun: true }).reports).toHaveLength(HOOKS.length);
    expect(everything(repository)).toEqual(after);
  });

  test('a changed program, wait or script is brought up to date, and so are hooks of an earlier version', () => {
    using repository = TestRepository.create();
    const before = everything(repository);
    install(repository);
    const shim = readFileSync(repository.inGitDir('hooks/pre-push'), 'utf8').replace('hook 1', 'hook 0');
    writeFileSync(repository.inGitDir('hooks/pre-push'), shim);
    const notes = JSON.parse(readFileSync(repository.inGitDir('trace/installed.json'), 'utf8'));
    for (const undo of notes.undo) undo.wrote = undo.wrote.replace('hook 1', 'hook 0');
    writeFileSync(repository.inGitDir('trace/installed.json'), JSON.stringify(notes));
    install(repository, { node: '/other/node', pushWait: 1_000, hookScript: Buffer.from('# new\n') });
    expect(readFileSync(repository.inGitDir('hooks/pre-push'), 'utf8')).toContain('hook 1');
    expect(readFileSync(repository.inGitDir('trace/push-wait'), 'utf8')).toBe('1000\n');
    expect(readFileSync(repository.inGitDir('trace/bin'), 'utf8')).toContain('/other/node\n');
    install(repository);
    expect(repository.exists('.git/trace/push-wait')).toBe(false);
    uninstall(repository);
    expect(everything(repository)).toEqual(before);
  });

  test('a repository that was moved', () => {
    using repository = TestRepository.create({ name: 'one' });
    writeProgram(repository.inGitDir('hooks/pre-push'), '#!/bin/sh\n');
    const before = Object.values(everything(repository)).sort();
    install(repository);
    using there = TestRepository.create({ name: 'two' });
    rmSync(there.path, { recursive: true });
    renameSync(repository.path, there.path);
    expect(states(there)).toEqual(['post-commit ok', 'pre-push ok']);
    uninstall(there);
    expect(Object.values(everything(there)).sort()).toEqual(before);
  });
});

describe('what others do meanwhile', () => {
  const prepared = (): { repository: TestRepository; hook: string; theirs: string } => {
    const repository = TestRepository.create();
    const hook = repository.inGitDir('hooks/pre-push');
    const theirs = '#!/bin/sh\n# theirs\n';
    writeProgram(hook, theirs);
    install(repository);
    return { repository, hook, theirs };
  };

  test('an edited hook of ours is left, on both ways', () => {
    const { repository, hook } = prepared();
    const edited = `${readFileSync(hook, 'utf8')}echo mine\n`;
    writeFileSync(hook, edited);
    expect(install(repository)[1]?.text).toContain('edited since');
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push ok']);
    expect(uninstall(repository).map(({ outcome, text }) => `${outcome}: ${text}`)).toEqual([
      "left: left '.git/hooks/pre-push', which was edited since; it records no more",
      "removed: removed '.git/hooks/post-commit'",
    ]);
    expect(readFileSync(hook, 'utf8')).toBe(edited);
    expect(repository.exists('.git/hooks/pre-push.pre-trace')).toBe(true);
  });

  test('an overwritten hook is theirs, and is said', () => {
    const { repository, hook, theirs } = prepared();
    writeFileSync(hook, '#!/bin/sh\n# new\n');
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push overwritten']);
    expect(install(repository)[1]).toMatchObject({ outcome: 'not installed', text: expect.stringContaining('merge them into the first') });
    expect(uninstall(repository)[0]?.text).toBe(
      "left '.git/hooks/pre-push', which another tool wrote since; what was there before us is '.git/hooks/pre-push.pre-trace'",
    );
    expect(readFileSync(hook, 'utf8')).toBe('#!/bin/sh\n# new\n');
    expect(readFileSync(`${hook}.pre-trace`, 'utf8')).toBe(theirs);
  });

  test('their own hook put back by hand is installed into again; a removed one comes back', () => {
    const { repository, hook, theirs } = prepared();
    writeProgram(hook, theirs);
    expect(outcomes(repository)).toEqual(['post-commit installed', 'pre-push chained']);
    writeProgram(hook, theirs);
    uninstall(repository);
    expect(repository.exists('.git/hooks/pre-push.pre-trace')).toBe(false);
    install(repository);
    rmSync(hook);
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push missing']);
    uninstall(repository);
    expect(readFileSync(hook, 'utf8')).toBe(theirs);
  });

  test('init was killed between moving theirs and writing ours', () => {
    const { repository, hook, theirs } = prepared();
    rmSync(hook);
    expect(outcomes(repository)).toEqual(['post-commit installed', 'pre-push chained']);
    expect(isShim(readFileSync(hook, 'utf8'))).toBe(true);
    uninstall(repository);
    expect(readFileSync(hook, 'utf8')).toBe(theirs);
  });

  test('lost notes: our marks are enough', () => {
    const { repository, hook, theirs } = prepared();
    for (const text of ['', '{}', 'null', '{"version":2,"undo":[]}']) {
      install(repository);
      writeFileSync(repository.inGitDir('trace/installed.json'), text);
      uninstall(repository);
      expect(readFileSync(hook, 'utf8')).toBe(theirs);
      expect(repository.exists('.git/hooks/post-commit')).toBe(false);
    }
    install(repository);
    rmSync(repository.inGitDir('trace'), { recursive: true });
    expect(states(repository)).toEqual(['post-commit missing', 'pre-push missing']);
    install(repository);
    uninstall(repository);
    expect(readFileSync(hook, 'utf8')).toBe(theirs);
    expect(uninstall(repository)).toEqual([]);
  });

  test('a hook that lost its executable bit is missing, and mended', () => {
    const { repository, hook } = prepared();
    writeProgram(hook, readFileSync(hook, 'utf8'), 0o644);
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push missing']);
    install(repository);
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push ok']);
  });
});

describe('core.hooksPath', () => {
  test('inside the work tree, relative or absolute, there or not', () => {
    for (const make of [() => '.githooks', (top: string) => join(top, 'a b/hooks/'), () => 'new/folder', () => './y']) {
      using repository = TestRepository.create();
      repository.commitFile('README', '');
      repository.git('config', 'core.hooksPath', make(repository.path));
      mkdirSync(join(repository.path, '.githooks'));
      writeProgram(join(repository.path, '.githooks/pre-push'), '#!/bin/sh\ntouch ran.txt\n', 0o750);
      thereAndBack(repository);
      const reports = install(repository);
      expect(reports.every(({ text }) => text.includes('commit it or not'))).toBe(true);
      using remote = TestRepository.createBare();
      repository.commitFile('a', '1');
      const worktree = repository.worktree('b');
      worktree.git('push', '-q', remote.path, 'b');
      repository.git('push', '-q', remote.path, 'main');
      // in a worktree of a relative setting there is nothing: its own work tree has no such folder
      expect(records(repository).length).toBeGreaterThanOrEqual(2);
      expect(repository.exists('ran.txt')).toBe(make(repository.path) === '.githooks');
      rmSync(repository.inGitDir('trace'), { recursive: true });
      repository.commitFile('c', '2');
    }
  });

  test('inside the git directory', () => {
    using repository = TestRepository.create();
    repository.git('config', 'core.hooksPath', '.git/my');
    thereAndBack(repository);
    install(repository);
    repository.gitWith({ cwd: '' }, 'commit', '-q', '--allow-empty', '-m', 'x');
    expect(records(repository)).toHaveLength(1);
  });

  test('a folder that many repositories share is not touched; the lines for it work', () => {
    using repository = TestRepository.create();
    using remote = TestRepository.createBare();
    const home = join(dirname(repository.path), 'home');
    const shared = join(home, 'git hooks');
    mkdirSync(shared, { recursive: true });
    repository.env['HOME'] = home;
    repository.env['GIT_CONFIG_GLOBAL'] = join(home, '.gitconfig');
    repository.git('config', '--global', 'core.hooksPath', '~/git hooks');
    repository.git('config', '--global', 'trace.hooks', 'files');
    repository.git('config', 'user.name', 'a');
    repository.git('config', 'user.email', 'a@b');
    const site = { ...siteOf(repository), home };
    const before = snapshot(home);
    const reports = lookedAt(installHooks(hookFiles, site, contentOf()).reports);
    expect(snapshot(home)).toEqual(before);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['not installed', 'not installed']);
    expect(reports[1]?.text).toContain(join(shared, 'pre-push'));
    expect(reports[1]?.lines).toEqual(sharedLines('pre-push'));

    const rest = {
      'post-commit': 'touch "$PWD/ran"\n',
      'pre-push': 'cat >"$PWD/stdin"; printf "%s|" "$@" >"$PWD/args"; exit "${STATUS-0}"\n',
    };
    for (const { hook, lines } of reports)
      writeProgram(join(shared, hook), `#!/bin/sh\nset -eu\n${lines.join('\n')}\n${rest[hook as keyof typeof rest]}`);
    expect(lookedAt(readHookStatus(hookFiles, site)).map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(lookedAt(installHooks(hookFiles, site, contentOf()).reports).map(({ outcome }) => outcome)).toEqual(['installed', 'installed']);
    repository.git('commit', '-q', '--allow-empty', '-m', 'x');
    const push = ['push', '-q', remote.path, 'main'];
    expect(repository.run('git', push, { env: { STATUS: '4' } }).status).toBe(1);
    expect(records(repository)).toHaveLength(1);
    repository.git(...push);
    expect(records(repository).map(({ type }) => type)).toEqual(['commit', 'push']);
    const head = repository.git('rev-parse', 'HEAD');
    expect(repository.readFile('stdin')).toBe(`refs/heads/main ${head} refs/heads/main ${'0'.repeat(40)}\n`);
    expect(repository.readFile('args')).toBe(`${remote.path}|${remote.path}|`);
    expect(repository.exists('ran')).toBe(true);

    // a repository without traces: the hooks do what they did
    using other = TestRepository.create();
    Object.assign(other.env, repository.env);
    other.git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'other');
    expect(other.run('git', push, { env: { STATUS: '4' } }).status).toBe(1);
    expect(other.readFile('stdin')).toContain(other.git('rev-parse', 'HEAD'));
    expect([other.exists('ran'), other.exists('.git/trace')]).toEqual([true, false]);
    uninstallHooks(hookFiles, site);
    repository.git('commit', '-q', '--allow-empty', '-m', 'y');
  });

  test('a setting that leads nowhere', () => {
    for (const path of ['/dev/null', '~nobody/hooks', '%(prefix)/x']) {
      using repository = TestRepository.create();
      repository.git('config', 'core.hooksPath', path);
      expect(outcomes(repository)).toEqual(['post-commit not installed', 'pre-push not installed']);
      expect(states(repository)).toEqual(['post-commit missing', 'pre-push missing']);
      expect(install(repository)[0]?.lines).toEqual([]);
    }
  });
});

describe('pre-commit', () => {
  /** What its hook does, in sh: a hook named `.legacy` runs first, and never twice inside itself. */
  const generated = (run: string): string => `#!/bin/sh
# File generated by pre-commit: https://pre-commit.com
[ -z "\${PRE_COMMIT_RUNNING_LEGACY-}" ] || { echo bug >&2; exit 1; }
input=$(cat)
if [ -x "$0.legacy" ]; then printf '%s\\n' "$input" | PRE_COMMIT_RUNNING_LEGACY=1 "$0.legacy" "$@" || exit 1; fi
echo ${run} >>"$PWD/ran.txt"
`;

  test('installed before us, and again after us', () => {
    using repository = TestRepository.create();
    using remote = TestRepository.createBare();
    const hook = repository.inGitDir('hooks/pre-push');
    writeProgram(hook, generated('first'));
    thereAndBack(repository);
    install(repository);
    repository.commitFile('a', '1');
    repository.git('push', '-q', remote.path, 'main');
    // 'pre-commit install' moves what is not its own
    renameSync(hook, `${hook}.legacy`);
    writeProgram(hook, generated('second'));
    repository.git('push', '-q', remote.path, 'main:other');
    expect(repository.readFile('ran.txt')).toBe('first\nsecond\n');
    expect(records(repository).map(({ type }) => type)).toEqual(['commit', 'push', 'push']);
    expect(outcomes(repository)).toEqual(['post-commit installed', 'pre-push chained']);
    expect(states(repository)).toEqual(['post-commit ok', 'pre-push ok']);
    uninstall(repository);
    expect(readFileSync(hook, 'utf8')).toBe(generated('second'));
    expect(repository.exists('.git/hooks/pre-push.legacy')).toBe(false);
    repository.git('push', '-q', remote.path, 'main:third');
  });

  test('all hooks after the fact, installed before us and again after us', () => {
    using repository = TestRepository.create();
    repository.commitFile('.gitignore', 'ran.txt\n');
    const after = HOOKS.filter((hook) => hook !== 'pre-push' && hook !== 'post-applypatch');
    for (const hook of after) writeProgram(repository.inGitDir(`hooks/${hook}`), generated(`first ${hook}`));
    install(repository);
    const day = (branch: string): string[] => {
      repository.git('switch', '-q', '-c', branch);
      repository.commitFile(branch, '1');
      repository.git('commit', '-q', '--amend', '-m', 'amended');
      repository.git('switch', '-q', 'main');
      repository.git('merge', '-q', branch);
      const found = allRecords(repository).map(({ type, place }) => `${type} ${place.branch}`);
      for (const name of spooled(repository)) rmSync(repository.inGitDir(`trace/spool/${name}`));
      return found;
    };
    const wanted = (branch: string): string[] => [
      `checkout ${branch}`,
      `commit ${branch}`,
      `commit ${branch}`,
      `rewrite ${branch}`,
      'checkout main',
      'merge main',
    ];
    expect(day('one')).toEqual(wanted('one'));
    for (const hook of after) {
      const path = repository.inGitDir(`hooks/${hook}`);
      renameSync(path, `${path}.legacy`);
      writeProgram(path, generated(`second ${hook}`));
    }
    expect(day('two')).toEqual(wanted('two'));
    const ran = ['checkout', 'commit', 'commit', 'rewrite', 'checkout', 'merge'].map((name) => `post-${name}`);
    expect(repository.readFile('ran.txt').trim().split('\n')).toEqual([
      ...ran.map((hook) => `first ${hook}`),
      ...ran.map((hook) => `second ${hook}`),
    ]);
  });

  test("a person's hook under us under pre-commit still runs, and comes back where pre-commit looks", () => {
    using repository = TestRepository.create();
    using remote = TestRepository.createBare();
    const hook = repository.inGitDir('hooks/pre-push');
    writeProgram(hook, '#!/bin/sh\necho own >>ran.txt\n');
    install(repository);
    renameSync(hook, `${hook}.legacy`);
    writeProgram(hook, generated('new'));
    repository.commitFile('a', '1');
    repository.git('push', '-q', remote.path, 'main');
    uninstall(repository);
    repository.git('push', '-q', remote.path, 'main:other');
    expect(repository.readFile('ran.txt')).toBe('own\nnew\nown\nnew\n');
    expect(repository.exists('.git/hooks/pre-push.pre-trace')).toBe(false);
  });

  skipUnless(hasProgram('pre-commit'), 'pre-commit is not installed')('the real one', () => {
    using repository = TestRepository.create();
    using remote = TestRepository.createBare();
    const hook = '{id: x, name: x, language: system, entry: sh -c "echo ran >>ran.txt", always_run: true, stages: [push]}';
    repository.commitFile('.pre-commit-config.yaml', `repos: [{repo: local, hooks: [${hook}]}]\n`);
    const setUp = (): void => expect(repository.run('pre-commit', ['install', '-t', 'pre-push']).stderr).toBe('');
    setUp();
    const before = snapshot(repository.inGitDir('hooks'));
    install(repository);
    repository.git('push', '-q', remote.path, 'main');
    setUp();
    repository.git('push', '-q', remote.path, 'main:other');
    expect(records(repository)).toHaveLength(2);
    expect(repository.readFile('ran.txt')).toBe('ran\nran\n');
    uninstall(repository);
    expect(Object.values(snapshot(repository.inGitDir('hooks'))).sort()).toEqual(Object.values(before).sort());
  });
});
