/** Opens a test repository through the adapters, as the command does; closed at the end of the test. */
import { onTestFinished } from 'vitest';
import { openRepository } from '../../src/adapters/git/repository.ts';
import type { Repository } from '../../src/core/ports.ts';
import type { RunOptions, TestRepository } from './repository.ts';

/** Opens the repository that a process started in it would find, with the same environment. */
export async function open(at: TestRepository, options: Pick<RunOptions, 'cwd' | 'env'> = {}): Promise<Repository> {
  const cwd = options.cwd?.startsWith('/') ? options.cwd : `${at.path}${options.cwd === undefined ? '' : `/${options.cwd}`}`;
  const env = { ...process.env, ...at.env, ...options.env };
  const repository = await openRepository(cwd, env, { interactive: false, timeout: 30_000 });
  onTestFinished(() => repository.close());
  return repository;
}
