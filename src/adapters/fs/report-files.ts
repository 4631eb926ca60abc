/**
 * Looks for test reports in a work tree, and keeps the temporary folder that a runner's report goes to. Follows no
 * symbolic link and opens nothing but plain files: a FIFO with a report's name would hang us. Never throws for what it
 * cannot read.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { ReportFiles } from '../../core/ports.ts';

/** The files below a folder; what a link leads to outside of it is not there. */
export function reportFilesIn(top: string): ReportFiles {
  const isWithin = (path: string): boolean => {
    const root = fs.realpathSync(top);
    const real = fs.realpathSync(path);
    return real === root || real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
  };
  return {
    list(folder) {
      try {
        if (!isWithin(join(top, folder))) return [];
        const entries = fs.readdirSync(join(top, folder), { withFileTypes: true });
        const found = entries.map((entry) => {
          const kind: 'file' | 'folder' | 'other' = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
          return { name: entry.name, kind };
        });
        return found.sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch {
        return [];
      }
    },
    stat(path) {
      try {
        const { size, mtimeMs, ...stat } = fs.lstatSync(join(top, path));
        return (stat.mode & fs.constants.S_IFMT) === fs.constants.S_IFREG ? { size, modified: mtimeMs } : undefined;
      } catch {
        return undefined;
      }
    },
    read(path, limit) {
      let fd: number | undefined;
      try {
        // without O_NONBLOCK a FIFO that took the file's place since would be waited for
        fd = fs.openSync(join(top, path), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
        const stat = fs.fstatSync(fd);
        if (!stat.isFile()) return undefined;
        const bytes = Buffer.alloc(Math.min(stat.size, limit));
        return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0));
      } catch {
        return undefined;
      } finally {
        if (fd !== undefined) fs.closeSync(fd);
      }
    },
  };
}

/** A folder of our own outside the work tree. */
export interface TemporaryFolder {
  /** Absolute path. */
  readonly path: string;
  write(name: string, text: string): void;
  /** Removes it with all that is in it. */
  remove(): void;
}

/** Makes a temporary folder that nobody else can read; `undefined` where there can be none. */
export function makeTemporaryFolder(): TemporaryFolder | undefined {
  try {
    const path = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'git-trace-'));
    return {
      path,
      write: (name, text) => fs.writeFileSync(join(path, name), text, { mode: 0o600 }),
      remove: () => fs.rmSync(path, { recursive: true, force: true }),
    };
  } catch {
    return undefined;
  }
}
