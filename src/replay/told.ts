/** An event as told: the shape that tellers fill and the text view lays out, and the words that all tellers share. */
import { memberOf, numberOf } from '../timeline/members.ts';
import { type Span, type Style, span } from './paint.ts';

/** One event as lines-to-be. */
export interface Told {
  /** One column. */
  readonly symbol: string;
  readonly style: Style;
  /** Gives way when the line is too long. */
  readonly words: readonly Span[];
  /** Stands behind the words and is kept whole. */
  readonly result?: readonly Span[];
  /** Stands behind the result if there is room, else beneath. */
  readonly aside?: readonly Span[];
  /** Lines beneath, indented. */
  readonly below?: readonly (readonly Span[])[];
}

export interface View {
  /** Columns that the words and the lines beneath may take. */
  readonly columns: number;
  /** Show diffs and the files of commits. */
  readonly patch: boolean;
  /** Show everything, fold and shorten nothing. */
  readonly all: boolean;
  /** Failing tests are told right after: a failed command needs to give their causes only. */
  readonly testsFollow?: boolean;
}

/** A line of little weight. */
export function quiet(text: string): Told {
  return { symbol: '·', style: 'dim', words: [span(text, 'dim')] };
}

/** An object's name as people read it. */
export function short(sha: string | undefined): string | undefined {
  return sha !== undefined && /^[0-9a-f]{40,64}$/.test(sha) ? sha.slice(0, 7) : sha;
}

/** Lines added and deleted, `+10 −2`; nothing where neither is known. */
export function changed(additions: number | undefined, deletions: number | undefined): Span[] {
  if (additions === undefined && deletions === undefined) return [];
  return [span(`+${additions ?? 0}`, 'green'), span(' '), span(`−${deletions ?? 0}`, 'red')];
}

/** What a payload says was done to it before it was written. */
export function marksOf(payload: unknown): Span[] {
  const spans: Span[] = [];
  const count = numberOf(memberOf(payload, 'redaction'), 'count') ?? 0;
  if (count > 0) spans.push(span(`  [${count} redacted]`, 'yellow'));
  if (memberOf(payload, 'truncated') === true) spans.push(span('  [cut]', 'dim'));
  return spans;
}
