/**
 * What kind of host a name stands for, where its API is, and which token is meant for it: by configuration, environment
 * and well-known names. Pure. A token that was given for one host is never meant for another.
 */
import { fail } from '../../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A host that can be asked. */
export interface Site {
  readonly kind: 'github' | 'gitlab';
  /** Host name without port, lower case. */
  readonly name: string;
  /** Address of its API, without a final slash. */
  readonly api: string;
}

export interface SiteFacts {
  readonly env: Environment;
  /** Reads git's configuration. */
  readonly config: (key: string) => string | undefined;
  /** Address of the API that was given for this call. */
  readonly api?: string | undefined;
}

/** Names under which hosts answer to ssh alone, where port 22 is closed. */
const SSH_NAMES: Readonly<Record<string, string>> = { 'ssh.github.com': 'github.com', 'altssh.gitlab.com': 'gitlab.com' };

/**
 * What is known of a host; `undefined` where it is of no kind that we can ask.
 *
 * @example
 * siteOf('code.acme.ghe.com', { env: {}, config: () => undefined })?.api // 'https://api.code.acme.ghe.com'
 * @throws host-failed where the configuration makes no sense
 */
export function siteOf(host: string, facts: SiteFacts): Site | undefined {
  const lower = host.toLowerCase();
  const name = SSH_NAMES[lower] ?? lower;
  const kind = configuredKind(name, facts) ?? kindByEnvironment(name, facts.env) ?? kindByName(name);
  if (kind === undefined) return undefined;
  const given =
    facts.api ?? facts.config(`trace.host.${name}.api`) ?? (kind === 'github' ? githubApi(name, facts.env) : gitlabApi(name, facts.env));
  return { kind, name, api: address(given ?? defaultApi(kind, name), name) };
}

/** A token, and where it is from. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

/** The token that the environment has for a host. */
export function tokenFor({ kind, name }: Pick<Site, 'kind' | 'name'>, env: Environment): Token | undefined {
  const first = (...variables: readonly string[]): Token | undefined => {
    for (const source of variables) {
      const value = env[source]?.trim();
      if (value !== undefined && value !== '') return { value, source };
    }
    return undefined;
  };
  if (kind === 'gitlab') {
    const meant = hostIn(env['GITLAB_HOST']) ?? env['CI_SERVER_HOST']?.toLowerCase() ?? 'gitlab.com';
    return name === meant ? first('GITLAB_TOKEN') : undefined;
  }
  // a workflow's token is for the host that runs it
  if (name === 'github.com') return isCiElsewhere(env) ? undefined : first('GH_TOKEN', 'GITHUB_TOKEN');
  const isMeant = isOwnCi(name, env) || (name.endsWith('.ghe.com') && hostIn(env['GH_HOST']) === name);
  return first('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', ...(isMeant ? ['GH_TOKEN', 'GITHUB_TOKEN'] : []));
}

/** Whether a workflow runs that the host itself has started. */
export function isOwnCi(name: string, env: Environment): boolean {
  return env['GITHUB_ACTIONS'] === 'true' && (hostIn(env['GITHUB_SERVER_URL']) ?? 'github.com') === name;
}

/** A workflow of an Enterprise server: what it has as GITHUB_TOKEN is not github.com's. */
function isCiElsewhere(env: Environment): boolean {
  return env['GITHUB_ACTIONS'] === 'true' && !isOwnCi('github.com', env);
}

function configuredKind(name: string, { config }: SiteFacts): Site['kind'] | undefined {
  const key = `trace.host.${name}.kind`;
  const kind = config(key)?.toLowerCase();
  if (kind === undefined || kind === 'github' || kind === 'gitlab') return kind;
  throw fail('host-failed', `'${key}' is "${kind}", expected "github" or "gitlab"`, [`'git config ${key} github' sets it`]);
}

function kindByEnvironment(name: string, env: Environment): Site['kind'] | undefined {
  if (hostIn(env['GITHUB_SERVER_URL']) === name || hostIn(env['GH_HOST']) === name) return 'github';
  if (env['CI_SERVER_HOST']?.toLowerCase() === name || hostIn(env['GITLAB_HOST']) === name) return 'gitlab';
  return undefined;
}

function kindByName(name: string): Site['kind'] | undefined {
  if (name === 'github.com' || name.endsWith('.ghe.com')) return 'github';
  return name.startsWith('gitlab.') ? 'gitlab' : undefined;
}

/** Where a workflow says that its own host's API is. */
function githubApi(name: string, env: Environment): string | undefined {
  return (hostIn(env['GITHUB_SERVER_URL']) ?? 'github.com') === name ? env['GITHUB_API_URL'] || undefined : undefined;
}

function gitlabApi(name: string, env: Environment): string | undefined {
  return env['CI_SERVER_HOST']?.toLowerCase() === name ? env['CI_API_V4_URL'] || undefined : undefined;
}

function defaultApi(kind: Site['kind'], name: string): string {
  if (kind === 'gitlab') return `https://${name}/api/v4`;
  return name === 'github.com' || name.endsWith('.ghe.com') ? `https://api.${name}` : `https://${name}/api/v3`;
}

/** @throws host-failed */
function address(given: string, name: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '')
    throw fail('host-failed', `the address of the API of '${name}' is none that can be asked`, [
      `'git config trace.host.${name}.api https://…' says where it is, without a name or token in it`,
    ]);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The host in a URL, or in a bare name. */
function hostIn(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = text.includes('://') ? text : `https://${text}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}
