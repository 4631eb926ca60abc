/**
 * Paths inside a journal's tree: `<writer>/<session>/<first seq>.ndjson`. A session's lines lie in segments; one past
 * 64 KiB is sealed, and past 256 segments the later ones lie in numbered folders, so that no path ever moves.
 */

export const FORMAT_FILE = 'format';
export const FORMAT = 1;
/** Bytes after which a segment is sealed and the next line begins a new one. */
export const SEGMENT_BYTES = 65_536;
/** Segments a folder holds. */
export const FAN_OUT = 256;

export const WRITER = /^[0-9a-f]{16}$/;
export const SESSION = /^(?!\.)[A-Za-z0-9._-]{1,64}$/;

export interface SegmentPath {
  readonly writer: string;
  readonly session: string;
  /** Position in the session of the segment's first line; 1 is the first. */
  readonly firstSeq: number;
}

/**
 * The path of a session's `ordinal`-th segment (from 0).
 *
 * @example
 * segmentPath({ writer: '00112233445566aa', session: 's', firstSeq: 1 }, 0) // '00112233445566aa/s/0000000001.ndjson'
 */
export function segmentPath(at: SegmentPath, ordinal: number): string {
  const folder = ordinal < FAN_OUT ? '' : `${String(Math.floor(ordinal / FAN_OUT)).padStart(4, '0')}/`;
  return `${at.writer}/${at.session}/${folder}${String(at.firstSeq).padStart(10, '0')}.ndjson`;
}

/** Reads a segment's path; `undefined` for any other path. */
export function parseSegmentPath(path: string): SegmentPath | undefined {
  const found = /^([0-9a-f]{16})\/([A-Za-z0-9._-]{1,64})\/(?:[0-9]{4}\/)?([0-9]{10})\.ndjson$/.exec(path);
  const [, writer, session, seq] = found ?? [];
  if (writer === undefined || session === undefined || seq === undefined || !SESSION.test(session)) return undefined;
  const firstSeq = Number(seq);
  return firstSeq > 0 ? { writer, session, firstSeq } : undefined;
}
