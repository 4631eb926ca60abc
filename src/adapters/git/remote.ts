/**
 * Talks to remotes through the git binary, with the user's own transport and credentials, but never through a prompt
 * that nobody would see, never running hooks, never longer than the time limit.
 */
import { fail, type TraceError } from '../../core/errors.ts';
import type { GitConfig, GitRemote, PushOutcome, PushUpdate, Ref } from '../../core/ports.ts';
import { TRACES, trackingRef } from '../../core/trace-name.ts';
import { FSYNC } from './durable.ts';
import { type GitResult, runGit } from './process.ts';

export interface RemoteOptions {
  /** Whether a person sits there who may be asked for a passphrase. */
  readonly interactive: boolean;
  /** Milliseconds for one conversation. */
  readonly timeout: number;
}

const DURABLE = [...FSYNC, '-c', 'core.logAllRefUpdates=false', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];

export class GitRemoteStore implements GitRemote {
  readonly #env: Record<string, string>;
  readonly #cwd: string;
  readonly #timeout: number;

  constructor(env: Record<string, string>, cwd: string, config: GitConfig, options: RemoteOptions) {
    this.#env = { ...env, ...quiet(env, config, options) };
    this.#cwd = cwd;
    this.#timeout = options.timeout;
  }

  async fetch(remote: string, refspecs: readonly string[]): Promise<void> {
    const result = await this.#run(
      [
        ...DURABLE,
        '-c',
        'fetch.fsckObjects=true',
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-recurse-submodules',
        '--prune',
        '--refmap=',
        '--',
        remote,
        ...refspecs,
      ],
      remote,
    );
    if (result.status !== 0) throw remoteFailure(`fetch from '${remote}'`, remote, result.stderr);
  }

  async push(remote: string, updates: readonly PushUpdate[]): Promise<PushOutcome[]> {
    if (updates.length === 0) return [];
    const leases = updates.flatMap(({ ref, lease }) => (lease === undefined ? [] : [`--force-with-lease=${ref}:${lease}`]));
    const result = await this.#run(
      [
        '-c',
        'push.gpgSign=false',
        '-c',
        'push.default=nothing',
        // git then moves the tracking refs itself, which saves a process of ours for each push
        ...(/^[A-Za-z0-9_-]+$/.test(remote) ? ['-c', `remote.${remote}.fetch=+${TRACES}*:${trackingRef(remote, `${TRACES}*`)}`] : []),
        'push',
        '--porcelain',
        '--no-verify',
        '--no-follow-tags',
        '--recurse-submodules=no',
        ...leases,
        '--',
        remote,
        ...updates.map(({ ref, oid }) => `${oid ?? ''}:${ref}`),
      ],
      remote,
    );
    const outcomes: PushOutcome[] = [];
    for (const line of result.stdout.toString('utf8').split('\n')) {
      const found = /^([ +\-*!=])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line);
      if (found === null) continue;
      const [, flag, ref = '', reason = ''] = found;
      outcomes.push({ ref, reason, kind: flag === '!' ? 'rejected' : flag === '=' ? 'up-to-date' : 'ok' });
    }
    if (result.status !== 0 && !outcomes.some(({ kind }) => kind === 'rejected'))
      throw remoteFailure(`push to '${remote}'`, remote, result.stderr);
    return outcomes;
  }

  async list(remote: string, patterns: readonly string[]): Promise<Ref[]> {
    const result = await this.#run(['ls-remote', '--refs', '--', remote, ...patterns], remote);
    if (result.status !== 0) throw remoteFailure(`list the refs of '${remote}'`, remote, result.stderr);
    return result.stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [oid = '', name = ''] = line.split('\t');
        return { oid, name };
      });
  }

  async #run(args: readonly string[], remote: string): Promise<GitResult> {
    try {
      return await runGit(args, this.#env, { cwd: this.#cwd, timeout: this.#timeout });
    } catch (cause) {
      if (cause instanceof Error && /took longer/.test(cause.message)) {
        throw fail(
          'remote-failed',
          `'${remote}' gave no answer within ${Math.round(this.#timeout / 1000)} seconds`,
          ["nothing is lost; 'git trace sync' tries again"],
          { cause },
        );
      }
      throw cause;
    }
  }
}

/** What makes transports fail instead of asking. */
function quiet(env: Record<string, string>, config: GitConfig, options: RemoteOptions): Record<string, string> {
  if (options.interactive) return { GIT_TERMINAL_PROMPT: '1' };
  const ssh = env['GIT_SSH_COMMAND'] ?? config.get('core.sshcommand') ?? (env['GIT_SSH'] === undefined ? 'ssh' : undefined);
  const isOpenSsh = ssh !== undefined && /(^|\/)ssh(\s|$)/.test(ssh);
  return {
    // an empty askpass keeps git from opening a window; in CI it is how credentials arrive
    ...(env['CI'] === undefined ? { GIT_ASKPASS: '', SSH_ASKPASS: '' } : {}),
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    ...(isOpenSsh ? { GIT_SSH_COMMAND: `${ssh} -o BatchMode=yes -o ConnectTimeout=5` } : {}),
  };
}

function remoteFailure(what: string, remote: string, stderr: string): TraceError {
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(fatal|error|remote): /, '').trim())
    .filter((line) => line !== '');
  const said = withoutUserinfo(lines.slice(0, 2).join('; '));
  if (/does not appear to be a git repository|No such remote|not found/i.test(said)) {
    return fail('no-remote', `cannot ${withoutUserinfo(what)}: ${said}`, [
      `'git remote -v' lists the remotes; 'git trace status' shows what waits for '${withoutUserinfo(remote)}'`,
    ]);
  }
  return fail('remote-failed', `cannot ${withoutUserinfo(what)}: ${said === '' ? 'git did not say why' : said}`, [
    "nothing is lost; 'git trace sync' tries again",
  ]);
}

/** A URL without the name and password that may stand in it. */
function withoutUserinfo(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1');
}
