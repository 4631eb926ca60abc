/**
 * `git trace run` in scripts and pipelines: what reads its output, and what runs in it, sees what both would see without
 * us. No terminal anywhere.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Recording } from '../../src/capture/run.ts';
import { hasProgram } from '../helpers/repository.ts';
import { buildRunDriver } from '../helpers/run-driver.ts';
import { skipUnless } from '../helpers/skip.ts';

const CORE_PATTERN = '/proc/sys/kernel/core_pattern';

let run = '';
let folder = '';
let record = '';

beforeAll(async () => {
  const driver = await buildRunDriver();
  folder = dirname(driver);
  record = join(folder, 'record.json');
  run = `'${process.execPath}' '${driver}'`;
});

interface Shown {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs a bash script; `$RUN` in it is the beginning of `git trace run -- …`. */
function bash(script: string, env: Record<string, string | undefined> = {}): Shown {
  writeFileSync(record, '');
  const text = script.replaceAll('$RUN', run);
  const { stdout, stderr, status } = spawnSync('bash', ['-c', text], {
    cwd: folder,
    // a session of its own has no terminal: signals of keys can only come from kill
    env: { ...process.env, RUN_RECORD: record, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'latin1',
    timeout: 20_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { stdout, stderr, status };
}

function recorded(): Recording {
  // written by the driver just now
  return JSON.parse(readFileSync(record, 'utf8')) as Recording;
}

describe('its output', () => {
  test('to a file, stderr apart, in samples of its own', () => {
    const { status } = bash(`$RUN sh -c 'echo out; echo err >&2' >out.txt 2>err.txt`);
    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('out\n');
    expect(readFileSync(join(folder, 'err.txt'), 'utf8')).toBe('err\n');
    expect(recorded().payload).toMatchObject({ stdout_sample: 'out\n', stderr_sample: 'err\n', output_bytes: 4, terminal: 'pipe' });
  });

  test('added to a file that holds something', () => {
    bash('echo first >added.txt; $RUN echo second >>added.txt; echo third >>added.txt');
    expect(readFileSync(join(folder, 'added.txt'), 'utf8')).toBe('first\nsecond\nthird\n');
  });

  test('stdout and stderr in one pipe, in their order', () => {
    const script = 'for i in $(seq 300); do echo o$i; echo e$i >&2; done';
    const wanted = Array.from({ length: 300 }, (_, i) => `o${i + 1}\ne${i + 1}\n`).join('');
    expect(bash(`$RUN sh -c '${script}' 2>&1 | cat`).stdout).toBe(wanted);
    expect(recorded().payload.stdout_sample).toBe(wanted);
    expect(recorded().payload).not.toHaveProperty('stderr_sample');
    expect(bash(`$RUN sh -c '${script}' >both.txt 2>&1`).status).toBe(0);
    expect(readFileSync(join(folder, 'both.txt'), 'utf8')).toBe(wanted);
  });

  test('binary, to the byte', () => {
    bash(`$RUN head -c 3000000 /dev/urandom >random.bin`);
    const bytes = readFileSync(join(folder, 'random.bin'));
    expect(bytes.length).toBe(3_000_000);
    expect(recorded().payload).toMatchObject({
      stdout_sample: '«binary: 3000000 bytes»',
      output_sha256: createHash('sha256').update(bytes).digest('hex'),
      output_bytes: 3_000_000,
    });
  });

  test('to a reader that takes its time', () => {
    const { stdout } = bash(`$RUN seq 1 100000 | { sleep 0.3; cksum; }; seq 1 100000 | cksum`);
    const [through, direct] = stdout.split('\n');
    expect(through).toBe(direct);
  });

  test('holds the command back while nobody reads', () => {
    const slow = '{ sleep 0.5; [ -e finished ] && echo "not held back"; wc -c; }';
    expect(bash(`rm -f finished; $RUN sh -c 'head -c 5000000 /dev/zero; : >finished' | ${slow}`).stdout).toBe('5000000\n');
  });

  skipUnless(hasProgram('perl'), 'perl is not installed')('to a pipe that somebody has set not to block', () => {
    const unblock = "perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, O_NONBLOCK | fcntl(STDOUT, F_GETFL, 0))'";
    expect(bash(`{ ${unblock}; $RUN head -c 900000 /dev/zero; } | { sleep 0.3; wc -c; }`).stdout).toBe('900000\n');
  });

  test('to /dev/null stays there', () => {
    expect(bash(`$RUN sh -c '[ /dev/stdout -ef /dev/null ] && echo same >&2' >/dev/null`).stderr).toBe('same\n');
    expect(recorded().payload).toMatchObject({ stdout_sample: '', stderr_sample: 'same\n' });
  });
});

describe('a reader that leaves', () => {
  test('ends the command by SIGPIPE', () => {
    expect(bash('$RUN yes | head -1; echo "${PIPESTATUS[@]}"').stdout).toBe('y\n141 0\n');
    expect(recorded()).toMatchObject({ exit: { signal: 'SIGPIPE' }, payload: { exit_code: null, signal: 'SIGPIPE' } });
  });

  test('does not harm a command that had ended', () => {
    expect(bash('$RUN echo one | true; echo "${PIPESTATUS[0]}"').stdout).toMatch(/^(0|141)\n$/);
    expect(bash('$RUN seq 3 | head -1; echo "${PIPESTATUS[@]}"').stdout).toBe('1\n0 0\n');
  });
});

describe('what the command sees', () => {
  test('stdin, of a file and of a pipe, untouched behind what it read', () => {
    writeFileSync(join(folder, 'in.txt'), 'one\ntwo\nthree\n');
    expect(bash(`{ $RUN sh -c 'read -r a; echo "got $a"'; cat; } <in.txt`).stdout).toBe('got one\ntwo\nthree\n');
    expect(bash(`printf 'a\\nb\\n' | { $RUN sh -c 'read -r a; echo "got $a"'; cat; }`).stdout).toBe('got a\nb\n');
    expect(bash(`$RUN cat </dev/null`).stdout).toBe('');
  });

  test('/dev/stdout and /dev/stderr that can be opened', () => {
    const { stdout, stderr } = bash(`$RUN sh -c 'echo a; echo b >/dev/stdout; echo c >/dev/stderr'`);
    expect(stdout).toBe('a\nb\n');
    expect(stderr).toBe('c\n');
  });

  test('a pipe, not a socket, in blocking mode, and no descriptor more', () => {
    const script = 'ls /proc/self/fd | tr "\\n" " "; grep -c "flags:.*4...$" /proc/$$/fdinfo/1; [ -p /dev/stdout ] && echo pipe';
    expect(bash(`$RUN sh -c '${script}' | cat`).stdout).toBe(bash(`sh -c '${script}' | cat`).stdout);
  });

  test('no signal blocked or ignored', () => {
    const script = 'grep -E "Sig(Blk|Ign)" /proc/self/status';
    expect(bash(`$RUN ${script} | cat`).stdout).toBe(bash(`${script} | cat`).stdout);
  });

  test('its environment, to the byte', () => {
    const env = { 'odd-name': '1', 'BASH_FUNC_f%%': '() { :; }', _: 'x' };
    const direct = bash(`env -u RUN_RECORD cat /proc/self/environ | tr '\\0' '\\n' | sort`, env).stdout;
    expect(bash(`$RUN cat /proc/self/environ | tr '\\0' '\\n' | sort`, env).stdout.replace(/^_=.*\n/m, '')).toBe(
      direct.replace(/^_=.*\n/m, ''),
    );
    expect(direct).toContain('BASH_FUNC_f%%');
  });

  test('its name and its arguments as they were given', () => {
    expect(bash(`$RUN sh -c 'printf "<%s>" "$0" "$@"' zero 'a b' '' '*' "it's" é | cat`).stdout).toBe(
      Buffer.from("<zero><a b><><*><it's><é>").toString('latin1'),
    );
    expect(bash(`cd /bin && $RUN ./sh -c 'cat /proc/$$/cmdline' | tr '\\0' ' '`).stdout).toBe('./sh -c cat /proc/$$/cmdline ');
  });

  test('descriptors that were handed to us', () => {
    writeFileSync(join(folder, 'three.txt'), 'from three\n');
    expect(bash(`$RUN sh -c 'cat <&3; echo to four >&4' 3<three.txt 4>four.txt`).stdout).toBe('from three\n');
    expect(readFileSync(join(folder, 'four.txt'), 'utf8')).toBe('to four\n');
  });

  test('a script without a first line, as a shell runs it', () => {
    writeFileSync(join(folder, 'bare'), 'echo bare\n', { mode: 0o755 });
    expect(bash('$RUN ./bare').stdout).toBe('bare\n');
  });
});

describe('how it ends', () => {
  test.each([0, 3, 255])('with exit code %i', (code) => {
    expect(bash(`$RUN sh -c 'exit ${code}'; echo "status $?"`).stdout).toBe(`status ${code}\n`);
    expect(recorded()).toMatchObject({ exit: { code }, payload: { exit_code: code } });
  });

  test.each([
    ['no-such-command', 127, 'command not found'],
    ["''", 127, 'command not found'],
    ['./no-such-file', 127, 'no such file or directory'],
    ['/etc/passwd', 126, 'permission denied'],
    ['/etc', 126, 'is a directory'],
    ['./plain', 126, 'permission denied'],
    ['plain', 126, 'permission denied'],
    ['folder', 127, 'command not found'],
    ['./no-interpreter', 127, 'no such file or directory'],
  ])('for %s with %i: %s', (command, status, reason) => {
    writeFileSync(join(folder, 'plain'), 'echo no\n', { mode: 0o644 });
    writeFileSync(join(folder, 'no-interpreter'), '#!/no/such/shell\n', { mode: 0o755 });
    mkdirSync(join(folder, 'folder'), { recursive: true });
    const { stderr, stdout } = bash(`$RUN ${command}; echo "status $?"`, { PATH: `${process.env['PATH']}:${folder}` });
    expect(stdout).toBe(`status ${status}\n`);
    expect(stderr).toBe(`error: cannot run '${command.replaceAll("'", '')}': ${reason}\n`);
    expect(recorded().payload).toMatchObject({ exit_code: status, stdout_sample: '' });
    // as bash says it; it has 126 for a missing interpreter where POSIX shells and env have 127
    if (!command.includes('interpreter'))
      expect(bash(`${command}; exit $?`, { PATH: `${process.env['PATH']}:${folder}` }).status).toBe(status);
  });

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['PIPE', 141],
    ['INT', 130],
    ['ABRT', 134],
    ['USR1', 138],
  ])('by SIG%s', (name, status) => {
    expect(bash(`ulimit -c 0; $RUN sh -c 'kill -${name} $$'; echo "status $?"`).stdout).toBe(`status ${status}\n`);
    expect(recorded()).toMatchObject({ exit: { signal: `SIG${name}` }, payload: { exit_code: null, signal: `SIG${name}` } });
  });

  test('really by the signal, which its parent sees', async () => {
    const [program = '', ...args] = run.split(' ').map((word) => word.slice(1, -1));
    for (const name of ['SIGTERM', 'SIGINT', 'SIGPIPE', 'SIGKILL'] as const) {
      const { signal } = spawnSync(program, [...args, 'sh', '-c', `kill -${name.slice(3)} $$`], { stdio: 'pipe' });
      expect(signal).toBe(name);
    }
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const)('a %s sent to us reaches the command, once', async (name) => {
    const [program = '', ...args] = run.split(' ').map((word) => word.slice(1, -1));
    const script = `n=0; trap 'n=$((n+1)); echo "got $n"; [ $n = 2 ] && exit 5' ${name.slice(3)}; echo ready; while :; do sleep 0.02; done`;
    const child = spawn(program, [...args, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (chunk.includes('ready') || chunk.includes('got 1')) child.kill(name);
      text += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(5);
    expect(text).toBe('ready\ngot 1\ngot 2\n');
  });

  test('by a signal that asks for it while nobody takes the rest of the output', async () => {
    const [program = '', ...args] = run.split(' ').map((word) => word.slice(1, -1));
    const [stuck, mark] = [join(folder, 'stuck'), join(folder, 'mark')];
    spawnSync('mkfifo', [stuck, mark]);
    const nobody = openSync(stuck, constants.O_RDWR);
    writeFileSync(record, '');
    // more than the reader's pipe holds, less than we hold: the command can end
    const command = ['sh', '-c', `seq 1 30000; echo ended >${mark}`];
    const child = spawn(program, [...args, ...command], {
      stdio: ['ignore', nobody, 'ignore'],
      env: { ...process.env, RUN_RECORD: record },
    });
    const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    expect(await readFile(mark, 'utf8')).toBe('ended\n');
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(recorded().payload).toMatchObject({ signal: 'SIGTERM', output_bytes: 168_894 });
    closeSync(nobody);
  });

  test('with an error where the output could not be handed on', () => {
    writeFileSync(join(folder, 'in.txt'), 'one\n');
    const { stdout, stderr } = bash(`$RUN seq 3 1<in.txt; echo "status $?"`);
    expect(stdout).toBe('status 1\n');
    expect(stderr).toBe('error: cannot hand on the output: EBADF\n');
    expect(recorded().payload).toMatchObject({ exit_code: 1, stdout_sample: '1\n2\n3\n' });
  });

  const corePattern = existsSync(CORE_PATTERN) ? readFileSync(CORE_PATTERN, 'utf8') : '';
  skipUnless(corePattern.startsWith('core'), 'core files go elsewhere here')('with no core file of ours in place of its own', () => {
    bash(`ulimit -c unlimited; rm -f core*; $RUN sh -c 'kill -ABRT $$'`);
    for (const core of readdirSync(folder).filter((name) => name.startsWith('core')))
      expect(readFileSync(join(folder, core)).includes('driver.mjs')).toBe(false);
  });

  test('with nothing left in the temporary folder', () => {
    const tmp = join(folder, 'tmp');
    mkdirSync(tmp);
    bash('$RUN echo hello', { TMPDIR: tmp });
    expect(recorded().payload.stdout_sample).toBe('hello\n');
    expect(readdirSync(tmp)).toEqual([]);
  });

  test('unsampled where there is no room for a pipe', () => {
    expect(bash('$RUN echo hello', { TMPDIR: '/no/such/folder' }).stdout).toBe('hello\n');
    expect(recorded().payload).toMatchObject({ terminal: 'inherit', stdout_sample: '' });
  });
});

describe("a child of the command's that outlives it", () => {
  test('is not waited for, and what it says still arrives', async () => {
    // the FIFO `go` lets the child speak only when the run has ended
    const { stdout } = bash(
      `mkfifo go; { $RUN sh -c '{ read -r _ <go; echo late; } & echo early'; echo "ended $?" >ended.txt; echo >go; } | cat`,
    );
    expect(stdout).toBe('early\nlate\n');
    expect(readFileSync(join(folder, 'ended.txt'), 'utf8')).toBe('ended 0\n');
    expect(recorded().payload.stdout_sample).toBe('early\n');
  });

  test('gets no SIGPIPE', async () => {
    spawnSync('mkfifo', [join(folder, 'said'), join(folder, 'start')]);
    bash(`$RUN sh -c '{ read -r _ <start; echo late; echo "status $?" >said; } & exit 0' >late.txt 2>/dev/null`);
    writeFileSync(join(folder, 'start'), '\n');
    expect(await readFile(join(folder, 'said'), 'utf8')).toBe('status 0\n');
  });

  test('and holds nothing of ours open', () => {
    // nobody writes any more, so nobody copies: the pipe to cat closes with the command
    expect(bash(`$RUN sh -c 'sleep 5 >/dev/null 2>&1 & echo done' | cat; echo after`).stdout).toBe('done\nafter\n');
  });
});
