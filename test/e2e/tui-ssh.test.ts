/** `git trace tui` at the other end of a real ssh connection: drawn, resized, quit, and gone when the connection is. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, vi } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';
import { BIN, TestRepository } from '../helpers/repository.ts';
import { crowdTrace } from '../helpers/shapes.ts';
import { skipUnless } from '../helpers/skip.ts';
import { serveSsh } from '../helpers/transports.ts';
import { writeParts } from '../helpers/write-parts.ts';

const testSshd = skipUnless(existsSync('/usr/sbin/sshd'), 'sshd is not installed');

/** The TUI on the far side of a connection; the remote shell writes its process there and says how it ended. */
async function overSsh(): Promise<{ repository: TestRepository; terminal: TestTerminal; pid: () => number }> {
  const { repository, remote } = TestRepository.createWithRemote({ branch: 'fix' });
  writeParts(repository, 'heads/fix', crowdTrace());
  const { url, command } = await serveSsh(remote);
  const { username, hostname, port } = new URL(url);
  const pidFile = join(dirname(repository.path), 'pid');
  const env = Object.entries({ NO_COLOR: '1', ...repository.env }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const far = [
    `cd ${quoted(repository.path)}`,
    `env -i TERM=xterm-256color ${env.map(quoted).join(' ')} sh -c 'echo $$ > "$0"; exec "$@"' ${[pidFile, process.execPath, BIN, 'tui'].map(quoted).join(' ')}`,
    'echo "ended with $?"',
  ];
  const args = [...command().split(' ').slice(1), '-tt', '-p', port, `${username}@${hostname}`, far.join('; ')];
  const terminal = new TestTerminal('ssh', args, { columns: 100, rows: 30 });
  return { repository, terminal, pid: () => Number(readFileSync(pidFile, 'utf8')) };
}

testSshd('it is drawn over ssh, follows the size of the window, and leaves the terminal as it was', async () => {
  const { repository, terminal } = await overSsh();
  using _repository = repository;
  await using _terminal = terminal;
  await terminal.see(/600\/600/);
  terminal.type('g');
  await terminal.see(/ 5\/600/);
  terminal.resize(60, 12);
  await terminal.see('1 Story');
  expect(terminal.lines().filter((line) => line.length > 60)).toEqual([]);
  terminal.type('q');
  await terminal.see('ended with 0');
  await terminal.ended;
  await using untouched = new TestTerminal('/bin/true', []);
  await untouched.ended;
  expect(await terminal.state()).toEqual(await untouched.state());
});

testSshd('it ends with the connection', async () => {
  const { repository, terminal, pid } = await overSsh();
  using _repository = repository;
  await using _terminal = terminal;
  await terminal.see(/600\/600/);
  process.kill(terminal.pid, 'SIGKILL');
  await terminal.ended;
  // no process of ours: nothing tells of its end
  await vi.waitFor(() => expect(existsSync(`/proc/${pid()}`)).toBe(false), { timeout: 20_000 });
});
