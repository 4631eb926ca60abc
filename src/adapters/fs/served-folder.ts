/** Finds a repository below a folder by a name that came over the network. No name leads out of the folder. */
import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** What a part of a name may be: no dot at its beginning, so neither `..` nor what is hidden. */
const PART = /^(?!\.)[A-Za-z0-9._-]{1,100}$/;

/**
 * The path of the repository `owner/repo`: `<root>/owner/repo.git`, or `<root>/owner/repo`; `undefined` where there is
 * none, where the name is no name, and where a link leads out of the root.
 */
export function findServed(root: string, name: string): string | undefined {
  const parts = name.split('/');
  if (parts.length !== 2 || !parts.every((part) => PART.test(part))) return undefined;
  for (const end of ['.git', '']) {
    const path = join(root, `${name}${end}`);
    try {
      const real = realpathSync(path);
      if (statSync(real).isDirectory() && real.startsWith(`${realpathSync(root)}${sep}`)) return real;
    } catch {
      // not there, or not to be seen
    }
  }
  return undefined;
}
