/** A `.git` that was copied: one writer in two places, in each order in which the two can meet. Every event is told once. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Clone } from '../helpers/clone.ts';
import { TestRepository } from '../helpers/repository.ts';

type Step = 'push' | 'fetch';

const ORDERS: Record<string, readonly (readonly ['one' | 'copy', Step])[]> = {
  'both push': [
    ['one', 'push'],
    ['copy', 'push'],
  ],
  'both push, the copy first': [
    ['copy', 'push'],
    ['one', 'push'],
  ],
  'both fetch before they push': [
    ['one', 'fetch'],
    ['copy', 'fetch'],
    ['one', 'push'],
    ['copy', 'push'],
  ],
  'one is pushed, the copy only fetches': [
    ['one', 'push'],
    ['copy', 'fetch'],
  ],
  'the copy is offline while the other goes on': [
    ['one', 'push'],
    ['one', 'push'],
    ['one', 'fetch'],
    ['copy', 'push'],
  ],
};

test.for(Object.entries(ORDERS))('%s: noticed, named anew, and each event told once', { timeout: 120_000 }, async ([, steps]) => {
  const { remote } = TestRepository.createWithRemote();
  const one = await Clone.open(remote.clone({ name: 'one' }));
  await one.record('note-before');
  await one.push();
  const empty = TestRepository.create({ name: 'copy' });
  rmSync(join(empty.path, '.git'), { recursive: true });
  cpSync(join(one.at.path, '.git'), join(empty.path, '.git'), { recursive: true, preserveTimestamps: true });
  const copy = await Clone.open(empty);
  const clones = { one, copy };
  const wanted = ['note-before'];
  const name = one.writer;
  expect(copy.writer).toBe(name);
  for (const [i, [who, step]] of steps.entries()) {
    for (const each of i === 0 ? (['one', 'copy'] as const) : [who]) {
      await clones[each].record(`note-${each}-${i}`);
      wanted.push(`note-${each}-${i}`);
    }
    await clones[who][step]();
  }
  // until nothing moves any more
  for (const clone of [one, copy, one, copy]) await clone.push();
  for (const clone of [one, copy]) await clone.fetch();
  expect(one.writer === name && copy.writer === name).toBe(false);
  await one.record('note-after-one');
  await copy.record('note-after-copy');
  wanted.push('note-after-one', 'note-after-copy');
  for (const clone of [one, copy, one, copy]) await clone.push();
  expect(one.writer).not.toBe(copy.writer);
  const reader = remote.clone({ name: 'reader' });
  const told = JSON.parse(reader.trace('show', '42', '--json').stdout) as {
    readonly events: readonly { readonly payload: { readonly text?: string } }[];
  }; // our own document
  const texts = told.events.flatMap(({ payload }) => (payload.text?.startsWith('note-') ? [payload.text] : []));
  expect(texts.sort()).toEqual(wanted.sort());
  remote.git('fsck', '--strict', '--no-dangling');
});
