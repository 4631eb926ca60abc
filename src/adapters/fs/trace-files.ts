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
      const bytes = Buffer.allocUnsafe(Math.min(limit, Math.max(0, fs.fstatSync(file).size - offset)));
      let length = 0;
      while (length < bytes.length) {
        const count = fs.readSync(file, bytes, length, bytes.length - length, offset + length);
        if (count === 0) break;
        length += count;
      }
      return bytes.subarray(0, length);
    } finally {
      fs.closeSync(file);
    }
  }

  stat(name: string): { size: number; modified: number } | undefined {
    const found = fs.statSync(join(this.path, name), { throwIfNoEntry: false });
    return found && { size: found.size, modified: found.mtimeMs };
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
      const file = openMaking(path, 'a');
      try {
        const written = fs.writeSync(file, data);
        if (written < data.length) throw Object.assign(new Error('the record was cut short'), { code: 'ENOSPC' });
        if (options.durable) fs.fdatasyncSync(file);
      } finally {
        fs.closeSync(file);
      }
    } catch (cause) {
      throw fileError('write to the spool', cause);
    }
  }

  replace(name: string, bytes: Buffer | string, options: { durable?: boolean; executable?: boolean } = {}): void {
    const path = join(this.path, name);
    const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      const file = openMaking(temporary, 'wx', options.executable ? 0o755 : 0o600);
      try {
        const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
        for (let at = 0; at < data.length; ) at += fs.writeSync(file, data, at);
        if (options.durable) fs.fdatasyncSync(file);
      } finally {
        fs.closeSync(file);
      }
      fs.renameSync(temporary, path);
      if (options.durable) syncFolder(dirname(path));
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
    const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    const deadline = performance.now() + waitMs;
    try {
      const file = openMaking(own, 'wx');
      fs.writeSync(file, `${process.pid} ${startOf(process.pid)} ${hostname()}\n`);
      fs.closeSync(file);
      while (true) {
        try {
          // a link appears whole: whoever sees the lock sees whose it is
          fs.linkSync(own, path);
          break;
        } catch (cause) {
          if (codeOf(cause) !== 'EEXIST') throw cause;
        }
        if (takeOver(path)) continue;
        if (performance.now() >= deadline) return undefined;
        await wait(2 + Math.random() * 8);
      }
    } catch (cause) {
      throw fileError(`take the lock '${name}'`, cause);
    } finally {
      fs.rmSync(own, { force: true });
    }
    const inode = fs.statSync(path, { throwIfNoEntry: false })?.ino;
    let held = true;
    return {
      release: () => {
        if (held && fs.statSync(path, { throwIfNoEntry: false })?.ino === inode) fs.rmSync(path, { force: true });
        held = false;
      },
    };
  }

  alive(pid: number): boolean {
    return isAlive(pid);
  }
}

/** Removes a lock whose holder is dead; true if the way may be free now. */
function takeOver(path: string): boolean {
  const before = fs.statSync(path, { throwIfNoEntry: false });
  if (before === undefined) return true;
  let text: string;
  try {
    text = fs.readFileSync(path, 'utf8');
  } catch {
    return true;
  }
  const [pid = '', start = '', host = ''] = text.trim().split(' ');
  const here = host === hostname();
  const dead = here
    ? !isAlive(Number(pid)) || (start !== '0' && startOf(Number(pid)) !== start)
    : Date.now() - before.mtimeMs > FOREIGN_LOCK_MS;
  if (!dead) return false;
  const aside = `${path}.stale.${randomBytes(4).toString('hex')}`;
  try {
    fs.renameSync(path, aside);
    // between the look and the rename another process may have taken over: then give its lock back
    if (fs.statSync(aside).ino !== before.ino) fs.linkSync(aside, path);
  } catch {
    // somebody else cleared it
  }
  fs.rmSync(aside, { force: true });
  return true;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) === 'EPERM';
  }
}

/** When a process began, in the kernel's ticks, so that a reused pid is not taken for its former owner; '0' if unknown. */
function startOf(pid: number): string {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function openMaking(path: string, flags: string, mode = 0o600): number {
  try {
    return fs.openSync(path, flags, mode);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return fs.openSync(path, flags, mode);
  }
}

function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** Turns a failed file operation into ours. */
function fileError(what: string, cause: unknown): TraceError {
  const code = codeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
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
