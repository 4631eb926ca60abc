/** Removing what tests have made, while a program that outlives its test may still write there. */
import { rmSync } from 'node:fs';

/** Milliseconds for such a program to end. */
const PATIENCE = 10_000;

/**
 * Removes a folder with all that is in it. Node lists each folder once, and cannot remove it when something has come since:
 * then all is removed again.
 */
export function removeFolder(path: string): void {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 1 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || performance.now() > deadline) throw error;
    }
  }
}
