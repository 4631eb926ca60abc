/**
 * Stage 4, forks: takes what another repository holds for a pull request into the local trace. All of it is hostile data:
 * it can add lines and continue its own, but change, erase or prune nothing that is here. Runs nothing, follows nothing.
 */
import { fail, isTraceError, type TraceError } from '../core/errors.ts';
import { readLine } from '../core/line.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { FORMAT, FORMAT_FILE, parseSegmentName, parseSegmentPath } from '../core/segment.ts';
import { branchTrace, TRACES, type TraceName, traceOfRef, trackingRef } from '../core/trace-name.ts';
import { linesOf } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { knownWriter } from '../journal/writer.ts';
import { download } from './fetch.ts';
import { soundJournal } from './inbox.ts';
import type { SyncPorts } from './integrate.ts';
import { revise } from './revise.ts';

/** The pull request, as the repository it is to be merged into knows it. */
export interface ForeignPullRequest {
  /** The branch in the other repository. */
  readonly branch: string;
  readonly number: string;
  /** `owner/repo#number`. */
  readonly prId: string;
}

export interface ForeignFetch {
  /** Refs of the other repository whose lines are here now, with how many of them are new. */
  readonly taken: ReadonlyMap<string, number>;
  /** Refs, and paths in them, that were not taken over, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Bytes of lines that are read from one ref; real traces have a hundredth of it. */
const MOST_BYTES = 67_108_864;
/** Refusals that are told one by one. */
const MOST_TOLD = 50;

interface ForeignSegment {
  readonly path: string;
  readonly writer: string;
  readonly firstSeq: number;
  readonly text: string;
}

/**
 * Fetches from another repository, given by URL, the trace of a pull request's branch, and the trace of its number if that
 * says by itself (`pr_linked`) that it is this pull request: the other repository may have a pull request 42 of its own.
 * Then adds to the local trace `into` what is new in them.
 *
 * @throws bad-argument for a URL that names a program; remote-failed, no-remote; locked
 */
export async function fetchForeign(ports: SyncPorts, url: string, pr: ForeignPullRequest, into: TraceName): Promise<ForeignFetch> {
  // git would run git-remote-<helper>
  if (url.startsWith('-') || /^[A-Za-z0-9+.-]*::/.test(url))
    throw fail('bad-argument', `'${withoutUserinfo(url)}' is no URL to fetch from`);
  const refused = new Map<string, string>();
  const branch = branchTrace(pr.branch, ports.sha256);
  const { failed, left } = await download(ports, url, [branch, pr.number]);
  for (const [trace, error] of failed) refused.set(`${TRACES}${trace}`, error.message);
  for (const [ref, error] of left) refused.set(ref, error.message);

  const found = new Map<string, readonly ForeignSegment[]>();
  for (const { ref, oid } of await trackedRefs(ports, url, [branch, pr.number])) {
    try {
      found.set(ref, await readForeign(ports.repository.objects, oid, ref));
    } catch (error) {
      if (!isTraceError(error)) throw error;
      refused.set(ref, (error satisfies TraceError).message);
    }
  }
  const numbered = [...found].filter(([ref]) => traceOfRef(ref)?.trace === pr.number);
  if (!numbered.some(([, segments]) => segments.some(({ text }) => isLinkedTo(text, pr.prId)))) {
    for (const [ref] of numbered) {
      refused.set(ref, `it does not say that it belongs to ${pr.prId}`);
      found.delete(ref);
    }
  }
  const taken = await takeOver(ports, url, found, into, refused);
  return { taken, refused };
}

async function trackedRefs(ports: SyncPorts, url: string, traces: readonly TraceName[]): Promise<{ ref: string; oid: Oid }[]> {
  const top = trackingRef(url, TRACES);
  const refs = await ports.repository.refs.list(traces.map((trace) => trackingRef(url, `${TRACES}${trace}/`)));
  return refs
    .map(({ name, oid }) => ({ ref: `${TRACES}${name.slice(top.length)}`, oid }))
    .filter(({ ref }) => /^(journal$|inbox\/)/.test(traceOfRef(ref)?.leaf ?? ''));
}

/** Every segment of a journal, read one after the other up to a limit. @throws unreadable-segment, newer-format, too-large */
async function readForeign(objects: GitObjects, commit: Oid, ref: string): Promise<ForeignSegment[]> {
  const segments: ForeignSegment[] = [];
  let bytes = 0;
  const walk = async (tree: Tree, prefix: string): Promise<void> => {
    for (const { name, kind, oid } of tree.names()) {
      const path = `${prefix}${name}`;
      const folder = kind === 'folder' && prefix.split('/').length <= 3 ? await tree.folder(name) : undefined;
      if (folder !== undefined) await walk(folder, `${path}/`);
      const segment = kind === 'file' ? parseSegmentPath(path) : undefined;
      if (segment === undefined || oid === undefined) continue;
      const blob = await objects.read(oid);
      if (blob?.type !== 'blob') throw fail('unreadable-segment', `'${path}' of '${ref}' cannot be read`);
      bytes += blob.data.length;
      if (bytes > MOST_BYTES) throw fail('too-large', `'${ref}' has more than ${MOST_BYTES} bytes`);
      const text = blob.data.toString('latin1', 0, blob.data.lastIndexOf(0x0a) + 1);
      segments.push({ path, writer: segment.writer, firstSeq: segment.firstSeq, text });
    }
  };
  await walk(await soundJournal(objects, commit, ref), '');
  return segments;
}

function isLinkedTo(text: string, prId: string): boolean {
  return linesOf(Buffer.from(text, 'latin1')).some((line) => {
    if (!line.includes('"pr_linked"')) return false;
    const read = readLine(line, false);
    const said = read.kind === 'event' && read.event.type === 'pr_linked' ? read.event.payload['pr_id'] : undefined;
    return typeof said === 'string' && said.toLowerCase() === prId.toLowerCase();
  });
}

async function takeOver(
  ports: SyncPorts,
  url: string,
  found: ReadonlyMap<string, readonly ForeignSegment[]>,
  into: TraceName,
  refused: Map<string, string>,
): Promise<ReadonlyMap<string, number>> {
  const own = knownWriter(ports.files);
  const { result } = await revise(ports, into, async ({ layer, batch, tree }) => {
    const root = tree === undefined ? new Tree(layer) : await Tree.load(layer, tree);
    const taken = new Map<string, number>();
    for (const [ref, segments] of found) {
      let lines = 0;
      for (const segment of segments) {
        // what this clone has written nobody else continues
        const added = segment.writer === own ? 0 : await add(layer, batch, root, segment);
        if (typeof added === 'number') lines += added;
        else if (refused.size < MOST_TOLD) refused.set(`${ref}:${segment.path}`, added);
      }
      taken.set(ref, lines);
    }
    if (taken.size > 0 && root.file(FORMAT_FILE) === undefined) await root.put(FORMAT_FILE, batch.add('blob', Buffer.from(`${FORMAT}\n`)));
    const subject = `chore(trace): take over from ${withoutUserinfo(url)
      .replace(/\p{Cc}/gu, '')
      .slice(0, 100)}`;
    return { tree: taken.size === 0 ? tree : root.write(batch), subject, result: taken };
  });
  return result;
}

/**
 * Adds one foreign segment to a journal's tree, if it is new there, or continues what is there.
 *
 * @returns how many lines it added, or why it may not
 */
async function add(
  objects: GitObjects,
  batch: ObjectBatch,
  root: Tree,
  { path, firstSeq, text }: ForeignSegment,
): Promise<number | string> {
  const steps = path.split('/');
  let holder: Tree | undefined = root;
  for (const step of steps.slice(0, -1)) holder = await holder?.folder(step);
  const mine: string[] = [];
  for (const { name, oid } of holder?.names() ?? []) {
    if (oid === undefined || parseSegmentName(name)?.firstSeq !== firstSeq) continue;
    const blob = await objects.read(oid);
    if (blob?.type !== 'blob') return 'what is here cannot be read';
    mine.push(blob.data.toString('latin1'));
  }
  if (text === '' || mine.some((known) => known.startsWith(text))) return 0;
  if (mine.length > 1 || (mine[0] !== undefined && !text.startsWith(mine[0]))) return 'it does not continue what is here';
  // a pruned segment wins over every other version of its path, also over one that is still to come
  if (text.startsWith('{"pruned":')) return 'it was pruned there';
  await root.put(path, batch.add('blob', Buffer.from(text, 'latin1')));
  return text.split('\n').length - (mine[0] ?? '').split('\n').length;
}
