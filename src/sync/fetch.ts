/**
 * Stage 4, fetching: brings a remote's traces into tracking refs and unites them with what is here. Never writes a
 * fetched ref over a local one: that would silently discard events that were not pushed yet.
 */
import { isTraceError, type TraceError } from '../core/errors.ts';
import type { Oid, Ref } from '../core/ports.ts';
import { branchTrace, isNumbered, journalRef, TRACES, type TraceName, traceOfRef, trackingRef } from '../core/trace-name.ts';
import { archivedIn, localArchives } from '../journal/archive.ts';
import { dropArchived, fetchArchives, findArchived, rejoinArchived } from './archives.ts';
import { levelErased } from './erase.ts';
import { foldInboxes, type Inbox } from './inbox.ts';
import { type Integration, integrate, type SyncPorts } from './integrate.ts';

export interface Fetched {
  /** What became of each trace; `nothing` where neither side has it. */
  readonly traces: ReadonlyMap<TraceName, Integration>;
  /** Those that could not be fetched or united, and why; they are as they were. */
  readonly failed: ReadonlyMap<TraceName, TraceError>;
  /** Inboxes of these traces that are in the local journals now, and may go once a journal with them is delivered. */
  readonly inboxes: readonly Inbox[];
  /** Inboxes that are no sound journal, by ref; the rest is united all the same. */
  readonly left: ReadonlyMap<string, TraceError>;
}

/**
 * Fetches traces by name and unites each with the local one, and so the branch traces that became part of it.
 *
 * @param writer whose inboxes alone are looked at; everybody's unless told
 * @throws remote-failed, no-remote; and whatever went wrong, if it did with every one of the traces
 */
export async function fetchTraces(ports: SyncPorts, remote: string, traces: readonly TraceName[], writer?: string): Promise<Fetched> {
  const seen = new Set<TraceName>();
  for (const trace of traces) if (await isTracked(ports, remote, trace)) seen.add(trace);
  const { failed, left } = await download(ports, remote, traces, writer);
  const done = new Map<TraceName, Integration>();
  const inboxes: Inbox[] = [];
  const waiting = await trackedInboxes(ports, remote, traces, writer);
  for (const trace of traces) {
    if (failed.has(trace)) continue;
    try {
      const what = await uniteFetched(ports, remote, trace);
      const fold = await foldInboxes(ports, trace, waiting.get(trace) ?? []);
      inboxes.push(...fold.folded);
      for (const [ref, error] of fold.left) left.set(ref, error);
      const rejoined = await rejoinArchived(ports, trace);
      done.set(trace, fold.kind === 'united' || rejoined ? 'united' : what);
    } catch (error) {
      if (!isTraceError(error)) throw error;
      failed.set(trace, error);
    }
  }
  await refreshArchives(ports, remote, done, failed);
  await lookInArchives(ports, remote, done, seen, failed);
  await level(ports, done, failed);
  const [first] = failed.values();
  if (first !== undefined && done.size === 0) throw first;
  return { traces: done, failed, inboxes, left };
}

/** Erases in journals what archives know to be erased, and the other way round. */
async function level(ports: SyncPorts, done: Map<TraceName, Integration>, failed: Map<TraceName, TraceError>): Promise<void> {
  const numbered = [...done.keys()].filter(isNumbered);
  const archives = numbered.length === 0 ? [] : await localArchives(ports.repository);
  for (const trace of numbered) {
    try {
      await levelErased(ports, trace, archives);
    } catch (error) {
      if (!isTraceError(error)) throw error;
      failed.set(trace, error);
      done.delete(trace);
    }
  }
}

/** Brings archives up to date that hold one of these traces beside its journal: something may have been erased in them. */
async function refreshArchives(
  ports: SyncPorts,
  remote: string,
  done: ReadonlyMap<TraceName, Integration>,
  failed: Map<TraceName, TraceError>,
): Promise<void> {
  const live = [...done].flatMap(([trace, what]) => (isNumbered(trace) && what !== 'nothing' ? [trace] : []));
  const here = live.length === 0 ? [] : await localArchives(ports.repository);
  for (const trace of here.length === 0 ? [] : live) {
    const months = (await archivedIn(ports.repository.objects, here, trace)).map(({ month }) => month);
    try {
      if (months.length > 0) await fetchArchives(ports, remote, months);
    } catch (error) {
      if (!isTraceError(error)) throw error;
      failed.set(trace, error);
    }
  }
}

