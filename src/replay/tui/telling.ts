/**
 * A trace as it is being told: its story and the rows of it that are listed, with what the screen sums up. The one part
 * of the model that grows in place, since an event must cost what one event costs; takes what is new in small portions,
 * so that no key waits for a hundred thousand events. Without effects.
 */
import type { Sha256 } from '../../core/line.ts';
import type { TraceName } from '../../core/trace-name.ts';
import { Cast } from '../../timeline/cast.ts';
import type { DocumentHead } from '../../timeline/document.ts';
import { type Frame, Story } from '../../timeline/story.ts';
import type { Item } from '../../timeline/timeline.ts';
import { type Counts, countItem, noCounts } from '../tally.ts';
import { terminalText } from '../terminal-text.ts';
import { ALL_ROWS, type RowFilter, Rows } from './rows.ts';

/** What a mark on the scrubber stands for, the most telling first. */
export const MARKS = ['failure', 'merge', 'commit', 'push', 'success', 'note'] as const;
export type Mark = (typeof MARKS)[number];

/** Milliseconds for which a session's status need not be judged anew. */
const FRESH_MS = 30_000;

export class Telling {
  readonly trace: TraceName;
  readonly story = new Story();
  readonly counts: Counts = noCounts();
  /** How many events of each type there are. */
  readonly types = new Map<string, number>();
  /** Frames with a mark, and which one. */
  readonly marked: number[] = [];
  readonly marks: Mark[] = [];
  /** Rises with whatever changes what is shown. */
  version = 0;
  rows = new Rows(ALL_ROWS);
  cast: Cast;
  readonly #sha256: Sha256;
  readonly #items: Item[] = [];
  readonly #sessions = new Set<string>();
  /** How many items the story has taken, and how many of them have been looked at for the rows. */
  #told = 0;
  #listed = 0;
  /** How many frames have been looked at for the rows. */
  #framesListed = 0;
  #head: { readonly version: number; readonly at: number; readonly head: DocumentHead } | undefined;

  constructor(trace: TraceName, sha256: Sha256) {
    this.trace = trace;
    this.#sha256 = sha256;
    this.cast = new Cast(this.head(0), terminalText);
  }

  /** Takes items that come next in order; {@link work} tells them. */
  take(items: readonly Item[]): void {
    for (const item of items) this.#items.push(item);
  }

  /** Whether something is left to be told or listed. */
  get isBusy(): boolean {
    return this.#listed < this.#items.length;
  }

  /** How much of the trace has been listed, from 0 to 1. */
  get share(): number {
    return this.#items.length === 0 ? 1 : this.#listed / this.#items.length;
  }

  /** Tells and lists a portion of what was taken. @param most items */
  work(most: number): void {
    const until = Math.min(this.#told + most, this.#items.length);
    let isNew = false;
    for (; this.#told < until; this.#told++) {
      const item = this.#items[this.#told];
      if (item !== undefined) isNew = this.#tell(item) || isNew;
    }
    // who acts decides where scenes begin
    if (isNew) this.cast = new Cast(this.head(this.#head?.at ?? 0), terminalText);
    this.#list(Math.min(this.#listed + most, this.#told));
    this.version++;
  }

  /** Tells one item. @returns whether somebody new may act */
  #tell(item: Item): boolean {
    const frame = this.story.add(item);
    countItem(this.counts, item);
    if (frame === undefined) return false;
    const { type, session, payload } = frame.item.entry.event;
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
    const mark = markOf(frame, type, payload['status']);
    if (mark !== undefined) {
      this.marked.push(this.story.frames.length - 1);
      this.marks.push(mark);
    }
    const isNew = type === 'session_started' || !this.#sessions.has(session);
    this.#sessions.add(session);
    return isNew;
  }

  #list(until: number): void {
    for (; this.#listed < until; this.#listed++) {
      const item = this.#items[this.#listed];
      if (item === undefined) continue;
      if (item.kind === 'gap') {
        this.rows.addGap(item, this.#framesListed);
        continue;
      }
      const frame = this.story.frames[this.#framesListed];
      if (frame !== undefined) this.rows.add(frame, this.#framesListed, this.cast);
      this.#framesListed++;
    }
  }

  /** Lists anew, as a filter wants; {@link work} does it. */
  filter(filter: RowFilter): void {
    this.rows = new Rows(filter);
    this.#listed = 0;
    this.#framesListed = 0;
    this.version++;
  }

  /** The trace's head, sessions judged as of a time (milliseconds since 1970). */
  head(now: number): DocumentHead {
    const known = this.#head;
    if (known !== undefined && known.version === this.#told && Math.abs(now - known.at) < FRESH_MS) return known.head;
    const head = this.story.head(this.trace, this.#sha256, now);
    this.#head = { version: this.#told, at: now, head };
    return head;
  }
}

const MILESTONES: Readonly<Record<string, Mark>> = { commit: 'commit', merge: 'commit', push: 'push', annotation: 'note', prompt: 'note' };

function markOf({ weight }: Frame, type: string, status: unknown): Mark | undefined {
  if (weight === 'failure') return 'failure';
  if (weight === 'success') return 'success';
  if (type === 'pr_updated') return status === 'merged' ? 'merge' : undefined;
  return Object.hasOwn(MILESTONES, type) ? MILESTONES[type] : undefined;
}
