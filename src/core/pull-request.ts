/** Where a pull request lives, told from a remote's URL. Pure. */

export interface HostedRepository {
  /** Host name, e.g. `github.com`. */
  readonly host: string;
  /** Path on the host, e.g. `owner/repo`. */
  readonly path: string;
}

/**
 * Reads the URL of a remote; `undefined` for a local path.
 *
 * @example
 * parseRemoteUrl('git@github.com:owner/repo.git') // { host: 'github.com', path: 'owner/repo' }
 */
export function parseRemoteUrl(url: string): HostedRepository | undefined {
  const scheme = /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(?::[0-9]+)?\/(.+?)(?:\.git)?\/?$/.exec(url);
  const scp = /^(?:[^/@:]+@)?([^/:@]+\.[^/:@]+):(?!\/\/)(.+?)(?:\.git)?\/?$/.exec(url);
  const [, host, path] = scheme ?? scp ?? [];
  return host === undefined || path === undefined ? undefined : { host: host.toLowerCase(), path: path.replace(/^\/+/, '') };
}
