/**
 * Real repositories in temporary folders, for every test above unit. They live below the test file's own folder and
 * are removed with it; `using repository = TestRepository.create()` removes one earlier.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeFolder } from './remove-folder.ts';

/** The built command; `npm test` builds it, the inner-loop scripts do not. */
export const BIN = fileURLToPath(new URL('../../bin/git-trace.js', import.meta.url));

/** How a process ended. `status` is null when a signal ended it. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  /** Below the work tree, or absolute. */
  readonly cwd?: string;
  /** On top of the repository's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds until SIGKILL; 30 s unless told. */
  readonly timeout?: number;
}

export interface CreateOptions {
  readonly bare?: boolean;
  readonly sha256?: boolean;
  /** The branch that is checked out before the first commit; `main` unless told. */
  readonly branch?: string;
  /** The folder's name; may hold spaces and such. */
  readonly name?: string;
}

export class TestRepository implements Disposable {
  /** Absolute path of the work tree, or of the bare repository. */
  readonly path: string;
  /** What every process started here gets on top of the hermetic environment; may be changed. */
  readonly env: Record<string, string | undefined> = {};
  readonly #remove: string;
  #commits = 0;

  private constructor(path: string, remove: string) {
    this.path = path;
    this.#remove = remove;
  }

  /** Makes a repository without commits. */
  static create(options: CreateOptions = {}): TestRepository {
    const repository = TestRepository.#at(options.name ?? 'repository');
    repository.#init(options);
    return repository;
  }

  /** The repository that is, or will be made, in a folder of somebody else's. */
  static at(path: string): TestRepository {
    return new TestRepository(path, path);
  }

  static createBare(options: Omit<CreateOptions, 'bare'> = {}): TestRepository {
    return TestRepository.create({ name: 'repository.git', ...options, bare: true });
  }

  /** Makes a repository with a bare remote `origin` that it has pushed its first commit to. */
  static createWithRemote(options: CreateOptions = {}): { repository: TestRepository; remote: TestRepository } {
    const remote = TestRepository.createBare(options.sha256 === undefined ? {} : { sha256: options.sha256 });
    const repository = TestRepository.create(options);
    repository.git('remote', 'add', 'origin', remote.path);
    repository.commitFile('README.md', 'first\n', 'first commit');
    repository.git('push', '-q', '-u', 'origin', 'HEAD');
    return { repository, remote };
  }

  static #at(name: string): TestRepository {
    // the setup file gives each test file a folder, and its home stands in there
    const parent = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'at-'));
    mkdirSync(join(parent, name));
    return new TestRepository(join(parent, name), parent);
  }

  #init({ bare, sha256, branch }: CreateOptions): void {
    const flags = [bare ? '--bare' : '', sha256 ? '--object-format=sha256' : '', branch ? `--initial-branch=${branch}` : ''];
    this.git('init', '-q', ...flags.filter((flag) => flag !== ''));
  }

  /** Clones this repository; with `depth` over the file protocol, since git ignores it for a plain path. */
  clone(options: { depth?: number; bare?: boolean; name?: string; flags?: readonly string[] } = {}): TestRepository {
    const { depth, bare, name = 'clone', flags = [] } = options;
    const made = TestRepository.#at(name);
    const url = depth === undefined ? this.path : `file://${this.path}`;
    made.git('clone', '-q', ...(bare ? ['--bare'] : []), ...(depth === undefined ? [] : [`--depth=${depth}`]), ...flags, url, '.');
    Object.assign(made.env, this.env);
    return made;
  }

  /** Adds a linked worktree on a new branch. */
  worktree(branch: string): TestRepository {
    const made = TestRepository.#at(`worktree-${branch.replaceAll('/', '-')}`);
    this.git('worktree', 'add', '-q', '-b', branch, made.path);
    Object.assign(made.env, this.env);
    return made;
  }

  /** Adds and commits a submodule at `path`; the answer is the repository inside it. */
  submodule(source: TestRepository, path: string): TestRepository {
    this.git('submodule', '--quiet', 'add', source.path, path);
    this.git('commit', '-q', '-m', `add submodule ${path}`);
    return new TestRepository(join(this.path, path), join(this.path, path));
  }

  /** Runs git and answers with its stdout, one final newline cut; throws, with stderr, if it fails. */
  git(...args: string[]): string {
    return this.gitWith({}, ...args);
  }

  gitWith(options: RunOptions, ...args: string[]): string {
    const { status, signal, stdout, stderr } = this.run('git', args, options);
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ended with ${signal ?? status}\n${stderr}${stdout}`);
    return stdout.replace(/\n$/, '');
  }

  /** Runs git whether or not it succeeds. */
  tryGit(...args: string[]): Outcome {
    return this.run('git', args);
  }

  /** Runs the built `git-trace`. */
  trace(...args: string[]): Outcome {
    return this.traceWith({}, ...args);
  }

  traceWith(options: RunOptions, ...args: string[]): Outcome {
    return this.run(process.execPath, [BIN, ...args], options);
  }

  /** Starts the built `git-trace` and does not wait; stdio is piped unless told. */
  startTrace(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const env = { ...process.env, ...this.env, ...options.env };
    return spawn(process.execPath, [BIN, ...args], { cwd: this.path, ...options, env });
  }

  /** Runs any program here, whether or not it succeeds. Throws only if it cannot be started or takes too long. */
  run(program: string, args: readonly string[], options: RunOptions = {}): Outcome {
    const { cwd = '', env, input = '', timeout = 30_000 } = options;
    const result = spawnSync(program, args, {
      cwd: cwd.startsWith('/') ? cwd : join(this.path, cwd),
      env: { ...process.env, ...this.env, ...env },
      input,
      timeout,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    if (result.error !== undefined) throw result.error;
    return { stdout: result.stdout, stderr: result.stderr, status: result.status, signal: result.signal };
  }

  /** Writes, adds and commits a file; the answer is the commit. Dates are a minute apart, from 2026-01-01 on. */
  commitFile(path: string, content: string | Uint8Array, message = `change ${path}`): string {
    this.writeFile(path, content);
    this.git('add', '--', path);
    const date = new Date(Date.UTC(2026, 0, 1) + 60_000 * this.#commits++).toISOString();
    this.gitWith({ env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } }, 'commit', '-q', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  writeFile(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), content);
  }

  appendFile(path: string, content: string | Uint8Array): void {
    appendFileSync(join(this.path, path), content);
  }

  readFile(path: string): string {
    return readFileSync(join(this.path, path), 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(join(this.path, path));
  }

  /** Absolute path of a file in the git directory that all work trees share. */
  inGitDir(path: string): string {
    return join(this.git('rev-parse', '--path-format=absolute', '--git-common-dir'), path);
  }

  /** Puts `git-trace` on the PATH of what is started here, so that `git trace` works, in hooks too. */
  putTraceOnPath(): void {
    const folder = join(dirname(process.env['HOME'] ?? ''), 'bin');
    mkdirSync(folder, { recursive: true });
    if (!existsSync(join(folder, 'git-trace'))) symlinkSync(BIN, join(folder, 'git-trace'));
    this.env['PATH'] = `${folder}:${this.env['PATH'] ?? process.env['PATH'] ?? ''}`;
  }

  [Symbol.dispose](): void {
    removeFolder(this.#remove);
  }
}

/** Whether a program can be found on the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, name)));
}
