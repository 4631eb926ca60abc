/** The document of R2: its members, where each comes from, and its bytes. */
import { describe, expect, it } from 'vitest';
import { mergeSessions, type Ordered, type SessionPart } from '../../src/core/order.ts';
import { sessionStatus } from '../../src/core/session.ts';
import { filterItems } from '../../src/replay/filter.ts';
import { ndjson } from '../../src/replay/ndjson.ts';
import { documentJson, foldHead, traceDocument, uuidOf } from '../../src/timeline/document.ts';
import { languageOf } from '../../src/timeline/languages.ts';
import { timelineOf } from '../../src/timeline/timeline.ts';
import { lineOf, part, sha256 } from '../helpers/journal-lines.ts';
import { ANNA, NOAM, sampleTrace } from '../helpers/sample-trace.ts';

const MINUTE = 60_000;
const documentOf = (trace: string, parts: readonly SessionPart[]) => traceDocument(trace, mergeSessions(parts, sha256), sha256);
const jsonOf = (trace: string, ordered: Ordered) => [...documentJson(foldHead(trace, ordered, sha256), timelineOf(ordered))].join('');
const started = (user: string | undefined, more = {}) => ({
  kind: 'shell',
  tool: 'zsh',
  ...(user ? { developer: { user_id: user, os: 'linux' } } : {}),
  ...more,
});

