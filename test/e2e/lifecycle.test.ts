/** The whole path as a person walks it: init, run, note, commit, link, push, and show in another clone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

function started(): { repository: TestRepository; remote: TestRepository } {
  const made = TestRepository.createWithRemote();
  made.repository.putTraceOnPath();
  return made;
}

interface Shown {
  trace_id: string;
  pr: { pr_id: string | null; status: string };
  events: { seq: number; ts: string; type: string; session: string; payload: Record<string, unknown> }[];
  sessions: { session: string; status: string; events: number }[];
}

function shownBy(repository: TestRepository, ...args: string[]): Shown {
  return JSON.parse(repository.trace('show', '--json', ...args).stdout) as Shown; // its members are what these tests look at
}

const LIST_HOOKS = 'ls -lR .git/hooks 2>/dev/null | grep -v "^total" | sed "s/  */ /g" | cut -d" " -f1,5,9';

describe('from init to show elsewhere', () => {
  test('a session on a branch travels with git push and is shown by name in another clone', () => {
    const { repository, remote } = started();
    expect(repository.trace('init').status).toBe(0);
    repository.git('checkout', '-q', '-b', 'feature');
    expect(repository.trace('run', '--', 'sh', '-c', 'echo one failing test >&2; exit 3').status).toBe(3);
    expect(repository.trace('note', 'reproduced the bug: empty input').status).toBe(0);
    repository.commitFile('fix.txt', 'fixed\n', 'fix empty input');
    expect(repository.trace('link', '42').status).toBe(0);
    repository.git('push', '-q', '-u', 'origin', 'feature');
    // the hook gives the trace 300 ms and then lets it finish behind; sync waits for it
    expect(repository.trace('sync').status).toBe(0);

    const reader = repository.clone({ name: 'reader' });
    reader.git('remote', 'set-url', 'origin', remote.path);
    const text = reader.trace('show', '42');
    expect(text.stderr).toBe('');
    expect(text.stdout).toContain('reproduced the bug: empty input');
    expect(text.stdout).toContain('fix empty input');
    const shown = shownBy(reader, '42');
    expect(shown.pr.pr_id).toContain('42');
    const types = shown.events.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['session_started', 'command', 'annotation', 'commit', 'pr_linked', 'push']));
    expect(shown.events.map(({ seq }) => seq)).toEqual(shown.events.map((_, i) => i + 1));
    const command = shown.events.find(({ type }) => type === 'command');
    expect(command?.payload).toMatchObject({ exit_code: 3, stderr_sample: 'one failing test\n' });
  });

  test('uninstall leaves hooks and configuration as they were, byte for byte', () => {
    const { repository } = started();
    const before = repository.readFile('.git/config');
    const hooks = repository.run('sh', ['-c', LIST_HOOKS]).stdout;
    repository.trace('init');
    repository.git('checkout', '-q', '-b', 'feature');
    repository.commitFile('a', 'a\n', 'a');
    repository.trace('link', '42');
    expect(repository.trace('init', '--uninstall').status).toBe(0);
    expect(repository.readFile('.git/config')).toBe(before);
    expect(repository.run('sh', ['-c', LIST_HOOKS]).stdout).toBe(hooks);
    expect(repository.exists('.git/trace')).toBe(false);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/traces')).toBe('refs/traces/42/journal');
    expect(repository.trace('init', '--uninstall', '--purge')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^git trace is not installed here$/m),
    });
    expect(repository.git('for-each-ref', 'refs/traces', 'refs/trace-remotes')).toBe('');
  });
});

