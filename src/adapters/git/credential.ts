/**
 * What git itself knows of a host without asking anybody: the password that a credential helper keeps, and where the
 * URL of a remote leads once `url.<base>.insteadOf` was applied.
 */
import { childEnvironment, type Environment, runGit } from './process.ts';

export interface At {
  /** Where to run, so that the repository's own configuration counts. */
  readonly gitDir: string;
  readonly environment: Environment;
}

/** Milliseconds. */
const URL_LIMIT = 2_000;

/**
 * The password that a helper keeps for a host, which for code hosts is a token; `undefined` where nobody has one.
 *
 * @param limit milliseconds
 */
export async function gitCredential({ gitDir, environment }: At, host: string, limit: number): Promise<string | undefined> {
  const env = {
    ...childEnvironment(environment, gitDir),
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_TERMINAL_PROMPT: '0',
    GCM_INTERACTIVE: 'never',
  };
  const args = ['-c', 'core.askPass=', '-c', 'credential.interactive=false', 'credential', 'fill'];
  try {
    const result = await runGit(args, env, { cwd: gitDir, apart: true, timeout: limit, input: `protocol=https\nhost=${host}\n\n` });
    const password = /^password=(\S+)$/m.exec(result.stdout.toString('utf8'))?.[1];
    return result.status === 0 ? password : undefined;
  } catch {
    return undefined; // too slow: then it is asked without
  }
}

/** The URL that git would use for a remote, given by name or URL; `undefined` where it has none. */
export async function remoteUrl({ gitDir, environment }: At, remote: string): Promise<string | undefined> {
  const result = await runGit(['ls-remote', '--get-url', '--', remote], childEnvironment(environment, gitDir), {
    cwd: gitDir,
    timeout: URL_LIMIT,
  });
  const url = result.stdout.toString('utf8').trim();
  // of a name that it does not know git makes a path
  return result.status !== 0 || url === '' || (url === remote && !/[:/]/.test(remote)) ? undefined : url;
}
