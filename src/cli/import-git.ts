/** What other tools keep in git, as parts to import: Entire's checkpoints, git-ai's notes. */

import { checkpointRecords } from '../capture/import/entire.ts';
import { authorshipRecords } from '../capture/import/git-ai.ts';
import { fail } from '../core/errors.ts';
import type { GitObjects, Oid, Repository } from '../core/ports.ts';
import { timestamp } from '../core/time.ts';
import { loadRoot } from '../journal/read.ts';
import type { Tree } from '../journal/tree.ts';
import type { Place } from '../spool/record.ts';
import type { Context } from './context.ts';
import type { Part } from './import-records.ts';

const ENTIRE_BRANCH = 'entire/checkpoints/v1';
const ENTIRE_REFS = 'refs/entire/checkpoints/';
const NOTES = 'refs/notes/ai';

/** The sessions of all checkpoints: on the branch, here or of a remote, and on refs of their own. @throws no-such-trace */
export async function* entireParts(context: Context, named: string | undefined, place: Place | undefined): AsyncGenerator<Part> {
  const repository = await context.repository();
  const { objects, refs } = repository;
  const tips =
    named === undefined ? await entireTips(repository) : await refs.list([named, `refs/heads/${named}`, `refs/remotes/${named}`]);
  if (tips.length === 0)
    throw fail('no-such-trace', `there are no checkpoints of Entire here${named === undefined ? '' : ` in '${named}'`}`, [
      `fetch them: git fetch origin ${ENTIRE_BRANCH}:${ENTIRE_BRANCH} '+${ENTIRE_REFS}*:${ENTIRE_REFS}*'`,
    ]);
  for (const { oid } of tips) {
    const root = await loadRoot(objects, oid);
    if (root.file('metadata.json') !== undefined) yield* sessionsOf(context, repository, root, place);
    else
      for (const shard of await foldersOf(root))
        for (const checkpoint of await foldersOf(shard)) yield* sessionsOf(context, repository, checkpoint, place);
  }
}

async function entireTips({ refs }: Repository): Promise<readonly { oid: Oid }[]> {
  const local = await refs.list([`refs/heads/${ENTIRE_BRANCH}`]);
  const remote = (await refs.list(['refs/remotes/'])).filter(({ name }) => name.endsWith(`/${ENTIRE_BRANCH}`));
  return [...(local.length > 0 ? local : remote), ...(await refs.list([ENTIRE_REFS]))];
}

async function* sessionsOf(
  context: Context,
  { objects, workTree }: Repository,
  checkpoint: Tree,
  place: Place | undefined,
): AsyncGenerator<Part> {
  const text = async (tree: Tree, name: string): Promise<string | undefined> => textOf(objects, tree.file(name));
  const above = await text(checkpoint, 'metadata.json');
  const numbered = (await foldersOf(checkpoint, /^[0-9]{1,4}$/)).concat(checkpoint);
  for (const session of numbered) {
    const metadata = await text(session, 'metadata.json');
    if (metadata === undefined) continue;
    const prompts = await text(session, 'prompt.txt');
    // a long transcript is kept in pieces: full.jsonl, full.jsonl.001, …
    const names = session.names().filter(({ name }) => /^full\.jsonl(?:\.[0-9]{1,6})?$/.test(name));
    const pieces: Buffer[] = [];
    for (const { oid } of names) pieces.push((await blob(objects, oid)) ?? Buffer.alloc(0));
    const transcript = linesIn(pieces);
    yield (isIgnored) =>
      checkpointRecords({ metadata, checkpoint: above, prompts, transcript }, { place, workTree, isIgnored, sha256: context.sha256 });
  }
}

async function foldersOf(tree: Tree, wanted: RegExp = /./): Promise<Tree[]> {
  const folders: Tree[] = [];
  for (const { name, kind } of tree.names()) {
    const folder = kind === 'folder' && wanted.test(name) ? await tree.folder(name) : undefined;
    if (folder !== undefined) folders.push(folder);
  }
  return folders;
}

/** Lines of several pieces, each time they are asked for. */
function linesIn(pieces: readonly Buffer[]): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (const piece of pieces) {
        let from = 0;
        for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
          yield piece.toString('utf8', from, end);
          from = end + 1;
        }
        if (from < piece.length) yield piece.toString('utf8', from);
      }
    },
  };
}

/** The notes of git-ai, a part for some hundred of them. @throws no-such-trace */
export async function* notesParts(context: Context, named: string | undefined, place: Place): AsyncGenerator<Part> {
  const { objects, refs } = await context.repository();
  const ref = named ?? NOTES;
  const tip = await refs.get(ref);
  if (tip === undefined)
    throw fail('no-such-trace', `there are no notes of git-ai here in '${ref}'`, [`fetch them: git fetch origin '+${ref}:${ref}'`]);
  const notes: { sha: string; ts: string; note: string }[] = [];
  const partOf = (some: typeof notes): Part =>
    function* (isIgnored) {
      for (const { sha, ts, note } of some) yield* authorshipRecords(note, { place, sha, ts, isIgnored, sha256: context.sha256 }) ?? [];
    };
  for await (const { sha, oid } of notesIn(await loadRoot(objects, tip), '')) {
    const [note, ts] = [await textOf(objects, oid), await timeOf(objects, sha)];
    // of a commit that is not here nothing tells when it was
    if (note === undefined || ts === undefined) continue;
    if (notes.push({ sha, ts, note }) === 500) yield partOf(notes.splice(0));
  }
  yield partOf(notes);
}

/** Notes by the commit they are of; git spreads many over folders named by the first digits. */
async function* notesIn(tree: Tree, prefix: string): AsyncGenerator<{ sha: string; oid: Oid }> {
  for (const { name, kind, oid } of tree.names()) {
    const sha = prefix + name;
    if (kind === 'file' && oid !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) yield { sha, oid };
    const folder = kind === 'folder' && /^[0-9a-f]{2}$/.test(name) ? await tree.folder(name) : undefined;
    if (folder !== undefined) yield* notesIn(folder, sha);
  }
}

/** When a commit was made. */
async function timeOf(objects: GitObjects, sha: string): Promise<string | undefined> {
  const object = await objects.read(sha);
  const seconds = object?.type === 'commit' ? /^committer .*> ([0-9]{1,12}) /m.exec(object.data.toString('utf8'))?.[1] : undefined;
  return seconds === undefined ? undefined : timestamp(Number(seconds) * 1_000);
}

async function textOf(objects: GitObjects, oid: Oid | undefined): Promise<string | undefined> {
  return (await blob(objects, oid))?.toString('utf8');
}

async function blob(objects: GitObjects, oid: Oid | undefined): Promise<Buffer | undefined> {
  const object = oid === undefined ? undefined : await objects.read(oid);
  return object?.type === 'blob' ? object.data : undefined;
}
