/** `git trace ingest` as a program meets it: dedup by content, bad input rejected one by one, disks that are full or read-only. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, type Outcome, TestRepository } from '../helpers/repository.ts';
import { skipUnless } from '../helpers/skip.ts';

const SEED = {
  pr: 42,
  developer: { user_id: '11111111-1111-4111-8111-111111111111', ide_version: '1.0', os: 'linux' },
  events: [
    { ts: '2026-11-21T09:00:00Z', type: 'edit', payload: { file: 'api.py', change_summary: '+25/-10', diff_snippet: '@@ -1 +1 @@' } },
    { ts: '2026-11-21T09:01:00Z', type: 'command', payload: { command: 'pytest -q', exit_code: 1, stdout_sample: 'FAILED' } },
    { ts: '2026-11-21T09:02:00Z', type: 'commit', payload: { sha: 'abc123', message: 'fix', files_changed: 2 } },
    { type: 'annotation', payload: { text: 'without a time' } },
  ],
};

interface Answer {
  accepted: number;
  duplicate: number;
  rejected: { index: number; code: string; message: string }[];
  accepted_event_ids: string[];
}

function ingest(repository: TestRepository, input: string | Uint8Array): Answer {
  return JSON.parse(repository.traceWith({ input }, 'ingest', '--json', '-').stdout) as Answer; // what ingest promises to print
}

describe('dedup by content', () => {
  test('a batch sent twice adds nothing, one changed member adds one event', () => {
    const repository = TestRepository.create();
    const first = ingest(repository, JSON.stringify(SEED));
    expect(first).toMatchObject({ accepted: 4, duplicate: 0, rejected: [] });
    expect(new Set(first.accepted_event_ids).size).toBe(4);
    expect(Object.keys(first)).toEqual(['accepted', 'duplicate', 'rejected', 'accepted_event_ids']);
    expect(ingest(repository, JSON.stringify(SEED))).toEqual({ accepted: 0, duplicate: 4, rejected: [], accepted_event_ids: [] });
    const changed = JSON.stringify(SEED).replace('"files_changed":2', '"files_changed":3');
    expect(ingest(repository, changed)).toMatchObject({ accepted: 1, duplicate: 3 });
  });

  test('as a list and as NDJSON it is the same batch', () => {
    const repository = TestRepository.create();
    const list = SEED.events.map((event) => ({ ...event, session: 's' }));
    expect(ingest(repository, JSON.stringify(list))).toMatchObject({ accepted: 4 });
    const ndjson = list.map((event) => JSON.stringify(event)).join('\n');
    expect(ingest(repository, ndjson)).toMatchObject({ accepted: 0, duplicate: 4 });
  });
});

describe('bad input', () => {
  const good = '{"ts":"2026-11-21T09:00:00Z","type":"annotation","payload":{"text":"good"}}';

  test.each([
    ['not JSON', '{nope', 'bad-json'],
    ['a wrong type', '{"ts":"2026-11-21T09:00:00Z","type":"commit","payload":{"sha":"a","message":"m","files_changed":"2"}}', 'bad-event'],
    ['a time that is none', '{"ts":"yesterday","type":"annotation","payload":{"text":"x"}}', 'bad-event'],
    ['a lone surrogate', '{"type":"annotation","payload":{"text":"\\ud800"}}', 'bad-event'],
    ['a key twice', '{"type":"annotation","payload":{"text":"a","text":"b"}}', 'bad-json'],
    ['a NUL byte', '{"type":"annotation","payload":{"text":"a\0b"}}', 'bad-json'],
    ['10 MB', `{"type":"annotation","payload":{"text":"${'x'.repeat(10_000_000)}"}}`, 'too-large'],
  ])('%s is rejected by index, the others are recorded', (_, bad, code) => {
    const repository = TestRepository.create();
    const answer = ingest(repository, `${good}\n${bad}\n${good.replace('good', 'also good')}\n`);
    expect(answer).toMatchObject({ accepted: 2, rejected: [{ index: 1, code }] });
    expect(answer.rejected[0]?.message.length).toBeLessThan(300);
  });

  test('an unknown type and unknown members are kept as they are', () => {
    const repository = TestRepository.create();
    const event = '{"payload":{"deep":{"a":[1,2]}},"session":"s","ts":"2026-11-21T09:00:00.000Z","type":"future_thing","zeta":true}';
    expect(ingest(repository, event)).toMatchObject({ accepted: 1, rejected: [] });
    const ref = 'refs/traces/heads/main/journal';
    const path = repository
      .git('ls-tree', '-r', '--name-only', ref)
      .split('\n')
      .find((name) => name.endsWith('.ndjson'));
    expect(repository.git('show', `${ref}:${path}`).split('\n')).toContain(event);
  });

  test('a directory, and a file that is not there', () => {
    const repository = TestRepository.create();
    expect(repository.trace('ingest', '.')).toMatchObject({
      status: 128,
      stderr: "error: '.' is a directory, expected a file of events\nhint: name a file, or - for standard input\n",
    });
    expect(repository.trace('ingest', 'gone.json')).toMatchObject({
      status: 128,
      stderr: "error: there is no file 'gone.json'\nhint: name a file, or - for standard input\n",
    });
  });
});

describe('a disk that will not take it', () => {
  const mounts = spawnSync('unshare', ['-m', 'true']).status === 0;
  const needsMounts = skipUnless(mounts, 'no mount namespace can be made here');

  /** Runs a script in a mount namespace of its own, in a repository on a file system of 3 MiB. */
  function onSmallDisk(script: string, input: string): Outcome {
    const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'disk-'));
    mkdirSync(join(folder, 'disk'));
    writeFileSync(join(folder, 'batch.json'), input);
    const text = `set -e; mount -t tmpfs -o size=3m tmpfs disk; cd disk; git init -q r; cd r; trace() { '${process.execPath}' '${BIN}' "$@"; }\n${script}`;
    const { stdout, stderr, status, signal } = spawnSync('unshare', ['-m', 'sh', '-c', text], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { stdout, stderr, status, signal };
  }

  needsMounts('full: a clear error, and everything works again once there is room', () => {
    const outcome = onSmallDisk(
      `dd if=/dev/zero of=../filler bs=1k count=10000 2>/dev/null || true
       if trace ingest ../../batch.json; then echo 'took it'; fi
       rm ../filler; trace ingest --json ../../batch.json; git fsck --strict`,
      JSON.stringify(SEED),
    );
    expect(outcome.stderr).toContain('no space left on the device');
    expect(outcome.stderr).toContain('hint: free some space');
    expect(outcome.stdout).not.toContain('took it');
    expect(outcome.stdout).toContain('"rejected":[]');
    expect(outcome.status).toBe(0);
  });

  needsMounts('read-only: a clear error, reading goes on', () => {
    const outcome = onSmallDisk(
      `trace ingest ../../batch.json; mount -o remount,ro ../../disk
       if trace note 'more'; then echo 'took it'; fi
       trace show 42`,
      JSON.stringify(SEED),
    );
    expect(outcome.stderr).toContain('the git directory may not be written');
    expect(outcome.stdout).not.toContain('took it');
    expect(outcome.stdout).toContain('without a time');
    expect(outcome.status).toBe(0);
  });
});
