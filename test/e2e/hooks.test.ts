/** From git's hooks to the journal, with the built command: what a reader sees of a day of branches and rewritten history. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

interface Event {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const FROM_HOOKS = ['checkout', 'commit', 'merge', 'push', 'rewrite'];

function events(repository: TestRepository, trace: string): Event[] {
  const { status, stdout, stderr } = repository.trace('show', trace, '--ndjson');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const all = stdout.split('\n').filter((line) => line !== '');
  return all.map((line) => JSON.parse(line) as Event).filter(({ type }) => FROM_HOOKS.includes(type));
}

test('one event for each thing that a person did', () => {
  using repository = TestRepository.create();
  repository.commitFile('f', '0');
  expect(repository.trace('init').status).toBe(0);
  const git = (...args: string[]): string => repository.git(...args);
  git('switch', '-q', '-c', 'topic');
  repository.commitFile('a', '1', 'one');
  repository.commitFile('b', '1', 'two');
  const old = git('rev-parse', 'topic');
  git('commit', '-q', '--amend', '-m', 'two, better');
  const amended = git('rev-parse', 'topic');
  git('switch', '-q', 'main');
  repository.commitFile('m', '1', 'elsewhere');
  git('switch', '-q', 'topic');
  git('rebase', '-q', 'main');
  git('revert', '--no-edit', 'HEAD');
  const reverted = git('rev-parse', 'HEAD~');
  git('switch', '-q', 'main');
  git('cherry-pick', '-x', 'topic~2');
  const picked = git('rev-parse', 'topic~2');
  git('merge', '-q', '-m', 'merged', 'topic');
  git('switch', '-q', 'topic');
  git('merge', '-q', 'main');

  const topic = events(repository, 'topic');
  expect(topic.map(({ type }) => type)).toEqual([
    'checkout',
    'commit',
    'commit',
    'commit',
    'rewrite',
    'checkout',
    'rewrite',
    'commit',
    'checkout',
    'merge',
  ]);
  expect(topic[4]?.payload).toEqual({ command: 'amend', map: [{ old, new: amended }] });
  expect(topic[6]?.payload).toMatchObject({ command: 'rebase', map: [{}, { old: amended, new: reverted }] });
  expect(topic[7]?.payload).toMatchObject({ message: expect.stringContaining('Revert'), reverts: reverted, files_changed: 1 });
  expect(topic[9]?.payload).toMatchObject({ command: 'merge main', fast_forward: true });

  const main = events(repository, 'main');
  expect(main.map(({ type }) => type)).toEqual(['checkout', 'commit', 'checkout', 'commit', 'merge']);
  expect(main[3]?.payload).toMatchObject({ cherry_picked_from: picked, message: expect.stringContaining('one') });
  expect(main[4]?.payload).toMatchObject({
    branch: 'main',
    command: 'merge topic',
    message: 'merged',
    parents: [{}, {}].map(() => expect.any(String)),
  });
  expect(repository.trace('verify', 'topic').status).toBe(0);
  const text = repository.trace('show', 'topic').stdout;
  expect(text).toContain('rebase: 2 commits');
});
