/**
 * `git trace run` at a real terminal: what the command sees, and what the person sees, is what both would see without
 * us. Most tests run the same thing twice, with and without, and compare.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '../../src/capture/run.ts';
import { TestTerminal } from '../helpers/pty.ts';
import { buildRunDriver } from '../helpers/run-driver.ts';

/** What nothing tells of is asked for so long; without this for a second. */
const SOON = { timeout: 20_000 };

let driver = '';
let driverWithoutPty = '';
let folder = '';
let record = '';
let open: TestTerminal[] = [];

beforeAll(async () => {
  driver = await buildRunDriver();
  driverWithoutPty = await buildRunDriver({ pty: false });
  folder = dirname(driver);
  record = join(folder, 'record.json');
});

afterEach(async () => {
  for (const terminal of open) await terminal[Symbol.asyncDispose]();
  open = [];
});

/** Opens a terminal with a shell that runs a script; `$RUN` in it is the beginning of `git trace run -- …`. */
function terminal(
  script: string,
  options: { env?: Record<string, string>; columns?: number; rows?: number; shell?: string } = {},
): TestTerminal {
  const { shell = '/bin/sh', env, ...size } = options;
  const run = `'${process.execPath}' '${driver}'`;
  writeFileSync(record, '');
  const made = new TestTerminal(shell, ['-c', script.replaceAll('$RUN', run)], {
    cwd: folder,
    env: { RUN_RECORD: record, ...env },
    ...size,
  });
  open.push(made);
  return made;
}

async function bytesOf(script: string, options: Parameters<typeof terminal>[1] = {}): Promise<Buffer> {
  const made = terminal(script, options);
  await made.ended;
  return made.bytes();
}

function recorded(): Recording {
  // written by the driver just now
  return JSON.parse(readFileSync(record, 'utf8')) as Recording;
}

/** A script as one word of another. */
function word(script: string): string {
  return `'${script.replaceAll("'", "'\\''")}'`;
}

