/** What agents' hooks say, as events: payloads in the shapes of each agent's documentation, and what is no such thing. */
import { describe, expect, test } from 'vitest';
import { previewLine } from '../../src/capture/agents/calls.ts';
import { fromClaudeCode } from '../../src/capture/agents/claude-code.ts';
import { fromCodex } from '../../src/capture/agents/codex.ts';
import { fromCursor } from '../../src/capture/agents/cursor.ts';
import { fromGemini } from '../../src/capture/agents/gemini.ts';
import { readSaid } from '../../src/capture/agents/said.ts';
import { pathInTree, type Translate } from '../../src/capture/agents/told.ts';

const TOP = '/home/ada/shop';

function teller(translate: Translate, common: Record<string, unknown>) {
  return (event: string, said: Record<string, unknown>) =>
    translate({ event, said: { ...common, hook_event_name: event, ...said }, top: TOP });
}

describe('Claude Code', () => {
  const tell = teller(fromClaudeCode, {
    session_id: '3f8a6c1e-1111-4222-8333-444455556666',
    transcript_path: '/home/ada/.claude/projects/-home-ada-shop/3f8a.jsonl',
    cwd: `${TOP}/api`,
    permission_mode: 'default',
  });
  const used = (tool: string, input: object, response: unknown, more: object = {}) =>
    tell('PostToolUse', { tool_name: tool, tool_input: input, tool_response: response, tool_use_id: 'toolu_01', ...more });

  test('a session begins with its model, and ends', () => {
    expect(tell('SessionStart', { source: 'startup', model: 'claude-sonnet-4-5' })).toMatchObject({
      session: '3f8a6c1e-1111-4222-8333-444455556666',
      model: 'claude-sonnet-4-5',
      starts: { source: 'startup' },
    });
    // the same session goes on
    expect(tell('SessionStart', { source: 'compact' })).not.toHaveProperty('starts');
    expect(tell('SessionEnd', { reason: 'prompt_input_exit' })).toMatchObject({
      events: [{ type: 'session_ended', payload: { reason: 'prompt_input_exit', status: 'completed' } }],
    });
  });

  test('a prompt', () => {
    expect(tell('UserPromptSubmit', { prompt: 'add a discount' })).toMatchObject({
      events: [{ type: 'prompt', payload: { text: 'add a discount' } }],
    });
  });

  test('a command, with its output', () => {
    const told = used(
      'Bash',
      { command: 'npm test', description: 'tests' },
      { stdout: 'ok\n', stderr: 'w\n', interrupted: false },
      { duration_ms: 812 },
    );
    expect(told).toMatchObject({
      ends: 'toolu_01',
      events: [
        {
          type: 'command',
          payload: {
            command: 'npm test',
            cwd: 'api',
            duration_ms: 812,
            exit_code: 0,
            stdout_sample: 'ok\n',
            stderr_sample: 'w\n',
            tool: 'Bash',
          },
        },
      ],
    });
  });

  test('a command that failed, by the tool’s error; one that goes on; one whose status is no failure', () => {
    expect(
      tell('PostToolUseFailure', {
        tool_name: 'Bash',
        tool_input: { command: 'make' },
        error: 'Exit code 2\nmake: *** no rule',
        is_interrupt: false,
      }),
    ).toMatchObject({ events: [{ type: 'command', payload: { exit_code: 2, stdout_sample: 'Exit code 2\nmake: *** no rule' } }] });
    expect(used('Bash', { command: 'sleep 9', run_in_background: true }, { stdout: '', backgroundTaskId: 'b1' })).toMatchObject({
      events: [{ payload: { exit_code: null, unfinished: true } }],
    });
    expect(used('Bash', { command: 'grep x f' }, { stdout: '', returnCodeInterpretation: 'No matches found' })).toMatchObject({
      events: [{ payload: { exit_code: null } }],
    });
  });

  test('an edit, with the lines that the tool tells', () => {
    const told = used(
      'Edit',
      { file_path: `${TOP}/api/price.ts`, old_string: 'a', new_string: 'b' },
      {
        filePath: `${TOP}/api/price.ts`,
        structuredPatch: [{ oldStart: 7, oldLines: 2, newStart: 7, newLines: 2, lines: [' keep', '-a', '+b'] }],
        userModified: false,
      },
    );
    expect(told).toMatchObject({ events: [{ type: 'edit' }] });
    expect('events' in told && told.events[0]?.payload).toEqual({
      additions: 1,
      change_summary: '+1/-1',
      deletions: 1,
      diff_snippet: 'diff --git a/api/price.ts b/api/price.ts\n--- a/api/price.ts\n+++ b/api/price.ts\n@@ -7,2 +7,2 @@\n keep\n-a\n+b\n',
      file: 'api/price.ts',
      source: 'claude-code',
      status: 'modified',
      tool: 'Edit',
    });
  });

  test('a new file; several edits; a notebook', () => {
    expect(used('Write', { file_path: `${TOP}/new.md`, content: 'one\ntwo\n' }, { type: 'create', structuredPatch: [] })).toMatchObject({
      events: [{ payload: { status: 'added', additions: 2, diff_snippet: expect.stringContaining('@@ -0,0 +1,2 @@\n+one\n+two\n') } }],
    });
    const edits = [
      { old_string: 'a', new_string: 'b' },
      { old_string: 'c', new_string: '' },
    ];
    expect(used('MultiEdit', { file_path: `${TOP}/x`, edits }, {})).toMatchObject({
      events: [{ payload: { additions: 1, deletions: 2, diff_snippet: expect.stringContaining('@@ @@\n-a\n+b\n@@ @@\n-c\n') } }],
    });
    expect(used('NotebookEdit', { notebook_path: `${TOP}/n.ipynb`, new_source: 'x = 1' }, {})).toMatchObject({
      events: [{ type: 'edit', payload: { file: 'n.ipynb', additions: 1 } }],
    });
  });

  test('another tool: its name and what it was about, no more', () => {
    expect(used('Read', { file_path: `${TOP}/api/price.ts` }, { type: 'text', file: { content: 'secret' } })).toMatchObject({
      events: [{ type: 'tool_call', payload: { tool_name: 'Read', status: 'completed', command_preview: 'api/price.ts' } }],
    });
    expect(JSON.stringify(used('mcp__db__query', { sql: 'select secret' }, [{ text: 'secret' }]))).not.toContain('secret');
    expect(tell('PostToolUseFailure', { tool_name: 'Edit', tool_input: { file_path: `${TOP}/x` }, error: 'not found' })).toMatchObject({
      events: [{ type: 'tool_call', payload: { status: 'failed', command_preview: 'x' } }],
    });
  });

  test('what lies outside of the work tree is not named', () => {
    const told = [
      used('Read', { file_path: '/home/ada/.ssh/config' }, {}),
      used('Write', { file_path: `${TOP}-other/x`, content: 'x' }, { type: 'create' }),
      used('Edit', { file_path: `${TOP}/../notes`, old_string: 'a', new_string: 'b' }, {}),
    ];
    for (const one of told) expect(JSON.stringify(one)).not.toMatch(/ssh|other|notes/);
    expect(told[1]).toMatchObject({ events: [{ type: 'tool_call', payload: { tool_name: 'Write' } }] });
  });

  test('sub-agents: what they do is theirs, their end is told, tokens with the tool', () => {
    expect(used('Grep', { pattern: 'tax' }, {}, { agent_id: 'a1', agent_type: 'Explore' })).toMatchObject({
      events: [{ payload: { command_preview: 'tax', subagent: { id: 'a1', type: 'Explore' } } }],
    });
    expect(tell('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' })).toMatchObject({ begins: 'a1', events: [] });
    expect(tell('SubagentStop', { agent_id: 'a1', agent_type: 'Explore', last_assistant_message: 'a secret' })).toMatchObject({
      ends: 'a1',
      events: [{ type: 'tool_call', payload: { tool_name: 'subagent', command_preview: 'Explore', status: 'completed' } }],
    });
    expect(
      used('Task', { subagent_type: 'Explore', prompt: 'find' }, { status: 'completed', totalTokens: 12_034, totalDurationMs: 9_120 }),
    ).toMatchObject({
      events: [{ payload: { tool_name: 'Task', command_preview: 'Explore', tokens: 12_034, duration_ms: 9_120 } }],
    });
  });

  test('what is not for us', () => {
    expect(tell('Notification', { message: 'x' })).toEqual({ ignored: "a hook 'Notification'" });
    expect(fromClaudeCode({ event: 'Stop', said: {}, top: TOP })).toEqual({ ignored: 'no session_id' });
    expect(tell('PostToolUse', { cursor_version: '2.4.0' })).toEqual({ ignored: 'it comes from Cursor' });
    expect(tell('Stop', { stop_hook_active: false, last_assistant_message: 'all of it' })).toMatchObject({ events: [] });
  });
});

