/**
 * Finds what JSON.parse forgives silently: a key that occurs twice in one object, and whole numbers that a double would
 * round. Walks a text that is known to be JSON, without recursion.
 */

import { shown } from './shown.ts';

export interface ScanFault {
  /** Keys and indexes from the root to the place, at most {@link STEPS} of them. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

interface Frame {
  /** `undefined` in a list. */
  readonly keys: Set<string> | undefined;
  step: string | number;
  expectsKey: boolean;
}

const NUMBER = /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** Steps of a path that are kept; a text may nest as deep as it is long. */
const STEPS = 8;

/**
 * Scans a JSON text. Of all faults whose paths begin with the same two steps (an event of a batch) only the first
 * is given.
 *
 * @example
 * scanJson('{"a":1,"a":2}') // [{ path: ['a'], reason: 'the key "a" occurs twice' }]
 */
export function scanJson(text: string): ScanFault[] {
  const faults: ScanFault[] = [];
  const stack: Frame[] = [];
  const fault = (reason: string): void => {
    const path = stack.slice(0, STEPS).map((frame) => frame.step);
    const before = faults.at(-1)?.path;
    if (before !== undefined && before[0] === path[0] && before[1] === path[1]) return;
    faults.push({ path, reason });
  };
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      const end = stringEnd(text, i);
      const top = stack.at(-1);
      if (top?.expectsKey) {
        const raw = text.slice(i, end + 1);
        // two spellings of one key are one key
        const key = raw.includes('\\') ? String(JSON.parse(raw)) : raw.slice(1, -1);
        top.step = key;
        top.expectsKey = false;
        if (top.keys?.has(key)) fault(`the key ${shown(key)} occurs twice`);
        top.keys?.add(key);
      }
      i = end;
    } else if (unit === 0x2c) {
      const top = stack.at(-1);
      if (top?.keys !== undefined) top.expectsKey = true;
      else if (typeof top?.step === 'number') top.step++;
    } else if (unit === 0x7b) stack.push({ keys: new Set(), step: '', expectsKey: true });
    else if (unit === 0x5b) stack.push({ keys: undefined, step: 0, expectsKey: false });
    else if (unit === 0x7d || unit === 0x5d) stack.pop();
    else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      NUMBER.lastIndex = i;
      const [digits = '-', fraction, exponent] = NUMBER.exec(text) ?? [];
      // up to 15 digits are exact
      const isWhole = digits.length > 15 && fraction === undefined && exponent === undefined;
      if (isWhole && !Number.isSafeInteger(Number(digits))) {
        fault(`the number ${digits.slice(0, 40)} is beyond 2^53 and would be rounded; send it as a text`);
      }
      i += digits.length - 1;
    }
  }
  return faults;
}

function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
