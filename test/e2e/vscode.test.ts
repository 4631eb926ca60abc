/**
 * The VS Code extension of examples/vscode as a person has it: packed, installed, and loaded by a stand-in for VS Code
 * (test/helpers/vscode.ts), with a real `git trace serve` in a real repository.
 */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import { openClient } from '../../src/client/index.ts';
import { Follower } from '../helpers/follower.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';
import { skipUnless } from '../helpers/skip.ts';
import { VsCode } from '../helpers/vscode.ts';
import { EditorWindow, type Packed, packExtension } from '../helpers/vscode-window.ts';

const HAS_UNZIP = hasProgram('unzip');
const test = skipUnless(HAS_UNZIP, 'unzip is not installed');

let packed: Packed = { vsix: '', folder: '' };
beforeAll(() => {
  if (HAS_UNZIP) packed = packExtension();
});

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly session: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the trace of a branch holds, in order. */
function eventsOf(repository: TestRepository, branch = 'main'): Event[] {
  return (JSON.parse(repository.trace('show', '--json', branch).stdout) as { events: Event[] }).events;
}

/** Waits until a trace has told of something. */
async function seen(repository: TestRepository, wanted: string): Promise<void> {
  await using follower = new Follower(repository, '--ndjson', 'main');
  await follower.sees(wanted);
}

/** A folder for what VS Code keeps of the extension. */
const storage = (): string => join(TestRepository.create({ name: 'storage' }).path, 'globalStorage/git-trace.git-trace-example');

/** Sends what closed windows left, as the next one would: a window waits for a slow server only so long. */
async function deliver(kept: string, server: Server): Promise<void> {
  for (const name of readdirSync(kept)) {
    const client = openClient({ folder: join(kept, name), url: server.url });
    await client.flushPending(20_000);
    await client.close();
    expect(readdirSync(join(kept, name))).toEqual([]);
  }
}

/** A repository that was served once, so that git trace is wanted there. */
async function served(name = 'repository'): Promise<TestRepository> {
  const repository = TestRepository.create({ name });
  repository.commitFile('price.txt', '1\n2\n3\n');
  const server = await Server.start(repository);
  await server.stop();
  return repository;
}

/** An edit, told by its file and what it changed. */
const shown = ({ type, payload }: Event): string =>
  `${type} ${payload['file'] ?? payload['target'] ?? ''} ${payload['change_summary'] ?? payload['text'] ?? payload['line'] ?? ''}`.trim();

describe('the package', () => {
  const unzip = (...args: string[]): string => TestRepository.create().run('unzip', args).stdout;

  test('is sound, and holds what VS Code needs and nothing else', () => {
    const names = unzip('-Z1', packed.vsix).trim().split('\n').sort();
    expect(names).toEqual([
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/LICENSE.txt',
      'extension/README.md',
      'extension/dist/extension.cjs',
      'extension/package.json',
    ]);
    expect(unzip('-t', packed.vsix)).toContain('No errors detected');
    // the Open Packaging Conventions: a part whose type is not declared makes a package invalid
    const types = unzip('-p', packed.vsix, '\\[Content_Types\\].xml');
    const declared = [...types.matchAll(/<Default Extension="([^"]+)" ContentType="[^"]+"/g)].map((found) => found[1]);
    const wanted = names.filter((name) => name !== '[Content_Types].xml').map((name) => /[.][^.]+$/.exec(name)?.[0]);
    expect(new Set(declared)).toEqual(new Set(wanted));
  });

  test('says in its manifest what package.json says, and names files that are there', () => {
    // written by us
    const said = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8')) as Record<string, unknown> & {
      engines: { vscode: string };
    };
    const manifest = unzip('-p', packed.vsix, 'extension.vsixmanifest');
    expect(manifest).toContain(
      `<Identity Language="en-US" Id="${said['name']}" Version="${said['version']}" Publisher="${said['publisher']}" />`,
    );
    expect(manifest).toContain(`Id="Microsoft.VisualStudio.Code.Engine" Value="${said.engines.vscode}"`);
    const assets = [...manifest.matchAll(/<Asset [^>]*Path="([^"]+)"/g)].map((found) => found[1] ?? '');
    expect(assets.sort()).toEqual(['extension/LICENSE.txt', 'extension/README.md', 'extension/package.json']);
    expect(existsSync(join(packed.folder, String(said['main'])))).toBe(true);
    expect(said['dependencies']).toBeUndefined();
  });

  test('is one file that needs nothing but VS Code and node, is activated, and leaves nothing behind', async () => {
    const code = readFileSync(join(packed.folder, 'dist/extension.cjs'), 'utf8');
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map((found) => found[1] ?? '');
    expect(required.filter((name) => !name.startsWith('node:'))).toEqual(['vscode']);
    expect(code).not.toContain('sourceMappingURL');
    const window = new VsCode(packed.folder, storage());
    expect(window.exports.sort()).toEqual(['activate', 'deactivate']);
    await window.activate();
    expect(window.commands).toEqual(['gitTrace.note']);
    await window.deactivate();
    expect([window.commands, window.errors]).toEqual([[], []]);
  });
});

