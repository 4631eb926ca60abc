/**
 * Stage 1, installing: looks at everything that decides where hooks go, once, and writes nothing. Planning
 * (install-plan.ts, uninstall-plan.ts) and `git trace status` (hook-status.ts) are functions of what it found.
 */
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { FileFacts, HookFiles } from '../core/ports.ts';
import { knowsConfigHooks, wantsFiles } from './hook-config.ts';
import { blockIn, HOOKS, type HookName, isLefthook, isShim, KEPT } from './hook-text.ts';

/** The repository, as its configuration and git say it. */
export interface HookSite {
  /** Absolute paths of this work tree's git directory and of the one that all work trees share. */
  readonly gitDir: string;
  readonly commonDir: string;
  readonly workTree: string | undefined;
  /** `core.hooksPath` as it is configured, of whichever scope wins. */
  readonly hooksPath: string | undefined;
  readonly home: string | undefined;
  /** What `git version` prints. */
  readonly gitVersion: string;
  /** `[key, value]` of the configuration, those below `hook.` and `trace.hooks`. */
  readonly hookConfig: readonly (readonly [string, string])[];
}

/** A file as it was found; `bytes` are those of what a link leads to. */
export interface Found extends FileFacts {
  readonly bytes: Buffer | undefined;
}

/**
 * Who decides over the hooks here. `folder`: nobody, files are put into a folder of this repository; `husky` and
 * `lefthook`: these tools, which regenerate their files; `foreign`: the folder is not this repository's.
 */
export type HooksPlace = 'folder' | 'husky' | 'lefthook' | 'foreign';

/** One thing to take back; paths are relative to the common git directory, so that the repository may move. */
export type Undo =
  | { readonly undo: 'shim'; readonly hook: HookName; readonly path: string; readonly wrote: string }
  | { readonly undo: 'block'; readonly hook: HookName; readonly path: string; readonly wrote: string; readonly made: boolean }
  | { readonly undo: 'folder'; readonly path: string };

/** `trace/installed.json`. */
export interface Installed {
  readonly version: 1;
  /** In the order in which uninstalling goes through them. */
  readonly undo: readonly Undo[];
}

/** All that planning looks at. Paths are absolute. */
export interface HookFacts {
  readonly commonDir: string;
  readonly workTree: string | undefined;
  readonly place: HooksPlace;
  /** Where git looks for hooks; `undefined` where its setting leads nowhere. */
  readonly hooksDir: string | undefined;
  /** The folder is `<common git dir>/hooks` itself. */
  readonly beside: boolean;
  /** Why the place is foreign. */
  readonly reason: string;
  /** lefthook's configuration files. */
  readonly lefthookConfigs: readonly string[];
  readonly installed: Installed | undefined;
  /** Hooks of the configuration are known to this git, and wanted. */
  readonly byConfig: boolean;
  readonly hookConfig: HookSite['hookConfig'];
  /** What stood at a path that was looked at. */
  at(path: string): Found | undefined;
}

/** Names below `trace/` that are the hooks'. */
export const HOOK_SCRIPT = 'hook.sh';
export const PUSH_SCRIPT = 'push.sh';
/** What shells run to start the recorder. */
export const RECORDER_SCRIPT = 'recorder-start';
export const PROGRAM = 'bin';
export const PUSH_WAIT = 'push-wait';
export const INSTALLED = 'installed.json';
/** Which hooks the configuration runs, so that lines elsewhere, of a colleague or of before, let them pass. */
export const CONFIGURED = 'configured';

/** Where another tool may have moved a hook file of ours to: pre-commit calls it, lefthook does not. */
export const MOVED = ['.legacy', '.old'];

const LEFTHOOK_CONFIG = ['', '.', '.config/'].flatMap((start) =>
  ['lefthook', 'lefthook-local'].flatMap((name) => ['yml', 'yaml', 'toml', 'json', 'jsonc'].map((end) => `${start}${name}.${end}`)),
);

