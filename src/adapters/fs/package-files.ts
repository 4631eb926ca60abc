/** Files that are shipped with the program: the hook script, and the program itself as hooks start it. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../../core/errors.ts';

/** Absolute path of a file of this package, wherever the bundle lies in it. @throws internal */
export function packagePath(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (fs.existsSync(join(folder, 'package.json')) && fs.existsSync(path)) return path;
    if (folder === dirname(folder)) throw fail('internal', `'${name}' is missing from the installed package`, ['install git-trace again']);
  }
}

/** The bytes of a file of this package. @throws internal */
export function packageFile(name: string): Buffer {
  return fs.readFileSync(packagePath(name));
}
