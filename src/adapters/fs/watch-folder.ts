/**
 * Waits for something new in a folder. The system's watch tells within milliseconds, but may be missing (network file
 * systems) or silent; so the folder is looked at from time to time as well.
 */
import * as fs from 'node:fs';

/** Milliseconds between two looks where the system's watch is not to be trusted alone. */
const SAFETY = 1_000;

export interface FolderWatch {
  /** Resolves when something may have changed, or the time (ms from now) is over. */
  changed(limit: number): Promise<void>;
  /** Ends the waiting. */
  wake(): void;
  close(): void;
}

/** Begins to watch a folder. */
export function watchFolder(path: string): FolderWatch {
  let wake: (() => void) | undefined;
  let pending = false;
  const notice = (): void => {
    pending = true;
    wake?.();
  };
  let watcher: fs.FSWatcher | undefined;
  try {
    watcher = fs.watch(path, notice);
    watcher.on('error', () => {
      watcher?.close();
      watcher = undefined;
    });
  } catch {
    // looked at every second, then
  }
  return {
    changed: (limit) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          pending = false;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, Math.min(limit, SAFETY)));
        wake = done;
        if (pending) done();
      }),
    wake: notice,
    close: () => watcher?.close(),
  };
}
