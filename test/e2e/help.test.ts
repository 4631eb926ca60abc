/** Help is found wherever a person who knows git looks for it. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

test("'help <command>' is '<command> -h'", () => {
  using repository = TestRepository.create();
  const help = repository.trace('help', 'note');
  expect(help).toEqual(repository.trace('note', '-h'));
  expect(help.stdout).toMatch(/^usage: git trace note /);
  expect(repository.trace('help', 'nothing')).toMatchObject({
    status: 129,
    stderr: expect.stringContaining("'nothing' is not a git trace command"),
  });
});

test('help needs no repository, and no command at all is help with the exit code for wrong usage', () => {
  using repository = TestRepository.create();
  const list = repository.traceWith({ cwd: '/' }, '-h');
  expect(list).toMatchObject({ status: 0, stderr: '' });
  for (const word of ['help', '--help']) expect(repository.traceWith({ cwd: '/' }, word)).toEqual(list);
  expect(repository.trace()).toEqual({ ...list, status: 129 });
});