describe('Codex', () => {
  const tell = teller(fromCodex, {
    session_id: '019a-77',
    turn_id: 't',
    transcript_path: null,
    cwd: TOP,
    model: 'gpt-5.3-codex',
    permission_mode: 'default',
  });
  const used = (tool: string, input: unknown, response: unknown) =>
    tell('PostToolUse', { tool_name: tool, tool_input: input, tool_response: response, tool_use_id: 'call_1' });

  test('session, prompt, begun call', () => {
    expect(tell('SessionStart', { source: 'startup' })).toMatchObject({ model: 'gpt-5.3-codex', starts: { source: 'startup' } });
    expect(tell('UserPromptSubmit', { prompt: 'go' })).toMatchObject({
      events: [{ type: 'prompt', payload: { text: 'go', model: 'gpt-5.3-codex' } }],
    });
    expect(tell('PreToolUse', { tool_name: 'Bash', tool_use_id: 'call_1', tool_input: { command: 'ls' } })).toMatchObject({
      begins: 'call_1',
    });
  });

  test.each([
    ['an object', { output: 'ok\n', metadata: { exit_code: 3, duration_seconds: 0.5 } }],
    ['an object as a text', JSON.stringify({ output: 'ok\n', metadata: { exit_code: 3, duration_seconds: 0.5 } })],
    ['a text', 'Exit code: 3\nWall time: 0.5 seconds\nOutput:\nok\n'],
  ])('a command that answers with %s', (_, response) => {
    expect(used('Bash', { command: 'cargo check' }, response)).toMatchObject({
      events: [{ type: 'command', payload: { command: 'cargo check', exit_code: 3, stdout_sample: 'ok\n', duration_ms: 500 } }],
    });
  });

  test('a command as a list of words; output that nobody counted', () => {
    expect(used('shell', { command: ['bash', '-lc', 'echo a | cat'], workdir: `${TOP}/sub` }, 'a\n')).toMatchObject({
      events: [{ payload: { command: 'echo a | cat', cwd: 'sub', exit_code: null, stdout_sample: 'a\n' } }],
    });
  });

  test('a patch: one edit for each file', () => {
    const patch =
      '*** Begin Patch\n*** Add File: src/new.rs\n+fn a() {}\n*** Update File: src/main.rs\n@@ fn main()\n-    old();\n+    new();\n*** Update File: a.txt\n*** Move to: b.txt\n@@\n x\n*** Delete File: gone.txt\n*** End Patch\n';
    const told = used('apply_patch', { command: patch }, { output: 'Done', metadata: { exit_code: 0 } });
    expect('events' in told && told.events.map(({ payload: p }) => [p['file'], p['status'], p['additions'], p['deletions']])).toEqual([
      ['src/new.rs', 'added', 1, 0],
      ['src/main.rs', 'modified', 1, 1],
      ['b.txt', 'renamed', 0, 0],
      ['gone.txt', 'deleted', 0, 0],
    ]);
    expect(used('apply_patch', { patch }, { output: 'no', metadata: { exit_code: 1 } })).toMatchObject({
      events: [{ type: 'tool_call', payload: { tool_name: 'apply_patch', status: 'failed' } }],
    });
  });
});

