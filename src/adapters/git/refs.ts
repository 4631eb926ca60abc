/**
 * Reads and swaps refs: one ref is read from its file (exactly that name, whether or not its object is there), many, if there
 * are any, by `git for-each-ref`; changes are one `git update-ref --stdin` transaction with the expected old values, synced, without
 * a reflog (an erased event must not survive in one).
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../core/errors.ts';
import type { GitRefs, Oid, Ref, RefChange } from '../../core/ports.ts';
import { FSYNC, foldersUpTo, syncFolders } from './durable.ts';
import { fileFailure, gitFailure, runGit } from './process.ts';
import { clearStaleLock, LOCK_QUIET_MS } from './stale-lock.ts';

const TRIES = 3;
/** Milliseconds that git waits for a lock. */
const LOCK_WAIT_MS = 1_000;

export interface RefsOptions {
  readonly env: Record<string, string>;
  readonly commonDir: string;
  readonly format: 'sha1' | 'sha256';
  /** Refs are files below the git directory, as ever, and not tables. */
  readonly inFiles: boolean;
}

export class GitRefStore implements GitRefs {
  readonly #env: Record<string, string>;
  readonly #commonDir: string;
  readonly #inFiles: boolean;
  readonly #zero: Oid;

  constructor(options: RefsOptions) {
    this.#env = options.env;
    this.#commonDir = options.commonDir;
    this.#inFiles = options.inFiles;
    this.#zero = '0'.repeat(options.format === 'sha1' ? 40 : 64);
  }

  async get(name: string): Promise<Oid | undefined> {
    // not through rev-parse's rules: they would take a tag called `refs/traces/42/journal` for the ref
    const found = this.#inFiles ? this.#read(name) : 'ask git';
    return found === 'ask git' ? (await this.list([name])).find((ref) => ref.name === name)?.oid : found;
  }

  async list(prefixes: readonly string[]): Promise<Ref[]> {
    if (this.#inFiles && prefixes.every((prefix) => this.#hasNone(prefix))) return [];
    const result = await runGit(['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes], this.#env, { cwd: this.#commonDir });
    if (result.status !== 0) throw gitFailure('list refs', result);
    return result.stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const space = line.indexOf(' ');
        return { oid: line.slice(0, space), name: line.slice(space + 1) };
      });
  }

  async update(changes: readonly RefChange[]): Promise<'done' | 'stale'> {
    if (changes.length === 0) return 'done';
    const lines = changes.map(({ name, before, after }) =>
      after === undefined ? `delete ${name}\0${before ?? this.#zero}\0` : `update ${name}\0${after}\0${before ?? this.#zero}\0`,
    );
    const settings = [...FSYNC, '-c', 'core.logAllRefUpdates=false', '-c', `core.filesRefLockTimeout=${LOCK_WAIT_MS}`];
    for (let attempt = 1; ; attempt++) {
      const result = await runGit([...settings, 'update-ref', '--no-deref', '-z', '--stdin'], this.#env, {
        cwd: this.#commonDir,
        input: `start\0${lines.join('')}prepare\0commit\0`,
      });
      // what stands there counts, not the status: git may have been killed when all was done
      const now = result.status === 0 ? [] : await Promise.all(changes.map(({ name }) => this.get(name)));
      if (changes.every(({ after }, i) => result.status === 0 || now[i] === after)) {
        this.#sync(changes);
        // git says that all is well where it could not remove its own lock
        if (changes.some(({ after }) => after === undefined)) await this.clearStaleLock(changes[0]?.name ?? '', LOCK_QUIET_MS);
        return 'done';
      }
      if (changes.some(({ before }, i) => now[i] !== before)) return 'stale';
      if (!/Unable to create '.*\.lock': File exists/.test(result.stderr)) throw gitFailure('update refs', result);
      if (attempt === TRIES) {
        throw fail('locked', `cannot update '${changes[0]?.name}': another git process holds its lock`, [
          'wait for it to end and run the command again; nothing is lost',
        ]);
      }
      await Promise.all(changes.map(({ name }) => this.clearStaleLock(name, LOCK_QUIET_MS)));
    }
  }

  async forgetLogs(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const found = await runGit(['reflog', 'exists', name], this.#env, { cwd: this.#commonDir });
      if (found.status !== 0) continue;
      const result = await runGit(['reflog', 'expire', '--expire=all', '--expire-unreachable=all', name], this.#env, {
        cwd: this.#commonDir,
      });
      if (result.status !== 0) throw gitFailure(`empty the reflog of '${name}'`, result);
    }
  }

  async clearStaleLock(name: string, quietMs: number): Promise<void> {
    const locks = [`${name}.lock`, 'packed-refs.lock'].map((lock) => join(this.#commonDir, lock));
    await Promise.all(locks.map((path) => clearStaleLock(path, quietMs, this.#commonDir)));
  }

  /** Whether there is no ref below a folder, which most often need not be asked of git: no archive, no inbox. */
  #hasNone(prefix: string): boolean {
    if (!prefix.endsWith('/') || /[*?[\\]/.test(prefix) || fs.existsSync(join(this.#commonDir, prefix))) return false;
    return !(this.#readFile('packed-refs') ?? '').includes(` ${prefix}`);
  }

  /** Reads a ref as git does: its own file first, then the packed ones. @throws bad-ref */
  #read(name: string): Oid | undefined | 'ask git' {
    const text = this.#readFile(name);
    if (text === undefined) {
      const packed = this.#readFile('packed-refs') ?? '';
      const at = packed.indexOf(` ${name}\n`);
      return at < 0 ? undefined : packed.slice(packed.lastIndexOf('\n', at) + 1, at);
    }
    if (text.startsWith('ref:')) return 'ask git';
    const oid = text.trim();
    if (oid.length === this.#zero.length && /^[0-9a-f]+$/.test(oid)) return oid;
    throw fail('bad-ref', `the ref '${name}' is broken: its file holds no object name`, [
      `'git fsck' tells more; 'git update-ref -d ${name}' removes it, and 'git trace fetch' brings back what the remote has`,
    ]);
  }

  #readFile(name: string): string | undefined {
    try {
      return fs.readFileSync(join(this.#commonDir, name), 'utf8');
    } catch (cause) {
      // no such file, or a folder of refs of that name
      if (cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(cause.code))) return undefined;
      throw fileFailure(`read the ref '${name}'`, cause);
    }
  }

  #sync(changes: readonly RefChange[]): void {
    if (!this.#inFiles) return;
    const top = join(this.#commonDir, 'refs');
    try {
      syncFolders(changes.flatMap(({ name }) => foldersUpTo(top, join(this.#commonDir, name))));
    } catch (cause) {
      throw fileFailure('sync the refs', cause);
    }
  }
}
