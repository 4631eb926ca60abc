/** `git trace link` without a code host that could be asked: what git alone can tell. */
import { describe, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

/** A clone on a branch with a commit, and its remote, which publishes heads of pull requests. */
function onTopic(): { repository: TestRepository; remote: TestRepository; publish: (ref: string) => void } {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.commitFile('a', 'a');
  repository.git('push', '-q', 'origin', 'main');
  repository.git('switch', '-q', '-c', 'topic');
  repository.commitFile('b', 'b');
  repository.git('push', '-q', 'origin', 'topic');
  return { repository, remote, publish: (ref) => remote.git('update-ref', ref, 'topic') };
}

const LINKED = /^linked branch 'topic' to pull request 7 \(refs\/traces\/7\/journal\)$/m;

describe('the pull request of a branch', () => {
  test('by a ref that the host publishes for it', () => {
    const { repository, publish } = onTopic();
    publish('refs/pull/7/head');
    repository.trace('note', 'before there was one');
    expect(repository.trace('link')).toMatchObject({ status: 0, stderr: LINKED });
    expect(repository.git('config', 'branch.topic.trace')).toBe('7');
    expect(repository.trace('show', '7').stdout).toContain('before there was one');
  });

  test('by the ref of a merge request', () => {
    const { repository, publish } = onTopic();
    publish('refs/merge-requests/7/head');
    expect(repository.trace('link')).toMatchObject({ status: 0, stderr: LINKED });
  });

  test('by the upstream that a checkout of a pull request leaves', () => {
    const { repository } = onTopic();
    repository.git('config', 'branch.topic.remote', 'origin');
    repository.git('config', 'branch.topic.merge', 'refs/pull/7/head');
    expect(repository.trace('link')).toMatchObject({ status: 0, stderr: LINKED });
  });

  test('of another branch than the one that is checked out', () => {
    const { repository, publish } = onTopic();
    publish('refs/pull/7/head');
    repository.git('switch', '-q', 'main');
    expect(repository.trace('link', '--branch', 'topic')).toMatchObject({ status: 0, stderr: LINKED });
    expect(repository.trace('link').status).toBe(1);
  });

  test('is not guessed where two have its commit', () => {
    const { repository, publish } = onTopic();
    publish('refs/pull/7/head');
    publish('refs/pull/9/head');
    const { status, stderr } = repository.trace('link');
    expect({ status, stderr }).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "error: 2 pull requests have the commit of branch 'topic', and which are open cannot be told
      hint: 'git trace link 7' if it is that one
      hint: 'git trace link 9' if it is that one
      ",
      }
    `);
    expect(repository.tryGit('config', 'branch.topic.trace').status).toBe(1);
  });

  test('is not invented where there is none', () => {
    const { repository } = onTopic();
    const { status, stderr } = repository.trace('link');
    expect({ status, stderr }).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "error: 'origin' is no code host that is known, and publishes no pull request with this commit
      hint: 'git trace link <number>' links without asking
      ",
      }
    `);
  });
});

test('a pull request that is named is linked whether or not anybody knows it', () => {
  const { repository } = onTopic();
  expect(repository.trace('link', 'https://git.example.org/o/r/pulls/7')).toMatchObject({ status: 0, stderr: LINKED });
  const { events } = JSON.parse(repository.trace('show', '7', '--json').stdout) as { events: { type: string; payload: unknown }[] };
  expect(events.find(({ type }) => type === 'pr_linked')?.payload).toEqual({
    base: null,
    head: 'topic',
    host: 'git.example.org',
    pr_id: 'o/r#7',
  });
});
