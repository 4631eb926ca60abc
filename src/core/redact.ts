/**
 * Takes secrets out of payloads before they are hashed or written. What is taken out leaves `«redacted:<kind>»`, and the
 * payload says how many. Never lets through what it could not look at: if a rule fails or is slow, the payload is dropped.
 */
import type { EventPayload, Sha256 } from './line.ts';
import { Finder, placeholder, type Redacted } from './redaction/find.ts';
import { isHarmless, isSecretName, SECRET_OPTION } from './redaction/harmless.ts';
import { markData } from './redaction/marks.ts';
import { type NamedSecret, needlesOf } from './redaction/needles.ts';
import type { RedactionRule } from './redaction/rule.ts';
import { RULES } from './redaction/rules.ts';

export interface Redactor {
  /** The payload without secrets, and what was found; never throws: what it cannot examine it drops, and says so. */
  redact(payload: EventPayload): EventPayload;
  /** A text without secrets; one that cannot be examined is replaced as a whole. */
  text(text: string): Redacted;
}

export interface RedactorOptions {
  /** Further rules, a person's or a team's, tried before ours. */
  readonly rules?: readonly RedactionRule[];
  /** What looks like a secret to a rule and is none. Needles are taken out all the same. */
  readonly allow?: readonly RegExp[];
  /** Exact texts to take out: values of secret-looking variables of the environment. */
  readonly needles?: readonly NamedSecret[];
  /** The home directory, shown as `~`. */
  readonly home?: string | undefined;
  /** For the marks of data. */
  readonly sha256?: Sha256;
  /** Milliseconds of a clock that never jumps back; without it no time is too long. */
  readonly now?: () => number;
  /** Milliseconds that one payload may take. */
  readonly budget?: number;
}

/** Rules are bounded, and take microseconds; what takes this long must be hostile, or somebody's own rule. */
const BUDGET = 2_000;

/** A text is looked through until nothing changes; it seldom takes more than two. */
const PASSES = 8;

