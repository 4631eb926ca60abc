/**
 * Stage 1, installing: where in a settings file its values stand. JSON as editors write it, with comments and commas
 * behind the last item, so that a text can be put in or taken out and every other byte stays. Pure.
 */

/** A value and where it stands: from `start` up to, not including, `end`. */
export interface Node {
  readonly kind: 'object' | 'list' | 'other';
  readonly start: number;
  readonly end: number;
  /** Of an object and of a list; a list's have no name. */
  readonly items: readonly Item[];
}

export interface Item {
  readonly name: string | undefined;
  /** Where its name begins, or the value of a list's item. */
  readonly start: number;
  readonly value: Node;
}

const DEPTH = 100;

/** Reads the values of a settings file; `undefined` where it is not JSON of this kind. */
export function readTree(text: string): Node | undefined {
  try {
    return new Reader(text).whole();
  } catch {
    return undefined;
  }
}

/** A value below another one, by names. */
export function valueAt(node: Node | undefined, ...names: readonly string[]): Node | undefined {
  let found = node;
  for (const name of names) found = found?.kind === 'object' ? found.items.findLast((item) => item.name === name)?.value : undefined;
  return found;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    if (this.#text.startsWith('\uFEFF')) this.#at = 1;
    this.#skip();
    const node = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) throw new Error('more than one value');
    return node;
  }

  #value(depth: number): Node {
    const start = this.#at;
    const first = this.#text[start];
    if (depth > DEPTH) throw new Error('too deep');
    if (first === '{' || first === '[') return this.#container(first, depth);
    if (first === '"') this.#string();
    else {
      const word = /(?:true|false|null|-?[0-9][0-9.eE+-]*)/y;
      word.lastIndex = start;
      const found = word.exec(this.#text);
      if (found === null) throw new Error('no value');
      this.#at = word.lastIndex;
    }
    return { kind: 'other', start, end: this.#at, items: [] };
  }

  #container(open: '{' | '[', depth: number): Node {
    const start = this.#at;
    const close = open === '{' ? '}' : ']';
    const items: Item[] = [];
    this.#at++;
    for (this.#skip(); this.#text[this.#at] !== close; this.#skip()) {
      if (items.length > 0 && !this.#separated) throw new Error('no comma');
      const at = this.#at;
      const name = open === '{' ? this.#name() : undefined;
      const value = this.#value(depth + 1);
      items.push({ name, start: at, value });
      this.#skip();
      this.#separated = this.#text[this.#at] === ',';
      if (this.#separated) this.#at++;
    }
    this.#at++;
    return { kind: open === '{' ? 'object' : 'list', start, end: this.#at, items };
  }

  /** A comma stood behind the last item. */
  #separated = false;

  #name(): string {
    const start = this.#at;
    this.#string();
    const name: unknown = JSON.parse(this.#text.slice(start, this.#at));
    this.#skip();
    if (this.#text[this.#at] !== ':') throw new Error('no colon');
    this.#at++;
    this.#skip();
    return String(name);
  }

  #string(): void {
    if (this.#text[this.#at] !== '"') throw new Error('no text');
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined || char === '\n') throw new Error('a text without an end');
      if (char === '\\') this.#at++;
    }
    this.#at++;
  }

  #skip(): void {
    const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    this.#at = blank.lastIndex;
  }
}
