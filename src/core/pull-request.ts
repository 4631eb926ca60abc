/** What the URL of a remote tells: where a pull request lives, and what of it may be shown. Pure. */

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

/**
 * A text without the names and passwords that may stand in its URLs: what may be kept and printed of a remote.
 *
 * @example
 * withoutUserinfo('https://name:secret@example.com/r') // 'https://example.com/r'
 */
export function withoutUserinfo(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^/@\s]{1,4096}@/gi, '$1');
}
