/** `git trace show --follow`: what is recorded is seen when it is recorded, once, and never more of it than a journal may hold. */
import { appendFileSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hookCommand } from '../../src/capture/agents/settings.ts';
import { formatShellRecord } from '../../src/spool/record.ts';
import { Follower, noteRecord, spoolOf } from '../helpers/follower.ts';
import { TestTerminal } from '../helpers/pty.ts';
import { BIN, TestRepository } from '../helpers/repository.ts';
import { HOSTILE_TEXTS } from '../helpers/shapes.ts';

const TOKEN = `ghp_${'abcdefghijklmnopqrstuvwxyz0123456789'}`;

function recorded(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a.txt', 'a\n', 'first');
  repository.trace('note', 'before all');
  return repository;
}

test('the story so far, then each event as it comes', async () => {
  using repository = recorded();
  await using follower = new Follower(repository);
  await follower.sees('before all');
  const spool = spoolOf(repository);
  spool.append(noteRecord('the first that is live'));
  await follower.sees('the first that is live');
  spool.append(noteRecord('and the next'));
  await follower.sees('and the next');
  expect(await follower.end()).toBe(130);
  expect(follower.output).toMatch(/before all[\s\S]*the first that is live[\s\S]*and the next\n$/);
  expect(follower.errors).toBe('');
});

test('ten events that are spooled are ten records in a row, and stay the same when they are flushed', async () => {
  using repository = recorded();
  await using follower = new Follower(repository, '--ndjson');
  await follower.sees('before all');
  const spool = spoolOf(repository);
  for (let i = 1; i <= 10; i++) {
    spool.append(noteRecord(`live ${i}`));
    await follower.sees(`"live ${i}"`);
  }
  repository.trace('flush');
  spool.append(noteRecord('after the flush'));
  await follower.sees('after the flush');
  repository.trace('note', 'by somebody else');
  await follower.sees('by somebody else');
  await follower.end();
  const seqs = follower.events.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  // to the letter what the journal says afterwards, and what another one would print who begins now
  expect(follower.output).toBe(repository.trace('show', '--ndjson').stdout);
  await using late = new Follower(repository, '--ndjson');
  await late.sees('by somebody else');
  expect(late.output).toBe(follower.output);
});

test('a follower that begins in the middle prints what the other has printed', async () => {
  using repository = recorded();
  await using first = new Follower(repository, '--ndjson');
  await first.sees('before all');
  const spool = spoolOf(repository);
  const agent = { id: 'agent-7', kind: 'agent', tool: 'helper' };
  // of two sessions in one millisecond the agent's would be first: 'two' would not be what to wait for
  const at = Date.now();
  spool.append(noteRecord('one', { ts: new Date(at).toISOString() }));
  spool.append(noteRecord('two', { ts: new Date(at + 1).toISOString(), session: agent }));
  await first.sees('"two"');
  await using second = new Follower(repository, '--ndjson');
  await second.sees('"two"');
  expect(second.output).toBe(first.output);
  repository.trace('flush');
  spool.append(noteRecord('three', { session: agent }));
  await Promise.all([first.sees('"three"'), second.sees('"three"')]);
  expect(second.output).toBe(first.output);
  // the beginning of the agent's session is shown as the flush wrote it
  expect(first.events.filter(({ type }) => type === 'session_started')).toHaveLength(2);
  expect(first.output).toBe(repository.trace('show', '--ndjson').stdout);
});

test('a secret is not shown, nor what the policy leaves out, nor what is of another trace', async () => {
  using repository = recorded();
  repository.writeFile('.gittrace.json', JSON.stringify({ capture: { prompts: false } }));
  await using follower = new Follower(repository);
  await follower.sees('before all');
  const spool = spoolOf(repository);
  spool.append(noteRecord(`the token is ${TOKEN}`));
  spool.append(noteRecord('', { type: 'prompt', payload: { text: 'left out' } }));
  spool.append(noteRecord('elsewhere', { place: { branch: 'other' } }));
  spool.append(noteRecord('the last'));
  await follower.sees('the last');
  await follower.end();
  expect(follower.output).toContain('the token is «redacted:github-pat»');
  expect(follower.output).not.toContain(TOKEN);
  expect(follower.output).not.toContain('left out');
  expect(follower.output).not.toContain('elsewhere');
});

