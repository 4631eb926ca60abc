/** Writes what a person asked to have in a file: whole, or, where that fails, not at all. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../../core/errors.ts';

type Pieces = Iterable<string> | AsyncIterable<string>;

/** Text taken together for one write. */
const CHUNK = 1 << 20;

/**
 * Writes pieces of text to a file, in place of what it held; what a link leads to is written, not the link.
 *
 * @returns the file's absolute path
 * @throws no-such-file, is-a-directory, disk-full, read-only
 */
export async function writeOutputFile(name: string, cwd: string, pieces: Pieces): Promise<string> {
  const path = resolve(cwd, name);
  let temporary: string | undefined;
  try {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    // a device or a pipe is written to as it is
    if (stat?.isFile() === false) {
      await write(path, 'w', 0o666, pieces);
      return path;
    }
    const target = stat === undefined ? path : fs.realpathSync(path);
    temporary = `${target}.${process.pid}.tmp`;
    await write(temporary, 'wx', stat === undefined ? 0o666 : stat.mode & 0o777, pieces);
    fs.renameSync(temporary, target);
    return path;
  } catch (cause) {
    if (temporary !== undefined) fs.rmSync(temporary, { force: true });
    throw failure(name, cause);
  }
}

/** Writes a file that only its owner can read, in a temporary folder of its own. @returns its absolute path @throws disk-full, read-only */
export async function writePrivateFile(name: string, pieces: Pieces): Promise<string> {
  try {
    const path = join(fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'git-trace-')), name);
    await write(path, 'wx', 0o600, pieces);
    return path;
  } catch (cause) {
    throw failure(name, cause);
  }
}

async function write(path: string, flag: string, mode: number, pieces: Pieces): Promise<void> {
  const file = fs.openSync(path, flag, mode);
  try {
    let text = '';
    for await (const piece of pieces) {
      text += piece;
      if (text.length < CHUNK) continue;
      fs.writeFileSync(file, text);
      text = '';
    }
    fs.writeFileSync(file, text);
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
