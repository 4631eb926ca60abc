/**
 * Stage 2, looking: what has come to the spool since the last look, without taking it. Changes nothing; the recorder
 * follows the spool by it.
 */
import type { TraceFiles } from '../core/ports.ts';
import { decoderOf, type Offsets, SPOOL } from './read.ts';
import type { Place } from './record.ts';

export interface Glimpse {
  /** Type and place of each new record, file by file. */
  readonly records: readonly { readonly type: string; readonly place: Place }[];
  /** A command has begun and not ended. */
  readonly started: boolean;
  readonly bytes: number;
  /** Where the next look begins. */
  readonly sizes: Offsets;
}

/** Bytes of one file that a look reads; what is behind them is only counted. */
const LOOK_BYTES = 1_048_576;

/** What is new in the spool. */
export function peekSpool(files: TraceFiles, before: Offsets): Glimpse {
  const records: { type: string; place: Place }[] = [];
  const sizes: Record<string, number> = {};
  let bytes = 0;
  let started = false;
  for (const file of files.list(SPOOL)) {
    const decode = decoderOf(file);
    const size = files.stat(`${SPOOL}/${file}`)?.size;
    if (decode === undefined || size === undefined) continue;
    const from = Math.min(before[file] ?? 0, size);
    sizes[file] = size;
    // snapshots are our own doing
    if (size === from || file.startsWith('edit-')) continue;
    bytes += size - from;
    const found = decode(files.read(`${SPOOL}/${file}`, from, LOOK_BYTES) ?? Buffer.alloc(0), from, false).found;
    for (const item of found) if (item.kind === 'record') records.push({ type: item.record.type, place: item.record.place });
    // the beginning of a record whose end has not come: a shell's command that runs
    if (found.length === 0) started = true;
    const last = found.at(-1);
    if (last !== undefined && last.end < size) sizes[file] = last.end;
  }
  return { records, started, bytes, sizes };
}
