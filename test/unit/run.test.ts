/** The payload of a `command` event, and how a command line is written. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { planStreams, type StreamFacts, type Surroundings } from '../../src/adapters/terminal/streams.ts';
import { environmentAsTyped, recordRun } from '../../src/capture/run.ts';
import { shellCommand } from '../../src/capture/shell-quote.ts';
import { COMMAND_LIMIT } from '../../src/core/cap.ts';
import { payloadFault } from '../../src/core/event.schema.ts';
import type { CommandRunner, RunOutcome } from '../../src/core/ports.ts';

/** A runner that ran something already. */
function ran(outcome: Partial<RunOutcome>, stdout = '', stderr = ''): CommandRunner {
  return {
    run: async (_request, sink) => {
      sink.stdout(Buffer.from(stdout));
      sink.stderr(Buffer.from(stderr));
      return { exit: { code: 0 }, durationMs: 12.6, terminal: 'pipe', sampled: { stdout: true, stderr: true }, ...outcome };
    },
  };
}

const sha256 = () => createHash('sha256');
const request = { argv: ['npm', 'test', '--', 'a b'], env: {}, cwd: 'packages/core' };

describe('recordRun', () => {
  test('makes a payload that the schema knows', async () => {
    const { payload, exit } = await recordRun(ran({}, 'out\n', 'err\n'), request, sha256);
    expect(payload).toEqual({
      command: "npm test -- 'a b'",
      cwd: 'packages/core',
      duration_ms: 13,
      exit_code: 0,
      stdout_sample: 'out\n',
      stderr_sample: 'err\n',
      output_bytes: 4,
      output_sha256: createHash('sha256').update('out\n').digest('hex'),
      terminal: 'pipe',
    });
    expect(payloadFault('command', payload)).toBeUndefined();
    expect(exit).toEqual({ code: 0 });
  });

  test('says nothing of what it has not seen', async () => {
    const { payload } = await recordRun(ran({ terminal: 'inherit', sampled: { stdout: false, stderr: false } }), request, sha256);
    expect(payload).toEqual({
      command: "npm test -- 'a b'",
      cwd: 'packages/core',
      duration_ms: 13,
      exit_code: 0,
      stdout_sample: '',
      terminal: 'inherit',
    });
    expect(payloadFault('command', payload)).toBeUndefined();
  });

  test('a death has a signal and no exit code', async () => {
    const { payload } = await recordRun(ran({ exit: { signal: 'SIGTERM' } }), request, sha256);
    expect(payload).toMatchObject({ exit_code: null, signal: 'SIGTERM' });
    expect(payloadFault('command', payload)).toBeUndefined();
  });

  test('hands on what the person is to be told', async () => {
    expect(await recordRun(ran({ failure: "cannot run 'x': command not found" }), request, sha256)).toHaveProperty(
      'failure',
      "cannot run 'x': command not found",
    );
  });

  test('a command line has a cap', async () => {
    const { payload } = await recordRun(
      ran({}),
      { ...request, argv: ['rm', ...Array.from({ length: 9_000 }, (_, i) => `file${i}`)] },
      sha256,
    );
    expect(payload.command).toHaveLength(COMMAND_LIMIT + 1);
    expect(payload.command).toMatch(/^rm file0 file1 .*…$/);
    expect(payload.truncated).toBe(true);
  });
});

describe('environmentAsTyped', () => {
  const core = '/usr/lib/git-core';
  test.each([
    ['what git added goes', { A: '1', GIT_EXEC_PATH: core, PATH: `${core}:/bin` }, { A: '1', PATH: '/bin' }],
    ['in a hook it goes once', { GIT_EXEC_PATH: core, PATH: `${core}:${core}:/bin` }, { GIT_EXEC_PATH: core, PATH: `${core}:/bin` }],
    ['called without git nothing goes', { PATH: `${core}:/bin` }, { PATH: `${core}:/bin` }],
    ['what a person set stays', { GIT_EXEC_PATH: '/x', PATH: '/bin' }, { GIT_EXEC_PATH: '/x', PATH: '/bin' }],
  ])('%s', (_, env, wanted) => {
    expect(environmentAsTyped(env)).toEqual(wanted);
  });
});

describe('shellCommand', () => {
  test.each([
    [['npm', 'run', 'test:unit', '--', '--grep=x', './a_b.ts'], 'npm run test:unit -- --grep=x ./a_b.ts'],
    [['echo', ''], "echo ''"],
    [['echo', "it's", 'a b', '$HOME', '*', '~', '#x', '!x', 'a;b'], "echo 'it'\\''s' 'a b' '$HOME' '*' '~' '#x' '!x' 'a;b'"],
    [['A=b', 'A=b'], "'A=b' A=b"],
    [['=ls'], "'=ls'"],
    [['printf', "a\nb\u001b1\\'"], "printf $'a\\nb\\0331\\\\\\''"],
    [['echo', 'é', '日本'], "echo 'é' '日本'"],
  ])('%j', (argv, text) => {
    expect(shellCommand(argv)).toBe(text);
  });

  test('bash reads it back', () => {
    const words = ['', "it's", 'a\nb', '\u001b[1m', '\\', '$x', '`x`', '"', 'ü', '\u00851', '-n', 'a\tb', '{a,b}', '^', '&&'];
    const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${shellCommand(words)}`], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    expect(stdout.toString().split('\u0000').slice(0, -1)).toEqual(words);
  });
});

describe('planStreams', () => {
  const terminal: StreamFacts = { kind: 'terminal', identity: 'tty' };
  const file: StreamFacts = { kind: 'stream', identity: 'file' };
  const other: StreamFacts = { kind: 'stream', identity: 'other' };
  const nothing: StreamFacts = { kind: 'device', identity: 'null' };
  const at = (stdin: StreamFacts, stdout: StreamFacts, stderr: StreamFacts, more: Partial<Surroundings> = {}) =>
    planStreams({ stdin, stdout, stderr, foreground: true, handed: [], ...more });

  test.each([
    ['one terminal is replaced by a pty', at(terminal, terminal, terminal), { kind: 'pty' }],
    ['two terminals are not', at(terminal, terminal, { kind: 'terminal', identity: 'tty2' }), { kind: 'inherit' }],
    ['nor is one that we are in the background of', at(terminal, terminal, terminal, { foreground: false }), { kind: 'inherit' }],
    ['nor where a pty would lose a descriptor', at(terminal, terminal, terminal, { handed: [3] }), { kind: 'inherit' }],
    ['stdin alone not being one changes nothing for the others', at(file, terminal, terminal), { kind: 'inherit' }],
    ['one place gets one pipe', at(terminal, file, file), { kind: 'pipe', streams: 'both' }],
    ['two places get two', at(nothing, file, other), { kind: 'pipe', streams: 'separate' }],
    ['a terminal beside a pipe stays', at(terminal, file, terminal), { kind: 'pipe', streams: 'stdout' }],
    ['on either side', at(terminal, terminal, file), { kind: 'pipe', streams: 'stderr' }],
    ['/dev/null stays /dev/null', at(nothing, nothing, nothing), { kind: 'inherit' }],
    ['beside a pipe too', at(nothing, nothing, file), { kind: 'pipe', streams: 'stderr' }],
  ])('%s', (_, plan, wanted) => {
    expect(plan).toEqual(wanted);
  });
});
