/** The lock file serves every machine: no registry is named in it, and no platform's package is missing. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync('package-lock.json', 'utf8');
// written by npm, in its third version of the format
const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };

test('names no registry', () => {
  expect(Object.values(packages).filter((entry) => entry.resolved !== undefined)).toEqual([]);
});

test("holds every platform's package, or npm ci fails (mend it with: npm run complete-lock)", () => {
  const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  expect(wanted.length).toBeGreaterThan(50);
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
});

test('holds the checksum of all but platform packages', () => {
  const without = Object.entries(packages).filter(([path, entry]) => path !== '' && entry.integrity === undefined && !entry.optional);
  expect(without).toEqual([]);
});
