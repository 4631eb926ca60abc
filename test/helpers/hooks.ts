/** Repositories with our hooks in them, what the hooks recorded, and snapshots of hooks folders. */
import { appendFileSync, chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hookFiles } from '../../src/adapters/fs/hook-files.ts';
import type { ConfigChange } from '../../src/capture/hook-config.ts';
import type { HookSite } from '../../src/capture/hook-facts.ts';
import { HOOKS, type HookName } from '../../src/capture/hook-text.ts';
import { installHooks, uninstallHooks } from '../../src/capture/install.ts';
import type { HookContent, HookReport } from '../../src/capture/install-plan.ts';
import type { UndoReport } from '../../src/capture/uninstall-plan.ts';
import { byTurn } from '../../src/spool/read.ts';
import { decodeShellRecords, type SpoolRecord } from '../../src/spool/record.ts';
import { hasProgram, type TestRepository } from './repository.ts';

const hooks = fileURLToPath(new URL('../../hooks/', import.meta.url));
const HOOK_SCRIPT = join(hooks, 'hook.sh');

/** The shells that run git's hooks somewhere: Debian, the BSDs; macOS, Fedora, Arch; Alpine. */
export const SHELLS = [
  { name: 'dash', line: '#!/usr/bin/env dash', there: hasProgram('dash') },
  { name: 'bash', line: '#!/usr/bin/env bash', there: hasProgram('bash') },
  { name: 'bash as sh', line: '#!/usr/bin/env -S bash --posix', there: hasProgram('bash') },
  { name: 'busybox', line: '#!/usr/bin/env -S busybox sh', there: hasProgram('busybox') },
] as const;

/** The site as the command line finds it. */
export function siteOf(repository: TestRepository): HookSite {
  const path = (...flags: string[]): string => repository.git('rev-parse', '--path-format=absolute', ...flags);
  const bare = repository.git('rev-parse', '--is-bare-repository') === 'true';
  const hooksPath = repository.tryGit('config', 'core.hooksPath');
  return {
    gitDir: path('--git-dir'),
    commonDir: path('--git-common-dir'),
    workTree: bare ? undefined : path('--show-toplevel'),
    hooksPath: hooksPath.status === 0 ? hooksPath.stdout.replace(/\n$/, '') : undefined,
    home: process.env['HOME'],
    gitVersion: repository.git('version'),
    hookConfig: repository
      .tryGit('config', '-z', '--get-regexp', '^(hook\\..*|trace\\.hooks)$')
      .stdout.split('\0')
      .flatMap((entry) => (entry === '' ? [] : [[entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n') + 1)] as const])),
  };
}

export function contentOf(content: Partial<HookContent> = {}): HookContent {
  const [hookScript, pushScript] = [readFileSync(HOOK_SCRIPT), readFileSync(join(hooks, 'push.sh'))];
  const recorderScript = readFileSync(join(hooks, 'recorder-start.sh'));
  return {
    hookScript,
    pushScript,
    recorderScript,
    node: '/nowhere/node',
    script: '/nowhere/git-trace.js',
    pushWait: undefined,
    ...content,
  };
}

/** Installs all hooks and tells of those that are {@link LOOKED_AT}. */
export function install(
  repository: TestRepository,
  content: Partial<HookContent> = {},
  site: Partial<HookSite> = {},
): readonly HookReport[] {
  const { reports, config } = installHooks(hookFiles, { ...siteOf(repository), ...site }, contentOf(content));
  configure(repository, config);
  return lookedAt(reports);
}

/** Uninstalls all hooks and tells of those that are {@link LOOKED_AT}. */
export function uninstall(repository: TestRepository, site: Partial<HookSite> = {}): readonly UndoReport[] {
  const { reports, config } = uninstallHooks(hookFiles, { ...siteOf(repository), ...site });
  configure(repository, config);
  return reports.filter(({ path }) => LOOKED_AT.some((hook) => basename(path) === hook));
}

function configure(repository: TestRepository, changes: readonly ConfigChange[]): void {
  for (const { key, value } of changes) repository.git('config', ...(value === undefined ? ['--unset-all', key] : [key, value]));
}

export function lookedAt<Report extends { readonly hook: HookName }>(reports: readonly Report[]): readonly Report[] {
  return reports.filter(({ hook }) => LOOKED_AT.includes(hook));
}

/** For tests of hooks as files: also a git that knows better shall have them so, in all repositories of this test file. */
export function wantFiles(): void {
  appendFileSync(process.env['GIT_CONFIG_GLOBAL'] ?? '', '[trace]\n\thooks = files\n');
}

/** Gives our hook files another first line, and lines to begin with. */
export function runUnder(repository: TestRepository, line: string, first = ''): void {
  for (const hook of HOOKS) {
    const path = repository.inGitDir(`hooks/${hook}`);
    if (existsSync(path))
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace('#!/bin/sh\n', () => `${line}\n${first}`),
      );
  }
}

/** Names in the spool, sorted. */
export function spooled(repository: TestRepository): string[] {
  const folder = repository.inGitDir('trace/spool');
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** What the spool holds, by time. Throws if any byte of it is not part of a record. */
export function records(repository: TestRepository): SpoolRecord[] {
  const folder = repository.inGitDir('trace/spool');
  // the clock of files ticks every few milliseconds, and process numbers rise until they begin again
  const pid = (path: string): number => Number(/hook-([0-9]+)/.exec(path)?.[1]);
  const files = spooled(repository).map((name) => join(folder, name));
  const byTime = files.sort((a, b) => lstatSync(a).mtimeMs - lstatSync(b).mtimeMs || byTurn(basename(a), basename(b)) || pid(a) - pid(b));
  return byTime.flatMap((file) => {
    const bytes = readFileSync(file);
    return decodeShellRecords(bytes, 0, true).found.map((found) => {
      if (found.kind === 'bad') throw new Error(`${file}: ${found.reason}: ${JSON.stringify(bytes.toString('latin1'))}`);
      return found.record;
    });
  });
}

/** What it holds of the commits and pushes, or of other types. */
export function recordsOf(repository: TestRepository, types: readonly string[] = ['commit', 'push']): SpoolRecord[] {
  return records(repository).filter(({ type }) => types.includes(type));
}

/** The two hooks that most tests of installing look at; the others are installed in the same way. */
const LOOKED_AT: readonly HookName[] = ['post-commit', 'pre-push'];

/** Every path below the folders with its mode and bytes; folders are told apart from nothing. */
export function snapshot(...folders: string[]): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (path: string): void => {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return;
    const mode = (facts.mode & 0o7777).toString(8);
    if (facts.isDirectory()) {
      seen[path] = `folder ${mode}`;
      for (const name of readdirSync(path)) walk(join(path, name));
    } else if (facts.isSymbolicLink()) seen[path] = `link ${readlinkSync(path)}`;
    else seen[path] = `file ${mode} ${readFileSync(path, 'latin1')}`;
  };
  for (const folder of folders) walk(folder);
  return seen;
}

/** Writes an executable file. */
export function writeProgram(path: string, text: string, mode = 0o755): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}
