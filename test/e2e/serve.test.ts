/** `git trace serve` as editors and services meet it: batches in, traces out, nothing lost and nothing doubled. */
import { once } from 'node:events';
import { mkdirSync, renameSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { findFaults, readLines } from '../helpers/journal.ts';
import { TestRepository } from '../helpers/repository.ts';
import { Server } from '../helpers/serve.ts';

const BATCH = {
  pr: 42,
  session: 'editor-7',
  developer: { user_id: '11111111-1111-4111-8111-111111111111', ide_version: '1.0', os: 'linux' },
  events: [
    { ts: '2026-11-21T09:00:00Z', type: 'edit', payload: { file: 'api.py', change_summary: '+25/-10', diff_snippet: '@@ -1 +1 @@' } },
    { ts: '2026-11-21T09:02:00Z', type: 'commit', payload: { sha: 'abc123', message: 'fix', files_changed: 2 } },
    { type: 'annotation', payload: { text: 'without a time' } },
  ],
};
const note = (text: string, ts = '2026-11-21T10:00:00Z') => ({ ts, type: 'annotation', payload: { text } });

interface EventsAnswer {
  events: { id: string; type: string; session_seq: number; payload: { text?: string } }[];
  next: string;
  more: boolean;
}

describe('taking batches', () => {
  test('each shape is taken, twice is once, and a bad event loses no good one', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    const first = await server.ingest(BATCH);
    expect(first).toMatchObject({ status: 200, json: { accepted: 3, duplicate: 0, rejected: [] } });
    const { accepted_event_ids: ids } = first.json as { accepted_event_ids: string[] };
    expect((await server.ingest(BATCH)).json).toEqual({ accepted: 0, duplicate: 3, rejected: [], accepted_event_ids: [] });
    const list = [note('one'), { type: 'annotation', payload: { text: 7 } }, note('two'), note('one')];
    expect((await server.ingest(list)).json).toMatchObject({
      accepted: 2,
      duplicate: 1,
      rejected: [{ index: 1, code: 'bad-event', message: '"payload.text" is 7, expected a string' }],
    });
    const lines = [note('one'), note('three')].map((event) => JSON.stringify(event)).join('\n');
    const ndjson = { method: 'POST', headers: { 'content-type': 'application/x-ndjson; charset=utf-8' }, body: lines };
    expect((await server.ask('/ingest', ndjson)).json).toMatchObject({ accepted: 1, duplicate: 1 });
    expect(await server.stop()).toBe(0);
    expect(server.stderr).toBe('');
    // the ids that were answered are those of the journal
    const kept = repository.trace('show', '42', '--ndjson').stdout.split('\n');
    expect(kept.filter((line) => ids.some((id) => line.includes(`"id":"${id}"`))).length).toBe(3);
    expect(findFaults(repository, 'refs/traces/42/journal')).toEqual([]);
    expect(repository.trace('status').stdout).toContain('spool: nothing waits');
  });

  test('an agent that speaks OpenTelemetry is a producer', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    const attributes = (values: Record<string, string>) =>
      Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    const record = (name: string, values: Record<string, string>) => ({
      timeUnixNano: '1795251600000000000',
      body: { stringValue: `claude_code.${name}` },
      attributes: attributes({ 'session.id': 's-1', 'event.name': name, ...values }),
    });
    const logRecords = [record('user_prompt', { prompt: 'mend it' }), record('tool_result', { tool_name: 'Bash', success: 'true' })];
    const resource = { attributes: attributes({ 'service.name': 'claude-code' }) };
    const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
    const ask = (type: string, path = '/v1/logs') => server.ask(path, { method: 'POST', headers: { 'content-type': type }, body });
    // twice, as an exporter does that got no answer
    for (let i = 0; i < 2; i++) expect(await ask('application/json')).toMatchObject({ status: 200, json: {} });
    expect((await ask('text/plain')).status).toBe(415);
    expect((await ask('application/x-protobuf')).status).toBe(400);
    const protobuf = Uint8Array.of(0x0a, 0x00); // one resource that says nothing
    const headers = { 'content-type': 'application/x-protobuf' };
    expect(await server.ask('/v1/traces', { method: 'POST', headers, body: protobuf })).toMatchObject({ status: 200, text: '' });
    expect(await server.stop()).toBe(0);
    const lines = repository.trace('show', '--ndjson').stdout.split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line)).map(({ type, session }) => [type, session])).toEqual([
      ['session_started', 'claude-code-s-1'],
      ['prompt', 'claude-code-s-1'],
      ['tool_call', 'claude-code-s-1'],
    ]);
  });

  test('the same event from eight requests at once is taken by one', async () => {
    const server = await Server.start(TestRepository.create());
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.ingest([note('race')])));
    const counts = answers.map(({ json }) => (json as { accepted: number }).accepted);
    expect(counts.toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('what the journal has from elsewhere is known, and what came by HTTP is known to others', async () => {
    const repository = TestRepository.create();
    repository.traceWith({ input: JSON.stringify({ pr: 42, events: [note('by file')] }) }, 'ingest', '-');
    const server = await Server.start(repository);
    expect((await server.ingest({ pr: 42, events: [note('by file'), note('by http')] })).json).toMatchObject({ accepted: 1, duplicate: 1 });
    await server.ask('/traces/42'); // puts it into the journal
    const input = JSON.stringify({ pr: 42, events: [note('by http'), note('by file again')] });
    expect(JSON.parse(repository.traceWith({ input }, 'ingest', '--json', '-').stdout)).toMatchObject({ accepted: 1, duplicate: 1 });
    expect((await server.ingest({ pr: 42, events: [note('by file again')] })).json).toMatchObject({ accepted: 0, duplicate: 1 });
  });

  test('no secret reaches the spool, the journal or an answer', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const told = await server.ingest([
      note(`token ${secret}`),
      { type: 'commit', payload: { sha: secret, message: 'm', files_changed: secret } },
    ]);
    expect(told.text).not.toContain(secret);
    expect(repository.run('grep', ['-rl', secret, '.git/trace']).stdout).toBe('');
    await server.stop();
    expect(repository.git('grep', '-c', 'redacted:github-pat', 'refs/traces/heads/main/journal')).toMatch(/:1$/);
  });

  test('a server that was killed has kept what it answered for, and the next one knows it', async () => {
    const repository = TestRepository.create();
    const killed = await Server.start(repository);
    expect((await killed.ingest(BATCH)).json).toMatchObject({ accepted: 3 });
    await killed.stop('SIGKILL');
    const server = await Server.start(repository);
    expect((await server.ingest(BATCH)).json).toMatchObject({ accepted: 0, duplicate: 3 });
    expect(repository.git('ls-tree', '-r', '--name-only', 'refs/traces/42/journal')).toContain('/editor-7/0000000001.ndjson');
  });

  test('status says where it listens, a second one is refused, and a port that is taken is said', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    expect(repository.trace('status').stdout).toContain(`server: ${server.url}`);
    expect(repository.trace('serve', '--port', '0')).toMatchObject({ status: 128, stderr: expect.stringContaining('another server') });
    const { port } = new URL(server.url);
    expect(TestRepository.create().trace('serve', '--port', port)).toMatchObject({
      status: 128,
      stderr: expect.stringContaining(`cannot listen on '127.0.0.1' port ${port}`),
    });
    expect(await server.stop()).toBe(0);
    expect(repository.trace('status').stdout).not.toContain('server:');
  });
});

