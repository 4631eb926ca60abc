/** The recorder as a process: what it records by itself, that there is one, and that killing it loses nothing. */
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

interface Line {
  readonly type: string;
  readonly payload: { readonly file?: string; readonly boundary?: string; readonly message?: string };
}

/** A repository that is recorded, its recorder switched on. */
function begin(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a', 'one\n');
  expect(repository.trace('init').status).toBe(0);
  repository.git('config', 'trace.recorder', 'true');
  onTestFinished(() => void repository.trace('recorder', '--stop'));
  return repository;
}

/** The events of a branch's journal, without any command of ours. */
function journal(repository: TestRepository, branch = 'main'): Line[] {
  const ref = `refs/traces/heads/${branch}/journal`;
  if (repository.tryGit('rev-parse', '--verify', '-q', ref).status !== 0) return [];
  const paths = repository.git('ls-tree', '-r', '--name-only', ref).split('\n');
  return paths
    .filter((path) => path.endsWith('.ndjson'))
    .flatMap((path) => repository.git('cat-file', 'blob', `${ref}:${path}`).split('\n'))
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));
}

const pidOf = (repository: TestRepository): number => Number.parseInt(readFileSync(repository.inGitDir('trace/recorder.lock'), 'utf8'), 10);

/** Waits until the recorder has taken its first look. */
const ready = (repository: TestRepository): Promise<number> =>
  vi.waitFor(() => {
    expect(statSync(repository.inGitDir('trace/recorder.json')).size).toBeGreaterThan(0);
    const pid = pidOf(repository);
    process.kill(pid, 0); // that of one that was killed stays until the next one comes
    return pid;
  }, 20_000);

describe('the recorder', () => {
  it('records edits and commits without any command', async () => {
    const repository = begin();
    // as a shell does it
    repository.run('sh', ['-c', '("$0" &) </dev/null >/dev/null 2>&1', repository.inGitDir('trace/recorder-start')]);
    await ready(repository);
    repository.commitFile('a', 'one\ntwo\n', 'second');
    repository.writeFile('b', 'new\n');
    await vi.waitFor(() => {
      const told = journal(repository).map(({ type, payload }) => `${type} ${payload.file ?? payload.message ?? ''}`);
      expect(told).toEqual(expect.arrayContaining(['edit a', 'edit b', 'commit second']));
    }, 30_000);
    expect(repository.trace('verify', 'main').status).toBe(0);
  });

  it('is one, started by the next command, and stopped when it is told to', async () => {
    const repository = begin();
    expect(repository.traceWith({ env: { CI: undefined } }, 'run', '--', 'true').status).toBe(0);
    const pid = await ready(repository);
    const again = repository.trace('recorder');
    expect(again).toMatchObject({ status: 0, stderr: `the recorder runs already, as process ${pid}\n` });
    repository.trace('run', '--', 'true');
    expect(pidOf(repository)).toBe(pid);
    expect(repository.trace('status').stdout).toContain(`recorder: process ${pid}`);
    expect(repository.trace('recorder', '--stop').stderr).toBe(`stopped the recorder (process ${pid})\n`);
    expect(repository.trace('recorder', '--stop').stderr).toBe('no recorder runs here\n');
  });

  it('can be killed at any time: the next command does its work, once', async () => {
    const repository = begin();
    for (let round = 1; round <= 5; round++) {
      repository.startTrace(['recorder'], { stdio: 'ignore' });
      const pid = await ready(repository);
      repository.commitFile('a', `round ${round}\n`, `round ${round}`);
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), 10_000);
    }
    expect(repository.trace('flush').status).toBe(0);
    const lines = journal(repository);
    expect(lines.filter(({ type }) => type === 'commit').map(({ payload }) => payload.message)).toEqual(
      [1, 2, 3, 4, 5].map((round) => `round ${round}`),
    );
    const rebuilt = lines.filter(({ type }) => type === 'edit').length;
    expect(rebuilt).toBeGreaterThan(0);
    expect(rebuilt).toBeLessThanOrEqual(5);
    expect(repository.trace('verify', 'main').status).toBe(0);
  });

  it('knows in which work tree it happened', async () => {
    const repository = begin();
    const side = repository.worktree('side');
    repository.startTrace(['recorder'], { stdio: 'ignore' });
    await ready(repository);
    side.commitFile('c', 'c\n', 'on the side');
    await vi.waitFor(
      () => expect(journal(repository, 'side').map(({ type }) => type)).toEqual(expect.arrayContaining(['commit', 'edit'])),
      30_000,
    );
  });

  it('goes when it is uninstalled', async () => {
    const repository = begin();
    const child = repository.startTrace(['recorder'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await ready(repository);
    expect(repository.trace('init', '--uninstall').status).toBe(0);
    expect(await ended).toBe(0);
    expect(repository.exists('.git/trace')).toBe(false);
  });

  it('is not started where it is switched off, on a build server, or where nothing is recorded', () => {
    const repository = begin();
    const runs = (): boolean => repository.exists('.git/trace/recorder.lock');
    repository.traceWith({ env: { CI: 'true' } }, 'run', '--', 'true');
    repository.traceWith({ env: { GITTRACE: '0' } }, 'run', '--', 'true');
    repository.git('config', 'trace.recorder', 'false');
    repository.trace('run', '--', 'true');
    expect(runs()).toBe(false);
    expect(repository.trace('recorder')).toMatchObject({ status: 129 });
    expect(repository.exists('.git/trace/recorder-start')).toBe(false); // no shell tries again
    const other = TestRepository.create();
    expect(other.trace('recorder')).toMatchObject({ status: 129 });
  });

  it.each([
    ['note', 'a word'],
    ['link', '7'],
  ])('where there is none, an edit stands before its commit also after a %s', (command, word) => {
    using repository = TestRepository.create();
    repository.commitFile('a', 'one\n');
    repository.trace('init');
    repository.commitFile('a', 'two\n', 'second');
    repository.trace(command, word);
    const shown = repository.trace('show', '--ndjson').stdout;
    const types = [...shown.matchAll(/"type":"([a-z_]+)"/g)].map(([, type]) => type);
    expect(types.slice(0, 3)).toEqual(['session_started', 'edit', 'commit']);
  });
});