/** Shapes that no secret has, by the members that a schema holds to them: never touched. */
const SAFE_MEMBERS = new Map<string, RegExp>([
  ...['sha', 'parents', 'old', 'new', 'id', 'output_sha256', 'head', 'base', 'from', 'to'].map((name): [string, RegExp] => [
    name,
    /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  ]),
  ['user_id', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ['terminal', /^(?:pty|pipe|inherit)$/],
  ['status', /^(?:started|completed|failed|interrupted|cancelled|open|merged|closed)$/],
  ['kind', /^(?:shell|ide|agent|ci|hook|api)$/],
]);

/**
 * Makes a redactor.
 *
 * @example
 * makeRedactor().redact({ command: 'psql --password swordfish' })['command'] // 'psql --password «redacted:password-option»'
 */
export function makeRedactor(options: RedactorOptions = {}): Redactor {
  const redaction = new Redaction(options);
  return {
    redact(payload) {
      const found = new Found();
      try {
        redaction.start();
        const result = redaction.value(payload, '', found) as EventPayload; // an object comes of an object
        const { kinds } = found;
        const marked = found.isMarked ? { ...result, truncated: true } : result;
        if (kinds.length === 0) return marked;
        const before = payload['redaction'];
        const known =
          typeof before === 'object' && before !== null && 'count' in before && typeof before.count === 'number' ? before.count : 0;
        const names = typeof before === 'object' && before !== null && 'kinds' in before && Array.isArray(before.kinds) ? before.kinds : [];
        const all = new Set([...names.filter((name) => typeof name === 'string'), ...kinds]);
        return { ...marked, redaction: { count: Math.min(kinds.length + known, Number.MAX_SAFE_INTEGER), kinds: [...all].sort() } };
      } catch (error) {
        const why = error instanceof Slow ? `took longer than ${redaction.budget} ms` : 'failed';
        return { dropped: `the redactor ${why}, so nothing of it was kept`, redaction: { count: 1, kinds: ['failed'] } };
      }
    },
    text(text) {
      const found = new Found();
      try {
        redaction.start();
        return { text: redaction.text(text, found), kinds: found.kinds };
      } catch {
        return { text: '«dropped: the redactor failed»', kinds: ['failed'] };
      }
    },
  };
}

/** What was found in one payload. */
class Found {
  readonly kinds: string[] = [];
  isMarked = false;
}

class Slow extends Error {}

/** What is known of a member's name; the same few come again in every event. */
interface Name {
  readonly clean: string;
  readonly kinds: readonly string[];
  readonly isSecret: boolean;
}

class Redaction {
  readonly budget: number;
  readonly #finder: Finder;
  readonly #home: { readonly path: string; readonly pattern: RegExp } | undefined;
  readonly #sha256: Sha256 | undefined;
  readonly #now: (() => number) | undefined;
  readonly #names = new Map<string, Name>();
  #deadline = 0;

  constructor(options: RedactorOptions) {
    const { rules = [], allow = [], needles = [], home = '', sha256, now, budget = BUDGET } = options;
    this.budget = budget;
    this.#sha256 = sha256;
    this.#now = now;
    const onStep = (): void => {
      if (this.#now !== undefined && this.#now() > this.#deadline) throw new Slow();
    };
    this.#finder = new Finder({ rules: [...rules, ...RULES], needles: needlesOf(needles), allow, onStep });
    const path = home.replace(/\/{1,9}$/, '');
    // only as a whole path: `/root` is not in `packages/root/`; but it may stand right behind an option, as in -I/root
    if (path !== '') this.#home = { path, pattern: new RegExp(`(?:(?<![\\w.~-])|(?<=\\s-[A-Za-z]))${escaped(path)}(?![\\w.-])`, 'g') };
  }

  start(): void {
    if (this.#now !== undefined) this.#deadline = this.#now() + this.budget;
  }

  /** The value without secrets; the same one if it has none. */
  value(value: unknown, member: string, found: Found): unknown {
    if (typeof value === 'string') return SAFE_MEMBERS.get(member)?.test(value) ? value : this.text(value, found);
    if (Array.isArray(value)) return this.#list(value, member, found);
    return typeof value === 'object' && value !== null ? this.#object(value, found) : value;
  }

  /** Home, secrets and data, again and again, for what one of them leaves may be another's. */
  text(text: string, found: Found): string {
    let result = text;
    for (let pass = 0; pass < PASSES; pass++) {
      const short = this.#home !== undefined && result.includes(this.#home.path) ? result.replace(this.#home.pattern, '~') : result;
      const { text: clean, kinds } = this.#finder.redact(short);
      for (const kind of kinds) found.kinds.push(kind);
      const marked = markData(clean, this.#sha256);
      if (marked !== clean) found.isMarked = true;
      if (marked === result) return result;
      result = marked;
    }
    throw new Error('what was left did not come to rest');
  }

  #list(items: readonly unknown[], member: string, found: Found): readonly unknown[] {
    const after = items.map((item, i) => {
      const before = items[i - 1];
      // an option of a command line, and its value in the next word
      const isValue = typeof item === 'string' && typeof before === 'string' && before.startsWith('-') && SECRET_OPTION.test(before);
      return isValue && !item.startsWith('-') ? wholly(item, found) : this.value(item, member, found);
    });
    return after.some((item, i) => item !== items[i]) ? after : items;
  }

  #object(value: object, found: Found): object {
    const entries = Object.entries(value);
    // a variable or header as `{name, value}`
    const title = 'value' in value ? ('name' in value ? value.name : 'key' in value ? value.key : undefined) : undefined;
    const isPair = typeof title === 'string' && isSecretName(title);
    let changed = false;
    const after = entries.map(([name, item]): [string, unknown] => {
      const known = this.#name(name);
      const isSecret = known.isSecret || (isPair && name === 'value');
      const replaced = isSecret ? this.#member(item, found) : this.value(item, name, found);
      for (const kind of known.kinds) found.kinds.push(kind);
      changed ||= replaced !== item || known.clean !== name;
      return [known.clean, replaced];
    });
    return changed ? Object.fromEntries(distinct(after)) : value;
  }

  /** The value of a member whose name says that it is a secret. */
  #member(item: unknown, found: Found): unknown {
    if (typeof item === 'string') return wholly(item, found);
    if (typeof item === 'number') {
      found.kinds.push('member');
      return placeholder('member');
    }
    return Array.isArray(item) ? item.map((one) => this.#member(one, found)) : this.value(item, '', found);
  }

  #name(name: string): Name {
    const seen = this.#names.get(name);
    if (seen !== undefined) return seen;
    const { text: clean, kinds } = this.#finder.redact(name);
    const known = { clean, kinds, isSecret: isSecretName(name) };
    if (this.#names.size < 1_000) this.#names.set(name, known);
    return known;
  }
}

/** A text that is a secret as a whole. */
function wholly(text: string, found: Found): string {
  if (isHarmless(text)) return text;
  found.kinds.push('member');
  return placeholder('member');
}

/** Entries whose names are told apart, where two became one placeholder. */
function distinct(entries: readonly (readonly [string, unknown])[]): (readonly [string, unknown])[] {
  const taken = new Set<string>();
  return entries.map(([name, item]) => {
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name} ${n}`;
    taken.add(free);
    return [free, item];
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
