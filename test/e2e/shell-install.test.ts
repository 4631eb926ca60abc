/** `git trace init --shell` on real rc files, and pausing: what a person finds afterwards, and what is recorded. */
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { snapshot } from '../helpers/hooks.ts';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { enable, SHELLS, shellRecords, TestShell } from '../helpers/shells.ts';
import { skipUnless } from '../helpers/skip.ts';

/** A repository and an empty home. */
function started(): { repository: TestRepository; home: string } {
  const repository = TestRepository.create();
  const home = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'home-'));
  Object.assign(repository.env, { HOME: home, XDG_CONFIG_HOME: join(home, '.config') });
  repository.putTraceOnPath();
  return { repository, home };
}

const RC = { bash: '.bashrc', zsh: '.zshrc', fish: '.config/fish/config.fish' };

describe('init --shell', () => {
  test.each(SHELLS)('%s: one line, once, and gone with uninstall, byte for byte', (shell) => {
    const { repository, home } = started();
    const rc = join(home, RC[shell]);
    mkdirSync(dirname(rc), { recursive: true });
    writeFileSync(rc, 'echo \xe4\r\n# the last line has no end', 'latin1');
    chmodSync(rc, 0o640);
    const before = snapshot(home, repository.inGitDir('.'));
    const dry = repository.trace('init', '--shell', shell, '--dry-run');
    expect(dry.stderr).toMatch(/^nothing is done;/);
    expect(dry.stderr).toContain(`would add a line to '${rc}'`);
    expect(snapshot(home, repository.inGitDir('.'))).toEqual(before);
    expect(repository.trace('init', '--shell', shell).status).toBe(0);
    expect(repository.trace('init', '--shell', shell).stderr).toContain('already');
    expect(readFileSync(rc, 'utf8').split('shell-init')).toHaveLength(2);
    expect(repository.trace('init', '--uninstall').status).toBe(0);
    expect(snapshot(home, repository.inGitDir('.'))).toEqual(before);
  });

  test('the shell is the person’s own; a file and a folder that were not there go again', () => {
    const { repository, home } = started();
    mkdirSync(join(home, '.config'));
    const before = snapshot(home);
    const init = repository.traceWith({ env: { SHELL: '/usr/bin/fish' } }, 'init', '--shell');
    expect(init.status).toBe(0);
    expect(existsSync(join(home, RC.fish))).toBe(true);
    repository.trace('init', '--uninstall');
    expect(snapshot(home)).toEqual(before);
    const other = repository.traceWith({ env: { SHELL: '/bin/ksh' } }, 'init', '--shell');
    expect([other.status, other.stderr]).toEqual([129, expect.stringContaining('hint: name one: git trace init --shell bash|zsh|fish')]);
  });

  test('a link stays one, and another repository’s uninstall leaves the line alone unless told', () => {
    const { repository, home } = started();
    mkdirSync(join(home, 'dotfiles'));
    writeFileSync(join(home, 'dotfiles/bashrc'), 'x=1\n');
    symlinkSync('dotfiles/bashrc', join(home, '.bashrc'));
    repository.trace('init', '--shell', 'bash');
    expect(lstatSync(join(home, '.bashrc')).isSymbolicLink()).toBe(true);
    const other = TestRepository.create();
    Object.assign(other.env, repository.env);
    other.trace('init', '--uninstall');
    expect(readFileSync(join(home, '.bashrc'), 'utf8')).toContain('shell-init');
    other.trace('init', '--uninstall', '--shell');
    expect(readFileSync(join(home, '.bashrc'), 'utf8')).toBe('x=1\n');
    expect(lstatSync(join(home, '.bashrc')).isSymbolicLink()).toBe(true);
  });

  test.each(SHELLS)('%s: the line is harmless where git-trace is gone', (shell) => {
    const { repository, home } = started();
    repository.trace('init', '--shell', shell);
    const line = readFileSync(join(home, RC[shell]), 'utf8');
    const gone = repository.run(shell, ['-c', `${line}\necho fine`], { env: { PATH: '/usr/bin:/bin' } });
    expect(gone).toMatchObject({ status: 0, stdout: 'fine\n', stderr: '' });
  });
});

for (const name of SHELLS) {
  const shellTest = skipUnless(hasProgram(name), `${name} is not installed`);
  const texts = (repository: TestRepository): unknown[] =>
    shellRecords(repository).flatMap(({ records }) => records.map(({ payload }) => payload['command'] ?? payload['status']));

  shellTest(`${name}: pause and resume, in the repository, in the shell, and by the environment`, async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start(name, repository);
    for (const command of [
      'echo one',
      'git trace pause',
      'echo never',
      'git trace resume',
      'echo two',
      'git trace pause --shell',
      'echo never',
      'git trace resume --shell',
      'echo three',
      name === 'fish' ? 'set -gx GITTRACE 0' : 'GITTRACE=0',
      'echo never',
      name === 'fish' ? 'set -e GITTRACE' : 'unset GITTRACE',
      'echo four',
    ])
      await shell.type(command);
    await shell.type('git trace pause --shell');
    await shell.exit();
    expect(readdirSync(repository.inGitDir('trace/pause'))).toEqual([]);
    const seen = texts(repository);
    expect(seen.filter((text) => String(text).startsWith('echo'))).toEqual(['echo one', 'echo two', 'echo three', 'echo four']);
    expect(seen).not.toContain('git trace resume');
  });

  shellTest(`${name}: a repository is noticed when it begins to record, and when it ends`, async () => {
    const repository = TestRepository.create();
    await using shell = await TestShell.start(name, repository);
    for (const command of [
      'echo never',
      'git trace init',
      'echo one',
      'git trace init --uninstall',
      'echo never',
      'git trace init',
      'echo two',
    ])
      await shell.type(command);
    await shell.exit();
    expect(texts(repository)).toEqual(['echo two', 'exit', 'completed']);
    // and what came before had gone into the journal
    expect(repository.trace('show').stdout).toContain('echo one');
  });
}

test('what is run or noted while recording is paused', () => {
  const { repository } = started();
  repository.commitFile('a', 'a\n');
  repository.trace('init');
  repository.trace('pause');
  expect(repository.trace('status').stdout).toContain("recording: paused; 'git trace resume' goes on");
  const ran = repository.trace('run', '--', 'sh', '-c', 'exit 3');
  expect([ran.status, ran.stderr]).toEqual([3, expect.stringContaining('recording is paused in this repository')]);
  expect(repository.trace('note', 'said on purpose').status).toBe(0);
  repository.commitFile('b', 'b\n');
  repository.trace('resume');
  repository.commitFile('c', 'c\n');
  const shown = repository.trace('show', '--ndjson').stdout;
  expect(shown).toContain('said on purpose');
  expect(shown).not.toContain('exit 3');
  expect(shown.match(/"type":"commit"/g)).toHaveLength(1);

  const inShell = { env: { GITTRACE_SESSION: 'bash-5.2-1-1' } };
  repository.traceWith(inShell, 'pause', '--shell');
  expect(repository.traceWith(inShell, 'status').stdout).toContain('recording: paused in this shell');
  expect(repository.trace('status').stdout).toContain('recording: on');
  expect(repository.trace('pause', '--shell')).toMatchObject({
    status: 129,
    stderr: expect.stringContaining('this shell does not record'),
  });
});
