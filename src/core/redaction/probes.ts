/**
 * Tells in one pass over a text which of many words occur in it, whatever their case (the automaton of Aho and Corasick,
 * https://doi.org/10.1145/360825.360855, its table filled as it is used). Redaction asks this first, so that an ordinary
 * text costs a few nanoseconds a character.
 */
import { LONG_RUN } from './rule.ts';

/** Columns of the table: ASCII; any other character leads back to the start. */
const WIDTH = 128;
const SHIFT = 7;
/** Length of a run of base64 characters, digits among them, that counts as a word too. */
const RUN = 24;

/** A cell of the table: where the row of the next state begins, and in the bits below, these. 0 where nobody has asked yet. */
const IS_FILLED = 1;
/** A word ends in the next state. */
const IS_END = 2;
const ROW = ~(WIDTH - 1);
/** Characters that a run is made of. */
const OF_RUN = Uint8Array.from({ length: WIDTH }, (_, unit) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(unit)) ? 1 : 0));

const NONE: readonly number[] = [];

export class Probes {
  // of each state, the last character of its word; its parent; its first child, and the next child of its parent; 0 is none
  readonly #unit: number[] = [0];
  readonly #parent: number[] = [0];
  readonly #child: number[] = [0];
  readonly #sibling: number[] = [0];
  /** The first state has so many children that they are looked up. */
  readonly #roots = new Uint16Array(WIDTH);
  /** The state of the longest end of the word that begins another; -1 until it is asked for. */
  readonly #back: number[] = [0];
  /** The nearest state, by {@link #back}, at which a word ends, itself included; -1 until it is asked for. */
  readonly #end: number[] = [0];
  /** Numbers whose word ends at a state. */
  readonly #own = new Map<number, number[]>();
  /** A row for each state, a cell for each character. */
  readonly #next: Int32Array;
  readonly #run: readonly number[];
  /** Numbers that have no word, or one that does not begin with ASCII. */
  readonly #always: readonly number[];

  /** @param words for each number, its words; {@link LONG_RUN} stands for a run of 24 base64 characters */
  constructor(words: readonly (readonly string[])[]) {
    const run: number[] = [];
    const always: number[] = [];
    for (const [number, probes] of words.entries()) {
      if (probes.length === 0) always.push(number);
      for (const word of probes) {
        if (word === LONG_RUN) run.push(number);
        else if (word.charCodeAt(0) >= WIDTH) always.push(number);
        else this.#insert(word.toLowerCase(), number);
      }
    }
    this.#run = run;
    this.#always = always;
    this.#next = new Int32Array(this.#unit.length * WIDTH);
  }

  /** The numbers whose words occur in the text, in ascending order; also those without words. */
  find(text: string): readonly number[] {
    const next = this.#next;
    let hits: Set<number> | undefined;
    let row = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // beyond ASCII as a blank would: no word has one in its middle
      const at = row | (unit < WIDTH ? unit : 0);
      const cell = next[at] || this.#fill(at);
      row = cell & ROW;
      if ((cell & IS_END) === 0) continue;
      hits ??= new Set();
      for (let end = this.#ending(row >> SHIFT); end !== 0; end = this.#ending(this.#backOf(end))) {
        for (const number of this.#own.get(end) ?? NONE) hits.add(number);
      }
    }
    const hasRun = hasLongRun(text);
    if (!hasRun && hits === undefined) return this.#always;
    return [...new Set([...this.#always, ...(hits ?? []), ...(hasRun ? this.#run : [])])].sort((a, b) => a - b);
  }

  #insert(word: string, number: number): void {
    let state = 0;
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i);
      // what is not ASCII is found by what stands before it
      if (unit >= WIDTH) break;
      state = this.#childOf(state, unit) || this.#add(state, unit);
    }
    const own = this.#own.get(state);
    if (own === undefined) this.#own.set(state, [number]);
    else own.push(number);
  }

  #add(parent: number, unit: number): number {
    const made = this.#unit.push(unit) - 1;
    this.#parent.push(parent);
    this.#sibling.push(this.#child[parent] ?? 0);
    this.#child.push(0);
    this.#back.push(-1);
    this.#end.push(-1);
    if (parent === 0) this.#roots[unit] = made;
    else this.#child[parent] = made;
    return made;
  }

  #childOf(state: number, unit: number): number {
    if (state === 0) return this.#roots[unit] ?? 0;
    let child = this.#child[state] ?? 0;
    while (child !== 0 && this.#unit[child] !== unit) child = this.#sibling[child] ?? 0;
    return child;
  }

  /** Fills one cell of the table. */
  #fill(at: number): number {
    const unit = at % WIDTH;
    const state = this.#step(at >> SHIFT, unit);
    const cell = (state << SHIFT) | IS_FILLED | (this.#ending(state) === 0 ? 0 : IS_END);
    this.#next[at] = cell;
    return cell;
  }

  #step(from: number, unit: number): number {
    const lower = unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
    let state = from;
    let child = this.#childOf(state, lower);
    while (child === 0 && state !== 0) {
      state = this.#backOf(state);
      child = this.#childOf(state, lower);
    }
    return child;
  }

  #backOf(state: number): number {
    const known = this.#back[state] ?? 0;
    if (known >= 0) return known;
    const parent = this.#parent[state] ?? 0;
    const back = parent === 0 ? 0 : this.#step(this.#backOf(parent), this.#unit[state] ?? 0);
    this.#back[state] = back;
    return back;
  }

  /** The state at which the longest word ends that is an end of this state's; 0 where none does. */
  #ending(state: number): number {
    const known = this.#end[state] ?? 0;
    if (known >= 0) return known;
    const end = this.#own.has(state) ? state : this.#ending(this.#backOf(state));
    this.#end[state] = end;
    return end;
  }
}

/** Whether there is a run of {@link RUN} characters, a digit among them; one that long covers a place that is looked at. */
function hasLongRun(text: string): boolean {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!isOfRun(text, at)) continue;
    let [from, to] = [at, at + 1];
    while (from > 0 && isOfRun(text, from - 1)) from--;
    while (to < text.length && isOfRun(text, to)) to++;
    if (to - from >= RUN && /[0-9]/.test(text.slice(from, to))) return true;
    // a run of that length that begins behind this one covers the next place, too
    at = to;
  }
  return false;
}

function isOfRun(text: string, at: number): boolean {
  return OF_RUN[text.charCodeAt(at)] === 1;
}
