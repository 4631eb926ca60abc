/** `redact --test` and `scan`: what they say, where they look, how they end; and a policy that cannot be used. */
import { expect, test } from 'vitest';
import { BASE62, HEX, seeded } from '../helpers/chance.ts';
import { TestRepository } from '../helpers/repository.ts';

const chance = seeded(21);
const pat = `${'gh'}p_${chance.text(BASE62, 36)}`;
const acme = `ACME-${chance.text(HEX, 12)}`;

test('redact --test prints the text without secrets, and which rules found them', () => {
  using repository = TestRepository.create();
  const found = repository.trace('redact', '--test', `deploy --token ${pat} --password swordfish`);
  expect(found).toMatchObject({
    status: 1,
    stdout: 'deploy --token «redacted:github-pat» --password «redacted:password-option»\n',
    stderr: '2 secrets taken out\n  github-pat: 1 (docs.github.com)\n  password-option: 1 (how options are named)\n',
  });
  expect(repository.trace('redact', '--test', 'make all')).toMatchObject({ status: 0, stdout: 'make all\n', stderr: 'no secrets found\n' });
});

test('redact --test reads standard input, also outside of a repository, and knows the environment', () => {
  using repository = TestRepository.create();
  const options = { cwd: '/', input: 'it is correcthorse9, not ours\n', env: { DB_PASSWORD: 'correcthorse9' } };
  const { status, stdout } = repository.traceWith(options, 'redact', '--test', '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    text: 'it is «redacted:env-db-password», not ours\n',
    count: 1,
    kinds: [{ kind: 'env-db-password', count: 1, source: 'environment' }],
  });
});

test('redact without --test is refused', () => {
  using repository = TestRepository.create();
  expect(repository.trace('redact', '42')).toMatchObject({ status: 129, stdout: '' });
});

test('rules of the team and of the person are obeyed', () => {
  using repository = TestRepository.create();
  repository.commitFile(
    '.gittrace.json',
    JSON.stringify({ redact: { rules: [{ kind: 'acme-key', pattern: 'ACME-[0-9a-f]{8,20}' }] } }),
    'policy',
  );
  repository.git('config', '--add', 'trace.redact', 'birthday=\\b19[0-9]{2}-[01][0-9]-[0-3][0-9]\\b');
  expect(repository.trace('redact', '--test', `${acme} of 1984-05-12`).stdout).toBe('«redacted:acme-key» of «redacted:birthday»\n');
  repository.trace('note', `${acme} was born on 1984-05-12`);
  expect(repository.trace('show', '--ndjson').stdout).toContain('«redacted:acme-key» was born on «redacted:birthday»');
});

test('a rule that cannot be used is said, and what was recorded waits until it is mended', () => {
  using repository = TestRepository.create();
  repository.commitFile('.gittrace.json', JSON.stringify({ redact: { rules: [{ kind: 'acme-key', pattern: 'ACME-.*' }] } }), 'policy');
  const refused = repository.trace('flush');
  expect(refused.status).toBe(128);
  expect(refused.stderr).toContain(`cannot use redaction rule "acme-key": '*' has no upper bound, write for example {0,200}`);
  expect(repository.trace('run', '--', 'printf', acme)).toMatchObject({
    status: 0,
    stdout: acme,
    stderr: expect.stringContaining('waits in the spool'),
  });
  expect(repository.trace('note', 'said meanwhile')).toMatchObject({ status: 0, stderr: expect.stringContaining('the note waits') });
  expect(repository.git('for-each-ref', 'refs/traces')).toBe('');
  repository.writeFile('.gittrace.json', JSON.stringify({ redact: { rules: [{ kind: 'acme-key', pattern: 'ACME-[0-9a-f]{8,20}' }] } }));
  const { stdout } = repository.trace('show', '--ndjson');
  expect(stdout).toContain('«redacted:acme-key»');
  expect(stdout).not.toContain(acme);
  expect(stdout.match(/said meanwhile/g)).toHaveLength(1);
});

test('scan finds what younger rules would take out, and never prints it', () => {
  using repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  repository.trace('note', `use ${acme}`);
  repository.trace('note', 'nothing here');
  expect(repository.trace('scan')).toMatchObject({ status: 0, stdout: '' });
  repository.git('config', '--add', 'trace.redact', 'acme-key=ACME-[0-9a-f]{8,20}');
  const { status, stdout, stderr } = repository.trace('scan', '--all');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^heads\/main {2}seq \d+ {2}local-\S+ {2}annotation {2}acme-key\n$/);
  expect(stderr).toContain('1 event of 3 holds what looks like a secret\nhint: revoke');
  const { found, events } = JSON.parse(repository.trace('scan', '--json', 'main').stdout);
  expect(events).toBe(3);
  expect(found).toMatchObject([{ trace: 'heads/main', type: 'annotation', kinds: ['acme-key'] }]);
  expect(`${stdout}${stderr}${JSON.stringify(found)}`).not.toContain(acme);
});

test('scan --spool looks at what waits', () => {
  using repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  repository.writeFile(
    '.git/trace/spool/tool-999999999-x.ndjson',
    `\n{"place":{"branch":"main"},"type":"annotation","payload":{"text":"${pat}"}}\n`,
  );
  repository.trace('note', 'hello');
  expect(repository.trace('scan', '--spool').status).toBe(0);
  repository.writeFile(
    '.git/trace/spool/tool-999999999-y.ndjson',
    `\n{"place":{"branch":"main"},"type":"annotation","payload":{"text":"${pat}"}}\n`,
  );
  expect(repository.trace('scan', '--spool')).toMatchObject({ status: 1, stdout: 'spool/tool-999999999-y.ndjson  github-pat\n' });
});

test('an error does not repeat a secret that was typed in the wrong place', () => {
  using repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  for (const args of [
    [pat],
    ['show', `--${pat}`],
    ['show', '--limit', pat],
    ['show', pat],
    ['show', '--since', pat, '--json'],
    ['ingest', pat, '--json'],
    ['run', '--', pat],
  ]) {
    const { stdout, stderr, status } = repository.trace(...args);
    expect(status).not.toBe(0);
    expect(`${stdout}${stderr}`).not.toContain(pat.slice(8));
  }
});
