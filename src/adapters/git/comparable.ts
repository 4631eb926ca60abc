/**
 * Makes two trees comparable (stage 1, edits): at the paths that differ, with the content that a snapshot would have
 * stored. A commit holds what is secret or large as it is, a snapshot does not: that alone is no edit.
 */
import * as fs from 'node:fs';
import type { ComparableOptions, Oid, PathChange } from '../../core/ports.ts';
import { CatFile } from './cat-file.ts';
import type { GitObjectStore } from './objects.ts';
import { gitFailure, runGit } from './process.ts';

export interface ComparableSite {
  /** Sees all stores, writes to the present one, through an index that is nobody's. */
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly index: string;
  readonly objects: GitObjectStore;
  /** Size and time of a file of the work tree. */
  readonly facts: (path: string) => fs.Stats | undefined;
}

const UNSEEN = '\0not looked into: ';

/** Stands for a file that is not looked into: another one for each change. */
export function unseen(size: number, mark: number | string): Buffer {
  return Buffer.from(`${UNSEEN}${size} bytes, changed ${mark}\n`);
}

/** Content as a commit or snapshot holds it: nothing to say of it, what may be stored of it, or never looked into. */
type Content =
  | { readonly is: 'plain' | 'unseen' }
  | { readonly is: 'clean'; readonly bytes: Buffer }
  | { readonly is: 'large'; readonly size: number };

/** @throws git-failed */
export async function comparableTrees(
  site: ComparableSite,
  from: Oid,
  to: Oid,
  changes: readonly PathChange[],
  { limit, clean, brought }: ComparableOptions,
): Promise<{ from: Oid; to: Oid }> {
  const named = changes.filter(
    ({ path, oldPath, mode, oldMode }) => !/\uFFFD/.test(path + (oldPath ?? '')) && (mode ?? oldMode) !== '160000',
  );
  const before = (change: PathChange): Oid | undefined => (brought.has(change.path) ? brought.get(change.path) : change.oldOid);
  const contents = await look(
    site,
    named.flatMap((change) => [before(change) ?? [], change.oid ?? []].flat()),
    limit,
    clean,
  );
  const batch = site.objects.batch();
  const stored = (oid: Oid): Oid => {
    const content = contents.get(oid);
    if (content?.is === 'clean') return batch.add('blob', content.bytes);
    return content?.is === 'large' ? batch.add('blob', unseen(content.size, oid)) : oid;
  };
  const olds: string[] = [];
  const news: string[] = [];
  for (const change of named) {
    const { path, oldPath, oid, oldOid, mode, oldMode } = change;
    const old = before(change);
    const oldStored = old === undefined ? undefined : stored(old);
    const place = brought.has(path) ? path : (oldPath ?? path);
    if (oldStored !== oldOid || place !== (oldPath ?? path)) olds.push(entry(to.length, place, oldStored, oldMode ?? mode));
    if (oid === undefined) continue;
    const isUnseen = (old !== undefined && contents.get(old)?.is === 'unseen') || contents.get(oid)?.is === 'large';
    const facts = isUnseen ? site.facts(path) : undefined;
    const newStored = facts === undefined ? stored(oid) : batch.add('blob', unseen(facts.size, facts.mtimeMs));
    if (newStored !== oid) news.push(entry(to.length, path, newStored, mode));
  }
  await batch.write();
  return { from: await withEntries(site, from, olds), to: await withEntries(site, to, news) };
}

/** As `git update-index --index-info` reads it; names of this repository have so many digits. */
function entry(length: number, path: string, oid: Oid | undefined, mode = '100644'): string {
  return oid === undefined ? `0 ${'0'.repeat(length)}\t${path}\0` : `${mode} ${oid}\t${path}\0`;
}

/** What a snapshot would have stored of blobs. */
async function look(
  { env, cwd }: ComparableSite,
  oids: readonly Oid[],
  limit: number,
  clean: ComparableOptions['clean'],
): Promise<ReadonlyMap<Oid, Content>> {
  const contents = new Map<Oid, Content>();
  if (oids.length === 0) return contents;
  const checked = await runGit(['cat-file', '--batch-check'], env, { cwd, input: `${oids.join('\n')}\n` });
  const catFile = new CatFile(env, cwd);
  try {
    for (const line of checked.stdout.toString('latin1').split('\n')) {
      const [oid = '', type, size = ''] = line.split(' ');
      if (type !== 'blob' || contents.has(oid)) continue;
      if (Number(size) > limit) contents.set(oid, { is: 'large', size: Number(size) });
      else contents.set(oid, contentOf((await catFile.read(oid))?.data, clean));
    }
  } finally {
    await catFile.close();
  }
  return contents;
}

function contentOf(data: Buffer | undefined, clean: ComparableOptions['clean']): Content {
  if (data === undefined) return { is: 'plain' };
  if (data.subarray(0, UNSEEN.length).toString('latin1') === UNSEEN) return { is: 'unseen' };
  const bytes = clean(data);
  return bytes === undefined ? { is: 'plain' } : { is: 'clean', bytes };
}

/** A tree with other entries. */
async function withEntries({ env, cwd, index }: ComparableSite, tree: Oid, entries: readonly string[]): Promise<Oid> {
  if (entries.length === 0) return tree;
  const git = async (args: readonly string[], input = ''): Promise<string> => {
    const result = await runGit(args, { ...env, GIT_INDEX_FILE: index }, { cwd, input });
    if (result.status !== 0) throw gitFailure('compare two snapshots', result);
    return result.stdout.toString('utf8').trim();
  };
  try {
    await git(['read-tree', tree]);
    await git(['update-index', '-z', '--add', '--replace', '--index-info'], entries.join(''));
    return await git(['write-tree']);
  } finally {
    for (const path of [index, `${index}.lock`]) fs.rmSync(path, { force: true });
  }
}
