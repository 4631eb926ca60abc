/** `git trace summary`: what a reviewer wants to know of a trace first, as Markdown. */
import { fail } from '../../core/errors.ts';
import type { MarkdownOptions } from '../../report/markdown.ts';
import type { Command } from '../command.ts';
import { summaryOf } from '../summary.ts';

const HOSTS: readonly MarkdownOptions['host'][] = ['github', 'gitlab', 'plain'];

export const summary: Command = {
  name: 'summary',
  summary: 'sum a trace up for reviewers, as Markdown',
  usage: ['summary [<options>] [<pr>]'],
  description:
    'Tells in Markdown how a pull request came to be: how long it took and who took part, what was tried, how tests stand,\n' +
    'what came after the last review, and what is not known. Nothing in it mentions anybody or links anywhere.\n' +
    'A trace that is not here is fetched by its name. Without an argument: the trace of the current branch.',
  options: {
    host: { type: 'string', value: '<host>', summary: 'who renders it: github, gitlab (both draw the timeline) or plain' },
    limit: { type: 'string', value: '<n>', summary: 'at most so many characters; 60000 unless told' },
    remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote if the trace is not here' },
  },
  arguments: { min: 0, max: 1 },
  examples: [
    ['git trace summary 42', 'pull request 42'],
    ['git trace summary --host github >summary.md', 'the current branch, for a comment'],
  ],
  async run(context, input) {
    const said = input.text('host') ?? 'plain';
    const host = HOSTS.find((name) => name === said);
    if (host === undefined)
      throw fail('bad-argument', `--host is "${said}", expected one of ${HOSTS.map((name) => `"${name}"`).join(', ')}`);
    const limit = input.number('limit', 1_000);
    const trace = await context.trace(input.positionals[0]);
    const { markdown } = await summaryOf(context, trace, { host, ...(limit === undefined ? {} : { limit }), remote: input.text('remote') });
    context.output.out(markdown);
    return 0;
  },
};
