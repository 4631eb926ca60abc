/** A line that is typed: what keys take away from its end. Pure. */

/**
 * The text less what a reader sees as its last character.
 *
 * @example
 * backspaced('a👍🏽') // 'a'
 */
export function backspaced(text: string): string {
  // made here, since node takes milliseconds for the first one, which whoever types nothing need not wait for
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  return text.slice(0, [...graphemes.segment(text)].at(-1)?.index ?? 0);
}

/**
 * The text less its last word.
 *
 * @example
 * withoutWord('npm test ') // 'npm '
 */
export function withoutWord(text: string): string {
  const words = text.trimEnd();
  return text.slice(0, words.lastIndexOf(' ') + 1);
}
