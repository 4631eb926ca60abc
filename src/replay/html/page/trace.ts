/**
 * The trace as the page holds it: columns of numbers for all events, payloads as the bytes they came in, each parsed when
 * it is looked at. Reads what pack.ts has written. Knows no document.
 */
import type { Entry, EventPayload, TraceEvent } from '../../../core/line.ts';
import { timestamp } from '../../../core/time.ts';
import type { EventItem } from '../../../timeline/timeline.ts';
import type { Weight } from '../../../timeline/weight.ts';
import { FORM, type PageBatch, type PageHead, type PageTail, WEIGHTS } from '../data.ts';

/** Payloads that are kept parsed. */
const KEPT = 2_000;

export class PageTrace {
  readonly head: PageHead;
  readonly tail: PageTail;
  readonly count: number;
  /** Effective times, in milliseconds since 1970. */
  readonly at: Float64Array;
  readonly seq: Uint32Array;
  readonly #source: Uint32Array;
  readonly #type: Uint32Array;
  readonly #weight: Uint8Array;
  readonly #behind = new Map<number, number>();
  readonly #ids: string[] = [];
  /** Events of each batch but the last. */
  readonly #batchSize: number;
  readonly #bytes: Uint8Array;
  /** Where each payload begins, and behind them where the last one ends. */
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  readonly #payloads = new Map<number, EventPayload>();
  readonly #decoder = new TextDecoder();

  /** @param bytes the lines of data.ts, as UTF-8 */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const batches: PageBatch[] = [];
    const from: number[] = [];
    const to: number[] = [];
    let at = 0;
    const line = (): [number, number] => {
      const end = bytes.indexOf(0x0a, at);
      const found: [number, number] = [at, end < 0 ? bytes.length : end];
      at = found[1] + 1;
      return found;
    };
    // both sides travel in one file: what stands here is what pack.ts wrote
    this.head = this.#parse(line()) as PageHead;
    if (this.head.form !== FORM) throw new Error('the data of this page has another form than its script');
    let part = this.#parse(line()) as PageBatch | PageTail;
    while (!('end' in part)) {
      batches.push(part);
      for (let i = 0; i < part.n; i++) {
        const [begin, end] = line();
        from.push(begin);
        to.push(end);
      }
      part = this.#parse(line()) as PageBatch | PageTail;
    }
    this.tail = part;
    this.count = from.length;
    this.#from = Uint32Array.from(from);
    this.#to = Uint32Array.from(to);
    this.at = new Float64Array(this.count);
    this.seq = new Uint32Array(this.count);
    this.#source = new Uint32Array(this.count);
    this.#type = new Uint32Array(this.count);
    this.#weight = new Uint8Array(this.count);
    this.#batchSize = batches[0]?.n ?? 1;
    this.#fill(batches);
  }

  #parse([from, to]: readonly [number, number]): unknown {
    return JSON.parse(this.#decoder.decode(this.#bytes.subarray(from, to)));
  }

  #fill(batches: readonly PageBatch[]): void {
    let [i, at, seq] = [0, 0, 0];
    for (const batch of batches) {
      for (const [event, ms] of batch.behind ?? []) this.#behind.set(i + event, ms);
      this.#ids.push(batch.id);
      for (let k = 0; k < batch.n; k++, i++) {
        at += batch.at[k] ?? 0;
        seq += batch.seq?.[k] ?? 1;
        this.at[i] = at;
        this.seq[i] = seq;
        this.#source[i] = batch.source[k] ?? 0;
        this.#type[i] = batch.type[k] ?? 0;
        this.#weight[i] = batch.weight.charCodeAt(k) - 48;
      }
    }
  }

  typeOf(i: number): string {
    return this.tail.types[this.#type[i] ?? 0] ?? '';
  }

  /** The type's number: cheaper to compare than its name. */
  typeNumber(i: number): number {
    return this.#type[i] ?? 0;
  }

  sourceNumber(i: number): number {
    return this.#source[i] ?? 0;
  }

  sessionOf(i: number): string {
    return this.tail.sources[this.#source[i] ?? 0]?.[0] ?? '';
  }

  writerOf(i: number): string {
    return this.tail.sources[this.#source[i] ?? 0]?.[1] ?? '';
  }

  weightOf(i: number): Weight {
    return WEIGHTS[this.#weight[i] ?? 0] ?? 'work';
  }

  /** Its id, or the beginning of it. */
  idOf(i: number): string {
    const digits = this.head.idDigits;
    const k = i % this.#batchSize;
    return this.#ids[Math.floor(i / this.#batchSize)]?.slice(k * digits, (k + 1) * digits) ?? '';
  }

  /** The first event whose id begins so. */
  findId(begin: string): number | undefined {
    const wanted = begin.slice(0, this.head.idDigits);
    for (let i = 0; i < this.count; i++) if (this.idOf(i).startsWith(wanted)) return i;
    return undefined;
  }

  /** The event with a seq, or the first one behind where it stood. */
  findSeq(seq: number): number | undefined {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.seq[middle] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low < this.count ? low : undefined;
  }

  payloadText(i: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#from[i], this.#to[i]));
  }

  payloadOf(i: number): EventPayload {
    const known = this.#payloads.get(i);
    if (known !== undefined) return known;
    // a payload is an object: the journal's reader has seen to it
    const payload = JSON.parse(this.payloadText(i)) as EventPayload;
    if (this.#payloads.size >= KEPT) this.#payloads.clear();
    this.#payloads.set(i, payload);
    return payload;
  }

  /** Milliseconds that its clock stood behind those before it. */
  behindOf(i: number): number {
    return this.#behind.get(i) ?? 0;
  }

  /** The event as all renderers walk along it; its payload is parsed when it is asked for. */
  itemOf(i: number): EventItem {
    return new PageItem(this, i);
  }
}

/** Item, entry and event in one: a hundred thousand of them are made at once, and of most little is asked. */
class PageItem implements EventItem, Entry, TraceEvent {
  readonly kind = 'event';
  readonly line = '';
  readonly #trace: PageTrace;
  readonly #i: number;

  constructor(trace: PageTrace, i: number) {
    this.#trace = trace;
    this.#i = i;
  }

  /** Position in the whole trace. */
  get seq(): number {
    return this.#trace.seq[this.#i] ?? 0;
  }

  get at(): number {
    return this.#trace.at[this.#i] ?? 0;
  }

  get entry(): Entry {
    return this;
  }

  get event(): TraceEvent {
    return this;
  }

  get id(): string {
    return this.#trace.idOf(this.#i);
  }

  get writer(): string {
    return this.#trace.writerOf(this.#i);
  }

  get payload(): EventPayload {
    return this.#trace.payloadOf(this.#i);
  }

  get session(): string {
    return this.#trace.sessionOf(this.#i);
  }

  get type(): string {
    return this.#trace.typeOf(this.#i);
  }

  get ts(): string {
    return timestamp(this.at - this.#trace.behindOf(this.#i));
  }
}