describe('reading', () => {
  test('the document, the list and the description', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    await server.ingest(BATCH);
    const document = await server.ask('/traces/42');
    expect(document.json).toMatchObject({ developer: BATCH.developer, timeline: { start_time: '2026-11-21T09:00:00.000Z' } });
    expect(document.text).toBe(repository.trace('show', '42', '--json').stdout);
    expect((await server.ask('/traces')).json).toMatchObject({ traces: [{ trace: '42', events: 4, sessions: 1 }] });
    await server.ingest({ branch: 'feature/ü', events: [note('on a branch')] });
    for (const name of ['feature/ü', 'heads/feature%2Fü'])
      expect((await server.ask(`/traces/${encodeURIComponent(name)}`)).json).toMatchObject({ repo: { branch: 'feature/ü' } });
    expect(await server.ask('/traces/7')).toMatchObject({ status: 404, json: { error: { code: 'no-such-trace' } } });
    expect(await server.ask('/traces/two%20words')).toMatchObject({ status: 400, json: { error: { code: 'bad-argument' } } });
    expect((await server.ask('/openapi.json')).json).toMatchObject({ openapi: '3.1.0' });
    expect((await server.ask('/healthz')).json).toMatchObject({ status: 'ok' });
    expect((await server.ask('/metrics')).text).toContain('gittrace_events_total{outcome="accepted"} 4');
  });

  test('pages behind a cursor tell each event once, also one that a union puts before it', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    await server.ingest({ pr: 42, session: 'a', events: [1, 2, 3].map((n) => note(`first ${n}`, `2026-11-21T10:0${n}:00Z`)) });
    const seen: string[] = [];
    const read = async (after: string): Promise<string> => {
      const { events, next, more } = (await server.ask(`/traces/42/events?limit=2${after === '' ? '' : `&after=${after}`}`))
        .json as EventsAnswer;
      seen.push(...events.map(({ type, payload }) => payload.text ?? type));
      return more ? read(next) : next;
    };
    let cursor = await read('');
    expect(seen).toEqual(['session_started', 'first 1', 'first 2', 'first 3']);
    expect(await read(cursor)).toBe(cursor);
    // another clone has recorded earlier, and both are united
    const other = repository.clone();
    other.traceWith({ input: JSON.stringify({ pr: 42, session: 'b', events: [note('earlier', '2026-11-21T08:00:00Z')] }) }, 'ingest', '-');
    await server.ingest({ pr: 42, session: 'a', events: [note('later', '2026-11-21T11:00:00Z')] });
    expect(repository.trace('fetch', '--remote', other.path, '42').status).toBe(0);
    cursor = await read(cursor);
    expect(seen.toSorted()).toEqual(['earlier', 'first 1', 'first 2', 'first 3', 'later', 'session_started', 'session_started']);
    expect(await read(cursor)).toBe(cursor);
    expect(await server.ask('/traces/42/events?after=nonsense')).toMatchObject({ status: 400 });
    expect(await server.ask(`/traces/42/events?after=${'0'.repeat(40)}`)).toMatchObject({
      status: 410,
      json: { error: { code: 'cursor-gone' } },
    });
    expect(await server.ask('/traces/42/events?limit=0')).toMatchObject({ status: 400 });
  });

  test('a stream tells what comes, and goes on where it broke off', async () => {
    const repository = TestRepository.create();
    const server = await Server.start(repository);
    await server.ingest({ pr: 42, session: 'a', events: [note('one')] });
    const first = await Stream.open(server, '/traces/42/stream');
    expect(await first.next()).toMatchObject({ data: { type: 'session_started' } });
    const one = await first.next();
    expect(one).toMatchObject({ data: { payload: { text: 'one' } } });
    await server.ingest({ pr: 42, session: 'a', events: [note('two')] });
    expect(await first.next()).toMatchObject({ data: { payload: { text: 'two' } } });
    // what others record shows, too, though nobody has flushed it
    const record = {
      place: { trace: '42' },
      session: { id: 'a' },
      type: 'annotation',
      ts: '2026-11-21T10:30:00.000Z',
      payload: { text: 'by hand' },
    };
    // whole at once: of a process that has gone a file is removed when it was read to its end
    repository.writeFile('.git/trace/by-hand', `\n${JSON.stringify(record)}\n`);
    renameSync(repository.inGitDir('trace/by-hand'), repository.inGitDir('trace/spool/test-999999999-a.ndjson'));
    expect(await first.next()).toMatchObject({ data: { payload: { text: 'by hand' } } });
    first.close();
    await server.ingest({ pr: 42, session: 'a', events: [note('three')] });
    const again = await Stream.open(server, '/traces/42/stream', one.id);
    expect(await again.next()).toMatchObject({ data: { payload: { text: 'two' } } });
    expect(await again.next()).toMatchObject({ data: { payload: { text: 'by hand' } } });
    expect(await again.next()).toMatchObject({ data: { payload: { text: 'three' } } });
    // open streams do not keep the server from ending
    expect(await server.stop()).toBe(0);
    expect(await again.ended).toBe(true);
  });
});

