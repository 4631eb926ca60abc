/** What goes on reading when its repository was closed is answered, and keeps no process: a search that a person has left, say. */
import { expect, test } from 'vitest';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { TestRepository } from '../helpers/repository.ts';

/** What keeps this process from ending, of children and the pipes to them. */
const held = (): string[] => process.getActiveResourcesInfo().filter((kind) => /^(?:Process|Pipe)/.test(kind));

test('an object that is read after the end is read, and holds nobody', async () => {
  const at = TestRepository.create();
  at.commitFile('a', 'a\n', 'first');
  const before = held();
  const repository = await openRepository(at.path, at.env, { interactive: false, timeout: 30_000 });
  expect((await repository.objects.read('HEAD'))?.type).toBe('commit');
  expect(held()).not.toEqual(before);
  await repository.close();
  await expect.poll(held).toEqual(before);
  // unless something else keeps us: this test waits
  const waits = setInterval(() => {}, 1_000);
  expect((await repository.objects.read('HEAD^{tree}'))?.type).toBe('tree');
  expect(held()).toEqual(before);
  clearInterval(waits);
  await repository.close();
});