test('a saved file is an edit with its diff, a note an annotation; a line is told only where that is switched on', async () => {
  const repository = await served();
  const server = await Server.start(repository);
  const kept = storage();
  const window = await EditorWindow.open(packed.folder, kept);
  const price = join(repository.path, 'price.txt');
  await window.do('save', price, '1\n2\nthree\n');
  await window.do('select', price, 2, 3);
  // what a checkout does is nobody's edit, and what git ignores nobody's business
  repository.writeFile('price.txt', '0\n1\n2\nthree\n');
  repository.writeFile('.gitignore', '.env\n');
  repository.writeFile('.env', 'KEY=1\n');
  await window.do('save', price, '0\n1\n2\nthree\nfour');
  await window.do('save', join(repository.path, '.env'), 'KEY=2\n');
  await window.do('open', price);
  await window.note(' the law has changed ');
  await window.do('configure', 'gitTrace.navigation', true);
  await window.do('select', price, 3, 1);
  await seen(repository, '"navigation"');
  await window.close();
  await deliver(kept, server);
  await server.stop();

  const events = eventsOf(repository);
  expect(events.map(shown)).toEqual([
    'session_started',
    'edit price.txt +1/-1',
    'edit price.txt +1/-0',
    'annotation price.txt:3 the law has changed',
    'navigation price.txt 4',
    'session_ended',
  ]);
  expect(new Set(events.map(({ session }) => session)).size).toBe(1);
  expect(events[0]?.payload).toMatchObject({ kind: 'ide', tool: 'vscode 1.101.0', developer: { ide_version: 'vscode 1.101.0' } });
  // the same person as in what the command records
  repository.trace('note', 'by hand');
  const developers = eventsOf(repository).flatMap(({ type, payload }) => (type === 'session_started' ? [payload['developer']] : []));
  expect(new Set(developers.map((developer) => (developer as { user_id: string }).user_id)).size).toBe(1);
  // git applies what the events tell
  repository.git('checkout', '-q', 'price.txt');
  const [first, second] = events.filter(({ type }) => type === 'edit');
  repository.gitWith({ input: String(first?.payload['diff_snippet']) }, 'apply');
  expect(repository.readFile('price.txt')).toBe('1\n2\nthree\n');
  repository.writeFile('price.txt', '0\n1\n2\nthree\n');
  repository.gitWith({ input: String(second?.payload['diff_snippet']) }, 'apply');
  expect(repository.readFile('price.txt')).toBe('0\n1\n2\nthree\nfour');
});

test('what is told while no server runs is kept, whoever is killed, and arrives in order, once', async () => {
  const repository = await served();
  const kept = storage();
  const price = join(repository.path, 'price.txt');
  const first = await EditorWindow.open(packed.folder, kept);
  await first.do('save', price, 'a\n');
  await first.do('save', price, 'a\nb\n');
  expect(await first.note('because')).toEqual(['git trace: noted, and sent later']);
  await first.kill();
  // on another branch, and that is where its events belong
  repository.git('checkout', '-q', '-b', 'topic');
  const second = await EditorWindow.open(packed.folder, kept);
  await second.do('save', price, 'a\nb\nc\n');
  const [outbox = ''] = readdirSync(kept);
  const lines = readdirSync(join(kept, outbox)).map((name) => readFileSync(join(kept, outbox, name), 'utf8'));
  expect(lines.join('').match(/"type":"(edit|annotation)"/g)).toHaveLength(4);

  const server = await Server.start(repository);
  await using follower = new Follower(repository, '--ndjson', 'topic');
  await follower.sees('"edit"');
  await second.close();
  await deliver(kept, server);
  await server.stop();
  const [main, topic] = [eventsOf(repository), eventsOf(repository, 'topic')];
  expect(main.map(shown)).toEqual(['session_started', 'edit price.txt +1/-3', 'edit price.txt +1/-0', 'annotation price.txt:1 because']);
  expect(topic.map(shown)).toEqual(['session_started', 'edit price.txt +1/-0', 'session_ended']);
  expect(new Set(main.map(({ session }) => session))).not.toContain(topic[0]?.session);
});

