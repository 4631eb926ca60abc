/**
 * The one sanitizer for terminals: every text that comes from an event passes here before it is shown (R72). A terminal
 * acts on nothing that can be seen, so what is invisible is shown, and that is all.
 */
import { visibleText } from '../timeline/visible-text.ts';

/**
 * Makes a text harmless for a terminal.
 *
 * @param lines keep newlines and tabs, for texts of several lines
 * @example
 * terminalText('a\u001b[31mb\u202e') // 'a␛[31mb<U+202E>'
 */
export function terminalText(text: string, lines: boolean = false): string {
  return visibleText(text, lines);
}

/**
 * Makes JSON harmless for a terminal, and leaves it the same JSON: JSON.stringify lets DEL, C1 controls and
 * direction marks through, which can only stand in strings, where an escape says the same.
 *
 * @example
 * jsonForTerminal('"\u009b"') // '"\\u009b"'
 */
export function jsonForTerminal(json: string): string {
  return json.replace(/[\x7f-\x9f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
