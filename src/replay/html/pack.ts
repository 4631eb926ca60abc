/**
 * Packs a trace for a page: head, batches of columns and payloads, tail (data.ts). Takes the items one by one and keeps
 * of them only what the tail tells, so that a large trace is never held for it. Pure.
 */
import { canonical } from '../../core/canonical.ts';
import { millis } from '../../core/time.ts';
import { Cycles } from '../../timeline/cycles.ts';
import { textOf } from '../../timeline/members.ts';
import type { EventItem, Item } from '../../timeline/timeline.ts';
import { weightOf } from '../../timeline/weight.ts';
import type { Counts } from '../tally.ts';
import { type PageBatch, type PageCycle, type PageGap, type PageHead, type PageTail, WEIGHTS } from './data.ts';

/** Events of a batch. */
const BATCH = 2_048;

/** Whole ids for so many events; more have ids as short as git's, which are half of what cannot be compressed. */
const WHOLE_IDS = 2_000;
const SHORT_ID = 10;

/** Characters of what names a red phase. */
const LABEL = 200;

/** How many digits of each id a page of so many events keeps. */
export function idDigits(events: number): number {
  return events <= WHOLE_IDS ? 64 : SHORT_ID;
}

/** The lines of a page's data, each with its newline. */
export class Packer {
  readonly #digits: number;
  readonly #cycles = new Cycles();
  /** Sessions of build servers. */
  readonly #ci = new Set<string>();
  readonly #types = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  readonly #sourceList: [string, string][] = [];
  readonly #gaps: PageGap[] = [];
  #columns = emptyColumns();
  #payloads = '';
  #events = 0;
  #at = 0;
  #seq = 0;

  constructor(digits: number) {
    this.#digits = digits;
  }

  /** Takes the next item; answers with the lines of a batch where one is full. */
  add(item: Item): string {
    if (item.kind === 'gap') {
      const { kind, session, seq, reason } = item.gap;
      this.#gaps.push({ kind, session, seq, at: item.at, ...(reason === undefined ? {} : { reason }), before: this.#events });
      return '';
    }
    this.#addEvent(item);
    return this.#columns.at.length < BATCH ? '' : this.#batch();
  }

  #addEvent(item: EventItem): void {
    const { at, seq, entry } = item;
    const { event, id, payloadText, writer } = entry;
    const columns = this.#columns;
    if (event.type === 'session_started' && textOf(event.payload, 'kind') === 'ci') this.#ci.add(event.session);
    this.#cycles.add(item, this.#ci.has(event.session));
    const behind = at - millis(event.ts);
    if (behind > 0) columns.behind.push([columns.at.length, behind]);
    columns.at.push(at - this.#at);
    columns.seq.push(seq - this.#seq);
    columns.source.push(this.#sourceOf(event.session, writer));
    columns.type.push(placeOf(this.#types, event.type));
    columns.weight += WEIGHTS.indexOf(weightOf(event));
    columns.id += id.slice(0, this.#digits);
    this.#payloads += `${payloadText ?? canonical(event.payload)}\n`;
    this.#at = at;
    this.#seq = seq;
    this.#events++;
  }

  #sourceOf(session: string, writer: string): number {
    const place = placeOf(this.#sources, `${writer}/${session}`);
    if (place === this.#sourceList.length) this.#sourceList.push([session, writer]);
    return place;
  }

  #batch(): string {
    const { at, source, type, weight, id, seq, behind } = this.#columns;
    const batch: PageBatch = {
      n: at.length,
      at,
      source,
      type,
      weight,
      id,
      ...(seq.every((step) => step === 1) ? {} : { seq }),
      ...(behind.length === 0 ? {} : { behind }),
    };
    const lines = `${JSON.stringify(batch)}\n${this.#payloads}`;
    this.#columns = emptyColumns();
    this.#payloads = '';
    return lines;
  }

  /** What is left, and the tail. @param counts of the whole trace */
  end(counts: Counts): string {
    const rest = this.#columns.at.length === 0 ? '' : this.#batch();
    const tail: PageTail = {
      end: true,
      types: [...this.#types.keys()],
      sources: this.#sourceList,
      gaps: this.#gaps,
      counts,
      cycles: this.#cycles.cycles.map(({ red, green, from, to, label, edits, commands }): PageCycle => {
        const said = { red, from, to: to ?? this.#at, label: label.slice(0, LABEL), edits, commands };
        return green === undefined ? said : { ...said, green };
      }),
    };
    return `${rest}${JSON.stringify(tail)}\n`;
  }
}

/** The first line. */
export function headLine(head: PageHead): string {
  return `${JSON.stringify(head)}\n`;
}

function emptyColumns() {
  return {
    at: [] as number[],
    seq: [] as number[],
    source: [] as number[],
    type: [] as number[],
    weight: '',
    id: '',
    behind: [] as [number, number][],
  };
}

/** Where a word stands in a table of words, which is made as they come. */
function placeOf(table: Map<string, number>, word: string): number {
  const known = table.get(word);
  if (known !== undefined) return known;
  table.set(word, table.size);
  return table.size - 1;
}
