/**
 * Makes a fresh clone ready to run: installs the packages of the lock file if there are none, then builds. Uses nothing
 * but node's own modules, since it runs before any package is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program in the project with this process's own terminal; answers with its exit status. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error !== undefined) {
    process.stderr.write(`error: cannot run '${program}': ${result.error.message}\n`);
    return 127;
  }
  return result.status ?? 1;
}

/** Installs if need be and builds; ends the process if either fails. */
export function ready() {
  if (!existsSync(join(root, 'node_modules'))) mustRun('npm', ['ci', '--no-audit', '--no-fund']);
  mustRun(process.execPath, ['scripts/build.mjs']);
}

function mustRun(program, args) {
  const status = run(program, args);
  if (status !== 0) process.exit(status);
}
