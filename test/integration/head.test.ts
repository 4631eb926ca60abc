/** The current branch, as git itself says it, wherever HEAD lies and whatever it names. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { TestRepository } from '../helpers/repository.ts';

async function branchOf(at: TestRepository, cwd = at.path): Promise<string | undefined> {
  const repository = await openRepository(cwd, at.env, { interactive: false, timeout: 60_000 });
  const { branch } = await repository.head();
  await repository.close();
  return branch;
}

function started(): TestRepository {
  const at = TestRepository.create({ branch: 'main' });
  at.commitFile('a', 'a\n', 'first');
  return at;
}

describe('the current branch', () => {
  test.each<[string, (at: TestRepository) => void, string | undefined]>([
    ['is that of HEAD', () => {}, 'main'],
    ['may have slashes', (at) => at.git('checkout', '-q', '-b', 'a/b/c'), 'a/b/c'],
    ['may have no commit yet', (at) => at.git('checkout', '-q', '--orphan', 'new'), 'new'],
    ['may be packed', (at) => at.git('pack-refs', '--all'), 'main'],
    ['may stand for another', (at) => at.git('symbolic-ref', 'refs/heads/main', 'refs/heads/other'), 'other'],
    ['is none where HEAD is detached', (at) => at.git('checkout', '-q', '--detach'), undefined],
    ['is none where HEAD names no branch', (at) => at.git('symbolic-ref', 'HEAD', 'refs/tags/x'), undefined],
    [
      'may be named by a symbolic link, as git did once',
      (at) => {
        const head = at.inGitDir('HEAD');
        rmSync(head);
        symlinkSync('refs/heads/main', head);
      },
      'main',
    ],
    [
      'is the one that is being rebased',
      (at) => {
        at.git('checkout', '-q', '-b', 'topic');
        at.commitFile('a', 'topic\n', 'topic');
        at.git('checkout', '-q', 'main');
        at.commitFile('a', 'main\n', 'main');
        at.git('checkout', '-q', 'topic');
        expect(at.tryGit('rebase', 'main').status).not.toBe(0);
        expect(at.tryGit('symbolic-ref', '-q', 'HEAD').status).not.toBe(0);
      },
      'topic',
    ],
  ])('%s', async (_, change, expected) => {
    using at = started();
    change(at);
    expect(await branchOf(at)).toBe(expected);
  });

  test('is its own in a linked work tree', async () => {
    using at = started();
    const linked = join(at.path, 'linked');
    at.git('worktree', 'add', '-q', '-b', 'beside', linked);
    expect([await branchOf(at), await branchOf(at, linked)]).toEqual(['main', 'beside']);
  });
});