/** Gathers the facts. @throws read-only, internal when a file cannot be read */
export function gatherHookFacts(files: HookFiles, site: HookSite): HookFacts {
  const look = new Look(files);
  const { commonDir, workTree } = site;
  const trace = join(commonDir, 'trace');
  for (const path of [
    trace,
    ...['spool', HOOK_SCRIPT, PUSH_SCRIPT, RECORDER_SCRIPT, PROGRAM, PUSH_WAIT, CONFIGURED, INSTALLED].map((name) => join(trace, name)),
  ])
    look.at(path);
  const installed = readInstalled(look.at(join(trace, INSTALLED))?.bytes);
  for (const undo of installed?.undo ?? []) look.hook(join(commonDir, undo.path));

  const hooksDir = resolveHooksDir(site);
  const lefthookConfigs = workTree === undefined ? [] : LEFTHOOK_CONFIG.map((name) => join(workTree, name)).filter((path) => look.at(path));
  const at = (path: string): Found | undefined => look.found.get(path);
  const { hookConfig } = site;
  const byConfig = knowsConfigHooks(site.gitVersion) && !wantsFiles(hookConfig);
  const common = { commonDir, workTree, hooksDir, beside: false, reason: '', lefthookConfigs, installed, byConfig, hookConfig, at };
  if (hooksDir === undefined) return { ...common, place: 'foreign', reason: `core.hooksPath is "${site.hooksPath}", which leads nowhere` };

  const kind = look.at(hooksDir)?.kind;
  if (kind === 'file' || kind === 'other')
    return { ...common, hooksDir: undefined, place: 'foreign', reason: `'${hooksDir}', where git looks for hooks, is not a folder` };
  for (const hook of HOOKS) look.hook(join(hooksDir, hook));
  // the nearest folder that is there, for it tells which must be made
  for (let folder = hooksDir; look.at(folder) === undefined && dirname(folder) !== folder; ) folder = dirname(folder);
  const real = files.real(hooksDir);
  const beside = real === join(files.real(commonDir), 'hooks');
  const own = [commonDir, site.gitDir, ...(workTree === undefined ? [] : [workTree])].map((folder) => files.real(folder));
  const inside = own.some((folder) => isBelow(real, folder));
  if (inside && basename(hooksDir) === '_' && (look.at(join(hooksDir, 'h')) || basename(dirname(hooksDir)) === '.husky')) {
    for (const hook of HOOKS) look.at(join(dirname(hooksDir), hook));
    look.at(dirname(hooksDir));
    return { ...common, place: 'husky' };
  }
  const generated = HOOKS.some((hook) => isLefthook(textOf(at(join(hooksDir, hook)))));
  const ours = HOOKS.some((hook) => isShim(textOf(at(join(hooksDir, hook)))));
  if (generated || (lefthookConfigs.length > 0 && !ours)) return { ...common, beside, place: 'lefthook' };
  if (!inside) return { ...common, place: 'foreign', reason: `core.hooksPath is '${site.hooksPath}', outside this repository` };
  return { ...common, beside, place: 'folder' };
}

class Look {
  readonly found = new Map<string, Found | undefined>();
  readonly #files: HookFiles;

  constructor(files: HookFiles) {
    this.#files = files;
  }

  at(path: string): Found | undefined {
    if (!this.found.has(path)) {
      const facts = this.#files.stat(path);
      const readable = facts?.kind === 'file' || facts?.kind === 'link';
      this.found.set(path, facts && { ...facts, bytes: readable ? this.#files.read(path) : undefined });
    }
    return this.found.get(path);
  }

  /** A hook, and the names it may have been moved to. */
  hook(path: string): void {
    for (const end of ['', KEPT, ...MOVED]) this.at(path + end);
  }
}

/** Where git looks for hooks: a relative setting counts from the folder that hooks run in. */
function resolveHooksDir({ hooksPath, home, workTree, gitDir, commonDir }: HookSite): string | undefined {
  if (hooksPath === undefined) return join(commonDir, 'hooks');
  if (hooksPath === '' || /^~[^/]/.test(hooksPath) || hooksPath.startsWith('%(prefix)')) return undefined;
  if (hooksPath === '~' || hooksPath.startsWith('~/')) return home === undefined ? undefined : join(home, hooksPath.slice(1));
  // join cuts a final slash, as git does not care for it either
  return isAbsolute(hooksPath) ? join(hooksPath, '.') : join(workTree ?? gitDir, hooksPath);
}

function readInstalled(bytes: Buffer | undefined): Installed | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1 || !('undo' in value)) return undefined;
    // version 1 is written by planInstall and nothing else
    return value as Installed;
  } catch {
    return undefined;
  }
}

/**
 * Tells whether another pre-push hook runs beside ours: git runs what is configured first, and we are to act only once the
 * other one has let a push pass. All other hooks run after the fact.
 */
export function runsBeside(facts: HookFacts, hook: HookName): boolean {
  const { place, hooksDir } = facts;
  if (hook !== 'pre-push' || hooksDir === undefined) return false;
  const [front, kept] = [facts.at(join(hooksDir, hook)), facts.at(join(hooksDir, hook + KEPT))];
  if (place !== 'husky') return kept !== undefined || (front !== undefined && !isShim(textOf(front)) && (front.mode & 0o111) !== 0);
  const text = textOf(facts.at(join(dirname(hooksDir), hook)));
  return text.replace(blockIn(text) ?? '', '').trim() !== '';
}

/** The text of a file; empty where there is none. */
export function textOf(found: Found | undefined): string {
  return found?.bytes?.toString('utf8') ?? '';
}

/** Tells whether a path is a folder or lies below it. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

/** The path as a person knows it: from the work tree's top where it lies below it. */
export function shownPath(facts: Pick<HookFacts, 'workTree'>, path: string): string {
  return facts.workTree !== undefined && isBelow(path, facts.workTree) ? relative(facts.workTree, path) : path;
}
