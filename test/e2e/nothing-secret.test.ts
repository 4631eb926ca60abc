/**
 * Nothing secret reaches git: every kind of secret, in every place people put it, goes through every producer; then all
 * objects here and at the remote, all that lies below `.git/trace`, and all that was printed are searched for each one.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatShellRecord } from '../../src/spool/record.ts';
import { BASE62, seeded } from '../helpers/chance.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';
import { plantSecrets } from '../helpers/secrets.ts';

/** A process that is no more. */
const GONE = 999_999_999;

const chance = seeded(77);
const planted = plantSecrets(chance, 1);
/** As many as quarantine takes in a moment: it syncs each file to the disk. */
const sample = planted.filter((_, i) => i % 6 === 0);
const environment = `${chance.text(BASE62, 8)} "${chance.text(BASE62, 8)}'/ö`;
const urlPassword = chance.text(BASE62, 18);
const token = (): string => `${'gh'}p_${chance.text(BASE62, 36)}`;
const fileName = token();
const typedWrong = token();
const session = token().slice(0, 40);

/** Texts with secrets, so many that each part has about as many bytes. */
function parts(bytes: number): string[] {
  const all: string[] = [];
  let part = '';
  for (const { text } of planted) {
    if (part.length + text.length > bytes) {
      all.push(part);
      part = '';
    }
    part += `${text}\n\n`;
  }
  return [...all, part];
}

/** What of a secret must be nowhere: itself or its lines, its end, and both as programs encode them. */
function formsOf(secret: string): string[] {
  const lines = secret.includes('\n') ? secret.split('\n').slice(1, -1) : [secret];
  const raw = [...lines, ...lines.filter((line) => line.length >= 24).map((line) => line.slice(-12))];
  return raw.flatMap((form) => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
    Buffer.from(form).toString('base64').replace(/=+$/, '').slice(0, -1),
  ]);
}

