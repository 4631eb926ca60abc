/** The hooks after the fact, chained to a person's own, under every shell: args, stdin, status, and nothing twice. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { HOOKS, huskyBlock, sharedLines, withBlock } from '../../src/capture/hook-text.ts';
import { install, records, runUnder, SHELLS, spooled, writeProgram } from '../helpers/hooks.ts';
import { TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

/** `set -eu`, an odd IFS and no globbing, as a person's shell start-up may have them. */
const STRICT = "set -eu\nIFS='/.0'\nset -f\n";

const told = (repository: TestRepository): string[] => {
  const found = records(repository).map(({ type, place }) => `${type} ${place.branch}`);
  for (const name of spooled(repository)) rmSync(repository.inGitDir(`trace/spool/${name}`));
  return found;
};

/** Two branches, `topic` of two commits, on `topic`. */
function prepared(shell: string): TestRepository {
  const repository = TestRepository.create({ name: 'a  b\n$c' });
  repository.git('config', 'trace.hooks', 'files');
  repository.commitFile('f', '0');
  repository.git('switch', '-q', '-c', 'topic');
  repository.commitFile('a', '1');
  repository.commitFile('b', '1');
  repository.git('switch', '-q', 'main');
  repository.commitFile('m', '1');
  repository.git('switch', '-q', 'topic');
  for (const hook of HOOKS) {
    const text = `#!/bin/sh\nprintf '%s|' ${hook} "$0" "$@" >>ran.txt\ncat >>ran.txt\necho >>ran.txt\nexit "\${STATUS-0}"\n`;
    writeProgram(repository.inGitDir(`hooks/${hook}`), text);
  }
  install(repository);
  runUnder(repository, shell, STRICT);
  return repository;
}

