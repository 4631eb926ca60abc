/** `git trace mcp` as an agent meets it: the SDK's own client lists every tool and calls it, and each call is recorded. */
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, expect, test } from 'vitest';
import { BIN, TestRepository } from '../helpers/repository.ts';

interface Event {
  type: string;
  session: string;
  payload: Record<string, unknown>;
}

const open: Client[] = [];

afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
});

async function connect(repository: TestRepository): Promise<Client> {
  const client = new Client({ name: 'Test Agent', version: '1' });
  const { PATH = '', HOME = '' } = process.env;
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [BIN, 'mcp'],
      cwd: repository.path,
      env: {
        PATH,
        HOME,
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@example.com',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@example.com',
      },
      stderr: 'pipe',
    }),
  );
  open.push(client);
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<{ text: string; isError: boolean }> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [first] = content as { text: string }[]; // every tool answers with one text
  return { text: first?.text ?? '', isError: isError === true };
}

async function leave(client: Client): Promise<void> {
  open.splice(open.indexOf(client), 1);
  await client.close();
}

function create(): TestRepository {
  const repository = TestRepository.create();
  repository.git('config', 'trace.recorder', 'false');
  repository.git('remote', 'add', 'origin', 'https://ada:secret-word@example.com/shop/web.git');
  repository.commitFile('price.ts', 'export const tax = 19;\n');
  repository.trace('init', '--no-push');
  return repository;
}

function events(repository: TestRepository): Event[] {
  const lines = repository.trace('show', '--ndjson').stdout.split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event); // what show promises to print
}

test('every tool is listed with what it takes, and can be called', async () => {
  const repository = create();
  repository.git('switch', '-q', '-c', 'cheaper');
  repository.trace('note', 'the law has changed');
  repository.writeFile('price.ts', 'export const tax = 7;\n');
  repository.git('commit', '-aqm', 'lower the tax');
  const client = await connect(repository);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['annotate', 'record_test_result', 'read_trace', 'search_trace', 'why_line']);
  for (const { inputSchema, description, annotations } of tools) {
    expect(inputSchema.type).toBe('object');
    expect(description?.length).toBeGreaterThan(40);
    expect(annotations).toHaveProperty('readOnlyHint');
  }
  expect(await call(client, 'annotate', { text: 'rounded as before', target: 'price.ts:1' })).toEqual({
    text: 'recorded in the trace of this branch',
    isError: false,
  });
  expect(await call(client, 'record_test_result', { framework: 'by hand', passed: 1, failed: 1, failures: ['half cents'] })).toMatchObject({
    isError: false,
  });
  const read = await call(client, 'read_trace', { limit: 100 });
  expect(read.text).toContain('rounded as before');
  expect(read.text).toContain('half cents');
  expect((await call(client, 'read_trace', { trace: 'cheaper', types: ['commit'] })).text).not.toContain('rounded');
  expect((await call(client, 'search_trace', { query: 'LAW HAS' })).text).toMatch(/^1 events\n.*annotation.*the law has changed/);
  const why = (await call(client, 'why_line', { file: 'price.ts', line: 1 })).text;
  for (const said of [
    'export const tax = 7;',
    'lower the tax',
    'trace of branch cheaper',
    'the law has changed',
    'rounded as before',
    'edits of price.ts',
  ])
    expect(why).toContain(said);
  await leave(client);

  const ours = events(repository).filter(({ session }) => session.startsWith('mcp-test-agent-'));
  expect(ours[0]).toMatchObject({ type: 'session_started', payload: { kind: 'agent', tool: 'Test Agent' } });
  expect(ours.at(-1)).toMatchObject({ type: 'session_ended', payload: { status: 'completed' } });
  expect(ours.filter(({ type }) => type === 'annotation' || type === 'test')).toHaveLength(2);
  const calls = ours.filter(({ type }) => type === 'tool_call').map(({ payload }) => payload);
  expect(calls.map(({ tool_name }) => tool_name)).toEqual([
    'annotate',
    'record_test_result',
    'read_trace',
    'read_trace',
    'search_trace',
    'why_line',
  ]);
  const head = repository.git('rev-parse', 'HEAD').slice(0, 12);
  for (const payload of calls) {
    // all that R17 names
    expect(payload).toEqual({
      tool_name: expect.any(String),
      status: 'completed',
      tokens_original: expect.any(Number),
      tokens_saved: expect.any(Number),
      duration_ms: expect.any(Number),
      mode: expect.stringMatching(/^(read|write)$/),
      repository_fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      checkout_binding: `cheaper@${head}`,
      project_slug: 'shop/web',
      command_preview: expect.any(String),
    });
  }
  expect(calls.at(-1)).toMatchObject({ command_preview: 'price.ts:1', mode: 'read' });
  expect(JSON.stringify(events(repository))).not.toContain('secret-word');
});