test('what git, an agent and a shell have left is told before any flush', async () => {
  using repository = TestRepository.create();
  repository.putTraceOnPath();
  repository.git('config', 'trace.recorder', 'false');
  repository.commitFile('a.txt', 'a\n', 'first');
  expect(repository.trace('init', '--agent', 'claude-code').status).toBe(0);
  repository.trace('note', 'before all');
  const ref = 'refs/traces/heads/main/journal';
  await using follower = new Follower(repository, '--ndjson');
  await follower.sees('before all');
  const tip = repository.git('rev-parse', ref);
  repository.commitFile('b.txt', 'b\nb\n', 'add b, live');
  await follower.sees('add b, live');
  const said = { session_id: 'S-1', cwd: repository.path, hook_event_name: 'UserPromptSubmit', prompt: `say ${TOKEN}` };
  const hook = hookCommand('claude-code', 'UserPromptSubmit');
  expect(repository.run('sh', ['-c', hook], { input: JSON.stringify(said) })).toMatchObject({ status: 0, stderr: '' });
  await follower.sees('"type":"prompt"');
  const fields = [`ts=${Date.now()}`, 'session=bash-1-1', 'branch=refs/heads/main'];
  appendFileSync(repository.inGitDir('trace/spool/shell-1-x.rec'), formatShellRecord('session_ended', fields));
  await follower.sees('"type":"session_ended"');
  expect(repository.git('rev-parse', ref)).toBe(tip);
  await follower.end();
  expect(follower.output).not.toContain(TOKEN);
  expect(follower.events.find(({ type }) => type === 'commit')).toMatchObject({
    payload: { message: 'add b, live', files: [{ path: 'b.txt', additions: 2, deletions: 0 }] },
  });
  // the flush writes just that
  repository.trace('flush');
  const written = repository.trace('show', '--ndjson').stdout;
  for (const { id } of follower.events) expect(written).toContain(`"id":"${id}"`);
});

test('while the policy is broken the journal is shown, and what waits once it is mended', async () => {
  using repository = recorded();
  // at once: a file that is emptied and then written is broken in another way in between, and that is told, too
  const policy = (text: string): void => {
    repository.writeFile('.gittrace.json.new', text);
    renameSync(join(repository.path, '.gittrace.json.new'), join(repository.path, '.gittrace.json'));
  };
  const tip = repository.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/traces').split(' ');
  repository.trace('note', 'in the journal');
  const [ref = '', before = '', now = ''] = [...tip, repository.git('rev-parse', tip[0] ?? '')];
  repository.git('update-ref', ref, before);
  await using follower = new Follower(repository);
  await follower.sees('before all');
  policy('{');
  spoolOf(repository).append(noteRecord('waits for the policy'));
  await follower.sees('it is not JSON');
  repository.git('update-ref', ref, now);
  await follower.sees('in the journal');
  expect(follower.output).not.toContain('waits for the policy');
  policy('{}');
  await follower.sees('waits for the policy');
  expect(follower.errors.match(/warning/g)).toHaveLength(1);
});

