/**
 * What a page holds of a trace, as both sides know it: the packer that writes it and the script that reads it. Lines of
 * JSON: a head, then batches of events (a line of columns, and below it one line for each payload), then a tail.
 */
import type { DocumentHead } from '../../timeline/document.ts';
import type { Weight } from '../../timeline/weight.ts';
import type { Counts } from '../tally.ts';

/** Raised when a script of another version would misread the data; both travel in one file, so they always agree. */
export const FORM = 1;

/** What was folded of the whole trace before its first event is written. */
export interface PageHead {
  readonly form: typeof FORM;
  readonly trace: string;
  /** The trace as people call it. */
  readonly name: string;
  readonly document: DocumentHead;
  /** When the page was made, in milliseconds since 1970. */
  readonly made: number;
  /** Hex digits that are kept of each id. */
  readonly idDigits: number;
  /** Files of the journal that could not be read. */
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
  /** What the program calls itself. */
  readonly program: string;
}

/** Columns of so many events; their payloads follow, one a line. */
export interface PageBatch {
  readonly n: number;
  /** Effective times, in milliseconds since the event before; the first since 1970. */
  readonly at: readonly number[];
  /** Where in {@link PageTail.sources} and {@link PageTail.types}. */
  readonly source: readonly number[];
  readonly type: readonly number[];
  /** One digit for each event: its place in {@link WEIGHTS}. */
  readonly weight: string;
  /** Ids, cut and joined. */
  readonly id: string;
  /** Where a filter has left some out: how much further each seq is than the one before. */
  readonly seq?: readonly number[];
  /** `[event, milliseconds]` of those whose clock stood behind. */
  readonly behind?: readonly (readonly [number, number])[];
}

/** A line that holds no event. */
export interface PageGap {
  readonly kind: 'erased' | 'pruned' | 'bad';
  readonly session: string;
  readonly seq: number;
  readonly at: number;
  readonly reason?: string;
  /** How many of the page's events come before it. */
  readonly before: number;
}

/** From a failing test run to the next one that passed; numbers are seqs, times milliseconds since 1970. */
export interface PageCycle {
  readonly red: number;
  /** Missing where it is red still; `to` is then the last event's. */
  readonly green?: number;
  readonly from: number;
  readonly to: number;
  /** What was run and is red. */
  readonly label: string;
  readonly edits: number;
  readonly commands: number;
}

/** What is known only behind the last event. */
export interface PageTail {
  readonly end: true;
  readonly types: readonly string[];
  /** `[session, writer]` */
  readonly sources: readonly (readonly [string, string])[];
  readonly gaps: readonly PageGap[];
  /** Of the whole trace, whatever a filter left of it. */
  readonly counts: Counts;
  readonly cycles: readonly PageCycle[];
}

/** From what a reader must see to what may be folded. */
export const WEIGHTS: readonly Weight[] = ['failure', 'success', 'milestone', 'note', 'work', 'noise'];

/** The ids of the elements that the shell and the script share. */
export const PLAIN_ISLAND = 'trace-data';
export const PACKED_ISLAND = 'trace-data-gzip';