describe('Cursor', () => {
  const tell = teller(fromCursor, {
    conversation_id: 'conv-1',
    generation_id: 'gen-1',
    model: 'claude-4.5-sonnet',
    cursor_version: '2.4.0',
    workspace_roots: [TOP],
    user_email: 'ada@example.com',
  });

  test('session, prompt, end', () => {
    expect(tell('sessionStart', { session_id: 'conv-1', composer_mode: 'agent' })).toMatchObject({
      session: 'conv-1',
      starts: { mode: 'agent' },
    });
    expect(tell('beforeSubmitPrompt', { prompt: 'go', attachments: [] })).toMatchObject({
      events: [{ type: 'prompt', payload: { text: 'go' } }],
    });
    expect(tell('sessionEnd', { reason: 'aborted', duration_ms: 1 })).toMatchObject({ events: [{ payload: { status: 'interrupted' } }] });
    expect(JSON.stringify(tell('stop', { status: 'completed', loop_count: 0 }))).not.toContain('ada@');
  });

  test('a command, an edit, another tool', () => {
    expect(tell('afterShellExecution', { command: 'npm i', output: 'added 1', duration: 1234.6, cwd: TOP })).toMatchObject({
      events: [{ type: 'command', payload: { command: 'npm i', duration_ms: 1235, exit_code: null, stdout_sample: 'added 1' } }],
    });
    expect(tell('afterFileEdit', { file_path: `${TOP}/a.ts`, edits: [{ old_string: 'x\ny\n', new_string: 'x\nz\n' }] })).toMatchObject({
      events: [{ type: 'edit', payload: { file: 'a.ts', diff_snippet: expect.stringContaining('@@ @@\n x\n-y\n+z\n') } }],
    });
    expect(
      tell('postToolUse', { tool_name: 'Read', tool_input: JSON.stringify({ file_path: `${TOP}/a.ts` }), duration: 12 }),
    ).toMatchObject({
      events: [{ type: 'tool_call', payload: { tool_name: 'Read', command_preview: 'a.ts', duration_ms: 12 } }],
    });
    // told by their own hooks
    for (const tool of ['Shell', 'Write']) expect(tell('postToolUse', { tool_name: tool })).toMatchObject({ events: [] });
    expect(tell('postToolUseFailure', { tool_name: 'Shell', failure_type: 'timeout' })).toMatchObject({
      events: [{ payload: { status: 'failed' } }],
    });
  });

  test('a sub-agent', () => {
    expect(tell('subagentStop', { subagent_type: 'explore', status: 'error', duration_ms: 50 })).toMatchObject({
      events: [{ payload: { tool_name: 'subagent', status: 'failed', duration_ms: 50 } }],
    });
  });
});

