/** Which branch HEAD stands for, also in the middle of a rebase. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGit } from './process.ts';

/**
 * The branch that is checked out or being rebased. Git is asked only where HEAD's file is not the usual one: a detached HEAD, a
 * symbolic link, a branch that stands for another, or refs that are tables, which leave a HEAD that names no branch.
 */
export async function currentBranch(gitDir: string, commonDir: string, env: Record<string, string>): Promise<string | undefined> {
  const usual = branchInFile(gitDir, commonDir);
  if (usual !== undefined) return usual;
  const named = await runGit(['symbolic-ref', '--quiet', 'HEAD'], env, { cwd: gitDir });
  const ref = named.status === 0 ? named.stdout.toString('utf8').trim() : rebasedBranch(gitDir);
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** What HEAD's own file says, where that is the branch and nothing more is to be known. */
function branchInFile(gitDir: string, commonDir: string): string | undefined {
  const branch = /^ref: refs\/heads\/([^\n]+)\n$/.exec(textOf(join(gitDir, 'HEAD')) ?? '')?.[1];
  if (branch === undefined || branch.includes('..') || branch.startsWith('.')) return undefined;
  return textOf(join(commonDir, 'refs/heads', branch))?.startsWith('ref:') ? undefined : branch;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // packed, not born yet, not in files; no such rebase
  }
}

/** In a rebase HEAD is detached, but git keeps the name of the branch that is being rebased. */
function rebasedBranch(gitDir: string): string | undefined {
  for (const folder of ['rebase-merge', 'rebase-apply']) {
    const name = textOf(join(gitDir, folder, 'head-name'));
    if (name !== undefined) return name.trim();
  }
  return undefined;
}
