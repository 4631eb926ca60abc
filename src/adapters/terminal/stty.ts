/**
 * The modes of the terminal we were started in, through `stty`: node's raw mode leaves output processing on, and what
 * comes out of a pty has been through it already (`\r\n` would become `\r\r\n`). Whoever takes the terminal gives it back
 * on every way out.
 */
import { spawn, spawnSync } from 'node:child_process';

export interface TakenTerminal {
  /** The modes before, in the form that `stty` reads. */
  readonly modes: string;
  /** Makes it raw again, after somebody else has had it (a stop and `fg`). */
  retake(): void;
  /** Restores the modes; safe to call twice. */
  giveBack(): void;
}

const RAW = 'stty raw -echo';

/** Notes the terminal's modes and makes it raw, without echo; `undefined` where `stty` cannot. */
export async function takeTerminal(): Promise<TakenTerminal | undefined> {
  // one shell for both: starting a process costs node more than the shell
  const { status, stdout } = await run(['/bin/sh', '-c', `stty -g && ${RAW}`]);
  const modes = stdout.trim();
  if (!/^[\w:=]+$/.test(modes)) return undefined;
  let taken = true;
  const giveBack = (): void => {
    if (!taken) return;
    taken = false;
    process.off('exit', giveBack);
    spawnSync('stty', [modes], { stdio: [0, 'ignore', 'ignore'] });
  };
  // also when something throws: 'exit' is emitted then, too
  process.on('exit', giveBack);
  if (status !== 0) {
    giveBack();
    return undefined;
  }
  const retake = (): void => {
    if (taken) void run(['/bin/sh', '-c', RAW]);
  };
  return { modes, retake, giveBack };
}

/** Runs a program on our terminal. */
function run([file = '', ...args]: readonly string[]): Promise<{ status: number | null; stdout: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: [0, 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.on('error', () => resolve({ status: null, stdout }));
    child.on('close', (status) => resolve({ status, stdout }));
  });
}
