/**
 * Takes a regular expression apart, as far as redaction rules use them, so that its work can be bounded before it meets
 * a text. Pure; never runs an expression. What it does not know (references back, properties of Unicode) it refuses.
 */

/** Characters: 128 places for ASCII and one for all others. */
export type CharacterSet = Uint8Array;
const OTHERS = 128;

/** A part of an expression. */
export type Part =
  | { readonly type: 'characters'; readonly set: CharacterSet }
  | { readonly type: 'sequence'; readonly items: readonly Part[] }
  | { readonly type: 'choice'; readonly options: readonly Part[] }
  | { readonly type: 'repeat'; readonly item: Part; readonly min: number; readonly max: number; readonly text: string }
  | { readonly type: 'look'; readonly item: Part; readonly isAhead: boolean; readonly isNegative: boolean }
  | { readonly type: 'anchor' };

/** What is wrong with an expression, in words. */
export class ExpressionFault extends Error {}

/**
 * Parses the source of an expression.
 *
 * @throws ExpressionFault for what redaction rules may not hold
 */
export function parseExpression(source: string, ignoreCase: boolean): Part {
  const parser = new Parser(source, ignoreCase);
  const part = parser.choice();
  if (!parser.isDone()) throw new ExpressionFault(`there is a ')' too many`);
  return part;
}

class Parser {
  readonly #source: string;
  readonly #ignoreCase: boolean;
  #at = 0;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  isDone(): boolean {
    return this.#at >= this.#source.length;
  }

  choice(): Part {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 && options[0] !== undefined ? options[0] : { type: 'choice', options };
  }

  #sequence(): Part {
    const items: Part[] = [];
    while (!this.isDone() && !this.#sees('|') && !this.#sees(')')) items.push(this.#repeated(this.#atom()));
    return items.length === 1 && items[0] !== undefined ? items[0] : { type: 'sequence', items };
  }

  #repeated(item: Part): Part {
    const start = this.#at;
    let [min, max] = [1, 1];
    const counts = /^\{(\d{1,9})(,?)(\d{0,9})\}/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (this.#take('*')) [min, max] = [0, Number.POSITIVE_INFINITY];
    else if (this.#take('+')) max = Number.POSITIVE_INFINITY;
    else if (this.#take('?')) min = 0;
    else if (counts !== null) {
      min = Number(counts[1]);
      max = counts[2] === '' ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3]);
      this.#at += counts[0].length;
    } else return item;
    this.#take('?');
    return { type: 'repeat', item, min, max, text: this.#source.slice(start, this.#at) };
  }

  #atom(): Part {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { type: 'characters', set: this.#folded(this.#class()) };
    if (this.#take('^') || this.#take('$')) return { type: 'anchor' };
    if (this.#take('.')) return { type: 'characters', set: setOf((unit) => unit !== 0x0a && unit !== 0x0d) };
    if (this.#take('\\')) {
      const next = this.#source.charAt(this.#at);
      if (next === 'b' || next === 'B') {
        this.#at++;
        return { type: 'anchor' };
      }
      return { type: 'characters', set: this.#folded(this.#escape()) };
    }
    const char = this.#next();
    if (char === '*' || char === '+' || char === '?') throw new ExpressionFault(`there is nothing to repeat before '${char}'`);
    return { type: 'characters', set: this.#folded(single(char)) };
  }

  #group(): Part {
    const [, look] = /^\?(<?[=!])/.exec(this.#source.slice(this.#at, this.#at + 4)) ?? [];
    const [opening = ''] = /^\?(?::|<?[=!]|<[A-Za-z_]\w{0,60}>)/.exec(this.#source.slice(this.#at, this.#at + 70)) ?? [];
    if (opening === '' && this.#sees('?')) throw new ExpressionFault('it has a group of a form that is not known here');
    this.#at += opening.length;
    const item = this.choice();
    if (!this.#take(')')) throw new ExpressionFault("a '(' is not closed");
    return look === undefined ? item : { type: 'look', item, isAhead: !look.startsWith('<'), isNegative: look.endsWith('!') };
  }

  #class(): CharacterSet {
    const isNegated = this.#take('^');
    const set = setOf(() => false);
    while (!this.#take(']')) {
      if (this.isDone()) throw new ExpressionFault("a '[' is not closed");
      const from = this.#classUnit(set);
      if (from === undefined || !this.#sees('-') || this.#source.charAt(this.#at + 1) === ']') continue;
      this.#at++;
      const to = this.#classUnit(set);
      if (to === undefined || to < from) throw new ExpressionFault('it has a range of characters out of order');
      for (let unit = from; unit <= Math.min(to, OTHERS); unit++) set[unit] = 1;
    }
    return isNegated ? set.map((has) => 1 - has) : set;
  }

  /** Adds one member of a class to it; answers with the character, if it is one. */
  #classUnit(set: CharacterSet): number | undefined {
    const isEscape = this.#take('\\');
    if (isEscape && this.#take('b')) set[8] = 1;
    else {
      const members = isEscape ? this.#escape() : single(this.#next());
      for (let unit = 0; unit <= OTHERS; unit++) set[unit] = Math.max(set[unit] ?? 0, members[unit] ?? 0);
      const found = members.indexOf(1);
      return members.indexOf(1, found + 1) < 0 ? found : undefined;
    }
    return undefined;
  }

  #escape(): CharacterSet {
    const char = this.#next();
    const code = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/.exec(char + this.#source.slice(this.#at, this.#at + 4));
    if (code !== null) {
      this.#at += code[0].length - 1;
      return single(String.fromCharCode(Number.parseInt(code[1] ?? code[2] ?? '', 16)));
    }
    const known = ESCAPES[char];
    if (known !== undefined) return known;
    if (/[A-Za-z1-9]/.test(char)) throw new ExpressionFault(`'\\${char}' is not known here`);
    return single(char === '0' ? '\0' : char);
  }

  /** With the other case of each letter, if case does not count. */
  #folded(set: CharacterSet): CharacterSet {
    if (!this.#ignoreCase) return set;
    return set.map((has, unit) => (has === 1 || (isLetter(unit) && set[unit ^ 32] === 1) ? 1 : 0));
  }

  #sees(char: string): boolean {
    return this.#source.charAt(this.#at) === char;
  }

  #take(char: string): boolean {
    if (!this.#sees(char)) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    if (this.isDone()) throw new ExpressionFault("it ends with '\\'");
    return this.#source.charAt(this.#at++);
  }
}

function setOf(has: (unit: number) => boolean): CharacterSet {
  return Uint8Array.from({ length: OTHERS + 1 }, (_, unit) => (has(unit) ? 1 : 0));
}

function single(char: string): CharacterSet {
  const at = Math.min(char.charCodeAt(0), OTHERS);
  return setOf((unit) => unit === at);
}

function isLetter(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}

const DIGIT = setOf((unit) => unit >= 0x30 && unit <= 0x39);
const WORD = setOf((unit) => isLetter(unit) || unit === 0x5f || DIGIT[unit] === 1);
const SPACE = setOf((unit) => (unit >= 9 && unit <= 13) || unit === 32 || unit === OTHERS);
const not = (set: CharacterSet): CharacterSet => set.map((has, unit) => (unit === OTHERS ? 1 : 1 - has));

const ESCAPES: Readonly<Record<string, CharacterSet>> = {
  d: DIGIT,
  D: not(DIGIT),
  w: WORD,
  W: not(WORD),
  s: SPACE,
  S: not(SPACE),
  n: single('\n'),
  r: single('\r'),
  t: single('\t'),
  f: single('\f'),
  v: single('\v'),
};
