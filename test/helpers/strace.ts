/** Looks at system calls through strace, in their order, with the paths that file descriptors stand for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hasProgram } from './repository.ts';

/** Why strace is of no use here; `undefined` if it is. */
export const NO_STRACE =
  process.platform !== 'linux' || !hasProgram('strace')
    ? 'strace is not installed'
    : spawnSync('strace', ['-f', '-e', 'trace=none', '-o', '/dev/null', 'true']).status === 0
      ? undefined
      : 'strace may not attach to processes here';

/** A system call that succeeded. */
export interface Call {
  readonly name: string;
  /** All paths among its arguments: those that are strings, and those that descriptors stand for. */
  readonly paths: readonly string[];
}

/** The calls in a log of `strace -f -y -o`, in the order in which they came back. */
export function readCalls(log: string): Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, string>();
  for (const row of readFileSync(log, 'utf8').split('\n')) {
    const [, pid = '', rest = ''] = /^([0-9]+) +(.*)$/.exec(row) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(pid, rest.replace(/ *<unfinished \.\.\.>$/, ''));
      continue;
    }
    const resumed = /^<\.\.\. [a-z0-9_]+ resumed>(.*)$/.exec(rest)?.[1];
    const text = resumed === undefined ? rest : (begun.get(pid) ?? '') + resumed;
    const [, name, args = ''] = /^([a-z0-9_]+)\((.*)\) += (?!-1)[0-9]+/.exec(text) ?? [];
    if (name === undefined) continue;
    calls.push({ name, paths: [...args.matchAll(/"([^"]*)"|[0-9]+<([^>]*)>/g)].map(([, text_, of]) => text_ ?? of ?? '') });
  }
  return calls;
}
