/** The laws of redaction: it is idempotent, changes nothing where nothing is found, and never throws. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';
import { seeded } from '../helpers/chance.ts';
import { plantSecrets } from '../helpers/secrets.ts';

const redactor = makeRedactor({ needles: [{ name: 'SWORD', value: 'sw0rd-fish' }], home: '/home/ann' });
const planted = plantSecrets(seeded(31), 2).map(({ text }) => text);
const pieces = [
  'password=',
  'token: ',
  '"',
  "'",
  '\\',
  '\n',
  '%3A',
  '\u001b[1m',
  ' --secret ',
  '://a:',
  '@',
  'sw0rd-fish',
  '/home/ann',
  '«redacted:x»',
  '«',
  'Bearer ',
  'A'.repeat(250),
  'aZ9'.repeat(80),
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...planted), fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 8 })
  .map((parts) => parts.join(''));
const payload = fc.dictionary(
  fc.oneof(fc.constantFrom('command', 'sha', 'password', 'status', 'files'), text),
  fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.array(text), fc.dictionary(text, text)),
);

test('what was redacted is not redacted again', () => {
  fc.assert(
    fc.property(payload, (value) => {
      const once = redactor.redact(value);
      expect(redactor.redact(once)).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

test('a text in which nothing is found stays as it is, one in which something is says so', () => {
  fc.assert(
    fc.property(text, (value) => {
      const { text: after, kinds } = redactor.text(value);
      expect(kinds).not.toContain('failed');
      const isMarked = /«(?:base64|hex): /.test(after) || value.includes('/home/ann');
      expect(after !== value).toBe(kinds.length > 0 || (isMarked && after !== value));
      for (const kind of kinds) expect(after).toContain(`«redacted:${kind}»`);
    }),
    { numRuns: 300 },
  );
});
