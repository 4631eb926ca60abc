/**
 * The total order of a trace that grows: lines that come to its journal, and before them previews of what is about to.
 * One more event costs what one event costs, wherever near the end it belongs; says so where only all anew will do. Says
 * the same as mergeSessions of all. Pure.
 */
import { HOST_FACTS } from '../core/host.ts';
import type { Entry, Sha256 } from '../core/line.ts';
import { type Gap, isBeforeAtOnce, mergeSessions, readEntry, type SessionPart } from '../core/order.ts';
import { moment } from '../core/time.ts';
import { type EventItem, type GapItem, type Item, timelineOf } from './timeline.ts';

/** What has become of a trace that is followed. */
export interface LiveChange {
  /** Items that were not there before, in order. */
  readonly added: readonly Item[];
  /** More than that: items went, or came between others. Then all items from `from` on are to be read anew. */
  readonly isRebuilt: boolean;
  /** The items before this place are as they were. */
  readonly from: number;
}

/** Where a session of one writer ends. */
export interface SessionEnd {
  /** Position of the next line. */
  readonly next: number;
  /** Effective time of its last event; `undefined` where it cannot be gone on with line by line. */
  readonly at: number | undefined;
  readonly lastLine: string | undefined;
}

/** An event with its effective time, on its way to its place. */
type Placed = Pick<EventItem, 'at' | 'entry'>;

export class LiveOrder {
  readonly #sha256: Sha256;
  #items: Item[] = [];
  #ids = new Set<string>();
  #previews = new Set<string>();
  /** Effective times of sessions with their previews. */
  #previewed = new Map<string, number>();
  #ends = new Map<string, SessionEnd>();
  #hasGaps = false;
  /** Events that are held no more, all from the beginning. */
  #dropped = 0;
  /** While a revision is under way: what all others see, and the first place that is not as it was. */
  #revision: { readonly items: readonly Item[]; readonly ids: ReadonlySet<string> | undefined; from: number } | undefined;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** All items that are held, in order. */
  get items(): readonly Item[] {
    return this.#revision?.items ?? this.#items;
  }

  /** Whether an event is there, as a preview or in the journal. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Where a session of the journal ends; `undefined` for one that is not in it. */
  endOf(writer: string, session: string): SessionEnd | undefined {
    return this.#ends.get(keyOf(writer, session));
  }

