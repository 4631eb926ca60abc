/** Secrets that look like a word are secrets all the same; references to variables and words of documentation are not. */
import { expect, test } from 'vitest';
import { makeRedactor } from '../../src/core/redact.ts';

const redactor = makeRedactor();
const redacted = (command: string): unknown => redactor.redact({ command })['command'];

test.each([
  ['PASSWORD=hunter2secret ./deploy', 'PASSWORD=«redacted:assigned-secret» ./deploy'],
  ['PGPASSWORD=correcthorse psql', 'PGPASSWORD=«redacted:assigned-secret» psql'],
  ['export API_KEY=abcdef123456', 'export API_KEY=«redacted:assigned-secret»'],
  ['deploy --token=tok_51aB9dE7', 'deploy --token=«redacted:assigned-secret»'],
  ['login --password swordfish', 'login --password «redacted:password-option»'],
  ['sshpass -p x1y2z3 ssh host', 'sshpass -p «redacted:password-option» ssh host'],
  ['{"api_key": "ABCDEF_123456"}', '{"api_key": "«redacted:assigned-secret»"}'],
])('%s', (command, expected) => {
  expect(redacted(command)).toBe(expected);
});

test.each([
  'curl --token $TOKEN',
  'curl --token ${TOKEN}',
  'curl --token "$token"',
  'def login(password: string, token=None)',
  'login(password=password)',
  'const apiKey = process.env.API_KEY',
  'tokenizer=cl100k_base',
  'if (apiKey == "")',
])('%s stays', (command) => {
  expect(redacted(command)).toBe(command);
});