describe('what the command sees', () => {
  const same = async (script: string, options: Parameters<typeof terminal>[1] = {}): Promise<string> => {
    const direct = await bytesOf(`unset RUN_RECORD; sh -c ${word(script)}`, options);
    const through = await bytesOf(`$RUN sh -c ${word(script)}`, options);
    expect(through.toString('latin1')).toBe(direct.toString('latin1'));
    expect(recorded().payload.terminal).toBe('pty');
    return through.toString('utf8');
  };

  test('a terminal on 0, 1 and 2, which is its controlling terminal', async () => {
    expect(
      await same('test -t 0 && test -t 1 && test -t 2 && echo three; echo seen >/dev/tty; [ "$(tty)" = "$(tty <&2)" ] && echo one'),
    ).toBe('three\r\nseen\r\none\r\n');
  });

  test('the modes, the size and the control characters that the terminal has', async () => {
    const script = 'stty -a; stty -g; stty size';
    const set = `stty -iutf8 tostop intr ^G; `;
    const direct = await bytesOf(`${set} sh -c ${word(script)}`, { columns: 97, rows: 31 });
    const through = await bytesOf(`${set} $RUN sh -c ${word(script)}`, { columns: 97, rows: 31 });
    expect(through.toString()).toBe(direct.toString());
    expect(through.toString()).toContain('31 97');
    expect(through.toString()).toContain('intr = ^G');
  });

  test('the environment, whatever names a shell cannot say or likes to set', async () => {
    // without a shell anywhere, because it would drop or add some; the last names are those that it adds
    const gone = Object.fromEntries(['OLDPWD', 'SHLVL', '_', 'PS4'].map((name) => [name, undefined]));
    const odd = {
      'BASH_FUNC_greet%%': '() {  echo hi\n}',
      'odd-name': '1',
      'a.b': '2',
      PS1: '$ ',
      OPTIND: '7',
      LINES: '3',
      IFS: ':',
      PWD: '/no',
    };
    for (const env of [
      { ...gone, ...odd },
      { ...gone, PWD: undefined, TERM: undefined },
      { _: '/x', OLDPWD: '/y', SHLVL: '3', PS4: '+' },
    ]) {
      const said = async (program: string, args: readonly string[]): Promise<string[]> => {
        const made = new TestTerminal(program, args, { cwd: folder, env });
        await made.ended;
        return made.text().split('\u0000').sort();
      };
      const through = await said(process.execPath, [driver, 'cat', '/proc/self/environ']);
      expect(through).toEqual(await said('/bin/cat', ['/proc/self/environ']));
      expect(through.length).toBeGreaterThan(8);
    }
  });

  test('no signal blocked or ignored, no descriptor more', async () => {
    await same('grep -E "Sig(Blk|Ign)" /proc/self/status; ls /proc/self/fd');
  });

  test('keys, byte for byte, in raw mode', async () => {
    const made = terminal(`$RUN sh -c ${word('stty raw -echo; printf ready; dd bs=1 count=9 2>/dev/null | od -An -tx1')}`);
    await made.see('ready');
    made.type('\u001b[A\u0003\u0013\u001a\u0004\r\n');
    await made.ended;
    expect(made.screen()).toContain('1b 5b 41 03 13 1a 04 0d 0a');
  });

  test('a password prompt on /dev/tty', async () => {
    const prompt = 'stty -echo </dev/tty; printf "Password: " >/dev/tty; read -r p </dev/tty; stty echo </dev/tty; echo; echo "got $p"';
    const made = terminal(`$RUN sh -c ${word(prompt)}`);
    await made.see('Password:');
    made.type('open sesame\r');
    await made.see('got open sesame');
    expect(made.screen()).toBe('Password:\ngot open sesame');
  });

  test('a new size, at once', async () => {
    const made = terminal(`$RUN sh -c ${word('trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done')}`);
    await made.see('ready');
    made.resize(132, 43);
    await made.see('43 132');
  });

  test('^C as a signal to all that sit at the terminal', async () => {
    const made = terminal(
      `$RUN sh -c ${word('trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.02; done')}; echo "status $?"`,
    );
    await made.see('ready');
    made.type('\u0003');
    await made.see('status 9');
    expect(made.screen()).toContain('caught');
    expect(recorded().exit).toEqual({ code: 9 });
  });

  test('GPG_TTY with the name of the terminal that it sits at', async () => {
    const made = terminal(`GPG_TTY=$(tty); export GPG_TTY; $RUN sh -c ${word('[ "$GPG_TTY" = "$(tty)" ] && echo same')}`);
    await made.see('same');
  });
});

describe('what the person sees', () => {
  test('colours, control characters and bytes that are no text, unchanged', async () => {
    const script = String.raw`printf "\033[31mred\033[0m\r\n\tx\b\377\300\000\033]0;title\007end\n"; printf "no newline"`;
    const direct = await bytesOf(`sh -c ${word(script)}`);
    const through = await bytesOf(`$RUN sh -c ${word(script)}`);
    expect(through.equals(direct)).toBe(true);
    expect(recorded().payload.stdout_sample).toBe('red\n\t\ufffd\ufffdend\nno newline');
  });

  test('ten megabytes to the last byte', async () => {
    const bytes = await bytesOf('$RUN seq 1 1300000');
    expect(bytes.length).toBeGreaterThan(10_000_000);
    expect(bytes.subarray(-18).toString()).toBe('\r\n1299999\r\n1300000\r\n'.slice(-18));
    expect(recorded().payload).toMatchObject({
      output_bytes: bytes.length,
      output_sha256: createHash('sha256').update(bytes).digest('hex'),
      truncated: true,
    });
  });

  test('the end of the output also where the terminal is slower than the command', async () => {
    const mark = join(folder, 'mark');
    spawnSync('mkfifo', [mark]);
    const made = terminal(`$RUN sh -c ${word(`echo ready; read -r go; seq 1 20000; echo ended >${mark}`)}`);
    await made.see('ready');
    made.pause();
    made.type('\r');
    // the command has ended, and most of what it said still waits
    expect(await readFile(mark, 'utf8')).toBe('ended\n');
    expect(made.bytes().length).toBeLessThan(70_000);
    made.resume();
    await made.ended;
    expect(made.text().slice(-14)).toBe('19999\r\n20000\r\n');
  });

  test('the end of the output also where we look only when all is over', async () => {
    const mark = join(folder, 'stopped');
    spawnSync('mkfifo', [mark]);
    const made = terminal(`$RUN sh -c ${word(`kill -STOP $PPID; seq 1 1500; echo $PPID $$ >${mark}`)}`);
    const [ours = '', command] = (await readFile(mark, 'utf8')).trim().split(' ');
    // one of our threads waits for it, and may do so once more before it is stopped, too
    await expect.poll(() => !existsSync(`/proc/${command}`) || stateOf(command) === 'Z', SOON).toBe(true);
    process.kill(Number(ours), 'SIGCONT');
    await made.ended;
    expect(made.text().slice(-12)).toBe('1499\r\n1500\r\n');
  });
});

