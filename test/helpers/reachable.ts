/** What a repository's refs and reflogs reach: where something must be gone, no object may hold it. */
import type { TestRepository } from './repository.ts';

/** The objects that refs or reflogs reach and whose content, unpacked, holds a text; each as `<type> <oid>`. */
export function objectsWith(at: TestRepository, text: string): string[] {
  const oids = at.git('rev-list', '--objects', '--no-object-names', '--all', '--reflog');
  const { stdout } = at.run('git', ['cat-file', '--batch'], { input: `${oids}\n` });
  // the text is ASCII, and so are the headers: what else the bytes of trees become does not matter
  const parts = stdout.split(/^([0-9a-f]{40,64}) (blob|tree|commit|tag) [0-9]+$/m).slice(1);
  const found: string[] = [];
  for (let i = 0; i < parts.length; i += 3) if (parts[i + 2]?.includes(text)) found.push(`${parts[i + 1]} ${parts[i]}`);
  return found;
}
