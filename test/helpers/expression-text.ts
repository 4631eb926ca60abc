/** Texts that an expression matches, and texts that make it work hard: drawn from its parts, so that every rule is met. */
import type { CharacterSet, Part } from '../../src/core/redaction/expression.ts';
import type { Chance } from './chance.ts';

/** Draws a text that an expression matches, but for what lookaheads and anchors ask besides. */
export function drawText(part: Part, chance: Chance, long = 40): string {
  switch (part.type) {
    case 'characters':
      return drawCharacter(part.set, chance);
    case 'sequence':
      return part.items.map((item) => drawText(item, chance, long)).join('');
    case 'choice':
      return drawText(chance.pick(part.options), chance, long);
    case 'repeat': {
      const most = Math.min(part.max, Math.max(part.min, long));
      const count = part.min + chance.below(most - part.min + 1);
      return Array.from({ length: count }, () => drawText(part.item, chance, long)).join('');
    }
    case 'look':
      // what must follow is written; what must not, or must stand before, is left to chance
      return part.isAhead && !part.isNegative ? drawText(part.item, chance, long) : '';
    default:
      return '';
  }
}

/** A letter or digit where one will do, so that a drawn secret looks like one. */
function drawCharacter(set: CharacterSet, chance: Chance): string {
  const all = Array.from({ length: 128 }, (_, unit) => unit).filter((unit) => set[unit] === 1);
  const plain = all.filter((unit) => /[A-Za-z0-9]/.test(String.fromCharCode(unit)));
  return String.fromCharCode(chance.pick(plain.length > 0 ? plain : all));
}

/** So many characters that lead an expression on as long as they can and then fail it, at every place anew. */
export function hostileTexts(part: Part, chance: Chance, length: number): string[] {
  const units = Array.from({ length: 12 }, () => drawText(part, chance, 60)).filter((text) => text !== '');
  const cut = units.flatMap((text) => [text.slice(0, Math.ceil(text.length / 2)), text.slice(0, -1), `${text.slice(0, 4)}`]);
  const pumped = units.map((text) => text.slice(0, 8) + (text.at(-1) ?? 'a').repeat(400));
  return [...new Set([...cut, ...pumped, ...units.slice(0, 4)])].slice(0, 40).map((text) => fill(text, length));
}

/** What is hostile to many expressions. */
export const COMMON_HOSTILE: readonly string[] = [
  'a',
  'A',
  '0',
  'aA0',
  '-',
  '=',
  ' ',
  '"',
  "'",
  '\\',
  '\n',
  '/',
  ':',
  '://a',
  'a:',
  'a@',
  '--a',
  '$',
  '<a',
  'é',
];

export function fill(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
