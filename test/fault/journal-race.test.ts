/** Many writers at once, and writers killed at any moment: nothing is lost, nothing doubled, no lock stays. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, TestRepository } from '../helpers/repository.ts';

const REF = 'refs/traces/heads/main/journal';

interface Line {
  readonly type: string;
  readonly payload: { readonly text?: string };
}

/** The texts of all notes in the journal, each as often as it stands there. */
function notes(repository: TestRepository): string[] {
  const paths = repository.git('ls-tree', '-r', '--name-only', REF).split('\n');
  return paths
    .filter((path) => path.endsWith('.ndjson'))
    .flatMap((path) => repository.git('show', `${REF}:${path}`).split('\n'))
    .map((line) => JSON.parse(line) as Line) // a line of a journal is an object, or this test fails all the same
    .flatMap(({ payload }) => (payload.text === undefined ? [] : [payload.text]));
}

function spoolNotes(repository: TestRepository, file: string, texts: readonly string[]): void {
  const folder = join(repository.path, '.git/trace/spool');
  mkdirSync(folder, { recursive: true });
  const records = texts.map((text, i) => ({
    place: { branch: 'main' },
    session: { id: 'load' },
    type: 'annotation',
    ts: new Date(Date.UTC(2026, 10, 21, 9, 0, i)).toISOString(),
    payload: { text },
  }));
  // a producer that is dead: pid 1 belongs to somebody else, this one to nobody
  appendFileSync(join(folder, `${file}-4194399-a.ndjson`), records.map((record) => `\n${JSON.stringify(record)}\n`).join(''));
}

function locks(repository: TestRepository): string {
  return repository.run('find', ['.git', '-name', '*.lock']).stdout;
}

describe('eight processes append to one branch journal at once', () => {
  test('1,000 events: none lost, none doubled', async () => {
    const repository = TestRepository.create();
    repository.commitFile('a', 'a\n', 'first');
    const wanted: string[] = [];
    const running = Array.from({ length: 8 }, async (_, process) => {
      // each process records its 125 events in five batches, one program after the other
      for (let batch = 0; batch < 5; batch++) {
        const texts = Array.from({ length: 25 }, (__, i) => `process ${process} batch ${batch} event ${i}`);
        wanted.push(...texts);
        const events = texts.map((text) => ({ ts: '2026-11-21T09:00:00.000Z', type: 'annotation', payload: { text } }));
        const said = await ingest(repository, JSON.stringify({ branch: 'main', session: `process-${process}`, events }));
        // each is told of its own events, whoever else is writing
        expect(said).toMatchObject({ accepted: 25, duplicate: 0, rejected: [] });
      }
    });
    await Promise.all(running);
    expect(notes(repository).toSorted()).toEqual(wanted.toSorted());
    expect(wanted).toHaveLength(1000);
    expect(repository.trace('verify', '--json').status).toBe(0);
    expect(repository.tryGit('fsck', '--strict').status).toBe(0);
    expect(locks(repository)).toBe('');
  });
});

describe('kill -9 of a flush', () => {
  test('at 50 random moments: none lost, none doubled, no lasting lock', async () => {
    const repository = TestRepository.create();
    repository.commitFile('a', 'a\n', 'first');
    const seed = Number(process.env['GITTRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
    process.stderr.write(`seed of the kills: ${seed} (GITTRACE_TEST_SEED)\n`);
    let state = seed;
    const random = (): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state / 2147483648;
    };
    // how long a flush takes here, so that the moments fall all over it
    spoolNotes(repository, 'warm', ['warm up']);
    const start = performance.now();
    repository.trace('flush');
    let length = performance.now() - start;
    const wanted = ['warm up'];
    let killed = 0;
    for (let round = 0; round < 50; round++) {
      const texts = Array.from({ length: 20 }, (_, i) => `round ${round} event ${i}`);
      wanted.push(...texts);
      spoolNotes(repository, `round${'abcdefghij'[round % 10]}${'abcde'[Math.floor(round / 10)]}`.replace(/[0-9]/g, ''), texts);
      const begun = performance.now();
      if (await killedFlush(repository, random() * length)) killed++;
      // the machine may have been busier, or less busy, before
      else length = performance.now() - begun;
    }
    expect(killed).toBeGreaterThan(10);
    const last = repository.trace('flush');
    expect(last).toMatchObject({ status: 0 });
    expect(notes(repository).toSorted()).toEqual(wanted.toSorted());
    expect(repository.trace('verify').status).toBe(0);
    expect(repository.tryGit('fsck', '--strict').status).toBe(0);
    expect(locks(repository)).toBe('');
  });
});

describe('verify', () => {
  test('finds a line that was changed, and says where', () => {
    const repository = TestRepository.create();
    const events = [{ ts: '2026-11-21T09:00:00.000Z', type: 'annotation', payload: { text: 'true' } }];
    repository.traceWith({ input: JSON.stringify({ pr: 5, session: 's', events }) }, 'ingest', '-');
    const sound = repository.trace('verify', '5');
    expect(sound).toMatchObject({ status: 0, stderr: '' });
    expect(sound.stdout).toContain('the journal of 5 is sound');
    const path = repository.git('ls-tree', '-r', '--name-only', 'refs/traces/5/journal').split('\n')[0] ?? '';
    const text = repository.git('show', `refs/traces/5/journal:${path}`).replace('"text":"true"', '"text": "forged"');
    const blob = repository.run('git', ['hash-object', '-w', '--stdin'], { input: `${text}\n` }).stdout.trim();
    const index = { GIT_INDEX_FILE: join(repository.path, '.git/forged-index') };
    repository.gitWith({ env: index }, 'read-tree', 'refs/traces/5/journal');
    repository.gitWith({ env: index }, 'update-index', '--cacheinfo', `100644,${blob},${path}`);
    const tree = repository.gitWith({ env: index }, 'write-tree');
    repository.git('update-ref', 'refs/traces/5/journal', repository.git('commit-tree', '-m', 'forged', tree));
    const forged = repository.trace('verify', '5');
    expect(forged.status).toBe(1);
    expect(forged.stdout).toContain('/s line 2: not canonical JSON');
    expect(forged.stdout).toContain('the journal of 5 has 1 fault');
  });
});

/** What `ingest --json` answers. */
function ingest(repository: TestRepository, input: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, 'ingest', '--json', '-'], {
      cwd: repository.path,
      env: process.env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', () => resolve(JSON.parse(out)));
    child.stdin.end(input);
  });
}

/** Starts a flush in a process group of its own and kills all of it after so many milliseconds; whether it was still alive. */
function killedFlush(repository: TestRepository, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, 'flush'], { cwd: repository.path, env: process.env, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, ms);
    child.on('error', reject);
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}
