/**
 * The ports: what the stages need from the outside, said as capabilities. `src/adapters/` implements them and
 * `src/cli/context.ts` wires them; a stage never opens a file, starts a process or reads the clock by itself.
 */
import type { Sha256 } from './line.ts';

/** An object's name in git: 40 (sha-1) or 64 (sha-256) hex digits. */
export type Oid = string;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Random {
  /** Hex digits of so many random bytes. */
  hex(bytes: number): string;
  uuid(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}

/** Hashes that do not come from git. */
export interface Hashes {
  readonly sha256: Sha256;
}

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

/** Objects gathered to be written together; their names are known at once, their bytes are safe after `write`. */
export interface ObjectBatch {
  add(type: ObjectType, data: Buffer): Oid;
  /** Writes all of them durably: after it resolves they survive a power cut. @throws disk-full, read-only, git-failed */
  write(): Promise<void>;
}

export interface GitObjects {
  /** The object's name without writing it. */
  nameOf(type: ObjectType, data: Buffer): Oid;
  /** Reads an object; `undefined` where there is none, or none that git can tell. @throws unreadable-segment when its bytes are broken */
  read(oid: Oid): Promise<GitObject | undefined>;
  batch(): ObjectBatch;
  /** Whether `ancestor` is `descendant` or one of its ancestors. */
  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean>;
}

export interface Ref {
  readonly name: string;
  readonly oid: Oid;
}

/** A change of one ref; `before` is the value it must still have, `undefined` for none. No `after` deletes it. */
export interface RefChange {
  readonly name: string;
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
}

export interface GitRefs {
  /** What a ref names now, whether or not that object is here; `undefined` where there is no such ref. @throws bad-ref */
  get(name: string): Promise<Oid | undefined>;
  /** All refs below the prefixes (each ends with `/`) or with exactly that name. */
  list(prefixes: readonly string[]): Promise<Ref[]>;
  /**
   * Makes all changes or none; `stale` when a ref no longer had its value before, `done` also when all have their value
   * after already. Durable. @throws locked, git-failed
   */
  update(changes: readonly RefChange[]): Promise<'done' | 'stale'>;
  /** Empties the reflogs of refs, where somebody's configuration has made git keep one: what they name is kept for months. */
  forgetLogs(names: readonly string[]): Promise<void>;
  /** Removes the lock file of a ref if it has lain untouched so long and no living process may hold it; waits for that. */
  clearStaleLock(name: string, quietMs: number): Promise<void>;
}

export interface GitConfig {
  get(key: string): string | undefined;
  getAll(key: string): readonly string[];
  /** Reads a boolean as git does. */
  flag(key: string): boolean | undefined;
  /** Every `[key, value]` whose key begins so; keys are lower case but for the subsection. */
  entries(prefix: string): readonly (readonly [string, string])[];
  /** Sets a value in the repository's own configuration, all former values of the key replaced. */
  set(key: string, value: string): Promise<void>;
  add(key: string, value: string): Promise<void>;
  unset(key: string): Promise<void>;
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** What a flush wants to know of a user's commit. */
export interface CommitFacts {
  readonly oid: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly additions: number | null; readonly deletions: number | null }[];
}

export interface PushUpdate {
  readonly ref: string;
  /** `undefined` deletes the ref on the remote. */
  readonly oid: Oid | undefined;
  /** With it the update is a lease: the remote ref must have exactly this value. */
  readonly lease?: Oid;
}

export interface PushOutcome {
  readonly ref: string;
  /** `rejected`: the ref is as it was; whether somebody was faster shows after a fetch, no wording tells it reliably. */
  readonly kind: 'ok' | 'up-to-date' | 'rejected';
  /** What git printed for it. */
  readonly reason: string;
}

export interface GitRemote {
  /** What the remote's refs of these names are now; `*` in a name stands for anything. @throws remote-failed, no-remote */
  list(remote: string, names: readonly string[]): Promise<Ref[]>;
  /**
   * Fetches by name, without hooks, prompts or tags. Time limits are the adapter's.
   *
   * @throws remote-failed, no-remote; unreadable-segment when the remote answered, but what it sent was refused
   */
  fetch(remote: string, refspecs: readonly string[]): Promise<void>;
  /** @throws remote-failed when the remote cannot be reached at all */
  push(remote: string, updates: readonly PushUpdate[]): Promise<PushOutcome[]>;
}

/** One repository, whichever of its work trees we stand in. */
export interface Repository {
  /** Absolute path of this work tree's git directory. */
  readonly gitDir: string;
  /** Absolute path of the git directory that all work trees share. */
  readonly commonDir: string;
  /** Absolute path of the work tree; `undefined` in a bare repository. */
  readonly workTree: string | undefined;
  /** Directory below the work tree we stand in, with a final slash, or empty. */
  readonly prefix: string;
  readonly objectFormat: 'sha1' | 'sha256';
  readonly objects: GitObjects;
  readonly refs: GitRefs;
  readonly config: GitConfig;
  readonly remote: GitRemote;
  /** Who commits; from the environment, the configuration, or, failing both, the account. */
  identity(): Promise<Identity>;
  /** The branch that is checked out or being rebased, and HEAD's commit; either may be missing. */
  head(): Promise<{ branch: string | undefined; oid: Oid | undefined }>;
  /** The names that a branch had before `git branch -m`, as far as its reflog tells. */
  formerNames(branch: string): Promise<string[]>;
  /** What `git version` prints, e.g. `git version 2.54.0`. */
  version(): Promise<string>;
  /** Facts of commits; those whose object is gone are left out. */
  commitFacts(oids: readonly Oid[]): Promise<Map<Oid, CommitFacts>>;
  /** All work trees of the repository that are there, with their branches; a detached HEAD has none. */
  workTrees(): Promise<{ path: string; branch: string | null }[]>;
  /** Snapshots of this work tree, kept in a folder of their own (absolute path); `undefined` in a bare repository. */
  snapshots(folder: string): Snapshots | undefined;
  /** Ends helper processes. */
  close(): Promise<void>;
}

/** A held lock; `release` is safe to call twice. */
export interface Lock {
  release(): void;
}

/** The folder `trace/` in the common git directory: everything that is ours and not yet, or never, in git. Names are relative to it. */
export interface TraceFiles {
  /** Absolute path of the folder, for messages and children. */
  readonly path: string;
  exists(name: string): boolean;
  /** At most `limit` bytes from `offset` on, `undefined` where there is no such file. */
  read(name: string, offset?: number, limit?: number): Buffer | undefined;
  /** Size in bytes and time of the last write (ms since 1970). */
  stat(name: string): { size: number; modified: number } | undefined;
  /** Names in a folder, sorted; empty where there is none. */
  list(folder: string): string[];
  /** Appends with one `write(2)`; the file is made (0600) if need be. @throws disk-full, read-only */
  append(name: string, bytes: Buffer | string, options?: { durable?: boolean }): void;
  /** Writes a whole file so that after a crash the old or the new one stands there. @throws disk-full, read-only */
  replace(name: string, bytes: Buffer | string, options?: { durable?: boolean; executable?: boolean }): void;
  remove(name: string): void;
  /**
   * Takes a lock, waiting at most so long; a lock whose holder is dead is taken over. `undefined` if it is still held.
   * @throws disk-full, read-only
   */
  lock(name: string, waitMs: number): Promise<Lock | undefined>;
  /** The process of this machine that holds a lock and lives; `undefined` where nobody here does. */
  holder(name: string): number | undefined;
  /** Whether a process of this machine lives. */
  alive(pid: number): boolean;
}

/** A command to be run as if it had been typed. */
export interface RunRequest {
  /** The command's name and its arguments, at least one. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a command ended; `signal` is a name such as `SIGTERM`. */
export type RunExit = { readonly code: number } | { readonly signal: string };

/** Is given copies of what a command prints, in order, while it goes where it would have gone. */
export interface RunSink {
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

export interface RunOutcome {
  readonly exit: RunExit;
  /** From the start of the command to its end, in milliseconds of a clock that never jumps. */
  readonly durationMs: number;
  /** `pty`: all three were one terminal; `pipe`: some output was copied; `inherit`: nothing was, we stood aside. */
  readonly terminal: 'pty' | 'pipe' | 'inherit';
  /** Which streams the sink was given. Where both go to one place all of it counts as `stdout`. */
  readonly sampled: { readonly stdout: boolean; readonly stderr: boolean };
  /** What to tell the person where the command could not be run, or its output not be handed on. */
  readonly failure?: string;
}

export interface CommandRunner {
  /**
   * Runs a command and waits for it. Resolves also where it cannot be run (codes 126 and 127, as a shell). From here on
   * SIGINT, SIGTERM and the like do not end this process any more: record the outcome, then leave as the command did.
   */
  run(request: RunRequest, sink: RunSink): Promise<RunOutcome>;
}

/** What test reports are found among: the files of a work tree. Paths are relative to its top; links are not followed. */
export interface ReportFiles {
  /** What stands in a folder, sorted; nothing where it cannot be read. */
  list(folder: string): readonly { readonly name: string; readonly kind: 'file' | 'folder' | 'other' }[];
  /** Size in bytes and time of the last write (ms since 1970) of a file. */
  stat(path: string): { readonly size: number; readonly modified: number } | undefined;
  /** At most `limit` bytes of a file; `undefined` where it cannot be read. */
  read(path: string, limit: number): Buffer | undefined;
}

/** What stands at a path; a symbolic link is not followed. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
}

/** Files outside `trace/` that installing hooks touches. Paths are absolute. */
export interface HookFiles {
  stat(path: string): FileFacts | undefined;
  /** The bytes of a file, or of what a link leads to; `undefined` where there is none. */
  read(path: string): Buffer | undefined;
  /** The path without symbolic links, as far as it exists. */
  real(path: string): string;
  /** Writes a whole file so that at any time the old or the new one stands there. @throws disk-full, read-only */
  write(path: string, bytes: Buffer | string, mode: number): void;
  /** Moves a file as it is, also over another. @throws disk-full, read-only */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes a folder and those around it. @throws disk-full, read-only */
  makeFolder(path: string, mode: number): void;
  /** Removes a folder if it is empty. */
  removeFolder(path: string): void;
}

/** How one path differs between two trees. */
export interface PathChange {
  readonly path: string;
  /** Where its content was before, if it was renamed. */
  readonly oldPath?: string;
  readonly status: 'added' | 'deleted' | 'modified' | 'renamed';
  /** What stands there after and before; `undefined` for nothing. */
  readonly oid: Oid | undefined;
  readonly oldOid: Oid | undefined;
  /** File modes of git, e.g. `100644`. */
  readonly mode: string | undefined;
  readonly oldMode: string | undefined;
  /** Lines; `undefined` for a binary file. */
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
}

/** Something that changed HEAD, as its reflog tells. */
export interface HeadMove {
  readonly from: Oid;
  readonly to: Oid;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The reflog's message, e.g. `commit: fix` or `checkout: moving from a to b`. */
  readonly message: string;
}

/** Where a work tree stands, as far as git's own doings are concerned. */
export interface TreePosition {
  readonly branch: string | undefined;
  readonly head: Oid | undefined;
  readonly stash: Oid | undefined;
  /** Bytes of HEAD's reflog. */
  readonly reflog: number;
  /** When a linked work tree was made: another one may get its name. */
  readonly made?: number;
  /** Changes with what of the tree is checked out. */
  readonly sparse?: string;
}

/** A snapshot of a work tree that was just taken. */
export interface TakenSnapshot {
  readonly tree: Oid;
  /** Paths whose content was not stored as it is: it holds secrets, or is too large. */
  readonly altered: ReadonlySet<string>;
  /** Those among them that are too large, with their size in bytes. */
  readonly large: ReadonlyMap<string, number>;
  /** Objects in the store, about. */
  readonly objects: number;
}

export interface SnapshotOptions {
  /** Begin with an empty store; the old one stays readable until {@link Snapshots.forget}. */
  readonly store: number;
  /** Whether a path is to be left out. */
  readonly excluded: (path: string) => boolean;
  /** Bytes above which a file's content is not looked at. */
  readonly limit: number;
  /** What of a file may be stored: `undefined` for all of it as it is. */
  readonly clean: (bytes: Buffer) => Buffer | undefined;
  /** The tree that our index holds, if that is known: where nothing has changed it need not be asked for. */
  readonly last: Oid | undefined;
  /** HEAD has moved: begin with the person's index, which knows by size and time what git has just written. */
  readonly moved: boolean;
}

export interface ComparableOptions extends Pick<SnapshotOptions, 'limit' | 'clean'> {
  /** Content that git itself has put there since the older tree, by path. */
  readonly brought: ReadonlyMap<string, Oid | undefined>;
}

/**
 * Snapshots of one work tree, through an index and an object store of their own: neither the person's index nor the
 * repository's objects are ever written.
 */
export interface Snapshots {
  position(): Promise<TreePosition>;
  /** HEAD's moves since the reflog had so many bytes; `undefined` where no one can tell. */
  movesSince(reflog: number): readonly HeadMove[] | undefined;
  /** Stores what the work tree holds now. @throws git-failed, disk-full, read-only */
  take(options: SnapshotOptions): Promise<TakenSnapshot>;
  /**
   * The difference of two trees or commits, `undefined` for the empty one; with renames and lines unless told otherwise.
   * @throws git-failed
   */
  changes(from: Oid | undefined, to: Oid, options?: { renames: boolean }): Promise<PathChange[]>;
  /**
   * Two trees that tell these changes and no more: with the content that a snapshot would have stored, and on the old
   * side with what git itself has brought since. @throws git-failed
   */
  comparable(from: Oid | undefined, to: Oid, changes: readonly PathChange[], options: ComparableOptions): Promise<{ from: Oid; to: Oid }>;
  /**
   * The part of each path in what `git diff` would write; `exact`: of binary files too, each character standing for a byte.
   * @throws git-failed
   */
  patches(from: Oid | undefined, to: Oid, changes: readonly PathChange[], options?: { exact: boolean }): Promise<Map<string, string>>;
  /** When a file of the work tree was written last, in milliseconds since 1970; `undefined` where there is none. */
  modified(path: string): number | undefined;
  /** The tree of a commit's n-th parent, if there is one. */
  parent(commit: Oid, n: number): Promise<Oid | undefined>;
  /** Removes every store but this one. */
  forget(keep: number): void;
}
