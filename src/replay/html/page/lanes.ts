/**
 * The timeline: a lane for each session, its events as ticks, tests, commits and notes as marks, red phases shaded. It is
 * the scrubber too: drag it, or step with the arrow keys. Drawn on a canvas; what it shows, the slider says in words.
 */

import { type Actor, isClonesOwn } from '../../../timeline/cast.ts';
import type { Weight } from '../../../timeline/weight.ts';
import { counted, dayOf, timeOfDay } from '../../../timeline/words.ts';
import { el, fill, shown, unseen } from './dom.ts';
import { drawnOnce, type Ink } from './ink.ts';
import type { Replay } from './replay.ts';
import { Scale } from './scale.ts';

const [LANE, AXIS] = [24, 22];
/** What is drawn where several events fall on one pixel: the last of these. */
const RISING: readonly Weight[] = ['noise', 'work', 'note', 'milestone', 'success', 'failure'];

/** More events on one pixel are drawn as their share of failures. */
const CROWD = 6;

/** The events that fall on one pixel. */
interface Column {
  top: number;
  count: number;
  failures: number;
}

/** Sessions of one actor that follow each other. */
interface Lane {
  readonly runs: readonly Run[];
  /** Of all of them, in order. */
  readonly events: readonly number[];
}

interface Run {
  readonly session: string;
  readonly events: readonly number[];
}

export class Lanes {
  readonly element: HTMLElement;
  readonly #replay: Replay;
  readonly #scale: Scale;
  /** Where each event stands, from 0 to 1. */
  readonly #places: Float64Array;
  readonly #lanes: readonly Lane[];
  readonly #ink: Ink;
  readonly #canvas = el('canvas', { aria: { hidden: true } });
  readonly #cursor = el('div', { class: 'cursor' });
  readonly #track: HTMLElement;
  readonly #labels = el('div', { class: 'labels' });
  readonly #tip = el('div', { class: 'tip', aria: { hidden: true } });

