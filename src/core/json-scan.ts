/**
 * Finds what JSON.parse forgives silently: a key that occurs twice in one object, and whole numbers that a double would
 * round. Walks a text that is known to be JSON, without recursion.
 */

export interface ScanFault {
  /** Keys and indexes from the root to the place. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

interface Frame {
  /** `undefined` in an array. */
  readonly keys: Set<string> | undefined;
  step: string | number;
  expectsKey: boolean;
}

const NUMBER = /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** Faults after which looking for more is no use. */
const MOST = 1_000;

/**
 * Scans a JSON text.
 *
 * @example
 * scanJson('{"a":1,"a":2}') // [{ path: ['a'], reason: 'the key "a" occurs twice' }]
 */
export function scanJson(text: string): ScanFault[] {
  const faults: ScanFault[] = [];
  const stack: Frame[] = [];
  const fault = (reason: string): void => {
    if (faults.length < MOST) faults.push({ path: stack.map((frame) => frame.step), reason });
  };
  for (let i = 0; i < text.length; i++) {
    const top = stack.at(-1);
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        stack.push({ keys: new Set(), step: '', expectsKey: true });
        break;
      case 0x5b: // [
        stack.push({ keys: undefined, step: 0, expectsKey: false });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        stack.pop();
        break;
      case 0x2c: // ,
        if (top?.keys !== undefined) top.expectsKey = true;
        else if (typeof top?.step === 'number') top.step++;
        break;
      case 0x22: {
        const end = stringEnd(text, i);
        if (top?.keys !== undefined && top.expectsKey) {
          const raw = text.slice(i, end + 1);
          // two spellings of one key are one key
          const key: unknown = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
          top.step = String(key);
          top.expectsKey = false;
          if (top.keys.has(top.step)) fault(`the key ${JSON.stringify(top.step)} occurs twice`);
          top.keys.add(top.step);
        }
        i = end;
        break;
      }
      default: {
        NUMBER.lastIndex = i;
        const found = NUMBER.exec(text);
        if (found === null) break;
        if (found[1] === undefined && found[2] === undefined && found[0].length > 15 && !Number.isSafeInteger(Number(found[0]))) {
          fault(`the number ${found[0].slice(0, 40)} is beyond 2^53 and would be rounded; send it as a string`);
        }
        i += found[0].length - 1;
      }
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
