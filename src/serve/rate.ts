/** How many requests one address may make: a bucket that fills at a steady rate and holds a short burst. Pure but for its memory. */

/** Addresses that are remembered; the one that was silent longest is forgotten first. */
const MOST_PEERS = 4_096;

export class Rate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#burst = 2 * perSecond;
  }

  /** Takes one request of that address; 0 if it may go on, else the seconds until it may. @param now milliseconds */
  take(peer: string, now: number): number {
    const known = this.#buckets.get(peer);
    const left = known === undefined ? this.#burst : Math.min(this.#burst, known.left + ((now - known.at) / 1_000) * this.#perSecond);
    this.#buckets.delete(peer);
    this.#buckets.set(peer, { left: left < 1 ? left : left - 1, at: now });
    if (this.#buckets.size > MOST_PEERS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return left < 1 ? (1 - left) / this.#perSecond : 0;
  }
}