describe('how it ends', () => {
  test.each([0, 1, 3, 127, 255])('with exit code %i', async (code) => {
    const made = terminal(`$RUN sh -c 'exit ${code}'; echo "status $?"`);
    await made.see(`status ${code}`);
    expect(recorded()).toMatchObject({ exit: { code }, payload: { exit_code: code } });
  });

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['INT', 130],
    ['SEGV', 139],
  ])('by SIG%s', async (name, status) => {
    const made = terminal(`ulimit -c 0; $RUN sh -c 'kill -${name} $$'; echo "status $?"`);
    await made.see(`status ${status}`);
    expect(recorded()).toMatchObject({ exit: { signal: `SIG${name}` }, payload: { exit_code: null, signal: `SIG${name}` } });
  });

  test('127 and 126 for what cannot be run, told and recorded', async () => {
    const made = terminal('$RUN no-such-command; echo "status $?"; $RUN /etc/passwd; echo "status $?"');
    await made.see('status 126');
    expect(made.screen()).toBe(
      "error: cannot run 'no-such-command': command not found\nstatus 127\nerror: cannot run '/etc/passwd': permission denied\nstatus 126",
    );
    expect(recorded().payload).toMatchObject({ command: '/etc/passwd', exit_code: 126, stdout_sample: '' });
  });

  test.each(['TERM', 'HUP', 'USR1', 'INT'])('a SIG%s sent to us reaches the command', async (name) => {
    const made = terminal(
      `$RUN sh -c ${word(`trap "echo got it; exit 4" ${name}; echo "pid $PPID."; while :; do sleep 0.02; done`)}; echo "status $?"`,
    );
    const [, pid] = await made.see(/pid (\d+)\./);
    process.kill(Number(pid), `SIG${name}`);
    await made.see('status 4');
    expect(made.screen()).toContain('got it');
  });

  test.each([
    ['an exit', 'exit 3', ''],
    ['a death', 'kill -KILL $$', ''],
    ['a mess', 'stty raw -echo; exit 0', ''],
    ['a SIGTERM sent to us', 'kill -TERM $PPID; sleep 20', ''],
    ['an error of ours', 'echo text; sleep 20', 'RUN_THROW=1'],
  ])('the terminal has its modes again after %s', async (_, script, env) => {
    const made = terminal(`stty -g >before; ${env} $RUN sh -c ${word(script)}; stty -g >after; echo finished`);
    await made.see('finished');
    expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'));
  });

  test.each([
    ['echo ready; exec sleep 20', { signal: 'SIGHUP' }, { code: 0, signal: 1 }],
    // the shell waits for the other, which must get the signal, too
    ['trap : HUP; echo ready; sleep 100; exit 6', { code: 6 }, { code: 6, signal: 0 }],
  ])('and is recorded where the terminal goes away, for %s', async (script, exit, ended) => {
    const made = terminal(`exec $RUN sh -c ${word(script)}`);
    await made.see('ready');
    await expect.poll(() => spawnSync('pgrep', ['-x', 'sleep', '-g', `${commandOf(made.pid)}`]).status, SOON).toBe(0);
    made.hangUp();
    expect(await made.ended).toEqual(ended);
    expect(recorded().exit).toEqual(exit);
  });
});

