/** The colours of the style sheet on a canvas, as they are now: light, dark, or as the reader's system wants them. */
import type { Weight } from '../../../timeline/weight.ts';

export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly weight: Weight;
  readonly type: string;
  /** Of the actor. */
  readonly color: string;
}

/** Draws before the next picture, however often it is asked for until then. */
export function drawnOnce(draw: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}

export class Ink {
  #known = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];

  constructor() {
    const changed = (): void => {
      this.#known = new Map();
      for (const listener of this.#listeners) listener();
    };
    for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)', 'print'])
      matchMedia(query).addEventListener('change', changed);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get font(): string {
    return `11px ${getComputedStyle(document.body).fontFamily}`;
  }

  /** A colour by its name in the style sheet. */
  color(name: string): string {
    const known = this.#known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    this.#known.set(name, known);
    return known;
  }

  actor(number: number): string {
    return this.color(`actor-${number}`);
  }

  /** A canvas of that size in the screen's own pixels, cleared. */
  on(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | undefined {
    const ratio = Math.min(window.devicePixelRatio, 3);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const paint = canvas.getContext('2d') ?? undefined;
    paint?.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint?.clearRect(0, 0, width, height);
    return paint;
  }

  /** More events than can be told apart: so much of the height is red as failed. */
  crowd(paint: CanvasRenderingContext2D, { x, y, failing, color }: Pick<Mark, 'x' | 'y' | 'color'> & { readonly failing: number }): void {
    paint.fillStyle = color;
    paint.fillRect(x - 0.5, y - 6, 1, 12);
    if (failing === 0) return;
    paint.fillStyle = this.color('red');
    const high = Math.max(failing * 18, 3);
    paint.fillRect(x - 0.5, y + 9 - high, 1, high);
  }

  /** An event on its lane: shapes differ, not only colours. */
  mark(paint: CanvasRenderingContext2D, { x, y, weight, type, color }: Mark): void {
    if (type === 'annotation' || type === 'prompt') {
      paint.fillStyle = this.color(type === 'prompt' ? 'magenta' : 'cyan');
      paint.fillRect(x - 3, y - 3, 6, 6);
    } else if (weight === 'milestone') {
      // a diamond
      paint.fillStyle = this.color(type === 'commit' ? 'yellow' : 'blue');
      paint.beginPath();
      paint.moveTo(x, y - 6);
      paint.lineTo(x + 5, y);
      paint.lineTo(x, y + 6);
      paint.lineTo(x - 5, y);
      paint.fill();
    } else if (weight === 'failure') {
      paint.fillStyle = this.color('red');
      paint.fillRect(x - 1.5, y - 9, 3, 18);
    } else if (weight === 'success' && (type === 'test' || type === 'ci_run')) {
      paint.fillStyle = this.color('green');
      paint.beginPath();
      paint.arc(x, y, 4.5, 0, Math.PI * 2);
      paint.fill();
    } else {
      paint.fillStyle = color;
      const tall = weight === 'noise' ? 4 : 10;
      paint.fillRect(x - 0.5, y - tall / 2, 1, tall);
    }
  }
}