describe('Gemini CLI', () => {
  const tell = teller(fromGemini, { session_id: 'g-1', transcript_path: '/t', cwd: TOP, timestamp: '2026-11-21T09:00:00Z' });

  test('session and prompt', () => {
    expect(tell('SessionStart', { source: 'resume' })).toMatchObject({ session: 'g-1', starts: { source: 'resume' } });
    expect(tell('BeforeAgent', { prompt: 'go' })).toMatchObject({ events: [{ type: 'prompt', payload: { text: 'go' } }] });
    expect(tell('SessionEnd', { reason: 'exit' })).toMatchObject({ events: [{ type: 'session_ended' }] });
    expect(tell('AfterAgent', { prompt: 'go', prompt_response: 'long' })).toMatchObject({ events: [] });
    expect(tell('BeforeModel', { llm_request: {} })).toHaveProperty('ignored');
  });

  test('a command, by the answer that the model gets', () => {
    const llmContent = 'Command: npm test\nDirectory: api\nOutput: 1 failed\nsee above\nError: (none)\nExit Code: 1\nSignal: (none)';
    const input = { command: 'npm test', dir_path: 'api' };
    const told = tell('AfterTool', { tool_name: 'run_shell_command', tool_input: input, tool_response: { llmContent, returnDisplay: '' } });
    expect(told).toMatchObject({
      events: [{ type: 'command', payload: { command: 'npm test', cwd: 'api', exit_code: 1, stdout_sample: '1 failed\nsee above' } }],
    });
    expect(tell('BeforeTool', { tool_name: 'run_shell_command', tool_input: input })).toMatchObject({
      begins: 'ends' in told && told.ends,
    });
  });

  test('edits, by the diff that is displayed or by what was given', () => {
    const fileDiff = 'Index: a.ts\n===\n--- a.ts\tCurrent\n+++ a.ts\tProposed\n@@ -4,1 +4,1 @@\n-x\n+y';
    const input = { file_path: `${TOP}/a.ts`, old_string: 'x', new_string: 'y' };
    expect(tell('AfterTool', { tool_name: 'replace', tool_input: input, tool_response: { returnDisplay: { fileDiff } } })).toMatchObject({
      events: [{ type: 'edit', payload: { diff_snippet: expect.stringContaining('+++ b/a.ts\n@@ -4,1 +4,1 @@\n-x\n+y\n') } }],
    });
    expect(tell('AfterTool', { tool_name: 'replace', tool_input: input, tool_response: {} })).toMatchObject({
      events: [{ payload: { change_summary: '+1/-1' } }],
    });
    expect(tell('AfterTool', { tool_name: 'replace', tool_input: input, tool_response: { error: { message: 'no' } } })).toMatchObject({
      events: [{ type: 'tool_call', payload: { status: 'failed' } }],
    });
  });
});

