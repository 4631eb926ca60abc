/**
 * Reads and swaps refs: reads through cat-file (no process of its own), changes through one `git update-ref --stdin`
 * transaction with the expected old values, fsynced, without a reflog (an erased event must not survive in one).
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '../../core/errors.ts';
import type { GitRefs, Oid, Ref, RefChange } from '../../core/ports.ts';
import type { CatFile } from './cat-file.ts';
import { gitFailure, runGit } from './process.ts';

const TRIES = 5;

export class GitRefStore implements GitRefs {
  readonly #env: Record<string, string>;
  readonly #commonDir: string;
  readonly #catFile: CatFile;
  readonly #zero: Oid;

  constructor(options: { env: Record<string, string>; commonDir: string; catFile: CatFile; format: 'sha1' | 'sha256' }) {
    this.#env = options.env;
    this.#commonDir = options.commonDir;
    this.#catFile = options.catFile;
    this.#zero = '0'.repeat(options.format === 'sha1' ? 40 : 64);
  }

  async get(name: string): Promise<Oid | undefined> {
    return (await this.#catFile.read(name))?.oid;
  }

  async list(prefixes: readonly string[]): Promise<Ref[]> {
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
      after === undefined ? `delete ${name} ${before ?? this.#zero}` : `update ${name} ${after} ${before ?? this.#zero}`,
    );
    for (let attempt = 1; ; attempt++) {
      const result = await runGit(
        ['-c', 'core.fsync=loose-object,reference', '-c', 'core.logAllRefUpdates=false', 'update-ref', '--no-deref', '--stdin'],
        this.#env,
        { cwd: this.#commonDir, input: `start\n${lines.join('\n')}\nprepare\ncommit\n` },
      );
      if (result.status === 0) return 'done';
      const now = await this.list(changes.map((change) => change.name));
      if (changes.some((change) => now.find((ref) => ref.name === change.name)?.oid !== change.before)) return 'stale';
      // nothing has moved, so a lock is in the way, or something is really wrong
      if (
        !/\.lock'?: File exists|Unable to create|cannot lock ref/.test(result.stderr) ||
        /Permission denied|Read-only|No space/.test(result.stderr)
      ) {
        throw gitFailure('update refs', result);
      }
      if (attempt === TRIES) {
        throw fail('locked', `cannot update '${changes[0]?.name}': another git process holds its lock`, [
          'wait for it to end and run the command again; nothing is lost',
        ]);
      }
      await Promise.all(changes.map((change) => this.clearStaleLock(change.name, attempt < TRIES - 1 ? 5_000 : 2_000)));
    }
  }

  async clearStaleLock(name: string, quietMs: number): Promise<void> {
    for (const path of [join(this.#commonDir, `${name}.lock`), join(this.#commonDir, 'packed-refs.lock')]) {
      const before = fs.statSync(path, { throwIfNoEntry: false });
      if (before === undefined) continue;
      if (Date.now() - before.mtimeMs < quietMs) await wait(Math.min(quietMs, 300));
      const after = fs.statSync(path, { throwIfNoEntry: false });
      const same = after !== undefined && after.ino === before.ino && after.mtimeMs === before.mtimeMs;
      if (same && Date.now() - after.mtimeMs >= quietMs && !heldOpen(path)) fs.rmSync(path, { force: true });
    }
  }
}

/** Whether a living process has the file open; where /proc does not tell, its age must do. */
function heldOpen(path: string): boolean {
  let processes: string[];
  try {
    processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  } catch {
    return false;
  }
  return processes.some((pid) => {
    try {
      return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
    } catch {
      return false; // another user's process, or gone since
    }
  });
}
