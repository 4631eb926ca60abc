/** A set of ids that only grows: 16 bytes for each in one piece of memory, a tenth of what a set of texts takes. */
import { ID_BYTES, ID_DIGITS } from './sorted-ids.ts';

const WORDS = ID_BYTES / 4;

export class IdSet {
  /** Twice as many places as ids at least; a place of zeros is free. */
  #places = new Uint32Array(1_024 * WORDS);
  #size = 0;
  readonly #wanted = new Uint32Array(WORDS);

  /** Adds an id and tells whether it is new. */
  add(id: string): boolean {
    const wanted = this.#wanted;
    for (let i = 0; i < WORDS; i++) wanted[i] = Number.parseInt(id.slice(i * 8, i * 8 + 8), 16);
    // zeros stand for nothing; no hash of 128 zeros is met in practice
    if (id.length < ID_DIGITS || this.#put(this.#places, wanted) === 'known') return false;
    this.#size++;
    if (this.#size * 2 * WORDS > this.#places.length) this.#grow();
    return true;
  }

  #put(places: Uint32Array, id: Uint32Array): 'new' | 'known' {
    const count = places.length / WORDS;
    for (let place = (id[0] ?? 0) % count; ; place = (place + 1) % count) {
      const at = place * WORDS;
      let [same, free] = [true, true];
      for (let i = 0; i < WORDS; i++) {
        const word = places[at + i] ?? 0;
        if (word !== id[i]) same = false;
        if (word !== 0) free = false;
      }
      if (same) return 'known';
      if (!free) continue;
      places.set(id, at);
      return 'new';
    }
  }

  #grow(): void {
    const larger = new Uint32Array(this.#places.length * 2);
    for (let at = 0; at < this.#places.length; at += WORDS) {
      const id = this.#places.subarray(at, at + WORDS);
      if (id.some((word) => word !== 0)) this.#put(larger, id);
    }
    this.#places = larger;
  }
}
