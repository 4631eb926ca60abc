/** `git trace show` of a trace that is too large to be held: the same text and JSON, written while it is read. */
import type { TraceName } from '../core/trace-name.ts';
import type { Filter } from '../replay/filter.ts';
import { ndjson } from '../replay/ndjson.ts';
import { countedText } from '../replay/text.ts';
import { documentBegin, documentEnd, documentEvent, documentJson } from '../timeline/document.ts';
import type { Item } from '../timeline/timeline.ts';
import type { Context } from './context.ts';
import type { LargeTrace, Walked } from './large-trace.ts';

export interface ShowLargeOptions {
  readonly form: 'json' | 'ndjson' | 'text';
  readonly filter: Filter;
  readonly patch: boolean;
  readonly all: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is shown of a large trace, and what of it could not be read. */
export interface LargeView {
  readonly pieces: Iterable<string> | AsyncIterable<string>;
  readonly faults: Walked['faults'];
}

/** The view of a large trace; `undefined` where only all of it at once will do: text without a limit, or newest first. */
export async function viewLarge(
  context: Context,
  trace: TraceName,
  large: LargeTrace,
  { form, filter, patch, all, now }: ShowLargeOptions,
): Promise<LargeView | undefined> {
  const isLimited = filter.limit !== undefined;
  if (!isLimited && (form === 'text' || filter.reverse)) return undefined;
  const walked = await large.walk(filter);
  if (walked === undefined) return undefined;
  const { faults, items, counts } = walked;
  if (form === 'text') {
    const { columns, color } = context.output;
    const lines = countedText(trace, walked.head(now), counts, { columns, color, patch, all, items, unread: faults, now });
    return { pieces: withNewlines(lines), faults };
  }
  if (isLimited) return { pieces: form === 'json' ? documentJson(walked.head(), items) : ndjson(items), faults };
  const batches = large.events(filter);
  return { pieces: form === 'json' ? documentOf(walked, batches) : ndjsonOf(batches), faults };
}

async function* documentOf(walked: Walked, batches: AsyncIterable<Item[]>): AsyncGenerator<string> {
  yield documentBegin(walked.head());
  let isFirst = true;
  for await (const batch of batches) {
    let text = '';
    for (const item of batch) {
      if (item.kind !== 'event') continue;
      text += documentEvent(item, isFirst);
      isFirst = false;
    }
    yield text;
  }
  yield documentEnd(isFirst);
}

async function* ndjsonOf(batches: AsyncIterable<Item[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield [...ndjson(batch)].join('');
}

function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