  constructor(replay: Replay, ink: Ink) {
    this.#replay = replay;
    this.#ink = ink;
    const { trace } = replay;
    this.#scale = new Scale(trace.at);
    this.#places = this.#scale.placesOf(trace.at);
    this.#lanes = lanesOf(replay);
    this.#track = el(
      'div',
      {
        class: 'track',
        role: 'slider',
        id: 'scrubber',
        tabindex: 0,
        aria: {
          label: 'Position in the trace',
          valuemin: trace.count === 0 ? 0 : 1,
          valuemax: trace.count,
          valuenow: 0,
          valuetext: 'before the first event',
        },
      },
      this.#canvas,
      this.#cursor,
      this.#tip,
    );
    this.element = el('div', { class: 'lanes' }, this.#labels, this.#track);
    this.#nameLanes();
    this.#listen();
    const draw = drawnOnce(() => this.#draw());
    new ResizeObserver(draw).observe(this.#track);
    ink.onChange(draw);
    replay.onChange((change) => {
      if (change === 'current') this.#point();
      else if (change === 'rows') {
        this.#nameLanes();
        draw();
      }
    });
  }

  #nameLanes(): void {
    const { cast, filter } = this.#replay;
    const labels = this.#lanes.map(({ runs, events }) => {
      const sessions = runs.map(({ session }) => session);
      const [session = ''] = sessions;
      const actor = cast.of(session);
      const tool = toolOf(actor, session);
      const status = cast.of(sessions.at(-1) ?? '').session?.status ?? '';
      const isPicked = filter.sessions.join() === sessions.join();
      const many = counted(runs.length, 'session');
      return el(
        'button',
        {
          type: 'button',
          class: `lane c${this.#replay.colorOf(session)} is-${status}`,
          aria: { pressed: isPicked },
          title: `${many}: ${sessions.slice(0, 12).join(', ')}${sessions.length > 12 ? ', \u2026' : ''}`,
          on: { click: () => this.#replay.setFilter({ sessions: isPicked ? [] : sessions }) },
        },
        el('span', { class: 'dot', aria: { hidden: true } }),
        unseen('only '),
        el('span', { class: 'name' }, shown(actor.name)),
        tool !== '' && el('span', { class: 'said' }, shown(tool)),
        unseen(`, ${status}, ${many}, events: `),
        el('span', { class: 'count' }, String(events.length)),
      );
    });
    fill(this.#labels, el('div', { class: 'axis' }), ...labels);
  }

  #listen(): void {
    const track = this.#track;
    let isDragging = false;
    track.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      isDragging = true;
      track.setPointerCapture(event.pointerId);
      this.#seek(event);
    });
    track.addEventListener('pointermove', (event) => (isDragging ? this.#seek(event) : this.#hint(event)));
    track.addEventListener('pointerup', () => {
      isDragging = false;
    });
    track.addEventListener('pointercancel', () => {
      isDragging = false;
    });
    track.addEventListener('pointerleave', () => this.#tip.classList.remove('on'));
  }

  #timeOf({ clientX }: PointerEvent): number {
    const { left, width } = this.#canvas.getBoundingClientRect();
    return this.#scale.timeAt(Math.min(Math.max((clientX - left - 6) / Math.max(width - 12, 1), 0), 1));
  }

  #seek(event: PointerEvent): void {
    const found = this.#nearest(event);
    if (found !== undefined) this.#replay.select(found);
  }

  /** The event that is shown and nearest to a place; in the lane that the pointer is on, if that has one close by. */
  #nearest(event: PointerEvent): number | undefined {
    const { trace, shown: events } = this.#replay;
    const time = this.#timeOf(event);
    const { top, width } = this.#canvas.getBoundingClientRect();
    const lane = this.#lanes[Math.floor((event.clientY - top - AXIS) / LANE)];
    const near = (list: readonly number[]): number | undefined => closest(list, (i) => trace.at[i] ?? 0, time);
    const own = lane === undefined ? undefined : near(lane.events.filter((i) => this.#replay.shows(i)));
    const place = this.#scale.at(time);
    if (own !== undefined && Math.abs((this.#places[own] ?? 0) - place) * width < 5) return own;
    return near(events);
  }

  #hint(event: PointerEvent): void {
    const time = this.#timeOf(event);
    const { left, width } = this.#canvas.getBoundingClientRect();
    const x = Math.min(Math.max(event.clientX - left, 60), Math.max(width - 60, 60));
    this.#tip.textContent = `${dayOf(time).slice(0, -5)} ${timeOfDay(new Date(time).toISOString())}`;
    this.#tip.style.transform = `translateX(${x}px) translateX(-50%)`;
    this.#tip.classList.add('on');
  }

  /** Moves the cursor to the event that is looked at. */
  #point(): void {
    const { current, trace } = this.#replay;
    const at = current === undefined ? 0 : (this.#places[current] ?? 0);
    this.#cursor.style.transform = `translateX(${at * (this.#canvas.clientWidth - 12)}px)`;
    this.#cursor.classList.toggle('on', current !== undefined);
    const seq = current === undefined ? 0 : current + 1;
    this.#track.setAttribute('aria-valuenow', String(seq));
    const { event } = trace.itemOf(current ?? 0).entry;
    const text =
      current === undefined
        ? 'before the first event'
        : `event ${seq} of ${trace.count}, ${timeOfDay(event.ts)}, ${event.type.replaceAll('_', ' ')}`;
    this.#track.setAttribute('aria-valuetext', text);
  }

  #draw(): void {
    const width = this.#track.clientWidth;
    if (width === 0) return;
    const height = AXIS + Math.max(this.#lanes.length, 1) * LANE + 6;
    const paint = this.#ink.on(this.#canvas, width, height);
    if (paint === undefined) return;
    this.#drawAxis(paint, width, height);
    this.#drawCycles(paint, width, height);
    for (const [row, { runs }] of this.#lanes.entries()) for (const run of runs) this.#drawRun(paint, width, row, run);
    this.#point();
  }

  #drawAxis(paint: CanvasRenderingContext2D, width: number, height: number): void {
    const { stretches } = this.#scale;
    paint.font = this.#ink.font;
    paint.textBaseline = 'middle';
    let free = 0;
    let day = '';
    for (const { from, to, left, right } of stretches) {
      const [x, end] = [left * width, right * width];
      paint.fillStyle = this.#ink.color('stretch');
      paint.fillRect(x, AXIS, Math.max(end - x, 1), height - AXIS);
      const label = dayOf(from) === day ? timeOfDay(new Date(from).toISOString()).slice(0, 5) : dayOf(from).slice(0, -5);
      const long = dayOf(from) === day ? label : `${label} ${timeOfDay(new Date(from).toISOString()).slice(0, 5)}`;
      const wide = paint.measureText(long).width;
      const at = Math.min(x + 4, width - wide - 4);
      if (at >= free) {
        paint.fillStyle = this.#ink.color('dim');
        paint.fillText(long, at, AXIS / 2);
        free = at + wide + 12;
        day = dayOf(from);
      }
      this.#drawTicks(paint, { from, to, x, end }, height);
    }
  }

  /** Fine lines at round times, where there is room. */
  #drawTicks(
    paint: CanvasRenderingContext2D,
    { from, to, x, end }: { from: number; to: number; x: number; end: number },
    height: number,
  ): void {
    const step = [60_000, 300_000, 900_000, 3_600_000, 10_800_000, 43_200_000].find((ms) => ((end - x) * ms) / Math.max(to - from, 1) > 48);
    if (step === undefined || to - from < step) return;
    paint.fillStyle = this.#ink.color('rule');
    for (let time = Math.ceil(from / step) * step; time < to; time += step)
      paint.fillRect(Math.round(x + ((time - from) / (to - from)) * (end - x)), AXIS, 1, height - AXIS);
  }

  /** From red to green, behind everything. */
  #drawCycles(paint: CanvasRenderingContext2D, width: number, height: number): void {
    paint.fillStyle = this.#ink.color('phase');
    for (const { from, to } of this.#replay.trace.tail.cycles) {
      const x = this.#scale.at(from) * (width - 12) + 6;
      const wide = this.#scale.at(to) * (width - 12) + 6 - x;
      // what is narrower than a pixel is as faint
      paint.globalAlpha = Math.min(Math.max(wide, 0.05), 1);
      paint.fillRect(x, AXIS, Math.max(wide, 1), height - AXIS);
    }
    paint.globalAlpha = 1;
  }

  #drawRun(paint: CanvasRenderingContext2D, width: number, row: number, { session, events }: Run): void {
    const { trace, filter, cast } = this.#replay;
    const middle = AXIS + row * LANE + LANE / 2;
    const x = (event: number): number => Math.round((this.#places[event] ?? 0) * (width - 12)) + 6;
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return;
    const color = this.#ink.actor(this.#replay.colorOf(session));
    const isFaded = filter.sessions.length > 0 && !filter.sessions.includes(session);
    paint.globalAlpha = isFaded ? 0.25 : 1;
    paint.fillStyle = color;
    paint.globalAlpha *= 0.25;
    paint.beginPath();
    paint.roundRect(x(first) - 4, middle - 5, x(last) - x(first) + 8, 10, 5);
    paint.fill();
    paint.globalAlpha = isFaded ? 0.25 : 1;
    const status = cast.of(session).session?.status;
    if (status === 'active') this.#drawGoingOn(paint, x(last) + 4, width, middle, color);
    const columns = new Map<number, Column>();
    for (const event of events) {
      const at = x(event);
      const weight = trace.weightOf(event);
      const column = columns.get(at) ?? { top: event, count: 0, failures: 0 };
      column.count++;
      if (weight === 'failure') column.failures++;
      if (RISING.indexOf(weight) >= RISING.indexOf(trace.weightOf(column.top))) column.top = event;
      columns.set(at, column);
    }
    const drawn = [...columns].sort((a, b) => RISING.indexOf(trace.weightOf(a[1].top)) - RISING.indexOf(trace.weightOf(b[1].top)));
    for (const [at, { top, count, failures }] of drawn) {
      if (count > CROWD) this.#ink.crowd(paint, { x: at, y: middle, failing: failures / count, color });
      else this.#ink.mark(paint, { x: at, y: middle, weight: trace.weightOf(top), type: trace.typeOf(top), color });
    }
    paint.globalAlpha = 1;
  }

  /** A session that still runs has no end yet. */
  #drawGoingOn(paint: CanvasRenderingContext2D, from: number, width: number, middle: number, color: string): void {
    paint.strokeStyle = color;
    paint.setLineDash([2, 4]);
    paint.lineWidth = 2;
    paint.beginPath();
    paint.moveTo(from, middle);
    paint.lineTo(Math.min(from + 40, width), middle);
    paint.stroke();
    paint.setLineDash([]);
  }
}

