/** `git trace run -- CMD`: runs a command as if it had been typed, and records it with a sample of its output. */

import { startSha256 } from '../../adapters/system.ts';
import { leaveLike } from '../../adapters/terminal/leave.ts';
import { createCommandRunner } from '../../adapters/terminal/run-command.ts';
import { environmentAsTyped, recordRun } from '../../capture/run.ts';
import { isTraceError, messageOf, type TraceError } from '../../core/errors.ts';
import { SESSION } from '../../core/segment.ts';
import { timestamp } from '../../core/time.ts';
import { flush } from '../../journal/flush.ts';
import { SpoolFile } from '../../spool/append.ts';
import { SPOOL } from '../../spool/read.ts';
import type { Command } from '../command.ts';
import { recordEdits } from '../edits.ts';

/** Spool files after which a run flushes by itself; a push or show does it otherwise. */
const MANY = 100;

export const run: Command = {
  name: 'run',
  summary: 'run a command and record it with its output',
  usage: ['run [--] <command> [<args>]'],
  description:
    'Runs the command as if you had typed it: same terminal, signals, input and exit code. Records the command line, how\n' +
    'it ended, how long it took, and the first 4 and last 12 KiB of what it printed, without secrets.',
  options: {},
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER, rest: true },
  examples: [
    ['git trace run -- npm test', 'records a test run'],
    ['git trace run make -j4', 'options behind the command are its own'],
  ],
  async run(context, input) {
    const repository = await context.repository();
    const place = await context.place();
    const env = environmentAsTyped(context.env);
    await recordEdits(context, 'start', { quiet: true });
    const began = timestamp(context.clock.now());
    const recording = await recordRun(
      createCommandRunner(),
      { argv: input.positionals, env, cwd: repository.prefix.replace(/\/$/, '') },
      startSha256,
    );
    if (recording.failure !== undefined) context.output.say(`git trace: ${recording.failure}`);
    try {
      if (!context.silenced()) {
        const ports = await context.flushPorts().catch(badPolicy);
        const files = await context.files();
        const spool = new SpoolFile(files, context.random, 'run', process.pid);
        const session = context.env['GITTRACE_SESSION'];
        spool.append({
          place,
          ...(session === undefined || !SESSION.test(session) ? {} : { session: { id: session } }),
          type: 'command',
          ts: began,
          // now, because only here are the secrets of the environment known that the command may have printed
          payload: JSON.parse(JSON.stringify((isTraceError(ports) ? context.redactor() : ports.redactor).redact(recording.payload))),
        });
        if (isTraceError(ports)) throw ports;
        await recordEdits(context, 'command');
        if (files.list(SPOOL).length > MANY) await flush(ports, { wait: 0, finished: new Set([spool.name]) });
      }
    } catch (error) {
      const what = isTraceError(error) && error.code === 'bad-policy' ? 'waits in the spool' : 'was not recorded';
      context.output.say(`warning: the command ${what}: ${messageOf(error)}`);
    }
    await context.close();
    return leaveLike(recording.exit);
  },
};

/** A policy that cannot be used holds what was recorded in the spool, and does not lose it. */
function badPolicy(error: unknown): TraceError {
  if (isTraceError(error) && error.code === 'bad-policy') return error;
  throw error;
}
