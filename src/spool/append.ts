/** Stage 2, writing: a node producer's file in the spool. One process, one file, one `write(2)` a record. */
import type { Random, TraceFiles } from '../core/ports.ts';
import { SPOOL } from './read.ts';
import { formatRecord, type SpoolRecord } from './record.ts';

export class SpoolFile {
  /** The file's name below `spool/`. */
  readonly name: string;
  readonly #files: TraceFiles;

  /** @param producer lower-case letters, e.g. `run` */
  constructor(files: TraceFiles, random: Random, producer: string, pid: number) {
    this.name = `${producer}-${pid}-${random.hex(6)}.ndjson`;
    this.#files = files;
  }

  /** Keeps a record; it is safe from a crash of any process, and with `durable` from a power cut. @throws disk-full, read-only */
  append(record: SpoolRecord, options: { durable?: boolean } = {}): void {
    this.#files.append(`${SPOOL}/${this.name}`, formatRecord(record), options);
  }

  /** Keeps many records with few writes. @throws disk-full, read-only */
  appendAll(records: readonly SpoolRecord[], options: { durable?: boolean } = {}): void {
    const size = 2_000;
    for (let i = 0; i < records.length; i += size) {
      const last = i + size >= records.length;
      const text = records
        .slice(i, i + size)
        .map(formatRecord)
        .join('');
      this.#files.append(`${SPOOL}/${this.name}`, text, { durable: last && options.durable === true });
    }
  }
}
