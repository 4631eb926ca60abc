/** Which refs there are: git is asked where there may be some, and only there. */
import { describe, expect, test } from 'vitest';
import { GitRefStore } from '../../src/adapters/git/refs.ts';
import { TestRepository } from '../helpers/repository.ts';

const FOLDER = 'refs/traces/archive/';

/** By itself it finds no git to ask. */
function store(at: TestRepository, env: Record<string, string> = { PATH: '/nowhere' }): GitRefStore {
  return new GitRefStore({ env, commonDir: at.inGitDir('.'), format: 'sha1', inFiles: true });
}

describe('refs below a folder', () => {
  test('are none, and git is not asked, where neither a file nor a packed ref is there', async () => {
    using at = TestRepository.create();
    const head = at.commitFile('a', 'a\n', 'first');
    at.git('update-ref', 'refs/traces/42/journal', head);
    expect(await store(at).list([FOLDER])).toEqual([]);
    at.git('pack-refs', '--all');
    expect(await store(at).list([FOLDER, 'refs/traces/7/'])).toEqual([]);
  });

  test.each([
    ['in files', []],
    ['packed', ['pack-refs', '--all']],
  ])('are told %s', async (_, pack) => {
    using at = TestRepository.create();
    const head = at.commitFile('a', 'a\n', 'first');
    at.git('update-ref', `${FOLDER}2026-11`, head);
    if (pack.length > 0) at.git(...pack);
    const env = { PATH: process.env['PATH'] ?? '', HOME: at.env['HOME'] ?? '', GIT_DIR: at.inGitDir('.') };
    expect(await store(at, env).list(['refs/traces/7/', FOLDER])).toEqual([{ name: `${FOLDER}2026-11`, oid: head }]);
    await expect(store(at).list([FOLDER])).rejects.toThrow(/git/);
  });
});
