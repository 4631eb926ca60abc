/** `git trace prune`, as a person uses it: what it would drop, what it drops, here and on the remote, and what it refuses. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const OLD = '2026-01-05T09:00:00.000Z';

/** A session that ended, with a note. */
function record(at: TestRepository, pr: number, session: string, ts: string, more: readonly unknown[] = []): void {
  const events = [
    { type: 'annotation', ts, payload: { text: `said in ${session}` } },
    ...more,
    { type: 'session_ended', ts, payload: { status: 'completed' } },
  ];
  const { stderr, status } = at.traceWith({ input: JSON.stringify({ pr, session, events }) }, 'ingest', '-');
  expect({ status, isWrong: stderr.includes('error') }).toEqual({ status: 0, isWrong: false });
}

const updated = (status: string) => ({
  type: 'pr_updated',
  ts: OLD,
  payload: { title: 'Mend it', status, created_at: OLD, merged_at: OLD },
});

test('old sessions are told, dropped, and come back from no other clone', () => {
  const { repository: one, remote } = TestRepository.createWithRemote();
  record(one, 42, 'first', OLD);
  record(one, 42, 'second', '2026-01-06T09:00:00.000Z');
  record(one, 42, 'third', '2100-01-01T09:00:00.000Z');
  record(one, 42, 'host', OLD, [updated('open')]);
  one.trace('push');
  const other = remote.clone();
  expect(other.trace('fetch', '42').status).toBe(0);

  const before = one.git('rev-parse', 'refs/traces/42/journal');
  const dry = one.trace('prune', '--older-than', '2026-02-01', '--dry-run');
  expect(dry.stderr).toMatch(
    /^would drop session first of trace 42: 3 events, \d+ bytes, ended 2026-01-05\nwould drop session second .*\n2 sessions would be pruned: 6 events, \d+ bytes\n$/,
  );
  expect(one.git('rev-parse', 'refs/traces/42/journal')).toBe(before);

  const { stdout } = one.trace('prune', '--older-than', '2026-02-01', '--keep', '3', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    dry_run: false,
    dropped: [{ trace: '42', session: 'first', events: 3, end_time: OLD }],
    events: 3,
    failed: {},
  });
  const done = one.trace('prune', '--older-than', '2026-02-01', '42');
  expect(done.stderr).toMatch(/^dropped session second of trace 42: .*\n1 session pruned: 3 events, \d+ bytes\n$/);
  expect(done.status).toBe(0);
  expect(remote.git('rev-parse', 'refs/traces/42/journal')).toBe(one.git('rev-parse', 'refs/traces/42/journal'));

  expect(other.trace('sync', '42').status).toBe(0);
  for (const at of [one, other]) {
    const shown = at.trace('show', '42').stdout;
    expect(shown).toContain('(session first was pruned)');
    expect(shown).toContain('pruned: 2 sessions');
    expect(shown).not.toContain('said in first');
    expect(shown).toContain('said in third');
    expect(at.trace('verify', '42')).toMatchObject({ status: 0 });
    expect(at.trace('verify', '42').stdout).toContain('6 pruned');
  }
  expect(one.trace('prune', '--older-than', '2026-02-01').stderr).toBe('there is nothing to prune\n');
});

test('traces of closed pull requests go as a whole, also archived ones; open ones stay', () => {
  const { repository: one, remote } = TestRepository.createWithRemote();
  record(one, 41, 'a', OLD, [updated('merged')]);
  record(one, 42, 'b', OLD, [updated('merged')]);
  record(one, 43, 'c', OLD, [updated('open')]);
  one.trace('push');
  expect(one.trace('archive', '41').status).toBe(0);
  expect(one.trace('prune', '--traces', '--older-than', '10d', '--dry-run').stderr).toMatch(
    /^would drop trace 41: 4 events, .*\nwould drop trace 42: 4 events, .*\n2 traces would be pruned: 8 events, \d+ bytes\n$/,
  );
  expect(one.trace('prune', '--traces', '--older-than', '10d', '--keep', '2').stderr).toBe('there is nothing to prune\n');
  const done = one.trace('prune', '--traces', '--older-than', '10d');
  expect(done.stderr).toContain('2 traces pruned: 8 events');
  expect(done.status).toBe(0);
  for (const at of [one, remote])
    expect(at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n')).toEqual([
      'refs/traces/43/journal',
      'refs/traces/archive/2026-01',
    ]);
  const other = remote.clone();
  expect(other.trace('fetch', '42').status).toBe(0);
  expect(other.trace('show', '42').stdout).toContain('(session b was pruned)');
  expect(other.trace('show', '42').stdout).not.toContain('said in b');
  expect(one.trace('show', '43').stdout).toContain('said in c');
  expect(one.trace('prune', '--traces', '--older-than', '10d').stderr).toBe('there is nothing to prune\n');
});

test('nothing is dropped without a rule, and without a remote it is dropped here', () => {
  const at = TestRepository.create();
  record(at, 7, 'old', OLD);
  const refused = at.trace('prune', '--dry-run');
  expect(refused).toMatchObject({ status: 129, stdout: '' });
  expect(refused.stderr).toMatch(/^error: 'git trace prune' wants '--older-than' or '--keep'\nhint: /);
  expect(at.trace('prune', '--older-than', 'soon').stderr).toContain('"soon" is no time');
  expect(at.trace('prune', '--keep', 'x').stderr).toContain('--keep is "x"');
  expect(at.trace('prune', '--keep', '0')).toMatchObject({ status: 0 });
  expect(at.trace('show', '7').stdout).toContain('(session old was pruned)');
});

test('where the remote cannot be reached, it is dropped here and sent later', () => {
  const { repository: one, remote } = TestRepository.createWithRemote();
  record(one, 42, 'old', OLD);
  one.trace('push');
  const url = one.git('config', 'remote.origin.url');
  one.git('config', 'remote.origin.url', `${url}-away`);
  const away = one.trace('prune', '--older-than', '10d');
  expect(away.status).toBe(1);
  expect(away.stderr).toContain('1 session pruned');
  expect(away.stderr).toContain('warning: ');
  one.git('config', 'remote.origin.url', url);
  expect(one.trace('sync', '42').status).toBe(0);
  expect(remote.git('rev-parse', 'refs/traces/42/journal')).toBe(one.git('rev-parse', 'refs/traces/42/journal'));
});
