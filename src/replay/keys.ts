/**
 * Keys: what a terminal sends when somebody types, clicks or pastes, made into values. Bytes come in any pieces; what is
 * no key (answers of the terminal, sequences that nobody here knows) is swallowed whole and never taken for typing. Pure.
 */
import { StringDecoder } from 'node:string_decoder';
import type { InputDecoder, Key, Mouse, ScreenInput } from '../core/screen.ts';

const ESC = '\u001b';

/** Characters of a sequence that has no end: more is nonsense, and what follows is read afresh. */
const LONGEST_SEQUENCE = 4_096;
/** Characters of a paste that are kept. */
const LONGEST_PASTE = 1_048_576;
const PASTE_END = `${ESC}[201~`;

/** Final characters of sequences that name a key. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (PC-Style Function Keys) */
const FINALS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'tab',
};

/** Keys that are a number before a tilde (VT220 Function Keys). */
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

const CONTROLS: Readonly<Record<string, string>> = {
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'enter',
  '\r': 'enter',
  '\u001b': 'escape',
  ' ': 'space',
  '\u007f': 'backspace',
};

interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

const NO_MODIFIERS: Modifiers = { shift: false, alt: false, ctrl: false };

/** A sequence that was found at the beginning of what waits: how long it is, and what it says, if anything. */
interface Found {
  readonly length: number;
  readonly input?: ScreenInput | undefined;
}

/**
 * Reads what a terminal sends.
 *
 * @example
 * new KeyDecoder().take(Buffer.from('\u001b[A')) // [{ kind: 'key', name: 'up', ctrl: false, alt: false, shift: false, text: '' }]
 */
export class KeyDecoder implements InputDecoder {
  readonly #utf8 = new StringDecoder('utf8');
  #waiting = '';
  /** What was pasted so far, while its end has not come. */
  #paste: string | undefined;
  /** Inside a string of the terminal's (OSC, DCS, …), whose end has not come. */
  #isInString = false;

  get isWaiting(): boolean {
    return this.#isInString || (this.#waiting !== '' && this.#paste === undefined);
  }

  take(bytes: Uint8Array): ScreenInput[] {
    this.#waiting += this.#utf8.write(Buffer.from(bytes));
    return this.#read(false);
  }

