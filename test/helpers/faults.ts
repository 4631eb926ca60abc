/**
 * Makes one system call of one process fail, of a command and every git it starts. A clean run under strace lists the
 * calls that change files; then each of these points can be struck by itself: with an error, or by killing the process.
 *
 * strace counts calls in each process anew, so that one rule for all of them would strike many times. Hence a `git` of
 * our own on the PATH (and in git's exec path), which starts the real one, numbered, and under strace if it is its turn.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BIN, type Outcome, type TestRepository } from './repository.ts';

/** Calls that change what is on a disk. */
const CALLS = [
  ...['open', 'openat', 'creat', 'write', 'pwrite64', 'writev', 'fsync', 'fdatasync', 'ftruncate', 'link', 'linkat'],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir'],
] as const;

/** How a call fails: with this error, or with its process. */
export const FAULTS = ['EIO', 'ENOSPC', 'SIGKILL'] as const;
export type Fault = (typeof FAULTS)[number];

/** One call of one process. */
export interface Point {
  /** `node`, or a git command with its number, as `update-ref.1`. */
  readonly process: string;
  readonly call: string;
  /** Which of the process's calls of that name, from 1. */
  readonly nth: number;
  /** The path, for people. */
  readonly path: string;
}

/** A command in a repository, with the repositories that it may change. */
export interface Doing {
  readonly at: TestRepository;
  readonly args: readonly string[];
  readonly input?: string;
  readonly all: readonly TestRepository[];
}

export interface Struck {
  readonly outcome: Outcome;
  /** Whether a call that changes a file was struck: what a process writes into pipes in between is not the same each time. */
  readonly hit: boolean;
}

/** Milliseconds for a command in which something fails. */
const LIMIT_MS = 40_000;

const WRAPPER = `#!/bin/sh
# number this git among those of its name; trace it if wanted
case \${0##*/} in
git-*) set -- "\${0##*/git-}" "$@" ;;
esac
name=
skip=
for word; do
	if [ -n "$skip" ]; then skip=; continue; fi
	case $word in
	-c | -C) skip=1 ;;
	-*) ;;
	*) name=$word; break ;;
	esac
done
n=1
until mkdir "$FAULT_FOLDER/$name.$n" 2>/dev/null; do n=$((n + 1)); done
if [ "$FAULT_TARGET" = all ]; then
	exec strace -y -s 200 -o "$FAULT_FOLDER/$name.$n/log" -e "trace=$FAULT_CALLS" "$FAULT_GIT" "$@"
fi
if [ "$FAULT_TARGET" = "$name.$n" ]; then
	exec strace -y -s 200 -o "$FAULT_FOLDER/$name.$n/log" -e "trace=$FAULT_CALLS" -e "inject=$FAULT_INJECT" "$FAULT_GIT" "$@"
fi
exec "$FAULT_GIT" "$@"
`;

/**
 * Our process writes to files by `writev`, as it does with two buffers: node's own pipes are written to by `write` at moments of
 * their own, so that its calls cannot be counted, and a fault there hits nothing of ours.
 */
const TELLING_WRITES = `import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
fs.default.writeSync = (file, data, at = 0) => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data.subarray(at);
  return fs.writevSync(file, [bytes.subarray(0, 1), bytes.subarray(1)]);
};
syncBuiltinESMExports();
`;

/** Lists the points of a command, by running it once without a fault. Throws if it fails. */
export function listPoints(doing: Doing): Point[] {
  const folder = start();
  const outcome = runTraced(doing, folder, { target: 'all', calls: optional(CALLS) });
  if (outcome.status !== 0) throw new Error(`'${doing.args.join(' ')}' ended with ${outcome.status}: ${outcome.stderr}`);
  const roots = doing.all.map(({ path }) => path);
  const points = readdirSync(folder)
    .filter((name) => name !== 'bin')
    .flatMap((process) => pointsOf(process, readFileSync(join(folder, process, 'log'), 'utf8'), roots));
  rmSync(folder, { recursive: true });
  const uncounted = points.find(({ process, call }) => process === 'node' && call === 'write');
  if (uncounted !== undefined) throw new Error(`'${uncounted.path}' is written in a way whose calls cannot be counted`);
  return points;
}