describe('a folder of repositories', () => {
  test('each is asked by its name, and no name leads elsewhere', async () => {
    const root = TestRepository.create();
    for (const name of ['ann/one', 'ann/two']) {
      mkdirSync(join(root.path, name), { recursive: true });
      root.git('init', '-q', '--bare', `${name}.git`);
    }
    const server = await Server.start(root, ['--root', '.']);
    expect((await server.ingest({ pr: 1, events: [note('by path')] }, '/ann/one/ingest')).json).toMatchObject({ accepted: 1 });
    expect((await server.ingest({ repo: 'ann/two', pr: 1, events: [note('by name')] })).json).toMatchObject({ accepted: 1 });
    expect((await server.ingest({ repo: { name: 'ann/two' }, pr: 1, events: [note('by name')] })).json).toMatchObject({ duplicate: 1 });
    expect((await server.ask('/ann/one/traces/1')).text).toContain('by path');
    for (const name of ['ann/none', '../etc', 'ann/..', './ann', 'ann/one.git/objects', 'ann/one\u0000', '', '.git/hooks'])
      expect(await server.ingest({ repo: name, events: [] })).toMatchObject({ status: 404, json: { error: { code: 'no-repository' } } });
    // a folder in the root that is no repository is not the repository around it
    mkdirSync(join(root.path, 'ann/plain'));
    expect((await server.ask('/ann/plain/traces')).status).toBe(404);
    for (const path of ['/..%2f/ann/traces', '/ann/..%2fone/traces', '/%2e%2e/ann/traces', '/ann/%00/traces'])
      expect((await server.ask(path)).status).toBe(404);
    expect(await server.ingest([note('for nobody')])).toMatchObject({ status: 400, json: { error: { code: 'no-repository' } } });
    expect(await server.stop()).toBe(0);
    const lines = [...readLines(TestRepository.at(join(root.path, 'ann/one.git')), 'refs/traces/1/journal').values()].flat();
    expect(lines.join('\n')).toContain('by path');
  });
});

/** Server-sent events, one after the other. */
class Stream {
  readonly ended: Promise<boolean>;
  readonly #answer: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.ended = once(answer, 'close').then(() => answer.complete);
    this.#lines = createInterface({ input: answer })[Symbol.asyncIterator]();
  }

  static async open(server: Server, path: string, last?: string): Promise<Stream> {
    const asked = get(`${server.url}${path}`, { headers: last === undefined ? {} : { 'last-event-id': last } });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]; // what a request of node emits
    expect(answer.headers['content-type']).toBe('text/event-stream');
    return new Stream(answer);
  }

  async next(): Promise<{ id: string; data: unknown }> {
    let id = '';
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('the stream has ended');
      if (value.startsWith('id: ')) id = value.slice(4);
      if (value.startsWith('data: ')) return { id, data: JSON.parse(value.slice(6)) };
    }
  }

  close(): void {
    this.#answer.destroy();
  }
}
