/**
 * Finds and takes out the secrets of one text: rules are tried where a probe found their beginning, in the text as it
 * stands and in its other readings. Says nothing of payloads; redact.ts walks those.
 */
import type { Needle } from './needles.ts';
import { Probes } from './probes.ts';
import type { Finding, RedactionRule } from './rule.ts';
import { type View, viewsOf } from './views.ts';

/** A stretch of a text that is a secret. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  /** Of two that overlap the lower one gives the kind. */
  readonly order: number;
}

export interface Redacted {
  readonly text: string;
  /** One for each secret that was taken out. */
  readonly kinds: readonly string[];
}

export interface FinderOptions {
  readonly rules: readonly RedactionRule[];
  readonly needles: readonly Needle[];
  /** What looks like a secret and is none. */
  readonly allow: readonly RegExp[];
  /** Called between rules; throws when it has taken too long. */
  readonly onStep: () => void;
}

/** A text is looked through again until nothing is found, for what is left may be a secret in its new place. */
const PASSES = 32;

export class Finder {
  readonly #options: FinderOptions;
  readonly #probes: Probes;

  constructor(options: FinderOptions) {
    const { rules, needles } = options;
    this.#options = options;
    // needles first, then rules: numbers are orders
    this.#probes = new Probes([...needles.map(({ value }) => [value]), ...rules.map((rule) => rule.probes)]);
  }

  /** @throws Error when a text does not come to rest, or the step says so */
  redact(text: string): Redacted {
    let result = text;
    const kinds: string[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      const spans = this.#find(result);
      if (spans.length === 0) return { text: result, kinds };
      for (const { kind } of spans) kinds.push(kind);
      result = cut(result, spans);
    }
    throw new Error('what was left kept looking like a secret');
  }

  #find(text: string): readonly Span[] {
    const spans: Span[] = [];
    this.#look(text, undefined, spans);
    for (const view of viewsOf(text)) this.#look(view.text, view, spans);
    return spans.length < 2 ? spans : merged(spans);
  }

  #look(text: string, view: View | undefined, spans: Span[]): void {
    const { rules, needles } = this.#options;
    for (const order of this.#probes.find(text)) {
      const needle = needles[order];
      const rule = rules[order - needles.length];
      this.#options.onStep();
      if (needle !== undefined) findNeedle(needle, order, text, view, spans);
      else if (rule !== undefined && (view?.isJoined !== true || rule.isToken)) this.#apply(rule, order, text, view, spans);
    }
  }

  #apply(rule: RedactionRule, order: number, text: string, view: View | undefined, spans: Span[]): void {
    const { pattern } = rule;
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const whole = found[0];
      if (whole === '') {
        pattern.lastIndex++;
        continue;
      }
      const finding = findingOf(found, whole, text);
      if (finding.secret === '' || finding.secret.includes('«redacted:') || rule.accepts?.(finding) === false) continue;
      if (this.#options.allow.some((expression) => expression.test(finding.secret))) continue;
      const quotes = finding.isQuoted ? (finding.end - finding.start - finding.secret.length) / 2 : 0;
      const end = quotes > 0 ? finding.end - quotes : endOfWord(text, finding.end);
      push(spans, finding.start + quotes, end, rule.kind, order, view);
    }
  }
}

/** Where the word ends that a rule has followed as far as it looks: the end of a long secret is as secret. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\w-]/.test(text.charAt(at))) at++;
  return at;
}

function findingOf(found: RegExpExecArray, whole: string, text: string): Finding {
  const groups = found.groups;
  const before = groups?.['before'] ?? '';
  const raw = groups?.['secret'] ?? whole;
  const quote = raw.charAt(0);
  const isQuoted = raw.length > 2 && (quote === '"' || quote === "'") && raw.endsWith(quote);
  const start = found.index + before.length;
  return { secret: isQuoted ? raw.slice(1, -1) : raw, before, isQuoted, text, start, end: start + raw.length };
}

function findNeedle({ value, kind }: Needle, order: number, text: string, view: View | undefined, spans: Span[]): void {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    push(spans, at, at + value.length, kind, order, view);
  }
}

function push(spans: Span[], start: number, end: number, kind: string, order: number, view: View | undefined): void {
  if (view === undefined) spans.push({ start, end, kind, order });
  else spans.push({ start: view.from(start), end: view.to(end - 1), kind, order });
}

/** Spans in order, those that overlap made one. */
function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else {
      const first = span.order < last.order ? span : last;
      result[result.length - 1] = { ...first, start: last.start, end: Math.max(last.end, span.end) };
    }
  }
  return result;
}

function cut(text: string, spans: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, kind } of spans) {
    result += text.slice(at, start) + placeholder(kind);
    at = end;
  }
  return result + text.slice(at);
}

/**
 * What stands in a secret's place.
 *
 * @example
 * placeholder('github-pat') // '«redacted:github-pat»'
 */
export function placeholder(kind: string): string {
  return `«redacted:${kind}»`;
}