/**
 * Traces that the remote has no journal of (any more) may have been archived. It is looked through for those that are
 * nowhere here, and for those whose journal was there and has gone; the latter are then not kept twice. An archive that is
 * here and has one of them is fetched again.
 */
async function lookInArchives(
  ports: SyncPorts,
  remote: string,
  done: Map<TraceName, Integration>,
  seen: ReadonlySet<TraceName>,
  failed: Map<TraceName, TraceError>,
): Promise<void> {
  const gone: TraceName[] = [];
  const known = new Map<TraceName, string>();
  const absent: [TraceName, Integration][] = [];
  for (const [trace, what] of done) {
    const mayBe = isNumbered(trace) && (what === 'nothing' || seen.has(trace));
    if (mayBe && !(await isTracked(ports, remote, trace))) absent.push([trace, what]);
  }
  const archives = absent.length === 0 ? [] : await localArchives(ports.repository);
  for (const [trace, what] of absent) {
    const [archived] = what === 'nothing' ? await archivedIn(ports.repository.objects, archives, trace) : [];
    if (archived === undefined) gone.push(trace);
    else known.set(trace, archived.month);
  }
  try {
    // late events may have come to it since
    if (known.size > 0) await fetchArchives(ports, remote, [...new Set(known.values())]);
    for (const trace of known.keys()) done.set(trace, 'archived');
    if (gone.length === 0) return;
    for (const trace of await findArchived(ports, remote, gone)) if (await dropArchived(ports, trace)) done.set(trace, 'archived');
  } catch (error) {
    if (!isTraceError(error)) throw error;
    for (const trace of [...gone, ...known.keys()]) if (done.get(trace) === 'nothing') failed.set(trace, error);
    for (const trace of failed.keys()) done.delete(trace);
  }
}

async function isTracked(ports: SyncPorts, remote: string, trace: TraceName): Promise<boolean> {
  return (await ports.repository.refs.get(trackingRef(remote, journalRef(trace)))) !== undefined;
}

/** The variable of a linked branch that keeps the names it was recorded under; git moves it along when the branch is renamed. */
export const RECORDED_AS = 'traceRecordedAs';

/**
 * The branch traces that have become part of a pull request's trace, by the links in the configuration. Of a branch with
 * several pull requests it is the first: what was recorded before any of them went there. A former name of the branch
 * counts unless another branch has it now.
 */
export async function adoptedBranches(ports: SyncPorts, trace: TraceName): Promise<TraceName[]> {
  const { config, refs } = ports.repository;
  const first = new Map<string, string>();
  for (const [key, value] of config.entries('branch.')) {
    const branch = key.endsWith('.trace') ? key.slice('branch.'.length, -'.trace'.length) : undefined;
    if (branch !== undefined && !first.has(branch)) first.set(branch, value);
  }
  const names = new Set<string>();
  for (const [branch, value] of first) {
    if (value !== trace) continue;
    names.add(branch);
    for (const name of config.getAll(`branch.${branch}.${RECORDED_AS}`)) {
      if ((await refs.get(`refs/heads/${name}`)) === undefined) names.add(name);
    }
  }
  return [...names].map((name) => branchTrace(name, ports.sha256));
}

/** Where a remote's journal of a trace, and of the branches that went into it, was seen last. */
export async function tracked(ports: SyncPorts, remote: string, trace: TraceName): Promise<{ ref: string; oid: Oid }[]> {
  const found: { ref: string; oid: Oid }[] = [];
  for (const source of [trace, ...(await adoptedBranches(ports, trace))]) {
    const ref = journalRef(source);
    const oid = await ports.repository.refs.get(trackingRef(remote, ref));
    if (oid !== undefined) found.push({ ref, oid });
  }
  return found;
}

/** The inboxes of traces, and of the branches that went into them, as last seen on a remote. */
async function trackedInboxes(
  ports: SyncPorts,
  remote: string,
  traces: readonly TraceName[],
  writer = '',
): Promise<Map<TraceName, Inbox[]>> {
  const found = new Map<TraceName, Inbox[]>();
  const targets = new Map<string, TraceName>();
  for (const trace of traces) {
    for (const source of [...(await adoptedBranches(ports, trace)), trace])
      targets.set(trackingRef(remote, `${TRACES}${source}/${INBOX}${writer}`), trace);
  }
  if (targets.size === 0) return found;
  for (const { name, oid } of await listed(ports, [...targets.keys()], writer !== '')) {
    const prefix = [...targets.keys()].find((key) => name.startsWith(key));
    const trace = prefix === undefined ? undefined : targets.get(prefix);
    if (prefix === undefined || trace === undefined) continue;
    const ref = `${TRACES}${name.slice(trackingRef(remote, TRACES).length)}`;
    found.set(trace, [...(found.get(trace) ?? []), { trace, ref, oid }]);
  }
  return found;
}

