/** `git trace import`: what other tools have kept becomes events, once; fixtures have their shapes and our content. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { hookCommand } from '../../src/capture/agents/settings.ts';
import { TestRepository } from '../helpers/repository.ts';
import { sampleTranscript, startTranscript } from '../helpers/transcript.ts';

const SECRET = 'ghp_ab12CD34ef56GH78ij90KL12mn34OP56qr78';

interface Event {
  type: string;
  session: string;
  ts: string;
  payload: Record<string, unknown>;
}

function create(): TestRepository {
  const repository = TestRepository.create();
  repository.git('config', 'trace.recorder', 'false');
  repository.commitFile('.gitignore', '.env\n');
  return repository;
}

function imported(repository: TestRepository, ...args: string[]): { accepted: number; duplicate: number } {
  const { status, stdout, stderr } = repository.trace('import', '--json', ...args);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { accepted: number; duplicate: number }; // what import promises to print
}

function events(repository: TestRepository, trace: string): Event[] {
  const lines = repository.trace('show', '--ndjson', trace).stdout.split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event); // what show promises to print
}

/** Puts files into a commit of their own that a ref names. */
function commitTree(repository: TestRepository, ref: string, files: Record<string, string>): void {
  const index = { env: { GIT_INDEX_FILE: join(repository.path, '../index') } };
  repository.gitWith(index, 'read-tree', '--empty');
  for (const [path, text] of Object.entries(files)) {
    const oid = repository.gitWith({ input: text }, 'hash-object', '-w', '--stdin');
    repository.gitWith(index, 'update-index', '--add', '--cacheinfo', `100644,${oid},${path}`);
  }
  const tree = repository.gitWith(index, 'write-tree');
  repository.git('update-ref', ref, repository.git('commit-tree', '-m', 'as the tool does', tree));
}

describe('transcripts of Claude Code', () => {
  test('say what was asked, run and edited, on the branch where it was, once', () => {
    const repository = create();
    const file = join(repository.path, '../session.jsonl');
    writeFileSync(file, sampleTranscript(repository.path, SECRET));
    expect(imported(repository, 'claude-code', file)).toMatchObject({ accepted: 6, duplicate: 0 });
    expect(imported(repository, 'claude-code', file)).toMatchObject({ accepted: 0, duplicate: 6 });
    const found = events(repository, 'feature/tax');
    expect(
      found.map(({ type, payload }) => [
        type,
        payload['tool_name'] ?? payload['command'] ?? payload['file'] ?? payload['text'] ?? payload['model'],
      ]),
    ).toEqual([
      ['session_started', 'claude-opus-4-5-20251101'],
      ['prompt', 'lower the tax, the key is «redacted:github-pat»'],
      ['command', 'npm test'],
      ['tool_call', 'Read'],
      ['edit', 'price.ts'],
      ['tool_call', 'Grep'],
      ['tool_call', 'Task'],
    ]);
    expect(new Set(found.map(({ session }) => session))).toEqual(new Set(['claude-code-0f0e0d0c-1111-4222-8333-444455556666']));
    expect(found[2]).toMatchObject({ ts: '2026-11-20T09:00:06.000Z', payload: { exit_code: 1, duration_ms: 1_000 } });
    expect(found[4]?.payload['diff_snippet']).toContain('@@ -1,1 +1,1 @@\n-const tax = 19\n+const tax = 7\n');
    expect(found[6]?.payload).toMatchObject({ tokens: 4_321 });
    expect(found[5]?.payload).toMatchObject({ subagent: { id: 'a77' }, duration_ms: 2_000 });
    for (const absent of [SECRET, 'deep thoughts', 'the whole file', 'to ourselves', 'never answered', '/clear'])
      expect(JSON.stringify(found), absent).not.toContain(absent);
  });

  test('all of this work tree are found, and can go to one pull request', () => {
    const repository = create();
    const home = join(repository.path, '../home');
    const folder = join(home, '.claude/projects', repository.path.replace(/[^A-Za-z0-9]/g, '-'));
    for (const name of ['one', 'two/subagents/agent-x']) {
      const transcript = startTranscript(name.slice(0, 3), repository.path);
      transcript.prompt(`prompt of ${name}`);
      mkdirSync(dirname(join(folder, `${name}.jsonl`)), { recursive: true });
      writeFileSync(join(folder, `${name}.jsonl`), transcript.text());
    }
    const { stderr } = repository.traceWith({ env: { HOME: home } }, 'import', 'claude-code', '--pr', '7');
    expect(stderr).toBe('2 events imported, 0 duplicates\n');
    expect(events(repository, '7').filter(({ type }) => type === 'prompt')).toHaveLength(2);
  });

  test('of a session that its hooks have recorded are left out', () => {
    const repository = create();
    repository.trace('init', '--agent', 'claude-code');
    const said = JSON.stringify({
      session_id: 'live',
      cwd: repository.path,
      hook_event_name: 'UserPromptSubmit',
      prompt: 'told by a hook',
    });
    repository.run('sh', ['-c', hookCommand('claude-code', 'UserPromptSubmit')], { input: said });
    repository.trace('flush');
    const transcript = startTranscript('live', repository.path);
    transcript.prompt('told by a hook');
    const file = join(repository.path, '../live.jsonl');
    writeFileSync(file, transcript.text());
    expect(repository.trace('import', 'claude-code', file).stderr).toBe(
      '0 events imported, 0 duplicates, 1 session left to what hooks recorded\n',
    );
  });

  test('of 30 MB take no more memory than a small one', async () => {
    const repository = create();
    const file = join(repository.path, '../large.jsonl');
    const out = createWriteStream(file);
    const transcript = startTranscript('large', repository.path);
    transcript.prompt('begin');
    for (let i = 0; i < 300; i++) {
      transcript.call(`t${i}`, 'Read', { file_path: `${repository.path}/f${i}` });
      transcript.answer(`t${i}`, 'x'.repeat(50_000), { type: 'text', file: { content: 'y'.repeat(50_000) } });
    }
    out.end(transcript.text());
    await finished(out);
    const { status, stdout } = repository.traceWith(
      { env: { NODE_OPTIONS: '--max-old-space-size=24' } },
      'import',
      '--json',
      'claude-code',
      file,
    );
    expect([status, JSON.parse(stdout)]).toEqual([0, { accepted: 301, duplicate: 0, excluded: 0, refused: 0, recorded: 0 }]);
  });
});

