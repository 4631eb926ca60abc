/**
 * What is invisible in a text from elsewhere, made visible: the part of harmlessness that every medium shares. What would
 * move a cursor, reorder or hide is shown as what it is; nothing is dropped silently. Pure.
 */

const PLAIN = /^[\x20-\x7e]*$/;
const PLAIN_LINES = /^[\x20-\x7e\n\t]*$/;

/** Controls, separators, lone surrogates, all that is invisible by design, all that steers writing direction. */
const SUSPECT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\uFFF9-\uFFFB\u{13430}-\u{1343F}]/gu;
/** More marks on one letter than any script writes: they would run over the lines above and below. */
const PILED = /(\p{M}{6})(\p{M}+)/gu;
const LEADING_MARK = /^\p{M}/u;

const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F/u;
/** Scripts in which a joiner decides how letters are written. */
const JOINED =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}]/u;
const HAN = /\p{Script=Han}/u;
const EMOJI = /\p{Emoji}/u;

/**
 * Shows what a text hides.
 *
 * C0 controls become their pictures (`␛`, `␍`, `␇`), all else that is suspect its code point (`<U+202E>`). Joiners and
 * variation selectors stay where an emoji or a script needs them.
 *
 * @param lines keep newlines and tabs, for texts of several lines
 * @example
 * visibleText('a\u001b[31mb\u202e') // 'a␛[31mb<U+202E>'
 */
export function visibleText(text: string, lines: boolean = false): string {
  if ((lines ? PLAIN_LINES : PLAIN).test(text)) return text;
  const clean = text
    .replace(SUSPECT, (char, at: number) => (lines && (char === '\n' || char === '\t') ? char : shown(char, text, at)))
    .replace(PILED, (_, kept: string, rest: string) => `${kept}<+${[...rest].length} marks>`);
  return LEADING_MARK.test(clean) ? `◌${clean}` : clean;
}

function shown(char: string, text: string, at: number): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return isNeeded(code, text, at) ? char : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Whether an invisible character is part of how its neighbours are written. */
function isNeeded(code: number, text: string, at: number): boolean {
  const before = characterBefore(text, at);
  if (code === 0xfe0e || code === 0xfe0f) return EMOJI.test(before);
  if (code === 0xfe00 || code === 0xfe01 || code === 0xfe02 || (code >= 0xe0100 && code <= 0xe01ef)) return HAN.test(before);
  if (code !== 0x200d && code !== 0x200c) return false;
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  if (JOINED.test(before) && JOINED.test(after)) return true;
  return code === 0x200d && PICTURE.test(before) && PICTURE.test(after) && after !== '\uFE0F';
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return '';
  const pair = at > 1 ? (text.codePointAt(at - 2) ?? 0) : 0;
  return pair > 0xffff ? String.fromCodePoint(pair) : text.charAt(at - 1);
}
