/** Writes what a person asked to have in a file: whole, or, where that fails, not at all. */
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { fail } from '../../core/errors.ts';

/** Writes pieces of text to a file, in place of what it held. @throws no-such-file, is-a-directory, disk-full, read-only */
export function writeOutputFile(name: string, cwd: string, pieces: Iterable<string>): void {
  const path = resolve(cwd, name);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // a device or a pipe is written to as it is
    if (fs.statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
      write(path, 'w', pieces);
      return;
    }
    write(temporary, 'wx', pieces);
    fs.renameSync(temporary, path);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw failure(name, cause);
  }
}

function write(path: string, flag: string, pieces: Iterable<string>): void {
  const file = fs.openSync(path, flag);
  try {
    for (const piece of pieces) fs.writeFileSync(file, piece);
  } finally {
    fs.closeSync(file);
  }
}

function failure(name: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const options = { cause };
  if (code === 'EISDIR') return fail('is-a-directory', `'${name}' is a directory`, ["name a file, or '-' for standard output"], options);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return fail('no-such-file', `there is no folder for '${name}'`, ["make it, or name another file; '-' is standard output"], options);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return fail('disk-full', `cannot write '${name}': no space left on the device`, ['free some space and run the command again'], options);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return fail('read-only', `cannot write '${name}': it may not be written`, ['check its owner and permissions'], options);
  return cause;
}
