/**
 * Finds a command as `execvp` and the shells do, so that one that cannot be run is told apart (127 not found, 126 not
 * executable) before any terminal or pipe is set up for it. Never runs anything.
 */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where execvp looks without a PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** Why a command cannot be run, as a shell says it by its exit code. */
export interface NotRunnable {
  readonly code: 126 | 127;
  readonly reason: string;
}

/** Looks a command up; `undefined` where it can be run. */
export function whyNotRunnable(name: string, path: string | undefined): NotRunnable | undefined {
  if (name.includes('/')) return check(name);
  let found: NotRunnable | undefined;
  for (const folder of name === '' ? [] : (path ?? DEFAULT_PATH).split(delimiter)) {
    // an empty entry is the current directory
    const why = check(join(folder === '' ? '.' : folder, name));
    if (why === undefined) return undefined;
    if (why.code === 126 && why.reason !== IS_DIRECTORY) found ??= why;
  }
  return found ?? { code: 127, reason: 'command not found' };
}

/** Tells whether a name leads to a program: to this very file, whatever links are on the way. */
export function leadsTo(name: string, path: string | undefined, program: string): boolean {
  const files = name.includes('/')
    ? [name]
    : (path ?? DEFAULT_PATH).split(delimiter).map((folder) => join(folder === '' ? '.' : folder, name));
  const found = files.find((file) => check(file) === undefined);
  return found !== undefined && realpathSync(found) === realpathSync(program);
}

const IS_DIRECTORY = 'is a directory';

function check(file: string): NotRunnable | undefined {
  try {
    if (statSync(file).isDirectory()) return { code: 126, reason: IS_DIRECTORY };
    accessSync(file, constants.X_OK);
    return undefined;
  } catch (cause) {
    return refusal(cause);
  }
}

/** What a failed `stat`, `access` or `exec` means to whoever typed the command. */
export function refusal(cause: unknown): NotRunnable {
  // node puts the errno's name there
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 127, reason: 'no such file or directory' };
    case 'EACCES':
    case 'EPERM':
      return { code: 126, reason: 'permission denied' };
    case 'E2BIG':
      return { code: 126, reason: 'argument list too long' };
    default:
      return { code: 126, reason: code ?? 'it cannot be executed' };
  }
}
