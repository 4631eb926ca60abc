/** Heights of many rows, of which few are ever measured: sums and places in logarithmic time (a Fenwick tree). */

export class Heights {
  readonly #own: Float64Array;
  readonly #tree: Float64Array;
  readonly #measured: Uint8Array;
  readonly #top: number;

  /** @param guesses a height for each row, in pixels */
  constructor(guesses: ArrayLike<number>) {
    const count = guesses.length;
    this.#own = Float64Array.from(guesses);
    this.#tree = new Float64Array(count + 1);
    this.#measured = new Uint8Array(count);
    for (let i = 1; i <= count; i++) {
      this.#tree[i] = (this.#tree[i] ?? 0) + (this.#own[i - 1] ?? 0);
      const up = i + (i & -i);
      if (up <= count) this.#tree[up] = (this.#tree[up] ?? 0) + (this.#tree[i] ?? 0);
    }
    let top = 1;
    while (top * 2 <= count) top *= 2;
    this.#top = top;
  }

  get count(): number {
    return this.#own.length;
  }

  get total(): number {
    return this.before(this.count);
  }

  isMeasured(row: number): boolean {
    return this.#measured[row] === 1;
  }

  heightOf(row: number): number {
    return this.#own[row] ?? 0;
  }

  /** Takes a row's true height; tells by how much it differs from what was thought. */
  measure(row: number, height: number): number {
    const difference = height - (this.#own[row] ?? 0);
    this.#measured[row] = 1;
    if (difference === 0) return 0;
    this.#own[row] = height;
    for (let i = row + 1; i <= this.count; i += i & -i) this.#tree[i] = (this.#tree[i] ?? 0) + difference;
    return difference;
  }

  /** Height of all rows before one. */
  before(row: number): number {
    let sum = 0;
    for (let i = Math.min(row, this.count); i > 0; i -= i & -i) sum += this.#tree[i] ?? 0;
    return sum;
  }

  /** Height of the rows before each row: cheaper than asking one by one. */
  tops(): Float64Array {
    const tops = new Float64Array(this.count);
    for (let i = 1; i < this.count; i++) tops[i] = (tops[i - 1] ?? 0) + (this.#own[i - 1] ?? 0);
    return tops;
  }

  /** The row that stands at so many pixels from the top. */
  rowAt(pixels: number): number {
    let row = 0;
    let left = pixels;
    for (let step = this.#top; step > 0; step >>= 1) {
      const sum = this.#tree[row + step];
      if (row + step > this.count || sum === undefined || sum > left) continue;
      row += step;
      left -= sum;
    }
    return Math.min(row, Math.max(this.count - 1, 0));
  }
}