/** Runs a command in which one point fails. */
export function strike(doing: Doing, { process, call, nth }: Point, fault: Fault): Struck {
  const folder = start();
  const how = fault === 'SIGKILL' ? 'signal=SIGKILL' : `error=${fault}`;
  const outcome = runTraced(doing, folder, { target: process, calls: call, inject: `${call}:${how}:when=${nth}` });
  const log = existsSync(join(folder, process, 'log')) ? readFileSync(join(folder, process, 'log'), 'utf8') : '';
  rmSync(folder, { recursive: true });
  const rows = log.split('\n').filter((row) => row.startsWith(`${call}(`));
  const struck =
    fault === 'SIGKILL'
      ? log.includes('+++ killed by SIGKILL +++')
        ? rows.at(-1)
        : undefined
      : rows.find((row) => row.endsWith('(INJECTED)'));
  const roots = doing.all.map(({ path }) => path);
  return { outcome, hit: struck !== undefined && changedPath(struck, roots) !== undefined };
}

/** Keeps repositories as they are; the answer makes them so again. */
export function keep(all: readonly TestRepository[]): () => void {
  const kept = all.map((at, i) => ({ now: at.path, saved: join(at.path, `../kept-${i}`) }));
  for (const { now, saved } of kept) cpSync(now, saved, { recursive: true, preserveTimestamps: true });
  return () => {
    for (const { now, saved } of kept) {
      rmSync(now, { recursive: true, force: true });
      cpSync(saved, now, { recursive: true, preserveTimestamps: true });
    }
  };
}

/** Where a run keeps its wrapper and its logs; below the test file's folder, outside of every repository. */
function start(): string {
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'faults-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['git', 'git-receive-pack', 'git-upload-pack']) {
    writeFileSync(join(bin, name), WRAPPER);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(bin, 'telling-writes.mjs'), TELLING_WRITES);
  return folder;
}

interface Traced {
  readonly target: string;
  readonly calls: string;
  readonly inject?: string;
}

function runTraced({ at, args, input = '' }: Doing, folder: string, { target, calls, inject }: Traced): Outcome {
  const bin = join(folder, 'bin');
  const env = {
    FAULT_FOLDER: folder,
    FAULT_GIT: realGit(),
    FAULT_TARGET: target,
    FAULT_CALLS: calls,
    FAULT_INJECT: inject,
    GIT_EXEC_PATH: bin,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  };
  const command = [process.execPath, `--import=${join(bin, 'telling-writes.mjs')}`, BIN, ...args];
  if (target === 'all' || target === 'node') {
    mkdirSync(join(folder, 'node'));
    const rule = inject === undefined ? [] : ['-e', `inject=${inject}`];
    command.unshift('strace', '-y', '-s', '200', '-o', join(folder, 'node/log'), '-e', `trace=${calls}`, ...rule);
  }
  const [program = '', ...rest] = command;
  try {
    return at.run(program, rest, { env, input, timeout: LIMIT_MS });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { stdout: '', stderr: `it took longer than ${LIMIT_MS} ms: ${message}`, status: null, signal: 'SIGKILL' };
  }
}

function realGit(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  return join(folders.find((folder) => existsSync(join(folder, 'git'))) ?? '/usr/bin', 'git');
}

/** Not every processor has every call; strace passes over unknown ones with a question mark. */
function optional(calls: readonly string[]): string {
  return calls.map((call) => `?${call}`).join(',');
}

/** The calls in a log that change a file below one of the roots. */
function pointsOf(process: string, log: string, roots: readonly string[]): Point[] {
  const counts = new Map<string, number>();
  const points: Point[] = [];
  for (const row of log.split('\n')) {
    const call = /^([a-z0-9_]+)\(/.exec(row)?.[1];
    if (call === undefined) continue;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const path = changedPath(row, roots);
    if (path !== undefined) points.push({ process, call, nth, path });
  }
  return points;
}

/** The file that a row of a log changes, if that is one below the roots: by its descriptor, or by its name, which may be relative. */
function changedPath(row: string, roots: readonly string[]): string | undefined {
  const [, call = '', args = ''] = /^([a-z0-9_]+)\((.*)$/.exec(row) ?? [];
  if (call.startsWith('open') && !/O_WRONLY|O_RDWR|O_CREAT/.test(args)) return undefined;
  const descriptor = /^[0-9]+<([^>]*)>/.exec(args)?.[1];
  const path = descriptor ?? /"([^"]*)"/.exec(args)?.[1];
  if (path === undefined) return undefined;
  const root = roots.find((one) => path.startsWith(`${one}/`));
  if (root !== undefined) return path.slice(root.length + 1);
  return descriptor === undefined && !path.startsWith('/') ? path : undefined;
}