describe('where a pty would be noticed', () => {
  test('without the pty package everything is inherited and nothing sampled', async () => {
    const script = 'test -t 0 && test -t 1 && test -t 2 && echo three';
    const made = terminal(`'${process.execPath}' '${driverWithoutPty}' sh -c ${word(script)}; echo "status $?"`);
    await made.see('status 0');
    expect(made.screen()).toBe('three\nstatus 0');
    expect(recorded().payload).toMatchObject({ terminal: 'inherit', stdout_sample: '' });
    expect(recorded().payload).not.toHaveProperty('output_bytes');
  });

  test('a job in the background is not stopped by us', async () => {
    const made = terminal('set -m; $RUN echo hello & wait $!; echo "status $?"', { shell: '/bin/bash' });
    await made.see('status 0');
    expect(recorded().payload.terminal).toBe('inherit');
  });

  test('a descriptor that was handed to us reaches the command', async () => {
    writeFileSync(join(folder, 'third'), 'from three\n');
    const made = terminal('$RUN cat /dev/fd/3 3<third; echo "status $?"');
    await made.see('status 0');
    expect(made.screen()).toContain('from three');
  });

  test('where only some are a terminal they stay it, and the rest is a pipe', async () => {
    const script = 'test -t 0 && test -t 2 && test ! -t 1 && echo mixed && echo told >&2';
    const made = terminal(`$RUN sh -c ${word(script)} | cat >mixed; echo finished`);
    await made.see('finished');
    expect(made.screen()).toContain('told');
    expect(readFileSync(join(folder, 'mixed'), 'utf8')).toBe('mixed\n');
    expect(recorded().payload).toMatchObject({ terminal: 'pipe', stdout_sample: 'mixed\n' });
    expect(recorded().payload).not.toHaveProperty('stderr_sample');
  });

  const counting = `n=0; trap 'n=$((n+1))' INT; echo ready >&2; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.2; echo "n=$n"; exit 7`;

  test.each([
    ['a pipe beside it', "| (trap '' INT; cat)"],
    ['nothing in between', '</dev/null'],
  ])('^C reaches the command once, with %s', async (_, where) => {
    const made = terminal(`trap : INT; $RUN sh -c ${word(counting)} ${where}; echo finished`);
    await made.see('ready');
    made.type('\u0003');
    await made.see('finished');
    expect(made.screen()).toContain('n=1');
    expect(recorded().exit).toEqual({ code: 7 });
  });

  test('^Z stops the job, and fg goes on with it', async () => {
    const env = { PS1: 'prompt> ', RUN: `'${process.execPath}' '${driver}'`, RUN_RECORD: record };
    const made = new TestTerminal('/bin/bash', ['--norc', '--noprofile', '--noediting', '-i'], { cwd: folder, env });
    open.push(made);
    await made.see('prompt>');
    made.type(`eval "$RUN" sh -c '"echo ready \\$\\$. >&2; read -r line; echo got \\$line"' | cat\r`);
    const [, command] = await made.see(/^ready (\d+)\./m);
    made.type('\u001a');
    // the terminal shows what is typed before the prompt in front of it
    await made.see(/Stopped[\s\S]*\nprompt>$/);
    // the shell waits for us and not for the command, which may be about to read still
    await expect.poll(() => stateOf(command), SOON).toBe('T');
    made.type('fg\r');
    await made.see(/> fg\n/);
    made.type('word\r');
    await made.see(/^got word/m);
    made.type('exit\r');
    await made.ended;
    expect(recorded()).toMatchObject({ exit: { code: 0 }, payload: { stdout_sample: 'got word\n', terminal: 'pipe' } });
  });
});

/** The process that one started. */
function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
}

/** What a process is at, by its letter in /proc. */
function stateOf(pid: string | undefined): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) (.).*$/s, '$1');
}
