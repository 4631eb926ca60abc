/** What makes a change of the git directory outlast a power cut; git itself never syncs a folder. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';

/**
 * Settings for git commands that write: everything of ours is synced, whatever the user has configured for theirs.
 * Git before 2.36 knows only the last; its refs are not synced.
 */
export const FSYNC: readonly string[] = [
  '-c',
  'core.fsync=loose-object,pack,pack-metadata,reference',
  '-c',
  'core.fsyncMethod=fsync',
  '-c',
  'core.fsyncObjectFiles=true',
];

/** Syncs folders, so that the names that were made or moved in them stay; those that are gone are left out. @throws what node throws */
export function syncFolders(paths: Iterable<string>): void {
  for (const path of new Set(paths)) {
    let folder: number | undefined;
    try {
      folder = fs.openSync(path, 'r');
      fs.fsyncSync(folder);
    } catch (cause) {
      // git removes folders of refs that are empty; some file systems sync no folders
      if (!(cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'EINVAL'))) throw cause;
    } finally {
      if (folder !== undefined) fs.closeSync(folder);
    }
  }
}

/** The folder of a path and those around it, up to and with `top`. */
export function foldersUpTo(top: string, path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder.startsWith(top); folder = dirname(folder)) {
    folders.push(folder);
    if (folder === top) break;
  }
  return folders;
}
