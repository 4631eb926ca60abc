/** Texts without secrets that look as if they had some: what a detector by chance or by name would take for one. */
import { BASE32, BASE62, BASE64, type Chance, DIGITS, HEX, LOWER, UPPER } from './chance.ts';

export interface BenignKind {
  readonly name: string;
  readonly make: (chance: Chance) => string;
}

const uuid = (c: Chance): string => [8, 4, 4, 4, 12].map((length) => c.text(HEX, length)).join('-');
const WORDS = 'user account invoice report session button layout render handler service factory builder table query cache worker'.split(
  ' ',
);
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const words = (c: Chance, count: number): string[] => Array.from({ length: count }, () => c.pick(WORDS));
const bytes = (c: Chance, count: number): Buffer => Buffer.from(Array.from({ length: count }, () => c.below(256)));
const lines = (text: string, width: number): string => (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n');
const png = (c: Chance, size: number): string =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), bytes(c, size)]).toString('base64');

export const BENIGN_KINDS: readonly BenignKind[] = [
  {
    name: 'git log',
    make: (c) => `commit ${c.text(HEX, 40)}\nAuthor: Ann <ann@example.com>\n\n    Fix the ${c.pick(WORDS)} token parser\n`,
  },
  { name: 'sha-256 object id', make: (c) => `HEAD is now at ${c.text(HEX, 64)} Merge branch 'main'` },
  { name: 'short object ids', make: (c) => `${c.text(HEX, 7)}..${c.text(HEX, 7)} main -> origin/main` },
  { name: 'diff index line', make: (c) => `diff --git a/src/key.ts b/src/key.ts\nindex ${c.text(HEX, 10)}..${c.text(HEX, 10)} 100644` },
  {
    name: 'package-lock integrity',
    make: (c) =>
      `"node_modules/a": {\n  "version": "1.2.3",\n  "resolved": "https://packages.example/a/-/a-1.2.3.tgz",\n  "integrity": "sha512-${bytes(c, 64).toString('base64')}",\n  "license": "MIT"\n}`,
  },
  {
    name: 'yarn.lock checksum',
    make: (c) =>
      `a@^1.2.3:\n  version "1.2.3"\n  resolved "https://packages.example/a/-/a-1.2.3.tgz#${c.text(HEX, 40)}"\n  integrity sha1-${bytes(c, 20).toString('base64')}\n`,
  },
  {
    name: 'pnpm lock',
    make: (c) => `  /a@1.2.3:\n    resolution: {integrity: sha512-${bytes(c, 64).toString('base64')}}\n    engines: {node: '>=10'}`,
  },
  {
    name: 'go.sum',
    make: (c) =>
      `github.com/a/b v1.2.3 h1:${bytes(c, 32).toString('base64')}\ngithub.com/a/b v1.2.3/go.mod h1:${bytes(c, 32).toString('base64')}`,
  },
  { name: 'Cargo.lock', make: (c) => `[[package]]\nname = "tokio"\nversion = "1.2.3"\nchecksum = "${c.text(HEX, 64)}"` },
  { name: 'poetry.lock', make: (c) => `files = [\n  {file = "a-1.2.3.whl", hash = "sha256:${c.text(HEX, 64)}"},\n]` },
  { name: 'container digest', make: (c) => `docker pull ghcr.io/a/b@sha256:${c.text(HEX, 64)}` },
  { name: 'uuid', make: (c) => `request ${uuid(c)} took 12 ms, user_id=${uuid(c)}` },
  { name: 'ulid', make: (c) => `order 01${c.text(`${DIGITS}ABCDEFGHJKMNPQRSTVWXYZ`, 24)} shipped` },
  { name: 'entity tag', make: (c) => `HTTP/1.1 200 OK\nETag: W/"${bytes(c, 20).toString('base64')}"\nCache-Control: max-age=600` },
  { name: 'strong entity tag', make: (c) => `etag: "${c.text(HEX, 32)}"` },
  { name: 'base64 image in a page', make: (c) => `<img alt="" src="data:image/png;base64,${png(c, 40 + c.below(600))}">` },
  { name: 'base64 image in lines', make: (c) => `${lines(png(c, 300 + c.below(600)), 76)}\n` },
  {
    name: 'base64 image in a diff',
    make: (c) =>
      `@@ -1,2 +1,9 @@\n${lines(png(c, 300 + c.below(300)), 64)
        .split('\n')
        .map((line) => `+${line}`)
        .join('\n')}\n`,
  },
  {
    name: 'certificate',
    make: (c) => `-----BEGIN CERTIFICATE-----\n${lines(bytes(c, 700).toString('base64'), 64)}\n-----END CERTIFICATE-----`,
  },
  { name: 'public key', make: (c) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${c.text(BASE64, 43)} ann@example.com` },
  { name: 'key fingerprint', make: (c) => `256 SHA256:${c.text(BASE64, 43)} ann@example.com (ED25519)` },
  { name: 'content hash in file names', make: (c) => `dist/assets/index-${c.text(BASE62, 8)}.js 142.11 kB │ gzip: 46.02 kB` },
  {
    name: 'source map',
    make: (c) =>
      `{"version":3,"sources":["a.ts"],"mappings":"${Array.from({ length: 40 }, () => `${c.text(BASE64, 4)},${c.text(BASE64, 5)}`).join(';')}"}`,
  },
  {
    name: 'long camel case',
    make: (c) =>
      `at ${words(c, 6).map(capital).join('')}${c.below(9)}.${words(c, 3).map(capital).join('')} (src/a.ts:${c.below(400)}:${c.below(80)})`,
  },
  { name: 'long path', make: (c) => `/home/ann/src/${words(c, 5).join('/')}/${words(c, 2).map(capital).join('')}V2Test.java` },
  {
    name: 'java class',
    make: (c) => `org/springframework/boot/autoconfigure/${c.pick(WORDS)}/${words(c, 4).map(capital).join('')}AutoConfiguration`,
  },
  { name: 'constants', make: (c) => `export const ${words(c, 5).join('_').toUpperCase()}_2 = '${words(c, 4).join('-')}';` },
  {
    name: 'pod names',
    make: (c) => `${words(c, 3).join('-')}-${c.text(LOWER + DIGITS, 10)}-${c.text(LOWER + DIGITS, 5)} 1/1 Running 0 12m`,
  },
  { name: 'tokenizer settings', make: (c) => `tokenizer=cl100k_base max_tokens=${c.below(9000) + 100} token_count: ${c.below(4000)}` },
  { name: 'comparison with an empty key', make: (c) => `if apiKey == "" || ${c.pick(WORDS)}Token === null {` },
  {
    name: 'references to secrets',
    make: (c) => `env:\n  TOKEN: \${{ secrets.${c.pick(WORDS).toUpperCase()}_TOKEN }}\n  PASSWORD: $DB_PASSWORD\n`,
  },
  {
    name: 'reading a variable',
    make: (c) => `const token = process.env.${c.pick(WORDS).toUpperCase()}_TOKEN;\nconst key = os.environ["API_KEY"]`,
  },
  { name: 'types', make: (c) => `function login(password: string, ${c.pick(WORDS)}: number, token?: string): Promise<void>` },
  { name: 'prose', make: (c) => `The ${c.pick(WORDS)} token is refreshed every hour; passwords are hashed, and the secret: never log it.` },
  {
    name: 'options that name files',
    make: (c) => `deploy --password-file /run/secrets/${c.pick(WORDS)} --key-id ${c.below(99)} --token-ttl 60m`,
  },
  { name: 'urls', make: (c) => `https://example.com/${words(c, 3).join('/')}?page=${c.below(90)}&sort=created_at#section-${c.below(9)}` },
  { name: 'git over ssh', make: (c) => `git@github.com:ann/${c.pick(WORDS)}.git (fetch)` },
  { name: 'nix store', make: (c) => `/nix/store/${c.text('0123456789abcdfghijklmnpqrsvwxyz', 32)}-${c.pick(WORDS)}-1.2.3` },
  { name: 'ipfs content id', make: (c) => `ipfs://Qm${c.text('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 44)}/a.json` },
  {
    name: 'hex dump',
    make: (c) =>
      Array.from(
        { length: 6 },
        (_, i) => `${(i * 16).toString(16).padStart(8, '0')}  ${Array.from({ length: 16 }, () => c.text(HEX, 2)).join(' ')}`,
      ).join('\n'),
  },
  { name: 'base32 words', make: (c) => `region ${c.text(UPPER, 3)}-${c.text(BASE32, 6)} sku ${c.text(UPPER + DIGITS, 12)}` },
  {
    name: 'test output',
    make: (c) =>
      ` ✓ ${words(c, 3).join(' ')} (${c.below(90)} ms)\n × login > rejects a wrong password\n   expected "token" to be undefined`,
  },
  {
    name: 'compiler error',
    make: (c) =>
      `src/${c.pick(WORDS)}.ts(${c.below(400)},${c.below(80)}): error TS2345: Argument of type 'string | undefined' is not assignable to parameter of type 'ApiKey'.`,
  },
  { name: 'timestamps and sizes', make: (c) => `-rw-r--r-- 1 ann staff ${c.below(90_000)} 2026-11-21T09:15:02.123Z secret_santa.md` },
];
