/**
 * Values that stand where secrets stand and are none: words of types and documentation, references to what is elsewhere,
 * code and prose. Not identifiers in general: `PASSWORD=hunter2` is a secret.
 */
import type { Finding } from './rule.ts';

/** Whose key it is, where one is secret: "key" alone says nothing. */
const KEYS =
  'api app access private secret signing encryption account master deploy shared sharedaccess storage license session service'.split(' ');
const PASSES = 'db ssh ftp smtp mail store key user root admin'.split(' ');

/** Ends of names whose values are secrets, as an expression. */
export const NAMES = `passw(?:or)?d|passphrase|passcode|secret|token|(?:${KEYS.join('|')})[_-]?keys?|credentials?|(?:${PASSES.join('|')})_?pass`;

/** The same and a few more, in small letters and without dashes. Not an expression: to make one takes longer than a flush does. */
const ENDS = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'secret', 'token', 'credential', 'credentials', 'secretkeybase'],
  ...['authorization', 'cookie', ...KEYS.flatMap((whose) => [`${whose}key`, `${whose}keys`]), ...PASSES.map((whose) => `${whose}pass`)],
];

/**
 * Whether the value of a member or variable of this name is a secret whatever it is.
 *
 * @example
 * ['githubToken', 'AWS_SECRET_ACCESS_KEY', 'tokens_saved'].map(isSecretName) // [true, true, false]
 */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  return ENDS.some((end) => plain.endsWith(end));
}

/** An option of a command line whose value is the next word. */
export const SECRET_OPTION = new RegExp(`^--?(?:[a-z0-9]{1,20}-){0,4}(?:${NAMES}|pass|pwd)$`, 'i');

const HARMLESS =
  /^(?:true|false|yes|no|on|off|null|none|undefined|nil|required|optional|string|str|number|boolean|bool|bytes|env|inherit|redacted|changeme|secrets?|tokens?|passw(?:or)?ds?|passphrase|api_?key|credentials?|hidden|masked|[*•.x]{3,}|cl100k_base|[op]\d{1,2}k_base|(?:id|type|env)=\S*|%[a-z]|<[^>]{1,60}>|(?:~|\.{1,2})?(?:\/[a-z0-9._-]{1,80}){1,30}\/?|\/(?:Users|home)\/.{0,300})$/i;

/** Whether a value stands for one that is elsewhere: `$TOKEN`, `${{ secrets.X }}`, `process.env.X`. */
function isReference(value: string): boolean {
  return /^(?:\$[\w({]|%\w{1,60}%$|\{\{|(?:process|import\.meta)\.env\b|os\.environ\b|os\.getenv\b|System\.getenv\b|ENV\[|@?[A-Za-z]\w{0,40}\.[A-Za-z_.]{1,60}$)/.test(
    value,
  );
}

/**
 * Tells whether a value is no secret wherever it stands.
 *
 * @example
 * isHarmless('${TOKEN}') // true
 */
export function isHarmless(value: string): boolean {
  return value === '' || value.startsWith('«redacted:') || isReference(value) || HARMLESS.test(value);
}

/** Names that say something about a secret and do not hold it: `token_count`, `PASSWORD_FILE`. */
const ABOUT =
  /[_-](?:count|dir|endpoint|expir(?:es|y|ation)|field|file|format|header|id|len|length|limit|max|min|name|path|policy|prefix|size|ttl|type|uri|url|version)\W{0,9}$/i;

/** Whether a value behind `name=` or `name:` is a secret, and not code, prose or a word of documentation. */
export function isAssignedSecret({ secret, before, isQuoted, text, start, end }: Finding): boolean {
  if (ABOUT.test(before)) return false;
  // a quote that closes, not one that opens, has a space behind it
  if (isQuoted) return !/^\s/.test(secret);
  // a call, an index, a template: code
  if ('([{`'.includes(text[end] ?? ' ') || /^[A-Za-z_]{1,40}(?:\??\.[A-Za-z_]{1,40}){1,9}[!?]?$/.test(secret)) return false;
  // `token = lookUp ?? other`, `this.token = token;`
  if (/\s=\s{1,3}$/.test(before) && /^[A-Za-z_]{1,60}$/.test(secret) && /^(?:;| (?:\?\?|\|\||&&|[?+] ))/.test(text.slice(end, end + 4)))
    return false;
  if (!/:\s{0,3}$/.test(before) || /[^A-Za-z.!?-]/.test(secret)) return true;
  // a plain word behind a colon is prose ("token: anything"), unless it is all there is in the line, as in YAML
  const line = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - 200), start);
  return (
    /^[\s+-]{0,60}["']?[\w.-]{1,100}["']?\s{0,9}:\s{0,9}$/.test(line) &&
    /^[ \t]{0,60}(?:#.{0,200})?(?:\r?\n|$)/.test(text.slice(end, end + 200))
  );
}

/** Whether the value that is the whole rest of a line is a secret and not a statement. */
export function isLineSecret(finding: Finding): boolean {
  const { secret, text, start } = finding;
  const line = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - 300), start);
  if (!/^[ \t+-]{0,80}(?:export |set |ENV |ARG )?["']?[\w.-]{1,100}["']?[ \t]{0,3}[=:][ \t]{0,3}$/i.test(line)) return false;
  if (/[([{].{0,400}[)\]};,]$|[;,{(]$|=>|\(\)/.test(secret)) return false;
  return isAssignedSecret(finding);
}
