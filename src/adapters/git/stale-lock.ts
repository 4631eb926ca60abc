/**
 * Lock files that a killed git left behind. Git closes a lock long before it lets go of it, so an open file descriptor
 * tells too little: a lock counts as left only if it is quiet and no git that may write works in the repository.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds after which a lock that nobody holds is cleared. */
export const LOCK_QUIET_MS = 2_000;

/** Where the system does not tell which processes live, a lock must have been quiet for so long. */
const BLIND_QUIET_MS = 60_000;
/** Git commands that take no lock on refs; an editor or a pager keeps them running for hours. */
const READERS = new Set(['cat-file', 'log', 'show', 'diff', 'blame', 'fsmonitor--daemon', 'credential-cache--daemon']);

/** Removes a lock file that nobody holds any more; waits until it has been quiet for so long, at most that time. */
export async function clearStaleLock(path: string, quietMs: number, commonDir: string): Promise<void> {
  const before = fs.statSync(path, { throwIfNoEntry: false });
  if (before === undefined) return;
  const quiet = fs.existsSync('/proc/self/fd') ? quietMs : Math.max(quietMs, BLIND_QUIET_MS);
  const began = performance.now();
  // a timer knows whole milliseconds, a file's time parts of them: one more, or it would be looked at too early
  await wait(Math.max(0, Math.ceil(Math.min(quietMs, quiet - (Date.now() - before.mtimeMs)))) + 1);
  const after = fs.statSync(path, { throwIfNoEntry: false });
  const same = after !== undefined && after.ino === before.ino && after.mtimeMs === before.mtimeMs;
  if (!same) return;
  // where the clock was set back, the file is of the future; what was waited counts all the same
  const quietFor = Math.max(Date.now() - after.mtimeMs, Math.ceil(performance.now() - began));
  if (quietFor >= quiet && !writerAtWork(path, commonDir)) fs.rmSync(path, { force: true });
}

/** Whether a process has the file open, or a git that is no mere reader stands in one of the repository's folders. */
function writerAtWork(path: string, commonDir: string): boolean {
  const folders = foldersOf(commonDir);
  const inside = (cwd: string): boolean => folders.some((folder) => cwd === folder || cwd.startsWith(`${folder}/`));
  return processes().some((pid) => {
    try {
      const [program = '', command = ''] = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (/^git(?:-|$)/.test(basename(program)) && !READERS.has(command) && inside(fs.readlinkSync(`/proc/${pid}/cwd`))) return true;
      return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
    } catch {
      return false; // another user's process, or gone since
    }
  });
}

function processes(): string[] {
  try {
    return fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  } catch {
    return [];
  }
}

/** The git directory and the work trees that share it. */
function foldersOf(commonDir: string): string[] {
  const folders = [commonDir];
  if (basename(commonDir) === '.git') folders.push(dirname(commonDir));
  const worktrees = join(commonDir, 'worktrees');
  for (const name of fs.existsSync(worktrees) ? fs.readdirSync(worktrees) : []) {
    try {
      folders.push(dirname(fs.readFileSync(join(worktrees, name, 'gitdir'), 'utf8').trim()));
    } catch {
      // a work tree that is half removed
    }
  }
  return folders;
}
