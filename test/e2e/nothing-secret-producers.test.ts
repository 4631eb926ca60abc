/**
 * Nothing secret of an editor, an agent or an importer reaches git: every kind of secret goes through the server, OTLP,
 * MCP, the hooks of each agent and each importer; then all objects and all that lies below `.git/trace` are searched.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, test } from 'vitest';
import { hookCommand } from '../../src/capture/agents/settings.ts';
import { AGENTS, type AgentName } from '../../src/capture/agents/told.ts';
import { BASE62, seeded } from '../helpers/chance.ts';
import { BIN, TestRepository } from '../helpers/repository.ts';
import { filesBelow, findSecrets, ourObjects, partsOf } from '../helpers/secret-search.ts';
import { plantSecrets } from '../helpers/secrets.ts';
import { Server } from '../helpers/serve.ts';

const chance = seeded(78);
const planted = plantSecrets(chance, 1);
const parts = partsOf(planted, 12_000);
/** Tokens where only names are expected, each by the place that it is put. */
const names: { readonly name: string; readonly secret: string }[] = [];
const SECRETS = [...new Map(planted.map(({ kind, secret }) => [kind, { name: kind, secret }])).values()];

function token(place: string): string {
  const made = `${'gh'}p_${chance.text(BASE62, 36)}`;
  names.push({ name: place, secret: made });
  return made;
}

function create(): TestRepository {
  const repository = TestRepository.create();
  repository.git('config', 'trace.recorder', 'false');
  repository.commitFile('a.txt', 'x\n');
  return repository;
}

function expectNothing(repository: TestRepository, printed = ''): void {
  const places = [
    ['objects', ourObjects(repository)],
    ['.git/trace', filesBelow(join(repository.path, '.git/trace'))],
    ['what was printed', printed],
    ['refs', repository.git('for-each-ref')],
  ] as const;
  expect(findSecrets([...SECRETS, ...names], places)).toEqual([]);
}

/** Expects so many redactions, so that it was looked for where it must be. */
function expectRedacted(repository: TestRepository, least: number): void {
  expect(ourObjects(repository).match(/«redacted:/g)?.length).toBeGreaterThan(least);
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function telemetry(): object {
  const record = (name: string, values: Record<string, string>) => ({
    timeUnixNano: '1795251600000000000',
    attributes: Object.entries({ 'session.id': 's-1', 'event.name': name, ...values }).map(([key, value]) => attribute(key, value)),
  });
  const logRecords = planted.flatMap(({ text }) => [
    record('user_prompt', { prompt: text }),
    record('tool_result', { tool_name: 'Bash', success: 'true', tool_parameters: JSON.stringify({ command: text }) }),
  ]);
  logRecords.push(
    record('tool_result', { tool_name: token('OTLP tool'), success: 'false', error: token('OTLP error'), model: token('OTLP model') }),
    record('user_prompt', { prompt: 'x', 'session.id': token('OTLP session') }),
  );
  const resource = { attributes: [attribute('service.name', token('OTLP service')), attribute('host.name', token('OTLP host'))] };
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
}

test('that the server takes, also when it is killed', { timeout: 120_000 }, async () => {
  const repository = create();
  const server = await Server.start(repository);
  const events = planted.flatMap(({ text }, i) => [
    { type: 'command', payload: { command: text, exit_code: 0, stdout_sample: text } },
    { type: 'weather', payload: { [text]: i, deep: [{ text }] }, sky: text },
    { type: 'annotation', ts: text, payload: { text } },
    { type: text, payload: {} },
  ]);
  let printed = '';
  const half = events.length >> 1;
  const developer = { user_id: '11111111-1111-4111-8111-111111111111', ide_version: token('editor'), os: token('system') };
  for (const batch of [{ developer, session: token('HTTP session').slice(0, 40), events: events.slice(0, half) }])
    printed += (await server.ingest(batch)).text;
  const lines = events.slice(half).map((event) => JSON.stringify(event));
  const ndjson = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } };
  printed += (await server.ask('/ingest', { ...ndjson, body: `${lines.join('\n')}\n{"text": ${JSON.stringify(planted[0]?.text)}` })).text;
  printed += (await server.ingest({ repo: token('HTTP repository'), pr: token('HTTP pull request'), events: [] })).text;
  printed += (await server.ingest(telemetry(), '/v1/logs')).text;
  printed += (await server.ask(`/traces/${token('HTTP path')}/events?after=${token('HTTP cursor')}`)).text;
  await server.stop('SIGKILL');
  // it is in the spool now, or in the journal, or in both
  expectNothing(repository, printed + server.stderr);
  repository.trace('flush');
  expectNothing(repository);
  expectRedacted(repository, 2_000);
});

