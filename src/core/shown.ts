/**
 * How a value that is wrong stands in an error message: short, on one line, and harmless to a terminal. Tells the kind
 * of objects and lists and never their content, which is an event's.
 */

/** Characters that change what a terminal does, or in which direction it writes. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** Characters of a text that are shown. */
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
  const text = value.length > LONGEST ? `${value.slice(0, LONGEST - 1).toWellFormed()}…` : value;
  return JSON.stringify(text).replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text from elsewhere, with what a terminal would act on replaced. */
export function harmless(text: string): string {
  return text.replace(UNSEEN, '\uFFFD');
}
