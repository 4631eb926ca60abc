/** Opens a test repository through the adapters, as the command does; closed at the end of the test. */
import { expect, onTestFinished } from 'vitest';
import { openRepository } from '../../src/adapters/git/repository.ts';
import type { Repository } from '../../src/core/ports.ts';
import { findFaults, Journal, type JournalOptions } from './journal.ts';
import type { RunOptions, TestRepository } from './repository.ts';

type Where = Pick<RunOptions, 'cwd' | 'env'>;

/** Opens the repository that a process started in it would find, with the same environment. */
export async function open(at: TestRepository, where: Where = {}): Promise<Repository> {
  const { cwd, env } = placeOf(at, where);
  const repository = await openRepository(cwd, env, { interactive: false, timeout: 30_000 });
  onTestFinished(() => repository.close());
  return repository;
}

/** The journals of a repository, written in process. */
export async function openJournal(at: TestRepository, where: Where & Pick<JournalOptions, 'writer'> = {}): Promise<Journal> {
  const journal = await Journal.open({ ...where, ...placeOf(at, where) });
  onTestFinished(() => journal.close());
  return journal;
}

/** Asserts that plain git finds nothing wrong with a journal. */
export function expectSound(at: TestRepository, ref = 'refs/traces/42/journal'): void {
  expect(findFaults(at, ref)).toEqual([]);
}

function placeOf(at: TestRepository, { cwd = '', env }: Where): { cwd: string; env: Record<string, string | undefined> } {
  return { cwd: cwd.startsWith('/') ? cwd : `${at.path}/${cwd}`.replace(/\/$/, ''), env: { ...process.env, ...at.env, ...env } };
}