test('what cannot be done is said, and recorded as failed', async () => {
  const repository = create();
  // nobody is to be asked for a trace that is not here
  repository.git('remote', 'remove', 'origin');
  const client = await connect(repository);
  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ['annotate', {}, /"text" is missing or wrong/],
    ['annotate', { text: 'half a character: \ud83c' }, /lone surrogate/],
    ['annotate', { text: 'x'.repeat(3_000_000) }, /it has 3000[0-9]+ bytes, expected at most 262144/],
    ['record_test_result', { framework: 'x', passed: -1, failed: 0 }, /"passed"/],
    ['search_trace', {}, /"query" is missing/],
    ['why_line', { file: 'nowhere', line: 1 }, /there is no line 1 in 'nowhere'/],
    ['why_line', { file: 'price.ts', line: 99 }, /there is no line 99/],
    ['why_line', { file: 'price.ts', line: 0 }, /a number from 1/],
    ['read_trace', { trace: '999' }, /there is no trace of 999 here/],
  ];
  for (const [name, args, message] of wrong) {
    const answer = await call(client, name, args);
    expect(answer.isError).toBe(true);
    expect(answer.text).toMatch(message);
  }
  expect((await call(client, 'nothing')).text).toContain('there is no tool "nothing"');
  await leave(client);
  const calls = events(repository).filter(({ type }) => type === 'tool_call');
  expect(calls.map(({ payload }) => payload['status'])).toEqual(wrong.map(() => 'failed'));
  expect(repository.exists('.git/trace/quarantine')).toBe(false);
});

test('what is no protocol, on either side, harms nobody, and it ends with its input', async () => {
  const repository = create();
  const child = repository.startTrace(['mcp'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = child.stdout === null ? Promise.resolve('') : text(child.stdout);
  const ask = (id: number, method: string, params: object) =>
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: '\u001b[31m../../x', version: '1' } });
  child.stdin?.write(`garbage\n{"half":\n\0\n[]\n7\n${'['.repeat(1_000_000)}\n`);
  ask(2, 'tools/call', { name: 'annotate', arguments: [] });
  ask(3, 'tools/call', { name: 'annotate', arguments: { text: 'still here', ['__proto__']: { text: 'other' } } });
  ask(4, 'tools/call', { name: '__proto__', arguments: {} });
  child.stdin?.end();
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  const answers = (await said).trim().split('\n');
  for (const line of answers) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0', id: expect.any(Number) });
  expect(answers).toHaveLength(4);
  const [started, ...ours] = events(repository).filter(({ session }) => session.startsWith('mcp-'));
  expect(started?.session).toMatch(/^mcp-[a-z0-9-]+$/);
  expect(ours.map(({ type, payload }) => payload['text'] ?? type)).toContain('still here');
});

test('of a line that nobody has committed, or that no trace tells of, it says so', async () => {
  const repository = create();
  repository.writeFile('price.ts', 'export const tax = 19;\nexport const fee = 1;\n');
  const client = await connect(repository);
  expect((await call(client, 'why_line', { file: 'price.ts', line: 2 })).text).toContain('not committed yet');
  expect((await call(client, 'why_line', { file: 'price.ts', line: 1 })).text).toContain('no trace here tells of that commit');
});

test('where recording is paused nothing is kept, and reading goes on', async () => {
  const repository = create();
  repository.trace('note', 'before');
  repository.trace('pause');
  const before = events(repository).length;
  const client = await connect(repository);
  expect((await call(client, 'annotate', { text: 'x' })).text).toBe('recording is paused here, so this was not kept');
  expect((await call(client, 'read_trace')).text).toContain('before');
  await leave(client);
  expect(events(repository)).toHaveLength(before);
  expect(repository.exists(join('.git', 'trace', 'paused'))).toBe(true);
});
