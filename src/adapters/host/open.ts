/** Opens a host for a site and a token: GitHub or GitLab, behind one port. Nothing is asked of it yet. */
import type { Host } from '../../core/host.ts';
import { isOwnCi, type Site, type Token } from './site.ts';
import { type Purpose, Transport } from './transport.ts';

export interface OpenOptions {
  readonly site: Site;
  /** `owner/repo` */
  readonly repository: string;
  readonly token: Token | undefined;
  readonly purpose: Purpose;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who we are, for the host's logs. */
  readonly userAgent: string;
  /** When opening began, in milliseconds of `performance.now()`. */
  readonly opened: number;
}

/** The version of GitHub's API that we speak. */
const GITHUB_VERSION = '2022-11-28';
const JOBS_LOGIN = 'github-actions[bot]';
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/** Opens a host. */
export async function openSite({ site, repository, token, purpose, env, userAgent, opened }: OpenOptions): Promise<Host> {
  const inActions = isOwnCi(site.name, env);
  const transport = new Transport({
    asker: {
      name: site.name,
      kind: site.kind,
      token: token?.value,
      tokenSource: token?.source,
      inActions,
      proxyVariable: PROXY_VARIABLES.find((name) => (env[name] ?? '') !== ''),
    },
    api: site.api,
    purpose,
    env,
    headers: {
      'user-agent': userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token.value}` }),
      ...(site.kind === 'github' ? { 'x-github-api-version': GITHUB_VERSION } : {}),
    },
    opened,
  });
  if (site.kind === 'gitlab') {
    const { openGitLab } = await import('./gitlab.ts');
    return openGitLab({ transport, repository });
  }
  const { openGitHub } = await import('./github.ts');
  // the token of a job may not ask who it is; an app's looks the same, and its comments then tell
  const isJobs = inActions && token !== undefined && (token.value.startsWith('ghs_') || token.value === env['GITHUB_TOKEN']);
  return openGitHub({ transport, repository, viewer: isJobs ? JOBS_LOGIN : undefined });
}
