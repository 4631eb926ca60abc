/** `git trace run`, called by git as a person does: the built command, git in between, the event in the trace. */
import { beforeAll, describe, expect, test } from 'vitest';
import { TestTerminal } from '../helpers/pty.ts';
import { TestRepository } from '../helpers/repository.ts';

let repository: TestRepository;

beforeAll(() => {
  repository = TestRepository.create();
  repository.putTraceOnPath();
  repository.commitFile('README.md', 'first\n');
  repository.git('trace', 'init');
});

/** Opens a terminal with a shell that runs a script in the repository. */
function terminal(script: string): TestTerminal {
  return new TestTerminal('/bin/sh', ['-c', script], { cwd: repository.path, env: repository.env });
}

/** The last command of the trace. */
function lastCommand(): Record<string, unknown> {
  const lines = repository.git('trace', 'show', '--ndjson').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { type: string; payload: Record<string, unknown> });
  return events.filter(({ type }) => type === 'command').at(-1)?.payload ?? {};
}

describe('git trace run', () => {
  test('in a script: output, exit code, record', () => {
    const { status, stdout, stderr } = repository.tryGit('trace', 'run', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(lastCommand()).toMatchObject({
      command: "sh -c 'echo out; echo err >&2; exit 3'",
      exit_code: 3,
      stdout_sample: 'out\n',
      stderr_sample: 'err\n',
      terminal: 'pipe',
    });
  });

  test('the command has the environment that git was called in', () => {
    const script = 'env | grep -E "^(PATH|GIT_EXEC_PATH|GIT_TRACE|GIT_DIR)=" | sort';
    expect(repository.tryGit('trace', 'run', '--', 'sh', '-c', script).stdout).toBe(repository.run('sh', ['-c', script]).stdout);
  });

  test('at a terminal: a terminal, colours for the person, text in the record', async () => {
    await using made = terminal(`git trace run -- sh -c 'test -t 0 && test -t 1 && printf "\\033[31mred\\033[0m\\n"'; echo "status $?"`);
    await made.see('status 0');
    expect(made.text()).toContain('\u001b[31mred\u001b[0m\r\n');
    expect(lastCommand()).toMatchObject({ stdout_sample: 'red\n', terminal: 'pty', exit_code: 0 });
  });

  test('^C in a pipeline: once for the command, and it is waited for and recorded', async () => {
    const script = `n=0; trap 'n=$((n+1))' INT; echo ready >&2; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.3; echo "n=$n"; exit 7`;
    await using made = terminal(
      `trap : INT; git trace run -- sh -c '${script.replaceAll("'", "'\\''")}' | (trap '' INT; cat); echo finished`,
    );
    await made.see('ready');
    made.type('\u0003');
    await made.see('finished');
    expect(made.screen()).toContain('n=1');
    expect(lastCommand()).toMatchObject({ exit_code: 7, stdout_sample: 'n=1\n' });
  });

  test('a SIGTERM sent to git ends the command, and is recorded', async () => {
    await using made = terminal(`git trace run -- sh -c 'echo "ready $(ps -o ppid= -p $PPID)."; exec sleep 30'; echo "status $?"`);
    const [, git] = await made.see(/ready\s+(\d+)\./);
    process.kill(Number(git), 'SIGTERM');
    await made.see('status 143');
    expect(lastCommand()).toMatchObject({ exit_code: null, signal: 'SIGTERM' });
  });

  test('what cannot be run is told once and recorded', () => {
    const { status, stderr } = repository.tryGit('trace', 'run', 'no-such-command');
    expect({ status, stderr }).toEqual({ status: 127, stderr: "git trace: cannot run 'no-such-command': command not found\n" });
    expect(lastCommand()).toMatchObject({ command: 'no-such-command', exit_code: 127 });
  });
});
