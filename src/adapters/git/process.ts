/**
 * Starts the git binary: the only place that does. Children never see the caller's GIT_DIR, index or quarantine, never
 * prompt, never take optional locks, and speak plain English so that their answers can be told apart.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fail, type TraceError } from '../../core/errors.ts';

/** Variables that name the caller's repository (`git rev-parse --local-env-vars`), less those that carry `git -c`. */
const LOCAL = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

export interface GitResult {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  /** Milliseconds after which the child is ended and the call fails. */
  readonly timeout?: number;
  /** Away from the terminal, in a session of its own: nothing it starts can ask there, and ^C does not reach it. */
  readonly apart?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of every git child, made once from the caller's. */
export function childEnvironment(from: Environment, gitDir: string | undefined): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    const ours = gitDir !== undefined && LOCAL.includes(name);
    if (value !== undefined && !ours && !name.startsWith('GIT_TRACE')) env[name] = value;
  }
  return {
    ...env,
    ...(gitDir === undefined ? {} : { GIT_DIR: gitDir, GIT_NO_REPLACE_OBJECTS: '1' }),
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_TRACE2: '0',
    GIT_TRACE2_EVENT: '0',
    GIT_TRACE2_PERF: '0',
    GITTRACE_IN_HOOK: '1',
    LC_ALL: 'C',
    LANGUAGE: '',
  };
}

/** Runs git and gives back what it said, whatever its status. @throws git-missing, git-failed (time limit) */
export function runGit(args: readonly string[], env: Record<string, string>, options: GitOptions = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const apart = options.apart === true;
    const child = spawn('git', args, {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: apart,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            end(child, apart, 'SIGTERM');
            // a grandchild (ssh) may hold the pipes open after git is gone
            child.stdout.destroy();
            child.stderr.destroy();
          }, options.timeout);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(spawnFailure(cause, options.cwd));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      if (late) {
        end(child, apart, 'SIGKILL'); // git is gone; what it left behind had its chance
        reject(fail('git-failed', `git ${args[0]} took longer than ${options.timeout} ms`));
      } else resolve({ status: status ?? 128, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString('utf8') });
    });
    child.stdin.on('error', () => {}); // git may end before it has read everything; its status tells
    child.stdin.end(options.input ?? '');
  });
}

/** Ends a child; one that is apart, with everything it started. */
function end(child: ChildProcess, apart: boolean, signal: NodeJS.Signals): void {
  if (!apart || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // all of them are gone
  }
}

/** What a failed start of git means. */
export function spawnFailure(cause: unknown, cwd: string | undefined): TraceError {
  if (cwd !== undefined && !existsSync(cwd))
    return fail('no-such-file', `the directory '${cwd}' is gone`, ['go into one that exists'], { cause });
  return fail('git-missing', `cannot start git${cwd === undefined ? '' : ` in '${cwd}'`}`, ['git 2.31 or newer must be on the PATH'], {
    cause,
  });
}

/** The error for a git command that failed and ought not to. */
export function gitFailure(what: string, result: GitResult): TraceError {
  const said = result.stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !/^(warning|hint): /.test(line))
    .slice(-3)
    .join('; ');
  if (/No space left on device|Disk quota exceeded/.test(said)) return diskFull(what);
  if (/File too large/.test(said)) return tooLarge(what);
  if (/Permission denied|Read-only file system|insufficient permission/.test(said)) return readOnly(what);
  return fail('git-failed', `cannot ${what}: ${said === '' ? `git ended with status ${result.status}` : said}`);
}

export function diskFull(what: string, cause?: unknown): TraceError {
  return fail(
    'disk-full',
    `cannot ${what}: no space left on the device`,
    ['free some space; what was recorded waits in the spool and nothing is lost'],
    { cause },
  );
}

function tooLarge(what: string, cause?: unknown): TraceError {
  return fail(
    'disk-full',
    `cannot ${what}: a file may not become that large here`,
    ["'ulimit -f' tells the limit; what was recorded waits in the spool and nothing is lost"],
    { cause },
  );
}

export function readOnly(what: string, cause?: unknown): TraceError {
  return fail(
    'read-only',
    `cannot ${what}: the git directory may not be written`,
    ['check its owner and permissions; what was recorded is kept and nothing is lost'],
    { cause },
  );
}

/** Turns a failed file operation into ours. */
export function fileFailure(what: string, cause: unknown): TraceError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (code === 'EFBIG') return tooLarge(what, cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(what, cause);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return readOnly(what, cause);
  return fail('internal', `cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, [], { cause });
}
