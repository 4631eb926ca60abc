/** Work in the background: starting a process that outlives us, and being one. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

/** Starts a program, in a session of its own and with nothing of ours open, and forgets it. Never throws: whoever is started so is a help, not a need. */
export function startDetached(argv: readonly string[], cwd: string, env: Readonly<Record<string, string | undefined>>): void {
  const [program, ...args] = argv;
  if (program === undefined) return;
  try {
    const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: 'ignore' });
    child.on('error', () => {});
    child.unref();
  } catch {
    // no more processes to be had
  }
}

/** Asks a process to end; one that has ended since is none to ask. @throws Error where it is another person's */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}

/** Becomes a process that stands in nobody's way: behind all others, and in a folder that nobody wants to remove. */
export function stayBehind(folder: string): void {
  process.chdir(folder);
  process.on('SIGHUP', () => {}); // the terminal that started us may close
  try {
    setPriority(10);
  } catch {
    // as it is, then
  }
}
