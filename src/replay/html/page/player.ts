/**
 * Plays a trace: the moment that is looked at moves on by itself. Silences are cut to two seconds, and at normal speed the
 * whole takes a minute at most.
 */

/** The longest silence that is kept, and how long all of it may take at normal speed, in milliseconds. */
const [IDLE, WHOLE] = [2_000, 60_000];

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const;

/** When each event is played, in milliseconds from the beginning, at normal speed. */
export function playTimes(times: readonly number[]): Float64Array {
  const at = new Float64Array(times.length);
  for (let i = 1; i < times.length; i++) at[i] = (at[i - 1] ?? 0) + Math.min(Math.max((times[i] ?? 0) - (times[i - 1] ?? 0), 0), IDLE);
  const whole = at.at(-1) ?? 0;
  const faster = Math.max(whole / WHOLE, 1);
  return at.map((time) => time / faster);
}

/** The last of the rising times that is not behind a moment; -1 before the first. */
export function playedUntil(at: Float64Array, moment: number): number {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface PlayerPorts {
  /** The events that are shown, in order, and when each happened. */
  events(): { readonly shown: readonly number[]; readonly times: readonly number[] };
  current(): number | undefined;
  select(event: number): void;
  /** Calls back before the next picture, with the time in milliseconds; answers with how to call that off. */
  frame(call: (now: number) => void): () => void;
  changed(isPlaying: boolean): void;
}

export class Player {
  speed: number = 1;
  readonly #ports: PlayerPorts;
  #off: (() => void) | undefined;

  constructor(ports: PlayerPorts) {
    this.#ports = ports;
  }

  get isPlaying(): boolean {
    return this.#off !== undefined;
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  pause(): void {
    if (this.#off === undefined) return;
    this.#off();
    this.#off = undefined;
    this.#ports.changed(false);
  }

  /** Goes on from the event that is looked at; from the beginning where that is the last. */
  play(): void {
    const { shown, times } = this.#ports.events();
    if (shown.length === 0 || this.isPlaying) return;
    const at = playTimes(times);
    const current = this.#ports.current();
    let index = current === undefined ? -1 : shown.findLastIndex((event) => event <= current);
    if (index >= shown.length - 1) index = -1;
    let moment = at[Math.max(index, 0)] ?? 0;
    let before: number | undefined;
    // what the player itself has picked: anything else was picked by a person, and is gone on from
    let own = current;
    const step = (now: number): void => {
      const picked = this.#ports.current();
      if (picked !== own && picked !== undefined) {
        index = shown.findLastIndex((event) => event <= picked);
        moment = at[Math.max(index, 0)] ?? 0;
      }
      own = picked;
      moment += (now - (before ?? now)) * this.speed;
      before = now;
      const until = Math.max(playedUntil(at, moment), 0);
      const event = shown[until];
      if (event !== undefined && until !== index) {
        index = until;
        own = event;
        this.#ports.select(event);
      }
      if (index >= shown.length - 1) this.pause();
      else if (this.isPlaying) this.#off = this.#ports.frame(step);
    };
    this.#off = this.#ports.frame(step);
    this.#ports.changed(true);
  }

  faster(by: 1 | -1): void {
    // the speed is always one of these
    const place = SPEEDS.indexOf(this.speed as (typeof SPEEDS)[number]);
    this.speed = SPEEDS[Math.min(Math.max(place + by, 0), SPEEDS.length - 1)] ?? 1;
    this.#ports.changed(this.isPlaying);
  }
}
