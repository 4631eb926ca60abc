/**
 * What a walk along a large trace told: throw-away, for exactly the commit that it was made of. Holds the head, the counts
 * and where the newest events stand, no event itself.
 */
import { crc32 } from 'node:zlib';
import type { Oid, TraceFiles } from '../core/ports.ts';
import type { TraceName } from '../core/trace-name.ts';
import { VERSION } from '../core/version.ts';
import type { Counts } from '../replay/tally.ts';
import type { HeadState } from '../timeline/document.ts';
import type { GapItem } from '../timeline/timeline.ts';

/** Where an event stands: `<writer>/<session>`, its line there, its place in the trace and effective time (ms since 1970). */
export type Place = readonly [run: string, line: number, seq: number, at: number];

export interface Digest {
  /** The journal's commit. */
  readonly tip: Oid;
  readonly events: number;
  readonly head: HeadState;
  readonly counts: Counts;
  /** The newest items in order: events by their places, gaps as they are. */
  readonly newest: readonly (Place | GapItem)[];
  /** Whether it may grow: no event stands twice, for one that was left out tells the time of what comes behind it. */
  readonly grows: boolean;
  /** Where each session of each writer goes on: the position of its next line, by `<writer>/<session>`; negative where it has no event yet. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Everything that a former form would be told by. */
const FORM = `git-trace-digest 2 ${VERSION}`;

/** The digest of a trace; `undefined` where there is none that is whole and of this version. */
export function readDigest(files: TraceFiles, trace: TraceName): Digest | undefined {
  try {
    const bytes = files.read(fileOf(trace));
    const end = bytes?.indexOf(0x0a) ?? -1;
    if (bytes === undefined || end < 0) return undefined;
    const body = bytes.subarray(end + 1);
    if (bytes.toString('utf8', 0, end) !== `${FORM} ${checksum(body)}`) return undefined;
    // the checksum says that it is what writeDigest wrote
    return JSON.parse(body.toString('utf8')) as Digest;
  } catch {
    return undefined; // then it is made anew
  }
}

/** Saves a digest; where that fails it is made anew the next time. */
export function writeDigest(files: TraceFiles, trace: TraceName, digest: Digest): void {
  const body = Buffer.from(JSON.stringify(digest));
  try {
    files.replace(fileOf(trace), Buffer.concat([Buffer.from(`${FORM} ${checksum(body)}\n`), body]));
  } catch {
    // a clone that may only be read shows its traces all the same
  }
}

function fileOf(trace: TraceName): string {
  return `digest/${trace}`;
}

function checksum(body: Buffer): string {
  return crc32(body).toString(16).padStart(8, '0');
}
