/**
 * The list of events: of all its rows only those in sight are in the document. Heights are guessed until a row was seen;
 * what a reader looks at stays where it is when a guess was wrong. A feed, as ARIA calls it.
 */
import { button, el, fill } from './dom.ts';
import { Heights } from './heights.ts';
import type { Replay } from './replay.ts';
import { firstEvent } from './replay.ts';
import { guessHeight, rowElement } from './row.ts';
import { rowOfEvent } from './rows.ts';

/** Pixels above and below what is in sight that are drawn too. */
const MARGIN = 400;
/** Rows that are printed; more would not be read. */
const PRINTED = 5_000;

export class EventList {
  readonly element = el('div', { class: 'list', role: 'feed', id: 'events', tabindex: 0, aria: { label: 'Events', busy: false } });
  readonly #space = el('div', { class: 'space' });
  readonly #window = el('div', { class: 'window' });
  readonly #replay: Replay;
  #heights: Heights;
  #from = 0;
  #to = 0;
  #isPrinting = false;
  #wanted = 0;
  readonly #scrolled: (() => void)[] = [];

  constructor(replay: Replay) {
    this.#replay = replay;
    this.#heights = this.#guess();
    this.#space.append(this.#window);
    this.element.append(this.#space);
    this.element.addEventListener('scroll', () => this.#later(), { passive: true });
    new ResizeObserver(() => this.#later()).observe(this.element);
    replay.onChange((change) => {
      if (change === 'rows') this.#remake();
      else if (change === 'hits') this.#redraw();
      else this.#mark();
    });
    // one row asks, by its button, for what is folded in it
    this.element.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-event]') : null;
      if (row === null || (event.target instanceof Element && event.target.closest('button') !== null)) return;
      if (event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
      if (document.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      replay.select(Number(row.dataset['event']));
    });
  }

  /** Is called when other rows came into sight. */
  onScroll(listener: () => void): void {
    this.#scrolled.push(listener);
  }

  /** What is in sight, as parts of the whole from 0 to 1. */
  get sight(): { from: number; to: number } {
    const total = Math.max(this.#heights.total, 1);
    const { scrollTop, clientHeight } = this.element;
    return { from: scrollTop / total, to: Math.min((scrollTop + clientHeight) / total, 1) };
  }

  /** Where each row begins, from 0 to 1. */
  get places(): Float64Array {
    const total = Math.max(this.#heights.total, 1);
    return this.#heights.tops().map((top) => top / total);
  }

  scrollToPart(part: number): void {
    this.element.scrollTop = part * this.#heights.total - this.element.clientHeight / 2;
  }

  #guess(): Heights {
    return new Heights(this.#replay.rows.map((row) => guessHeight(this.#replay, row)));
  }

  #remake(): void {
    const kept = this.#replay.current ?? firstEvent(this.#replay.rows[0]);
    this.#heights = this.#guess();
    [this.#from, this.#to] = [0, 0];
    fill(this.#window);
    this.draw();
    if (kept !== undefined) this.show(kept);
  }

  #redraw(): void {
    [this.#from, this.#to] = [0, 0];
    this.draw();
  }

  /** Brings an event into sight. @param focus lets a screen reader read it */
  show(event: number, focus: boolean = false): void {
    const { rows } = this.#replay;
    if (rows.length === 0) return;
    const row = rowOfEvent(rows, event);
    // twice: what is measured on the way moves what is behind it
    for (let turn = 0; turn < 2; turn++) {
      const top = this.#heights.before(row);
      const bottom = top + this.#heights.heightOf(row);
      const { scrollTop, clientHeight } = this.element;
      if (top < scrollTop + 8 || bottom > scrollTop + clientHeight - 8) {
        const room = Math.max(clientHeight - (bottom - top), 0);
        this.element.scrollTop = top - Math.min(room, clientHeight * 0.35);
      }
      this.draw();
    }
    if (focus) this.#rowElement(row)?.focus({ preventScroll: true });
  }

  #rowElement(row: number): HTMLElement | undefined {
    const element = this.#window.children[row - this.#from];
    return element instanceof HTMLElement ? element : undefined;
  }

  #later(): void {
    if (this.#wanted !== 0) return;
    this.#wanted = requestAnimationFrame(() => {
      this.#wanted = 0;
      this.draw();
      for (const listener of this.#scrolled) listener();
    });
  }

  /** Draws what is in sight. */
  draw(): void {
    if (this.#isPrinting) return;
    const heights = this.#heights;
    const { scrollTop, clientHeight } = this.element;
    const from = heights.rowAt(Math.max(scrollTop - MARGIN, 0));
    const to = Math.min(heights.rowAt(scrollTop + clientHeight + MARGIN) + 1, heights.count);
    this.#space.style.height = `${heights.total}px`;
    if (heights.count === 0) this.#window.replaceChildren(this.#nothing());
    else if (from !== this.#from || to !== this.#to) this.#place(from, to);
    const anchor = heights.rowAt(scrollTop);
    const before = heights.before(anchor);
    if (this.#measure()) {
      this.#space.style.height = `${heights.total}px`;
      const moved = heights.before(anchor) - before;
      if (moved !== 0) this.element.scrollTop = scrollTop + moved;
    }
    this.#window.style.transform = `translateY(${heights.before(this.#from)}px)`;
  }

  #place(from: number, to: number): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['row'] : undefined;
    const first = Math.max(from, this.#from);
    const last = Math.min(to, this.#to);
    const made = (begin: number, end: number): Element[] =>
      Array.from({ length: Math.max(end - begin, 0) }, (_, i) => rowElement(this.#replay, begin + i));
    if (first >= last) this.#window.replaceChildren(...made(from, to));
    else {
      // what stays in sight is not taken out for a moment: a button in it would lose the focus, and Tab would go in a circle
      for (const [i, element] of [...this.#window.children].entries()) {
        const row = this.#from + i;
        if (row < first || row >= last) element.remove();
      }
      this.#window.prepend(...made(from, first));
      this.#window.append(...made(last, to));
    }
    [this.#from, this.#to] = [from, to];
    this.#mark();
    if (focused !== undefined && !this.#window.contains(document.activeElement))
      this.#rowElement(Number(focused))?.focus({ preventScroll: true });
  }

  #nothing(): HTMLElement {
    const { trace } = this.#replay;
    if (trace.count === 0) return el('p', { class: 'nothing' }, 'Nothing was recorded yet.');
    const clear = button('Show everything', () => this.#replay.clearFilter());
    return el('p', { class: 'nothing' }, `None of ${trace.count} events is left by the filter. `, clear);
  }

  #measure(): boolean {
    let changed = false;
    for (let row = this.#from; row < this.#to; row++) {
      const height = this.#rowElement(row)?.offsetHeight ?? 0;
      if (height > 0 && this.#heights.measure(row, height) !== 0) changed = true;
    }
    return changed;
  }

  /** Tells the rows in sight which one is looked at. */
  #mark(): void {
    const current = this.#replay.currentRow;
    for (let row = this.#from; row < this.#to; row++) {
      const element = this.#rowElement(row);
      element?.classList.toggle('current', row === current);
      element?.classList.toggle('later', current !== undefined && row > current);
      element?.setAttribute('tabindex', row === current ? '0' : '-1');
    }
  }

  /** Draws all rows, as far as anybody would read them on paper. */
  printAll(): void {
    this.#isPrinting = true;
    const count = Math.min(this.#replay.rows.length, PRINTED);
    this.#window.style.transform = 'none';
    this.#space.style.height = 'auto';
    this.#window.replaceChildren(...Array.from({ length: count }, (_, row) => rowElement(this.#replay, row)));
    if (count < this.#replay.rows.length)
      this.#window.append(el('p', { class: 'nothing' }, `The first ${count} of ${this.#replay.rows.length} rows; a filter picks others.`));
  }

  printDone(): void {
    this.#isPrinting = false;
    [this.#from, this.#to] = [0, 0];
    fill(this.#window);
    this.draw();
  }
}
