/** `git trace ci comment` where no GitHub Action tells the host: on a server of any kind, by hand, and on GitLab. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, inject, test } from 'vitest';
import { GITLAB } from '../helpers/ci.ts';
import { startGitHub } from '../helpers/github/github.ts';
import { developer } from '../helpers/github/people.ts';
import { theComment } from '../helpers/github/seen.ts';
import { GitLab } from '../helpers/gitlab.ts';
import { TestRepository } from '../helpers/repository.ts';

test.each([
  ['a server that nobody knows', [], { CI: 'true', GITTRACE_CI_RUN_ID: '7', GITTRACE_CI_PULL_REQUEST: '1' }],
  ['nobody: it is called by hand', ['--pr', '1'], {}],
])('%s: the checkout tells which host is asked', async (_, args, env) => {
  const github = await startGitHub({ repositories: ['ada/shop'] });
  const shop = github.repository('ada/shop');
  const ada = await developer(github, shop, 'ada');
  ada.commitFile('README.md', 'first\n');
  ada.git('push', '-q', '-u', 'origin', 'main');
  ada.git('switch', '-q', '-c', 'topic');
  ada.commitFile('a', 'a\n');
  ada.trace('note', 'why it is so');
  ada.git('push', '-q', '-u', 'origin', 'topic');
  const pull = await github.open('ada', shop, { branch: 'topic', title: 'A topic' });

  const { status, stderr } = ada.traceWith({ env }, 'ci', 'comment', ...args);
  expect(stderr).toMatch(/made the comment on pull request 1: http/);
  expect(status).toBe(0);
  expect(await theComment(github, pull)).toContain('why it is so');
  expect(await github.violations()).toEqual([]);
});

test('GitLab: a job of a merge request comments with the token of the project', async () => {
  const gitlab = await GitLab.start();
  const { repository, remote } = TestRepository.createWithRemote();
  repository.git('switch', '-q', '-c', 'topic');
  repository.commitFile('a', 'a\n');
  repository.trace('note', 'why it is so');
  repository.git('push', '-q', '-u', 'origin', 'topic');
  repository.trace('push');
  const project = gitlab.project('ada/shop');
  const request = gitlab.open(project, 'ada', { title: 'A topic', branch: 'topic', sha: repository.git('rev-parse', 'HEAD') });

  const empty = mkdtempSync(join(inject('temporaryFolder'), 'job-'));
  const env = {
    ...GITLAB,
    CI_API_V4_URL: gitlab.api,
    CI_MERGE_REQUEST_PROJECT_PATH: 'ada/shop',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'topic',
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'ada/shop',
    CI_PROJECT_PATH: 'ada/shop',
    CI_SERVER_HOST: '127.0.0.1',
    CI_SERVER_URL: gitlab.server?.url,
    GITLAB_TOKEN: gitlab.token('project_1_bot'),
  };
  for (const told of ['made the comment', 'nothing has changed in the comment']) {
    // its server lives in this process: nothing may wait for the child but by events
    const child = repository.startTrace(['ci', 'comment', '--remote', remote.path], { cwd: empty, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [[status], said, errors] = await Promise.all([
      once(child, 'close'),
      text(child.stdout ?? Readable.from([])),
      text(child.stderr ?? Readable.from([])),
    ]);
    expect(`${said}${errors}`).toContain(`${told} on pull request 1: http`);
    expect(status).toBe(0);
  }
  const [comment, ...others] = request.notes.filter(({ system }) => !system);
  expect(others).toEqual([]);
  expect(comment?.author).toBe('project_1_bot');
  expect(comment?.body).toContain('### How merge request 1 came to be');
  expect(comment?.body).toContain('why it is so');
});
