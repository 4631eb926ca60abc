/** Reads the policy file of a work tree; a link out of it or a folder in its place is no policy and no silence either. */
import * as fs from 'node:fs';
import { fail } from '../../core/errors.ts';

/** The text of a file; `undefined` where there is none. @throws bad-policy where it cannot be read, or is longer than `limit` bytes */
export function readPolicyText(path: string, limit: number): string | undefined {
  try {
    const bytes = fs.readFileSync(path);
    if (bytes.length > limit) throw fail('bad-policy', `'${path}' has ${bytes.length} bytes, at most ${limit} are read`);
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'bad-policy') throw cause;
    throw fail(
      'bad-policy',
      `cannot read '${path}': ${cause instanceof Error ? cause.message : String(cause)}`,
      ['make it a readable file'],
      {
        cause,
      },
    );
  }
}
