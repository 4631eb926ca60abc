/** Reads the policy file of a work tree; a link out of it or a folder in its place is no policy and no silence either. */
import * as fs from 'node:fs';
import { fail } from '../../core/errors.ts';

/** The text of a file; `undefined` where there is none. @throws bad-policy where it cannot be read, or is longer than `limit` bytes */
export function readPolicyText(path: string, limit: number): string | undefined {
  try {
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const facts = fs.fstatSync(file);
      // a link may lead to what never ends, or to what answers when somebody types
      if (!facts.isFile()) throw fail('bad-policy', `'${path}' is no file`, ['make it a readable file']);
      if (facts.size > limit) throw fail('bad-policy', `'${path}' has ${facts.size} bytes, at most ${limit} are read`);
      return fs
        .readFileSync(file)
        .toString('utf8')
        .replace(/^\uFEFF/, '');
    } finally {
      fs.closeSync(file);
    }
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

/** Changes when one of the files does: sizes and times. */
export function stampOf(paths: readonly string[]): string {
  const facts = paths.map((path) => fs.statSync(path, { throwIfNoEntry: false }));
  return facts.map((found) => `${found?.size} ${found?.mtimeMs} ${found?.ino}`).join();
}
