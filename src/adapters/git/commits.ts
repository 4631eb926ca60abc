/** Facts of the user's commits: message and parents from the object, counts from one `git diff-tree --stdin`. */
import type { TraceError } from '../../core/errors.ts';
import type { CommitFacts, Oid } from '../../core/ports.ts';
import type { CatFile } from './cat-file.ts';
import { gitFailure, runGit } from './process.ts';

type FileCount = CommitFacts['files'][number];

/** Reads facts of commits; those whose object is missing are left out. */
export async function readCommitFacts(
  oids: readonly Oid[],
  catFile: CatFile,
  env: Record<string, string>,
  cwd: string,
): Promise<Map<Oid, CommitFacts>> {
  const wanted = [...new Set(oids)].filter((oid) => /^[0-9a-f]{40,64}$/.test(oid));
  // one broken object must not keep everything else from being recorded
  const objects = await Promise.all(wanted.map((oid) => catFile.read(oid).catch(() => undefined)));
  const found = wanted.filter((_, i) => objects[i]?.type === 'commit');
  const files = found.length === 0 ? new Map<Oid, FileCount[]>() : await numstat(found, env, cwd);
  const facts = new Map<Oid, CommitFacts>();
  for (const [i, oid] of wanted.entries()) {
    const object = objects[i];
    if (object?.type === 'commit') facts.set(oid, { oid, ...parseCommit(object.data), files: files.get(oid) ?? [] });
  }
  return facts;
}

/** Parents and message of a commit object (gitformat: headers, an empty line, the message). */
export function parseCommit(data: Buffer): { parents: Oid[]; message: string } {
  const text = data.toString('utf8');
  const split = text.indexOf('\n\n');
  const headers = split < 0 ? text : text.slice(0, split);
  const parents = [...headers.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '');
  const encoding = /^encoding (.+)$/m.exec(headers)?.[1];
  const message = encoding === undefined ? text.slice(split + 2) : decode(data.subarray(data.indexOf('\n\n') + 2), encoding);
  return { parents, message: split < 0 ? '' : message.trimEnd() };
}

function decode(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return bytes.toString('utf8'); // an encoding nobody knows: invalid bytes become U+FFFD
  }
}

async function numstat(oids: readonly Oid[], env: Record<string, string>, cwd: string): Promise<Map<Oid, FileCount[]>> {
  const args = ['diff-tree', '--stdin', '--root', '-r', '-M', '-z', '--numstat', '--no-ext-diff', '--no-textconv'];
  const result = await runGit(args, env, { cwd, input: `${oids.join('\n')}\n` });
  if (result.status !== 0) return numstatInHalves(oids, env, cwd, gitFailure('read what the commits changed', result));
  const tokens = result.stdout.toString('utf8').split('\0');
  const files = new Map<Oid, FileCount[]>();
  let current: FileCount[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]?.replace(/^\n/, '') ?? '';
    if (/^[0-9a-f]{40,64}$/.test(token)) {
      current = [];
      files.set(token, current);
      continue;
    }
    const count = /^([0-9]+|-)\t([0-9]+|-)\t([\s\S]*)$/.exec(token);
    if (count === null) continue;
    // a rename has an empty path here and its two paths in the next two tokens
    const path = count[3] === '' ? (tokens[i + 2] ?? '') : (count[3] ?? '');
    if (count[3] === '') i += 2;
    const number = (text: string | undefined): number | null => (text === '-' ? null : Number(text));
    current.push({ path, additions: number(count[1]), deletions: number(count[2]) });
  }
  return files;
}

/** What git can tell where it cannot tell all: a commit whose trees or blobs are broken or missing counts no files. */
async function numstatInHalves(
  oids: readonly Oid[],
  env: Record<string, string>,
  cwd: string,
  failure: TraceError,
): Promise<Map<Oid, FileCount[]>> {
  if (failure.code !== 'git-failed') throw failure;
  if (oids.length === 1) return new Map();
  const half = Math.ceil(oids.length / 2);
  const first = await numstat(oids.slice(0, half), env, cwd);
  return new Map([...first, ...(await numstat(oids.slice(half), env, cwd))]);
}