test('what is kept for one repository goes to no other’s server', async () => {
  const [one, other] = [await served('one'), await served('other')];
  const kept = storage();
  const first = await EditorWindow.open(packed.folder, kept);
  await first.do('save', join(one.path, 'price.txt'), 'of one\n');
  await first.kill();
  const server = await Server.start(other);
  const second = await EditorWindow.open(packed.folder, kept);
  await second.do('save', join(other.path, 'price.txt'), 'of the other\n');
  await second.do('save', join(one.path, 'price.txt'), 'of one again\n');
  await seen(other, '"edit"');
  await second.close();
  await server.stop();
  expect(eventsOf(other).map(shown).slice(0, 2)).toEqual(['session_started', 'edit price.txt +1/-3']);
  expect(eventsOf(other).filter(({ type }) => type === 'edit')).toHaveLength(1);

  const late = await Server.start(one);
  const third = await EditorWindow.open(packed.folder, kept);
  await third.do('save', join(one.path, 'price.txt'), 'the last\n');
  await seen(one, 'the last');
  await third.close();
  await late.stop();
  expect(eventsOf(one).filter(({ type }) => type === 'edit')).toHaveLength(3);
});

test('where git trace init was run, edits are found by it, and told by nobody else unless that is wanted; a pause holds for all', async () => {
  const repository = await served();
  repository.putTraceOnPath();
  expect(repository.trace('init').status).toBe(0);
  const window = await EditorWindow.open(packed.folder, storage());
  const price = join(repository.path, 'price.txt');
  await window.do('save', price, 'found\n');
  repository.trace('pause');
  await window.do('configure', 'gitTrace.edits', 'on');
  await window.do('save', price, 'while it was paused\n');
  repository.trace('resume');
  await window.do('save', price, 'told\n');
  const server = await Server.start(repository);
  await seen(repository, '"vscode"');
  await window.close();
  await server.stop();
  const told = eventsOf(repository).filter(({ payload }) => payload['source'] === 'vscode');
  expect(told.map(({ payload }) => payload['diff_snippet'])).toEqual([expect.stringContaining('-while it was paused\n+told\n')]);
});

test('where nobody asked for git trace, or somebody asked not to be recorded, nothing is kept', async () => {
  const [repository, kept] = [TestRepository.create(), storage()];
  repository.commitFile('price.txt', '1\n');
  const window = await EditorWindow.open(packed.folder, kept);
  await window.do('save', join(repository.path, 'price.txt'), '2\n');
  expect(await window.note('why')).toEqual(['git trace: open a file of a repository in which git trace init, or serve, was run']);
  const silent = await EditorWindow.open(packed.folder, kept, { DO_NOT_TRACK: '1' });
  await silent.do('save', join((await served()).path, 'price.txt'), '2\n');
  await silent.close();
  await window.close();
  expect(existsSync(kept)).toBe(false);
});

test('closing a window waits for a silent server 300 ms, and no longer', async () => {
  const repository = await served();
  // takes what is posted, and never answers
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  // a TCP server has an address of this shape
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  writeFileSync(repository.inGitDir('trace/serve.json'), JSON.stringify({ url }));
  const kept = storage();
  const window = new VsCode(packed.folder, kept);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await window.activate();
  window.save(join(repository.path, 'price.txt'), 'new\n');
  const posted = once(silent, 'request');
  let isClosed = false;
  const closed = window.deactivate().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  await posted;
  await vi.advanceTimersByTimeAsync(299);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
  expect(window.errors).toEqual([]);
  expect(readdirSync(join(kept, readdirSync(kept)[0] ?? ''))).not.toEqual([]);
});
