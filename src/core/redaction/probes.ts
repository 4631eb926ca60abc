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

/** A cell of the table: one more than the next state, above these two bits. 0 where nobody has asked yet. */
const STATE_BITS = 2;
/** A word ends in the next state. */
const IS_END = 1;
/** The character ends a run. */
const IS_BREAK = 2;
const BREAKS = Uint8Array.from({ length: WIDTH }, (_, unit) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(unit)) ? 0 : IS_BREAK));

const NONE: readonly number[] = [];

interface State {
  readonly parent: number;
  readonly unit: number;
  readonly children: Map<number, number>;
  /** Numbers whose word ends here. */
  readonly own: number[];
  /** The state of the longest end of this word that begins another; asked once. */
  back: number | undefined;
  /** Of this word and all its ends; asked once. */
  found: readonly number[] | undefined;
}

export class Probes {
  readonly #states: State[] = [{ parent: 0, unit: 0, children: new Map(), own: [], back: 0, found: [] }];
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
        else this.#insert(word, number);
      }
    }
    this.#run = run;
    this.#always = always;
    this.#next = new Int32Array(this.#states.length * WIDTH);
  }

  /** The numbers whose words occur in the text, in ascending order; also those without words. */
  find(text: string): readonly number[] {
    const next = this.#next;
    let hits: Set<number> | undefined;
    let state = 0;
    let run = 0;
    let hasRun = false;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // beyond ASCII as a blank would: no word has one in its middle
      const at = (state << SHIFT) | (unit < WIDTH ? unit : 0);
      const cell = next[at] || this.#fill(at);
      state = (cell >> STATE_BITS) - 1;
      if ((cell & (IS_END | IS_BREAK)) === 0) continue;
      if ((cell & IS_BREAK) !== 0) {
        hasRun ||= isLong(text, run, i);
        run = i + 1;
      }
      if ((cell & IS_END) === 0) continue;
      hits ??= new Set();
      for (const number of this.#found(state)) hits.add(number);
    }
    hasRun ||= isLong(text, run, text.length);
    if (!hasRun && hits === undefined) return this.#always;
    return [...new Set([...this.#always, ...(hits ?? []), ...(hasRun ? this.#run : [])])].sort((a, b) => a - b);
  }

  #insert(word: string, number: number): void {
    let state = 0;
    for (const char of word.toLowerCase()) {
      const unit = char.charCodeAt(0);
      // what is not ASCII is found by what stands before it
      if (unit >= WIDTH) break;
      const known = this.#states[state]?.children.get(unit);
      if (known !== undefined) state = known;
      else {
        const made = this.#states.push({ parent: state, unit, children: new Map(), own: [], back: undefined, found: undefined }) - 1;
        this.#states[state]?.children.set(unit, made);
        state = made;
      }
    }
    this.#states[state]?.own.push(number);
  }

  /** Fills one cell of the table. */
  #fill(at: number): number {
    const state = this.#step(at >> SHIFT, at % WIDTH);
    const end = this.#found(state).length > 0 ? IS_END : 0;
    const cell = ((state + 1) << STATE_BITS) | (BREAKS[at % WIDTH] ?? 0) | end;
    this.#next[at] = cell;
    return cell;
  }

  #step(state: number, unit: number): number {
    const lower = unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit;
    let at = state;
    let child = this.#states[at]?.children.get(lower);
    while (child === undefined && at !== 0) {
      at = this.#back(at);
      child = this.#states[at]?.children.get(lower);
    }
    return child ?? 0;
  }

  #back(state: number): number {
    const about = this.#states[state];
    if (about === undefined) return 0;
    about.back ??= about.parent === 0 ? 0 : this.#step(this.#back(about.parent), about.unit);
    return about.back;
  }

  #found(state: number): readonly number[] {
    const about = this.#states[state];
    if (about === undefined) return NONE;
    about.found ??= [...about.own, ...this.#found(this.#back(state))];
    return about.found;
  }
}

function isLong(text: string, from: number, to: number): boolean {
  return to - from >= RUN && /[0-9]/.test(text.slice(from, to));
}
