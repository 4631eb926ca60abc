/**
 * Ids by the million: sorted, 16 bytes each, in one piece of memory. Looks them up and takes others in; knows nothing of
 * files or journals.
 */

/** Bytes that are kept of an id; two ids that share 128 bits are not met in practice. */
export const ID_BYTES = 16;
/** The same in hex digits. */
export const ID_DIGITS = 2 * ID_BYTES;

export class SortedIds {
  /** As they are to be saved. */
  readonly bytes: Buffer;

  /** @param bytes ids of {@link ID_BYTES} each, in rising order */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length / ID_BYTES;
  }

  /** Whether the id with these first hex digits is among them. */
  has(digits: string): boolean {
    if (this.bytes.length === 0) return false;
    const wanted = Buffer.from(digits, 'hex');
    const at = this.#placeOf(wanted);
    return at < this.size && this.#compare(at, wanted) === 0;
  }

  /** These and others, of which none is among these. @param others first hex digits of each */
  with(others: Iterable<string>): SortedIds {
    const added = [...others].sort();
    const united = Buffer.allocUnsafe(this.bytes.length + added.length * ID_BYTES);
    let [from, to] = [0, 0];
    for (const digits of added) {
      const id = Buffer.from(digits, 'hex');
      const until = this.#placeOf(id) * ID_BYTES;
      to += this.bytes.copy(united, to, from, until);
      to += id.copy(united, to);
      from = until;
    }
    this.bytes.copy(united, to, from);
    return new SortedIds(united);
  }

  /** How many are less than this one. */
  #placeOf(id: Buffer): number {
    let [low, high] = [0, this.size];
    const first = id.readUInt32BE(0);
    while (low < high) {
      const middle = (low + high) >> 1;
      // the first bytes tell in most cases, and take a tenth of a call to compare
      const order = this.bytes.readUInt32BE(middle * ID_BYTES) - first || this.#compare(middle, id);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(place: number, id: Buffer): number {
    return this.bytes.compare(id, 0, ID_BYTES, place * ID_BYTES, (place + 1) * ID_BYTES);
  }
}