/** The refs below these prefixes, or, where they are whole names, these refs, which costs no process. */
async function listed({ repository: { refs } }: SyncPorts, names: readonly string[], isWhole: boolean): Promise<Ref[]> {
  if (!isWhole) return refs.list(names);
  const oids = await Promise.all(names.map((name) => refs.get(name)));
  return names.flatMap((name, i) => {
    const oid = oids[i];
    return oid === undefined ? [] : [{ name, oid }];
  });
}

/** What the names of inboxes begin with, below their trace's. */
const INBOX = 'inbox/';
/** Refs of one trace that are fetched one by one, where something among them is broken. */
const ALONE = 256;

interface Download {
  readonly failed: Map<TraceName, TraceError>;
  readonly left: Map<string, TraceError>;
}

/** Brings the tracking refs up to date: all in one conversation, or piece by piece where the remote has something broken. */
export async function download(ports: SyncPorts, remote: string, traces: readonly TraceName[], writer?: string): Promise<Download> {
  // with the slash a server sends only this trace's refs, not those of 420 with those of 42
  const parts = writer === undefined ? ['*'] : ['journal*', `${INBOX}${writer}*`];
  const result: Download = { failed: new Map(), left: new Map() };
  const fetch = async (names: readonly TraceName[]): Promise<void> => {
    const sources = new Set<TraceName>(names);
    for (const trace of names) for (const branch of await adoptedBranches(ports, trace)) sources.add(branch);
    await ports.repository.remote.fetch(
      remote,
      [...sources].flatMap((name) => parts.map((part) => tracking(remote, `${TRACES}${name}/${part}`))),
    );
  };
  try {
    if (traces.length > 0) await fetch(traces);
    return result;
  } catch (error) {
    if (!isBroken(error)) throw error;
    if (traces.length === 1) await refByRef(ports, remote, traces[0] ?? '', error, result);
    else
      for (const trace of traces) {
        try {
          await fetch([trace]);
        } catch (broken) {
          if (!isBroken(broken)) throw broken;
          await refByRef(ports, remote, trace, broken, result);
        }
      }
    return result;
  }
}

/** Fetches a trace's refs each by itself: a broken inbox keeps neither the journal nor another inbox back. */
async function refByRef(ports: SyncPorts, remote: string, trace: TraceName, why: TraceError, { failed, left }: Download): Promise<void> {
  const sources = [trace, ...(await adoptedBranches(ports, trace))];
  const refs = await ports.repository.remote.list(
    remote,
    sources.map((name) => `${TRACES}${name}/*`),
  );
  const inboxes = refs.filter(({ name }) => traceOfRef(name)?.leaf.startsWith(INBOX));
  if (inboxes.length === 0) {
    failed.set(trace, why);
    return;
  }
  const journals = refs.filter((ref) => traceOfRef(ref.name)?.leaf === 'journal');
  for (const { name } of [...journals, ...inboxes].slice(0, ALONE)) {
    try {
      await ports.repository.remote.fetch(remote, [tracking(remote, name)]);
    } catch (error) {
      if (!isBroken(error)) throw error;
      if (traceOfRef(name)?.leaf === 'journal') failed.set(trace, error);
      else left.set(name, error);
    }
  }
}

function tracking(remote: string, ref: string): string {
  return `+${ref}:${trackingRef(remote, ref)}`;
}

/** Whether the remote answered, but something it has was refused: then other traces may be sound. */
function isBroken(error: unknown): error is TraceError {
  return isTraceError(error) && error.code === 'unreadable-segment';
}

async function uniteFetched(ports: SyncPorts, remote: string, trace: TraceName): Promise<Integration> {
  let result: Integration = 'nothing';
  for (const { ref, oid } of await tracked(ports, remote, trace)) {
    const step = await integrate(ports, trace, oid, remote, ref === journalRef(trace) ? 'theirs' : 'ours');
    if (result === 'nothing' || result === 'unchanged') result = step;
  }
  if (result === 'nothing' && (await ports.repository.refs.get(journalRef(trace))) !== undefined) return 'unchanged';
  return result;
}
