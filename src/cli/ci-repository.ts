/**
 * Where a command of `git trace ci` works: in the job's checkout, however shallow, or without one in an empty repository
 * of its own; and which remote is the repository that pull requests go to. Credentials go to git by its environment.
 */
import { makeTemporaryRepository } from '../adapters/git/temporary.ts';
import { ciCredential, credentialVariables, splitUserinfo } from '../capture/ci/credential.ts';
import type { CiEnvironment } from '../capture/ci/job.ts';
import { fail, isTraceError } from '../core/errors.ts';
import type { GitConfig } from '../core/ports.ts';
import { parseRemoteUrl } from '../core/pull-request.ts';
import { Context } from './context.ts';
import { defaultRemote, remoteNames } from './remote.ts';

export interface CiRepository {
  /** Of the repository to work in: its children may speak to the remote. */
  readonly context: Context;
  /** A name or an address without userinfo: the repository that pull requests go to. */
  readonly remote: string;
  /** Whether it is the job's checkout; if not, no policy of a team is known. */
  readonly isCheckout: boolean;
  /** Ends helper processes and removes what is temporary. */
  close(): Promise<void>;
}

/** What names a repository for the caller's git alone (`git rev-parse --local-env-vars`, less configuration). */
const CALLERS = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_NAMESPACE'];

/**
 * Finds or makes the repository to work in.
 *
 * @param remote what was given by option; else GITTRACE_CI_REMOTE counts, else what the job says
 * @throws no-remote, git-missing, disk-full, read-only
 */
export async function ciRepository(context: Context, ci: CiEnvironment | undefined, remote?: string): Promise<CiRepository> {
  const given = splitUserinfo(remote || context.env['GITTRACE_CI_REMOTE'] || '');
  // where the redactor looks for what must never be said
  const env = given.login === undefined ? context.env : { ...context.env, GITTRACE_TOKEN: given.login.token };
  const config = await checkoutConfig(context);
  const known = ci?.host == null ? undefined : `${ci.host.serverUrl}/${ci.host.repository}.git`;
  const named = given.url !== '' || config === undefined ? undefined : namedRemote(config, ci);
  const target = named ?? (given.url === '' ? known : given.url);
  if (target === undefined) {
    throw fail('no-remote', 'nothing tells which repository the job belongs to', [
      "name it by '--remote <url>', or by the variable GITTRACE_CI_REMOTE",
    ]);
  }
  const url = (named === undefined ? undefined : config?.get(`remote.${named}.url`)) ?? target;
  const found = given.login ?? ciCredential(url, env, ci);
  const credential = found !== undefined && (found.isOurs || config === undefined || !hasOwn(config, url)) ? found : undefined;
  const own = credential === undefined ? {} : credentialVariables(url, credential, env);
  // a password in the address of a remote would be sent besides ours
  const where = credential === undefined || named === undefined || splitUserinfo(url).login === undefined ? target : splitUserinfo(url).url;
  const { output } = context;
  const base = { ...(isSomebody(config, env) ? {} : committer(ci)), ...env, ...own };
  if (config !== undefined) {
    const inside = new Context({ cwd: context.cwd, env: base, output, interactive: false });
    return { context: inside, remote: where, isCheckout: true, close: () => inside.close() };
  }
  const bare = await makeTemporaryRepository(env, ci?.sha?.length === 64 ? 'sha256' : 'sha1');
  const forgotten = Object.fromEntries(CALLERS.map((variable) => [variable, undefined]));
  const inside = new Context({ cwd: bare.path, env: { ...base, ...forgotten }, output, interactive: false });
  return {
    context: inside,
    remote: where,
    isCheckout: false,
    close: async () => {
      await inside.close();
      bare.remove();
    },
  };
}

/** Whether it is said who commits; hosts refuse commits of a placeholder. */
function isSomebody(config: GitConfig | undefined, env: Context['env']): boolean {
  const said = (variable: string, ...keys: string[]): boolean =>
    (env[variable] ?? '') !== '' || keys.some((key) => (config?.get(key) ?? '') !== '');
  return said('GIT_COMMITTER_NAME', 'committer.name', 'user.name') && said('GIT_COMMITTER_EMAIL', 'committer.email', 'user.email');
}

/** Who commits in a job where nobody is configured: the job. */
function committer(ci: CiEnvironment | undefined): Record<string, string> {
  const host = ci?.host?.name ?? 'localhost';
  // the account that GITHUB_TOKEN acts as
  if (ci?.provider === 'github-actions' && host === 'github.com')
    return { GIT_COMMITTER_NAME: 'github-actions[bot]', GIT_COMMITTER_EMAIL: '41898282+github-actions[bot]@users.noreply.github.com' };
  return { GIT_COMMITTER_NAME: ci?.provider ?? 'git-trace', GIT_COMMITTER_EMAIL: `noreply@${host}` };
}

/** The configuration of the repository that we stand in; `undefined` where there is none that git would work in. */
async function checkoutConfig(context: Context): Promise<GitConfig | undefined> {
  try {
    return (await context.repository()).config;
  } catch (error) {
    // a checkout of another user's is refused (safe.directory), and we need none
    if (isTraceError(error) && (error.code === 'not-a-repository' || error.code === 'git-failed')) return undefined;
    throw error;
  }
}

/** The remote that is the job's repository: by its address, or the one that there is where that says nothing else. */
function namedRemote(config: GitConfig, ci: CiEnvironment | undefined): string | undefined {
  if (ci?.host == null) return remoteNames(config).length === 0 ? undefined : defaultRemote(config, ci?.branch ?? undefined);
  const { name, repository } = ci.host;
  const remotes = remoteNames(config).map((remote) => {
    const hosted = parseRemoteUrl(config.get(`remote.${remote}.url`) ?? '');
    return { remote, host: hosted?.host, path: hosted?.path.toLowerCase() };
  });
  const same = remotes.filter(({ path }) => path === repository.toLowerCase());
  const found = same.find(({ host }) => host === name.toLowerCase()) ?? same[0];
  // a clone of a mirror or a folder says nothing of a host; one of another repository is a fork's
  return (found ?? remotes.find(({ remote, host }) => remote === 'origin' && host === undefined))?.remote;
}

/** Whether a checkout has brought its own way to speak to a server. */
function hasOwn(config: GitConfig, url: string): boolean {
  if (splitUserinfo(url).login !== undefined) return true;
  const { origin } = new URL(url);
  return config.entries('http.').some(([key, value]) => key.toLowerCase() === `http.${origin}/.extraheader` && value !== '');
}
