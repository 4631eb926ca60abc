/** Coding agents as they call our hooks: installed by init, run as the agent runs them, told at the flush. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookCommand } from '../../src/capture/agents/settings.ts';
import type { AgentName } from '../../src/capture/agents/told.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const SECRET = 'ghp_ab12CD34ef56GH78ij90KL12mn34OP56qr78';

interface Event {
  type: string;
  session: string;
  ts: string;
  payload: Record<string, unknown>;
}

function create(...agents: AgentName[]): TestRepository {
  const repository = TestRepository.create();
  repository.git('config', 'trace.recorder', 'false');
  repository.commitFile('price.ts', 'export const tax = 19;\n');
  repository.trace('init', ...agents.flatMap((agent) => ['--agent', agent]));
  return repository;
}

/** Runs a hook as an agent does: its command line, what it says on stdin. */
function call(
  repository: TestRepository,
  agent: AgentName,
  event: string,
  said: object | string,
  options: { shell?: readonly string[]; cwd?: string; env?: Record<string, string> } = {},
) {
  const [program = 'sh', ...args] = options.shell ?? ['sh'];
  const input =
    typeof said === 'string' ? said : JSON.stringify({ session_id: 'S-1', cwd: repository.path, hook_event_name: event, ...said });
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...options.env };
  return spawnSync(program, [...args, '-c', hookCommand(agent, event)], {
    cwd: options.cwd ?? repository.path,
    input,
    env,
    encoding: 'utf8',
  });
}

function events(repository: TestRepository): Event[] {
  const lines = repository.trace('show', '--ndjson').stdout.split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event); // what show promises to print
}

const waiting = (repository: TestRepository) => readdirSync(repository.inGitDir('trace/spool')).filter((name) => name.startsWith('hook-'));

const SHELLS = [
  { name: 'sh', line: ['sh'] },
  { name: 'bash', line: ['bash'] },
  { name: 'busybox', line: ['busybox', 'sh'] },
  { name: 'zsh', line: ['zsh'] },
];

describe.each(SHELLS)('a session', ({ name, line }) => {
  skipUnless(hasProgram(name), `${name} is not installed`)(`of Claude Code, its hooks run by ${name}`, () => {
    const repository = create('claude-code');
    const tell = (event: string, said: object) => {
      const outcome = call(repository, 'claude-code', event, said, { shell: line });
      expect([outcome.status, outcome.stdout, outcome.stderr]).toEqual([0, '', '']);
    };
    tell('SessionStart', { source: 'startup', model: 'claude-sonnet-4-5' });
    tell('UserPromptSubmit', { prompt: `use ${SECRET} for the deploy` });
    tell('PreToolUse', { tool_name: 'Bash', tool_use_id: 't1', tool_input: { command: 'npx vitest run' } });
    tell('PostToolUse', {
      tool_name: 'Bash',
      tool_use_id: 't1',
      tool_input: { command: 'npx vitest run' },
      tool_response: { stdout: `token ${SECRET}\n Test Files  1 passed (1)\n      Tests  3 passed (3)\n`, stderr: '' },
    });
    tell('PostToolUse', { tool_name: 'Read', tool_use_id: 't2', tool_input: { file_path: `${repository.path}/price.ts` }, duration_ms: 3 });
    tell('SomethingNew', { text: SECRET });
    tell('SessionEnd', { reason: 'exit' });
    const found = events(repository).filter(({ session }) => session === 'claude-code-S-1');
    expect(found.map(({ type }) => type)).toEqual(['session_started', 'prompt', 'command', 'test', 'tool_call', 'session_ended']);
    expect(found[0]?.payload).toMatchObject({ kind: 'agent', tool: 'claude-code', model: 'claude-sonnet-4-5', source: 'startup' });
    expect(found[1]?.payload['text']).toBe('use «redacted:github-pat» for the deploy');
    expect(found[2]?.payload['duration_ms']).toBeTypeOf('number');
    expect(found[2]?.payload['stdout_sample']).toContain('token «redacted:github-pat»');
    expect(found[3]?.payload).toMatchObject({ passed: 3, failed: 0, framework: 'vitest' });
    expect(found[4]?.payload).toMatchObject({ tool_name: 'Read', command_preview: 'price.ts', duration_ms: 3 });
    // nowhere in git, nor aside
    const objects = repository.git('cat-file', '--batch', '--batch-all-objects', '--unordered', '--buffer');
    expect(objects).not.toContain(SECRET);
    expect(waiting(repository)).toEqual([]);
    expect(repository.exists('.git/trace/quarantine')).toBe(false);
    expect(repository.trace('show').stdout).toContain('agent claude-code');
  });
});

