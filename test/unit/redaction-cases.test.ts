/** Secrets that are hard to see and texts that are easily taken for one, each by its name; and what a redactor promises. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';
import type { RedactionRule } from '../../src/core/redaction/rule.ts';
import { BASE62, BASE64, BASE64URL, HEX, seeded } from '../helpers/chance.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const redactor = makeRedactor({ sha256 });
const text = (value: string): string => redactor.text(value).text;

const chance = seeded(7);
const pat = `${'gh'}p_${chance.text(BASE62, 36)}`;
const aws = chance.text(BASE64, 40);
const hex = chance.text(HEX, 32);
const key = `-----BEGIN PRIVATE ${'KEY'}-----\n${chance.text(BASE64, 64)}\n${chance.text(BASE64, 40)}\n-----END PRIVATE ${'KEY'}-----`;

test.each<[string, string, string]>([
  ['supabase', `${'sb_'}secret_${chance.text(BASE64URL, 31)}`, '«redacted:supabase-key»'],
  ['sshpass', 'sshpass -p x1y2z3 ssh host', 'sshpass -p «redacted:password-option» ssh host'],
  ['sshpass without a space', 'sshpass -px1y2z3 ssh host', 'sshpass -p«redacted:password-option» ssh host'],
  [
    'docker login',
    'echo hunter2 | docker login -u ann --password-stdin',
    'echo «redacted:piped-password» | docker login -u ann --password-stdin',
  ],
  ['docker login -p', 'docker login -u ann -p hunter2 ghcr.io', 'docker login -u ann -p «redacted:password-option» ghcr.io'],
  ['gh here-string', 'gh auth login --with-token <<< "abc12345"', 'gh auth login --with-token <<< "«redacted:piped-password»"'],
  ['sudo -S', "echo 'swordfish' | sudo -S apt update", "echo '«redacted:piped-password»' | sudo -S apt update"],
  ['chpasswd', 'echo ann:swordfish | chpasswd', 'echo «redacted:piped-password» | chpasswd'],
  ['bare aws secret', aws, '«redacted:aws-secret-key»'],
  ['mysql', 'mysql -u root -pswordfish shop', 'mysql -u root -p«redacted:password-option» shop'],
  ['curl -u', 'curl -u ann:swordfish https://a.example/', 'curl -u ann:«redacted:curl-user» https://a.example/'],
  ['url', 'git clone https://ann:swordfish@a.example/b.git', 'git clone https://ann:«redacted:url-password»@a.example/b.git'],
  ['url with an @ in the password', 'psql postgres://ann:sword@fish@db/shop', 'psql postgres://ann:«redacted:url-password»@db/shop'],
  ['url token', `git clone https://${hex}@a.example/b.git`, 'git clone https://«redacted:url-token»@a.example/b.git'],
  ['basic header', 'Authorization: Basic YW5uOnN3b3Jk', 'Authorization: Basic «redacted:authorization»'],
  ['cookie', 'curl -H "Cookie: sid=abcdef123456; theme=dark" u', 'curl -H "Cookie: «redacted:cookie»" u'],
  ['netrc in lines', 'machine a.example\n  login ann\n  password swordfish', 'machine a.example\n  login ann\n  password «redacted:netrc»'],
  ['pgpass', 'db.example:5432:shop:ann:swordfish', 'db.example:5432:shop:ann:«redacted:pgpass»'],
  ['htpasswd', 'htpasswd -b .htpasswd ann swordfish', 'htpasswd -b .htpasswd ann «redacted:htpasswd»'],
  [
    'npm configuration',
    'npm config set //r.example/:_authToken abcdef12',
    'npm config set //r.example/:_authToken «redacted:assigned-secret»',
  ],
  ['npmrc', '//r.example/:_auth=YW5uOnN3b3Jk', '//r.example/:_auth=«redacted:assigned-secret»'],
  [
    'aws configure',
    'aws configure set aws_secret_access_key abcdef12',
    'aws configure set aws_secret_access_key «redacted:assigned-secret»',
  ],
  ['docker config', '{"auths":{"r.example":{"auth":"YW5uOnN3b3Jk"}}}', '{"auths":{"r.example":{"auth":"«redacted:docker-auth»"}}}'],
  [
    'kubectl',
    'kubectl create secret generic a --from-literal=b=swordfish',
    'kubectl create secret generic a --from-literal=b=«redacted:kubernetes-secret»',
  ],
  ['maven', '<password>sword fish</password>', '<password>«redacted:xml-secret»</password>'],
  ['.net', '<add key="DbPassword" value="swordfish" />', '<add key="DbPassword" value="«redacted:xml-secret»" />'],
  ['yaml block', 'password: |\n  swordfish\nuser: ann', 'password: |\n  «redacted:assigned-secret»\nuser: ann'],
  ['signs in a variable', 'DB_PASSWORD=pa$$wo)rd', 'DB_PASSWORD=«redacted:assigned-secret»'],
  [
    'json in json',
    String.raw`{"body":"{\"password\":\"swordfish\"}"}`,
    String.raw`{"body":"{\"password\":\"«redacted:assigned-secret»\"}"}`,
  ],
  [
    'json in json in json',
    String.raw`"{\"a\":\"{\\\"password\\\":\\\"swordfish\\\"}\"}"`,
    String.raw`"{\"a\":\"{\\\"password\\\":\\\"«redacted:assigned-secret»\\\"}\"}"`,
  ],
  ['percent-encoded', 'url=https%3A%2F%2Fann%3Aswordfish%40a.example', 'url=https%3A%2F%2Fann%3A«redacted:url-password»%40a.example'],
  ['colours inside', `${pat.slice(0, 9)}\u001b[31m${pat.slice(9)}\u001b[0m!`, '«redacted:github-pat»\u001b[0m!'],
  ['wrapped by a terminal', `${'x'.repeat(59)} ${pat.slice(0, 20)}\n${pat.slice(20)} end`, `${'x'.repeat(59)} «redacted:github-pat» end`],
  ['continued by a backslash', `curl ${pat.slice(0, 20)}\\\n${pat.slice(20)}`, 'curl «redacted:github-pat»'],
  ['private key', key, '«redacted:private-key»'],
  ['private key in json', JSON.stringify(key), '"«redacted:private-key»"'],
  ['end of a private key', key.slice(40), '«redacted:private-key»'],
  ['beginning of a private key', key.slice(0, 100), '«redacted:private-key»'],
])('%s', (_, before, after) => {
  expect(text(before)).toBe(after);
});

test.each([
  'tokenizer=cl100k_base',
  'if (apiKey == "") return',
  '"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="',
  'golang.org/x/a v0.1.0 h1:v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZ=',
  'commit 4e1243bd22c66e76c2ba9eddc1f91394e57f9f83',
  'order 01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'ETag: W/"v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z"',
  'request 8d777fc0-8e49-81d8-9dec-97fe520b3144',
  'this.token = token;',
  'const token = lookUp ?? other;',
  'The Authorization: headers are kept, and so is the bearer authentication.',
  'Authorization: Bearer ${TOKEN}',
  'password: string, token=None',
  'password reset for ann: done',
  'mysql -u root -p shop',
  'git log -p --author=ann src/secret.ts',
  'PASSWORD_FILE=/run/secrets/db',
  '--token-ttl 60m --key-id 7',
  'https://example.com/a:b/c@d',
  'scp a.txt ann@example.com:/tmp',
])('%s stays', (harmless) => {
  expect(redactor.text(harmless)).toEqual({ text: harmless, kinds: [] });
});

test('what is redacted is not redacted again, and the count goes on', () => {
  const once = redactor.redact({ command: `A_TOKEN=${hex} b`, stdout_sample: pat });
  expect(once).toMatchObject({ redaction: { count: 2, kinds: ['assigned-secret', 'github-pat'] } });
  expect(redactor.redact(once)).toEqual(once);
  expect(redactor.redact({ ...once, stderr_sample: aws })).toMatchObject({ redaction: { count: 3 } });
});

test('keys, lists, secret members and options in lists', () => {
  expect(
    redactor.redact({
      [pat]: 1,
      list: [{ deep: [pat] }],
      password: 'x',
      pin: 3,
      argv: ['deploy', '--token', 'abc', '--port', '80'],
      env: [{ name: 'API_KEY', value: 'abc' }],
      client_secret: 12_345,
    }),
  ).toEqual({
    '«redacted:github-pat»': 1,
    list: [{ deep: ['«redacted:github-pat»'] }],
    password: '«redacted:member»',
    pin: 3,
    argv: ['deploy', '--token', '«redacted:member»', '--port', '80'],
    env: [{ name: 'API_KEY', value: '«redacted:member»' }],
    client_secret: '«redacted:member»',
    redaction: { count: 6, kinds: ['github-pat', 'member'] },
  });
});

test('members that a schema holds to a shape are left alone, others of that name are not', () => {
  const sha = chance.text(HEX, 40);
  const token: RedactionRule = { kind: 'hex', probes: [], pattern: /[0-9a-f]{40}/g, source: 'test', licence: 'test' };
  const strict = makeRedactor({ rules: [token] });
  expect(strict.redact({ sha, parents: [sha], status: 'failed' })).toEqual({ sha, parents: [sha], status: 'failed' });
  expect(strict.redact({ sha: `${sha} ${sha}`, message: sha })).toMatchObject({ redaction: { count: 3 } });
});

test('a long secret in a long text', () => {
  const filler = 'all is well, nothing to see here\n'.repeat(4_000);
  expect(text(`${filler}${pat}\n${filler}`)).toBe(`${filler}«redacted:github-pat»\n${filler}`);
});

test('a secret that is longer than its rule looks', () => {
  expect(text(`${pat}${chance.text(BASE62, 500)} end`)).toBe('«redacted:github-pat» end');
  expect(text(`deploy --password ${chance.text(BASE62, 9_000)} end`)).toBe('deploy --password «redacted:password-option» end');
  expect(text(`${'tf'}p_`.repeat(1_000))).toBe('«redacted:typeform-token»');
});

test('data becomes a mark with its length and hash', () => {
  const run = `${chance.text(BASE64, 300)}aA0`;
  const block = Array.from({ length: 6 }, () => chance.text(BASE64, 76)).join('\n');
  expect(redactor.redact({ text: `image ${run}, end`, short: `data ${chance.text(HEX, 150)}` })).toMatchObject({
    text: `image «base64: 303 characters, sha256 ${sha256(run)}», end`,
    truncated: true,
  });
  expect(text(`${block}\n\nend`)).toBe(`«base64: ${block.length} characters, sha256 ${sha256(block)}»\n\nend`);
  expect(text('-'.repeat(500))).toBe('-'.repeat(500));
  expect(text('src/component/'.repeat(40))).toBe('src/component/'.repeat(40));
});

test('a rule that throws drops the payload', () => {
  const broken: RedactionRule = {
    kind: 'broken',
    probes: [],
    pattern: /a/g,
    accepts: () => {
      throw new Error('broken');
    },
    source: 'test',
    licence: 'test',
  };
  const failing = makeRedactor({ rules: [broken] });
  expect(failing.redact({ text: `a ${pat}` })).toEqual({
    dropped: 'the redactor failed, so nothing of it was kept',
    redaction: { count: 1, kinds: ['failed'] },
  });
  expect(failing.text(`a ${pat}`).text).toBe('«dropped: the redactor failed»');
});

test('a rule that is slow drops the payload', () => {
  let now = 0;
  const slow = makeRedactor({ now: () => (now += 700), budget: 1_000 });
  expect(slow.redact({ text: `password=${hex} token=${hex}` })).toMatchObject({ dropped: expect.stringContaining('longer than 1000 ms') });
});

test('what looks like a secret and is allowed stays', () => {
  const lenient = makeRedactor({ allow: [/^example-/] });
  expect(lenient.text('API_KEY=example-12345 DB_PASSWORD=other-12345').text).toBe(
    'API_KEY=example-12345 DB_PASSWORD=«redacted:assigned-secret»',
  );
});
