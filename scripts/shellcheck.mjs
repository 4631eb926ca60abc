/**
 * `npm run shellcheck`: checks every shell script that runs on somebody else's machine or in CI. Ends with 77, the
 * usual status of a skipped check, where shellcheck is not installed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './ready.mjs';

const SHELL = /^#!.*\b(sh|bash|dash)\b|^# shellcheck shell=(sh|bash|dash)/;

const scripts = ['hooks', 'scripts', 'examples', '.ci'].flatMap(list).filter((path) => /[.](sh|bash)$/.test(path) || isShell(path));
if (spawnSync('shellcheck', ['--version']).status !== 0) {
  process.stderr.write('skipped: shellcheck is not installed\n');
  process.exitCode = 77;
} else {
  process.exitCode = run('shellcheck', ['--severity=style', ...scripts]);
  if (process.exitCode === 0) process.stderr.write(`${scripts.length} scripts checked\n`);
}

function list(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function isShell(path) {
  return SHELL.test(readFileSync(path, 'utf8').slice(0, 200));
}