  /** Names of a writer's sessions in the journal, as git sorts folders. */
  sessionsOf(writer: string): string[] {
    const begin = keyOf(writer, '');
    const keys = [...this.#ends.keys()].filter((key) => key.startsWith(begin));
    const names = keys.map((key) => `${key.slice(begin.length)}/`).sort();
    return names.map((name) => name.slice(0, -1));
  }

  /** Begins a revision: previews go, and until its end everybody sees what was there before. */
  begin(): void {
    let [from, left] = [this.#items.length, this.#previews.size];
    for (let i = this.#items.length - 1; i >= 0 && left > 0; i--) {
      if (!this.#isPreview(this.#items[i])) continue;
      from = i;
      left--;
    }
    this.#revision = { items: [...this.#items], ids: undefined, from };
    let seq = this.#seqBefore(from);
    const tail = this.#items.splice(from);
    for (const item of tail) {
      if (item.kind === 'gap') this.#items.push(item);
      else if (this.#isPreview(item)) this.#ids.delete(item.entry.id);
      else this.#items.push({ ...item, seq: ++seq });
    }
    this.#previews = new Set();
    this.#previewed = new Map();
  }

  /** Takes a whole journal in place of what was known, in a revision. */
  load(parts: readonly SessionPart[]): void {
    const ordered = mergeSessions(parts, this.#sha256);
    const { items = [], ids = this.#ids } = this.#revision ?? {};
    this.#revision = { items, ids, from: 0 };
    this.#items = timelineOf(ordered);
    this.#ids = new Set(ordered.entries.map(({ id }) => id));
    this.#hasGaps = ordered.gaps.length > 0;
    this.#ends = endsOf(parts, ordered.entries, this.#sha256);
    this.#dropped = 0;
  }

  /** Takes new lines of the journal, in a revision; `false` where their places can only be told from all of the journal. */
  addLines(parts: readonly SessionPart[]): boolean {
    const ends = new Map<string, SessionEnd>();
    const placed: Placed[] = [];
    for (const part of parts) if (!this.#placePart(part, ends, placed)) return false;
    const sorted = placed.toSorted(compare);
    const [first] = sorted;
    // where a place without an event stands among others, only all of its session tells
    if (first !== undefined && this.#hasGaps && this.#items.slice(Math.max(this.#placeFor(first) - 1, 0)).some(isGap)) return false;
    for (const [key, end] of ends) this.#ends.set(key, end);
    this.#insert(this.#unknown(sorted));
    return true;
  }

  /** Adds previews to those that are there. */
  addPreviews(entries: readonly Entry[]): LiveChange {
    const placed = entries.map((entry): Placed => {
      const key = keyOf(entry.writer, entry.event.session);
      const before = this.#previewed.get(key) ?? this.#ends.get(key)?.at ?? Number.NEGATIVE_INFINITY;
      const at = Math.max(before, moment(entry.event.ts) ?? 0);
      this.#previewed.set(key, at);
      return { at, entry };
    });
    const added = this.#unknown(placed.toSorted(compare));
    for (const { entry } of added) this.#previews.add(entry.id);
    const length = this.#items.length;
    const from = this.#insert(added);
    const ids = new Set(added.map(({ entry }) => entry.id));
    const news = this.#items.slice(from).filter((item) => item.kind === 'event' && ids.has(item.entry.id));
    return { added: news, isRebuilt: from < length, from };
  }

  /** Ends a revision, and tells what has become of it all. */
  end(): LiveChange {
    const { items: before, ids, from } = this.#revision ?? { items: this.#items, ids: undefined, from: this.#items.length };
    this.#revision = undefined;
    const after = this.#items;
    let same = from;
    while (same < before.length && same < after.length && isSame(before[same], after[same])) same++;
    const known = ids ?? idsOf(before.slice(same));
    const gaps = new Set(before.slice(same).flatMap((item) => (item.kind === 'gap' ? gapKey(item) : [])));
    const added = after.slice(same).filter((item) => (item.kind === 'gap' ? !gaps.has(gapKey(item)) : !known.has(item.entry.id)));
    return { added, isRebuilt: same < before.length, from: same };
  }

  /** Lets go of all but the newest items; what is gone keeps its place in the count. */
  forget(keep: number): void {
    const drop = this.#items.length - keep;
    if (drop <= 0) return;
    this.#dropped = this.#seqBefore(drop);
    this.#items.splice(0, drop);
  }

  /** Reads the lines of a part that goes on with a session, or begins one. */
  #placePart({ writer, session, firstSeq, lines }: SessionPart, ends: Map<string, SessionEnd>, placed: Placed[]): boolean {
    const key = keyOf(writer, session);
    const end = ends.get(key) ?? this.#ends.get(key) ?? { next: 1, at: Number.NEGATIVE_INFINITY, lastLine: undefined };
    if (end.at === undefined || end.next !== firstSeq) return false;
    let [at, seq] = [end.at, firstSeq];
    for (const part of lines) {
      // a copy: a part of a text keeps all of it in memory, and each flush brings the whole segment again
      const line = Buffer.from(part).toString();
      const entry = readEntry(line, writer, session, seq++, this.#sha256);
      if (!('id' in entry)) return false;
      // a place that is missed no more, once the host has said again what stood there
      if (this.#hasGaps && HOST_FACTS.has(entry.event.type)) return false;
      // the first of two stays, and which that is only both of them tell
      if (this.#ids.has(entry.id) && !this.#previews.has(entry.id)) return false;
      at = Math.max(at, moment(entry.event.ts) ?? at);
      placed.push({ at, entry });
    }
    ends.set(key, { next: seq, at, lastLine: placed.at(-1)?.entry.line });
    return true;
  }

  /** Those that are new, each once. */
  #unknown(sorted: readonly Placed[]): Placed[] {
    return sorted.filter(({ entry }) => {
      const before = this.#ids.size;
      return this.#ids.add(entry.id).size > before;
    });
  }

  /** Puts events to their places. @returns the first place that is not as it was */
  #insert(placed: readonly Placed[]): number {
    const [first] = placed;
    if (first === undefined) return this.#items.length;
    const from = this.#placeFor(first);
    if (this.#revision !== undefined) this.#revision.from = Math.min(this.#revision.from, from);
    const tail = this.#items.splice(from);
    let seq = this.#seqBefore(from);
    let next = 0;
    const push = ({ at, entry }: Placed): void => void this.#items.push({ kind: 'event', seq: ++seq, at, entry });
    for (const item of tail) {
      for (let one = placed[next]; one !== undefined && isAfter(item, one); one = placed[++next]) push(one);
      if (item.kind === 'gap') this.#items.push(item);
      else if (item.seq === ++seq) this.#items.push(item);
      else this.#items.push({ ...item, seq });
    }
    for (const one of placed.slice(next)) push(one);
    return from;
  }

  /** Where an event belongs; near the end, mostly. */
  #placeFor(placed: Placed): number {
    let place = this.#items.length;
    for (; place > 0; place--) {
      const item = this.#items[place - 1];
      if (item === undefined || !isAfter(item, placed)) break;
    }
    return place;
  }

  #seqBefore(place: number): number {
    for (let i = place - 1; i >= 0; i--) {
      const item = this.#items[i];
      if (item?.kind === 'event') return item.seq;
    }
    return this.#dropped;
  }

  #isPreview(item: Item | undefined): boolean {
    return item?.kind === 'event' && this.#previews.has(item.entry.id);
  }
}

function idsOf(items: readonly Item[]): Set<string> {
  return new Set(items.flatMap((item) => (item.kind === 'event' ? item.entry.id : [])));
}

function gapKey({ gap: { writer, session, seq } }: GapItem): string {
  return `${writer} ${session} ${seq}`;
}

function keyOf(writer: string, session: string): string {
  return `${writer}/${session}`;
}

/** Whether an item stands behind an event that comes; a place without an event stays where it is. */
function isAfter(item: Item, placed: Placed): boolean {
  return item.kind === 'gap' ? item.at > placed.at : comesBefore(placed, item);
}

function isGap({ kind }: Item): boolean {
  return kind === 'gap';
}

function compare(a: Placed, b: Placed): number {
  return comesBefore(a, b) ? -1 : comesBefore(b, a) ? 1 : 0;
}

function comesBefore(a: Placed, b: Placed): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return isBeforeAtOnce(a.entry, placeOf(a), b.entry, placeOf(b));
}

function placeOf({ entry }: Placed): Pick<Gap, 'session' | 'writer'> {
  return { session: entry.event.session, writer: entry.writer };
}

/** Whether a reader sees no difference. */
function isSame(a: Item | undefined, b: Item | undefined): boolean {
  if (a?.kind === 'gap' && b?.kind === 'gap') return gapKey(a) === gapKey(b);
  if (a?.kind !== 'event' || b?.kind !== 'event') return false;
  return a.entry.id === b.entry.id && a.at === b.at && a.entry.event.session === b.entry.event.session;
}

function endsOf(parts: readonly SessionPart[], entries: readonly Entry[], sha256: Sha256): Map<string, SessionEnd> {
  const latest = new Map<string, { count: number; at: number }>();
  for (const { writer, event } of entries) {
    const key = keyOf(writer, event.session);
    const { count, at } = latest.get(key) ?? { count: 0, at: Number.NEGATIVE_INFINITY };
    latest.set(key, { count: count + 1, at: Math.max(at, moment(event.ts) ?? at) });
  }
  const ends = new Map<string, SessionEnd>();
  const lines = new Map<string, string[]>();
  for (const part of parts.toSorted((a, b) => a.firstSeq - b.firstSeq)) {
    const key = keyOf(part.writer, part.session);
    const end = ends.get(key);
    const isRegular = part.firstSeq === (end?.next ?? 1);
    const all = [...(lines.get(key) ?? []), ...part.lines];
    lines.set(key, all);
    ends.set(key, { next: isRegular ? part.firstSeq + part.lines.length : -1, at: 0, lastLine: part.lines.at(-1) ?? end?.lastLine });
  }
  for (const [key, end] of ends) {
    const { count, at } = latest.get(key) ?? { count: 0, at: Number.NEGATIVE_INFINITY };
    const all = lines.get(key) ?? [];
    // an event that stands in two places was read in one of them: its time counts in both
    const whole = count === all.length ? at : latestIn(all, key, sha256);
    ends.set(key, { ...end, at: end.next < 0 || !Number.isFinite(whole) ? undefined : whole });
  }
  return ends;
}

function latestIn(lines: readonly string[], key: string, sha256: Sha256): number {
  const [writer = '', session = ''] = key.split('/');
  return lines.reduce((latest, line, i) => {
    const read = readEntry(line, writer, session, i + 1, sha256);
    return 'id' in read ? Math.max(latest, moment(read.event.ts) ?? latest) : latest;
  }, Number.NEGATIVE_INFINITY);
}
