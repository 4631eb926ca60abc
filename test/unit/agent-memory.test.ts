/** What agents and snapshots of the work tree both see is told once; what is remembered for it survives damage and repetition. */
import { describe, expect, test } from 'vitest';
import { type AgentMemory, type FoundEdit, formatMemory, isTold, readMemory, rememberEdit } from '../../src/capture/agents/memory.ts';

const HOUR = 3_600_000;

function memoryOf(...edits: [at: number, additions: number, deletions: number, path?: string][]): AgentMemory {
  const memory = readMemory(undefined);
  for (const [at, additions, deletions, path = 'a'] of edits) rememberEdit(memory, { branch: 'main', path, at, additions, deletions });
  return memory;
}

function found(at: number, additions: number, deletions: number, more: Partial<FoundEdit> = {}): FoundEdit {
  return { branch: 'main', path: 'a', at, additions, deletions, ...more };
}

describe('an edit that a snapshot has found', () => {
  test('is told if an agent told it', () => {
    expect(isTold(memoryOf([1_000, 3, 1]), found(990, 3, 1), 'edit-1')).toBe(true);
    // together; the agent took back some of its own
    expect(isTold(memoryOf([1_000, 3, 1], [2_000, 2, 2]), found(1_995, 4, 2), 'edit-1')).toBe(true);
  });

  test.each([
    ['of another file', found(990, 3, 1, { path: 'b' })],
    ['on another branch', found(990, 3, 1, { branch: 'other' })],
    ['written after the agent', found(1_200, 3, 1)],
    ['with more lines than the agent told', found(990, 4, 1)],
    ['with more lines gone', found(990, 3, 2)],
  ])('is told anew: %s', (_, edit) => {
    expect(isTold(memoryOf([1_000, 3, 1]), edit, 'edit-1')).toBe(false);
  });

  test('uses up what it was told by, so that the same change made by hand later counts', () => {
    const memory = memoryOf([1_000, 3, 1]);
    expect(isTold(memory, found(990, 3, 1), 'edit-1')).toBe(true);
    expect(isTold(memory, found(995, 3, 1), 'edit-2')).toBe(false);
  });

  test('a flush that is done again comes to the same', () => {
    const memory = memoryOf([1_000, 3, 1]);
    isTold(memory, found(990, 3, 1), 'edit-1');
    const again = readMemory(formatMemory(memory, 2_000));
    rememberEdit(again, { branch: 'main', path: 'a', at: 1_000, additions: 3, deletions: 1 });
    expect(isTold(again, found(990, 3, 1), 'edit-1')).toBe(true);
  });
});

describe('what is remembered', () => {
  test('comes back; after a day it is forgotten', () => {
    const memory = memoryOf([HOUR, 1, 1]);
    memory.calls.set('s t', HOUR);
    const text = formatMemory(memory, 2 * HOUR);
    expect(formatMemory(readMemory(text), 2 * HOUR)).toBe(text);
    expect(readMemory(text)).toEqual(memory);
    expect(readMemory(formatMemory(memory, 26 * HOUR))).toEqual(readMemory(undefined));
  });

  test.each(['', 'x', '[]', 'null', '{"edits":{}}', '{"edits":[null]}', '{"calls":[1]}'])('%j is nothing', (text) => {
    expect(readMemory(text).edits.size).toBe(0);
  });
});
