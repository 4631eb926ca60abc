/** `git trace run -- CMD`: runs a command as if it had been typed, and records it with a sample of its output. */
import type { Command } from '../command.ts';
import { runRecorded } from '../recorded-run.ts';

export const run: Command = {
  name: 'run',
  summary: 'run a command and record it with its output',
  usage: ['run [--] <command> [<args>]'],
  description:
    'Runs the command as if you had typed it: same terminal, signals, input and exit code. Records the command line, how\n' +
    'it ended, how long it took, and the first 4 and last 12 KiB of what it printed, without secrets. If the command is\n' +
    'known to run tests, their results are recorded too, as far as a report or the output tells them.',
  options: {},
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER, rest: true },
  examples: [
    ['git trace run -- npm test', 'records a test run'],
    ['git trace run make -j4', 'options behind the command are its own'],
  ],
  run: (context, input) => runRecorded(context, input.positionals, { isTest: false, reports: [] }),
};