describe('the document', () => {
  const sample = documentOf('42', sampleTrace());

  it('has exactly the members of R2, and what was added', () => {
    expect(Object.keys(sample)).toEqual(['trace_id', 'repo', 'pr', 'developer', 'timeline', 'sessions', 'developers', 'events']);
    expect(sample.trace_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(sample.repo).toEqual({ name: 'acme/webshop', branch: 'fix/login-loop', language: ['TypeScript'] });
    expect(sample.pr).toEqual({
      pr_id: 'acme/webshop#42',
      title: 'Retry login once instead of looping',
      status: 'merged',
      created_at: '2026-11-20T09:25:40.000Z',
      merged_at: '2026-11-21T11:47:12.000Z',
    });
    expect(sample.developer).toEqual(ANNA);
    expect(sample.timeline).toEqual({
      start_time: '2026-11-20T09:02:04.000Z',
      end_time: '2026-11-21T11:47:31.000Z',
      duration_seconds: 96_327,
    });
    expect(sample.events.map(({ seq }) => seq)).toEqual(sample.events.map((_, i) => i + 1));
    expect(Object.keys(sample.events[0] ?? {})).toEqual(['seq', 'ts', 'type', 'session', 'id', 'payload']);
    expect(sample.developers.slice(0, 2)).toEqual([ANNA, { ...sample.developers[1] }]);
    expect(sample.developers.map(({ user_id }) => user_id)).toContain(NOAM.user_id);
    expect(sample.sessions[0]).toEqual({
      session: '0193f1c2-7e11-7000-8000-00000000a11a',
      kind: 'shell',
      tool: 'zsh 5.9',
      status: 'completed',
      events: 10,
      start_time: '2026-11-20T09:02:04.000Z',
      end_time: '2026-11-20T14:41:30.000Z',
      developer: ANNA,
    });
    expect(sample.sessions.reduce((sum, { events }) => sum + events, 0)).toBe(sample.events.length);
  });

  it('says nothing of what nobody said', () => {
    expect(documentOf('42', [])).toEqual({
      trace_id: uuidOf('git-trace\0' + '42', sha256),
      repo: { name: null, branch: null, language: [] },
      pr: { pr_id: null, title: null, status: 'open', created_at: null, merged_at: null },
      developer: { user_id: null, ide_version: null, os: null, name: null },
      timeline: { start_time: null, end_time: null, duration_seconds: 0 },
      sessions: [],
      developers: [],
      events: [],
    });
  });

  it('is the same trace before and after other events came, and by pull request, not by name', () => {
    const link = lineOf('s', 5 * MINUTE, 'pr_linked', { pr_id: 'o/r#7', host: 'github.com', head: 'topic', base: 'main' });
    const two = [lineOf('s', 0, 'x'), link];
    expect(documentOf('heads/topic', [part('s', two)]).trace_id).toBe(documentOf('7', [part('s', two)]).trace_id);
    expect(documentOf('7', [part('s', [link])]).trace_id).toBe(uuidOf('git-trace\0github.com/o/r#7', sha256));
    expect(documentOf('7', [part('s', [two[0] ?? ''])]).trace_id).not.toBe(documentOf('8', [part('s', [two[0] ?? ''])]).trace_id);
  });

  it('names the branch by the link, else the latest commit, else the trace', () => {
    const commit = (at: number, branch: string | null) => lineOf('s', at, 'commit', { sha: 'a', message: 'm', files_changed: 0, branch });
    const branchOf = (trace: string, lines: string[]) => documentOf(trace, [part('s', lines)]).repo.branch;
    expect(branchOf('heads/feature%2Flogin', [lineOf('s', 0, 'x')])).toBe('feature/login');
    expect(branchOf('42', [lineOf('s', 0, 'x')])).toBeNull();
    expect(branchOf('42', [commit(0, 'old'), commit(1, 'new'), commit(2, null)])).toBe('new');
    expect(branchOf('42', [commit(0, 'old'), lineOf('s', 1, 'pr_linked', { pr_id: 'o/r#1', head: 'topic' })])).toBe('topic');
  });

  it('takes the repository from the link, else from what a session said', () => {
    const said = lineOf('s', 0, 'session_started', started('u', { repo: { name: 'o/said', language: ['Go', 'COBOL'] } }));
    expect(documentOf('1', [part('s', [said])]).repo).toEqual({ name: 'o/said', branch: null, language: ['COBOL', 'Go'] });
    const linked = lineOf('s', 1, 'pr_linked', { pr_id: 'o/group/r!3' });
    expect(documentOf('1', [part('s', [said, linked])]).repo.name).toBe('o/group/r');
    expect(documentOf('1', [part('s', [lineOf('s', 1, 'pr_linked', { pr_id: 'nonsense' })])]).repo.name).toBeNull();
  });

  it('takes the latest word on the pull request, and only words it knows', () => {
    const update = (at: number, payload: Record<string, unknown>) => lineOf('s', at, 'pr_updated', payload);
    const prOf = (...lines: string[]) => documentOf('1', [part('s', lines)]).pr;
    expect(prOf(update(0, { status: 'closed', title: 'a' }), update(1, { status: 'open', title: 'b' }))).toMatchObject({
      status: 'open',
      title: 'b',
    });
    expect(prOf(update(0, { status: 'exploded', title: 3, created_at: '2026-02-30T00:00:00.000Z' }))).toEqual({
      pr_id: null,
      title: null,
      status: 'open',
      created_at: null,
      merged_at: null,
    });
  });

  it('keeps a pull request merged, whoever was late to say that it is open', () => {
    const update = (at: number, payload: Record<string, unknown>) => lineOf('s', at, 'pr_updated', payload);
    const merged_at = '2026-11-21T09:00:00.000Z';
    const lines = [update(0, { status: 'merged', title: 'a', merged_at }), update(1, { status: 'open', title: 'b', merged_at: null })];
    expect(documentOf('1', [part('s', lines)]).pr).toMatchObject({ status: 'merged', title: 'b', merged_at });
  });

  it('survives payloads that fit no schema', () => {
    const types = ['session_started', 'session_ended', 'pr_linked', 'pr_updated', 'commit', 'edit', 'test', 'command'];
    const payloads = [
      {},
      { developer: [], repo: 1, files: [1, null, { path: 2 }] },
      { status: {}, pr_id: '/'.repeat(50_000), file: ['a.ts'] },
      JSON.parse('{"__proto__":{"status":"merged"}}'),
    ];
    const lines = types.flatMap((type, i) => payloads.map((payload, j) => lineOf('s', i * 10 + j, type, payload)));
    const begun = performance.now();
    expect(documentOf('1', [part('s', lines)]).pr.status).toBe('open');
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('sessions', () => {
  const at = (minutes: number) => minutes * MINUTE;
  const statusesOf = (...parts: SessionPart[]) => documentOf('1', parts).sessions.map(({ session, status }) => `${session} ${status}`);

  it('are judged at the end of the trace, not at the present', () => {
    const a = part('a', [lineOf('a', at(0), 'x')]);
    const b = part('b', [lineOf('b', at(29), 'x')]);
    expect(statusesOf(a, b)).toEqual(['a active', 'b active']);
    expect(statusesOf(a, part('b', [lineOf('b', at(30), 'x')]))).toEqual(['a interrupted', 'b active']);
    const ordered = mergeSessions([a], sha256);
    expect(foldHead('1', ordered, sha256, at(30)).sessions[0]?.status).toBe('interrupted');
  });

  it('end as they say, and are open again when they begin again', () => {
    const ended = (status: unknown) => lineOf('a', at(1), 'session_ended', { status });
    for (const status of ['completed', 'failed', 'interrupted']) expect(statusesOf(part('a', [ended(status)]))).toEqual([`a ${status}`]);
    expect(statusesOf(part('a', [ended('nonsense')]))).toEqual(['a active']);
    expect(statusesOf(part('a', [ended('completed'), lineOf('a', at(2), 'x')]))).toEqual(['a completed']);
    expect(statusesOf(part('a', [ended('completed'), lineOf('a', at(2), 'session_started', started('u'))]))).toEqual(['a active']);
    expect(sessionStatus(undefined, 0, 30 * MINUTE)).toBe('interrupted');
  });

  it('name each developer once; the first of all is the document’s', () => {
    const first = part('z', [lineOf('z', at(0), 'session_started', started('u1'))]);
    const rest = part('a', [lineOf('a', at(1), 'session_started', started('u2')), lineOf('a', at(2), 'session_started', started('u1'))]);
    const { developer, developers } = documentOf('1', [rest, first]);
    expect(developer).toEqual({ user_id: 'u1', ide_version: null, os: 'linux', name: null });
    expect(developers.map(({ user_id }) => user_id)).toEqual(['u1', 'u2']);
    expect(documentOf('1', [part('a', [lineOf('a', 0, 'session_started', started(undefined))])]).developer.user_id).toBeNull();
  });
});

describe('documentJson', () => {
  it('says the document that traceDocument says', () => {
    const ordered = mergeSessions(sampleTrace(), sha256);
    expect(JSON.parse(jsonOf('42', ordered))).toEqual(JSON.parse(JSON.stringify(traceDocument('42', ordered, sha256))));
  });

  it('gives each event a line of its own', () => {
    const ordered = mergeSessions(sampleTrace(), sha256);
    const lines = jsonOf('42', ordered).split('\n');
    expect(lines.filter((line) => line.startsWith('    {"seq":'))).toHaveLength(ordered.entries.length);
  });

  it('is JSON for no event at all', () => {
    expect(JSON.parse(jsonOf('42', mergeSessions([], sha256)))).toMatchObject({ events: [] });
  });

  it('copies payloads byte for byte, also those of lines with members of the future', () => {
    const payload = '{"a":{"payload":{}},"b":"\\",\\"session\\":\\"x\\"","n":1e+21}';
    const tail = ',"session":"s","ts":"1970-01-01T00:00:00.000Z"';
    const lines = [`{"payload":${payload}${tail},"type":"x"}`, `{"payload":${payload},"q":{"payload":1}${tail},"type":"x","zone":"Z"}`];
    const ordered = mergeSessions([part('s', lines)], sha256);
    const json = jsonOf('42', ordered);
    expect(json.split(`"payload":${payload}}`)).toHaveLength(3);
    expect(JSON.parse(json).events).toHaveLength(2);
    expect(JSON.parse([...ndjson(timelineOf(ordered))][1] ?? '')).toMatchObject({ q: { payload: 1 }, zone: 'Z', seq: 2 });
  });

  it('lists only what a filter left, with its place in the whole trace', () => {
    const ordered = mergeSessions(sampleTrace(), sha256);
    const items = filterItems(timelineOf(ordered), { types: ['commit'] });
    const json = [...documentJson(foldHead('42', ordered, sha256), items)].join('');
    const events: { seq: number; type: string }[] = JSON.parse(json).events;
    expect(events.map(({ type }) => type)).toEqual(['commit', 'commit']);
    expect(events[0]?.seq).toBeGreaterThan(20);
  });
});

describe('ndjson', () => {
  it('adds what is derived, in canonical form', () => {
    const line = lineOf('s', 0, 'x', { n: 1 }, { assigned: ['session', 'ts'] });
    const [only] = [...ndjson(timelineOf(mergeSessions([{ ...part('s', [line]), firstSeq: 7 }], sha256)))];
    const id = sha256('{"payload":{"n":1},"type":"x"}');
    expect(only).toBe(
      `{"assigned":["session","ts"],"id":"${id}","payload":{"n":1},"seq":1,"session":"s","session_seq":7,"ts":"1970-01-01T00:00:00.000Z","type":"x","writer":"00112233445566aa"}\n`,
    );
  });
});

describe('languageOf', () => {
  it.each([
    ['a/b.TSX', 'TypeScript'],
    ['Dockerfile', 'Dockerfile'],
    ['x/Makefile', 'Makefile'],
    ['lib/a.b.py', 'Python'],
    ['README.md', undefined],
    ['.ts', undefined],
    ['a.constructor', undefined],
    ['src.ts/data', undefined],
  ])('%s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});
