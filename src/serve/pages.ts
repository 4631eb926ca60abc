/**
 * The events of a trace in pages. A cursor names commits of the journal, not a place in the order: it says what was told
 * already, so that events which a union puts before it are told too, and none is told twice. Writes nothing.
 */
import { fail } from '../core/errors.ts';
import { HttpRefusal } from '../core/http.ts';
import type { Entry, Sha256 } from '../core/line.ts';
import { mergeSessions } from '../core/order.ts';
import type { GitObjects, Oid, Repository } from '../core/ports.ts';
import { journalRef, type TraceName } from '../core/trace-name.ts';
import { readJournal, readRoot } from '../journal/read.ts';
import { wholeTrace } from '../sync/whole.ts';
import type { EventAnswer } from './api.schema.ts';

export interface PagePorts {
  readonly repository: Pick<Repository, 'refs' | 'objects'>;
  readonly sha256: Sha256;
}

export interface Page {
  readonly events: readonly EventAnswer[];
  /** The cursor behind each event. */
  readonly cursors: readonly string[];
  /** Where the next page begins. */
  readonly next: string;
  /** There are more already. */
  readonly more: boolean;
}

/**
 * What was told: all that the journal of commit `since` holds, and of what commit `until` has beside it the first
 * `count` events. Or, of a trace in an archive, which has no commit of its own, the first `count` events.
 */
export type Cursor =
  | { readonly kind: 'journal'; readonly since: Oid | undefined; readonly until: Oid | undefined; readonly count: number }
  | { readonly kind: 'archive'; readonly count: number };

const OID = '[0-9a-f]{40}|[0-9a-f]{64}';
const PATTERN = new RegExp(`^(?:a([0-9]{1,9})|(${OID})|(${OID}|0)-(${OID})-([0-9]{1,9}))$`);

/** The cursor that stands before all events. */
export const BEGINNING: Cursor = { kind: 'journal', since: undefined, until: undefined, count: 0 };

/**
 * Reads a cursor.
 *
 * @example
 * parseCursor('a12') // { kind: 'archive', count: 12 }
 * @throws bad-argument
 */
export function parseCursor(text: string): Cursor {
  const [whole, archived, all, since, until, count] = PATTERN.exec(text) ?? [];
  if (whole === undefined)
    throw fail('bad-argument', 'that is no cursor of this server', ["leave 'after' out to begin with the first event"]);
  if (archived !== undefined) return { kind: 'archive', count: Number(archived) };
  if (all !== undefined) return { kind: 'journal', since: all, until: undefined, count: 0 };
  return { kind: 'journal', since: since === '0' ? undefined : since, until, count: Number(count) };
}

/**
 * Writes a cursor.
 *
 * @example
 * formatCursor({ kind: 'archive', count: 12 }) // 'a12'
 */
export function formatCursor(cursor: Cursor): string {
  if (cursor.kind === 'archive') return `a${cursor.count}`;
  if (cursor.until === undefined) return cursor.since ?? '';
  return `${cursor.since ?? 0}-${cursor.until}-${cursor.count}`;
}

/** What lies between two commits, in order; kept for the next page of the same. */
interface Between {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/** Events that are kept between two requests; more than that only for a moment, so that whoever reads on finds them. */
const MOST_KEPT = 100_000;
/** That moment, in milliseconds. */
const MOMENT = 10_000;

export class Pages {
  #kept: Between | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Pages that are being read: many streams want the same one when something came. */
  readonly #reading = new Map<string, Promise<Page | undefined>>();

  /**
   * The events behind a cursor, at most `limit`; `undefined` where there is no such trace.
   *
   * @throws HttpRefusal where what the cursor names is no longer here; unreadable-segment
   */
  async read(ports: PagePorts, trace: TraceName, after: Cursor, limit: number): Promise<Page | undefined> {
    // what has come since somebody else began to read is wanted, too
    const key = `${trace} ${await ports.repository.refs.get(journalRef(trace))} ${formatCursor(after)} ${limit}`;
    const known = this.#reading.get(key);
    if (known !== undefined) return known;
    const reading = this.#read(ports, trace, after, limit).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #read(ports: PagePorts, trace: TraceName, after: Cursor, limit: number): Promise<Page | undefined> {
    const whole = await wholeTrace(ports, trace);
    if (whole === undefined) return undefined;
    const { tip, month } = whole;
    if (tip === undefined || month !== undefined) {
      if (after.kind === 'journal' && after.since !== undefined) throw gone();
      const { parts } = await readRoot(whole.objects, whole.root);
      const from = after.kind === 'archive' ? after.count : 0;
      const { entries } = mergeSessions(parts, ports.sha256);
      return pageOf(entries, from, limit, (count) => formatCursor({ kind: 'archive', count }));
    }
    if (after.kind === 'archive') throw gone();
    const { objects } = ports.repository;
    const { since, until } = after;
    if (since === tip && until === undefined) return { events: [], cursors: [], next: tip, more: false };
    if (since !== undefined && (await objects.read(since))?.type !== 'commit') throw gone();
    // a page that was begun goes on in the same commit, unless that is no longer what the journal grew from
    const isOn = until !== undefined && (until === tip || (await isPart(objects, until, tip)));
    const end = isOn ? until : tip;
    const entries = await this.#between(ports, since, end);
    const page = pageOf(entries, isOn ? after.count : 0, limit, (count) =>
      formatCursor(count >= entries.length ? allOf(end) : { kind: 'journal', since, until: end, count }),
    );
    return { ...page, more: page.more || end !== tip };
  }

  async #between({ repository, sha256 }: PagePorts, since: Oid | undefined, until: Oid): Promise<readonly Entry[]> {
    const key = `${since} ${until}`;
    if (this.#kept?.key !== key) {
      const { parts } = await readJournal(repository.objects, until, since);
      this.#kept = { key, entries: mergeSessions(parts, sha256).entries };
    }
    const { entries } = this.#kept;
    clearTimeout(this.#timer);
    if (entries.length > MOST_KEPT) {
      this.#timer = setTimeout(() => {
        this.#kept = undefined;
      }, MOMENT);
      this.#timer.unref();
    }
    return entries;
  }
}

function allOf(commit: Oid): Cursor {
  return { kind: 'journal', since: commit, until: undefined, count: 0 };
}

async function isPart(objects: GitObjects, commit: Oid, tip: Oid): Promise<boolean> {
  return (await objects.read(commit))?.type === 'commit' && objects.isAncestor(commit, tip);
}

function pageOf(entries: readonly Entry[], from: number, limit: number, cursor: (count: number) => string): Page {
  const taken = entries.slice(from, from + limit);
  const to = Math.min(entries.length, from + taken.length);
  return {
    events: taken.map(eventOf),
    cursors: taken.map((_, i) => cursor(from + i + 1)),
    next: cursor(to),
    more: to < entries.length,
  };
}

/** An event as it is told: what was said, and what tells it from others. Its place in the trace is not told, since it may change. */
function eventOf({ id, event, seq, writer }: Entry): EventAnswer {
  return { id, ...event, session_seq: seq, writer };
}

function gone(): HttpRefusal {
  return new HttpRefusal(410, 'cursor-gone', 'what this cursor stands for is no longer here: the trace was archived, or rewritten', {
    hints: ["begin again without 'after'; the ids tell what you have"],
  });
}