describe('what a hook kept', () => {
  test('an unknown hook and what is no JSON are left out, which GITTRACE_DEBUG tells', () => {
    const repository = create('gemini');
    call(repository, 'gemini', 'BeforeModel', {});
    call(repository, 'gemini', 'SessionStart', `not JSON ${SECRET}`);
    call(repository, 'gemini', 'SessionStart', '');
    const { stderr } = repository.traceWith({ env: { GITTRACE_DEBUG: '1' } }, 'flush');
    expect(stderr).toContain("debug: left out what the agent 'gemini' said: a hook 'BeforeModel'");
    expect(stderr.match(/debug: left out what the agent 'gemini' said: it is no JSON object/g)).toHaveLength(2);
    expect(stderr).not.toContain('warning');
    expect(stderr).not.toContain(SECRET);
    expect(events(repository)).toEqual([]);
  });

  test('a call that began before an earlier flush has its duration; commands let git’s hooks join', () => {
    const repository = create('codex');
    call(repository, 'codex', 'PreToolUse', { tool_name: 'Bash', tool_use_id: 'c1', tool_input: { command: 'ls' }, model: 'gpt-5' });
    repository.trace('flush');
    call(repository, 'codex', 'PostToolUse', {
      tool_name: 'Bash',
      tool_use_id: 'c1',
      tool_input: { command: 'ls' },
      tool_response: 'x',
      model: 'gpt-5',
    });
    const [started, command] = events(repository);
    expect(started).toMatchObject({
      type: 'session_started',
      session: 'codex-S-1',
      payload: { kind: 'agent', tool: 'codex', model: 'gpt-5' },
    });
    expect(command?.payload['duration_ms']).toBeGreaterThan(0);
  });

  test('Claude Code gives its commands the name of its session, so that commits are the agent’s', () => {
    const repository = create('claude-code');
    const file = join(repository.path, '../env');
    repository.run('touch', [file]);
    call(repository, 'claude-code', 'SessionStart', { source: 'startup' }, { env: { CLAUDE_ENV_FILE: file } });
    const { stdout } = repository.run('cat', [file]);
    expect(stdout).toBe('export GITTRACE_SESSION=claude-code-S-1\n');
    repository.writeFile('b', 'b\n');
    repository.git('add', 'b');
    repository.gitWith({ env: { GITTRACE_SESSION: 'claude-code-S-1' } }, 'commit', '-m', 'by the agent');
    const commit = events(repository).find(({ type }) => type === 'commit');
    expect(commit?.session).toBe('claude-code-S-1');
  });

  test('in a linked work tree it belongs to that one’s branch', () => {
    const repository = create('claude-code');
    const other = repository.worktree('feature');
    call(repository, 'claude-code', 'UserPromptSubmit', { prompt: 'there' }, { cwd: other.path });
    const lines = other.trace('show', '--ndjson', 'feature').stdout;
    expect(lines).toContain('"text":"there"');
  });
});

