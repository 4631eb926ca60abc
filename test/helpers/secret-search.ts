/** Looks for secrets in everything that git, our folder and our messages hold: as they are, in part, and encoded. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TestRepository } from './repository.ts';
import type { Planted } from './secrets.ts';

/** Texts with secrets, so many that each part has about as many bytes. */
export function partsOf(planted: readonly Planted[], bytes: number): string[] {
  const all: string[] = [];
  let part = '';
  for (const { text } of planted) {
    if (part.length + text.length > bytes) {
      all.push(part);
      part = '';
    }
    part += `${text}\n\n`;
  }
  return [...all, part];
}

/** The first secrets that are left in a place, and what stands before them. */
export function findSecrets(
  secrets: Iterable<{ readonly name: string; readonly secret: string }>,
  places: readonly (readonly [name: string, text: string])[],
): string[] {
  const left: string[] = [];
  for (const { name, secret } of secrets) {
    for (const form of formsOf(secret))
      for (const [place, text] of places) if (text.includes(form)) left.push(`${name} in ${place}: ${around(text, form)}`);
  }
  return left.slice(0, 20);
}

/** What of a secret must be nowhere: itself or its lines, its end, and both as programs encode them. */
function formsOf(secret: string): string[] {
  const lines = secret.includes('\n') ? secret.split('\n').slice(1, -1) : [secret];
  const raw = [...lines, ...lines.filter((line) => line.length >= 24).map((line) => line.slice(-12))];
  return raw.flatMap((form) => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
    Buffer.from(form).toString('base64').replace(/=+$/, '').slice(0, -1),
  ]);
}

/** What stands before a secret, to tell how it came there. */
function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + form.length + 10));
}

/** The content of all objects but the person's own, which hold what the person committed. */
export function ourObjects(repository: TestRepository): string {
  const own = new Set(
    repository
      .git('rev-list', '--objects', '--branches')
      .split('\n')
      .map((line) => line.split(' ')[0]),
  );
  const all = repository.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
  const ours = all.filter((oid) => !own.has(oid));
  const { stdout } = repository.run('git', ['cat-file', '--batch'], { input: `${ours.join('\n')}\n` });
  return stdout;
}

/** The files below a folder, but for the snapshots of the work tree, which nobody but its owner may read. */
export function filesBelow(folder: string): string {
  const texts = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (/^(?:objects|index)-/.test(entry.name)) {
      if (entry.isDirectory()) expect(statSync(path).mode & 0o077).toBe(0);
      return '';
    }
    if (entry.isDirectory()) return filesBelow(path);
    return `${entry.name}\n${readFileSync(path, 'utf8')}`;
  });
  return texts.join('\n');
}
