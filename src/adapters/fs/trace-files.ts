/**
 * The folder `trace/` of the common git directory: spool, quarantine, state, locks. Files are 0600, appends are one
 * `write(2)`, replacements are whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fail, type TraceError } from '../../core/errors.ts';
import type { Lock, TraceFiles } from '../../core/ports.ts';

/** A holder on another machine or in another container cannot be asked whether it lives; after so long it is given up. */
const FOREIGN_LOCK_MS = 60_000;

/** Times that a lock is tried to be removed. */
const RELEASES = 2;

export class TraceFolder implements TraceFiles {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  exists(name: string): boolean {
    return fs.existsSync(join(this.path, name));
  }

  read(name: string, offset = 0, limit = Number.MAX_SAFE_INTEGER): Buffer | undefined {
    let file: number;
    try {
      file = fs.openSync(join(this.path, name), 'r');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw fileError(`read '${name}'`, cause);
    }
    try {
      const facts = fs.fstatSync(file);
      if (!facts.isFile()) return undefined;
      const bytes = Buffer.allocUnsafe(Math.min(limit, Math.max(0, facts.size - offset)));
      let length = 0;
      while (length < bytes.length) {
        const count = fs.readSync(file, bytes, length, bytes.length - length, offset + length);
        if (count === 0) break;
        length += count;
      }
      return bytes.subarray(0, length);
    } catch (cause) {
      throw fileError(`read '${name}'`, cause);
    } finally {
      fs.closeSync(file);
    }
  }

  stat(name: string): { size: number; modified: number } | undefined {
    const found = fs.statSync(join(this.path, name), { throwIfNoEntry: false });
    return found?.isFile() ? { size: found.size, modified: found.mtimeMs } : undefined;
  }

  list(folder: string): string[] {
    try {
      return fs.readdirSync(join(this.path, folder)).sort();
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return [];
      throw fileError(`list '${folder}'`, cause);
    }
  }

  append(name: string, bytes: Buffer | string, options: { durable?: boolean } = {}): void {
    const path = join(this.path, name);
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    try {
      const file = this.#openMaking(path, 'a');
      try {
        const isNew = options.durable && fs.fstatSync(file).size === 0;
        const written = fs.writeSync(file, data);
        if (written < data.length) throw Object.assign(new Error('the record was cut short'), { code: 'ENOSPC' });
        if (options.durable) fs.fdatasyncSync(file);
        if (isNew) this.#syncFolders(path);
      } finally {
        fs.closeSync(file);
      }
    } catch (cause) {
      throw fileError('write to the spool', cause);
    }
  }

  replace(name: string, bytes: Buffer | string, options: { durable?: boolean; executable?: boolean } = {}): void {
    const path = join(this.path, name);
    const temporary = ownName(path);
    try {
      const file = this.#openMaking(temporary, 'wx', options.executable ? 0o755 : 0o600);
      try {
        const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
        for (let at = 0; at < data.length; ) at += fs.writeSync(file, data, at);
        if (options.durable) fs.fdatasyncSync(file);
      } finally {
        fs.closeSync(file);
      }
      fs.renameSync(temporary, path);
      if (options.durable) this.#syncFolders(path);
    } catch (cause) {
      fs.rmSync(temporary, { force: true });
      throw fileError(`write '${name}'`, cause);
    }
  }

  remove(name: string): void {
    try {
      fs.rmSync(join(this.path, name), { recursive: true, force: true });
    } catch (cause) {
      throw fileError(`remove '${name}'`, cause);
    }
  }

  async lock(name: string, waitMs: number): Promise<Lock | undefined> {
    const path = join(this.path, name);
    const own = ownName(path);
    const holder = `${process.pid} ${startOf(process.pid)} ${hostname()} ${randomBytes(8).toString('hex')}\n`;
    const deadline = performance.now() + waitMs;
    try {
      const file = this.#openMaking(own, 'wx');
      fs.writeSync(file, holder);
      fs.closeSync(file);
      while (true) {
        try {
          // a link appears whole: whoever sees the lock sees whose it is
          fs.linkSync(own, path);
          break;
        } catch (cause) {
          if (codeOf(cause) !== 'EEXIST') throw cause;
        }
        const found = takeOver(path);
        if (found === 'dead') this.#sweep();
        if (found !== 'held') continue;
        if (performance.now() >= deadline) return undefined;
        await wait(2 + Math.random() * 8);
      }
    } catch (cause) {
      throw fileError(`take the lock '${name}'`, cause);
    } finally {
      try {
        fs.rmSync(own, { force: true });
      } catch {
        // it counts for nothing; whoever finds a dead holder's lock sweeps it away
      }
    }
    return {
      release: () => {
        for (let attempt = 1; ; attempt++) {
          try {
            // somebody may have given us up for dead and hold it now
            if (holderOf(path) === holder) fs.rmSync(path, { force: true });
            return;
          } catch (cause) {
            // one that stays is in everybody's way as long as we live
            if (attempt === RELEASES) throw fileError(`release the lock '${name}'`, cause);
          }
        }
      },
    };
  }

