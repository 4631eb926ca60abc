/**
 * Stage 1, capture: `git trace run`. Has a runner run the command and makes the payload of the `command` event of how
 * it went. Never prints and never exits: the caller records first, then leaves as the command did.
 */
import { COMMAND_LIMIT } from '../core/cap.ts';
import type { PayloadOf } from '../core/event.schema.ts';
import type { CommandRunner, RunExit, RunOutcome, RunRequest, RunSink } from '../core/ports.ts';
import { type Digest, type Sample, type Sampler, startSample } from './sample.ts';
import { shellCommand } from './shell-quote.ts';

export interface CommandFacts {
  readonly argv: readonly string[];
  /** Where it ran, relative to the work tree. */
  readonly cwd: string;
}

export interface Recording {
  /** The payload of the `command` event. */
  readonly payload: PayloadOf<'command'>;
  readonly exit: RunExit;
  /** What to tell the person, lower case and without a full stop; see {@link RunOutcome.failure}. */
  readonly failure?: string;
}

/** A command to be run and recorded; `typed` is what is recorded where that is not what is run. */
export type RecordRequest = RunRequest & { readonly cwd: string; readonly typed?: readonly string[] };

/**
 * Runs a command and tells how it went. Resolves also where the command cannot be run.
 *
 * @param also is given all of the output, besides the samples
 */
export async function recordRun(runner: CommandRunner, request: RecordRequest, sha256: () => Digest, also?: RunSink): Promise<Recording> {
  const stdout = startSample(sha256());
  const stderr = startSample(sha256());
  const outcome = await runner.run(request, {
    stdout(bytes) {
      stdout.add(bytes);
      also?.stdout(bytes);
    },
    stderr(bytes) {
      stderr.add(bytes);
      also?.stderr(bytes);
    },
  });
  const taken = (sampled: boolean, sampler: Sampler): Sample | undefined => (sampled ? sampler.finish() : undefined);
  const facts = { argv: request.typed ?? request.argv, cwd: request.cwd };
  const payload = commandPayload(facts, outcome, taken(outcome.sampled.stdout, stdout), taken(outcome.sampled.stderr, stderr));
  return { payload, exit: outcome.exit, ...(outcome.failure === undefined ? {} : { failure: outcome.failure }) };
}

/**
 * Takes away what git adds to the environment of `git trace`: its folder of commands at the head of PATH, and the
 * variable that names it.
 *
 * @example
 * environmentAsTyped({ GIT_EXEC_PATH: '/usr/lib/git-core', PATH: '/usr/lib/git-core:/usr/bin' }) // { PATH: '/usr/bin' }
 */
export function environmentAsTyped(env: RunRequest['env']): RunRequest['env'] {
  const { GIT_EXEC_PATH: folder, PATH: path, ...rest } = env;
  if (folder === undefined || path?.startsWith(`${folder}:`) !== true) return env;
  const before = path.slice(folder.length + 1);
  // in a hook, git has done it twice
  return before.startsWith(`${folder}:`) ? { ...rest, GIT_EXEC_PATH: folder, PATH: before } : { ...rest, PATH: before };
}

/**
 * Makes the payload of a `command` event. `output_bytes` and `output_sha256` are of what `stdout_sample` is a sample of,
 * and missing where nothing of stdout was seen.
 *
 * @example
 * commandPayload({ argv: ['true'], cwd: '' }, { exit: { code: 0 }, durationMs: 1.2, terminal: 'inherit', sampled: { stdout: false, stderr: false } }, undefined, undefined)
 * // { command: 'true', cwd: '', duration_ms: 1, exit_code: 0, stdout_sample: '', terminal: 'inherit' }
 */
export function commandPayload(
  facts: CommandFacts,
  outcome: Pick<RunOutcome, 'exit' | 'durationMs' | 'terminal' | 'sampled'>,
  stdout: Sample | undefined,
  stderr: Sample | undefined,
): PayloadOf<'command'> {
  const command = shellCommand(facts.argv);
  const cut = command.length > COMMAND_LIMIT;
  const { exit } = outcome;
  return {
    command: cut ? `${command.slice(0, COMMAND_LIMIT).toWellFormed()}…` : command,
    cwd: facts.cwd,
    duration_ms: Math.round(outcome.durationMs),
    exit_code: 'code' in exit ? exit.code : null,
    ...('signal' in exit ? { signal: exit.signal } : {}),
    stdout_sample: stdout?.text ?? '',
    ...(stderr === undefined ? {} : { stderr_sample: stderr.text }),
    ...(stdout === undefined ? {} : { output_bytes: stdout.bytes, output_sha256: stdout.sha256 }),
    ...(cut || stdout?.truncated === true || stderr?.truncated === true ? { truncated: true } : {}),
    terminal: outcome.terminal,
  };
}
