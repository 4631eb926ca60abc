/** The test repositories themselves: each kind is what it says, with the fixed identity and fixed dates. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

test('a commit has the fixed identity, date and so the same oid every time', () => {
  using first = TestRepository.create();
  using second = TestRepository.create();
  const oid = first.commitFile('a.txt', 'a\n');
  expect(second.commitFile('a.txt', 'a\n')).toBe(oid);
  expect(first.git('log', '-1', '--format=%an <%ae> %ct %D')).toBe('A U Thor <author@example.com> 1767225600 HEAD -> main');
});

test('sha-256, bare, clone, shallow clone, linked worktree, submodule', () => {
  expect(TestRepository.create({ sha256: true }).commitFile('a', 'a')).toMatch(/^[0-9a-f]{64}$/);
  const { repository, remote } = TestRepository.createWithRemote({ name: 'with a space' });
  repository.commitFile('b', 'b');
  expect(remote.git('rev-parse', '--is-bare-repository')).toBe('true');
  expect(remote.git('rev-list', '--count', 'main')).toBe('1');
  expect(repository.clone().git('rev-list', '--count', 'HEAD')).toBe('2');
  expect(repository.clone({ depth: 1 }).git('rev-list', '--count', 'HEAD')).toBe('1');
  const worktree = repository.worktree('feature/x');
  expect(worktree.git('symbolic-ref', '--short', 'HEAD')).toBe('feature/x');
  expect(worktree.inGitDir('trace')).toBe(repository.inGitDir('trace'));
  const inner = repository.submodule(remote, 'lib');
  expect(inner.git('rev-parse', '--show-superproject-working-tree')).toBe(repository.path);
});

test('a failed git throws with what git said; disposing removes the folder', () => {
  const repository = TestRepository.create();
  expect(() => repository.git('rev-parse', 'nothing')).toThrow(/git rev-parse nothing: ended with 128\n.*fatal:/s);
  expect(repository.tryGit('rev-parse', 'nothing').status).toBe(128);
  repository[Symbol.dispose]();
  expect(existsSync(repository.path)).toBe(false);
});
