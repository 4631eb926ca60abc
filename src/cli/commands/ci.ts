/** `git trace ci`: what a build server's job does for a pull request. Finds the part that is meant, and runs it as a command. */
import { fail } from '../../core/errors.ts';
import { type Command, helpText, readInput } from '../command.ts';

/** The parts, each a command of its own that is loaded when it is called. */
const PARTS: Readonly<Record<string, () => Promise<Command>>> = {
  report: async () => (await import('../ci-report.ts')).ciReport,
  comment: async () => (await import('../ci-comment.ts')).ciComment,
  archive: async () => (await import('../ci-archive.ts')).ciArchive,
};

export const ci: Command = {
  name: 'ci',
  summary: 'report from a job of a build server',
  usage: ['ci report [<options>]', 'ci comment [<options>]', 'ci archive [<options>]'],
  description:
    'Run in a job of GitHub Actions, GitLab CI, CircleCI, Buildkite, Jenkins or any other build server (docs/ci.md).\n' +
    "'report' records how the job went and its tests, 'comment' keeps a comment with the summary on the pull request,\n'archive' puts the trace of a closed one away. 'git trace ci report -h' and the like tell more.",
  options: {},
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER, rest: true },
  examples: [],
  parts: PARTS,
  async run(context, input) {
    const [name = '', ...words] = input.positionals;
    const part = await PARTS[name]?.();
    if (part === undefined) {
      const parts = Object.keys(PARTS).map((known) => `'git trace ci ${known}'`);
      throw fail('usage', `'git trace ci ${name}' is no command`, [`there is ${parts.join(', ')}`]);
    }
    const given = readInput(part, words);
    if (!given.flag('help')) return part.run(context, given);
    context.output.out(helpText(part));
    return 0;
  },
};
