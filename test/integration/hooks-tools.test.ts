/** The hooks under husky 9 and lefthook 2, the real ones, before and after they write their files anew. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hookFiles } from '../../src/adapters/fs/hook-files.ts';
import { HOOKS, huskyBlock, lefthookLines, shimText } from '../../src/capture/hook-text.ts';
import { readHookStatus } from '../../src/capture/install.ts';
import { install, lookedAt, records, recordsOf, siteOf, snapshot, uninstall, wantFiles } from '../helpers/hooks.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

wantFiles();

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const states = (repository: TestRepository): string[] => lookedAt(readHookStatus(hookFiles, siteOf(repository))).map(({ state }) => state);
const allStates = (repository: TestRepository): string[] =>
  readHookStatus(hookFiles, siteOf(repository)).map(({ hook, state }) => `${hook} ${state}`);
const types = (repository: TestRepository): string[] => recordsOf(repository).map(({ type }) => type);

describe('husky', () => {
  const husky = (repository: TestRepository, folder = '.husky'): void => {
    expect(repository.run(process.execPath, [join(modules, 'husky/bin.js'), folder])).toMatchObject({ status: 0, stderr: '' });
  };
  const prepared = (folder?: string): { repository: TestRepository; remote: TestRepository } => {
    const repository = TestRepository.create();
    const remote = TestRepository.createBare();
    repository.git('remote', 'add', 'origin', remote.path);
    husky(repository, folder);
    return { repository, remote };
  };

  test('records, before and after husky writes its files anew; everything comes back', () => {
    for (const folder of ['.husky', 'web/.husky']) {
      const { repository } = prepared(folder);
      const there = snapshot(repository.path);
      const reports = install(repository);
      const file = `${folder}/post-commit`;
      expect(reports.map(({ outcome }) => outcome)).toEqual(['installed', 'installed']);
      expect(reports[0]?.text).toBe(
        `installed in '${file}', which husky runs; the file is part of the work tree: commit it or not, it does nothing where trace is not enabled`,
      );
      expect(repository.readFile(file)).toBe(huskyBlock('post-commit'));
      const once = snapshot(repository.path);
      install(repository);
      expect(snapshot(repository.path)).toEqual(once);
      uninstall(repository);
      expect(snapshot(repository.path)).toEqual(there);

      install(repository);
      repository.commitFile('a', '1');
      repository.git('push', '-q', 'origin', 'main');
      husky(repository, folder);
      repository.commitFile('a', '2');
      repository.git('push', '-q', 'origin', 'main');
      expect(types(repository)).toEqual(['commit', 'push', 'commit', 'push']);
      expect(states(repository)).toEqual(['ok', 'ok']);
    }
  });

  test("a person's hooks keep their args, stdin, status, shell options, and what they do", () => {
    const { repository, remote } = prepared();
    const text =
      '#!/usr/bin/env sh\nprintf "%s|" "$0" "$@" >args.txt\ncat >stdin.txt\ncase $- in *e*) ;; *) exit 9 ;; esac\nexec sh -c "exit ${STATUS-0}"\n';
    repository.writeFile('.husky/pre-push', text);
    repository.writeFile('.husky/post-commit', 'echo committed >>ran.txt');
    const there = snapshot(repository.path);
    install(repository);
    expect(repository.readFile('.husky/pre-push')).toBe(text.replace('sh\n', () => `sh\n${huskyBlock('pre-push')}`));
    const head = repository.commitFile('a', '1');
    const failed = repository.run('git', ['push', '-q', 'origin', 'main'], { env: { STATUS: '3' } });
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('pre-push script failed (code 3)');
    expect(types(repository)).toEqual(['commit']);
    expect(repository.git('ls-remote', 'origin')).toBe('');
    repository.git('push', '-q', 'origin', 'main');
    expect(types(repository)).toEqual(['commit', 'push']);
    expect(repository.readFile('args.txt')).toBe(`.husky/pre-push|origin|${remote.path}|`);
    expect(repository.readFile('stdin.txt')).toBe(`refs/heads/main ${head} refs/heads/main ${'0'.repeat(40)}\n`);
    expect(repository.readFile('ran.txt')).toBe('committed\n');
    // where trace is paused, or not enabled as in a colleague's clone, the rest of the file runs as ever
    repository.commitFile('a', '2');
    for (const off of ['trace/paused', 'trace']) {
      if (off === 'trace') rmSync(repository.inGitDir('trace'), { recursive: true });
      else writeFileSync(repository.inGitDir(off), '');
      rmSync(join(repository.path, 'stdin.txt'));
      expect(repository.run('git', ['push', '-q', 'origin', 'main'], { env: { STATUS: '3' } }).status).toBe(1);
      expect(repository.readFile('stdin.txt')).toContain('refs/heads/main');
    }
    expect(there[join(repository.path, '.husky/pre-push')]).toBeDefined();
  });

  test('uninstalling cuts our lines and nothing else, edited files and modes included', () => {
    const { repository } = prepared();
    repository.writeFile('.husky/pre-push', '#!/bin/sh\nnpm test');
    repository.run('chmod', ['750', '.husky/pre-push']);
    repository.writeFile('.husky/post-commit', '');
    const there = snapshot(repository.path);
    install(repository);
    uninstall(repository);
    expect(snapshot(repository.path)).toEqual(there);

    install(repository);
    repository.appendFile('.husky/post-commit', 'echo more\n');
    uninstall(repository);
    expect(repository.readFile('.husky/post-commit')).toBe('echo more\n');
    rmSync(join(repository.path, '.husky/post-commit'));

    install(repository);
    const edited = repository.readFile('.husky/pre-push').replace('shift', 'shift # mine');
    repository.writeFile('.husky/pre-push', edited);
    expect(install(repository)[1]?.text).toContain('edited since');
    expect(uninstall(repository).map(({ outcome }) => outcome)).toContain('left');
    expect(repository.readFile('.husky/pre-push')).toBe(edited);
  });

  test('lines that came with the work tree are used, and stay', () => {
    const { repository, remote } = prepared();
    install(repository);
    repository.git('add', '.husky');
    repository.git('commit', '-q', '-m', 'hooks');
    repository.git('push', '-q', 'origin', 'main');
    const clone = remote.clone();
    husky(clone);
    expect(states(clone)).toEqual(['missing', 'missing']);
    clone.commitFile('b', '1');
    expect(existsSync(clone.inGitDir('trace'))).toBe(false);
    install(clone);
    clone.commitFile('c', '1');
    expect(types(clone)).toEqual(['commit']);
    expect(clone.git('status', '--porcelain')).toBe('');
    uninstall(clone);
    expect(clone.git('status', '--porcelain')).toBe('');
    // without notes, the lines are ours to take
    install(clone);
    rmSync(clone.inGitDir('trace/installed.json'));
    uninstall(clone);
    expect(clone.git('status', '--porcelain')).toBe(
      [...HOOKS]
        .sort()
        .map((hook) => ` D .husky/${hook}`)
        .join('\n'),
    );
  });

  test('status tells what is wrong', () => {
    const { repository } = prepared();
    install(repository);
    repository.writeFile('.husky/pre-push', 'npm test\n');
    expect(states(repository)).toEqual(['ok', 'overwritten']);
    rmSync(join(repository.path, '.husky/_'), { recursive: true });
    expect(states(repository)).toEqual(['missing', 'overwritten']);
    expect(install(repository).map(({ outcome }) => outcome)).toEqual(['installed', 'installed']);
  });
});

/** What a day of branches leaves, with hooks that are set up anew in its middle. */
function day(repository: TestRepository, anew: () => void): string[] {
  const git = (...args: string[]): string => repository.git(...args);
  repository.commitFile('first', '1');
  anew();
  git('switch', '-q', '-c', 'topic');
  repository.commitFile('t', '1');
  git('commit', '-q', '--amend', '-m', 'amended');
  anew();
  git('switch', '-q', 'main');
  repository.commitFile('m', '1');
  git('rebase', '-q', 'main', 'topic');
  anew();
  git('switch', '-q', 'main');
  git('merge', '-q', 'topic');
  return records(repository).map(({ type, place }) => `${type} ${place.branch}`);
}

