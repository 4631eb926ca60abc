/**
 * Adds to package-lock.json the platform packages that npm left out because the registry in use does not offer them:
 * `npm ci` refuses a lock file without them, on every platform. Version comes from the parent's exact pin, os, cpu and
 * libc from the package's name; there is no integrity to write. Run it after `npm install` on a partial mirror.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const names = { windows: 'win32' };
const systems = /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows)-(\w+?)(?:-|$)/;

let added = 0;
for (const [at, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  if (at === '') continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (!/^\d+\.\d+\.\d+\S*$/.test(version) || isLocked(at, name)) continue;
    const [, os, cpu] = systems.exec(name) ?? [];
    if (os === undefined) throw new Error(`${name}: not the name of a platform package`);
    const libc = /musl/.test(name) ? { libc: ['musl'] } : /gnu/.test(name) ? { libc: ['glibc'] } : {};
    const platform = { os: [names[os] ?? os], cpu: [cpu], ...(os === 'linux' ? libc : {}) };
    lock.packages[`node_modules/${name}`] = { version, ...(dev ? { dev } : {}), optional: true, ...platform };
    added++;
  }
}
const order = ([a], [b]) => a.localeCompare(b, 'en');
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(order));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`added ${added} platform packages to package-lock.json\n`);

/** Whether node's resolution from the package at `at` finds an entry. */
function isLocked(at, name) {
  for (let folder = at; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === '') return false;
  }
}
