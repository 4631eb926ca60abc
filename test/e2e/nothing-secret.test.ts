/**
 * Nothing secret reaches git: every kind of secret, in every place people put it, goes through every producer; then all
 * objects here and at the remote, all that lies below `.git/trace`, and all that was printed are searched for each one.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatShellRecord } from '../../src/spool/record.ts';
import { BASE62, seeded } from '../helpers/chance.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';
import { filesBelow, findSecrets, ourObjects, partsOf } from '../helpers/secret-search.ts';
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
  for (const part of partsOf(planted, 12_000).slice(0, 12)) {
    repository.writeFile('../printed', part);
    const { stderr } = repository.trace('run', '--', 'cat', '../printed');
    printed.push(stderr);
  }
  // what a command prints goes where it would have gone
  printed.push(repository.trace('run', '--', 'sh', '-c', 'printf %s "$DEPLOY_TOKEN" | base64; echo "$0"', environment).stderr);
  for (const part of partsOf(planted, 40_000)) trace(repository.trace('note', '--', part));
  for (const part of partsOf(planted, 20_000)) repository.git('commit', '-q', '--allow-empty', '--cleanup=verbatim', '-m', part);
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
  expect(findSecrets(secrets, places)).toEqual([]);
});