const DAY = [
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
];

describe('all hooks', () => {
  test('under husky, which writes its files anew meanwhile, with hooks of a person', () => {
    using repository = TestRepository.create();
    const husky = (): void => {
      expect(repository.run(process.execPath, [join(modules, 'husky/bin.js')])).toMatchObject({ status: 0 });
    };
    repository.writeFile('.gitignore', '.husky\n*.txt\n');
    repository.git('add', '.gitignore');
    husky();
    repository.writeFile('.husky/post-checkout', 'echo "$1 $2 $3" >>checkout.txt\n');
    repository.writeFile('.husky/post-rewrite', 'echo "$1" >>rewrite.txt\ncat >>rewrite.txt\n');
    const before = snapshot(repository.path);
    install(repository);
    expect(allStates(repository)).toEqual(HOOKS.map((hook) => `${hook} ok`));
    expect(day(repository, husky)).toEqual(DAY);
    expect(repository.readFile('checkout.txt').split('\n')[0]).toMatch(/^[0-9a-f]{40} [0-9a-f]{40} 1$/);
    expect(repository.readFile('rewrite.txt')).toMatch(/^amend\n[0-9a-f]{40} [0-9a-f]{40}\nrebase\n[0-9a-f]{40} [0-9a-f]{40}\n$/);
    uninstall(repository);
    const hooks = (files: Record<string, string>): [string, string][] => Object.entries(files).filter(([path]) => path.includes('.husky'));
    expect(hooks(snapshot(repository.path))).toEqual(hooks(before));
  });

  test('of a repository that an earlier version was installed in come with the next init', () => {
    using repository = TestRepository.create();
    install(repository);
    for (const hook of HOOKS)
      if (hook !== 'post-commit' && hook !== 'pre-push') rmSync(repository.inGitDir(`hooks/${hook}`), { force: true });
    const notes = JSON.parse(readFileSync(repository.inGitDir('trace/installed.json'), 'utf8')) as { undo: { hook: string }[] };
    notes.undo = notes.undo.filter(({ hook }) => hook === 'post-commit' || hook === 'pre-push');
    writeFileSync(repository.inGitDir('trace/installed.json'), JSON.stringify(notes));
    expect(allStates(repository)).toContain('post-rewrite missing');
    install(repository);
    expect(allStates(repository)).toEqual(HOOKS.map((hook) => `${hook} ok`));
    expect(day(repository, () => {})).toEqual(DAY);
    uninstall(repository);
    for (const hook of HOOKS) expect(existsSync(repository.inGitDir(`hooks/${hook}`))).toBe(false);
  });
});

