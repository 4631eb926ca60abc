/** `git trace test -- CMD`: runs a command that runs tests, and records it and their results. */
import type { Command } from '../command.ts';
import { runRecorded } from '../recorded-run.ts';

export const test: Command = {
  name: 'test',
  summary: 'run tests and record their results',
  usage: ['test [--report <glob>] [--] <command> [<args>]'],
  description:
    "Does what 'git trace run' does, and records how many tests passed, failed and were skipped, with the names of those\n" +
    'that failed. Where it can be done unseen, a reporter is added to vitest, jest and node --test; else the reports that\n' +
    'were written meanwhile are read (JUnit XML, TAP, JSON of vitest, jest, pytest, mocha, go test, libtest, CTRF), or the\n' +
    'summary that the runner prints.',
  options: {
    report: { type: 'string', value: '<glob>', summary: 'read these reports and nothing else', multiple: true },
  },
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER, rest: true },
  examples: [
    ['git trace test -- npx vitest run', 'counts, and what failed'],
    ["git trace test --report 'out/*.xml' -- make test", 'from reports of your own'],
  ],
  run: (context, input) => runRecorded(context, input.positionals, { isTest: true, reports: input.texts('report') }),
};
