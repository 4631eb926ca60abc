/**
 * Opens a page in the person's browser, the way git does: BROWSER, git's `web.browser`, what the system opens things with.
 * The path is handed over as an argument of its own, so that no shell reads it.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface OpenOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Git's `web.browser`. */
  readonly configured: string | undefined;
}

/** How long a browser may take to say that it cannot, in milliseconds. */
const PATIENCE = 2_000;
/** Browsers that need the terminal that we have. */
const IN_TERMINAL = /^(?:\S*\/)?(?:browsh|elinks|links|links2|lynx|w3m|www-browser)(?:\s|$)/;

/** One way to open a page. */
interface Way {
  /** A command line, as the person said it; the path is put behind it. */
  readonly command: string;
  readonly needsTerminal: boolean;
}

/**
 * The ways to open a page, the wanted ones first.
 *
 * @example
 * waysToOpen({ env: { BROWSER: 'lynx:firefox' }, configured: undefined }, () => false) // lynx in the terminal, then firefox
 */
export function waysToOpen({ env, configured }: OpenOptions, has: (program: string) => boolean): Way[] {
  const said = (env['BROWSER'] ?? '').split(':').filter((command) => command.trim() !== '');
  const git = configured === undefined || configured === '' ? [] : ['git web--browse'];
  const system = ['xdg-open', 'open', 'wslview', 'sensible-browser'].filter(has);
  return [...said, ...git, ...system].map((command) => ({ command, needsTerminal: IN_TERMINAL.test(command) }));
}

/** Opens a page. @returns the command that opened it; undefined where none would */
export async function openPage(path: string, options: OpenOptions): Promise<string | undefined> {
  for (const way of waysToOpen(options, (program) => isProgram(program, options.env['PATH'] ?? '')))
    if (await opens(way, path, options.env)) return way.command;
  return undefined;
}

function opens({ command, needsTerminal }: Way, path: string, env: OpenOptions['env']): Promise<boolean> {
  // as git starts an editor: the command is the person's own shell text, the path is not part of it
  const line = command.includes('%s') ? command.replaceAll('%s', '"$1"') : `${command} "$1"`;
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', line, 'sh', path], { env, stdio: needsTerminal ? 'inherit' : 'ignore', detached: !needsTerminal });
    const timer = setTimeout(() => done(true), needsTerminal ? 2 ** 31 - 1 : PATIENCE);
    const done = (opened: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(opened);
    };
    child.on('error', () => done(false));
    child.on('exit', (status) => done(status === 0));
  });
}

function isProgram(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    if (folder === '') return false;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
