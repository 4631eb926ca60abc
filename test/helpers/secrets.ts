/**
 * Secrets that open nothing, made at run time: no file of this repository may hold a token, because hosts refuse a push
 * of one. Each kind is made as its issuer makes it, and put where people put it.
 */
import { BASE32, BASE62, BASE64, BASE64URL, type Chance, DIGITS, HEX, LOWER, UPPER } from './chance.ts';

export interface SecretKind {
  readonly name: string;
  readonly make: (chance: Chance) => string;
  /** `token`: its shape tells it, wherever it stands. `password`: only its place does. `whole`: it brings its place along. */
  readonly form: 'token' | 'password' | 'whole';
}

const token = (name: string, make: (chance: Chance) => string): SecretKind => ({ name, make, form: 'token' });
const password = (name: string, make: (chance: Chance) => string): SecretKind => ({ name, make, form: 'password' });

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const dashed = (c: Chance): string => [8, 4, 4, 4, 12].map((length) => c.text(HEX, length)).join('-');
const WORDS = ['correct', 'horse', 'battery', 'staple', 'sunny', 'orange', 'velvet', 'tiger'];

const pem = (label: string, lines: number) => (c: Chance) => {
  const body = Array.from({ length: lines }, () => c.text(BASE64, 64)).join('\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
};

/** A word in two halves, so that no scanner takes a line of this file for a token. */
const halves = (...parts: readonly string[]): string => parts.join('');

export const SECRET_KINDS: readonly SecretKind[] = [
  token('github classic token', (c) => `${halves('gh', 'p_')}${c.text(BASE62, 36)}`),
  token('github fine-grained token', (c) => `${halves('github', '_pat_')}${c.text(BASE62, 22)}_${c.text(BASE62, 59)}`),
  token('github app token', (c) => `${halves('gh', c.pick(['s', 'o', 'u', 'r']), '_')}${c.text(BASE62, 36)}`),
  token('gitlab token', (c) => `${halves('gl', 'pat-')}${c.text(BASE64URL, 20)}`),
  token('gitlab runner token', (c) => `${halves('gl', 'rt-')}${c.text(BASE64URL, 20)}`),
  token('bitbucket app password', (c) => `${halves('AT', 'BB')}${c.text(BASE62, 32)}`),
  token('atlassian token', (c) => `${halves('ATA', 'TT3')}xFfGF0${c.text(BASE64URL, 178)}`),
  token('aws access key id', (c) => `${c.pick(['AKIA', 'ASIA'])}${c.text(BASE32, 16)}`),
  token('aws secret key', (c) => c.text(BASE64, 40)),
  token('google api key', (c) => `${halves('AI', 'za')}${c.text(BASE64URL, 35)}`),
  token('google oauth secret', (c) => `${halves('GOC', 'SPX-')}${c.text(BASE64URL, 28)}`),
  token('google access token', (c) => `${halves('ya', '29.')}${c.text(BASE64URL, 120)}`),
  token('azure client secret', (c) => `${c.text(BASE62, 3)}8Q~${c.text(BASE62, 34)}`),
  token('azure storage key', (c) => `${c.text(BASE64, 86)}==`),
  token('digitalocean token', (c) => `${halves('dop', '_v1_')}${c.text(HEX, 64)}`),
  token('slack bot token', (c) => `${halves('xo', 'xb-')}${c.text(DIGITS, 12)}-${c.text(DIGITS, 12)}-${c.text(BASE62, 24)}`),
  token('slack app token', (c) => `${halves('xa', 'pp-')}1-A${c.text(UPPER, 10)}-${c.text(DIGITS, 13)}-${c.text(HEX, 64)}`),
  token(
    'slack webhook',
    (c) => `https://hooks.${halves('slack', '.com')}/services/T${c.text(UPPER, 9)}/B${c.text(UPPER, 9)}/${c.text(BASE62, 24)}`,
  ),
  token('discord webhook', (c) => `https://${halves('discord', '.com')}/api/webhooks/${c.text(DIGITS, 18)}/${c.text(BASE64URL, 68)}`),
  token('discord bot token', (c) => `M${c.text(BASE62, 23)}.${c.text(BASE62, 6)}.${c.text(BASE62, 38)}`),
  token('stripe key', (c) => `${halves(c.pick(['s', 'r']), 'k_', c.pick(['live', 'test']), '_')}${c.text(BASE62, 24)}`),
  token('stripe webhook secret', (c) => `${halves('whs', 'ec_')}${c.text(BASE62, 32)}`),
  token('openai key', (c) => `${halves('sk-', 'proj-')}${c.text(BASE62, 40)}T3BlbkFJ${c.text(BASE62, 40)}`),
  token('anthropic key', (c) => `${halves('sk-', 'ant-')}api03-${c.text(BASE64URL, 93)}AA`),
  token('groq key', (c) => `${halves('gs', 'k_')}${c.text(BASE62, 52)}`),
  token('huggingface token', (c) => `${halves('h', 'f_')}${c.text(BASE62, 34)}`),
  token('npm token', (c) => `${halves('np', 'm_')}${c.text(BASE62, 36)}`),
  token('pypi token', (c) => `${halves('py', 'pi-')}AgEIcHlwaS5vcmc${c.text(BASE64URL, 150)}`),
  token('rubygems key', (c) => `${halves('ruby', 'gems_')}${c.text(HEX, 48)}`),
  token('crates.io token', (c) => `${halves('c', 'io')}${c.text(BASE62, 32)}`),
  token('docker token', (c) => `${halves('dckr', '_pat_')}${c.text(BASE64URL, 27)}`),
  token('sendgrid key', (c) => `${halves('S', 'G.')}${c.text(BASE64URL, 22)}.${c.text(BASE64URL, 43)}`),
  token('mailchimp key', (c) => `${c.text(HEX, 32)}-us${c.below(20) + 1}`),
  token('twilio key', (c) => `${halves('S', 'K')}${c.text(HEX, 32)}`),
  token('telegram bot token', (c) => `${c.text('123456789', 9)}:AA${c.text(BASE64URL, 33)}`),
  token('supabase secret', (c) => `${halves('sb_', 'secret_')}${c.text(BASE64URL, 31)}`),
  token('vault token', (c) => `${halves('hv', 's.')}${c.text(BASE62, 90)}`),
  token('terraform cloud token', (c) => `${c.text(BASE62, 14)}.${halves('atlas', 'v1.')}${c.text(BASE62, 67)}`),
  token('shopify token', (c) => `${halves('shp', 'at_')}${c.text(HEX, 32)}`),
  token('grafana token', (c) => `${halves('gl', 'sa_')}${c.text(BASE62, 32)}_${c.text(HEX, 8)}`),
  token('sentry token', (c) => `${halves('snt', 'rys_')}${c.text(BASE62, 120)}`),
  token('linear key', (c) => `${halves('lin', '_api_')}${c.text(BASE62, 40)}`),
  token('databricks token', (c) => `${halves('da', 'pi')}${c.text(HEX, 32)}`),
  token('new relic key', (c) => `${halves('NR', 'AK-')}${c.text(UPPER + DIGITS, 27)}`),
  token('doppler token', (c) => `${halves('dp', '.pt.')}${c.text(BASE62, 43)}`),
  token('planetscale password', (c) => `${halves('pscale', '_pw_')}${c.text(BASE62, 43)}`),
  token('tailscale key', (c) => `${halves('ts', 'key-')}auth-${c.text(BASE62, 12)}-${c.text(BASE62, 32)}`),
  token('age key', (c) => `${halves('AGE-', 'SECRET-KEY-1')}${c.text(UPPER + DIGITS, 58)}`),
  token('airtable token', (c) => `${halves('pa', 't')}${c.text(BASE62, 14)}.${c.text(HEX, 64)}`),
  token('notion token', (c) => `${halves('nt', 'n_')}${c.text(BASE62, 46)}`),
  token('figma token', (c) => `${halves('fi', 'gd_')}${c.text(BASE64URL, 40)}`),
  token('json web token', (c) => {
    const claims = JSON.stringify({ sub: c.text(DIGITS, 10), name: c.text(LOWER, 8), iat: 1_516_239_022 });
    return `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(claims)}.${c.text(BASE64URL, 43)}`;
  }),
  token('bcrypt hash', (c) => `$2b$12$${c.text(`./${BASE62}`, 53)}`),
  token('sha512-crypt hash', (c) => `$6$${c.text(BASE62, 16)}$${c.text(`./${BASE62}`, 86)}`),
  token('generated password, 48 letters', (c) => c.text(BASE62, 48)),
  token('pkcs8 private key', pem(halves('PRIVATE ', 'KEY'), 26)),
  token('openssh private key', pem(halves('OPENSSH PRIVATE ', 'KEY'), 6)),
  token('ec private key', pem(halves('EC PRIVATE ', 'KEY'), 3)),
  password('hex api key', (c) => c.text(HEX, 32)),
  password('uuid api key', dashed),
  password('hex secret, 64 digits', (c) => c.text(HEX, 64)),
  password('generated password', (c) => `${c.text(BASE62, 15)}${c.text(DIGITS, 1)}`),
  password('passphrase', (c) => `${c.pick(WORDS)}-${c.pick(WORDS)}-${c.pick(WORDS)}-${c.below(90) + 10}`),
  password('plain word', (c) => `${c.pick(WORDS)}${c.pick(WORDS)}`),
  password('word with a number', (c) => `${c.pick(WORDS)}${c.below(9000) + 1000}`),
  password('base64 secret', (c) => base64(c.text(BASE62, 24))),
  password('password with signs', (c) => `${c.text(BASE62, 6)}!%+.${c.text(BASE62, 5)}^_~`),
];

interface Context {
  readonly name: string;
  readonly put: (secret: string, chance: Chance) => string;
}

const names = ['API_TOKEN', 'DB_PASSWORD', 'CLIENT_SECRET', 'SERVICE_API_KEY', 'AUTH_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'NPM_AUTH_TOKEN'];
const flat = (secret: string): string => secret.replaceAll('\n', '\\n');

/** Where a name says that a secret follows. */
const NAMED: readonly Context[] = [
  { name: 'variable of a command', put: (s, c) => `${c.pick(names)}='${s}' npm run deploy` },
  { name: 'export', put: (s, c) => `export ${c.pick(names)}="${s}"` },
  { name: 'json', put: (s) => `{"user": "ann", "apiKey": ${JSON.stringify(s)}, "retries": 3}` },
  { name: 'json in json', put: (s) => JSON.stringify({ level: 'info', body: JSON.stringify({ id: 7, client_secret: s }) }) },
  { name: 'yaml', put: (s) => `service:\n  url: https://example.com\n  password: ${JSON.stringify(s)}\n  retries: 3\n` },
  { name: 'diff', put: (s, c) => `@@ -1,2 +1,3 @@\n PORT=3000\n+${c.pick(names)}=${flat(s)}\n DEBUG=1\n` },
  { name: 'toml', put: (s) => `[server]\naccess_key = ${JSON.stringify(s)}\n` },
  { name: 'code', put: (s) => `const client = new Client({ token: ${JSON.stringify(s)} });` },
];

/** Where nothing but its shape tells a secret. */
const ANYWHERE: readonly Context[] = [
  { name: 'bare', put: (s) => s },
  { name: 'argument', put: (s) => `./deploy.sh production "${s}"` },
  { name: 'log line', put: (s) => `2026-11-21T09:15:02Z INFO worker[12]: connected with ${flat(s)} after 3 tries` },
  { name: 'error', put: (s) => `Error: 401 Unauthorized (${flat(s)}) at login (src/client.ts:12:9)` },
  { name: 'markdown', put: (s) => `The staging one is \`${s}\`, ask me for the other.` },
];

/** Where one word stands as a password. */
const WORD_PLACES: readonly Context[] = [
  { name: 'option', put: (s) => `deploy --user ann --password ${s} --verbose` },
  { name: 'option with =', put: (s) => `deploy --api-key=${s}` },
  { name: 'authorization header', put: (s) => `curl -H "Authorization: Bearer ${s}" https://example.com/` },
  { name: 'api key header', put: (s) => `curl -H 'X-Api-Key: ${s}' https://example.com/` },
  { name: 'query', put: (s) => `GET https://example.com/v1/items?access_token=${encodeURIComponent(s)}&page=2` },
  { name: 'variable without quotes', put: (s, c) => `${c.pick(names)}=${s} make release` },
  { name: 'yaml without quotes', put: (s) => `- name: db\n  db_password: ${s}\n` },
  { name: 'sshpass', put: (s) => `sshpass -p ${s} ssh ann@example.com uptime` },
  { name: 'curl -u', put: (s) => `curl -u ann:${s} https://example.com/` },
  { name: 'mysql -p', put: (s) => `mysql -h db -u root -p${s} shop` },
  { name: 'docker login', put: (s) => `echo ${s} | docker login -u ann --password-stdin` },
  { name: 'connection string', put: (s) => `Server=db;Database=shop;User Id=sa;Password=${s};Encrypt=true` },
  { name: 'url', put: (s) => `postgres://shop:${encodeURIComponent(s)}@db.example.com:5432/shop` },
  { name: 'netrc', put: (s) => `machine example.com login ann password ${s}` },
  { name: 'pgpass', put: (s) => `db.example.com:5432:shop:ann:${s}` },
];

export interface Planted {
  readonly kind: string;
  readonly context: string;
  readonly secret: string;
  /** The form of it that stands in the text. */
  readonly written: string;
  readonly text: string;
}

/** So many of each kind, each in all of its places in turn. */
export function plantSecrets(chance: Chance, each: number): readonly Planted[] {
  return SECRET_KINDS.flatMap((kind) =>
    Array.from({ length: each }, () => kind.make(chance)).flatMap((secret) =>
      contextsOf(kind, secret).map(({ name, put }) => ({
        kind: kind.name,
        context: name,
        secret,
        written: secret,
        text: put(secret, chance),
      })),
    ),
  );
}

function contextsOf(kind: SecretKind, secret: string): readonly Context[] {
  const places = secret.includes('\n') ? NAMED : [...NAMED, ...WORD_PLACES];
  return kind.form === 'token' ? [...ANYWHERE, ...places] : places;
}

/** Whether a stretch of a secret that says something of it is left in a text. */
export function isLeft(secret: string, text: string): boolean {
  // what a secret begins with is its kind, not its secret
  const body = secret.includes('\n') ? secret.split('\n').slice(1, -1).join('\n') : secret.slice(Math.floor(secret.length / 3));
  const length = Math.min(8, body.length);
  for (const form of [body, body.replaceAll('\n', ''), encodeURIComponent(body)]) {
    for (let at = 0; at + length <= form.length; at++) if (text.includes(form.slice(at, at + length))) return true;
  }
  return false;
}