test('no secret in objects, spool, quarantine, state or messages', { timeout: 180_000 }, () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.env['DEPLOY_TOKEN'] = environment;
  const printed: string[] = [];
  const trace = (outcome: Outcome): Outcome => {
    printed.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  trace(repository.trace('init'));

  // shells: each text a command, and one that is torn
  const spool = (name: string, bytes: Buffer | string): void => repository.writeFile(`.git/trace/spool/${name}`, bytes);
  const command = (text: string): Buffer =>
    formatShellRecord('command', [`command=${text}`, 'exit=0', 'ms=12', 'branch=main', 'ts=1795252502123', `cwd=${repository.path}`]);
  spool(`shell-${GONE}-a.rec`, Buffer.concat(planted.map(({ text }) => command(text))));
  spool(
    `shell-${GONE}-torn.rec`,
    Buffer.concat(sample.slice(0, 150).map(({ text }) => Buffer.concat([command(text).subarray(0, -6), Buffer.from([0xff])]))),
  );
  // programs: known and unknown types and members, keys, and what is no record
  const events = planted.flatMap(({ text }, i) => [
    { type: 'command', payload: { command: text, exit_code: 0, stdout_sample: text } },
    { type: 'weather', payload: { [text]: i, deep: [{ text }] }, sky: text },
    { type: 'edit', payload: { file: 'a', change_summary: '+1/-0', diff_snippet: `@@ -1 +1 @@\n+${text}` } },
    { type: 'push', payload: { remote: text } },
    { type: 'annotation', ts: text, payload: { text } },
    { type: text, payload: {} },
  ]);
  trace(repository.traceWith({ input: JSON.stringify({ events }) }, 'ingest', '--json', '-'));
  trace(
    repository.traceWith({ input: JSON.stringify({ session, events: [{ type: 'annotation', payload: { text: 'x' } }] }) }, 'ingest', '-'),
  );
  spool(
    `tool-${GONE}-b.ndjson`,
    sample
      .map(
        ({ text }) =>
          `\n{"text": ${JSON.stringify(text)}\n${JSON.stringify({ place: { trace: text }, type: 'annotation', payload: { text } })}\n`,
      )
      .join(''),
  );
  // the person: output, notes, commit messages, file names
  for (const part of parts(12_000).slice(0, 12)) {
    repository.writeFile('../printed', part);
    const { stderr } = repository.trace('run', '--', 'cat', '../printed');
    printed.push(stderr);
  }
  // what a command prints goes where it would have gone
  printed.push(repository.trace('run', '--', 'sh', '-c', 'printf %s "$DEPLOY_TOKEN" | base64; echo "$0"', environment).stderr);
  for (const part of parts(40_000)) trace(repository.trace('note', '--', part));
  for (const part of parts(20_000)) repository.git('commit', '-q', '--allow-empty', '--cleanup=verbatim', '-m', part);
  repository.commitFile(
    fileName,
    planted
      .slice(0, 200)
      .map(({ text }) => text)
      .join('\n'),
    'add it',
  );
  trace(repository.trace('flush'));
  // messages
  for (const args of [['show', typedWrong, '--json'], ['note', `--${typedWrong}`], ['link', typedWrong], [typedWrong]])
    trace(repository.trace(...args));
  trace(repository.run('git', ['push', '-q', `http://ann:${urlPassword}@127.0.0.1:9/a.git`, 'main'], {}));
  trace(repository.run('git', ['push', '-q', 'origin', 'main'], {}));
  trace(repository.trace('sync'));
  trace(repository.trace('status', '--json'));
  trace(repository.trace('scan', '--all', '--spool', '--json'));

  const places: [string, string][] = [
    ['what was printed', printed.join('\n')],
    ['objects', ourObjects(repository)],
    ['objects of the remote', ourObjects(remote)],
    ['.git/trace', filesBelow(join(repository.path, '.git/trace'))],
  ];
  // it is looked for where it must be
  expect(places.find(([name]) => name === 'objects')?.[1].match(/«redacted:/g)?.length).toBeGreaterThan(5_000);
  expect(repository.git('log', '-1', '--format=%B', 'HEAD~1')).toContain(planted.at(-1)?.text.slice(0, 20));
  expect(readdirSync(join(repository.path, '.git/trace/quarantine')).length).toBeGreaterThan(400);

  const secrets = [...new Map(planted.map(({ kind, secret }) => [kind, { name: kind, secret }])).values()];
  for (const [name, secret] of Object.entries({ environment, urlPassword, fileName, typedWrong, session })) secrets.push({ name, secret });
  const left: string[] = [];
  for (const { name, secret } of secrets) {
    for (const form of formsOf(secret))
      for (const [place, text] of places) if (text.includes(form)) left.push(`${name} in ${place}: ${around(text, form)}`);
  }
  expect(left.slice(0, 20)).toEqual([]);
});

/** What stands before a secret, to tell how it came there. */
function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + form.length + 10));
}

/** The content of all objects but the person's own, which hold what the person committed. */
function ourObjects(repository: TestRepository): string {
  const own = new Set(
    repository
      .git('rev-list', '--objects', '--branches')
      .split('\n')
      .map((line) => line.split(' ')[0]),
  );
  const all = repository.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
  const ours = all.filter((oid) => !own.has(oid));
  const { stdout } = repository.run('git', ['cat-file', '--batch'], { input: `${ours.join('\n')}\n` });
  return stdout;
}

/** The files below a folder, but for the snapshots of the work tree, which nobody but its owner may read. */
function filesBelow(folder: string): string {
  const texts = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (/^(?:objects|index)-/.test(entry.name)) {
      if (entry.isDirectory()) expect(statSync(path).mode & 0o077).toBe(0);
      return '';
    }
    if (entry.isDirectory()) return filesBelow(path);
    return `${entry.name}\n${readFileSync(path, 'utf8')}`;
  });
  return texts.join('\n');
}
