/**
 * Full-text search over all that events say: type, session and every text in their payloads, in lower case. The texts are
 * gathered piece by piece, so that the page can be used meanwhile. Knows no document.
 */
import type { PageTrace } from './trace.ts';

/** Events whose texts are joined. */
const GROUP = 1_024;
const MARK = '\u0000';

interface Group {
  readonly text: string;
  /** Where the text of each event begins. */
  readonly from: readonly number[];
}

export class SearchText {
  readonly #trace: PageTrace;
  readonly #groups: Group[] = [];

  constructor(trace: PageTrace) {
    this.#trace = trace;
  }

  /** How many events are searched. */
  get ready(): number {
    return Math.min(this.#groups.length * GROUP, this.#trace.count);
  }

  get isWhole(): boolean {
    return this.ready >= this.#trace.count;
  }

  /** Gathers the texts of some more events. */
  gather(): void {
    const from: number[] = [];
    const first = this.#groups.length * GROUP;
    const last = Math.min(first + GROUP, this.#trace.count);
    let text = '';
    for (let i = first; i < last; i++) {
      from.push(text.length);
      text += `${this.#trace.typeOf(i)}\n${this.#trace.sessionOf(i)}\n${textsIn(this.#trace.payloadOf(i))}${MARK}`;
    }
    this.#groups.push({ text: text.toLowerCase(), from });
  }

  /** The events in which every word of a query occurs, in order; `"two words"` are looked for as they stand. */
  find(query: string): number[] {
    const words = wordsOf(query);
    const [longest, ...others] = words.toSorted((a, b) => b.length - a.length);
    if (longest === undefined) return [];
    const found: number[] = [];
    for (const [g, group] of this.#groups.entries()) findIn(group, longest, others, g * GROUP, found);
    return found;
  }
}

/**
 * The words of a query.
 *
 * @example
 * wordsOf('npm "not found"') // ['npm', 'not found']
 */
export function wordsOf(query: string): string[] {
  const found = query.toLowerCase().matchAll(/"([^"]*)"?|(\S+)/g);
  return [...found].map(([, quoted, plain]) => quoted ?? plain ?? '').filter((word) => word !== '');
}

/** Adds to `found` the events of a group, the first of which is `first`. */
function findIn({ text, from }: Group, word: string, others: readonly string[], first: number, found: number[]): void {
  for (let at = text.indexOf(word), i = 0; at >= 0; ) {
    while ((from[i + 1] ?? Number.POSITIVE_INFINITY) <= at) i++;
    const end = from[i + 1] ?? text.length;
    if (others.length === 0 || holdsAll(text.slice(from[i], end), others)) found.push(first + i);
    at = text.indexOf(word, end);
  }
}

function holdsAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

/** All texts and numbers in a value, one a line; names of members say what sort of thing it is and are not searched. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll(MARK, ' ');
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return '';
  let text = '';
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const own = textsIn(member);
    if (own !== '') text += text === '' ? own : `\n${own}`;
  }
  return text;
}
