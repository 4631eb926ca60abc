/** Appends lines to one session of this clone's folder: the open segment grows, a full one is sealed for good. */

import { fail } from '../core/errors.ts';
import { isPrunedLine } from '../core/line.ts';
import type { GitObjects, ObjectBatch } from '../core/ports.ts';
import { FAN_OUT, SEGMENT_BYTES, segmentPath } from '../core/segment.ts';
import { linesOf } from './read.ts';
import type { Tree } from './tree.ts';

export class SessionWriter {
  readonly writer: string;
  readonly session: string;
  /** Text of the session's last line before this flush; `undefined` in a new session. */
  readonly lastLine: string | undefined;
  readonly #full: { path: string; bytes: Buffer }[] = [];
  #lines: string[] = [];
  #bytes: number;
  #head: Buffer;
  #firstSeq: number;
  #count: number;
  #ordinal: number;

  private constructor(writer: string, session: string, open: { ordinal: number; firstSeq: number; bytes: Buffer }) {
    this.writer = writer;
    this.session = session;
    const lines = linesOf(open.bytes);
    this.lastLine = lines.at(-1);
    this.#head = open.bytes;
    this.#bytes = open.bytes.length;
    this.#firstSeq = open.firstSeq;
    this.#count = lines.length;
    this.#ordinal = open.ordinal;
  }

  /** Opens a session in a journal's tree, or begins it. @throws unreadable-segment */
  static async open(objects: GitObjects, root: Tree, writer: string, session: string): Promise<SessionWriter> {
    const folder = await (await root.folder(writer))?.folder(session);
    if (folder === undefined) return new SessionWriter(writer, session, { ordinal: 0, firstSeq: 1, bytes: Buffer.alloc(0) });
    const folders = folder.names().filter(({ name, kind }) => kind === 'folder' && /^[0-9]{4}$/.test(name));
    const last = folders.at(-1)?.name;
    const holder = last === undefined ? folder : await folder.folder(last);
    const segments = (holder?.names() ?? []).filter(({ name, kind }) => kind === 'file' && /^[0-9]{10}\.ndjson$/.test(name));
    const newest = segments.at(-1);
    const blob = newest?.oid === undefined ? undefined : await objects.read(newest.oid);
    // a line that has no end is no line, and must not become one by what is written behind it
    if (newest === undefined || blob?.type !== 'blob' || (blob.data.length > 0 && blob.data.at(-1) !== 0x0a))
      throw fail('unreadable-segment', `the last segment of session '${session}' cannot be read`);
    const ordinal = Number(last ?? 0) * FAN_OUT + segments.length - 1;
    return new SessionWriter(writer, session, { ordinal, firstSeq: Number(newest.name.slice(0, 10)), bytes: blob.data });
  }

  /** Nothing says yet who works in it: it has no line, or those that it had were pruned. */
  get isNew(): boolean {
    return (this.lastLine === undefined || isPrunedLine(this.lastLine)) && this.#lines.length === 0 && this.#full.length === 0;
  }

  /** Takes a line, without its newline. */
  append(line: string): void {
    if (this.#bytes >= SEGMENT_BYTES) this.#seal();
    this.#lines.push(line);
    this.#count++;
    this.#bytes += Buffer.byteLength(line) + 1;
  }

  /** Puts what was appended into the tree and the batch. */
  async write(root: Tree, batch: ObjectBatch): Promise<void> {
    if (this.#lines.length > 0) this.#full.push(this.#segment());
    for (const { path, bytes } of this.#full) await root.put(path, batch.add('blob', bytes));
  }

  #segment(): { path: string; bytes: Buffer } {
    const bytes = Buffer.concat([this.#head, Buffer.from(`${this.#lines.join('\n')}\n`)]);
    return { path: segmentPath(this.writer, this.session, this.#firstSeq, this.#ordinal), bytes };
  }

  #seal(): void {
    if (this.#lines.length > 0) this.#full.push(this.#segment());
    this.#head = Buffer.alloc(0);
    this.#lines = [];
    this.#bytes = 0;
    this.#firstSeq += this.#count;
    this.#count = 0;
    this.#ordinal++;
  }
}
