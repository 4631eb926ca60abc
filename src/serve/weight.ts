/**
 * How much a body of JSON holds, told from its bytes before it is parsed: eight mebibytes of text are read in a moment, as
 * many brackets take seconds and a gigabyte. Pure.
 */
import { HttpRefusal } from '../core/http.ts';

/** Values of one body: thirty for each event of the largest batch. */
const MOST_VALUES = 300_000;

/**
 * Counts objects, lists, and what stands behind a comma, in JSON or NDJSON; no further than to one more than `most`.
 *
 * @example
 * valuesIn(Buffer.from('[{"a":"[["},[]]'), 100) // 4
 */
export function valuesIn(body: Uint8Array, most: number): number {
  let count = 0;
  let isText = false;
  for (let i = 0; i < body.length && count <= most; i++) {
    const byte = body[i];
    if (isText) {
      // no text goes on in the next line: one that was never closed hides nothing of the lines behind it
      if (byte === 0x22 || byte === 0x0a) isText = false;
      else if (byte === 0x5c && body[i + 1] !== 0x0a) i++;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count++;
  }
  return count;
}

/** Refuses a body that is small, and yet too much to be read. @throws HttpRefusal */
export function refuseHeavy(body: Uint8Array): void {
  if (valuesIn(body, MOST_VALUES) > MOST_VALUES)
    throw new HttpRefusal(413, 'too-large', `the body holds more than ${MOST_VALUES} values`, {
      hints: ['send it in parts; nothing of it was recorded'],
    });
}
