/**
 * Stage 5, the page: a trace as one HTML file that needs nothing else (`git trace show --html`). Its events are data that
 * the page's script reads: plain JSON where they are few, so that any browser and any tool can, else compressed. Pure.
 */
import type { Sha256 } from '../../core/line.ts';
import { describeTrace, type TraceName } from '../../core/trace-name.ts';
import type { DocumentHead } from '../../timeline/document.ts';
import type { Item } from '../../timeline/timeline.ts';
import type { Counts } from '../tally.ts';
import { FORM, PACKED_ISLAND, PLAIN_ISLAND } from './data.ts';
import { gzipBase64 } from './gzip.ts';
import { islandText } from './html-text.ts';
import { headLine, idDigits, Packer } from './pack.ts';
import { ISLAND_END, islandBegin, type PageParts, shellBegin, shellEnd } from './shell.ts';

export interface PageOptions {
  readonly parts: PageParts;
  readonly sha256: Sha256;
  /** When the page is made, in milliseconds since 1970. */
  readonly made: number;
  /** What the program calls itself. */
  readonly program: string;
  /** How to see the same in a terminal. */
  readonly command: string;
  /** Files of the journal that could not be read. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
}

/** Characters of data that stand there as they are. */
const PLAIN = 400_000;

/**
 * Writes a page, in pieces.
 *
 * @param document folded with the present as its reference, so that sessions are judged as of now
 * @param counts of the whole trace
 * @param batches what a filter left of it, in order
 */
export async function* pageOf(
  trace: TraceName,
  document: DocumentHead,
  counts: Counts,
  batches: Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>,
  options: PageOptions,
): AsyncGenerator<string> {
  const { parts, sha256, made, program, command, unread } = options;
  const name = describeTrace(trace);
  const digits = idDigits(counts.events);
  yield shellBegin({ name, document, counts, command, program }, parts, sha256);

  const head = headLine({ form: FORM, trace, name, document, made, idDigits: digits, unread, program });
  const data = dataLines(head, batches, counts, digits);
  let begin = '';
  let isPlain = true;
  for (let next = await data.next(); ; next = await data.next()) {
    if (next.done === true) break;
    begin += next.value;
    isPlain = begin.length <= PLAIN;
    if (!isPlain) break;
  }
  if (isPlain) {
    yield `${islandBegin(PLAIN_ISLAND, 'application/x-ndjson')}${islandText(begin)}`;
  } else {
    yield islandBegin(PACKED_ISLAND, 'application/gzip');
    yield* gzipBase64(followed(begin, data));
  }
  yield ISLAND_END;
  yield shellEnd(parts);
}

async function* dataLines(
  head: string,
  batches: Iterable<readonly Item[]> | AsyncIterable<readonly Item[]>,
  counts: Counts,
  digits: number,
): AsyncGenerator<string> {
  yield head;
  const packer = new Packer(digits);
  for await (const items of batches) {
    let lines = '';
    for (const item of items) lines += packer.add(item);
    if (lines !== '') yield lines;
  }
  yield packer.end(counts);
}

async function* followed(begin: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield begin;
  yield* rest;
}
