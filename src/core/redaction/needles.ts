/**
 * Exact texts that must not reach a journal: the values of secret-looking variables of the environment, as they stand
 * and in the forms in which programs print them. Pure; who calls says what the environment is.
 */
import { isHarmless } from './harmless.ts';

/** A text to be taken out, and what the placeholder says of it. */
export interface Needle {
  readonly kind: string;
  readonly value: string;
}

/** A secret by its name; two with one value are one. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** Names of variables whose values are secrets. */
const SECRET_VARIABLE =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASS|PASSPHRASE|PWD|PAT|APIKEY|API_KEY|APP_KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|CREDENTIALS?|AUTH|DSN|COOKIE)(?:$|_)|PASSWORD$|TOKEN$|APIKEY$|PASS$/i;
/** Names that say something about a secret, or the work directory. */
const NO_SECRET_VARIABLE = /^(?:PWD|OLDPWD|XAUTHORITY|INIT_CWD)$|_(?:DIR|EXPIRY|FILE|HOST|ID|NAME|PATH|PORT|SOCK|TYPE|TTL|URI|URL|USER)$/i;
/** Found in ordinary texts too: short ones, numbers, paths, and plain words of less than 12 letters. */
const ORDINARY = /^(?:.{0,5}|[0-9]{1,8}|[A-Za-z]{1,11}|(?:\/[a-z0-9._-]{1,80}){1,20}\/?)$/;

/**
 * Variables whose values must not reach a journal, by their names.
 *
 * @example
 * secretNeedles({ NPM_TOKEN: 'npm-1a2b3c4d', HOME: '/root' }) // [{ name: 'NPM_TOKEN', value: 'npm-1a2b3c4d' }]
 */
export function secretNeedles(environment: Readonly<Record<string, string | undefined>>): readonly NamedSecret[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || !SECRET_VARIABLE.test(name) || NO_SECRET_VARIABLE.test(name)) return [];
    return ORDINARY.test(value) || isHarmless(value) ? [] : [{ name, value }];
  });
}

/**
 * A secret in all the forms in which it may be printed: as it is, percent-encoded, in base64 (of any alignment), with
 * the escapes of JSON and of shells, line by line. The longest first, since it may hold a shorter one.
 */
export function needlesOf(secrets: readonly NamedSecret[]): readonly Needle[] {
  const needles = new Map<string, Needle>();
  for (const { name, value } of secrets) {
    const kind = `env-${name
      .toLowerCase()
      .replace(/[^a-z0-9]{1,64}/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 32)}`;
    for (const form of formsOf(value)) if (form.length >= 6 && !needles.has(form)) needles.set(form, { kind, value: form });
  }
  return [...needles.values()].sort((a, b) => b.value.length - a.value.length);
}

function formsOf(value: string): readonly string[] {
  const whole = value.toWellFormed();
  const encoded = encodeURIComponent(whole);
  const lines = whole.split(/\r?\n/).filter((line) => line.length >= 16);
  return [
    whole,
    whole.trim(),
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    encoded.replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    JSON.stringify(whole).slice(1, -1),
    JSON.stringify(JSON.stringify(whole).slice(1, -1)).slice(1, -1),
    whole.replaceAll("'", "'\\''"),
    whole.replace(/[^\w@%+=:,./\n\u0080-\uffff-]/g, (char) => `\\${char}`),
    whole.replace(/["\\$`]/g, (char) => `\\${char}`),
    ...(/[^\0-\u007f]/.test(whole) ? [latin1(whole)] : []),
    ...base64(whole),
    ...(lines.length > 1 ? lines : []),
  ];
}

/** The UTF-8 bytes of a text, read as latin-1: so they stand in bytes that are no UTF-8 as a whole. */
function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** What base64 makes of a text wherever in a group of three bytes it begins, less what its neighbours decide. */
function base64(text: string): readonly string[] {
  const bytes = latin1(text);
  // of a short one so little is left that it might be chance
  const inside =
    bytes.length < 9
      ? []
      : [1, 2].map((shift) =>
          btoa(`${'\0'.repeat(shift)}${bytes}`)
            .replace(/=+$/, '')
            .slice(shift + 1, -1),
        );
  const alone = btoa(bytes);
  const all = [alone, alone.replace(/=+$/, '').slice(0, bytes.length % 3 === 0 ? undefined : -1), ...inside];
  return all.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}
