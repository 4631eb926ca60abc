/**
 * Talks to remotes through the git binary, with the user's own transport and credentials, but never through a prompt
 * that nobody would see, never running hooks, never longer than the time limit.
 */
import { fail, type TraceError } from '../../core/errors.ts';
import type { GitConfig, GitRefs, GitRemote, PushOutcome, PushUpdate, Ref } from '../../core/ports.ts';
import { withoutUserinfo } from '../../core/pull-request.ts';
import { TRACES, TRACKING, trackingRef } from '../../core/trace-name.ts';
import { FSYNC } from './durable.ts';
import { type GitResult, runGit } from './process.ts';
import { LOCK_QUIET_MS } from './stale-lock.ts';

export interface RemoteOptions {
  /** Whether a person sits there who may be asked for a passphrase. */
  readonly interactive: boolean;
  /** Milliseconds for one conversation, where `trace.timeout` does not say how many seconds. */
  readonly timeout: number;
}

/** Settings for every conversation: nothing of the user's that a plain push or fetch of these refs would not do. */
const SETTINGS = [...FSYNC, ...settings('core.hooksPath=/dev/null', 'core.logAllRefUpdates=false', 'gc.auto=0', 'maintenance.auto=false')];

const FETCH = [
  ...SETTINGS,
  ...settings('fetch.fsckObjects=true', 'fetch.writeCommitGraph=false'),
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-filter',
  '--no-write-fetch-head',
  '--no-recurse-submodules',
  '--prune',
  '--refmap=',
];

/** Fetches while a lock is in the way; the second one finds it gone, if nobody held it. */
const TRIES = 2;

const PUSH = [
  'push',
  '--porcelain',
  '--no-verify',
  '--no-follow-tags',
  '--recurse-submodules=no',
  '--no-force-if-includes',
  '--no-atomic',
  '--no-signed',
];

export class GitRemoteStore implements GitRemote {
  readonly #env: Record<string, string>;
  readonly #cwd: string;
  readonly #config: GitConfig;
  readonly #options: RemoteOptions;
  readonly #refs: Pick<GitRefs, 'clearStaleLock'>;

  constructor(env: Record<string, string>, cwd: string, config: GitConfig, options: RemoteOptions, refs: Pick<GitRefs, 'clearStaleLock'>) {
    this.#env = { ...env, ...quiet(env, config, options) };
    this.#cwd = cwd;
    this.#config = config;
    const seconds = config.get('trace.timeout') ?? '';
    this.#options = /^[1-9][0-9]{0,5}$/.test(seconds) ? { ...options, timeout: Number(seconds) * 1000 } : options;
    this.#refs = refs;
  }

  async list(remote: string, names: readonly string[]): Promise<Ref[]> {
    const result = await this.#run([...SETTINGS, 'ls-remote', '--quiet', '--refs', '--', remote, ...names], remote);
    if (result.status !== 0) throw failure('list the refs of', remote, result.stderr);
    return [...result.stdout.toString('utf8').matchAll(/^([0-9a-f]{40,64})\t(\S+)$/gm)].map(([, oid = '', name = '']) => ({ oid, name }));
  }

  async fetch(remote: string, refspecs: readonly string[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const result = await this.#run([...FETCH, '--', remote, ...refspecs], remote);
      if (result.status === 0) return;
      const locked = lockedTracking(result.stderr);
      if (locked.length === 0 || tries === TRIES) throw failure('fetch from', remote, result.stderr);
      for (const ref of locked) await this.#refs.clearStaleLock(ref, LOCK_QUIET_MS);
    }
  }

