/**
 * Where a moment stands on the timeline: stretches of work in proportion, the silences between them cut short, so that
 * four days are not three nights. Pure.
 */
import { SCENE_BREAK_MS } from '../../../timeline/timeline.ts';

export interface ScaleStretch {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** From 0 to 1. */
  readonly left: number;
  readonly right: number;
}

/** The parts of the width that silences, and even the shortest stretches, may take together. */
const SILENT = 0.2;
const LEAST = 0.25;

export class Scale {
  readonly stretches: readonly ScaleStretch[];

  /** @param times in milliseconds since 1970, rising */
  constructor(times: ArrayLike<number>) {
    this.stretches = place(cut(times));
  }

  /** A moment's place, from 0 to 1. */
  at(time: number): number {
    const { stretches } = this;
    const next = stretches.findIndex(({ to }) => time <= to);
    if (next < 0) return stretches.length === 0 ? 0 : 1;
    const stretch = stretches[next];
    if (stretch === undefined) return 0;
    if (time >= stretch.from) return stretch.left + part(time, stretch.from, stretch.to) * (stretch.right - stretch.left);
    const before = stretches[next - 1];
    return before === undefined ? stretch.left : before.right + part(time, before.to, stretch.from) * (stretch.left - before.right);
  }

  /** The places of rising moments. */
  placesOf(times: ArrayLike<number>): Float64Array {
    const places = new Float64Array(times.length);
    let next = 0;
    for (let i = 0; i < times.length; i++) {
      const time = times[i] ?? 0;
      while (next < this.stretches.length - 1 && time > (this.stretches[next]?.to ?? 0)) next++;
      const stretch = this.stretches[next];
      if (stretch !== undefined) places[i] = stretch.left + part(time, stretch.from, stretch.to) * (stretch.right - stretch.left);
    }
    return places;
  }

  /** The moment at a place. */
  timeAt(x: number): number {
    const { stretches } = this;
    const next = stretches.findIndex(({ right }) => x <= right);
    const stretch = stretches[next < 0 ? stretches.length - 1 : next];
    if (stretch === undefined) return 0;
    if (x >= stretch.left) return stretch.from + part(x, stretch.left, stretch.right) * (stretch.to - stretch.from);
    const before = stretches[next - 1];
    return before === undefined ? stretch.from : before.to + part(x, before.right, stretch.left) * (stretch.from - before.to);
  }
}

function part(value: number, from: number, to: number): number {
  return to <= from ? 0 : Math.min(Math.max((value - from) / (to - from), 0), 1);
}

function cut(times: ArrayLike<number>): { from: number; to: number }[] {
  const stretches: { from: number; to: number }[] = [];
  for (let i = 0; i < times.length; i++) {
    const time = times[i] ?? 0;
    const last = stretches.at(-1);
    if (last === undefined || time - last.to >= SCENE_BREAK_MS) stretches.push({ from: time, to: time });
    else last.to = Math.max(last.to, time);
  }
  return stretches;
}

function place(stretches: readonly { from: number; to: number }[]): ScaleStretch[] {
  const count = stretches.length;
  const silence = count < 2 ? 0 : Math.min(0.02, SILENT / (count - 1));
  const worked = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  // each stretch has the same least width, the rest is given by duration
  const least = count === 0 ? 0 : LEAST / count;
  const room = 1 - silence * Math.max(count - 1, 0) - least * count;
  let x = 0;
  return stretches.map(({ from, to }) => {
    const left = x;
    const right = left + least + (worked === 0 ? room / count : (room * (to - from)) / worked);
    x = right + silence;
    return { from, to, left, right: Math.min(right, 1) };
  });
}
