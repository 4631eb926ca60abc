/**
 * Stage 2, following: the records that have come to the spool since the last look, whole ones only, without taking them.
 * Changes nothing; who watches a trace live sees by it what no flush has taken yet.
 */
import type { TraceFiles } from '../core/ports.ts';
import { timestamp } from '../core/time.ts';
import { byNumber, decoderOf, type Offsets, SPOOL, type Taken } from './read.ts';

/** Bytes of one file that are read at once. */
const LOOK_BYTES = 4_194_304;

export interface SpoolTail {
  readonly taken: readonly Taken[];
  /** Where the next look begins, for every file that is there. */
  readonly offsets: Offsets;
}

/** What is new in the spool behind the offsets; what is no record waits for the flush, which puts it aside. */
export function tailSpool(files: TraceFiles, before: Offsets): SpoolTail {
  const taken: Taken[] = [];
  const offsets: Record<string, number> = {};
  for (const file of files.list(SPOOL).sort(byNumber)) {
    const decode = decoderOf(file);
    const facts = decode && files.stat(`${SPOOL}/${file}`);
    if (decode === undefined || facts === undefined) continue;
    let at = Math.min(before[file] ?? 0, facts.size);
    while (at < facts.size) {
      const bytes = files.read(`${SPOOL}/${file}`, at, Math.min(LOOK_BYTES, facts.size - at)) ?? Buffer.alloc(0);
      const { found, next } = decode(bytes, at, false);
      for (const item of found) {
        if (item.kind === 'record') taken.push({ file, record: item.record, ts: item.record.ts ?? timestamp(Math.floor(facts.modified)) });
      }
      if (next <= at) break;
      at = next;
    }
    offsets[file] = at;
  }
  return { taken, offsets };
}
