/** Puts the line that loads the shell integration into a person's rc file, and takes it away. */
import { dirname, join } from 'node:path';
import { hookFiles } from '../adapters/fs/hook-files.ts';
import { isShell, rcLine, rcPath, SHELLS, type Shell, withoutRcLine, withRcLine } from '../capture/rc-file.ts';
import { fail } from '../core/errors.ts';
import type { TraceFiles } from '../core/ports.ts';
import type { Context } from './context.ts';

/** Which rc files got their line from this repository's init: a list of absolute paths in JSON. */
const NOTED = 'rc-files';

/** The shell that is meant: the one named, else the person's own. @throws bad-argument */
export function shellMeant(context: Context, named: string | undefined): Shell {
  const name = named ?? context.env['SHELL']?.split('/').pop() ?? '';
  if (isShell(name)) return name;
  const seen = named === undefined ? `SHELL is "${context.env['SHELL'] ?? ''}"` : `there is no integration for the shell "${named}"`;
  throw fail('bad-argument', seen, [`name one: git trace init --shell ${SHELLS.join('|')}`]);
}

/** Adds the line and notes that. @throws bad-argument, read-only, disk-full */
export function addToRcFile(context: Context, files: TraceFiles, shell: Shell, dryRun: boolean): void {
  const { say } = context.output;
  if ((context.env['HOME'] ?? '') === '')
    throw fail('bad-argument', 'HOME is not set, so there is no rc file', ['set HOME, or add the line by hand']);
  // through a link, so that it stays one
  const path = hookFiles.real(rcPath(shell, context.env));
  const text = withRcLine(hookFiles.read(path)?.toString('latin1'), shell);
  if (text === undefined) {
    say(`${shell}: '${path}' loads the integration already`);
    return;
  }
  say(`${shell}: ${dryRun ? 'would add' : 'added'} a line to '${path}', for terminals opened from now on:`);
  say(`    ${rcLine(shell)}`);
  if (dryRun) return;
  files.replace(NOTED, `${JSON.stringify([...new Set([...noted(files), path])])}\n`);
  hookFiles.makeFolder(dirname(path), 0o755);
  hookFiles.write(path, Buffer.from(text, 'latin1'), hookFiles.stat(path)?.mode ?? 0o644);
}

/** Whether the rc file of the person's shell loads the integration. */
export function isLoaded(context: Context): boolean {
  const shell = context.env['SHELL']?.split('/').pop() ?? '';
  return isShell(shell) && hookFiles.read(rcPath(shell, context.env))?.toString('latin1').includes('shell-init') === true;
}

/**
 * Takes the line out of the rc files that this repository's init put it into, or out of all there are.
 *
 * @throws read-only, disk-full
 */
export function removeFromRcFiles(context: Context, files: TraceFiles, options: { all: boolean; dryRun: boolean }): void {
  const { say } = context.output;
  const paths = options.all ? SHELLS.map((shell) => hookFiles.real(rcPath(shell, context.env))) : [];
  for (const path of new Set([...noted(files), ...paths])) {
    const there = hookFiles.stat(path);
    const before = hookFiles.read(path)?.toString('latin1');
    const text = before === undefined ? undefined : withoutRcLine(before);
    if (text === undefined || there === undefined) continue;
    say(`${options.dryRun ? 'would take' : 'took'} our line out of '${path}'; other repositories want 'git trace init --shell' again`);
    if (options.dryRun) continue;
    if (text !== 'remove') hookFiles.write(path, Buffer.from(text, 'latin1'), there.mode);
    else {
      hookFiles.remove(path);
      if (path.endsWith(join('fish', 'config.fish'))) hookFiles.removeFolder(dirname(path));
    }
  }
  if (!options.dryRun) files.remove(NOTED);
}

function noted(files: TraceFiles): string[] {
  try {
    const value: unknown = JSON.parse(files.read(NOTED)?.toString('utf8') ?? '[]');
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  } catch {
    return []; // somebody wrote over it: then the line stays until 'init --uninstall --shell'
  }
}
