/** Bundles a driver of test/helpers/ once for a test file, and starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Task } from './journal-driver.ts';
import type { TestRepository } from './repository.ts';

const bundles = new Map<string, Promise<string>>();

/** The path of a driver's bundle, below the test file's folder. */
export function driver(name = 'journal-driver'): Promise<string> {
  const made = bundles.get(name) ?? bundle(name);
  bundles.set(name, made);
  return made;
}

async function bundle(name: string): Promise<string> {
  const outfile = join(process.env['HOME'] ?? '', `${name}.mjs`);
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20.19', logLevel: 'warning' });
  return outfile;
}

export interface Run {
  readonly child: ChildProcess;
  /** How it ended, with what it said on standard output. */
  readonly ended: Promise<{ status: number | null; signal: NodeJS.Signals | null; said: string; errors: string }>;
  /** Waits until it has said so many lines. Throws if it ends before. */
  readonly said: (lines: number) => Promise<void>;
}

/** Starts a task in a repository, in a process group of its own; `through` is a program that starts it, e.g. strace. */
export async function start(at: TestRepository, task: Task, through: readonly string[] = []): Promise<Run> {
  const [program = '', ...args] = [...through, process.execPath, await driver(), JSON.stringify(task)];
  const child = spawn(program, args, { cwd: at.path, env: { ...process.env, ...at.env }, detached: true });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(([[status, signal], said, errors]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    said,
    errors,
  }));
  return { child, ended, said: (lines) => saidLines(child.stdout, lines) };
}

async function saidLines(out: Readable, lines: number): Promise<void> {
  let left = lines;
  for await (const [chunk] of on(out, 'data', { close: ['close'] })) {
    // what a stream without an encoding gives
    left -= (chunk as Buffer).toString('latin1').split('\n').length - 1;
    if (left <= 0) return;
  }
  throw new Error(`the driver ended before it had said ${lines} lines`);
}

/** Stops a process with its group, and waits until all of them stand still. Linux only. */
export async function frozen({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return;
  process.kill(-pid, 'SIGSTOP');
  while (!groupStates(pid).every((state) => 'TtZX'.includes(state))) await nextTurn();
}

/** The states of all processes of a group, as the kernel tells them: R, S, D, T, … */
function groupStates(group: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const text = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state = '', , of] = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return Number(of) === group ? [state] : [];
      } catch {
        return []; // gone meanwhile
      }
    });
}

/** Runs a task to its end and gives back what it said; throws if it fails. */
export async function run<T>(at: TestRepository, task: Task): Promise<T> {
  const { status, signal, said, errors } = await (await start(at, task)).ended;
  if (status !== 0) throw new Error(`the driver ended with ${signal ?? status}: ${errors}`);
  return JSON.parse(said) as T; // what the driver writes
}
