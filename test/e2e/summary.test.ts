/** `git trace summary` as it is typed: of this branch, by number, from a remote, for each host, in so many characters. */
import { expect, test } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

const BATCH = JSON.stringify({
  session: 'bash-5.2-1-1',
  events: [
    { ts: '2026-11-21T09:00:00.000Z', type: 'command', payload: { command: 'make', exit_code: 2, stdout_sample: '' } },
    { ts: '2026-11-21T09:05:00.000Z', type: 'command', payload: { command: 'make', exit_code: 0, stdout_sample: '' } },
    { ts: '2026-11-21T09:06:00.000Z', type: 'annotation', payload: { text: 'ask @ada' } },
  ],
});

test('sums up the trace of this branch, and of a pull request', () => {
  const repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  repository.traceWith({ input: BATCH }, 'ingest', '-');
  const { stdout, stderr, status } = repository.traceWith({}, 'summary');
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toMatch(/^### How branch `main` came to be\n/);
  expect(stdout).toContain('- `make` failed once of 2 runs, and passed at 09:05');
  expect(stdout).toContain('> ask `@ada`\n');
  expect(stdout).toContain('| When (UTC) | Who | What |');
  expect(repository.traceWith({}, 'summary').stdout).toBe(stdout);
  const github = repository.traceWith({}, 'summary', '--host', 'github').stdout;
  expect(github).toContain('\n```mermaid\n');
  expect(repository.traceWith({}, 'summary', '--limit', '1000').stdout.length).toBeLessThanOrEqual(1_000);
});

test('a trace that is not here is fetched', () => {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.commitFile('a', 'a\n', 'first');
  repository.traceWith({ input: BATCH.replace('{', '{"pr":42,') }, 'ingest', '-');
  repository.traceWith({}, 'push', '42');
  const other = TestRepository.create();
  other.git('remote', 'add', 'origin', remote.path);
  expect(other.traceWith({}, 'summary', '42').stdout).toBe(repository.traceWith({}, 'summary', '42').stdout);
});

test('says what it cannot do', () => {
  const repository = TestRepository.create();
  repository.commitFile('a', 'a\n', 'first');
  const host = repository.traceWith({}, 'summary', '--host', 'gerrit');
  expect([host.status, host.stdout, host.stderr]).toEqual([
    129,
    '',
    expect.stringContaining('error: --host is "gerrit", expected one of "github", "gitlab", "plain"\n'),
  ]);
  expect(repository.traceWith({}, 'summary', '--limit', '10').stderr).toContain(
    '--limit is "10", expected a whole number of at least 1000',
  );
  const gone = repository.traceWith({}, 'summary', '7');
  expect([gone.status, gone.stdout]).toEqual([128, '']);
  expect(gone.stderr).toContain('there is no trace of 7 here');
});
