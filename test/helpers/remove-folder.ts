/** Removes folders that somebody may still be writing to. */
import { rmSync } from 'node:fs';

/** How often what came meanwhile is removed, too. */
const TRIES = 10;

/**
 * Removes a folder and all in it. What a test has set off and need not wait for may put a file there meanwhile; for that node
 * itself tries only the empty folder again.
 */
export function removeFolder(path: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      return;
    } catch (cause) {
      // node puts the errno's name there
      if ((cause as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || attempt === TRIES) throw cause;
    }
  }
}
