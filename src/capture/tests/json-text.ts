/**
 * Stage 1, capture: reads JSON that may have lost its end. A report that was cut by a full disk or by our own limit
 * still says how many tests there were; the text is closed behind its last whole value and read as far as it goes.
 */

/** What a text says, and whether that is all of it; `undefined` if it is no JSON. */
export interface JsonText {
  readonly value: unknown;
  readonly whole: boolean;
}

/**
 * Reads JSON, whole or cut.
 *
 * @example
 * readCutJson('{"passed":3,"tests":[{"name":"a"},{"na') // { value: { passed: 3, tests: [{ name: 'a' }, {}] }, whole: false }
 */
export function readCutJson(text: string): JsonText | undefined {
  try {
    return { value: JSON.parse(text), whole: true };
  } catch {
    const closed = close(text);
    if (closed === undefined) return undefined;
    try {
      return { value: JSON.parse(closed), whole: false };
    } catch {
      return undefined;
    }
  }
}

/** The text up to the last place where a value was whole, with every bracket that is open there closed. */
function close(text: string): string | undefined {
  const open: string[] = [];
  let cut = 0;
  let at = 0;
  while (at < text.length) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      if (end === undefined) break;
      at = end;
      continue;
    }
    if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? '}' : ']');
      if (open.length > 1_000) return undefined;
      cut = at + 1;
    } else if (sign === '}' || sign === ']') {
      if (open.pop() !== sign) return undefined;
      cut = at + 1;
    } else if (sign === ',') {
      // what stands before a comma is whole
      cut = at;
    }
    at += 1;
  }
  return cut === 0 ? undefined : text.slice(0, cut) + open.reverse().join('');
}

/** Where the string that begins here ends, behind its quote. */
function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
