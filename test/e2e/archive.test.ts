/** `git trace archive`, as a person uses it: closed pull requests go, open ones stay, and every command finds them as before. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const MEMBERS = { title: 'Mend the login', created_at: '2026-09-28T08:00:00.000Z' };

/** A pull request with a note and what its host says of it. */
function record(at: TestRepository, pr: string, status: string, more: Readonly<Record<string, string | null>>): void {
  const events = [
    { type: 'annotation', ts: '2026-10-01T09:00:00.000Z', payload: { text: `why ${pr}` } },
    { type: 'pr_updated', ts: '2026-10-03T09:00:00.000Z', payload: { ...MEMBERS, status, merged_at: null, ...more } },
  ];
  const { status: exit, stderr } = at.traceWith(
    { input: JSON.stringify({ pr: Number(pr), session: `host-${pr}`, events }) },
    'ingest',
    '-',
  );
  expect(stderr).not.toContain('error');
  expect(exit).toBe(0);
}

test('closed pull requests are archived by the month of their closing; show, list, verify and fetch find them', () => {
  const { repository: one, remote } = TestRepository.createWithRemote();
  record(one, '41', 'merged', { merged_at: '2026-10-02T10:00:00.000Z' });
  record(one, '42', 'closed', { closed_at: '2026-11-01T00:30:00.000Z' });
  record(one, '43', 'open', {});
  expect(one.trace('push').status).toBe(0);
  const shown = one.trace('show', '42', '--json').stdout;
  const verified = JSON.parse(one.trace('verify', '42', '--json').stdout) as Record<string, unknown>;

  const dry = one.trace('archive', '--dry-run');
  expect(dry.stderr).toBe('would archive 41 in refs/traces/archive/2026-10\nwould archive 42 in refs/traces/archive/2026-11\n');
  expect(remote.git('for-each-ref', 'refs/traces/archive')).toBe('');

  const done = one.trace('archive');
  expect(done.stderr).toBe('archived 41 in refs/traces/archive/2026-10\narchived 42 in refs/traces/archive/2026-11\n2 traces archived\n');
  expect(done.status).toBe(0);
  for (const at of [one, remote]) {
    expect(at.git('for-each-ref', '--format=%(refname)', 'refs/traces').split('\n')).toEqual([
      'refs/traces/43/journal',
      'refs/traces/archive/2026-10',
      'refs/traces/archive/2026-11',
    ]);
  }
  expect(one.trace('archive')).toMatchObject({ status: 0, stderr: 'there is nothing to archive\n' });
  expect(one.trace('push').stderr).toBe("'origin' has every trace\n");

  const other = remote.clone();
  for (const at of [one, other]) {
    expect(at.trace('show', '42', '--json').stdout).toBe(shown);
    const now = JSON.parse(at.trace('verify', '42', '--json').stdout) as Record<string, unknown>;
    expect(now).toMatchObject({ correctness: verified['correctness'], faults: [], ref: 'refs/traces/archive/2026-11', tip: null });
    const rows = JSON.parse(at.trace('list', '--json').stdout) as { trace: string; archived: string | null }[];
    expect(rows.find(({ trace }) => trace === '42')).toMatchObject({ archived: '2026-11', title: 'Mend the login' });
  }
  expect(one.trace('list').stdout).toMatch(/^41 .*, archived {2}Mend the login$/m);
  expect(other.trace('fetch', '41')).toMatchObject({ status: 0, stderr: '41: archived\n' });
  expect(other.trace('show', '41').stdout).toContain('why 41');
  expect(other.trace('show', '40')).toMatchObject({ status: 128 });

  // a late note opens it again, and it goes back to where it was
  expect(other.trace('link', '42').status).toBe(0);
  expect(other.trace('note', 'seen in production').status).toBe(0);
  expect(other.trace('sync').status).toBe(0);
  expect(one.trace('fetch', '42').status).toBe(0);
  const late = one.trace('show', '42').stdout;
  expect(late).toContain('why 42');
  expect(late).toContain('seen in production');
  expect(one.trace('archive', '42').stderr).toContain('archived 42 in refs/traces/archive/2026-11\n');
  expect(remote.git('for-each-ref', '--format=%(refname)', 'refs/traces/42')).toBe('');
  expect(one.trace('show', '42').stdout).toBe(late);
  expect(one.trace('archive', 'main')).toMatchObject({ status: 129 });
});