describe('lefthook', () => {
  let program = '';
  try {
    program = createRequire(import.meta.url)('lefthook/get-exe.js').getExePath();
  } catch {
    // no binary for this system
  }
  const testLefthook = skipUnless(existsSync(program), 'lefthook has no binary for this system');

  const prepared = (config: string, name = 'lefthook.yml'): { repository: TestRepository; remote: TestRepository } => {
    const { repository, remote } = TestRepository.createWithRemote();
    repository.env['LEFTHOOK_BIN'] = program;
    repository.writeFile(name, config);
    return { repository, remote };
  };
  const setUp = (repository: TestRepository, ...flags: string[]): void => {
    expect(repository.run(program, ['install', ...flags])).toMatchObject({ status: 0 });
  };
  const snippet = [...lefthookLines('post-commit'), ...lefthookLines('pre-push')].join('\n');

  testLefthook('is given its lines, which record, before and after it writes its files anew', () => {
    const { repository, remote } = prepared('pre-commit:\n  commands:\n    x:\n      run: "true"\n');
    setUp(repository);
    const there = snapshot(repository.inGitDir('hooks'), repository.path);
    const reports = install(repository);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['snippet', 'snippet']);
    expect(reports[0]?.text).toContain("'lefthook-local.yml'");
    expect(states(repository)).toEqual(['missing', 'missing']);
    uninstall(repository);
    expect(snapshot(repository.inGitDir('hooks'), repository.path)).toEqual(there);

    install(repository);
    repository.writeFile('lefthook-local.yml', `${reports.flatMap(({ lines }) => lines).join('\n')}\n`);
    expect(install(repository).map(({ outcome, text }) => `${outcome}: ${text}`)[0]).toContain("'lefthook install' sets it up");
    expect(states(repository)).toEqual(['missing', 'missing']);
    setUp(repository);
    const hooks = snapshot(repository.inGitDir('hooks'));
    expect(states(repository)).toEqual(['ok', 'ok']);
    expect(install(repository).map(({ outcome }) => outcome)).toEqual(['installed', 'installed']);
    expect(snapshot(repository.inGitDir('hooks'))).toEqual(hooks);
    const head = repository.commitFile('a', '1');
    repository.git('push', '-q', 'origin', 'main', 'main:other');
    setUp(repository, '--force');
    repository.commitFile('b', '2');
    expect(types(repository)).toEqual(['commit', 'push', 'commit']);
    expect(recordsOf(repository)[1]).toMatchObject({
      place: { branch: 'main', head },
      payload: {
        remote: 'origin',
        refs: [
          { ref: 'refs/heads/main', new: head },
          { ref: 'refs/heads/other', old: null },
        ],
      },
    });
    expect(remote.git('rev-parse', 'other')).toBe(head);
    uninstall(repository);
    expect(snapshot(repository.inGitDir('hooks'))).toEqual(hooks);
    repository.commitFile('c', '3');
    expect(repository.tryGit('push', '-q', 'origin', 'main').status).toBe(0);
  });

  testLefthook('all hooks, while lefthook writes its files anew', () => {
    const { repository } = prepared(`${HOOKS.flatMap(lefthookLines).join('\n')}\n`);
    setUp(repository);
    install(repository);
    expect(allStates(repository)).toEqual(HOOKS.map((hook) => `${hook} ok`));
    expect(day(repository, () => setUp(repository, '--force'))).toEqual(DAY);
    const [, rewritten] = records(repository).filter(({ type }) => type === 'rewrite');
    expect(rewritten?.payload).toMatchObject({ command: 'rebase', map: [{ new: repository.git('rev-parse', 'topic') }] });
  });

  testLefthook('its other commands see their stdin; a linked worktree records too', () => {
    const { repository } = prepared(`${snippet}\n    other:\n      use_stdin: true\n      run: cat >stdin.txt\n`);
    setUp(repository);
    install(repository);
    const worktree = repository.worktree('feature');
    worktree.writeFile('lefthook.yml', repository.readFile('lefthook.yml'));
    worktree.commitFile('a', '1');
    worktree.git('push', '-q', 'origin', 'feature');
    expect(recordsOf(repository).map(({ place }) => place.branch)).toEqual(['feature', 'feature']);
    expect(worktree.readFile('stdin.txt')).toMatch(/^refs\/heads\/feature /);
  });

  testLefthook('set up over hooks of ours: they are overwritten, that is said, and they come back', () => {
    const { repository } = prepared('pre-push:\n  commands:\n    x:\n      run: "true"\n', 'other.yml');
    const hook = repository.inGitDir('hooks/pre-push');
    repository.run('sh', ['-c', `printf '#!/bin/sh\\ntouch own.txt\\n' >'${hook}'; chmod +x '${hook}'`]);
    install(repository);
    repository.run('mv', ['other.yml', 'lefthook.yml']);
    expect(states(repository)).toEqual(['ok', 'ok']);
    setUp(repository);
    expect(states(repository)).toEqual(['ok', 'overwritten']);
    expect(install(repository).map(({ outcome }) => outcome)).toEqual(['installed', 'snippet']);
    expect(readFileSync(repository.inGitDir('hooks/post-commit'), 'utf8')).toBe(shimText('post-commit', 'beside'));
    expect(uninstall(repository).map(({ text }) => text)).toContain(
      "left '.git/hooks/pre-push', which another tool wrote since; what was there before us is '.git/hooks/pre-push.old'",
    );
    expect(readFileSync(`${hook}.old`, 'utf8')).toBe('#!/bin/sh\ntouch own.txt\n');
    expect(repository.exists('.git/hooks/pre-push.pre-trace')).toBe(false);
  });

  testLefthook('other forms of its configuration', () => {
    const run = (hook: 'post-commit' | 'pre-push'): string =>
      lefthookLines(hook)
        .at(-1)
        ?.replace(/^ *run: /, '') ?? '';
    const json = {
      'post-commit': { jobs: [{ run: run('post-commit') }] },
      'pre-push': { jobs: [{ use_stdin: true, run: run('pre-push') }] },
    };
    const toml = `[post-commit.commands.t]\nrun = '''${run('post-commit')}'''\n[pre-push.commands.t]\nuse_stdin = true\nrun = '''${run('pre-push')}'''\n`;
    for (const [name, text] of [
      ['lefthook.json', JSON.stringify(json)],
      ['.lefthook.toml', toml],
      ['.config/lefthook.yaml', `${snippet}\n`],
    ] as const) {
      const { repository } = prepared(text, name);
      setUp(repository);
      install(repository);
      expect([name, ...states(repository)]).toEqual([name, 'ok', 'ok']);
      repository.commitFile('a', '1');
      repository.git('push', '-q', 'origin', 'main');
      expect([name, ...types(repository)]).toEqual([name, 'commit', 'push']);
    }
  });
});
