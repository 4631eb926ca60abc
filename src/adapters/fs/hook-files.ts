/**
 * The files that installing hooks touches, in hooks folders and work trees: read, written whole, moved, removed. Keeps
 * modes and links as they are; decides nothing.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, messageOf, type TraceError } from '../../core/errors.ts';
import type { FileFacts, HookFiles } from '../../core/ports.ts';

/** The port on this machine's files. */
export const hookFiles: HookFiles = {
  stat(path) {
    try {
      const found = fs.lstatSync(path, { throwIfNoEntry: false });
      return found && { kind: kindOf(found), mode: found.mode & 0o7777 };
    } catch (cause) {
      // a path below a file, such as /dev/null/post-commit
      if (codeOf(cause) === 'ENOTDIR') return undefined;
      throw fileError(`look at '${path}'`, cause);
    }
  },

  read(path) {
    try {
      return fs.readFileSync(path);
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'].includes(codeOf(cause))) return undefined;
      throw fileError(`read '${path}'`, cause);
    }
  },

  real(path) {
    let there = resolve(path);
    let missing = '';
    while (dirname(there) !== there) {
      try {
        return join(fs.realpathSync(there), missing);
      } catch {
        missing = join(basename(there), missing);
        there = dirname(there);
      }
    }
    return join(there, missing);
  },

  write(path, bytes, mode) {
    const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      fs.writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600 });
      // not at creation: umask would take bits away
      fs.chmodSync(temporary, mode);
      fs.renameSync(temporary, path);
    } catch (cause) {
      fs.rmSync(temporary, { force: true });
      throw fileError(`write '${path}'`, cause);
    }
  },

  rename(from, to) {
    try {
      fs.renameSync(from, to);
    } catch (cause) {
      throw fileError(`rename '${from}' to '${to}'`, cause);
    }
  },

  remove(path) {
    try {
      fs.rmSync(path, { force: true });
    } catch (cause) {
      throw fileError(`remove '${path}'`, cause);
    }
  },

  makeFolder(path, mode) {
    try {
      fs.mkdirSync(path, { recursive: true, mode });
    } catch (cause) {
      throw fileError(`make the folder '${path}'`, cause);
    }
  },

  removeFolder(path) {
    try {
      fs.rmdirSync(path);
    } catch (cause) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(codeOf(cause))) throw fileError(`remove the folder '${path}'`, cause);
    }
  },
};

function kindOf(found: fs.Stats): FileFacts['kind'] {
  if (found.isSymbolicLink()) return 'link';
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'other';
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function fileError(what: string, cause: unknown): TraceError {
  switch (codeOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('disk-full', `cannot ${what}: no space left on the device`, ['free some space and run the command again'], { cause });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fail('read-only', `cannot ${what}: it may not be written`, ['check its owner and permissions'], { cause });
    default:
      return fail('internal', `cannot ${what}: ${messageOf(cause)}`, [], { cause });
  }
}
