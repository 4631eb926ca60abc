/** Which branch HEAD stands for, also in the middle of a rebase. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGit } from './process.ts';

/** The branch that is checked out or being rebased. */
export async function currentBranch(gitDir: string, env: Record<string, string>): Promise<string | undefined> {
  const named = await runGit(['symbolic-ref', '--quiet', 'HEAD'], env, { cwd: gitDir });
  const ref = named.status === 0 ? named.stdout.toString('utf8').trim() : rebasedBranch(gitDir);
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** In a rebase HEAD is detached, but git keeps the name of the branch that is being rebased. */
function rebasedBranch(gitDir: string): string | undefined {
  for (const folder of ['rebase-merge', 'rebase-apply']) {
    try {
      return readFileSync(join(gitDir, folder, 'head-name'), 'utf8').trim();
    } catch {
      // not in this kind of rebase
    }
  }
  return undefined;
}
