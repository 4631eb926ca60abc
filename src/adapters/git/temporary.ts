/**
 * A bare repository of our own in a temporary folder, for jobs that have no checkout. It holds nothing but what is
 * fetched into it, and goes with the process.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, type Environment, fileFailure, gitFailure, runGit } from './process.ts';

export interface TemporaryRepository {
  /** Absolute path. */
  readonly path: string;
  /** Removes it with all that is in it; safe to call twice. */
  remove(): void;
}

/**
 * Makes an empty bare repository that nobody else can read.
 *
 * @throws disk-full, read-only, git-missing, git-failed
 */
export async function makeTemporaryRepository(env: Environment, format: 'sha1' | 'sha256'): Promise<TemporaryRepository> {
  let path: string;
  try {
    path = mkdtempSync(join(realpathSync(tmpdir()), 'git-trace-ci-'));
  } catch (cause) {
    throw fileFailure('make a temporary repository', cause);
  }
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  try {
    const made = await runGit(
      ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'],
      childEnvironment(env, undefined),
      { cwd: path },
    );
    if (made.status !== 0) throw gitFailure('make a temporary repository', made);
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}