test('that an agent tells by MCP', { timeout: 120_000 }, async () => {
  const repository = create();
  const client = new Client({ name: token('MCP client'), version: token('MCP version') });
  const { PATH = '', HOME = '' } = process.env;
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [BIN, 'mcp'], cwd: repository.path, env: { PATH, HOME }, stderr: 'pipe' }),
  );
  let printed = '';
  const call = async (name: string, args: Record<string, unknown>): Promise<void> => {
    printed += JSON.stringify(await client.callTool({ name, arguments: args }));
  };
  for (const part of parts.slice(0, 8)) await call('annotate', { text: part });
  await call('annotate', { text: 'x', target: token('MCP target') });
  await call('record_test_result', {
    framework: token('MCP framework'),
    passed: 0,
    failed: 1,
    failures: planted.slice(0, 90).map(({ text }) => text),
    command: planted[90]?.text,
  });
  for (const { text } of planted.slice(-8)) await call('search_trace', { query: text });
  await call('why_line', { file: token('MCP file'), line: 1 });
  await call('read_trace', { trace: token('MCP trace') });
  await call(token('MCP tool'), {});
  await client.close();
  repository.trace('flush');
  expectNothing(repository, printed);
  expectRedacted(repository, 200);
});

/** What each agent says when it has a text: prompts, commands, edits, tools. */
const SAYINGS: Readonly<Record<AgentName, (text: string, at: string) => readonly (readonly [event: string, said: object])[]>> = {
  'claude-code': (text, at) => [
    ['UserPromptSubmit', { prompt: text }],
    ['PostToolUse', { tool_name: 'Bash', tool_input: { command: text }, tool_response: { stdout: text, stderr: text } }],
    ['PostToolUse', { tool_name: 'Write', tool_input: { file_path: `${at}/a.txt`, content: text }, tool_response: { type: 'create' } }],
    ['PostToolUseFailure', { tool_name: 'WebFetch', tool_input: { url: text }, error: text }],
  ],
  codex: (text, at) => [
    ['PostToolUse', { tool_name: 'exec_command', tool_input: { cmd: text, workdir: at }, tool_response: text }],
    ['PostToolUse', { tool_name: 'apply_patch', tool_input: { patch: patchOf(text) }, tool_response: 'Success' }],
  ],
  cursor: (text, at) => [
    ['beforeSubmitPrompt', { prompt: text }],
    ['afterShellExecution', { command: text, output: text }],
    ['afterFileEdit', { file_path: `${at}/a.txt`, edits: [{ old_string: 'x', new_string: text }] }],
    ['postToolUse', { tool_name: 'Grep', tool_input: { pattern: text } }],
  ],
  gemini: (text, at) => [
    ['BeforeAgent', { prompt: text }],
    ['BeforeTool', { tool_name: 'run_shell_command', tool_input: { command: text } }],
    ['AfterTool', { tool_name: 'run_shell_command', tool_input: { command: text }, tool_response: { llmContent: `Output: ${text}` } }],
    ['AfterTool', { tool_name: 'write_file', tool_input: { file_path: `${at}/a.txt`, content: text }, tool_response: {} }],
  ],
};

function patchOf(text: string): string {
  return `*** Begin Patch\n*** Update File: a.txt\n@@\n${text
    .split('\n')
    .map((line) => `+${line}`)
    .join('\n')}\n*** End Patch\n`;
}

