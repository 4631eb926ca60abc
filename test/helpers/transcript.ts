/** Transcripts in the shape of Claude Code's, with content of our own. */

interface Line {
  type: string;
  [member: string]: unknown;
}

/** Begins a transcript; each line is a second after the one before. */
export function startTranscript(session: string, cwd: string, branch = 'main') {
  let count = 0;
  const lines: string[] = [];
  const base = (): Record<string, unknown> => ({
    parentUuid: null,
    isSidechain: false,
    userType: 'external',
    cwd,
    sessionId: session,
    version: '2.1.34',
    gitBranch: branch,
    uuid: `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    timestamp: new Date(Date.UTC(2026, 10, 20, 9, 0, count)).toISOString(),
  });
  const add = (line: Line): void => void lines.push(JSON.stringify({ ...base(), ...line }));
  return {
    add,
    prompt: (content: unknown, more: object = {}) => add({ type: 'user', message: { role: 'user', content }, ...more }),
    call: (id: string, name: string, input: object) =>
      add({
        type: 'assistant',
        message: {
          model: 'claude-opus-4-5-20251101',
          id: `msg_${id}`,
          type: 'message',
          role: 'assistant',
          content: [{ type: 'tool_use', id, name, input }],
          stop_reason: null,
          usage: { input_tokens: 3, output_tokens: 20 },
        },
      }),
    answer: (id: string, content: unknown, toolUseResult: unknown, more: object = {}) =>
      add({
        type: 'user',
        message: { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content, ...more }] },
        toolUseResult,
      }),
    text: () => `${lines.join('\n')}\n`,
  };
}

/** A transcript with one of everything. */
export function sampleTranscript(cwd: string, secret: string): string {
  const transcript = startTranscript('0f0e0d0c-1111-4222-8333-444455556666', cwd, 'feature/tax');
  transcript.add({ type: 'file-history-snapshot', snapshot: {}, sessionId: undefined });
  transcript.prompt('<command-name>/clear</command-name>');
  transcript.prompt(`lower the tax, the key is ${secret}`);
  transcript.prompt('not a person', { isMeta: true });
  transcript.add({
    type: 'assistant',
    message: { model: 'claude-opus-4-5-20251101', content: [{ type: 'thinking', thinking: 'deep thoughts' }] },
  });
  transcript.call('toolu_1', 'Bash', { command: 'npm test', description: 'run tests' });
  transcript.answer('toolu_1', 'Exit code 1\n Test Files  1 failed (1)', 'Error: Exit code 1\n Test Files  1 failed (1)', {
    is_error: true,
  });
  transcript.call('toolu_2', 'Read', { file_path: `${cwd}/price.ts` });
  transcript.answer('toolu_2', 'the whole file', { type: 'text', file: { content: 'the whole file' } });
  transcript.call('toolu_3', 'Edit', { file_path: `${cwd}/price.ts`, old_string: 'const tax = 19', new_string: 'const tax = 7' });
  transcript.answer('toolu_3', 'done', {
    filePath: `${cwd}/price.ts`,
    originalFile: 'const tax = 19\n',
    structuredPatch: [{ oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ['-const tax = 19', '+const tax = 7'] }],
  });
  transcript.call('toolu_4', 'Write', { file_path: `${cwd}/.env`, content: 'KEPT=to ourselves' });
  transcript.answer('toolu_4', 'done', { type: 'create', filePath: `${cwd}/.env`, content: 'KEPT=to ourselves', structuredPatch: [] });
  // a sub-agent, told within
  transcript.add({
    type: 'progress',
    data: {
      type: 'agent_progress',
      agentId: 'a77',
      message: {
        type: 'assistant',
        timestamp: '2026-11-20T09:01:00.000Z',
        message: { content: [{ type: 'tool_use', id: 'toolu_5', name: 'Grep', input: { pattern: 'tax' } }] },
      },
    },
  });
  transcript.add({
    type: 'progress',
    data: {
      type: 'agent_progress',
      agentId: 'a77',
      message: {
        type: 'user',
        timestamp: '2026-11-20T09:01:02.000Z',
        message: { content: [{ type: 'tool_result', tool_use_id: 'toolu_5', content: 'x' }] },
      },
    },
  });
  transcript.call('toolu_6', 'Task', { subagent_type: 'Explore', description: 'look', prompt: 'look around' });
  transcript.answer('toolu_6', 'found', { status: 'completed', agentId: 'a77', totalDurationMs: 5_000, totalTokens: 4_321 });
  transcript.call('toolu_7', 'Bash', { command: 'never answered' });
  return `${transcript.text()}{"cut in the mid`;
}
