/** The files by which a build server and its jobs speak: an event's payload, the summary it shows, and events to be taken along. */
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { fail } from '../../core/errors.ts';

/** The text of a file of at most `limit` bytes; `undefined` where it cannot be read or is longer. */
export function readSmallFile(path: string, limit: number): string | undefined {
  try {
    const facts = fs.statSync(path);
    return facts.isFile() && facts.size <= limit ? fs.readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** Appends Markdown to a summary, as far as it may grow; tells whether it stands there. */
export function appendSummary(path: string, text: string, limit: number): boolean {
  try {
    const size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size + Buffer.byteLength(text) > limit) return false;
    fs.appendFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

/** Sets outputs of a step, each on one line; nothing where the server has named no file for them. */
export function appendOutputs(path: string | undefined, outputs: Readonly<Record<string, string>>): void {
  if (path === undefined || path === '') return;
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value.replace(/[\r\n]+/g, ' ')}\n`);
  fs.appendFileSync(path, lines.join(''));
}

/** Writes a file that a person named. @throws read-only */
export function writeOutputFile(name: string, cwd: string, text: string): void {
  try {
    fs.writeFileSync(resolve(cwd, name), text, { mode: 0o600 });
  } catch (cause) {
    throw fail('read-only', `cannot write '${name}': ${cause instanceof Error ? cause.message : String(cause)}`, ['name another file'], {
      cause,
    });
  }
}
