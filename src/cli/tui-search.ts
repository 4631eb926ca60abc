/**
 * Looks for a text in the events of all traces of this clone: one trace after the other, the newest first, a segment at a
 * time. Tells what is found as it is found; ends when enough is, or when nobody wants to know any more. Writes nothing.
 */
import { lineId, readLine } from '../core/line.ts';
import { linesOf, readSegment, type Segment, walkJournal } from '../journal/read.ts';
import { says, type Wanted, wantedText } from '../replay/tui/find.ts';
import type { Hit, ListedRow, Searched } from '../replay/tui/model.ts';
import { wholeTrace } from '../sync/whole.ts';
import type { Context } from './context.ts';
import type { LiveTrace } from './live-trace.ts';

/** Events that are told at most. */
const MOST = 500;
/** Milliseconds between two reports, unless something was found. */
const REPORT_MS = 100;

/** How a search is watched and ended. */
export interface SearchOptions {
  readonly signal: AbortSignal;
  /** A trace that is in memory already, with what waits in the spool. */
  readonly live: Pick<LiveTrace, 'trace' | 'items'> | undefined;
  readonly tell: (searched: Searched) => void;
}

/** Looks through all traces; resolves when it has, or was told to end. */
export async function searchTraces(
  context: Context,
  text: string,
  traces: readonly ListedRow[],
  { signal, live, tell }: SearchOptions,
): Promise<void> {
  const wanted = wantedText(text);
  const hits: Hit[] = [];
  const names = [...new Set([...(live === undefined ? [] : [live.trace]), ...traces.map(({ trace }) => trace)])];
  let [looked, unreadable, told] = [0, 0, 0];
  const report = (state: Searched['state'], isDue = true): void => {
    if (signal.aborted || (!isDue && performance.now() - told < REPORT_MS)) return;
    told = performance.now();
    tell({ text, hits: hits.slice(0, MOST), looked, total: names.length, unreadable, state });
  };
  report('running');
  for (const trace of names) {
    const before = hits.length;
    try {
      for await (const hit of trace === live?.trace ? inMemory(live, wanted) : onDisk(context, trace, wanted, signal)) {
        if (signal.aborted) return;
        hits.push(hit);
        if (hits.length > MOST) return report('cut');
        report('running', false);
      }
    } catch {
      unreadable++; // the list of traces says why
    }
    looked++;
    report('running', hits.length > before);
  }
  report('done');
}

function* inMemory({ trace, items }: Pick<LiveTrace, 'trace' | 'items'>, wanted: Wanted): Generator<Hit> {
  for (const item of items) {
    if (item.kind !== 'event' || !says(item.entry, wanted)) continue;
    const { id, event } = item.entry;
    yield { trace, id, ts: event.ts, type: event.type, payload: event.payload };
  }
}

async function* onDisk(context: Context, trace: string, wanted: Wanted, signal: AbortSignal): AsyncGenerator<Hit> {
  const whole = await wholeTrace({ repository: await context.repository(), sha256: context.sha256 }, trace);
  if (whole === undefined) return;
  const known = new Set<string>();
  for (const segment of (await walkJournal(whole.root)).segments) {
    if (signal.aborted) return;
    for (const line of await linesIn(whole.objects, segment)) {
      if (!wanted.inLine.test(line)) continue;
      const read = readLine(line, false);
      if (read.kind !== 'event' || !says({ line, event: read.event }, wanted)) continue;
      const { event } = read;
      const id = lineId(line, event, context.sha256);
      if (known.has(id)) continue;
      known.add(id);
      yield { trace, id, ts: event.ts, type: event.type, payload: event.payload };
    }
  }
}

/** The lines of a segment; none of one that cannot be read: the rest is looked through all the same. */
async function linesIn(objects: Parameters<typeof readSegment>[0], segment: Segment): Promise<readonly string[]> {
  return linesOf(await readSegment(objects, segment).catch(() => Buffer.alloc(0)));
}
