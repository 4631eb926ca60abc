/** Shells side by side, in each other, killed: what they recorded, to which session, and what they kept to themselves. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasProgram, TestRepository } from '../helpers/repository.ts';
import { enable, LOAD, SHELLS, shellRecords, TestShell, typedTexts } from '../helpers/shells.ts';
import { skipUnless } from '../helpers/skip.ts';

interface Event {
  readonly type: string;
  readonly session: string;
  readonly payload: Record<string, unknown>;
}

function events(repository: TestRepository, ...args: string[]): Event[] {
  const { stdout, stderr } = repository.trace('show', '--ndjson', ...args);
  if (stdout === '') throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event); // what show prints
}

const commandsOf = (all: readonly Event[], session: string): unknown[] =>
  all.flatMap(({ type, session: own, payload }) => (type === 'command' && own === session ? [payload['command']] : []));

test('eight shells at once, one killed in the middle of a write: nothing is lost but the torn record, and that is shown', async () => {
  const repository = TestRepository.create();
  enable(repository);
  const names = Array.from({ length: 8 }, (_, i) => SHELLS.filter(hasProgram)[i % SHELLS.filter(hasProgram).length] ?? 'bash');
  const shells = await Promise.all(names.map((name) => TestShell.start(name, repository)));
  const rounds = 25;
  await Promise.all(
    shells.map(async (shell, i) => {
      for (let n = 0; n < rounds; n++) await shell.type(`echo shell ${i} round ${n}`);
    }),
  );
  // half a record, as it stands in the file when a process is killed between two writes
  const victim = shells[3];
  const folder = repository.inGitDir('trace/spool');
  const file = readdirSync(folder).find((name) => name.startsWith(`shell-${victim?.terminal.pid}-`) && name.endsWith('.rec')) ?? '';
  const bytes = readFileSync(join(folder, file));
  const begin = bytes.lastIndexOf('\ngt1\0start');
  appendFileSync(join(folder, file), bytes.subarray(begin, begin + 40));
  victim?.terminal.kill('SIGKILL');
  await victim?.terminal.ended;
  await Promise.all(shells.filter((shell) => shell !== victim).map((shell) => shell.exit()));

  const all = events(repository);
  const sessions = [...new Set(all.map(({ session }) => session))].filter((session) => /^(bash|zsh|fish)-/.test(session));
  expect(sessions).toHaveLength(8);
  for (const [i, shell] of shells.entries()) {
    const session = sessions.find((name) => name.includes(`-${shell.terminal.pid}-`)) ?? '';
    const wanted = Array.from({ length: rounds }, (_, n) => `echo shell ${i} round ${n}`);
    expect(commandsOf(all, session)).toEqual(shell === victim ? wanted : [...wanted, 'exit']);
    expect(all.some(({ type, session: own }) => own === session && type === 'session_ended')).toBe(shell !== victim);
  }
  const status = repository.trace('status').stdout;
  expect(status.match(/^quarantine: .*$/gm)).toEqual([expect.stringContaining('a torn or foreign record')]);
  expect(readdirSync(folder)).toEqual([]);
});

for (const name of SHELLS) {
  const shellTest = skipUnless(hasProgram(name), `${name} is not installed`);

  shellTest(`${name}: a killed terminal is seen: the command that was running did not finish`, async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start(name, repository);
    await shell.type('echo before');
    shell.terminal.type('sh -c \'echo r"un"ning; exec sleep 1000\'\r');
    await shell.terminal.hear(/running\r\n/);
    expect(typedTexts(repository)).toHaveLength(2);
    // while it runs nobody says that it did not finish
    expect(commandsOf(events(repository), events(repository)[0]?.session ?? '')).toEqual(['echo before']);
    shell.terminal.kill('SIGKILL');
    await shell.terminal.ended;
    const last = events(repository).at(-1);
    expect(last?.payload).toMatchObject({ command: expect.stringContaining('sleep 1000'), exit_code: null, unfinished: true });
    expect(repository.trace('show').stdout).toMatch(/sleep 1000'.* did not finish/);
  });

  shellTest(`${name}: a terminal that is closed ends the session, not the command`, async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start(name, repository);
    shell.terminal.type('sh -c \'echo r"un"ning; exec sleep 1000\'\r');
    await shell.terminal.hear(/running\r\n/);
    shell.terminal.hangUp();
    await shell.terminal.ended;
    const [file] = shellRecords(repository);
    expect(file?.records.find(({ type }) => type === 'command')?.payload).toMatchObject({ exit_code: null, unfinished: true });
  });

  shellTest(`${name}: the text of a private command is nowhere`, async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start(name, repository, {
      // without the option too: then the space means nothing to the shell, and all the same to us
      rc: `${name === 'zsh' ? 'unsetopt hist_ignore_space' : name === 'bash' ? 'unset HISTCONTROL' : ''}\n${LOAD[name]}`,
    });
    await shell.type('echo public');
    await shell.type(' echo hush-hush-4711');
    const trace = repository.inGitDir('trace');
    const below = (): string[] => readdirSync(trace, { recursive: true, encoding: 'utf8' }).filter((path) => existsSync(join(trace, path)));
    const holds = (): string[] =>
      below().filter((path) => isFile(join(trace, path)) && readFileSync(join(trace, path)).includes('hush-hush'));
    expect(holds()).toEqual([]);
    expect(typedTexts(repository)).toEqual([
      ['echo public', 0],
      [null, 0],
    ]);
    await shell.exit();
    repository.trace('flush');
    expect(holds()).toEqual([]);
    const objects = repository.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
    expect(objects.filter((oid) => repository.git('cat-file', '-p', oid).includes('hush-hush'))).toEqual([]);
  });

  shellTest(`${name}: hooks, run and notes join the shell's session; a shell in it has its own`, async () => {
    const repository = TestRepository.create();
    repository.commitFile('a', 'a\n');
    enable(repository);
    await using shell = await TestShell.start(name, repository);
    await shell.type('git commit -q --allow-empty -m one');
    await shell.type('git trace note said');
    // the same rc file: a prompt of the inner shell is one of the outer's numbers again, so wait for what it prints
    shell.terminal.type(`${name}${name === 'bash' ? ' --rcfile "$HOME/.bashrc"' : ''}\r`);
    await shell.terminal.hear(/@@1@@ /);
    shell.terminal.type('echo "in"ner\r');
    await shell.terminal.hear(/inner\r\n[\s\S]*@@2@@ /);
    shell.terminal.type('exit\r');
    await shell.prompt();
    await shell.type('echo outer again');
    await shell.exit();
    const all = events(repository).filter(({ session }) => session.startsWith(`${name}-`));
    const [outer, inner] = [...new Set(all.map(({ session }) => session))];
    const types = all.flatMap(({ session, type }) => (session === outer ? [type] : []));
    expect(types[0]).toBe('session_started');
    expect(types).toEqual(expect.arrayContaining(['commit', 'annotation']));
    expect(commandsOf(all, inner ?? '')).toEqual(['echo "in"ner', 'exit']);
    expect(commandsOf(all, outer ?? '')).toEqual([
      'git commit -q --allow-empty -m one',
      'git trace note said',
      expect.stringMatching(new RegExp(`^${name}`)),
      'echo outer again',
      'exit',
    ]);
    for (const session of [outer, inner])
      expect(all.find((event) => event.session === session && event.type === 'session_started')?.payload).toMatchObject({ kind: 'shell' });
  });

  shellTest(`${name}: whatever becomes of the repository, nothing is said about it`, async () => {
    const repository = TestRepository.create();
    enable(repository);
    await using shell = await TestShell.start(name, repository);
    await shell.type('echo one');
    for (const harm of [
      'mv .git/HEAD .git/HEAD.away',
      'mv .git/HEAD.away .git/HEAD; mv .git/trace/spool .git/trace/away',
      `mv .git/trace/away .git/trace/spool; for f in .git/trace/spool/shell-*.rec${name === 'fish' ? '; mkdir $f.d; mv $f $f.d; mkdir $f; end' : '; do mkdir $f.d; mv $f $f.d; mkdir $f; done'}`,
      'rm -rf .git',
    ]) {
      await shell.type(harm);
      await shell.type('echo still here');
    }
    await shell.exit();
    expect(shell.terminal.text()).not.toMatch(/warning|error|gittrace|denied|no such|cannot|directory/i);
  });

  shellTest(`${name}: work trees, directories, branches, a detached HEAD, and outside`, async () => {
    const repository = TestRepository.create();
    repository.commitFile('sub/deep/a', 'a\n');
    enable(repository);
    const linked = repository.worktree('side');
    await using shell = await TestShell.start(name, repository);
    await shell.type('cd sub/deep');
    await shell.type('echo deep');
    await shell.type('git checkout -q --detach');
    await shell.type('echo detached');
    await shell.type(`cd '${linked.path}'`);
    await shell.type('echo side');
    await shell.type('cd /');
    await shell.type('echo outside');
    await shell.exit();
    const [file, ...others] = shellRecords(repository);
    expect(others).toEqual([]);
    const seen = file?.records.map(({ place, payload }) => [payload['command'], payload['cwd'], place.branch, place.head !== undefined]);
    expect(seen).toEqual([
      ['cd sub/deep', '', 'main', false],
      ['echo deep', 'sub/deep', 'main', false],
      ['git checkout -q --detach', 'sub/deep', 'main', false],
      ['echo detached', 'sub/deep', null, true],
      [`cd '${linked.path}'`, 'sub/deep', null, true],
      ['echo side', '', 'side', false],
      ['cd /', '', 'side', false],
      [undefined, undefined, 'side', false],
    ]);
  });
}

function isFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false; // a folder
  }
}