test('following only reads', async () => {
  using repository = recorded();
  const folder = repository.inGitDir('trace');
  const snapshot = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name} ${readFileSync(`${entry.parentPath}/${entry.name}`, 'latin1')}`)
      .sort();
  const spool = spoolOf(repository);
  spool.append(noteRecord('waits'));
  appendFileSync(`${folder}/spool/${spool.name}`, '{"no record\n');
  const before = snapshot();
  await using follower = new Follower(repository);
  await follower.sees('waits');
  await follower.end();
  expect(snapshot()).toEqual(before);
});

test('a trace of which nothing is there yet', async () => {
  using repository = TestRepository.create();
  repository.commitFile('a.txt', 'a\n', 'first');
  await using follower = new Follower(repository);
  await follower.sees('is empty');
  spoolOf(repository).append(noteRecord('the very first'));
  await follower.sees('the very first');
  repository.trace('flush');
  repository.trace('note', 'the second');
  await follower.sees('the second');
  expect(follower.output.match(/the very first/g)).toHaveLength(1);
});

test('in a linked work tree of a sha-256 repository, and in a bare clone of it', async () => {
  using repository = TestRepository.create({ sha256: true });
  repository.commitFile('a.txt', 'a\n', 'first');
  using tree = repository.worktree('side');
  using bare = repository.clone({ bare: true });
  for (const [at, branch] of [
    [tree, 'side'],
    [bare, 'main'],
  ] as const) {
    await using follower = new Follower(at);
    await follower.sees(`branch ${branch} is empty`);
    spoolOf(at).append(noteRecord(`live on ${branch}`, { place: { branch } }));
    await follower.sees(`live on ${branch}`);
  }
});

test('a pull request of which nothing is here or elsewhere is an error', () => {
  using repository = recorded();
  expect(repository.trace('show', '--follow', '7')).toMatchObject({ status: 128, stderr: expect.stringContaining('there is no trace') });
});

test('a ref that goes, and comes again', async () => {
  using repository = recorded();
  const ref = repository.git('for-each-ref', '--format=%(refname)', 'refs/traces');
  const oid = repository.git('rev-parse', ref);
  await using follower = new Follower(repository);
  await follower.sees('before all');
  repository.git('update-ref', '-d', ref);
  const spool = spoolOf(repository);
  spool.append(noteRecord('without a journal'));
  await follower.sees('without a journal');
  repository.git('update-ref', ref, oid);
  spool.append(noteRecord('with a journal'));
  await follower.sees('with a journal');
  repository.git('update-ref', '-d', ref);
  repository.trace('flush');
  repository.trace('note', 'all new');
  await follower.sees('all new');
  expect(await follower.end()).toBe(130);
  expect(follower.errors).toBe('');
});

test('what is erased is told, and nothing else is told again', async () => {
  using repository = recorded();
  await using follower = new Follower(repository, '--events');
  await follower.sees('before all');
  repository.trace('note', 'a mistake');
  await follower.sees('a mistake');
  expect(repository.trace('redact', '--match', 'a mistake', '--force', 'main').status).toBe(0);
  await follower.sees('was erased');
  repository.trace('note', 'and on');
  await follower.sees('and on');
  expect(follower.output.match(/before all/g)).toHaveLength(1);
});

test('filters, limits and forms', async () => {
  using repository = recorded();
  repository.trace('note', 'the newest so far');
  await using limited = new Follower(repository, '--limit', '1', '--type', 'annotation');
  await limited.sees('the newest so far');
  const spool = spoolOf(repository);
  spool.append(noteRecord('', { type: 'prompt', payload: { text: 'not wanted' } }));
  spool.append(noteRecord('wanted'));
  await limited.sees(/\bwanted/);
  expect(limited.output).not.toContain('before all');
  expect(limited.output).not.toContain('not wanted');
  const refused = repository.trace('show', '--follow', '--json');
  expect(refused.status).toBe(129);
  expect(refused.stderr).toContain("'--ndjson --follow' prints one event a line");
  expect(repository.trace('show', '--follow', '--play').status).toBe(129);
});

test('in a terminal nothing that an event says steers it, and ctrl+c ends it', async () => {
  using repository = recorded();
  await using untouched = new TestTerminal('/bin/true', []);
  await untouched.ended;
  for (const form of [[], ['--ndjson']]) {
    await using terminal = new TestTerminal(process.execPath, [BIN, 'show', '--follow', ...form], { cwd: repository.path });
    await terminal.see('before all');
    const spool = spoolOf(repository);
    for (const text of HOSTILE_TEXTS) spool.append(noteRecord(text.toWellFormed()));
    for (const text of HOSTILE_TEXTS)
      spool.append(noteRecord('', { type: 'unheard_of', payload: { [text.toWellFormed().slice(0, 80)]: text.toWellFormed() } }));
    spool.append(noteRecord(`the last of ${form.length}`));
    await terminal.see(`the last of ${form.length}`);
    expect(await terminal.state()).toEqual(await untouched.state());
    terminal.type('\u0003');
    expect(await terminal.ended).toEqual({ code: 130, signal: 0 });
    // echo of the key and the terminal's own line ends apart
    expect(terminal.text().replace(/\u001b\[[0-9]{1,2}m|\r\n|\^C/g, '')).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Bidi_Control}]/u,
    );
  }
});

test('a reader that has seen enough ends it quietly', async () => {
  using repository = recorded();
  await using follower = new Follower(repository);
  await follower.sees('before all');
  follower.leave();
  const spool = spoolOf(repository);
  const writing = setInterval(() => spool.append(noteRecord('nobody reads this')), 20);
  const status = await follower.ended();
  clearInterval(writing);
  expect(status).toBe(0);
  expect(follower.errors).toBe('');
});
