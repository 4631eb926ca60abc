/**
 * Stage 1, CI: with what a job may speak to its git server, and how git is told without its standing in a command line,
 * a file or a message: as configuration in the environment of git alone. Pure.
 */
import type { CiEnvironment } from './job.ts';
import type { Variables } from './values.ts';

export interface Credential {
  readonly user: string;
  readonly token: string;
  /** It was given to us, and so is to be used instead of what a checkout has left. */
  readonly isOurs: boolean;
}

/**
 * The credential for an address: ours, or what the build server gave to the job for its own server. None for ssh, and
 * no server's token for another one.
 */
export function ciCredential(url: string, env: Variables, ci: CiEnvironment | undefined): Credential | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const isGitlab = ci?.provider === 'gitlab-ci';
  const ours = env['GITTRACE_TOKEN'] || undefined;
  if (ours !== undefined) return { user: isGitlab ? 'oauth2' : 'x-access-token', token: ours, isOurs: true };
  const server = ci?.host?.serverUrl;
  if (server === undefined || new URL(server).origin !== new URL(url).origin) return undefined;
  if (ci?.provider === 'github-actions') {
    const token = env['GITHUB_TOKEN'] || env['GH_TOKEN'];
    return token ? { user: 'x-access-token', token, isOurs: false } : undefined;
  }
  if (!isGitlab) return undefined;
  const token = env['GITLAB_TOKEN'] || undefined;
  if (token !== undefined) return { user: 'oauth2', token, isOurs: false };
  const job = env['CI_JOB_TOKEN'] || undefined;
  return job === undefined ? undefined : { user: 'gitlab-ci-token', token: job, isOurs: false };
}

/**
 * Variables that make git send a credential to the server of an address and to no other; what was configured for it
 * before is put aside, since a server refuses two.
 *
 * @param env what the variables are added to: it may carry configuration already
 */
export function credentialVariables(url: string, { user, token }: Credential, env: Variables): Record<string, string> {
  const key = `http.${new URL(url).origin}/.extraheader`;
  const header = `AUTHORIZATION: basic ${btoa(`${user}:${token}`)}`;
  const before = /^[0-9]{1,4}$/.test(env['GIT_CONFIG_COUNT'] ?? '') ? Number(env['GIT_CONFIG_COUNT']) : 0;
  return {
    GIT_CONFIG_COUNT: String(before + 2),
    // an empty one forgets those before it (git-config, http.extraHeader)
    [`GIT_CONFIG_KEY_${before}`]: key,
    [`GIT_CONFIG_VALUE_${before}`]: '',
    [`GIT_CONFIG_KEY_${before + 1}`]: key,
    [`GIT_CONFIG_VALUE_${before + 1}`]: header,
  };
}

/** An address apart from the login in it; a name alone is a token, as git hosts take it. */
export function splitUserinfo(url: string): { url: string; login?: Credential } {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return { url };
  const parsed = new URL(url);
  const [name, password] = [decoded(parsed.username), decoded(parsed.password)];
  if (name === '' && password === '') return { url };
  parsed.username = '';
  parsed.password = '';
  const login = password === '' ? { user: 'x-access-token', token: name } : { user: name, token: password };
  return { url: parsed.href, login: { ...login, isOurs: true } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that means itself
  }
}
