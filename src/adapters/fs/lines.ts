/** Reads the lines of a file one after the other, in bounded memory; a line that is too long is passed over. */
import * as fs from 'node:fs';
import { fail } from '../../core/errors.ts';

const CHUNK = 1_048_576;
/** Bytes of a line: a transcript holds pictures. */
const LONGEST = 33_554_432;

/** The lines of a file, without their ends. @throws no-such-file, is-a-directory, read-only */
export function* linesOf(path: string): Generator<string> {
  let file: number;
  try {
    file = fs.openSync(path, 'r');
    if (fs.fstatSync(file).isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw fail('no-such-file', `there is no file '${path}'`, ['name the file to import']);
    if (code === 'EISDIR') throw fail('is-a-directory', `'${path}' is a directory, expected a file`, ['name the file to import']);
    throw fail('read-only', `cannot read '${path}'`, ['check its permissions'], { cause });
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let parts: Buffer[] = [];
    let size = 0;
    const line = (end: Buffer): string | undefined => {
      const text = size + end.length > LONGEST ? undefined : Buffer.concat([...parts, end]).toString('utf8');
      parts = [];
      size = 0;
      return text;
    };
    for (let read = fs.readSync(file, chunk); read > 0; read = fs.readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < read; end = chunk.indexOf(0x0a, from)) {
        const text = line(chunk.subarray(from, end));
        if (text !== undefined && text !== '') yield text;
        from = end + 1;
      }
      size += read - from;
      // of a line that is too long only its length is kept
      if (size <= LONGEST) parts.push(Buffer.from(chunk.subarray(from, read)));
      else parts = [];
    }
    const rest = line(Buffer.alloc(0));
    if (rest !== undefined && rest !== '') yield rest;
  } finally {
    fs.closeSync(file);
  }
}

/** Files below a folder whose names end so, sorted; none where there is no such folder. */
export function filesBelow(folder: string, end: string): string[] {
  try {
    return fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(end))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}
