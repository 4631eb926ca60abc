/** The Neovim client of examples/nvim as a person has it: in the plugin folder of a real Neovim, in a real repository. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { Follower } from '../helpers/follower.ts';
import { BIN, hasProgram, TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';
import { skipUnless } from '../helpers/skip.ts';

const test = skipUnless(hasProgram('nvim'), 'nvim is not installed');
const NVIM = whereIs('nvim');
const PLUGIN = fileURLToPath(new URL('../../examples/nvim/git-trace.lua', import.meta.url));

interface Event {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A repository with a file, in which git trace is wanted, and Neovim has the plugin. */
function served(): TestRepository {
  const repository = TestRepository.create();
  const config = join(dirname(repository.path), 'config');
  mkdirSync(join(config, 'nvim/plugin'), { recursive: true });
  copyFileSync(PLUGIN, join(config, 'nvim/plugin/git-trace.lua'));
  repository.env['XDG_CONFIG_HOME'] = config;
  repository.putTraceOnPath();
  repository.commitFile('src/price.txt', '1\n2\n3\n');
  mkdirSync(repository.inGitDir('trace'), { recursive: true });
  return repository;
}

/** What Neovim does with these commands, and shows meanwhile; that there was an error fails the test. */
async function nvim(repository: TestRepository, file: string, ...commands: string[]): Promise<string> {
  const last = ['lua io.stdout:write(vim.v.errmsg)', 'qall!'];
  const args = ['--headless', '-n', '-i', 'NONE', file, ...[...commands, ...last].flatMap((command) => ['-c', command])];
  const child = spawn(NVIM, args, { cwd: repository.path, env: { ...process.env, ...repository.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [error, shown] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ error, status: child.exitCode, shown }).toEqual({ error: '', status: 0, shown });
  return shown;
}

/** Waits until the trace has told of something. */
async function seen(repository: TestRepository, wanted: string): Promise<void> {
  await using follower = new Follower(repository, '--ndjson', 'main');
  await follower.sees(wanted);
}

function eventsOf(repository: TestRepository): Event[] {
  const { events } = JSON.parse(repository.trace('show', '--json', 'main').stdout) as { events: Event[] };
  return events.filter(({ type }) => type !== 'session_started');
}

const SAVED = /"src\/price.txt" 4L, \d+B written$/;

test('a file that is written is an edit, whether a server runs or not, and git can apply it', async () => {
  const repository = served();
  const server = await Server.start(repository);
  expect(await nvim(repository, 'src/price.txt', 'normal Gothree', 'write')).toMatch(SAVED);
  await seen(repository, 'three');
  expect((await server.ask('/traces/main/events')).text).toContain('+three');
  await server.stop();
  await nvim(repository, 'src/price.txt', '1delete', 'write');
  await seen(repository, '+0/-1');
  // new, with a name that is none of a shell's
  await nvim(repository, "it's new", 'normal ihello', 'write');
  await seen(repository, 'hello');
  // nothing new, of a file that git ignores, while it is paused, and for somebody who is not to be recorded
  repository.writeFile('.git/info/exclude', '.env\n');
  await nvim(repository, 'src/price.txt', 'write');
  await nvim(repository, '.env', 'normal ikey', 'write');
  repository.trace('pause');
  await nvim(repository, 'src/price.txt', 'normal Gopaused', 'write');
  repository.trace('resume');
  repository.env['DO_NOT_TRACK'] = '1';
  await nvim(repository, 'src/price.txt', 'normal Gosecret', 'write');
  delete repository.env['DO_NOT_TRACK'];
  await nvim(repository, 'src/price.txt', 'normal Golast', 'write');
  await seen(repository, 'last');

  const edits = eventsOf(repository);
  expect(
    edits.map(({ type, payload }) => [type, payload['file'], payload['change_summary'], payload['status'], payload['source']]),
  ).toEqual([
    ['edit', 'src/price.txt', '+1/-0', 'modified', 'nvim'],
    ['edit', 'src/price.txt', '+0/-1', 'modified', 'nvim'],
    ['edit', "it's new", '+1/-0', 'added', 'nvim'],
    ['edit', 'src/price.txt', '+1/-0', 'modified', 'nvim'],
  ]);
  repository.git('checkout', '-q', '.');
  repository.run('rm', ["it's new"]);
  for (const { payload } of edits.slice(0, 3)) repository.gitWith({ input: String(payload['diff_snippet']) }, 'apply');
  expect([repository.readFile('src/price.txt'), repository.readFile("it's new")]).toEqual(['2\n3\nthree\n', 'hello\n']);
});

test('a note has its line; which line is looked at is told only if somebody wants it', async () => {
  const repository = served();
  // Neovim goes when it was told that the note is kept
  const noted = "lua vim.wait(60000, function() return vim.fn.execute('messages'):find('noted') end)";
  expect(await nvim(repository, 'src/price.txt', '2', 'TraceNote the "law" has changed', noted)).toMatch(/^git trace: noted\s*$/);
  await nvim(repository, 'src/price.txt', '3', 'doautocmd CursorHold');
  await nvim(repository, 'src/price.txt', '2', 'let g:git_trace_navigation = v:true', 'doautocmd CursorHold');
  await seen(repository, '"navigation"');
  expect(eventsOf(repository)).toMatchObject([
    { type: 'annotation', payload: { text: 'the "law" has changed', target: 'src/price.txt:2' } },
    { type: 'navigation', payload: { file: 'src/price.txt', line: 2, column: 1 } },
  ]);
});

test('Neovim waits for nobody: it has written and gone while git trace has not even begun, and nothing is lost', async () => {
  const repository = served();
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'slow-'));
  const gate = join(folder, 'gate');
  repository.run('mkfifo', [gate]);
  // whatever has happened, nobody is left waiting: on Linux this opens it at once, and the end of it is read
  onTestFinished(() => closeSync(openSync(gate, 'r+')));
  // a git trace that waits until the gate is opened
  writeFileSync(join(folder, 'git-trace'), `#!/bin/sh\nread -r _ <'${gate}'\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(join(folder, 'git-trace'), 0o755);
  const quick = repository.env['PATH'];
  repository.env['PATH'] = `${folder}:${quick}`;
  expect(await nvim(repository, 'src/price.txt', 'normal Gothree', 'write')).toMatch(SAVED);
  repository.env['PATH'] = quick;
  expect(repository.readFile('src/price.txt')).toBe('1\n2\n3\nthree\n');
  expect(repository.trace('show', 'main').status).not.toBe(0);
  // waits until somebody reads
  await writeFile(gate, 'go\n');
  await seen(repository, 'three');
});

test('without git, without git trace, and where that is not wanted, or finds edits by itself, it is silent', async () => {
  const repository = served();
  const write = ['normal Gofound', 'write', 'let g:git_trace_navigation = 1', 'doautocmd CursorHold'];
  const { PATH } = repository.env;
  const empty = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'bin-'));
  repository.env['PATH'] = empty;
  await nvim(repository, 'src/price.txt', ...write);
  symlinkSync(whereIs('git'), join(empty, 'git'));
  await nvim(repository, 'src/price.txt', ...write);
  repository.env['PATH'] = PATH;
  const elsewhere = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'elsewhere-'));
  await nvim(repository, join(elsewhere, 'x'), ...write);
  const unwanted = TestRepository.create();
  await nvim(repository, join(unwanted.path, 'x'), ...write);
  expect(unwanted.exists('.git/trace')).toBe(false);
  expect(repository.trace('init').status).toBe(0);
  await nvim(repository, 'src/price.txt', ...write);
  await seen(repository, '"navigation"');
  expect(eventsOf(repository).filter(({ payload }) => payload['source'] === 'nvim')).toEqual([]);
});

/** Where on the PATH a program is. */
function whereIs(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return join(folders.find((folder) => existsSync(join(folder, name))) ?? '', name);
}
