/** Beside the list: where in all of it tests went red and green, and where commits and notes stand; and what is in sight. */
import { el } from './dom.ts';
import { drawnOnce, type Ink } from './ink.ts';
import type { EventList } from './list.ts';
import type { Replay } from './replay.ts';

const [WIDTH, STROKE] = [44, 3];

/** What stands in which column, from the left: failures and tests, commits, notes. */
const COLUMNS: readonly {
  readonly left: number;
  readonly width: number;
  readonly color: (replay: Replay, event: number) => string | undefined;
}[] = [
  {
    left: 4,
    width: 12,
    color: ({ trace }, event) => {
      const type = trace.typeOf(event);
      if (type === 'test' || type === 'ci_run') return trace.weightOf(event) === 'failure' ? 'red' : 'green';
      return trace.weightOf(event) === 'failure' ? 'red-soft' : undefined;
    },
  },
  { left: 18, width: 10, color: ({ trace }, event) => ({ commit: 'yellow', merge: 'blue', push: 'blue' })[trace.typeOf(event)] },
  { left: 30, width: 10, color: ({ trace }, event) => ({ annotation: 'cyan', prompt: 'magenta' })[trace.typeOf(event)] },
];

export class Minimap {
  readonly element = el('div', { class: 'minimap', aria: { hidden: true } });
  readonly #canvas = el('canvas');
  readonly #sight = el('div', { class: 'sight' });
  readonly #replay: Replay;
  readonly #list: EventList;
  readonly #ink: Ink;

  constructor(replay: Replay, list: EventList, ink: Ink) {
    this.#replay = replay;
    this.#list = list;
    this.#ink = ink;
    this.element.append(this.#canvas, this.#sight);
    let isDragging = false;
    const go = (event: PointerEvent): void => {
      const { top, height } = this.element.getBoundingClientRect();
      list.scrollToPart((event.clientY - top) / Math.max(height, 1));
    };
    this.element.addEventListener('pointerdown', (event) => {
      isDragging = true;
      this.element.setPointerCapture(event.pointerId);
      go(event);
    });
    this.element.addEventListener('pointermove', (event) => isDragging && go(event));
    this.element.addEventListener('pointerup', () => {
      isDragging = false;
    });
    list.onScroll(() => this.#point());
    const draw = drawnOnce(() => this.#draw());
    replay.onChange((change) => change !== 'current' && draw());
    ink.onChange(draw);
    new ResizeObserver(draw).observe(this.element);
  }

  #point(): void {
    const { from, to } = this.#list.sight;
    const height = this.element.clientHeight;
    this.#sight.style.transform = `translateY(${from * height}px)`;
    this.#sight.style.height = `${Math.max((to - from) * height, 8)}px`;
  }

  #draw(): void {
    const height = this.element.clientHeight;
    if (height === 0) return;
    const paint = this.#ink.on(this.#canvas, WIDTH, height);
    if (paint === undefined) return;
    const { rows, query } = this.#replay;
    const places = this.#list.places;
    // for each pixel and column how many rows want which colour: where they differ, each gets its share of the width
    const wishes = COLUMNS.map(() => new Map<number, Map<string, number>>());
    const hits = new Set<number>();
    for (const [row, what] of rows.entries()) {
      if (what.kind !== 'event') continue;
      const y = Math.floor((places[row] ?? 0) * Math.max(height - STROKE, 1));
      for (const [column, { color }] of COLUMNS.entries()) {
        const name = color(this.#replay, what.event);
        if (name === undefined) continue;
        const wished = wishes[column]?.get(y) ?? new Map<string, number>();
        wished.set(name, (wished.get(name) ?? 0) + 1);
        wishes[column]?.set(y, wished);
      }
      if (query !== '' && this.#replay.isHit(what.event)) hits.add(y);
    }
    paint.fillStyle = this.#ink.color('mark');
    for (const y of hits) paint.fillRect(0, y, WIDTH, STROKE);
    for (const [column, { left, width }] of COLUMNS.entries()) {
      for (const [y, wished] of wishes[column] ?? []) {
        const all = [...wished.values()].reduce((sum, count) => sum + count, 0);
        let x = left;
        for (const [name, count] of [...wished].sort(([a], [b]) => (a < b ? 1 : -1))) {
          paint.fillStyle = this.#ink.color(name);
          paint.fillRect(x, y, (width * count) / all, STROKE);
          x += (width * count) / all;
        }
      }
    }
    this.#point();
  }
}
