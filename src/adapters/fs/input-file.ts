/** Reads what a person names on the command line: a file, or standard input. */
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { fail } from '../../core/errors.ts';

/** The bytes of a file, or of standard input for `-`. @throws no-such-file, is-a-directory, read-only */
export async function readInputFile(name: string, cwd: string): Promise<Buffer> {
  if (name === '-') {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }
  try {
    return fs.readFileSync(resolve(cwd, name));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EISDIR')
      throw fail('is-a-directory', `'${name}' is a directory, expected a file of events`, ['name a file, or - for standard input']);
    if (code === 'ENOENT') throw fail('no-such-file', `there is no file '${name}'`, ['name a file, or - for standard input']);
    if (code === 'ERR_FS_FILE_TOO_LARGE')
      throw fail('too-large', `'${name}' has more than 2 GiB`, ['send it in several batches; one that is sent twice adds nothing']);
    throw fail('read-only', `cannot read '${name}': ${cause instanceof Error ? cause.message : String(cause)}`, ['check its permissions'], {
      cause,
    });
  }
}