describe('edits', () => {
  const edited = (repository: TestRepository, file: string, before: string, after: string) =>
    call(repository, 'cursor', 'afterFileEdit', {
      conversation_id: 'C-1',
      file_path: join(repository.path, file),
      edits: [{ old_string: before, new_string: after }],
    });
  const told = (repository: TestRepository) =>
    events(repository)
      .filter(({ type }) => type === 'edit')
      .map(({ session, payload }) => [session.replace(/^local-.*/, 'local'), payload['file'], payload['change_summary']]);

  test('what the agent and the snapshot both see is told once, by the agent', () => {
    const repository = create('cursor');
    repository.writeFile('price.ts', 'export const tax = 7;\n');
    edited(repository, 'price.ts', 'export const tax = 19;\n', 'export const tax = 7;\n');
    const once = [['cursor-C-1', 'price.ts', '+1/-1']];
    // the settings file itself is new, and nobody told of it
    expect(told(repository).filter(([, file]) => file !== '.cursor/hooks.json')).toEqual(once);
    expect(told(repository).filter(([, file]) => file !== '.cursor/hooks.json')).toEqual(once);
  });

  test('what a person does to the same file is told besides', () => {
    const repository = create('cursor');
    repository.writeFile('price.ts', 'export const tax = 7;\nexport const by = "hand";\n');
    edited(repository, 'price.ts', 'export const tax = 19;\n', 'export const tax = 7;\n');
    expect(told(repository)).toContainEqual(['local', 'price.ts', '+2/-1']);
    expect(told(repository)).toContainEqual(['cursor-C-1', 'price.ts', '+1/-1']);
  });

  test('of a file that git ignores nothing is told but that a tool was used', () => {
    const repository = create('cursor');
    repository.writeFile('.gitignore', '.env\n');
    edited(repository, '.env', '', 'PLAIN=words that no rule would find\n');
    const found = events(repository).filter(({ session }) => session === 'cursor-C-1');
    expect(found.map(({ type }) => type)).toEqual(['session_started', 'tool_call']);
    expect(JSON.stringify(found)).not.toMatch(/env"|words that/);
  });
});

describe('a hook', () => {
  test('takes half a mebibyte of what is longer, and tells what it can', () => {
    const repository = create('claude-code');
    const said = { tool_name: 'Write', tool_input: { file_path: join(repository.path, 'long.txt'), content: 'line\n'.repeat(600_000) } };
    expect(call(repository, 'claude-code', 'PostToolUse', said).status).toBe(0);
    expect(events(repository).find(({ type }) => type === 'edit')?.payload).toMatchObject({ file: 'long.txt', truncated: true });
  });

  test.each(['timeout', 'a watch of its own'])('does not wait for an agent that says nothing and goes on: %s', async (by) => {
    const repository = create('claude-code');
    const path = by === 'timeout' ? process.env['PATH'] : pathWithout(repository, 'timeout');
    const child = spawn('sh', ['-c', hookCommand('claude-code', 'UserPromptSubmit')], {
      cwd: repository.path,
      env: { PATH: path, HOME: process.env['HOME'] },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.write('{"session_id":"S-2","prompt":"and the');
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(0);
    child.stdin.destroy();
    expect(waiting(repository)).toEqual([]);
  });

  test.each([
    ['outside of a repository', { cwd: '/' }],
    ['told not to record', { env: { GITTRACE: '0' } }],
    ['told not to track', { env: { DO_NOT_TRACK: '1' } }],
  ])('does nothing %s', (_, options) => {
    const repository = create('codex');
    const outcome = call(repository, 'codex', 'Stop', {}, options);
    expect([outcome.status, outcome.stdout, outcome.stderr]).toEqual([0, '', '']);
    expect(waiting(repository)).toEqual([]);
  });

  test('does nothing where recording is paused, or git trace was never installed', () => {
    const repository = create('codex');
    repository.trace('pause');
    expect(call(repository, 'codex', 'Stop', {}).status).toBe(0);
    expect(waiting(repository)).toEqual([]);
    const other = TestRepository.create();
    const outcome = call(other, 'codex', 'Stop', {});
    expect([outcome.status, outcome.stdout, outcome.stderr]).toEqual([0, '', '']);
    expect(other.exists('.git/trace')).toBe(false);
  });
});

describe('init', () => {
  const BEFORE = '{\n    // mine\n    "permissions": { "allow": ["Bash(ls)"] },\n}\n';

  test('puts hooks in once and takes them out to the byte', () => {
    const repository = TestRepository.create();
    repository.writeFile('.gemini/settings.json', BEFORE);
    const agents = ['claude-code', 'codex', 'cursor', 'gemini'].flatMap((agent) => ['--agent', agent]);
    expect(repository.trace('init', '--dry-run', ...agents).stderr).toContain("would put hooks into '.gemini/settings.json'");
    expect(repository.readFile('.gemini/settings.json')).toBe(BEFORE);
    const { stderr } = repository.trace('init', ...agents);
    expect(stderr).toContain("claude-code: put hooks into '.claude/settings.local.json'");
    const once = repository.readFile('.gemini/settings.json');
    expect(once.startsWith(BEFORE.slice(0, BEFORE.lastIndexOf(',')))).toBe(true);
    expect(repository.trace('init', ...agents).stderr).toContain("gemini: '.gemini/settings.json' has our hooks already");
    expect(repository.readFile('.gemini/settings.json')).toBe(once);
    repository.trace('init', '--uninstall', '--agent', 'codex');
    expect(repository.exists('.codex')).toBe(false);
    expect(repository.exists('.claude/settings.local.json')).toBe(true);
    repository.trace('init', '--uninstall');
    expect(repository.readFile('.gemini/settings.json')).toBe(BEFORE);
    for (const name of ['.claude', '.codex', '.cursor', '.git/trace']) expect(repository.exists(name), name).toBe(false);
  });

  test('leaves settings alone that it does not understand, and says what to put there', () => {
    const repository = TestRepository.create();
    repository.writeFile('.cursor/hooks.json', '{ not JSON');
    const { stderr } = repository.trace('init', '--agent', 'cursor');
    expect(stderr).toContain("'.cursor/hooks.json' was left alone");
    expect(stderr).toContain('trace/agent.sh" cursor');
    expect(repository.readFile('.cursor/hooks.json')).toBe('{ not JSON');
    expect(repository.trace('init', '--agent', 'emacs')).toMatchObject({ status: 129 });
  });
});

/** A PATH with everything that the hooks use, but for one program. */
function pathWithout(repository: TestRepository, missing: string): string {
  const folder = join(repository.path, '../programs');
  repository.run('mkdir', ['-p', folder]);
  for (const name of ['sh', 'git', 'head', 'cat', 'sleep', 'rm', 'sed', 'env'].filter((program) => program !== missing))
    repository.run('sh', ['-c', `ln -sf "$(command -v ${name})" "${folder}/${name}"`]);
  return folder;
}
