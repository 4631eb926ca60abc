/**
 * Stage 5, the story: the events of a trace as frames, each with its weight and with what it moved, and what they add up
 * to. One fold that text, player, terminal UI and page share; adding an event costs what one event costs. Pure.
 */
import type { Sha256 } from '../core/line.ts';
import type { TraceName } from '../core/trace-name.ts';
import { type Cycle, Cycles, type Loop } from './cycles.ts';
import { DeedsFold } from './deeds.ts';
import { type DocumentHead, HeadFold } from './document.ts';
import { textOf } from './members.ts';
import { Progress } from './progress.ts';
import type { EventItem, GapItem, Item } from './timeline.ts';
import { type Weight, weightOf } from './weight.ts';

export type { Weight } from './weight.ts';

/** One event of a story. */
export interface Frame {
  readonly item: EventItem;
  readonly weight: Weight;
  /** Key of the progress node that it opened, moved or ended. */
  readonly node: string | undefined;
}

/** A trace, told so far. */
export class Story {
  /** What began and how it ended. */
  readonly progress: Progress = new Progress();
  /** Who did what. */
  readonly deeds: DeedsFold = new DeedsFold();
  readonly #frames: Frame[] = [];
  readonly #gaps: GapItem[] = [];
  readonly #head = new HeadFold();
  readonly #cycles = new Cycles();
  readonly #ci = new Set<string>();

  /** @param items in order */
  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.add(item);
  }

  /** Takes the next item. @returns its frame; undefined for a gap */
  add(item: Item): Frame | undefined {
    if (item.kind === 'gap') {
      this.#gaps.push(item);
      return undefined;
    }
    const { entry, at } = item;
    const { event } = entry;
    if (event.type === 'session_started' && textOf(event.payload, 'kind') === 'ci') this.#ci.add(event.session);
    this.#head.add(entry, at);
    this.#cycles.add(item, this.#ci.has(event.session));
    this.deeds.add(event);
    const frame = { item, weight: weightOf(event), node: this.progress.add(item)?.key };
    this.#frames.push(frame);
    return frame;
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  get gaps(): readonly GapItem[] {
    return this.#gaps;
  }

  /** Red → green, in the order in which they became red; those without a `green` are red still. */
  get cycles(): readonly Cycle[] {
    return this.#cycles.cycles;
  }

  /** Edits and the test runs that followed them. */
  get loops(): readonly Loop[] {
    return this.#cycles.loops;
  }

  /** The head of the document. @param reference as for foldHead */
  head(trace: TraceName, sha256: Sha256, reference?: number): DocumentHead {
    return this.#head.head(trace, sha256, reference);
  }
}
