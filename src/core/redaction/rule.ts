/**
 * What a redaction rule is: an expression that finds one kind of secret, and where its knowledge comes from. Rules are
 * grouped by their reason: vendor-rules.ts by shape, context-rules.ts by place, entropy-rules.ts by chance.
 */

/** A secret that a rule has found, with where it stands. */
export interface Finding {
  /** Without the quotes around it. */
  readonly secret: string;
  /** What the rule matched before it. */
  readonly before: string;
  readonly isQuoted: boolean;
  readonly text: string;
  /** Where the secret, with its quotes, begins and ends in the text. */
  readonly start: number;
  readonly end: number;
}

export interface RedactionRule {
  /** What the placeholder names: `[a-z][a-z0-9-]{0,40}`. */
  readonly kind: string;
  /** One of them must occur, in whatever case, before the expression is tried; without any it always is. */
  readonly probes: readonly string[];
  /** Global. With groups `before` and `secret`, which stand one behind the other, only the secret is taken out. */
  readonly pattern: RegExp;
  /** Whether what was found is a secret; without it, everything is. */
  readonly accepts?: (finding: Finding) => boolean;
  /** Where the fact comes from that such a thing is a secret. */
  readonly source: string;
  /** Under what terms the fact is used here. */
  readonly licence: string;
  /** Told by its shape alone, so that it is looked for in joined lines too. */
  readonly isToken?: boolean;
}

/** A probe that stands for a run of 24 or more base64 characters. */
export const LONG_RUN = '';

/** Prefixes, lengths and names of options are facts; every expression here was written for this program. */
export const FACT = 'fact, in our own words';
