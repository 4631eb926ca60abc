/**
 * Stage 4, forks: takes what another repository holds for a pull request into the local trace. All of it is hostile data:
 * it can add lines and continue its own, but change, erase or prune nothing that is here, join nobody's session, and say
 * nothing in a host's name. Runs nothing, follows nothing.
 */
import { fail, isTraceError, type TraceError } from '../core/errors.ts';
import { HOST_FACTS } from '../core/host.ts';
import { isPrunedLine, readLine, type Sha256 } from '../core/line.ts';
import type { GitObjects, ObjectBatch, Oid } from '../core/ports.ts';
import { withoutUserinfo } from '../core/pull-request.ts';
import { FORMAT, FORMAT_FILE, parseSegmentName, parseSegmentPath, WRITER } from '../core/segment.ts';
import { splitLine } from '../core/split-line.ts';
import { branchTrace, TRACES, type TraceName, traceOfRef, trackingRef } from '../core/trace-name.ts';
import { type Marks, readMarks } from '../journal/erased.ts';
import { linesOf } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { knownWriter } from '../journal/writer.ts';
import { withoutEvent } from './erase-lines.ts';
import { download } from './fetch.ts';
import { soundJournal } from './inbox.ts';
import type { SyncPorts } from './integrate.ts';
import { revise } from './revise.ts';
import { markOf } from './segment-group.ts';

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

/** Bytes of lines that are read from all refs together; real traces have a hundredth of it. */
const MOST_BYTES = 67_108_864;
/** Refs that are looked at. */
const MOST_REFS = 256;
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
 * Then adds to the local trace `into` what is new in them. What it says in a host's name (pr_linked, pr_updated,
 * pr_reviewed) stands there as erased: whoever takes it over can ask the host.
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
  let room = MOST_BYTES;
  for (const [i, { ref, oid }] of (await trackedRefs(ports, url, [branch, pr.number])).entries()) {
    try {
      if (i >= MOST_REFS) throw fail('too-large', `it is not among the first ${MOST_REFS} refs`);
      const segments = await readForeign(ports.repository.objects, oid, ref, room);
      for (const { text } of segments) room -= text.length;
      found.set(ref, segments);
    } catch (error) {
      if (!isTraceError(error)) throw error;
      if (refused.size < MOST_TOLD) refused.set(ref, (error satisfies TraceError).message);
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
  const isJournal = (ref: string): boolean => traceOfRef(ref)?.leaf === 'journal';
  return refs
    .map(({ name, oid }) => ({ ref: `${TRACES}${name.slice(top.length)}`, oid }))
    .filter(({ ref }) => isJournal(ref) || traceOfRef(ref)?.leaf.startsWith('inbox/'))
    .sort((a, b) => Number(isJournal(b.ref)) - Number(isJournal(a.ref)));
}

/** Every segment of a journal, read one after the other up to a limit of bytes. @throws unreadable-segment, newer-format, too-large */
async function readForeign(objects: GitObjects, commit: Oid, ref: string, room: number): Promise<ForeignSegment[]> {
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
      if (bytes > room) throw fail('too-large', `'${ref}' and what was read before it have more than ${MOST_BYTES} bytes`);
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
    const sessions = await sessionsOf(root);
    const marks = await readMarks(layer, root);
    for (const [ref, segments] of found) {
      let lines = 0;
      for (const foreign of segments) {
        // the fork may have what was erased here
        const segment = { ...foreign, text: withoutErased(foreign.text, marks, ports.sha256) };
        // what this clone has written nobody else continues
        const added =
          segment.writer === own
            ? 0
            : isAnothers(sessions, segment)
              ? `its session is another writer's here`
              : await add(layer, batch, root, segment, ports.sha256);
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

/** Who has written each session of a journal. */
async function sessionsOf(root: Tree): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const sessions = new Map<string, Set<string>>();
  for (const { name: writer, kind } of root.names()) {
    const folder = kind === 'folder' && WRITER.test(writer) ? await root.folder(writer) : undefined;
    for (const { name } of folder?.names() ?? []) sessions.set(name, (sessions.get(name) ?? new Set()).add(writer));
  }
  return sessions;
}

/** Whether somebody else has a session of that name: what a fork adds to it would be told as that person's doing. */
function isAnothers(
  sessions: ReadonlyMap<string, ReadonlySet<string>>,
  { path, writer }: Pick<ForeignSegment, 'path' | 'writer'>,
): boolean {
  const writers = sessions.get(path.split('/')[1] ?? '');
  return writers !== undefined && !writers.has(writer);
}

/** The lines with those erased that speak in a host's name; every line keeps its place. Text and result are bytes. */
function withoutHostFacts(text: string, sha256: Sha256): string {
  // only a canonical line is an event, and so says its type
  if (!text.includes(SPEAKING)) return text;
  const clean = (line: string): string => {
    const mark = line.includes(SPEAKING) && isHostFact(line) ? markOf(line, sha256) : undefined;
    return mark === undefined ? line : `{"erased":"${mark}"}`;
  };
  return text.split('\n').map(clean).join('\n');
}

/** The lines with those erased that were erased here. Text and result are bytes. */
function withoutErased(text: string, marks: Marks, sha256: Sha256): string {
  if (marks.size === 0) return text;
  return text
    .split('\n')
    .map((line) => withoutEvent(line, marks, (one) => markOf(one, sha256)))
    .join('\n');
}

/** How the types of all such events begin. */
const SPEAKING = '"type":"pr_';

function isHostFact(line: string): boolean {
  const usual = splitLine(line);
  if (usual !== undefined) return HOST_FACTS.has(usual.type);
  const read = readLine(line, false);
  return read.kind === 'event' && HOST_FACTS.has(read.event.type);
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
  sha256: Sha256,
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
  const clean = withoutHostFacts(text, sha256);
  if (text === '' || mine.some((known) => known.startsWith(text) || known.startsWith(clean))) return 0;
  const [known = ''] = mine;
  // what was here when the fork took it from here is as it was
  const longer = text.startsWith(known) ? known + withoutHostFacts(text.slice(known.length), sha256) : clean;
  if (mine.length > 1 || !longer.startsWith(known)) return 'it does not continue what is here';
  // a pruned line wins over every other in its place, also over one that is still to come
  if (longer.slice(known.length).split('\n').some(isPrunedLine)) return 'it was pruned there';
  await root.put(path, batch.add('blob', Buffer.from(longer, 'latin1')));
  return longer.split('\n').length - known.split('\n').length;
}