/** The tool of a person's session; what git's hooks and notes say has none. */
function toolOf({ kind, session }: Actor, name: string): string {
  if (isClonesOwn(name)) return 'git, notes';
  return kind === 'person' ? (session?.tool ?? '') : '';
}

/** A lane for each session, those of one actor that do not overlap on one. */
function lanesOf({ trace, cast }: Replay): Lane[] {
  const sessions = new Map<string, number[]>();
  for (let i = 0; i < trace.count; i++) {
    const session = trace.sessionOf(i);
    const events = sessions.get(session);
    if (events === undefined) sessions.set(session, [i]);
    else events.push(i);
  }
  const lanes: { readonly who: string; readonly runs: Run[]; last: number }[] = [];
  for (const [session, events] of sessions) {
    const actor = cast.of(session);
    const who = `${actor.kind} ${actor.kind === 'person' ? actor.key : actor.name} ${toolOf(actor, session)}`;
    const [first = 0, last = 0] = [events[0], events.at(-1)];
    const lane = lanes.find((other) => other.who === who && other.last < first);
    if (lane === undefined) lanes.push({ who, runs: [{ session, events }], last });
    else {
      lane.runs.push({ session, events });
      lane.last = last;
    }
  }
  return lanes.map(({ runs }) => ({ runs, events: runs.flatMap(({ events }) => events) }));
}

/** The element of a rising list whose value is nearest. */
function closest(list: readonly number[], value: (element: number) => number, wanted: number): number | undefined {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(list[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [list[low - 1], list[low]];
  if (before === undefined || after === undefined) return before ?? after;
  return wanted - value(before) < value(after) - wanted ? before : after;
}