  alive(pid: number): boolean {
    return isAlive(pid);
  }

  holder(name: string): number | undefined {
    const [pid = '', start = '', host = ''] = (holderOf(join(this.path, name)) ?? '').trim().split(' ');
    // a number alone may be another process's by now
    return host === hostname() && isAlive(Number(pid), start) ? Number(pid) : undefined;
  }

  /** Opens a file, making the folders it lies in; never the git directory, which may just have been removed. */
  #openMaking(path: string, flags: string, mode = 0o600): number {
    try {
      return fs.openSync(path, flags, mode);
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT' || !fs.existsSync(dirname(this.path))) throw cause;
      fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      return fs.openSync(path, flags, mode);
    }
  }

  /** Removes the unfinished files of processes that died; called when a lock was found whose holder had died. */
  #sweep(): void {
    try {
      for (const name of fs.readdirSync(this.path, { recursive: true, encoding: 'utf8' })) {
        const pid = OWN_NAME.exec(name)?.[1];
        if (pid !== undefined && !isAlive(Number(pid))) fs.rmSync(join(this.path, name), { force: true });
      }
    } catch {
      // a folder that went away meanwhile; the next one to find a dead holder's lock sweeps again
    }
  }

  /** Syncs the folders of a file, down from the git directory, so that a new name in them outlasts a power cut. */
  #syncFolders(path: string): void {
    for (let folder = dirname(path); folder.startsWith(dirname(this.path)); folder = dirname(folder)) {
      const file = fs.openSync(folder, 'r');
      try {
        fs.fsyncSync(file);
      } catch (cause) {
        if (codeOf(cause) !== 'EINVAL') throw cause; // a file system that syncs no folders
      } finally {
        fs.closeSync(file);
      }
    }
  }
}

/** A name beside a path that no other process uses, told by its pid as ours. */
function ownName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
}

const OWN_NAME = /\.([0-9]+)\.[0-9a-f]{8}\.tmp$/;

function holderOf(lock: string): string | undefined {
  try {
    return fs.readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}

/** Looks at a lock that stands in the way, and removes it if its holder is dead. */
function takeOver(path: string): 'gone' | 'held' | 'dead' {
  const before = fs.statSync(path, { throwIfNoEntry: false });
  const holder = holderOf(path);
  if (before === undefined || holder === undefined) return 'gone';
  const [pid = '', start = '', host = ''] = holder.trim().split(' ');
  // a lock appears whole; one that names nobody has lost its bytes in a power cut, and its holder with them
  const dead = host === hostname() ? !isAlive(Number(pid), start) : host === '' || Date.now() - before.mtimeMs > FOREIGN_LOCK_MS;
  if (!dead) return 'held';
  const aside = ownName(path);
  try {
    fs.renameSync(path, aside);
    // between the look and the rename another process may have taken over: then give its lock back
    if (holderOf(aside) !== holder) fs.linkSync(aside, path);
  } catch {
    // somebody else cleared it
  }
  fs.rmSync(aside, { force: true });
  return 'dead';
}

/** Whether a process lives; with `start` whether it is still the one that began then, and not another with its pid. */
function isAlive(pid: number, start = '0'): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const [state, began] = statOf(pid);
  // a killed process whose parent has not looked yet has done its last
  if (state === 'Z' || state === 'X') return false;
  if (start !== '0' && began !== undefined && began !== start) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) === 'EPERM';
  }
}

/** When a process began, in the kernel's ticks; '0' where the system does not tell. */
function startOf(pid: number): string {
  return statOf(pid)[1] ?? '0';
}

/** State and start of a process, where the system tells. */
function statOf(pid: number): [state: string | undefined, start: string | undefined] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [fields[0], fields[19]];
  } catch {
    return [undefined, undefined];
  }
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** Turns a failed file operation into ours: disk-full, read-only, or internal. */
export function fileError(what: string, cause: unknown): TraceError {
  const code = codeOf(cause);
  if (code === 'EFBIG') {
    return fail(
      'disk-full',
      `cannot ${what}: a file may not become that large here`,
      ["'ulimit -f' tells the limit; what was recorded before is kept"],
      { cause },
    );
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return fail(
      'disk-full',
      `cannot ${what}: no space left on the device`,
      ['free some space and run the command again; what was recorded before is kept'],
      { cause },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return fail('read-only', `cannot ${what}: the git directory may not be written`, ['check its owner and permissions'], { cause });
  }
  return fail('internal', `cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, [], { cause });
}
