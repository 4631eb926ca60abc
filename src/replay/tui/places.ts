/** Places in a list of which a window is seen: what is selected, and what is seen first. Pure. */

export interface Place {
  /** The selected row, from 0. */
  readonly at: number;
  /** The first row that is seen. */
  readonly top: number;
}

export const START: Place = { at: 0, top: 0 };

/** A number between two others; the lower one where there is no room. */
export function between(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/**
 * The window that shows a row: moved no further than needed.
 *
 * @param count rows in all
 * @param height rows that are seen
 * @example
 * windowFor(12, 0, 100, 10) // 3
 */
export function windowFor(at: number, top: number, count: number, height: number): number {
  const shown = between(top, at - height + 1, at);
  return between(shown, 0, Math.max(count - height, 0));
}

/**
 * Selects a row, or the nearest there is.
 *
 * @example
 * placed({ at: 99, top: 0 }, 5, 3) // { at: 4, top: 2 }
 */
export function placed({ at, top }: Place, count: number, height: number): Place {
  const row = between(at, 0, Math.max(count - 1, 0));
  return { at: row, top: windowFor(row, top, count, Math.max(height, 1)) };
}

/** Moves the window, and the selection as far as it must go along. */
export function scrolled({ at, top }: Place, by: number, count: number, height: number): Place {
  const first = between(top + by, 0, Math.max(count - height, 0));
  return { at: between(at, first, Math.max(Math.min(first + height, count) - 1, 0)), top: first };
}

/** What a key that moves in lists means there: rows to go, or an end; `undefined` for any other key. */
export function stepOf(key: { readonly name: string; readonly ctrl: boolean }, height: number): number | undefined {
  const { name, ctrl } = key;
  if (ctrl) {
    const pages: Readonly<Record<string, number>> = { d: height >> 1, u: -(height >> 1), f: height - 1, b: 1 - height, n: 1, p: -1 };
    return Object.hasOwn(pages, name) ? pages[name] : undefined;
  }
  const steps: Readonly<Record<string, number>> = {
    down: 1,
    j: 1,
    up: -1,
    k: -1,
    pagedown: height - 1,
    pageup: 1 - height,
    g: Number.NEGATIVE_INFINITY,
    home: Number.NEGATIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  return Object.hasOwn(steps, name) ? steps[name] : undefined;
}
