/**
 * How a value that is wrong stands in an error message: short, on one line, and harmless to a terminal. Tells the kind
 * of objects and lists and never their content, which is an event's.
 */

/** Characters that change what a terminal does, or in which direction it writes. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** Characters of a text that is shown. */
const LONGEST = 60;

/**
 * A value as an error message shows it.
 *
 * @example
 * shown({ a: 1 }) // 'an object'
 */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  // cut in two, a secret could not be told from what it stands in
  if (value.length > LONGEST) return `a text of ${value.length} characters`;
  return JSON.stringify(value.toWellFormed()).replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text from elsewhere, with what a terminal would act on replaced. */
export function harmless(text: string): string {
  return text.replace(UNSEEN, '\uFFFD');
}
