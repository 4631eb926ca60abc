/**
 * Snapshots of a work tree (stage 1, edits): a private index finds what changed as `git status` does, a private object
 * store keeps it. The person's index, its lock and the repository's objects are never written, and nothing that holds a
 * secret is stored as it is: the store lies below `.git`.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type {
  ComparableOptions,
  HeadMove,
  Oid,
  PathChange,
  SnapshotOptions,
  Snapshots,
  TakenSnapshot,
  TreePosition,
} from '../../core/ports.ts';
import { CatFile } from './cat-file.ts';
import { comparableTrees, unseen } from './comparable.ts';
import { currentBranch } from './head.ts';
import { GitObjectStore } from './objects.ts';
import { type GitResult, gitFailure, runGit } from './process.ts';
import { parseMoves } from './reflog.ts';
import { type DiffSite, treeChanges, treePatches } from './tree-diff.ts';

/** Paths in one patch call; more would not fit on a command line. */
const PATCH_PATHS = 200;
/** Milliseconds that one git process may take; something it waits for (a file system, a filter) may never answer. */
const TIME_LIMIT = 60_000;

// what a person has configured for `git add` must neither speak, nor start a daemon, nor refuse
const SETTINGS = [
  ['core.fsmonitor', 'false'],
  ['core.safecrlf', 'false'],
  ['core.splitIndex', 'false'],
  ['core.untrackedCache', 'keep'],
  ['core.preloadIndex', 'true'],
  ['index.threads', 'true'],
  ['index.skipHash', 'true'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** What editors put beside a file as long as it is open, or when they save it: vim and nano, emacs, LibreOffice, backups. */
const EDITORS_OWN = /(?:^|\/)(?:\.[^/]*\.sw[a-px]|4913|\.#[^/]*|#[^/]*#|\.~lock\.[^/]*#|[^/]*~)$/;

export interface SnapshotSite {
  readonly gitDir: string;
  readonly commonDir: string;
  readonly workTree: string;
  readonly objectFormat: 'sha1' | 'sha256';
  /** The environment of git children of this repository. */
  readonly env: Record<string, string>;
  /** Absolute path of the folder that is this work tree's alone. */
  readonly folder: string;
  /** Whether the configuration has filters (`filter.<name>.clean`) that git would run on what it adds. */
  readonly hasFilters: boolean;
}

/** A path as git says it, in bytes, and as an event can say it: what is no UTF-8 in it is U+FFFD. */
interface Found {
  readonly name: Buffer;
  readonly path: string;
}

interface Stored {
  readonly name: Buffer;
  readonly oid: Oid;
  readonly mode: string;
}

export class WorkTreeSnapshots implements Snapshots {
  readonly #site: SnapshotSite;
  #store = 0;

  constructor(site: SnapshotSite) {
    this.#site = site;
  }

  async position(): Promise<TreePosition> {
    const { gitDir, commonDir, env } = this.#site;
    const [branch, head, stash] = await Promise.all([
      currentBranch(gitDir, commonDir, env),
      this.#oidOf('HEAD^{commit}'),
      this.#oidOf('refs/stash'),
    ]);
    // written once, when a work tree is linked
    const made = timeOf(join(gitDir, 'commondir'));
    const sparse = ['info/sparse-checkout', 'config.worktree'].flatMap((name) => timeOf(join(gitDir, name)) ?? []).join();
    return {
      branch,
      head,
      stash,
      reflog: sizeOf(join(gitDir, 'logs/HEAD')),
      ...(made === undefined ? {} : { made }),
      ...(sparse === '' ? {} : { sparse }),
    };
  }

  movesSince(reflog: number): readonly HeadMove[] | undefined {
    const path = join(this.#site.gitDir, 'logs/HEAD');
    const size = sizeOf(path);
    if (size < reflog) return undefined; // it was expired meanwhile, or there is none
    return size === reflog ? [] : parseMoves(fs.readFileSync(path).subarray(reflog).toString('utf8'));
  }

  async take(options: SnapshotOptions): Promise<TakenSnapshot> {
    this.#store = options.store;
    const { folder, workTree } = this.#site;
    fs.mkdirSync(join(folder, `objects-${options.store}`), { recursive: true, mode: 0o700 });
    await this.#seed(options.moved);
    const found = (await this.#scan()).filter(({ path }) => !options.excluded(path));
    const filtered = await this.#filtered(found);
    const large = new Map<string, number>();
    const altered = new Set<string>();
    const plain: Buffer[] = [];
    const stored: Stored[] = [];
    const batch = this.#objects().batch();
    for (const { name, path } of found) {
      const place = Buffer.concat([Buffer.from(`${workTree}/`), name]);
      const facts = factsOf(place);
      // a submodule is its commit
      if (facts === undefined || !(facts.isFile() || facts.isSymbolicLink())) {
        plain.push(name);
        continue;
      }
      const isUnseen = facts.isFile() && (facts.size > options.limit || filtered.has(path));
      if (isUnseen) large.set(path, facts.size);
      const replaced = isUnseen ? unseen(facts.size, facts.mtimeMs) : cleanFile(place, facts.isSymbolicLink(), options.clean);
      if (replaced === undefined) plain.push(name);
      else {
        altered.add(path);
        stored.push({ name, oid: batch.add('blob', replaced), mode: modeOf(facts) });
      }
    }
    await batch.write();
    await this.#add(plain, stored);
    const isSame = found.length === 0 && !options.moved;
    const tree = (isSame ? options.last : undefined) ?? (await this.#git(['write-tree'])).stdout.toString('utf8').trim();
    return { tree, altered, large, objects: this.#looseObjects() };
  }

  async changes(from: Oid | undefined, to: Oid, options = { renames: true }): Promise<PathChange[]> {
    return treeChanges(this.#diffSite(), from, to, options.renames);
  }

  async comparable(
    from: Oid | undefined,
    to: Oid,
    changes: readonly PathChange[],
    options: ComparableOptions,
  ): Promise<{ from: Oid; to: Oid }> {
    const { env, cwd, emptyTree } = this.#diffSite();
    const facts = (path: string): fs.Stats | undefined => factsOf(Buffer.from(join(cwd, path)));
    const site = { env, cwd, index: join(this.#site.folder, 'comparing'), objects: this.#objects(), facts };
    return comparableTrees(site, from ?? emptyTree, to, changes, options);
  }

  async patches(from: Oid | undefined, to: Oid, changes: readonly PathChange[], options = { exact: false }): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let i = 0; i < changes.length; i += PATCH_PATHS) {
      const some = await treePatches(this.#diffSite(), from, to, changes.slice(i, i + PATCH_PATHS), options.exact);
      for (const [path, patch] of some) found.set(path, patch);
    }
    return found;
  }

  async parent(commit: Oid, n: number): Promise<Oid | undefined> {
    return this.#oidOf(`${commit}^${n}`);
  }

  modified(path: string): number | undefined {
    return factsOf(Buffer.from(join(this.#site.workTree, path)))?.mtimeMs;
  }

  forget(keep: number): void {
    const { folder } = this.#site;
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      if (/^(objects|index)-[0-9]+(\.lock)?$/.test(name) && !name.endsWith(`-${keep}`))
        fs.rmSync(join(folder, name), { recursive: true, force: true });
    }
  }

  async #oidOf(name: string): Promise<Oid | undefined> {
    const { env, gitDir } = this.#site;
    const result = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', name], env, { cwd: gitDir });
    return result.status === 0 ? result.stdout.toString('utf8').trim() : undefined;
  }

  /** Begins with a copy of the person's index: it knows sizes and times, so that nothing unchanged is read. */
  async #seed(anew: boolean): Promise<void> {
    const index = this.#index();
    fs.rmSync(`${index}.lock`, { force: true }); // we hold the lock of the snapshots: whoever left it is dead
    if (!anew && fs.existsSync(index)) return;
    const copy = `${index}.new`;
    try {
      const from = join(this.#site.gitDir, 'index');
      const { atimeMs, mtimeMs } = fs.statSync(from);
      fs.copyFileSync(from, copy);
      // git takes an entry as new as its index for one that may have changed since: a younger copy would hide that
      fs.utimesSync(copy, atimeMs / 1_000, (mtimeMs - 1) / 1_000);
      fs.renameSync(copy, index);
    } catch {
      await this.#git(['read-tree', '--empty']); // no commit and nothing added yet
      return;
    }
    // of a merge's conflicts there are up to three entries a path: what counts here is the file
    const conflicts = namesIn((await this.#git(['ls-files', '-u', '-z'])).stdout).map(({ name }) => name.subarray(name.indexOf('\t') + 1));
    if (conflicts.length > 0) await this.#git(['update-index', '-z', '--force-remove', '--stdin'], joined(conflicts));
  }

  /** Paths that differ from the index: those it has, and those that are new and not ignored. Two processes, side by side. */
  async #scan(): Promise<Found[]> {
    const [changed, untracked] = await Promise.all([
      this.#git(['diff-files', '-z', '--name-only', '--no-renames', '--ignore-submodules=dirty']),
      this.#git(['ls-files', '-z', '--others', '--exclude-standard']),
    ]);
    // a repository inside, whose files are its own, ends with a slash
    const added = namesIn(untracked.stdout).filter(({ path }) => !path.endsWith('/') && !EDITORS_OWN.test(path));
    return [...namesIn(changed.stdout), ...added];
  }

  /**
   * Paths whose content a filter would make: a program of the person's, which may be slow, fail, or keep copies of its own
   * (git-lfs does). It is not run at every boundary; such files are not looked into.
   */
  async #filtered(found: readonly Found[]): Promise<ReadonlySet<string>> {
    if (!this.#site.hasFilters || found.length === 0) return new Set();
    const result = await this.#git(['check-attr', '-z', '--stdin', 'filter'], joined(found.map(({ name }) => name)));
    const words = namesIn(result.stdout).map(({ path }) => path);
    return new Set(words.filter((_, i) => i % 3 === 0 && !/^(?:unspecified|unset|set|)$/.test(words[i + 2] ?? '')));
  }

  async #add(plain: readonly Buffer[], stored: readonly Stored[]): Promise<void> {
    await this.#addPlain(plain);
    if (stored.length === 0) return;
    const entries = stored.map(({ name, oid, mode }) => Buffer.concat([Buffer.from(`${mode} ${oid}\t`), name]));
    await this.#git(['update-index', '-z', '--add', '--replace', '--index-info'], joined(entries));
  }

  /** A file that cannot be read, or that went just now, must not keep out the others. */
  async #addPlain(names: readonly Buffer[]): Promise<void> {
    if (names.length === 0) return;
    const result = await this.#try(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], joined(names));
    if (result.status === 0 || names.length === 1) return;
    const half = Math.ceil(names.length / 2);
    await this.#addPlain(names.slice(0, half));
    await this.#addPlain(names.slice(half));
  }

  #objects(): GitObjectStore {
    const { objectFormat, workTree, gitDir } = this.#site;
    const env = this.#env();
    return new GitObjectStore({
      directory: this.#objectsPath(this.#store),
      format: objectFormat,
      env,
      cwd: workTree,
      shared: false,
      catFile: new CatFile(env, gitDir),
    });
  }

  /** As git estimates it for `gc.auto`: by one of the 256 folders. */
  #looseObjects(): number {
    const folder = join(this.#objectsPath(this.#store), '17');
    return (fs.existsSync(folder) ? fs.readdirSync(folder).length : 0) * 256;
  }

  #index(): string {
    return join(this.#site.folder, `index-${this.#store}`);
  }

  #objectsPath(store: number): string {
    return join(this.#site.folder, `objects-${store}`);
  }

  /** @param old see the stores before too, for comparing; what git finds there it would not write to the present one */
  #env(old = false): Record<string, string> {
    const { env, commonDir, gitDir, workTree, folder } = this.#site;
    const others = old && fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.startsWith('objects-')) : [];
    return {
      ...env,
      GIT_DIR: gitDir,
      GIT_WORK_TREE: workTree,
      GIT_INDEX_FILE: this.#index(),
      GIT_OBJECT_DIRECTORY: this.#objectsPath(this.#store),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: [join(commonDir, 'objects'), ...others.map((name) => join(folder, name))].map(quoted).join(':'),
      GIT_OPTIONAL_LOCKS: '1',
    };
  }

  #diffSite(): DiffSite {
    return { env: this.#env(true), cwd: this.#site.workTree, emptyTree: this.#objects().nameOf('tree', Buffer.alloc(0)) };
  }

  async #git(args: readonly string[], input?: Buffer): Promise<GitResult> {
    const result = await this.#try(args, input);
    if (result.status !== 0) throw gitFailure('take a snapshot of the work tree', result);
    return result;
  }

  #try(args: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<GitResult> {
    const options = { cwd: this.#site.workTree, input, timeout: TIME_LIMIT, apart: true };
    return runGit([...SETTINGS, '--literal-pathspecs', ...args], this.#env(), options);
  }
}

/** Names that git has ended with NUL each. */
function namesIn(bytes: Buffer): Found[] {
  const found: Found[] = [];
  for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at)) {
    const name = bytes.subarray(at, end);
    found.push({ name, path: name.toString('utf8') });
  }
  return found;
}

/** Names as git reads them. */
function joined(names: readonly Buffer[]): Buffer {
  const end = Buffer.alloc(1);
  return Buffer.concat(names.flatMap((name) => [name, end]));
}

function modeOf(facts: fs.Stats): string {
  if (facts.isSymbolicLink()) return '120000';
  return (facts.mode & 0o100) === 0 ? '100644' : '100755';
}

/** Alternates are separated by colons; a path with one is quoted as git's C strings are. */
function quoted(path: string): string {
  return /[:"\\\n]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"` : path;
}

function sizeOf(path: string): number {
  return fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function timeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** What stands at a path; nothing, also where a folder on the way to it has become a file. */
function factsOf(path: Buffer): fs.Stats | undefined {
  try {
    return fs.lstatSync(path);
  } catch {
    return undefined;
  }
}

/** What of a file, or of a link's target, may be stored; what cannot be read is left to git, which will say so. */
function cleanFile(path: Buffer, isLink: boolean, clean: (bytes: Buffer) => Buffer | undefined): Buffer | undefined {
  try {
    return clean(isLink ? fs.readlinkSync(path, { encoding: 'buffer' }) : fs.readFileSync(path));
  } catch {
    return undefined;
  }
}
