/** Rules of a team or a person: what they find, and why one is refused. */
import { expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';
import { needlesOf, secretNeedles } from '../../src/core/redaction/needles.ts';
import { ownAllowance, ownRule } from '../../src/core/redaction/own-rules.ts';

test('what a rule matches is taken out, before ours name it', () => {
  const redactor = makeRedactor({ rules: [ownRule({ kind: 'acme-key', pattern: '(?i)\\bacme[_-][a-z0-9]{8,20}' })] });
  expect(redactor.text('x ACME-12345678 y, API_KEY=acme_abcdefgh').text).toBe('x «redacted:acme-key» y, API_KEY=«redacted:acme-key»');
});

test.each([
  ['acme-[0-9]+', "'+' has no upper bound, write for example {1,200}"],
  ['acme-.*', "'*' has no upper bound, write for example {0,200}"],
  ['acme-[0-9]{4,}', "'{4,}' has no upper bound, write for example {4,200}"],
  ['(acme', "a '(' is not closed"],
  ['[acme', "a '[' is not closed"],
  ['acme)', "there is a ')' too many"],
  ['?acme', "there is nothing to repeat before '?'"],
  ['[z-a]', 'it has a range of characters out of order'],
  ['acme\\', "it ends with '\\'"],
  ['(a)\\1', "'\\1' is not known here"],
  ['\\p{L}', "'\\p' is not known here"],
  ['(?<key>acme)', 'it has a named group; all that it matches is taken out'],
  ['(?:acme)?', 'it may match nothing at all'],
  ['(?:[a-z]{1,50}){1,50}!', 'it may take endless steps at one place, 20000 are allowed'],
])('%s is refused: %s', (pattern, reason) => {
  expect(() => ownRule({ kind: 'acme-key', pattern })).toThrow(`cannot use redaction rule "acme-key": ${reason}`);
});

test('an allowance is checked as a rule is', () => {
  expect(() => ownAllowance('x*')).toThrow('cannot use what redaction allows, "x*": it may match nothing at all');
  expect(makeRedactor({ allow: [ownAllowance('^acme_example_')] }).text('TOKEN=acme_example_1').kinds).toEqual([]);
});

test('values of secret-looking variables, but not ordinary words', () => {
  const found = secretNeedles({
    NPM_TOKEN: 'npm-1a2b3c4d',
    DB_PASSWORD: 'correct horse battery',
    HOME: '/root',
    SECRET_NAME: 'db/main',
    TOKEN_FILE: '/run/token',
    PASSWORD: 'test',
    SSH_AUTH_SOCK: '/tmp/ssh-agent.1',
    PWD: '/w/a1b2c3',
  });
  expect(found.map(({ name }) => name)).toEqual(['NPM_TOKEN', 'DB_PASSWORD']);
});

test.each([
  ['as it is', (value: string) => value],
  ['percent-encoded', (value: string) => encodeURIComponent(value)],
  ['as a form', (value: string) => encodeURIComponent(value).replaceAll('%20', '+')],
  ['in JSON', (value: string) => JSON.stringify(value)],
  ['in JSON in JSON', (value: string) => JSON.stringify(JSON.stringify(value))],
  ['in single quotes', (value: string) => `'${value.replaceAll("'", "'\\''")}'`],
  ['with backslashes', (value: string) => value.replace(/[^\w/\u0080-\uffff]/g, '\\$&')],
  ['in base64', (value: string) => Buffer.from(value).toString('base64')],
  ['in base64 behind a user', (value: string) => Buffer.from(`ann:${value}`).toString('base64')],
  ['in base64 behind two letters', (value: string) => Buffer.from(`ab${value}xyz`).toString('base64')],
  ['in base64url', (value: string) => Buffer.from(value).toString('base64url')],
  ['in colours', (value: string) => `${value.slice(0, 5)}\u001b[1m${value.slice(5)}`],
])('a needle %s', (_, write) => {
  const value = 'sw0rd fish\'s "tail"/?ö>';
  const redactor = makeRedactor({ needles: [{ name: 'FISH', value }] });
  expect(redactor.text(`before ${write(value)} behind`).text).toMatch(/^before \S{0,4}«redacted:env-fish»\S{0,4} behind$/);
});

test('the longest form is looked for first', () => {
  const lengths = needlesOf([{ name: 'A', value: 'abcdefgh1' }]).map(({ value }) => value.length);
  expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
});
