/** Runs a command of our own in a process of its own: what it computes does not hold up this one. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

export interface OwnOutcome {
  /** `null` where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters of each stream that are kept; the beginning tells. */
const KEPT = 1_048_576;

/**
 * Runs a program and waits for it, however it ends. Standard input is empty.
 *
 * @param nice how far it stands back behind others, from 0 to 19
 * @throws Error where it cannot be started
 */
export function runOwn(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  nice = 0,
): Promise<OwnOutcome> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    if (nice > 0 && child.pid !== undefined) standBack(child.pid, nice);
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (said[stream].length < KEPT) said[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
  });
}

function standBack(pid: number, nice: number): void {
  try {
    setPriority(pid, nice);
  } catch {
    // it has ended already, or may not: then it runs as any other
  }
}
