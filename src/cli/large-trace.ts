/**
 * A trace that is too large to be held: walked along for its head and for what a filter leaves of it, one segment of each
 * session in memory. Says what the small way says; where a session's lines are not in plain order, that way is taken.
 */
import type { Sha256 } from '../core/line.ts';
import type { Gap } from '../core/order.ts';
import type { TraceFiles } from '../core/ports.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type ReadFault, type Segment, walkJournal } from '../journal/read.ts';
import { NotInOrder, type StreamEnd, streamJournal } from '../journal/stream.ts';
import { type Filter, matcher } from '../replay/filter.ts';
import type { Counts } from '../replay/tally.ts';
import type { WholeTrace } from '../sync/whole.ts';
import type { DocumentHead } from '../timeline/document.ts';
import type { GapItem, Item } from '../timeline/timeline.ts';
import { DigestFold, grownDigest, newestItems } from './digest-fold.ts';
import { type Digest, readDigest, writeDigest } from './trace-digest.ts';

/** Segments of a trace that is read whole; about 64 MiB of lines. */
const LARGE = 1_024;

type Journal = Awaited<ReturnType<typeof walkJournal>>;

/** What one walk along a trace tells. */
export interface Walked {
  /** Its head; `reference` as in foldHead. */
  head(reference?: number): DocumentHead;
  readonly counts: Counts;
  readonly faults: readonly ReadFault[];
  /** What the filter leaves; empty where there is no limit. */
  readonly items: readonly Item[];
}

interface LargeContext {
  readonly sha256: Sha256;
  /** Where digests are kept; without them all is walked along. */
  readonly files?: TraceFiles;
}

/** A trace of many segments. */
export class LargeTrace {
  readonly #whole: Pick<WholeTrace, 'objects' | 'root' | 'tip' | 'month'>;
  readonly #trace: TraceName;
  readonly #context: LargeContext;
  /** What is known without a walk. */
  readonly #digest: Digest | undefined;
  #journal: Promise<Journal> | undefined;

  private constructor(
    whole: Pick<WholeTrace, 'objects' | 'root' | 'tip' | 'month'>,
    trace: TraceName,
    context: LargeContext,
    known: { readonly digest?: Digest; readonly journal?: Promise<Journal> },
  ) {
    this.#whole = whole;
    this.#trace = trace;
    this.#context = context;
    this.#digest = known.digest;
    this.#journal = known.journal;
  }

  /** `undefined` for a trace that is not large. @param least segments of a large one */
  static async of(
    context: LargeContext,
    trace: TraceName,
    whole: Pick<WholeTrace, 'objects' | 'root' | 'tip' | 'month'>,
    least: number = LARGE,
  ): Promise<LargeTrace | undefined> {
    const digest = await digestOf(context, trace, whole);
    if (digest !== undefined) return new LargeTrace(whole, trace, context, { digest });
    const journal = await walkJournal(whole.root);
    if (journal.segments.length < least) return undefined;
    return new LargeTrace(whole, trace, context, { journal: Promise.resolve(journal) });
  }

  /** Tells its head, its counts and its newest items: by the digest, or by a walk along all of it; `undefined` where a session is not in order. */
  async walk(filter: Filter): Promise<Walked | undefined> {
    return (await this.#known(filter)) ?? (await this.#walked(filter));
  }

  async #known(filter: Filter): Promise<Walked | undefined> {
    const digest = this.#digest;
    if (digest === undefined || !isOnlyLimit(filter)) return undefined;
    const { objects, root } = this.#whole;
    const items = await newestItems({ objects, root, sha256: this.#context.sha256 }, digest, filter.limit ?? 0).catch(() => undefined);
    if (items === undefined) return undefined;
    const fold = new DigestFold(digest);
    return {
      head: (reference) => fold.head.head(this.#trace, this.#context.sha256, reference),
      counts: fold.counts,
      faults: [],
      items: filter.reverse ? items.toReversed() : items,
    };
  }

  async #walked(filter: Filter): Promise<Walked | undefined> {
    const { sha256, files } = this.#context;
    const { objects, tip, month } = this.#whole;
    const { segments, faults } = await this.#segments();
    const end = this.#end();
    const fold = new DigestFold();
    const gaps: GapItem[] = [];
    const newest = new Newest(filter);
    try {
      for await (const batch of streamJournal(objects, segments, sha256, end)) {
        for (const item of batch) {
          newest.add(item);
          fold.add(item);
          if (item.kind === 'gap') gaps.push(item);
        }
      }
    } catch (error) {
      if (error instanceof NotInOrder) return undefined;
      throw error;
    }
    const isLost = ({ erased }: Gap): boolean => erased === undefined || !end.said.has(erased);
    const { counts, head } = fold;
    for (const { at, gap } of gaps) {
      if (!isLost(gap)) continue;
      counts[gap.kind]++;
      counts.first ??= at;
    }
    const isWhole = faults.length + end.faults.length === 0;
    if (files !== undefined && tip !== undefined && month === undefined && isWhole)
      writeDigest(files, this.#trace, fold.digest(tip, isLost, end.repeated === 0));
    return {
      head: (reference) => head.head(this.#trace, sha256, reference),
      counts,
      faults: [...faults, ...inOrder(end.faults, segments)],
      items: newest.items.filter((item) => item.kind === 'event' || isLost(item.gap)),
    };
  }

  /** Its events in batches, as a filter without a limit leaves them. */
  async *events(filter: Filter): AsyncGenerator<Item[]> {
    const matches = matcher(filter);
    const { segments } = await this.#segments();
    for await (const batch of streamJournal(this.#whole.objects, segments, this.#context.sha256, this.#end()))
      yield batch.filter((item) => item.kind === 'event' && matches(item));
  }

  #segments(): Promise<Journal> {
    this.#journal ??= walkJournal(this.#whole.root);
    return this.#journal;
  }

  #end(): StreamEnd {
    return { faults: [], said: new Set(), repeated: 0 };
  }
}

/** The digest of the trace as it is now, if there is one or one can be made of what is new. */
async function digestOf(
  { files, sha256 }: LargeContext,
  trace: TraceName,
  { objects, tip, month }: Pick<WholeTrace, 'objects' | 'tip' | 'month'>,
): Promise<Digest | undefined> {
  if (files === undefined || tip === undefined || month !== undefined) return undefined;
  const digest = readDigest(files, trace);
  if (digest === undefined || digest.tip === tip) return digest;
  const grown = await grownDigest({ objects, files, sha256 }, trace, digest, tip).catch(() => undefined);
  if (grown !== undefined) writeDigest(files, trace, grown);
  return grown;
}

function isOnlyLimit({ types = [], sessions = [], since, until }: Filter): boolean {
  return types.length + sessions.length === 0 && since === undefined && until === undefined;
}

/** Faults as they are met when the segments are read one after the other. */
function inOrder(faults: readonly ReadFault[], segments: readonly Segment[]): ReadFault[] {
  if (faults.length < 2) return [...faults];
  const places = new Map(segments.map(({ path }, i) => [path, i]));
  return faults.toSorted((a, b) => (places.get(a.path) ?? 0) - (places.get(b.path) ?? 0));
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