describe('the document', () => {
  const batch = (session: string, texts: readonly string[], minute: number): string =>
    JSON.stringify({
      pr: 42,
      session,
      developer: { user_id: '11111111-1111-4111-8111-111111111111', os: 'linux' },
      events: texts.map((text, i) => ({
        ts: `2026-11-21T09:${String(minute + i).padStart(2, '0')}:00.000Z`,
        type: 'annotation',
        payload: { text },
      })),
    });
  const ingested = (repository: TestRepository, input: string): void => {
    expect(repository.traceWith({ input }, 'ingest', '-').status).toBe(0);
  };

  test('is byte-identical in two clones that recorded the same events in different order', () => {
    const first = TestRepository.create();
    const second = TestRepository.create();
    const batches = [batch('morning', ['a', 'b', 'c'], 10), batch('other', ['x', 'y'], 11), batch('third', ['z'], 10)];
    for (const one of batches) ingested(first, one);
    for (const one of batches.toReversed()) ingested(second, one);
    const [a, b] = [first, second].map((clone) => clone.trace('show', '42', '--json').stdout);
    expect(a).toBe(b);
    const texts = shownBy(first, '42').events.map(({ payload }) => payload['text']);
    expect(texts.filter((text) => text !== undefined)).toEqual(['a', 'z', 'b', 'x', 'c', 'y']);
  });

  test('is byte-identical after two clones recorded offline and pushed in turn', () => {
    const { repository: first, remote } = started();
    const second = first.clone();
    second.git('remote', 'set-url', 'origin', remote.path);
    ingested(first, batch('one', ['a', 'b'], 10));
    ingested(second, batch('two', ['c', 'd'], 10));
    expect(first.trace('push', '42').status).toBe(0);
    expect(second.trace('sync', '42').status).toBe(0);
    expect(first.trace('sync', '42').status).toBe(0);
    const [a, b] = [first, second].map((clone) => clone.trace('show', '42', '--json').stdout);
    expect(a).toBe(b);
    expect(a).toContain('"text":"d"');
    const trees = [first, second].map((clone) => clone.git('rev-parse', 'refs/traces/42/journal^{tree}'));
    expect(trees[0]).toBe(trees[1]);
  });

  test('numbers the ten events of a session 1 to 10, with its start first and its end last', () => {
    const repository = TestRepository.create();
    const at = (i: number): string => `2026-11-21T09:15:${String(i).padStart(2, '0')}.000Z`;
    const events = [
      ...Array.from({ length: 8 }, (_, i) => ({ ts: at(i), type: 'annotation', payload: { text: `note ${i}` } })),
      { ts: at(9), type: 'session_ended', payload: { status: 'completed' } },
    ];
    ingested(repository, JSON.stringify({ pr: 7, session: 's', events }));
    const shown = shownBy(repository, '7');
    expect(shown.events.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
      '1 session_started',
      ...Array.from({ length: 8 }, (_, i) => `${i + 2} annotation`),
      '10 session_ended',
    ]);
    expect(shown.sessions).toMatchObject([{ session: 's', status: 'completed', events: 10 }]);
  });

  test('reads a session without an end as active, and as interrupted once others have gone on for long', () => {
    const repository = TestRepository.create();
    ingested(repository, batch('open', ['a'], 10));
    expect(shownBy(repository, '42').sessions).toMatchObject([{ session: 'open', status: 'active' }]);
    ingested(repository, batch('later', ['b'], 50));
    const states = shownBy(repository, '42').sessions.map(({ session, status }) => `${session} ${status}`);
    expect(states).toEqual(['open interrupted', 'later active']);
  });
});

describe('every failure has a face', () => {
  test('outside a repository', () => {
    const repository = TestRepository.create();
    expect(repository.traceWith({ cwd: '/' }, 'status')).toMatchObject({
      status: 128,
      stdout: '',
      stderr: "error: '/' is not in a git repository\nhint: go into one, or make one with 'git init'\n",
    });
  });

  test('a trace that is nowhere', () => {
    const { repository } = started();
    repository.trace('init');
    expect(repository.trace('show', '99')).toMatchObject({
      status: 128,
      stdout: '',
      stderr: "error: there is no trace of 99 here, and 'origin' has none either\nhint: 'git trace list' lists those that are here\n",
    });
  });

  test('a corrupt segment: the rest is shown', () => {
    const repository = TestRepository.create();
    for (const session of ['good', 'broken']) {
      const events = [{ ts: '2026-11-21T09:00:00.000Z', type: 'annotation', payload: { text: `in ${session}` } }];
      repository.traceWith({ input: JSON.stringify({ pr: 5, session, events }) }, 'ingest', '-');
    }
    const rows = repository.git('ls-tree', '-r', 'refs/traces/5/journal').split('\n');
    const oid = rows.find((line) => line.includes('/broken/'))?.split(/\s/)[2] ?? '';
    const path = join(repository.path, '.git/objects', oid.slice(0, 2), oid.slice(2));
    repository.run('chmod', ['u+w', path]);
    writeFileSync(path, 'garbage');
    const shown = repository.trace('show', '5');
    expect(shown.status).toBe(0);
    expect(shown.stdout).toContain('in good');
    expect(shown.stdout).not.toContain('in broken');
    expect(shown.stderr).toContain('/broken/0000000001.ndjson');
    expect(shown.stderr).toContain('cannot be read');
  });

  test('a repository without commits and a detached HEAD lose nothing', () => {
    const empty = TestRepository.create();
    expect(empty.trace('note', 'before the first commit').status).toBe(0);
    expect(empty.trace('show').stdout).toContain('before the first commit');
    const { repository } = started();
    repository.git('checkout', '-q', '--detach');
    expect(repository.trace('note', 'on no branch')).toMatchObject({ status: 0, stderr: 'noted in unassigned\n' });
    expect(repository.trace('show').stdout).toContain('on no branch');
    repository.git('checkout', '-q', 'main');
    expect(repository.trace('show', 'unassigned').stdout).toContain('on no branch');
    expect(repository.trace('status').stdout).toContain('unassigned');
  });

  test('a reader that has seen enough is no error', () => {
    const { repository } = started();
    const at = { ts: '2026-11-21T09:00:00.000Z', type: 'annotation' };
    const events = Array.from({ length: 3000 }, (_, i) => ({ ...at, payload: { text: `note ${i}` } }));
    repository.traceWith({ input: JSON.stringify({ pr: 5, events }) }, 'ingest', '-');
    const outcome = repository.run('bash', ['-o', 'pipefail', '-c', 'git trace show 5 --ndjson | head -n 1 >/dev/null']);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
  });
});