test.each(AGENTS)('that the hooks of %s tell', { timeout: 120_000 }, (agent) => {
  const repository = create();
  repository.trace('init', '--no-push', '--agent', agent);
  const tell = (event: string, said: object): void => {
    const input = JSON.stringify({ session_id: 'S-1', conversation_id: 'S-1', cwd: repository.path, hook_event_name: event, ...said });
    expect(repository.run('sh', ['-c', hookCommand(agent, event)], { input }).status).toBe(0);
  };
  for (const part of parts.slice(0, 8)) for (const [event, said] of SAYINGS[agent](part, repository.path)) tell(event, said);
  const named = { session_id: token(`${agent} session`), model: token(`${agent} model`), tool_use_id: token(`${agent} call`) };
  for (const [event, said] of SAYINGS[agent]('x', repository.path)) {
    const tool = { tool_name: token(`${agent} tool`), file_path: `${repository.path}/${token(`${agent} file`)}` };
    tell(event, { ...said, ...named, ...tool, conversation_id: token(`${agent} conversation`) });
  }
  tell(token(`${agent} event`), { hook_event_name: token(`${agent} event name`) });
  const { stderr } = repository.traceWith({ env: { GITTRACE_DEBUG: '1' } }, 'flush');
  expectNothing(repository, stderr);
  expectRedacted(repository, 500);
});

test('that an importer finds', { timeout: 120_000 }, () => {
  const repository = create();
  const folder = join(repository.path, '../imported');
  mkdirSync(folder);
  const file = (name: string, values: readonly object[]): string => {
    const path = join(folder, name);
    writeFileSync(path, values.map((value) => JSON.stringify(value)).join('\n'));
    return path;
  };
  const timestamp = '2026-11-20T09:00:00.000Z';
  const outer = { sessionId: 's-1', cwd: repository.path, gitBranch: 'main', timestamp, version: token('Claude version') };
  const transcript = planted.flatMap(({ text }, i) => [
    { ...outer, uuid: `u${i}`, type: 'user', message: { role: 'user', content: text } },
    {
      ...outer,
      uuid: `a${i}`,
      type: 'assistant',
      message: {
        role: 'assistant',
        model: 'm',
        content: [{ type: 'tool_use', id: `t${i}`, name: 'Bash', input: { command: text, description: text } }],
      },
    },
    {
      ...outer,
      uuid: `r${i}`,
      type: 'user',
      message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${i}`, content: text, is_error: i % 2 === 0 }] },
      toolUseResult: { stdout: text, stderr: text },
    },
  ]);
  const agentTrace = [...planted.slice(0, 50).map(({ text }) => text), token('Agent Trace file')].map((text, i) => ({
    version: '0.1',
    id: `id-${i}`,
    timestamp,
    tool: { name: token(`Agent Trace tool ${i}`) },
    files: [
      { path: text, conversations: [{ url: text, contributor: { type: 'ai', model_id: text }, ranges: [{ start_line: 1, end_line: 2 }] }] },
    ],
  }));
  const messages = planted.map(({ text }) => ({ type: 'user', text }));
  const agentId = { tool: token('git-ai tool'), id: token('git-ai conversation'), model: token('git-ai model') };
  const authorship = { schema_version: 'authorship/3.0.0', prompts: { abc: { agent_id: agentId, messages } } };
  writeFileSync(join(folder, 'note'), `a.txt\n  abc 1-2\n---\n${JSON.stringify(authorship)}`);
  repository.git('notes', '--ref=ai', 'add', '-F', join(folder, 'note'), 'HEAD');
  const notes = new Set(repository.git('rev-list', '--objects', 'refs/notes/ai').match(/^[0-9a-f]{40}/gm));
  let printed = '';
  for (const args of [
    ['claude-code', file('s-1.jsonl', transcript)],
    ['agent-trace', file('traces.jsonl', agentTrace)],
    ['git-ai'],
    ['otlp-logs', file('logs.jsonl', [telemetry()])],
  ]) {
    const { status, stdout, stderr } = repository.trace('import', ...args);
    expect({ args, status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^[1-9][0-9]* events? imported/) });
    printed += stdout + stderr;
  }
  // what was imported from is no work of ours
  repository.git('update-ref', '-d', 'refs/notes/ai');
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('prune', '--expire=now');
  expect(notes.size).toBeGreaterThan(0);
  expectNothing(repository, printed);
  expectRedacted(repository, 2_000);
});