  async push(remote: string, updates: readonly PushUpdate[]): Promise<PushOutcome[]> {
    if (updates.length === 0) return [];
    const leases = updates.flatMap(({ ref, lease }) => (lease === undefined ? [] : [`--force-with-lease=${ref}:${lease}`]));
    const refspecs = updates.map(({ ref, oid }) => `${oid ?? ''}:${ref}`);
    const result = await this.#run([...SETTINGS, ...this.#pushSettings(remote), ...PUSH, ...leases, '--', remote, ...refspecs], remote);
    // a git that was killed, or could not remove a file, leaves the locks of the tracking refs that it was moving
    if (result.status >= 128 || updates.some(({ oid }) => oid === undefined))
      await Promise.all(updates.map(({ ref }) => this.#refs.clearStaleLock(trackingRef(remote, ref), LOCK_QUIET_MS)));
    const outcomes = readPorcelain(result.stdout.toString('utf8'), remoteWords(result.stderr));
    if (result.status !== 0 && !outcomes.some(({ kind }) => kind === 'rejected')) throw failure('push to', remote, result.stderr);
    return outcomes;
  }

  #pushSettings(remote: string): string[] {
    const isName = /^[A-Za-z0-9_-]+$/.test(remote);
    return settings(
      'push.negotiate=false',
      'push.pushOption=',
      ...(this.#config.flag(`remote.${remote}.mirror`) ? [`remote.${remote}.mirror=false`] : []),
      // git then moves the tracking refs itself, which saves a process of ours for each push
      ...(isName ? [`remote.${remote}.fetch=+${TRACES}*:${trackingRef(remote, `${TRACES}*`)}`] : []),
    );
  }

  async #run(args: readonly string[], remote: string): Promise<GitResult> {
    const { timeout, interactive } = this.#options;
    try {
      return await runGit(args, this.#env, { cwd: this.#cwd, timeout, apart: !interactive });
    } catch (cause) {
      if (cause instanceof Error && /took longer/.test(cause.message)) {
        const seconds = Math.ceil(timeout / 1000);
        throw fail(
          'remote-failed',
          `'${withoutUserinfo(remote)}' gave no answer within ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
          ["nothing is lost; 'git trace sync' tries again"],
          { cause },
        );
      }
      throw cause;
    }
  }
}

function settings(...values: readonly string[]): string[] {
  return values.flatMap((value) => ['-c', value]);
}

/** What makes transports fail instead of asking. They have no terminal either, see {@link runGit}. */
function quiet(env: Record<string, string>, config: GitConfig, options: RemoteOptions): Record<string, string> {
  if (options.interactive) return { GIT_TERMINAL_PROMPT: '1' };
  const ssh = env['GIT_SSH_COMMAND'] ?? config.get('core.sshcommand') ?? (env['GIT_SSH'] === undefined ? 'ssh' : undefined);
  const variant = env['GIT_SSH_VARIANT'] ?? config.get('ssh.variant') ?? 'auto';
  const isOpenSsh = ssh !== undefined && (variant === 'ssh' || (variant === 'auto' && /(^|[/\\])ssh(\.exe)?["']?(\s|$)/.test(ssh)));
  return {
    // an empty askpass keeps git from opening a window; in CI it is how credentials arrive
    ...(env['CI'] === undefined ? { GIT_ASKPASS: '', SSH_ASKPASS: '' } : {}),
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    ...(isOpenSsh ? { GIT_SSH_COMMAND: `${ssh} -o BatchMode=yes -o ConnectTimeout=5` } : {}),
  };
}

/**
 * Reads what `git push --porcelain` prints. A remote with several URLs has several lines for a ref: it has arrived only
 * if it has everywhere.
 *
 * @param words what the remote said, as the reason why it declined
 */
function readPorcelain(text: string, words: string): PushOutcome[] {
  const outcomes = new Map<string, PushOutcome>();
  for (const line of text.split('\n')) {
    const [, flag, ref = '', summary = ''] = /^([ +\-*!=])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line) ?? [];
    if (flag === undefined || outcomes.get(ref)?.kind === 'rejected') continue;
    const kind = flag === '!' ? 'rejected' : flag === '=' ? 'up-to-date' : 'ok';
    const reason = words !== '' && summary.startsWith('[remote rejected]') ? `${summary}: ${words}` : summary;
    if (kind !== 'up-to-date' || !outcomes.has(ref)) outcomes.set(ref, { ref, kind, reason });
  }
  return [...outcomes.values()];
}

/**
 * Tracking refs that could not be moved or deleted because a lock stands there, perhaps one of a git that was killed.
 * Deleting takes the lock of the packed refs too; several refs at once have no name in what git says.
 */
function lockedTracking(stderr: string): string[] {
  const locked = stderr.matchAll(
    /^(?!remote: ).*(?:cannot lock ref '([^']+)'|could not delete references?(?: ([^ :]+))?): Unable to create '[^']+\.lock': File exists/gm,
  );
  return [...new Set([...locked].map(([, moved, deleted]) => moved ?? deleted ?? TRACKING))].filter((ref) => ref.startsWith(TRACKING));
}

/** The first lines that the remote's hooks printed, or why it could not keep what it got. */
function remoteWords(stderr: string): string {
  return said(stderr, (line) => /^(remote: |error: remote unpack failed)/.test(line));
}

/** At most two lines of what git printed, in one, fit to be shown. */
function said(stderr: string, wanted: (line: string) => boolean): string {
  const lines = stderr
    .split(/[\n\r]+/)
    .filter(wanted)
    .map((line) => line.replace(/^((fatal|error|remote|warning): )+/, '').trim())
    .filter((line) => line !== '');
  const text = withoutUserinfo(lines.slice(0, 2).join('; ')).replace(/\p{Cc}/gu, '');
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** The remote answered, but what it sent was refused or could not be kept; other refs of it may be sound. */
const REFUSED =
  /fsck error|index-pack|unpack-objects|unpack failed|bad object|not our ref|did not send all necessary objects|cannot lock ref|unable to update local ref|some local refs could not be updated/;

function failure(what: string, remote: string, stderr: string): TraceError {
  const shown = withoutUserinfo(remote);
  const reason = said(stderr, (line) => !/^(warning|hint): /.test(line)) || 'git did not say why';
  const message = `cannot ${what} '${shown}': ${reason}`;
  if (REFUSED.test(stderr)) return fail('unreadable-segment', message, ['nothing was taken over; what is here is as it was']);
  if (/does not appear to be a git repository|No such remote|not found/i.test(reason)) {
    return fail('no-remote', message, [`'git remote -v' lists the remotes; 'git trace status' shows what waits for '${shown}'`]);
  }
  return fail('remote-failed', message, ["nothing is lost; 'git trace sync' tries again"]);
}
