/**
 * Which ids a trace has already: a throw-away index keyed on the journal's commit, brought up to date from what is new,
 * rebuilt from the journal whenever in doubt. Ids are kept by their first 16 bytes.
 */
import { prunedMarks, readLine, type Sha256 } from '../core/line.ts';
import { readEntry } from '../core/order.ts';
import type { GitObjects, Oid, TraceFiles } from '../core/ports.ts';
import { type Part, readJournal } from './read.ts';

/** Hex digits of an id that the index keeps; two ids that share 128 bits are not met in practice. */
const DIGITS = 32;

export class KnownIds {
  readonly #ids: Set<string>;
  readonly #erased: Set<string>;
  readonly #sha256: Sha256;
  /** All of the journal could be read; what could not may be there again the next time. */
  #whole = true;
  /** The commit whose index is on disk. */
  #indexed: Oid | undefined;

  private constructor(ids: Set<string>, erased: Set<string>, sha256: Sha256) {
    this.#ids = ids;
    this.#erased = erased;
    this.#sha256 = sha256;
  }

  /** The ids of the journal at `tip`. @throws unreadable-segment when the journal's root cannot be read */
  static async load(files: TraceFiles, name: string, objects: GitObjects, tip: Oid | undefined, sha256: Sha256): Promise<KnownIds> {
    const known = new KnownIds(new Set(), new Set(), sha256);
    if (tip === undefined) return known;
    const indexed = known.#read(files, name);
    known.#indexed = indexed;
    if (indexed === tip) return known;
    // an index of a commit that is not an ancestor may hold ids that were erased or united away: only growth is trusted
    const grows = indexed !== undefined && (await objects.isAncestor(indexed, tip));
    if (!grows) {
      known.#ids.clear();
      known.#erased.clear();
    }
    const { parts, faults } = await readJournal(objects, tip, grows ? indexed : undefined);
    for (const part of parts) for (const line of part.lines) known.#learn(line, part);
    known.#whole = faults.length === 0;
    return known;
  }

  /** Whether the trace has this id, or had it before it was erased; of an event of a type that may return, only the former. */
  has(id: string, mayReturn = false): boolean {
    if (this.#ids.has(id.slice(0, DIGITS))) return true;
    return !mayReturn && this.#erased.size > 0 && this.#erased.has(this.#sha256(id).slice(0, DIGITS));
  }

  add(id: string): void {
    this.#ids.add(id.slice(0, DIGITS));
  }

  /** Saves the index for that tip. Failing to is no failure: it is made anew the next time. */
  save(files: TraceFiles, name: string, tip: Oid): void {
    if (!this.#whole || this.#indexed === tip) return;
    const text = [...this.#ids, ...this.#erased].join('');
    const head = `${tip} ${this.#ids.size}`;
    try {
      files.replace(fileOf(name), Buffer.concat([Buffer.from(`${head} ${this.#sha256(`${head} ${text}`)}\n`), Buffer.from(text, 'hex')]));
    } catch {
      files.remove(fileOf(name));
    }
  }

  #read(files: TraceFiles, name: string): Oid | undefined {
    let bytes: Buffer | undefined;
    try {
      bytes = files.read(fileOf(name));
    } catch {
      return undefined; // then it is made anew
    }
    const end = bytes?.indexOf(0x0a) ?? -1;
    if (bytes === undefined || end < 0) return undefined;
    const [tip, count, sum] = bytes.toString('latin1', 0, end).split(' ');
    const hex = bytes.toString('hex', end + 1);
    if (sum !== this.#sha256(`${tip} ${count} ${hex}`)) return undefined;
    for (let at = 0; at < hex.length; at += DIGITS)
      (at / DIGITS < Number(count) ? this.#ids : this.#erased).add(hex.slice(at, at + DIGITS));
    return tip;
  }

  #learn(line: string, { writer, session, firstSeq }: Part): void {
    const entry = readEntry(line, writer, session, firstSeq, this.#sha256);
    if ('id' in entry) this.add(entry.id);
    else if (entry.kind === 'erased') {
      const read = readLine(line, false);
      if (read.kind === 'erased') this.#erased.add(read.erased.slice(0, DIGITS));
    } else if (entry.kind === 'pruned') for (const mark of prunedMarks(line)) this.#erased.add(mark.slice(0, DIGITS));
  }
}

function fileOf(name: string): string {
  return `ids/${name}`;
}