for (const shell of SHELLS) {
  const testShell = skipUnless(shell.there, `${shell.name} is not installed`);

  describe(`under ${shell.name}`, () => {
    testShell('each event once, and the hooks that were there get what git gave', () => {
      using repository = prepared(shell.line);
      const [old, main] = [repository.git('rev-parse', 'topic'), repository.git('rev-parse', 'main')];
      repository.git('commit', '-q', '--amend', '-m', 'amended');
      const amended = repository.git('rev-parse', 'topic');
      repository.git('merge', '-q', '--squash', 'main');
      repository.git('commit', '-q', '-m', 'squashed');
      repository.git('switch', '-q', 'main');
      const own = (hook: string): string => `${hook}|.git/hooks/${hook}.pre-trace|`;
      const squashed = repository.git('rev-parse', 'topic');
      expect(repository.readFile('ran.txt').split('\n')).toEqual([
        own('post-commit'),
        `${own('post-rewrite')}amend|${old} ${amended}`,
        '',
        `${own('post-merge')}1|`,
        own('post-commit'),
        `${own('post-checkout')}${squashed}|${main}|1|`,
        '',
      ]);
      expect(told(repository)).toEqual(['commit topic', 'rewrite topic', 'merge topic', 'commit topic', 'checkout main']);

      rmSync(`${repository.path}/ran.txt`);
      repository.git('rebase', '-q', 'main', 'topic');
      expect(told(repository)).toEqual(['rewrite topic']);
      const [, first = ''] = /^post-rewrite\|.*\|rebase\|(.*)$/m.exec(repository.readFile('ran.txt')) ?? [];
      expect(first).toMatch(/^[0-9a-f]{40} [0-9a-f]{40}$/);
    });

    testShell('their status is the status, and what they do not read is no matter', () => {
      using repository = prepared(shell.line);
      const env = { STATUS: '7' };
      // git makes 1 of whatever post-checkout answers
      expect(repository.run('git', ['checkout', '-q', 'main'], { env })).toMatchObject({ status: 1, stdout: '', stderr: '' });
      for (const [hook, ...args] of [['post-commit'], ['post-checkout', 'a', 'b', '0'], ['post-merge', '0']]) {
        expect([hook, repository.run(`.git/hooks/${hook}`, args, { env }).status]).toEqual([hook, 7]);
      }
      writeProgram(repository.inGitDir('hooks/post-rewrite.pre-trace'), '#!/bin/sh\nexit 5\n');
      const lines = `${'1'.repeat(40)} ${'2'.repeat(40)}\n`.repeat(5_000);
      const rewrite = repository.run('.git/hooks/post-rewrite', ['rebase'], { input: lines });
      expect(rewrite).toMatchObject({ status: 5, stdout: '', stderr: '' });
      expect(told(repository)).toEqual(['checkout main', 'commit main', 'merge main', 'rewrite main']);
    });

    testShell('where nothing is recorded they run as ever', () => {
      using repository = prepared(shell.line);
      for (const env of [{ GITTRACE: '0' }, { DO_NOT_TRACK: '1' }, { GITTRACE_IN_HOOK: '1' }]) {
        repository.gitWith({ env }, 'commit', '-q', '--amend', '-m', Object.keys(env).join());
        expect(repository.readFile('ran.txt')).toMatch(/post-rewrite\|.*\|amend\|[0-9a-f]{40} [0-9a-f]{40}\n/);
        rmSync(`${repository.path}/ran.txt`);
      }
      rmSync(repository.inGitDir('trace'), { recursive: true });
      repository.git('switch', '-q', 'main');
      expect(repository.readFile('ran.txt')).toMatch(/^post-checkout\|/);
      expect(existsSync(repository.inGitDir('trace'))).toBe(false);
    });

    testShell('one that calls us again records once; one that does something of its own, that too', () => {
      using repository = prepared(shell.line);
      const again = (hook: string): string => `sh .git/trace/hook.sh ${hook} "$@"`;
      writeProgram(
        repository.inGitDir('hooks/post-checkout.pre-trace'),
        `#!/bin/sh\n${again('post-checkout')}\ngit commit -q --allow-empty -m inner\n`,
      );
      writeProgram(repository.inGitDir('hooks/post-rewrite.pre-trace'), `#!/bin/sh\n${again('post-rewrite')}\n`);
      writeProgram(repository.inGitDir('hooks/post-merge.pre-trace'), `#!/bin/sh\n${again('post-merge')}\n`);
      repository.git('switch', '-q', '-c', 'other');
      repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'x');
      repository.git('merge', '-q', '-m', 'm', 'main');
      expect(told(repository)).toEqual(['checkout other', 'commit other', 'commit other', 'rewrite other', 'merge other']);
    });

    testShell('as lines in a hook, the rest of it gets the stdin', () => {
      using repository = prepared(shell.line);
      const program = shell.line.replace('#!/usr/bin/env ', '').replace('-S ', '').split(' ');
      for (const [name, lines] of [
        ['husky', huskyBlock('post-rewrite')],
        ['shared', `${sharedLines('post-rewrite').join('\n')}\n`],
      ] as const) {
        const hook = `${repository.path}/${name}`;
        writeFileSync(hook, withBlock('#!/bin/sh\nprintf "%s|" "$@" >args.txt\ncat >stdin.txt\nexit 6\n', lines));
        for (const count of [1, 49, 50, 51, 3_000]) {
          const input = `${'1'.repeat(40)} ${'2'.repeat(40)}\n`.repeat(count);
          const [command = '', ...flags] = program;
          const run = repository.run(command, [...flags, '-e', hook, 'rebase'], { input });
          expect({ name, count, run }).toMatchObject({ run: { status: 6, stdout: '', stderr: '' } });
          expect(repository.readFile('stdin.txt')).toBe(input);
          expect(repository.readFile('args.txt')).toBe('rebase|');
          expect(records(repository)[0]?.payload['map']).toHaveLength(Math.min(count, 500));
          told(repository);
        }
      }
    });

    testShell('nothing is written to but the spool, and nothing is said where it cannot be', () => {
      using repository = prepared(shell.line);
      rmSync(repository.inGitDir('trace/spool'), { recursive: true });
      if (process.getuid?.() === 0 && existsSync('/proc/self'))
        repository.run('ln', ['-s', '/proc/self', repository.inGitDir('trace/spool')]);
      repository.git('commit', '-q', '--amend', '-m', 'x');
      const { status, stdout, stderr } = repository.tryGit('switch', '-q', 'main');
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(readFileSync(repository.inGitDir('HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
    });
  });
}
