/**
 * Which ids a trace has already: a throw-away index keyed on the journal's commit, brought up to date from what is new,
 * rebuilt from the journal whenever in doubt. The file is a sorted block and what was added since, each a block with the
 * commit that it leads to and a checksum: ten events more are ten ids more in the file, however many it holds.
 */
import { crc32 } from 'node:zlib';
import { prunedMarks, readLine, type Sha256 } from '../core/line.ts';
import { readEntry } from '../core/order.ts';
import type { GitObjects, Oid, TraceFiles } from '../core/ports.ts';
import { ERASED_FILE } from '../core/segment.ts';
import { readMarks } from './erased.ts';
import { loadRoot, type Part, readSegments, walkJournal } from './read.ts';
import { ID_BYTES, ID_DIGITS, SortedIds } from './sorted-ids.ts';

/** Ids that may stand behind the sorted block before all are sorted into one. */
const UNSORTED = 4_096;
const HEADER = /^([0-9a-f]{40,64}) ([0-9]{1,12}) ([0-9]{1,12}) ([0-9a-f]{8})$/;
/** Bytes that a block's head has at most, with its newline. */
const LONGEST_HEAD = 102;

/** A run of ids in the file: those of events, then those that were erased. */
interface Block {
  /** The commit whose index the file is up to here. */
  readonly tip: Oid;
  readonly ids: Buffer;
  readonly erased: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

export class KnownIds {
  #sorted = new SortedIds(Buffer.alloc(0));
  /** Those that are not among the sorted ones, by their first digits. */
  #recent = new Set<string>();
  readonly #erased = new Set<string>();
  readonly #sha256: Sha256;
  /** What the file does not have. */
  #unsaved: { ids: string[]; erased: string[] } = { ids: [], erased: [] };
  /** All of the journal could be read; what could not may be there again the next time. */
  #whole = true;
  /** The commit whose index is on disk; where there is one, what is unsaved can be written behind it. */
  #indexed: Oid | undefined;

  private constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** The ids of the journal at `tip`. @throws unreadable-segment when the journal's root cannot be read */
  static async load(files: TraceFiles, name: string, objects: GitObjects, tip: Oid | undefined, sha256: Sha256): Promise<KnownIds> {
    const known = new KnownIds(sha256);
    if (tip === undefined) return known;
    known.#read(files, name);
    const indexed = known.#indexed;
    if (indexed === tip) return known;
    // an index of a commit that is not an ancestor may hold ids that were erased or united away: only growth is trusted
    const grows = indexed !== undefined && (await objects.isAncestor(indexed, tip));
    if (!grows) known.#forget();
    const [root, earlier] = [await loadRoot(objects, tip), grows ? await loadRoot(objects, indexed).catch(() => undefined) : undefined];
    const { segments, faults } = await walkJournal(root, earlier);
    for await (const part of readSegments(objects, segments, faults))
      for (const [i, line] of part.lines.entries()) known.#learn(line, part, part.firstSeq + i);
    // of a session that was pruned no line tells any more
    if (root.file(ERASED_FILE) !== earlier?.file(ERASED_FILE)) for (const mark of await readMarks(objects, root)) known.#learnErased(mark);
    known.#whole = faults.length === 0;
    return known;
  }

