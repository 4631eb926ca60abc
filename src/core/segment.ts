/**
 * Paths inside a journal's tree: `<writer>/<session>/<first seq>.ndjson`. A session's lines lie in segments; one past
 * 64 KiB is sealed, and past 256 segments the later ones lie in numbered folders, so that no path ever moves.
 */

export const FORMAT_FILE = 'format';
export const FORMAT = 1;
/** At a journal's root: what was erased in it, see src/journal/erased.ts. */
export const ERASED_FILE = 'erased';
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
  /** 0, or more where two clones wrote the same path and neither text continues the other (see docs/format.md, "Union"). */
  readonly version: number;
}

/**
 * The path of a session's `ordinal`-th segment (from 0).
 *
 * @example
 * segmentPath('00112233445566aa', 's', 1, 0) // '00112233445566aa/s/0000000001.ndjson'
 */
export function segmentPath(writer: string, session: string, firstSeq: number, ordinal: number): string {
  const folder = ordinal < FAN_OUT ? '' : `${String(Math.floor(ordinal / FAN_OUT)).padStart(4, '0')}/`;
  return `${writer}/${session}/${folder}${segmentName(firstSeq, 0)}`;
}

/** The name of a segment's file. */
export function segmentName(firstSeq: number, version: number): string {
  return `${String(firstSeq).padStart(10, '0')}${version === 0 ? '' : `.${version}`}.ndjson`;
}

/** Reads the name of a segment's file; `undefined` for any other. */
export function parseSegmentName(name: string): { firstSeq: number; version: number } | undefined {
  const found = /^([0-9]{10})(?:\.([1-9][0-9]{0,3}))?\.ndjson$/.exec(name);
  const firstSeq = Number(found?.[1] ?? 0);
  return firstSeq > 0 ? { firstSeq, version: Number(found?.[2] ?? 0) } : undefined;
}

/** Reads a segment's path; `undefined` for any other path. */
export function parseSegmentPath(path: string): SegmentPath | undefined {
  const found = /^([0-9a-f]{16})\/([A-Za-z0-9._-]{1,64})\/(?:[0-9]{4}\/)?([^/]+)$/.exec(path);
  const [, writer, session, name] = found ?? [];
  if (writer === undefined || session === undefined || name === undefined || !SESSION.test(session)) return undefined;
  const parsed = parseSegmentName(name);
  return parsed && { writer, session, ...parsed };
}
