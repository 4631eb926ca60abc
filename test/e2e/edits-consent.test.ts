/** What is not recorded, and who is not touched: pauses, switches, policies that are traps, process ids that are others'. */
import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { TestRepository } from '../helpers/repository.ts';

function begin(): TestRepository {
  const repository = TestRepository.create();
  repository.commitFile('a', 'one\n');
  repository.git('config', 'trace.recorder', 'false');
  expect(repository.trace('init').status).toBe(0);
  return repository;
}

/** The files whose edits are in the journal or wait, oldest first. */
function edited(repository: TestRepository): unknown[] {
  expect(repository.trace('flush').status).toBe(0);
  const lines = repository.trace('show', '--ndjson').stdout.split('\n');
  return lines.flatMap((line) => {
    const event: { type: string; payload: { file?: string } } | undefined = line === '' ? undefined : JSON.parse(line);
    return event?.type === 'edit' ? [event.payload.file] : [];
  });
}

it('what is edited in a pause is never told, in no work tree; what was edited before is', () => {
  const repository = begin();
  const other = repository.worktree('other');
  edited(other);
  repository.writeFile('before', 'x\n');
  repository.trace('pause');
  repository.writeFile('diary', 'x\n');
  other.writeFile('diary', 'x\n');
  repository.trace('resume');
  repository.writeFile('after', 'x\n');
  expect(edited(repository)).toEqual(['before', 'after']);
  expect(edited(other)).toEqual([]);
  other.writeFile('after', 'x\n');
  expect(edited(other)).toEqual(['after']);
});

it('init again loses no edit', () => {
  const repository = begin();
  repository.writeFile('b', 'x\n');
  repository.trace('init');
  expect(edited(repository)).toEqual(['b']);
});

it("stops no process that has the recorder's number by chance, and starts one all the same", async () => {
  const repository = begin();
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  repository.writeFile('.git/trace/recorder.lock', `${stranger.pid} 1 ${hostname()} 0123456789abcdef\n`);
  expect(repository.trace('recorder', '--stop').stderr).toBe('no recorder runs here\n');
  repository.writeFile('.git/trace/recorder.lock', `${stranger.pid} 1 another-machine 0123456789abcdef\n`);
  expect(repository.trace('recorder', '--stop').stderr).toBe('no recorder runs here\n');
  expect(repository.trace('init', '--uninstall').status).toBe(0);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

it("a recorder ends when 'trace.recorder' becomes false, and looks at nothing first", async () => {
  const repository = begin();
  const snapshot = (): string => readFileSync(repository.inGitDir('trace/worktrees/main/snapshot.json'), 'utf8');
  const atInit = snapshot();
  repository.git('config', 'trace.recorder', 'true');
  const recorder = repository.startTrace(['recorder'], { stdio: 'ignore' });
  onTestFinished(() => void recorder.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => recorder.on('close', resolve));
  // its first look
  await vi.waitFor(() => expect(snapshot()).not.toBe(atInit), 20_000);
  const before = snapshot();
  repository.git('config', 'trace.recorder', 'false');
  repository.commitFile('b', 'x\n');
  expect(await ended).toBe(0);
  expect(snapshot()).toBe(before);
});

it('a policy that leads to what never ends, or waits for a writer, is none and holds nobody up', () => {
  const repository = begin();
  symlinkSync('/dev/zero', join(repository.path, '.gittrace.json'));
  expect(repository.trace('status').stdout).toContain("policy: '");
  repository.run('rm', ['.gittrace.json']);
  repository.run('mkfifo', ['.gittrace.json']);
  expect(repository.trace('status').stdout).toContain('is no file');
});
