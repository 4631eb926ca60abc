/** Asks git which paths of a work tree its .gitignore files leave out; tracked ones never are. */
import { childEnvironment, type Environment, gitFailure, runGit } from './process.ts';

/** Of these paths of a work tree, relative to its top, the ignored ones. @throws git-failed */
export async function ignoredIn(top: string, paths: readonly string[], env: Environment): Promise<ReadonlySet<string>> {
  const { GIT_DIR: _, ...plain } = childEnvironment(env, '');
  const result = await runGit(['check-ignore', '-z', '--stdin'], plain, { cwd: top, input: paths.map((path) => `${path}\0`).join('') });
  // 1: none of them
  if (result.status !== 0 && result.status !== 1) throw gitFailure('cannot tell which files are ignored', result);
  return new Set(
    result.stdout
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== ''),
  );
}
