/**
 * Terminal sessions in Markdown pages, run as they are written: the `console` blocks of a page are one session of one
 * shell, in a hermetic empty folder with `git trace` on the PATH. A line that begins with `$ ` is a command, `> ` goes
 * on with it, everything else is what must be printed; `…` stands for any text in a line, alone in a line for any lines.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FencedBlock } from './fenced.ts';
import { BIN } from './repository.ts';

export interface Step {
  /** As it is given to the shell; may have several lines. */
  readonly command: string;
  /** Lines that are shown below it. */
  readonly shown: readonly string[];
  /** The block says that its commands fail. */
  readonly fails: boolean;
  /** Line in the page. */
  readonly at: number;
}

export interface Ran extends Step {
  /** Lines that were printed, on stdout and stderr. */
  readonly printed: readonly string[];
  readonly status: number;
}

/** The commands of a page. A block named `fails` is one whose commands end with another status than 0. */
export function stepsOf(blocks: readonly FencedBlock[]): Step[] {
  return blocks
    .filter(({ language }) => language === 'console')
    .flatMap(({ text, name, at }) => {
      const steps: { command: string; shown: string[]; fails: boolean; at: number }[] = [];
      for (const [i, line] of text.split('\n').entries()) {
        const last = steps.at(-1);
        if (line.startsWith('$ ')) steps.push({ command: line.slice(2), shown: [], fails: name === 'fails', at: at + 1 + i });
        else if (last === undefined) throw new Error(`line ${at + 1 + i}: output before the first command`);
        else if (/^>( |$)/.test(line) && last.shown.length === 0) last.command += `\n${line.slice(2)}`;
        else last.shown.push(line);
      }
      return steps;
    });
}

/** Runs the commands one after the other in one shell; what `cd` and variables do stays. */
export function runSteps(steps: readonly Step[], env: Readonly<Record<string, string>> = {}): Ran[] {
  const base = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'session-'));
  const [bin, work] = [join(base, 'bin'), join(base, 'work')];
  mkdirSync(bin);
  mkdirSync(work);
  symlinkSync(BIN, join(bin, 'git-trace'));
  const mark = '@@step@@';
  const script = steps.map(({ command }) => `${command}\nprintf '%s %s\\n' '${mark}' "$?"`).join('\n');
  const { stdout, error } = spawnSync('sh', ['-c', `exec 2>&1\n${script}\n`], {
    cwd: work,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, GIT_PAGER: 'cat', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 110_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  const outputs = stdout.split(new RegExp(`${mark} ([0-9]+)\n`));
  return steps.map((step, i) => ({
    ...step,
    printed: (outputs[2 * i] ?? '').split('\n').slice(0, -1),
    status: Number(outputs[2 * i + 1] ?? -1),
  }));
}

/** Whether what was printed is what is shown. */
export function isAsShown(printed: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === '…') return isAsShown(printed, rest) || (printed.length > 0 && isAsShown(printed.slice(1), shown));
  const pattern = first
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+');
  return printed[0] !== undefined && new RegExp(`^${pattern}$`, 'u').test(printed[0]) && isAsShown(printed.slice(1), rest);
}
