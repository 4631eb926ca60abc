/**
 * Waits for something new in folders. The system's watch tells within milliseconds, but may be missing (network file
 * systems) or silent, and a folder may come later or be made anew; so they are looked at from time to time as well.
 */
import * as fs from 'node:fs';

export interface FolderWatch {
  /** Resolves when something may have changed, or the time (ms from now) is over. */
  changed(limit: number): Promise<void>;
  /** Ends the waiting. */
  wake(): void;
  close(): void;
}

/** Begins to watch folders. @param safety milliseconds after which it is worth a look even if nothing was told */
export function watchFolders(paths: readonly string[], safety: number): FolderWatch {
  let wake: (() => void) | undefined;
  let pending = false;
  const notice = (): void => {
    pending = true;
    wake?.();
  };
  const watches = paths.map((path) => new Watch(path, notice));
  return {
    changed: (limit) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = undefined;
          pending = false;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, Math.min(limit, safety)));
        wake = done;
        for (const watch of watches) watch.renew();
        if (pending) done();
      }),
    wake: notice,
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
}

/** The system's watch of one folder, while there is one. */
class Watch {
  readonly #path: string;
  readonly #notice: () => void;
  #watcher: fs.FSWatcher | undefined;
  /** The folder that is watched, whatever stands at its path by now. */
  #inode: number | undefined;

  constructor(path: string, notice: () => void) {
    this.#path = path;
    this.#notice = notice;
    this.#begin(fs.statSync(path, { throwIfNoEntry: false })?.ino);
  }

  /** Watches what stands at the path now; if it came, went, or is another folder, that is news. */
  renew(): void {
    const inode = fs.statSync(this.#path, { throwIfNoEntry: false })?.ino;
    if (inode === this.#inode) return;
    this.close();
    this.#begin(inode);
    if (this.#inode === inode) this.#notice();
  }

  #begin(inode: number | undefined): void {
    if (inode === undefined) return;
    try {
      const watcher = fs.watch(this.#path, this.#notice);
      watcher.on('error', () => this.close());
      this.#watcher = watcher;
      this.#inode = inode;
    } catch {
      // looked at from time to time, then
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#inode = undefined;
  }
}
