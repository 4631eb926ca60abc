/**
 * Stage 2, reading: takes what lies behind the offsets in every spool file and puts what cannot be read aside. Never
 * removes anything that is not in the journal.
 */
import type { Clock, TraceFiles } from '../core/ports.ts';
import { timestamp } from '../core/time.ts';
import { type QuarantinePorts, quarantine } from './quarantine.ts';
import { type Decoding, decodeRecords, decodeShellRecords, type SpoolRecord } from './record.ts';

export const SPOOL = 'spool';

/** Bytes taken in one round; a longer spool takes several. */
const ROUND_BYTES = 64 * 1_048_576;

/** A record with its time and where it stood. */
export interface Taken {
  readonly file: string;
  readonly record: SpoolRecord;
  readonly ts: string;
}

const DIGITS = /([0-9]+)/;

/**
 * Orders names with `hook-99-…` before `hook-100-…`, and `serve-7-9-…` before `serve-7-10-…`: the clock of files ticks every
 * few milliseconds, and of two hooks that one git command runs within a tick the later one has the greater process number.
 * Not by `Intl.Collator`, the first of which takes eight milliseconds to be made.
 */
export function byNumber(a: string, b: string): number {
  const [parts, others] = [a.split(DIGITS), b.split(DIGITS)];
  for (const [i, part] of parts.entries()) {
    const other = others[i] ?? '';
    // a text and a number in turn
    const order = (i % 2 === 1 ? Number(part) - Number(other) : 0) || (part < other ? -1 : part > other ? 1 : 0);
    if (order !== 0) return order;
  }
  return parts.length - others.length;
}

/** Process numbers that are further apart than this, within a tick, have begun again in between. */
const APART = 10_000;

/** Orders two hooks within a tick whose process numbers have begun again in between; 0 for all others. */
export function byTurn(a: string, b: string): number {
  if (a === b || !a.startsWith('hook-') || !b.startsWith('hook-')) return 0;
  const behind = Number.parseInt(b.slice('hook-'.length), 10) - Number.parseInt(a.slice('hook-'.length), 10);
  return Math.abs(behind) > APART ? behind : 0;
}

export type Offsets = Readonly<Record<string, number>>;

export interface SpoolRound {
  readonly taken: readonly Taken[];
  /** Records put into quarantine in this round. */
  readonly quarantined: number;
  /** Offsets once what was taken is safe. */
  readonly offsets: Offsets;
  /** Files that are read to the end and that nobody will write to again. */
  readonly done: readonly string[];
  /** More is waiting than one round takes. */
  readonly more: boolean;
}

/**
 * Reads one round from the spool.
 *
 * @param finished files whose producer says that it has written its last record
 * @throws read-only, disk-full (when something must go to quarantine and cannot)
 */
export function readSpool(ports: QuarantinePorts, before: Offsets, finished: ReadonlySet<string>): SpoolRound {
  const { files } = ports;
  const taken: Taken[] = [];
  const offsets: Record<string, number> = {};
  const done: string[] = [];
  let quarantined = 0;
  let left = ROUND_BYTES;
  let more = false;
  for (const file of files.list(SPOOL).sort(byNumber)) {
    const decode = decoderOf(file);
    const name = `${SPOOL}/${file}`;
    // a shell's note of its last command's text, which it removes when it exits, if it can
    if (/^shell-.*\.txt$/.test(file) && isOver(file, finished, files)) files.remove(name);
    // asked before the size is: whoever is dead by now has not written since
    const ended = decode !== undefined && isOver(file, finished, files);
    const facts = decode && files.stat(name);
    if (decode === undefined || facts === undefined) continue;
    const from = Math.min(before[file] ?? 0, facts.size);
    if (left <= 0) {
      offsets[file] = from;
      more ||= facts.size > from;
      continue;
    }
    const bytes = files.read(name, from, left) ?? Buffer.alloc(0);
    left -= bytes.length;
    const whole = from + bytes.length >= facts.size;
    const over = whole && ended;
    const { found, next } = decode(bytes, from, over);
    more ||= !whole;
    for (const item of found) {
      if (item.kind === 'bad') {
        quarantine(ports, file, item.start, item.bytes, item.reason);
        quarantined++;
        continue;
      }
      taken.push({ file, record: item.record, ts: item.record.ts ?? timestamp(Math.floor(facts.modified)) });
    }
    offsets[file] = next;
    // a hook writes one record and never again, so its file is done as soon as that record is whole
    const single = file.startsWith('hook-') && found.length > 0 && next >= facts.size;
    if (whole && (over || single) && next >= facts.size) done.push(file);
  }
  return { taken, quarantined, offsets, done, more };
}

/** What waits in the spool, for `status`: a count of records, roughly, and of bytes. */
export function spoolBacklog(
  files: TraceFiles,
  clock: Clock,
  before: Offsets,
): { records: number; bytes: number; oldest: number | undefined } {
  let records = 0;
  let total = 0;
  let oldest: number | undefined;
  for (const file of files.list(SPOOL)) {
    const decode = decoderOf(file);
    const facts = files.stat(`${SPOOL}/${file}`);
    if (decode === undefined || facts === undefined || facts.size <= (before[file] ?? 0)) continue;
    const bytes = files.read(`${SPOOL}/${file}`, before[file] ?? 0, ROUND_BYTES) ?? Buffer.alloc(0);
    const count = decode(bytes, before[file] ?? 0, false).found.length;
    records += count;
    total += bytes.length;
    if (count > 0) oldest = Math.min(oldest ?? clock.now(), facts.modified);
  }
  return { records, bytes: total, oldest };
}

type Decoder = (bytes: Buffer, offset: number, finished: boolean) => Decoding;

/** How a file of the spool is read, by its name. */
export function decoderOf(file: string): Decoder | undefined {
  if (file.endsWith('.rec')) return decodeShellRecords;
  return file.endsWith('.ndjson') ? decodeRecords : undefined;
}

/** Whether the file's producer has written its last byte: it said so, or its process is dead. */
function isOver(file: string, finished: ReadonlySet<string>, files: TraceFiles): boolean {
  // the records of a snapshot's edits come as a whole file or not at all
  if (finished.has(file) || file.startsWith('edit-')) return true;
  const pid = /^[a-z]+-([0-9]+)[-.]/.exec(file)?.[1];
  return pid !== undefined && !files.alive(Number(pid));
}