  /** Whether the trace has this id, or had it before it was erased; of an event of a type that may return, only the former. */
  has(id: string, mayReturn = false): boolean {
    const digits = id.slice(0, ID_DIGITS);
    if (this.#recent.has(digits) || this.#sorted.has(digits)) return true;
    return !mayReturn && this.#erased.size > 0 && this.#erased.has(this.#sha256(id).slice(0, ID_DIGITS));
  }

  /** Takes an id that is not among them. */
  add(id: string): void {
    const digits = id.slice(0, ID_DIGITS);
    this.#recent.add(digits);
    this.#unsaved.ids.push(digits);
  }

  /** Saves the index for that tip. Failing to is no failure: it is made anew the next time. */
  save(files: TraceFiles, name: string, tip: Oid): void {
    if (!this.#whole || this.#indexed === tip) return;
    try {
      if (this.#indexed !== undefined && this.#recent.size <= UNSORTED) {
        const { ids, erased } = this.#unsaved;
        files.append(fileOf(name), blockOf(tip, Buffer.from(ids.join(''), 'hex'), erased));
      } else {
        this.#sorted = this.#sorted.with(this.#recent);
        this.#recent = new Set();
        files.replace(fileOf(name), blockOf(tip, this.#sorted.bytes, this.#erased));
      }
      this.#indexed = tip;
      this.#unsaved = { ids: [], erased: [] };
    } catch {
      this.#indexed = undefined;
      files.remove(fileOf(name));
    }
  }

  #read(files: TraceFiles, name: string): void {
    let bytes: Buffer | undefined;
    try {
      bytes = files.read(fileOf(name));
    } catch {
      return; // then it is made anew
    }
    for (let at = 0; bytes !== undefined && at < bytes.length; ) {
      const block = blockAt(bytes, at);
      if (block === undefined) {
        // nothing may be written behind what cannot be read
        this.#forget();
        return;
      }
      if (at === 0) this.#sorted = new SortedIds(block.ids);
      else for (const digits of digitsOf(block.ids)) this.#recent.add(digits);
      for (const digits of digitsOf(block.erased)) this.#erased.add(digits);
      this.#indexed = block.tip;
      at = block.end;
    }
  }

  #forget(): void {
    this.#sorted = new SortedIds(Buffer.alloc(0));
    this.#recent.clear();
    this.#erased.clear();
    this.#indexed = undefined;
  }

  #learn(line: string, { writer, session }: Part, seq: number): void {
    const entry = readEntry(line, writer, session, seq, this.#sha256);
    if ('id' in entry) {
      if (!this.has(entry.id, true)) this.add(entry.id);
    } else if (entry.kind === 'erased') {
      const read = readLine(line, false);
      if (read.kind === 'erased') this.#learnErased(read.erased);
    } else if (entry.kind === 'pruned') for (const mark of prunedMarks(line)) this.#learnErased(mark);
  }

  #learnErased(mark: string): void {
    const digits = mark.slice(0, ID_DIGITS);
    if (this.#erased.has(digits)) return;
    this.#erased.add(digits);
    this.#unsaved.erased.push(digits);
  }
}

/**
 * How many ids the journal at `to` has that the one at `from`, which it grew from, has not; `undefined` where the index
 * does not tell. Reads only the heads of its blocks.
 */
export function countIdsSince(files: TraceFiles, name: string, from: Oid, to: Oid): number | undefined {
  let since: number | undefined;
  let tip: Oid | undefined;
  const size = files.stat(fileOf(name))?.size ?? 0;
  for (let at = 0; at < size; ) {
    const head = files.read(fileOf(name), at, LONGEST_HEAD)?.toString('latin1').split('\n', 1)[0] ?? '';
    const [, next, ids = '', erased = ''] = HEADER.exec(head) ?? [];
    if (next === undefined) return undefined;
    if (since !== undefined) since += Number(ids);
    if (next === from) since = 0;
    tip = next;
    at += head.length + 1 + (Number(ids) + Number(erased)) * ID_BYTES;
  }
  return tip === to ? since : undefined;
}

function fileOf(name: string): string {
  return `ids/${name}`;
}

function blockOf(tip: Oid, ids: Buffer, erased: Iterable<string>): Buffer {
  const body = Buffer.concat([ids, Buffer.from([...erased].join(''), 'hex')]);
  const head = `${tip} ${ids.length / ID_BYTES} ${(body.length - ids.length) / ID_BYTES}`;
  return Buffer.concat([Buffer.from(`${head} ${checksum(head, body)}\n`), body]);
}

/** The block that begins there; `undefined` where none does that is whole. */
function blockAt(bytes: Buffer, at: number): Block | undefined {
  const begin = bytes.indexOf(0x0a, at) + 1;
  const [, tip = '', ids = '', erased = '', sum] = HEADER.exec(bytes.toString('latin1', at, Math.max(begin - 1, at))) ?? [];
  if (sum === undefined) return undefined;
  const middle = begin + Number(ids) * ID_BYTES;
  const end = middle + Number(erased) * ID_BYTES;
  if (end > bytes.length || checksum(`${tip} ${ids} ${erased}`, bytes.subarray(begin, end)) !== sum) return undefined;
  return { tip, ids: bytes.subarray(begin, middle), erased: bytes.subarray(middle, end), end };
}

function checksum(head: string, body: Buffer): string {
  return crc32(body, crc32(head)).toString(16).padStart(8, '0');
}

function* digitsOf(ids: Buffer): Generator<string> {
  for (let at = 0; at < ids.length; at += ID_BYTES) yield ids.toString('hex', at, at + ID_BYTES);
}