  settle(): ScreenInput[] {
    if (!this.#isInString) return this.isWaiting ? this.#read(true) : [];
    // nobody asked the terminal for anything: it was a key with alt, and a few more behind it
    this.#isInString = false;
    this.#waiting = '';
    return [];
  }

  /** Reads all that can be told. @param isLast nothing more will come to what waits */
  #read(isLast: boolean): ScreenInput[] {
    const inputs: ScreenInput[] = [];
    while (this.#waiting !== '') {
      if (this.#paste !== undefined) {
        if (!this.#readPaste(inputs)) break;
        continue;
      }
      if (this.#isInString) {
        if (!this.#skipString()) break;
        continue;
      }
      const found = sequenceAt(this.#waiting, isLast);
      if (found === 'paste') {
        this.#paste = '';
        this.#waiting = this.#waiting.slice(PASTE_END.length);
      } else if (found === 'string') {
        this.#isInString = true;
        this.#waiting = this.#waiting.slice(2);
      } else if (found === undefined) {
        break;
      } else {
        if (found.input !== undefined) inputs.push(found.input);
        this.#waiting = this.#waiting.slice(found.length);
      }
    }
    return inputs;
  }

  /** Takes what was pasted up to its end. @returns whether the end was there */
  #readPaste(inputs: ScreenInput[]): boolean {
    const end = this.#waiting.indexOf(PASTE_END);
    // the end may have come in part
    const safe = end >= 0 ? end : this.#waiting.length - partOf(PASTE_END, this.#waiting);
    const text = (this.#paste ?? '') + this.#waiting.slice(0, safe);
    this.#waiting = this.#waiting.slice(end >= 0 ? end + PASTE_END.length : safe);
    this.#paste = end >= 0 ? undefined : text.slice(0, LONGEST_PASTE);
    if (end >= 0) inputs.push({ kind: 'paste', text: text.slice(0, LONGEST_PASTE).toWellFormed().replace(/\r\n?/g, '\n') });
    return end >= 0;
  }

  /** Drops a string of the terminal's up to its end: BEL or ST, and CAN and SUB, which give it up. @returns whether the end was there */
  #skipString(): boolean {
    const end = /[\u0007\u0018\u001a\u009c]|\u001b\\/.exec(this.#waiting);
    if (end === null) {
      this.#waiting = this.#waiting.endsWith(ESC) ? ESC : '';
      return false;
    }
    this.#isInString = false;
    this.#waiting = this.#waiting.slice(end.index + end[0].length);
    return true;
  }
}

/** How many characters at the end of a text are the beginning of another one. */
function partOf(whole: string, text: string): number {
  for (let length = Math.min(whole.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(whole.slice(0, length))) return length;
  }
  return 0;
}

/** What stands at the beginning of a text; `undefined` where it cannot be told yet. */
function sequenceAt(text: string, isLast: boolean): Found | 'paste' | 'string' | undefined {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0);
  if (first !== ESC) return { length: first.length, input: characterKey(first, false) };
  const second = text.length < 2 ? undefined : String.fromCodePoint(text.codePointAt(1) ?? 0);
  // two escapes: the first was pressed, the second may begin a sequence
  if (second === undefined || second === ESC) {
    return second === undefined && !isLast ? undefined : { length: 1, input: namedKey('escape', NO_MODIFIERS) };
  }
  if (second === '[') return csiAt(text, isLast);
  if (second === 'O') return ss3At(text, isLast);
  if ('P]^_X'.includes(second)) {
    if (text.length > 2) return 'string';
    return isLast ? { length: 2, input: characterKey(second, true) } : undefined;
  }
  return { length: 1 + second.length, input: characterKey(second, true) };
}

/** `ESC O` and a letter: keys of the application mode. */
function ss3At(text: string, isLast: boolean): Found | undefined {
  const match = /^\u001bO([0-9]?)([A-Za-z])/.exec(text);
  if (match !== null) {
    const [{ length }, number = '', final = ''] = match;
    if (final === 'M') return { length, input: namedKey('enter', NO_MODIFIERS) }; // of the number pad
    const name = FINALS[final];
    return { length, input: name === undefined ? undefined : namedKey(name, modifiersOf(number)) };
  }
  if (/^\u001bO[0-9]?$/.test(text) && !isLast) return undefined;
  return { length: 2, input: characterKey('O', true) };
}

/** `ESC [`: keys, the mouse, pastes, and answers to questions that we do not ask. */
function csiAt(text: string, isLast: boolean): Found | 'paste' | undefined {
  // the Linux console's f1 to f5
  if (text.startsWith(`${ESC}[[`)) {
    if (text.length === 3 && !isLast) return undefined;
    const nth = 'ABCDE'.indexOf(text[3] ?? ' ');
    return nth < 0 ? { length: 3 } : { length: 4, input: namedKey(`f${nth + 1}`, NO_MODIFIERS) };
  }
  const match = /^\u001b\[([0-?]*)([ -/]*)([@-~])/.exec(text);
  if (match === null) return unfinishedCsi(text, isLast);
  const [{ length }, parameters = '', between = '', final = ''] = match;
  if (between !== '') return { length };
  // a mouse that speaks the old way: three more characters, whatever they are
  if (final === 'M' && parameters === '') return text.length >= length + 3 || isLast ? { length: length + 3 } : undefined;
  if (final === '~' && parameters === '200') return 'paste';
  return { length, input: csiInput(parameters, final) };
}

function unfinishedCsi(text: string, isLast: boolean): Found | undefined {
  const [begun = ''] = /^\u001b\[[0-?]*[ -/]*/.exec(text) ?? [];
  if (begun.length === text.length) {
    if (!isLast && text.length < LONGEST_SEQUENCE) return undefined;
    return text === `${ESC}[` ? { length: 2, input: characterKey('[', true) } : { length: text.length };
  }
  // a character that no sequence holds: the sequence was torn, and it begins something else
  return { length: begun.length };
}

function csiInput(parameters: string, final: string): ScreenInput | undefined {
  if ((final === 'M' || final === 'm') && parameters.startsWith('<')) return mouseOf(parameters.slice(1), final === 'm');
  const [first = '', second = '', third = ''] = parameters.split(';');
  if (final === '~') {
    // modifyOtherKeys: the character is the third number
    if (first === '27' && third !== '') return codeKey(third, modifiersOf(second));
    const name = NUMBERS[first];
    return name === undefined ? undefined : namedKey(name, modifiersOf(second));
  }
  if (final === 'u') return codeKey(first, modifiersOf(second));
  const name = FINALS[final];
  // with other numbers it is an answer, such as that of the cursor's place
  if (name === undefined || (first !== '' && first !== '1')) return undefined;
  const modifiers = modifiersOf(second);
  return namedKey(name, final === 'Z' ? { ...modifiers, shift: true } : modifiers);
}

const BUTTONS = ['left', 'middle', 'right', 'none'] as const;

/** A mouse report of the form SGR (1006): `button;column;row`. */
function mouseOf(parameters: string, isRelease: boolean): Mouse | undefined {
  const match = /^([0-9]{1,4});([0-9]{1,5});([0-9]{1,5})$/.exec(parameters);
  if (match === null) return undefined;
  const [bits = 0, column = 0, row = 0] = match.slice(1).map(Number);
  const [isWheel, isMove] = [(bits & 64) !== 0, (bits & 32) !== 0];
  const button = BUTTONS[bits & 3] ?? 'none';
  const place = { column: Math.max(column - 1, 0), row: Math.max(row - 1, 0) };
  const modifiers = { shift: (bits & 4) !== 0, alt: (bits & 8) !== 0, ctrl: (bits & 16) !== 0 };
  if (isWheel) {
    // wheels that go sideways, and buttons beyond the third
    if (bits >= 128 || (bits & 3) > 1) return undefined;
    return { kind: 'mouse', action: (bits & 3) === 0 ? 'wheel-up' : 'wheel-down', button: 'none', ...place, ...modifiers };
  }
  if (bits >= 128 || (isMove && button === 'none')) return undefined;
  return { kind: 'mouse', action: isRelease ? 'release' : isMove ? 'drag' : 'press', button, ...place, ...modifiers };
}

/** Modifiers as a sequence counts them: 1 and the sum of shift 1, alt 2, ctrl 4, meta 8. */
function modifiersOf(text: string): Modifiers {
  const bits = Math.max(Number.parseInt(text, 10) || 1, 1) - 1;
  return { shift: (bits & 1) !== 0, alt: (bits & 10) !== 0, ctrl: (bits & 4) !== 0 };
}

function namedKey(name: string, { shift, alt, ctrl }: Modifiers): Key {
  return { kind: 'key', name, ctrl, alt, shift, text: '' };
}

/** A key that is told by the number of its character. */
function codeKey(code: string, modifiers: Modifiers): Key | undefined {
  const number = /^[0-9]{1,7}$/.test(code) ? Number(code) : 0;
  if (number === 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(number);
  if (Object.hasOwn(CONTROLS, character) && character !== ' ') return namedKey(CONTROLS[character] ?? '', modifiers);
  const key = characterKey(character, modifiers.alt);
  if (key === undefined || !modifiers.ctrl) return key;
  return { ...key, name: key.name.toLowerCase(), ctrl: true, text: '' };
}

/** The key of a character; controls that no key makes, and C1 controls, are none. */
function characterKey(character: string, alt: boolean): Key | undefined {
  const code = character.codePointAt(0) ?? 0;
  const named = CONTROLS[character];
  const none: Key = { kind: 'key', name: '', ctrl: false, alt, shift: false, text: '' };
  if (named !== undefined) return { ...none, name: named, text: character === ' ' && !alt ? ' ' : '' };
  if (code === 0) return { ...none, name: 'space', ctrl: true };
  if (code < 0x20) return { ...none, name: String.fromCharCode(code + 0x40).toLowerCase(), ctrl: true };
  if (code >= 0x80 && code < 0xa0) return undefined;
  return alt ? { ...none, name: character.toLowerCase() } : { ...none, name: character, text: character };
}
