/** Every trace of this clone with what its line in `git trace list` tells; reads only what is new since the last time. */
import { messageOf } from '../core/errors.ts';
import { mergeSessions } from '../core/order.ts';
import type { GitObjects, Oid, Ref } from '../core/ports.ts';
import { archiveMonth, archiveRef, journalRef, type TraceName } from '../core/trace-name.ts';
import { localArchives, tracesIn } from '../journal/archive.ts';
import { readRoot } from '../journal/read.ts';
import { Tree } from '../journal/tree.ts';
import { wholeTrace } from '../sync/whole.ts';
import { foldHead } from '../timeline/document.ts';
import type { Context } from './context.ts';
import { dropListPages, type ListPage, type ListRow, readListPage, writeListPage } from './list-index.ts';
import { localTraces } from './remote.ts';

/** The page of traces that have a journal, or lie in more than one archive. */
const LIVE = 'live';
/** Traces read at the same time. */
const AT_ONCE = 64;
/** With more than so many to read, it is said. */
const MANY = 2_000;

export interface ListedTrace extends ListRow {
  readonly trace: TraceName;
  readonly ref: string;
  /** The month in whose archive it is. */
  readonly archived: string | null;
  /** Why it cannot be read, where it cannot. */
  readonly fault: string | null;
}

const NOTHING: ListRow = { title: null, status: 'open', events: 0, sessions: 0, start_time: null, end_time: null };

/** A trace and the objects that it is made of. */
interface Place {
  readonly trace: TraceName;
  readonly tip: Oid | undefined;
  /** Newest first. */
  readonly archived: { readonly month: string; readonly tree: Oid }[];
}

/** A page that is filled. */
interface NewPage {
  readonly archive: Oid | undefined;
  readonly traces: number;
  readonly rows: Map<TraceName, { key: string; row: ListRow }>;
}

/** All traces that are here, in no order. @throws bad-ref */
export async function listTraces(context: Context): Promise<ListedTrace[]> {
  const repository = await context.repository();
  const files = await context.files();
  const archives = await localArchives(repository);
  const places = new Map<TraceName, Place>();
  for (const { trace, tip } of await localTraces(repository)) places.set(trace, { trace, tip, archived: [] });

  const before = new Map<string, ListPage>([[LIVE, readListPage(files, LIVE)]]);
  const now = new Map([[LIVE, newPage(undefined, 0)]]);
  for (const archive of archives) {
    const month = archiveMonth(archive.name) ?? '';
    const page = readListPage(files, month);
    before.set(month, page);
    const trees = await treesOf(repository.objects, archive, page);
    now.set(month, newPage(trees && archive.oid, trees?.length ?? 0));
    for (const [trace, tree] of trees ?? []) {
      const place = places.get(trace);
      if (place === undefined) places.set(trace, { trace, tip: undefined, archived: [{ month, tree }] });
      else place.archived.push({ month, tree });
    }
  }

  const listed: ListedTrace[] = [];
  const toRead: Place[] = [];
  for (const place of places.values()) {
    const known = before.get(pageOf(place))?.rows.get(place.trace);
    if (known?.key !== keyOf(place)) toRead.push(place);
    else listed.push(take(place, known.row));
  }
  if (toRead.length > MANY) context.output.say(`reading ${toRead.length} traces; the next time only what is new is read`);
  for (let at = 0; at < toRead.length; at += AT_ONCE)
    await Promise.all(
      toRead.slice(at, at + AT_ONCE).map(async (place) => {
        try {
          const row = await rowOf(context, place, archives);
          if (row !== undefined) listed.push(take(place, row)); // else gone since we looked
        } catch (error) {
          listed.push({ ...told(place), ...NOTHING, fault: messageOf(error) });
        }
      }),
    );
  const changed = new Set(toRead.map(pageOf));
  for (const [name, { archive, traces, rows }] of now) {
    // what could not be read, or lies elsewhere too, has no row here: the next time the archive itself is asked
    const complete = rows.size === traces ? archive : undefined;
    const old = before.get(name);
    if (changed.has(name) || old?.complete !== complete || old?.rows.size !== rows.size) writeListPage(files, name, { complete, rows });
  }
  dropListPages(files, new Set(now.keys()));
  return listed;

  /** Keeps a row for the next time. */
  function take(place: Place, row: ListRow): ListedTrace {
    now.get(pageOf(place))?.rows.set(place.trace, { key: keyOf(place), row });
    return { ...told(place), ...row, fault: null };
  }
}

/** @param traces that the archive holds */
function newPage(archive: Oid | undefined, traces: number): NewPage {
  return { archive, traces, rows: new Map() };
}

/** The traces in an archive: as its page says, if that is complete for this very commit, else as its tree does. */
async function treesOf(objects: GitObjects, archive: Ref, page: ListPage): Promise<(readonly [TraceName, Oid])[] | undefined> {
  if (page.complete === archive.oid) return [...page.rows].map(([trace, { key }]) => [trace, key]);
  return tracesIn(objects, archive); // one that cannot be read holds back nothing else
}

/** What a trace is made of; for one in an archive alone it is the folder's tree. */
function keyOf({ tip, archived }: Place): string {
  return [...(tip === undefined ? [] : [tip]), ...archived.map(({ tree }) => tree)].join('+');
}

function pageOf({ tip, archived }: Place): string {
  return tip === undefined && archived.length === 1 ? (archived[0]?.month ?? LIVE) : LIVE;
}

function told({ trace, tip, archived }: Place): Pick<ListedTrace, 'trace' | 'ref' | 'archived'> {
  const month = archived[0]?.month ?? null;
  return { trace, ref: tip === undefined && month !== null ? archiveRef(month) : journalRef(trace), archived: month };
}

async function rowOf(context: Context, { trace, tip, archived }: Place, archives: readonly Ref[]): Promise<ListRow | undefined> {
  const repository = await context.repository();
  const [only] = archived;
  const alone = tip === undefined && archived.length === 1 && only !== undefined;
  const whole = alone
    ? { root: await Tree.load(repository.objects, only.tree), objects: repository.objects }
    : await wholeTrace({ repository, sha256: context.sha256 }, trace, { archives });
  if (whole === undefined) return undefined;
  const { parts } = await readRoot(whole.objects, whole.root);
  const ordered = mergeSessions(parts, context.sha256);
  const { pr, sessions, timeline } = foldHead(trace, ordered, context.sha256);
  return {
    title: pr.title,
    status: pr.status,
    events: ordered.entries.length,
    sessions: sessions.length,
    start_time: timeline.start_time,
    end_time: timeline.end_time,
  };
}