describe('JSON that was cut', () => {
  const whole = JSON.stringify({
    session_id: 's',
    tool_input: { file_path: '/a', content: 'one "two" \\ \u00e9 \n three' },
    list: [1, { a: null }],
  });

  test('wherever it is cut, what came before is read', () => {
    for (let at = whole.indexOf('"tool_input"'); at < whole.length; at++) {
      const said = readSaid(whole.slice(0, at));
      expect(said, whole.slice(0, at)).toMatchObject({ session_id: 's' });
    }
    expect(readSaid(whole.slice(0, whole.indexOf(' three')))).toMatchObject({ tool_input: { content: 'one "two" \\ \u00e9 \n' } });
  });

  test.each(['', 'x', '[1]', '"a"', 'null', '{', '{"', '{"a'])('%j says nothing', (text) => {
    expect(readSaid(text) ?? {}).toEqual({});
  });
});

test.each([
  ['/t/a', 'a'],
  ['b/../c', 'c'],
  ['/t', ''],
  ['/tt/a', undefined],
  ['../a', undefined],
  ['/t/./x//y', 'x/y'],
])('%j in /t is %j', (path, expected) => {
  expect(pathInTree(path, '/t')).toBe(expected);
});

describe('a preview', () => {
  test.each([
    ['  look\tfor  it ', 'look for it'],
    ['first\r\nsecond', 'first'],
    [`${'word '.repeat(39)}last-and-long`, `${'word '.repeat(39).trim()}…`],
    ['x'.repeat(201), '…'],
    ['x'.repeat(200), 'x'.repeat(200)],
    [`https://example.com/a?key=${'x'.repeat(300)}`, 'https://example.com/a…'],
    ['', ''],
  ])('of %j is %j', (text, preview) => {
    expect(previewLine(text)).toBe(preview);
  });
});
