/**
 * Takes secrets out of payloads before they are hashed or written. Rules are bounded expressions, tried only where a
 * cheap probe finds their beginning; what is taken out leaves `«redacted:<kind>»`, and the payload says how many.
 */
import type { EventPayload } from './line.ts';

export interface RedactionRule {
  /** What the placeholder names. */
  readonly kind: string;
  /** Must be found (as it stands, in lower case) before the expression is tried at all. */
  readonly probes: readonly string[];
  /** Global; quantifiers bounded. With a group named `secret` only that group is taken out. */
  readonly pattern: RegExp;
}

/** Vendor token shapes as their issuers document them, and the contexts in which passwords stand. */
export const RULES: readonly RedactionRule[] = [
  {
    kind: 'private-key',
    probes: ['private key'],
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,12000}?(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  {
    kind: 'github-token',
    probes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})/g,
  },
  {
    kind: 'gitlab-token',
    probes: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-'],
    pattern: /\bgl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_.-]{16,255}/g,
  },
  { kind: 'aws-access-key', probes: ['akia', 'asia', 'abia', 'acca'], pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  {
    kind: 'slack-token',
    probes: ['xox', 'xapp-', 'hooks.slack.com'],
    pattern:
      /\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255})|hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,200}/g,
  },
  {
    kind: 'stripe-key',
    probes: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    pattern: /\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9]{20,255})/g,
  },
  { kind: 'api-key', probes: ['sk-'], pattern: /\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,255}/g },
  {
    kind: 'google-key',
    probes: ['aiza', 'gocspx-', 'ya29.'],
    pattern: /\b(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,80}|ya29\.[A-Za-z0-9_-]{20,500})/g,
  },
  { kind: 'npm-token', probes: ['npm_'], pattern: /\bnpm_[A-Za-z0-9]{30,255}/g },
  { kind: 'pypi-token', probes: ['pypi-ag'], pattern: /\bpypi-[A-Za-z0-9_-]{50,500}/g },
  { kind: 'supabase-key', probes: ['sb_secret_'], pattern: /\bsb_secret_[A-Za-z0-9_-]{16,255}/g },
  { kind: 'sendgrid-key', probes: ['sg.'], pattern: /\bSG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{30,60}/g },
  { kind: 'jwt', probes: ['eyj'], pattern: /\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/g },
  { kind: 'url-password', probes: ['://'], pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/(?<secret>[^\s/@:"'<>]{0,200}:[^\s/@"'<>]{1,200})@/gi },
  { kind: 'url-token', probes: ['://'], pattern: /\bhttps?:\/\/(?<secret>[^\s/@:"'<>]{16,255})@/gi },
  {
    kind: 'authorization',
    probes: ['bearer', 'basic ', 'authorization'],
    pattern: /\b(?:authorization\s{0,5}[:=]\s{0,5}["']?(?:bearer|basic|token)|bearer)\s{1,5}(?<secret>[A-Za-z0-9._~+/=-]{12,2000})/gi,
  },
  {
    kind: 'assigned-secret',
    probes: ['pass', 'secret', 'token', 'key', 'credential', 'pwd'],
    pattern:
      /(?:^|[^A-Za-z0-9])(?:[A-Za-z0-9]{1,30}[_.-]){0,5}(?:(?:pg|db)?passwd|(?:pg|db)?password|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credentials?|pwd)(?:[_-][A-Za-z0-9]{1,20}){0,3}["']?\s{0,3}(?:=|:(?![:/]))\s{0,3}(?:"(?<secret>[^"\s«]{6,500})"|'(?<secret2>[^'\s«]{6,500})'|(?<secret3>[^\s"'«=<>(){}[\],;$]{6,500}))/gi,
  },
  {
    kind: 'password-option',
    probes: ['-p', '--pass', '--token', '--secret', '--api-key', '--pwd'],
    pattern:
      /(?:--(?:password|passphrase|passwd|pwd|pass|token|secret|api-key|access-token|client-secret)(?:=|\s{1,3})|\bsshpass\s{1,3}-p\s{0,3}|\bmysql(?:dump)?\s(?:[^\n]{0,100}\s)?-p(?=\S))["']?(?<secret>[^\s"'«-][^\s"'«]{0,300})/gi,
  },
  {
    kind: 'piped-password',
    probes: ['--password-stdin'],
    pattern: /\b(?:echo|printf)\s{1,3}(?:-n\s{1,3})?["']?(?<secret>[^\s|"'«]{3,300})["']?\s{0,3}\|[^\n]{0,200}--password-stdin/gi,
  },
];

/**
 * Values that look assigned but name no secret: words of types and documentation, and references to variables. Not
 * identifiers in general: `PASSWORD=hunter2` is one.
 */
const HARMLESS =
  /^(?:true|false|null|none|undefined|nil|required|optional|string|number|boolean|env|redacted|passw(?:or)?d|passphrase|secret|token|api_?key|credentials?|\*+|x{3,}|\.{3,}|cl100k_base|o200k_base|process\.env[\w.]{0,60}|os\.environ[\w.]{0,60}|\$(?:\w{1,80}|\{\w{1,80}\})|%[a-z]|<[^>]{1,40}>)$/i;

/** Members that a schema holds to a shape no secret has, or that name things: never touched. */
const SAFE_MEMBERS = new Set(['sha', 'parents', 'output_sha256', 'user_id', 'old', 'new', 'id', 'terminal', 'status', 'kind']);

export interface Redactor {
  /** The payload without secrets, and what was found; never throws: what it cannot examine it drops, and says so. */
  redact(payload: EventPayload): EventPayload;
}

export interface RedactorOptions {
  readonly rules?: readonly RedactionRule[];
  /** Exact texts to take out: values of secret-looking variables of the environment. */
  readonly needles?: readonly { readonly name: string; readonly value: string }[];
  /** The home directory, shown as `~`. */
  readonly home?: string | undefined;
}

/** Makes a redactor. */
export function makeRedactor(options: RedactorOptions = {}): Redactor {
  const rules = options.rules ?? RULES;
  const probes = [...new Set(rules.flatMap((rule) => rule.probes))];
  const anyProbe = new RegExp(probes.map(escaped).join('|'), 'i');
  const needles = (options.needles ?? []).filter(({ value }) => value.length >= 6).sort((a, b) => b.value.length - a.value.length);
  const home =
    options.home !== undefined && options.home.length > 1 ? new RegExp(`${escaped(options.home)}(?=$|[/\\s:"'),;])`, 'g') : undefined;

  const clean = (text: string, kinds: string[]): string => {
    let result = text;
    for (const { name, value } of needles) {
      if (!result.includes(value)) continue;
      result = result.replaceAll(value, () => placeholder(`env-${name.toLowerCase().replaceAll('_', '-')}`, kinds));
    }
    if (home !== undefined) result = result.replace(home, '~');
    if (!anyProbe.test(result)) return result;
    const lower = result.toLowerCase();
    for (const rule of rules) {
      if (!rule.probes.some((probe) => lower.includes(probe))) continue;
      result = result.replace(rule.pattern, (...found) => replacement(rule, found, kinds));
    }
    return result;
  };

  // the same few names come again in every event
  const names = new Map<string, { clean: string; secret: boolean; kinds: readonly string[] }>();
  const nameOf = (name: string): { clean: string; secret: boolean; kinds: readonly string[] } => {
    const seen = names.get(name);
    if (seen !== undefined) return seen;
    const kinds: string[] = [];
    const known = { clean: clean(name, kinds), secret: SECRET_MEMBER.test(name), kinds };
    if (names.size < 1_000) names.set(name, known);
    return known;
  };

  const walk = (value: unknown, member: string, kinds: string[]): unknown => {
    if (typeof value === 'string') return SAFE_MEMBERS.has(member) ? value : clean(value, kinds);
    if (Array.isArray(value)) return mapped(value, (item) => walk(item, member, kinds));
    if (typeof value !== 'object' || value === null) return value;
    let copy: Record<string, unknown> | undefined;
    for (const [name, item] of Object.entries(value)) {
      const known = nameOf(name);
      const secret = known.secret && typeof item === 'string' && item !== '' && !item.startsWith('«redacted:');
      const after = secret ? placeholder('member', kinds) : walk(item, name, kinds);
      if (after === item && known.kinds.length === 0) continue;
      copy ??= { ...value };
      if (known.kinds.length > 0) delete copy[name];
      kinds.push(...known.kinds);
      copy[known.clean] = after;
    }
    return copy ?? value;
  };

  return {
    redact(payload) {
      const kinds: string[] = [];
      try {
        const result = walk(payload, '', kinds);
        if (kinds.length === 0) return result as EventPayload; // walk gives an object for an object
        const before = payload['redaction'];
        const known =
          typeof before === 'object' && before !== null && 'count' in before && typeof before.count === 'number' ? before.count : 0;
        return { ...(result as EventPayload), redaction: { count: kinds.length + known, kinds: [...new Set(kinds)].sort() } };
      } catch {
        return { dropped: 'the redactor failed, so nothing of it was kept', redaction: { count: 1, kinds: ['failed'] } };
      }
    },
  };
}

/** Variables whose values must not reach a journal, by their names. */
export function secretNeedles(environment: Readonly<Record<string, string | undefined>>): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value.length < 6 || /^(?:true|false|[0-9]{1,8})$/i.test(value) || value.startsWith('/')) continue;
    if (
      /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|CREDENTIALS?|AUTH)(?:$|_)/i.test(
        name,
      ) &&
      !/^(?:PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY)$/.test(name)
    ) {
      found.push({ name, value });
    }
  }
  return found;
}

/** A member such as `password: "…"` in a structured payload is a secret whatever it holds. */
const SECRET_MEMBER =
  /^(?:password|passwd|passphrase|secret|client_secret|access_token|refresh_token|api_?key|private_?key|authorization)$/i;

function replacement(rule: RedactionRule, found: readonly unknown[], kinds: string[]): string {
  const whole = String(found[0]);
  const groups = found.at(-1);
  if (typeof groups !== 'object' || groups === null) return placeholder(rule.kind, kinds);
  const secret = Object.values(groups).find((value): value is string => typeof value === 'string');
  if (secret === undefined || secret.startsWith('«redacted:') || HARMLESS.test(secret)) return whole;
  const at = whole.lastIndexOf(secret);
  return whole.slice(0, at) + placeholder(rule.kind, kinds) + whole.slice(at + secret.length);
}

function placeholder(kind: string, kinds: string[]): string {
  kinds.push(kind);
  return `«redacted:${kind}»`;
}

/** Maps without copying when nothing changes. */
function mapped(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [i, item] of items.entries()) {
    const after = change(item);
    if (after !== item) {
      copy ??= [...items];
      copy[i] = after;
    }
  }
  return copy ?? items;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
