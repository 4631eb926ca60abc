/**
 * Stage 2, what is no record: put aside with the reason, the newest of it kept. It may hold what a journal may not, so its
 * secrets are taken out by the same rules; its size and hash are those of the bytes as they came.
 */
import { isUtf8 } from 'node:buffer';
import type { Clock, TraceFiles } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import { timestamp } from '../core/time.ts';

export const QUARANTINE = 'quarantine';

/** Characters that are looked through at once; a damaged file may be as long as it likes. */
const PIECE = 262_144;

export interface QuarantinePorts {
  readonly files: TraceFiles;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** A method, so that the hash of texts that the other stages take will do: node's takes both. */
  sha256(bytes: Buffer | string): string;
}

/**
 * Puts bytes that are no record aside, without secrets; the same bytes always under the same name.
 *
 * @param mark the offset, or a hash of the record: what tells it from others of its file
 */
export function quarantine(ports: QuarantinePorts, file: string, mark: number | string, bytes: Buffer | string, reason: string): void {
  const { files, clock, redactor, sha256 } = ports;
  const name = `${QUARANTINE}/${file}.${mark}`;
  if (files.exists(`${name}.json`)) return;
  const facts = {
    file,
    mark,
    bytes: Buffer.byteLength(bytes),
    sha256: sha256(bytes),
    reason: redactor.text(reason).text,
    at: timestamp(clock.now()),
  };
  files.replace(`${name}.bin`, redactedBytes(Buffer.from(bytes), redactor), { durable: true });
  files.replace(`${name}.json`, `${JSON.stringify(facts)}\n`, { durable: true });
}

/** Records that quarantine keeps, and their bytes in all. */
const MOST_QUARANTINED = 1_000;
const QUARANTINE_BYTES = 67_108_864;

/** Removes the oldest of what was put aside, so that a producer that writes nothing but damage does not fill the disk. */
export function boundQuarantine(files: TraceFiles, most = MOST_QUARANTINED, bytes = QUARANTINE_BYTES): void {
  const newestFirst = files
    .list(QUARANTINE)
    .filter((name) => name.endsWith('.json'))
    .map((json) => {
      const facts = `${QUARANTINE}/${json}`;
      const data = facts.replace(/json$/, 'bin');
      return { facts, data, size: files.stat(data)?.size ?? 0, modified: files.stat(facts)?.modified ?? 0 };
    })
    .sort((a, b) => b.modified - a.modified || (a.facts < b.facts ? 1 : -1));
  let total = 0;
  for (const [i, { facts, data, size }] of newestFirst.entries()) {
    total += size;
    if (i < most && total <= bytes) continue;
    // the facts go last: while they are there, the same bytes are not put aside again
    files.remove(data);
    files.remove(facts);
  }
}

/** The kinds of secrets that bytes hold, one for each. */
export function kindsInBytes(bytes: Buffer, redactor: Redactor): readonly string[] {
  return bytes
    .toString(isUtf8(bytes) ? 'utf8' : 'latin1')
    .split('\0')
    .flatMap((field) => piecesOf(field).flatMap((piece) => redactor.text(piece).kinds));
}

/** Bytes without secrets. What is no UTF-8 is looked through byte by byte, so that all others stay as they are. */
function redactedBytes(bytes: Buffer, redactor: Redactor): Buffer {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const fields = bytes.toString(encoding).split('\0');
  const clean = fields.map((field) =>
    piecesOf(field)
      .map((piece) => redactor.text(piece).text)
      .join(''),
  );
  return Buffer.from(clean.join('\0'), encoding);
}

/** A text in pieces that end with a line, where one does. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (text.length - at > PIECE) {
    const end = text.indexOf('\n', at + PIECE / 2);
    const to = end < 0 || end - at > PIECE ? at + PIECE : end + 1;
    pieces.push(text.slice(at, to));
    at = to;
  }
  pieces.push(text.slice(at));
  return pieces;
}
