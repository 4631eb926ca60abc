/**
 * Says where a text stops being JSON and what was expected there. JSON.parse tells it in words that differ between
 * versions of node, often without a place, and quotes the content. Walks without recursion, and only after it failed.
 */

export interface JsonError {
  /** Position in the text, in UTF-16 code units; its length where the text is cut short. */
  readonly at: number;
  readonly expected: string;
}

/** What may come next. */
type Expecting = 'a value' | 'a value or "]"' | 'a key or "}"' | 'a key' | '":"' | '"," or "}"' | '"," or "]"' | 'the end';

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![A-Za-z0-9.+_-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;

/**
 * Finds the first mistake in a JSON text; `undefined` if there is none.
 *
 * @example
 * findJsonError('{"a":1,}') // { at: 7, expected: 'a key' }
 */
export function findJsonError(text: string): JsonError | undefined {
  /** For each open object or list, what its end is. */
  const open: ('}' | ']')[] = [];
  let expecting: Expecting = 'a value';
  const afterValue = (): Expecting => {
    const end = open.at(-1);
    return end === undefined ? 'the end' : end === '}' ? '"," or "}"' : '"," or "]"';
  };
  for (let at = skip(SPACE, text, 0); at < text.length; at = skip(SPACE, text, at)) {
    const char = text[at];
    if (char !== undefined && char === open.at(-1) && expecting.endsWith(`"${char}"`)) {
      open.pop();
      expecting = afterValue();
      at++;
    } else if (char === '"' && (expecting.startsWith('a key') || expecting.startsWith('a value'))) {
      const string = readString(text, at);
      if (typeof string !== 'number') return string;
      at = string;
      expecting = expecting.startsWith('a key') ? '":"' : afterValue();
    } else if (char === ':' && expecting === '":"') {
      expecting = 'a value';
      at++;
    } else if (char === ',' && expecting.startsWith('","')) {
      expecting = open.at(-1) === '}' ? 'a key' : 'a value';
      at++;
    } else if ((char === '{' || char === '[') && expecting.startsWith('a value')) {
      open.push(char === '{' ? '}' : ']');
      expecting = char === '{' ? 'a key or "}"' : 'a value or "]"';
      at++;
    } else {
      const end = expecting.startsWith('a value') ? skip(SCALAR, text, at) : at;
      if (end === at) return { at, expected: expecting };
      expecting = afterValue();
      at = end;
    }
  }
  return expecting === 'the end' ? undefined : { at: text.length, expected: expecting };
}

/** Where the string that begins at `start` ends, or what is wrong in it. */
function readString(text: string, start: number): number | JsonError {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    if (unit < 0x20) return { at, expected: 'no control character in a text' };
    if (unit !== 0x5c) continue;
    const end = skip(ESCAPE, text, at);
    if (end === at) return { at, expected: 'an escape that JSON knows' };
    at = end - 1;
  }
  return { at: text.length, expected: 'the end of a text' };
}

/** Where the expression's match at that place ends; the place itself where it does not match. */
function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}