describe('checkpoints of Entire', () => {
  const metadata = (more: object) =>
    JSON.stringify({
      checkpoint_id: 'ab12cd34ef56',
      session_id: '2026-11-20-0f0e0d0c-1111-4222-8333-444455556666',
      strategy: 'manual-commit',
      created_at: '2026-11-20T10:00:00.5+01:00',
      checkpoints_count: 1,
      files_touched: ['price.ts'],
      agent: 'Claude Code',
      token_usage: { input_tokens: 10, output_tokens: 20, api_call_count: 1 },
      ...more,
    });

  test('on its branch, several sessions in one, and on refs of their own', () => {
    const repository = create();
    const transcript = sampleTranscript(repository.path, SECRET);
    commitTree(repository, 'refs/heads/entire/checkpoints/v1', {
      'ab/12cd34ef56/metadata.json': JSON.stringify({ checkpoint_id: 'ab12cd34ef56', branch: 'feature/tax', sessions: [] }),
      'ab/12cd34ef56/0/metadata.json': metadata({}),
      'ab/12cd34ef56/0/full.jsonl': transcript,
      'ab/12cd34ef56/1/metadata.json': metadata({ session_id: 'g-1', agent: 'Gemini CLI' }),
      'ab/12cd34ef56/1/full.jsonl': '{"messages":[]}',
      'ab/12cd34ef56/1/prompt.txt': `first\n\n---\n\nsecond ${SECRET}`,
    });
    commitTree(repository, 'refs/entire/checkpoints/ZN/01KVBJCWYA4YW6J5M9GP655HZN', {
      'metadata.json': JSON.stringify({ checkpoint_id: '01KVBJCWYA4YW6J5M9GP655HZN', branch: 'other' }),
      '0/metadata.json': metadata({ session_id: 's2', agent: 'Cursor', branch: 'other' }),
      '0/prompt.txt': 'third',
    });
    expect(imported(repository, 'entire')).toMatchObject({ accepted: 6 + 1 + 3 + 2 });
    expect(imported(repository, 'entire')).toMatchObject({ accepted: 0 });
    const found = events(repository, 'feature/tax');
    expect(found.filter(({ type }) => type === 'prompt').map(({ payload }) => payload['text'])).toEqual([
      'first',
      'second «redacted:github-pat»',
      'lower the tax, the key is «redacted:github-pat»',
    ]);
    expect(found.find(({ type, session }) => type === 'agent_checkpoint' && session.startsWith('claude'))).toMatchObject({
      ts: '2026-11-20T09:00:00.500Z',
      session: 'claude-code-0f0e0d0c-1111-4222-8333-444455556666',
      payload: { checkpoint_id: 'ab12cd34ef56', files: ['price.ts'], tokens: { input_tokens: 10, output_tokens: 20, api_call_count: 1 } },
    });
    expect(events(repository, 'other').map(({ session }) => session)).toContain('cursor-s2');
  });

  test('where there are none it says how to fetch them', () => {
    const outcome = create().trace('import', 'entire');
    expect(outcome).toMatchObject({ status: 128 });
    expect(outcome.stderr).toContain('hint: fetch them: git fetch origin entire/checkpoints/v1');
  });
});

