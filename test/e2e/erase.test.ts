/** `git trace redact <pr>`, as it is typed: what it shows, what it erases, what it refuses, and what it cannot reach. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { objectsWith } from '../helpers/reachable.ts';
import { type Outcome, TestRepository } from '../helpers/repository.ts';

const SECRET = 'ACME-12345678';

interface Printed {
  readonly dry_run: boolean;
  readonly events: readonly { readonly id: string; readonly type: string }[];
  readonly delivery: { readonly done: boolean } | null;
  readonly files: readonly string[];
}

function noted(...texts: readonly string[]): { repository: TestRepository; remote: TestRepository } {
  const { repository, remote } = TestRepository.createWithRemote();
  repository.git('config', 'branch.main.trace', '42');
  for (const text of texts) expect(repository.trace('note', text).status).toBe(0);
  return { repository, remote };
}

function printed({ stdout }: Outcome): Printed {
  return JSON.parse(stdout) as Printed;
}

test('an event goes by what it says; before that it can be looked at', () => {
  const { repository, remote } = noted('one', `the key is ${SECRET}`, 'two');
  expect(repository.trace('push', '42').status).toBe(0);

  const dry = repository.trace('redact', '--dry-run', '--match', 'ACME-[0-9]{8}', '42');
  expect(dry.status).toBe(0);
  expect(dry.stdout).toMatch(/^[0-9a-f]{64} {2}annotation {2}\S+ {2}local-\S+\n$/);
  expect(dry.stderr).toBe('would erase 1 event (1 annotation) of 42\n');
  expect(objectsWith(remote, SECRET)).not.toEqual([]);

  const done = repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42');
  expect(done.status).toBe(0);
  expect(done.stdout).toBe(dry.stdout);
  expect(done.stderr).toContain("erased 1 event (1 annotation) of 42\ntrace: replaced refs/traces/42/journal on 'origin'\nhint: ");
  expect(`${done.stdout}${done.stderr}`).not.toContain(SECRET);
  for (const at of [repository, remote]) expect(objectsWith(at, SECRET)).toEqual([]);

  const show = repository.trace('show', '42');
  expect(show.stdout).toContain('erased: 1 event');
  expect(show.stdout).toContain('two');
  expect(repository.trace('verify', '42').status).toBe(0);
  expect(repository.trace('verify', '42').stdout).toContain('1 erased');
  const again = repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42');
  expect([again.status, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toContain('nothing found in 3 events of 42');
});

test('an event goes by the beginning of its id, in a repository without a remote too', () => {
  const repository = TestRepository.create();
  repository.git('config', 'branch.main.trace', '42');
  for (const text of ['one', 'two']) repository.trace('note', text);
  const { events } = JSON.parse(repository.trace('show', '--json', '42').stdout) as {
    events: { id: string; payload: { text?: string } }[];
  };
  const id = events.find(({ payload }) => payload.text === 'one')?.id ?? '';
  const erased = printed(repository.trace('redact', '--json', '--event', id.slice(0, 10), '42'));
  expect(erased).toEqual({
    trace: '42',
    dry_run: false,
    events: [expect.objectContaining({ id, type: 'annotation' })],
    of: 3,
    delivery: null,
    files: [],
  });
  expect(repository.trace('show', '42').stdout).not.toContain('one');
  expect(repository.trace('redact', '--event', id, '42')).toMatchObject({
    status: 1,
    stderr: `nothing erased: ${id} was erased before in 42\n`,
  });
});

test('what is meant badly is refused before anything is touched', () => {
  const { repository } = noted(...Array.from({ length: 10 }, (_, i) => `note ${i}`));
  const refused = (...args: string[]): Outcome => repository.trace('redact', ...args, '42');
  const tip = repository.git('rev-parse', 'refs/traces/42/journal');
  expect(refused()).toMatchObject({ status: 129, stderr: expect.stringContaining('which of its events') });
  expect(refused('--event', 'xyz')).toMatchObject({ status: 129, stderr: expect.stringContaining('"xyz" is no id of an event') });
  expect(refused('--event', '00000000')).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no event 00000000 in 42') });
  expect(refused('--match', '(a+)+b')).toMatchObject({
    status: 129,
    stderr: expect.stringContaining("cannot use the pattern of '--match'"),
  });
  expect(refused('--match', 'note')).toMatchObject({ status: 129, stderr: expect.stringContaining('found in 10 of 11 events') });
  // names of members are no texts
  expect(refused('--match', 'developer').status).toBe(1);
  expect(repository.git('rev-parse', 'refs/traces/42/journal')).toBe(tip);
  expect(printed(refused('--json', '--force', '--match', 'note')).events).toHaveLength(10);
});

test('a remote that refuses is told of, by status too, until it is let; quarantine that holds it is named', () => {
  const { repository, remote } = noted('stays', SECRET);
  expect(repository.trace('push', '42').status).toBe(0);
  remote.writeFile('hooks/update', '#!/bin/sh\ncase $2 in *[!0]*) git merge-base --is-ancestor "$2" "$3" || exit 1 ;; esac\n');
  chmodSync(join(remote.path, 'hooks/update'), 0o755);
  repository.writeFile('.git/trace/quarantine/test-1.0.bin', `torn ${SECRET}`);
  const refused = repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("warning: 'origin' still has it: ");
  expect(refused.stderr).toContain("hint: here it is erased; 'git trace sync' tries again");
  expect(refused.stderr).toContain('trace/quarantine/test-1.0.bin in the git directory holds it too');
  expect(objectsWith(repository, SECRET)).toEqual([]);
  expect(repository.trace('status').stdout).toContain("not delivered: 42 to 'origin'");
  const again = repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42');
  expect([again.status, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toContain("it was erased before, but has not gone from 'origin' yet\nwarning: 'origin' still has it: ");
  rmSync(join(remote.path, 'hooks/update'));
  expect(repository.trace('sync').status).toBe(0);
  expect(objectsWith(remote, SECRET)).toEqual([]);
  expect(repository.trace('status').stdout).not.toContain('not delivered');
});

test('the same again finishes what a first try could not', () => {
  const { repository, remote } = noted('stays', SECRET);
  expect(repository.trace('push', '42').status).toBe(0);
  remote.writeFile('hooks/update', '#!/bin/sh\nexit 1\n');
  chmodSync(join(remote.path, 'hooks/update'), 0o755);
  expect(repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42').status).toBe(1);
  rmSync(join(remote.path, 'hooks/update'));
  const again = repository.trace('redact', '--match', 'ACME-[0-9]{8}', '42');
  expect(again.stderr).toContain("trace: replaced refs/traces/42/journal on 'origin'");
  expect(again.status).toBe(0);
  expect(objectsWith(remote, SECRET)).toEqual([]);
});
