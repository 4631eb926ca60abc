/** `npm run quickstart` in a copy of the project: plays its pull request through, and leaves one folder behind. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const PARTS = ['bin', 'hooks', 'package.json', 'scripts', 'src'];

/** What the command needs, without what a build or an earlier run has left. */
function copyOfProject(): string {
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'a project '));
  for (const part of PARTS) cpSync(part, join(folder, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function quickstart(project: string, source: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, CI: '1', DO_NOT_TRACK: '1', GIT_DIR: '/nowhere', GIT_CONFIG_GLOBAL: '/dev/null' };
  return spawnSync(process.execPath, ['scripts/quickstart.mjs', source], { cwd: project, env, encoding: 'utf8', timeout: 55_000 });
}

test('works without an identity, without a terminal, whatever the environment says', () => {
  using source = TestRepository.create();
  source.commitFile('README.md', 'something real\n', 'a real commit');
  const project = copyOfProject();
  const { status, stdout, stderr } = quickstart(project, source.path);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  for (const shown of ['ben$ git trace show 42', 'a real commit', '✗ 1 failed, 0 passed', 'pushed durations (new) to origin', 'done in'])
    expect(stdout).toContain(shown);
  expect(stdout).toContain(`everything is in ${project}/.quickstart`);
  expect(readdirSync(project).toSorted()).toEqual(['.quickstart', 'dist', 'node_modules', ...PARTS].toSorted());
  expect(readdirSync(process.env['HOME'] ?? '').toSorted()).toEqual(['.config', '.gitconfig']);
  expect(source.git('for-each-ref', 'refs/traces')).toBe('');
});

test('says what to do where there is no repository', () => {
  const { status, stderr } = quickstart(copyOfProject(), '/nowhere');
  expect(status).toBe(1);
  expect(stderr).toContain("error: cannot clone '/nowhere'\nhint: name a repository: npm run quickstart -- <path or URL>");
});