test('records of Agent Trace say who wrote which lines', () => {
  const repository = create();
  const conversation = (ranges: object[], contributor?: object) => ({ url: 'https://example.com/c/1', contributor, ranges });
  const ai = { type: 'ai', model_id: 'anthropic/claude-opus-4-5-20251101' };
  const record = {
    version: '0.1.0',
    id: '550e8400-e29b-41d4-a716-446655440000',
    timestamp: '2026-01-23T14:30:00Z',
    vcs: { type: 'git', revision: 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0' },
    tool: { name: 'cursor', version: '2.4.0' },
    files: [
      {
        path: 'src/a.ts',
        conversations: [
          conversation(
            [
              { start_line: 3, end_line: 9 },
              { start_line: 12, end_line: 12 },
              { start_line: 20, end_line: 21, contributor: { type: 'human' } },
            ],
            ai,
          ),
        ],
      },
      { path: '.env', conversations: [conversation([{ start_line: 1, end_line: 1 }], ai)] },
      { path: '../outside', conversations: [conversation([{ start_line: 1, end_line: 1 }], ai)] },
    ],
  };
  repository.writeFile('.agent-trace/traces.jsonl', `${JSON.stringify(record)}\nnot a record\n`);
  expect(imported(repository, 'agent-trace', '--branch', 'main')).toMatchObject({ accepted: 2 });
  expect(imported(repository, 'agent-trace', '--branch', 'main')).toMatchObject({ accepted: 0, duplicate: 2 });
  const edits = events(repository, 'main').filter(({ type }) => type === 'edit');
  expect(edits.map(({ payload: { file, change_summary, contributor, model } }) => [file, change_summary, contributor, model])).toEqual(
    expect.arrayContaining([
      ['src/a.ts', 'lines 3-9,12', 'ai', 'anthropic/claude-opus-4-5-20251101'],
      ['src/a.ts', 'lines 20-21', 'human', undefined],
    ]),
  );
});

test('notes of git-ai say who wrote the lines of a commit', () => {
  const repository = create();
  const sha = repository.commitFile('src/main.rs', 'fn main() {}\n');
  const agent = (tool: string, id: string) => ({ agent_id: { tool, id, model: 'claude-sonnet-4-5' }, human_author: 'ada@example.com' });
  const note = [
    'src/main.rs',
    '  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10,15',
    '  h_31dce776f88375 35-40',
    '"a file"',
    '  d9978a8723e02b52 1-4',
    '---',
    JSON.stringify({
      schema_version: 'authorship/3.0.0',
      base_commit_sha: sha,
      prompts: {
        d9978a8723e02b52: {
          ...agent('cursor', 'conv-1'),
          messages: [
            { type: 'user', text: 'do it', timestamp: '2026-11-20T08:00:00Z' },
            { type: 'assistant', text: 'done' },
          ],
        },
      },
      humans: { h_31dce776f88375: { author: 'Ada <ada@example.com>' } },
      sessions: { s_c9883b05a2487d: agent('claude', 'abc-1') },
    }),
  ].join('\n');
  repository.git('notes', '--ref', 'ai', 'add', '-m', note, sha);
  repository.git('notes', '--ref', 'ai', 'add', '-m', 'no log', 'HEAD~1');
  expect(imported(repository, 'git-ai')).toMatchObject({ accepted: 4 });
  expect(imported(repository, 'git-ai')).toMatchObject({ accepted: 0, duplicate: 4 });
  const found = events(repository, 'main').filter(({ type }) => type !== 'session_started');
  expect(found.map(({ type, session, payload }) => [type, session, payload['file'] ?? payload['text'], payload['change_summary']])).toEqual(
    expect.arrayContaining([
      ['prompt', 'cursor-conv-1', 'do it', undefined],
      ['edit', 'claude-code-abc-1', 'src/main.rs', 'lines 1-10,15'],
      ['edit', 'git-ai-h_31dce776f88375', 'src/main.rs', 'lines 35-40'],
      ['edit', 'cursor-conv-1', 'a file', 'lines 1-4'],
    ]),
  );
  expect(JSON.stringify(found)).not.toContain('"done"');
});

test('what agents told by OpenTelemetry, as a collector writes it', () => {
  const repository = create();
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const request = (prompt: string) => ({
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'claude-code')] },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: '1795251600123000000',
                attributes: [text('event.name', 'user_prompt'), text('session.id', 'o-1'), text('prompt', prompt)],
              },
            ],
          },
        ],
      },
    ],
  });
  const file = join(repository.path, '../otlp.jsonl');
  writeFileSync(file, `${JSON.stringify(request('one'))}\n${JSON.stringify(request(`two ${SECRET}`))}\n`);
  expect(imported(repository, 'otlp-logs', file)).toMatchObject({ accepted: 2, duplicate: 0 });
  expect(imported(repository, 'otlp-logs', file)).toMatchObject({ accepted: 0, duplicate: 2 });
  expect(events(repository, 'main').map(({ payload }) => payload['text'])).toContain('two «redacted:github-pat»');
  writeFileSync(file, Buffer.from([0x0a, 0xff]));
  expect(repository.trace('import', 'otlp-traces', file).stderr).toContain('it is no OTLP traces request');
});

test('what is not known is said', () => {
  const repository = create();
  expect(repository.trace('import', 'svn')).toMatchObject({ status: 129 });
  expect(repository.trace('import', 'claude-code', 'nowhere.jsonl').stderr).toContain('there is no file');
  expect(repository.trace('import', 'agent-trace', '.').stderr).toContain('is a directory');
  expect(repository.trace('import', 'git-ai').stderr).toContain("hint: fetch them: git fetch origin '+refs/notes/ai:refs/notes/ai'");
});
