/**
 * A trace that is too large to be held: walked along for its head and for what a filter leaves of it, one segment of each
 * session in memory. Says what the small way says; where a session's lines are not in plain order, that way is taken.
 */
import type { GitObjects } from '../core/ports.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type ReadFault, type Segment, walkJournal } from '../journal/read.ts';
import { NotInOrder, type StreamEnd, streamJournal } from '../journal/stream.ts';
import { type Filter, matcher } from '../replay/filter.ts';
import { type Counts, countItem, noCounts } from '../replay/tally.ts';
import type { WholeTrace } from '../sync/whole.ts';
import { type DocumentHead, HeadFold } from '../timeline/document.ts';
import type { Item } from '../timeline/timeline.ts';
import type { Context } from './context.ts';

/** Segments of a trace that is read whole; about 64 MiB of lines. */
const LARGE = 1_024;

/** What one walk along a trace tells. */
export interface Walked {
  /** Its head; `reference` as in foldHead. */
  head(reference?: number): DocumentHead;
  readonly counts: Counts;
  readonly faults: readonly ReadFault[];
  /** What the filter leaves; empty where there is no limit. */
  readonly items: readonly Item[];
}

/** A trace of many segments. */
export class LargeTrace {
  readonly #objects: GitObjects;
  readonly #segments: readonly Segment[];
  readonly #faults: readonly ReadFault[];
  readonly #trace: TraceName;
  readonly #context: Pick<Context, 'sha256'>;

  private constructor(
    objects: GitObjects,
    walk: { segments: readonly Segment[]; faults: readonly ReadFault[] },
    trace: TraceName,
    context: Pick<Context, 'sha256'>,
  ) {
    this.#objects = objects;
    this.#segments = walk.segments;
    this.#faults = walk.faults;
    this.#trace = trace;
    this.#context = context;
  }

  /** `undefined` for a trace that is not large. @param least segments of a large one */
  static async of(
    context: Pick<Context, 'sha256'>,
    trace: TraceName,
    { objects, root }: Pick<WholeTrace, 'objects' | 'root'>,
    least: number = LARGE,
  ): Promise<LargeTrace | undefined> {
    const walk = await walkJournal(root);
    return walk.segments.length < least ? undefined : new LargeTrace(objects, walk, trace, context);
  }

  /** Walks along all of it; `undefined` where a session is not in order. */
  async walk(filter: Filter): Promise<Walked | undefined> {
    const { sha256 } = this.#context;
    const end = this.#end();
    const fold = new HeadFold();
    const counts = noCounts();
    const gaps: Item[] = [];
    const newest = new Newest(filter);
    try {
      for await (const batch of streamJournal(this.#objects, this.#segments, sha256, end)) {
        for (const item of batch) {
          newest.add(item);
          if (item.kind === 'gap') gaps.push(item);
          else {
            fold.add(item.entry, item.at);
            countItem(counts, item);
          }
        }
      }
    } catch (error) {
      if (error instanceof NotInOrder) return undefined;
      throw error;
    }
    const isLost = (item: Item): boolean => item.kind === 'event' || item.gap.erased === undefined || !end.said.has(item.gap.erased);
    for (const gap of gaps) {
      if (gap.kind === 'event' || !isLost(gap)) continue;
      counts[gap.gap.kind]++;
      counts.first ??= gap.at;
    }
    return {
      head: (reference) => fold.head(this.#trace, sha256, reference),
      counts,
      faults: [...this.#faults, ...this.#inOrder(end.faults)],
      items: newest.items.filter(isLost),
    };
  }

  /** Its events in batches, as a filter without a limit leaves them. */
  async *events(filter: Filter): AsyncGenerator<Item[]> {
    const matches = matcher(filter);
    for await (const batch of streamJournal(this.#objects, this.#segments, this.#context.sha256, this.#end()))
      yield batch.filter((item) => item.kind === 'event' && matches(item));
  }

  #end(): StreamEnd {
    return { faults: [], said: new Set() };
  }

  /** Faults as they are met when the segments are read one after the other. */
  #inOrder(faults: readonly ReadFault[]): ReadFault[] {
    if (faults.length < 2) return [...faults];
    const places = new Map(this.#segments.map(({ path }, i) => [path, i]));
    return faults.toSorted((a, b) => (places.get(a.path) ?? 0) - (places.get(b.path) ?? 0));
  }
}

/** The newest items that a filter leaves, as many events as its limit says. */
class Newest {
  readonly #matches: (item: Item) => boolean;
  readonly #limit: number;
  readonly #reverse: boolean;
  #items: Item[] = [];
  #events = 0;

  constructor(filter: Filter) {
    this.#matches = matcher(filter);
    this.#limit = filter.limit ?? 0;
    this.#reverse = filter.reverse ?? false;
  }

  add(item: Item): void {
    if (this.#limit === 0 || !this.#matches(item)) return;
    this.#items.push(item);
    if (item.kind === 'event') this.#events++;
    // now and then, for taking the first away moves all others
    if (this.#events > 2 * this.#limit + 64) this.#cut();
  }

  get items(): readonly Item[] {
    this.#cut();
    return this.#reverse ? this.#items.toReversed() : this.#items;
  }

  #cut(): void {
    let from = 0;
    for (; this.#events > this.#limit || (this.#events === this.#limit && this.#items[from]?.kind === 'gap'); from++)
      if (this.#items[from]?.kind === 'event') this.#events--;
    this.#items = this.#items.slice(from);
  }
}
