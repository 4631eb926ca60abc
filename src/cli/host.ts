/**
 * From a remote, or a host's name, to the host that can be asked: finds its API and a token for it, and opens it. Loaded
 * only by commands that ask a host. Nothing of a token is ever printed or kept.
 */
import { gitCredential, remoteUrl } from '../adapters/git/credential.ts';
import { ghToken } from '../adapters/host/gh.ts';
import { type Site, siteOf, type Token, tokenFor } from '../adapters/host/site.ts';
import { isTraceError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { GitConfig } from '../core/ports.ts';
import { type HostedRepository, parseRemoteUrl } from '../core/pull-request.ts';
import { VERSION } from '../core/version.ts';
import type { Context } from './context.ts';
import { remoteNames } from './remote.ts';

export interface HostOptions {
  /** Host name, e.g. `github.com`. */
  readonly host: string;
  /** `owner/repo` */
  readonly repository: string;
  /** Address of the API, where neither configuration nor environment is to be asked. */
  readonly apiUrl?: string | undefined;
  readonly token?: string | undefined;
  /** A hook has 3 seconds for everything, the others 5 for each request. */
  readonly purpose: 'hook' | 'command' | 'ci';
}

/** Milliseconds that a credential helper has; it may talk to a key ring or a server. */
const CREDENTIAL_LIMIT = { hook: 1_000, command: 2_000, ci: 2_000 } as const;

/**
 * Opens a host as seen from one repository on it; `undefined` where it is of no kind that we can ask. Nothing is asked
 * of it yet.
 *
 * @throws host-failed where the configuration of the host makes no sense
 */
export async function openHost(context: Context, options: HostOptions): Promise<Host | undefined> {
  const opened = performance.now();
  const { env } = context;
  // a CI job may have no checkout
  const repository = await context.repository().catch(() => undefined);
  const site = siteOf(options.host, { env, config: (key) => repository?.config.get(key), api: options.apiUrl });
  if (site === undefined) return undefined;
  const given = options.token === undefined || options.token === '' ? undefined : { value: options.token, source: 'the command line' };
  const token = given ?? tokenFor(site, env) ?? (await keptToken(context, site, repository?.gitDir, options.purpose));
  const { openSite } = await import('../adapters/host/open.ts');
  return openSite({
    site,
    repository: options.repository,
    token,
    purpose: options.purpose,
    env,
    userAgent: `git-trace/${VERSION}`,
    opened,
  });
}

/** Where a remote (its name or URL) leads, as git itself would go there; `undefined` for a local path. */
export async function hostOfRemote(context: Context, remote: string): Promise<HostedRepository | undefined> {
  const { gitDir, config } = await context.repository();
  const known = config.get(`remote.${remote}.url`);
  // only where addresses are rewritten must git itself be asked, which costs a process
  if (known !== undefined && config.entries('url.').length === 0) return parseRemoteUrl(known);
  const url = await remoteUrl({ gitDir, environment: context.env }, remote);
  return url === undefined ? undefined : parseRemoteUrl(url);
}

/** The code hosts among the remotes, as far as they are of a kind that can be asked. */
export async function hostsOfRemotes(context: Context): Promise<string[]> {
  const { config } = await context.repository();
  const hosted = await Promise.all(remoteNames(config).map((remote) => hostOfRemote(context, remote)));
  const known = hosted.flatMap((one) => (one !== undefined && isKnown(one.host, context, config) ? [one.host] : []));
  return [...new Set(known)];
}

function isKnown(host: string, { env }: Context, config: GitConfig): boolean {
  try {
    return siteOf(host, { env, config: (key) => config.get(key) }) !== undefined;
  } catch (error) {
    if (isTraceError(error)) return false; // whoever asks it is told what is wrong
    throw error;
  }
}

/** What was found for a host: looking starts other programs, and one command may open several repositories there. */
const found = new WeakMap<Context, Map<string, Promise<Token | undefined>>>();

/** The token that gh or a credential helper keeps; looked for once. */
function keptToken(context: Context, site: Site, gitDir: string | undefined, purpose: HostOptions['purpose']): Promise<Token | undefined> {
  const known = found.get(context) ?? new Map<string, Promise<Token | undefined>>();
  found.set(context, known);
  const token = known.get(site.name) ?? lookForToken(context, site, gitDir, purpose);
  known.set(site.name, token);
  return token;
}

async function lookForToken(
  { env }: Context,
  site: Site,
  gitDir: string | undefined,
  purpose: HostOptions['purpose'],
): Promise<Token | undefined> {
  if (site.kind === 'github') {
    const value = await ghToken(site.name, env);
    if (value !== undefined) return { value, source: "'gh auth token'" };
  }
  if (gitDir === undefined) return undefined;
  const value = await gitCredential({ gitDir, environment: env }, site.name, CREDENTIAL_LIMIT[purpose]);
  return value === undefined ? undefined : { value, source: "'git credential'" };
}
