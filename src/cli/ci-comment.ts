/** `git trace ci comment`: keeps one comment on the pull request that tells how it was made. Fails no build. */
import { appendSummary } from '../adapters/fs/ci-files.ts';
import { isTraceError } from '../core/errors.ts';
import type { CommentOutcome } from '../core/host.ts';
import { commentWish } from '../report/comment.ts';
import { type CiTarget, forPullRequest, gatherTrace, TARGET_OPTIONS } from './ci-trace.ts';
import type { Command } from './command.ts';
import type { Context } from './context.ts';
import { summaryOf } from './summary.ts';

/** Bytes that a server shows of a job's summary. */
const SUMMARY_BYTES = 1_048_576;

export const ciComment: Command = {
  name: 'ci comment',
  summary: 'keep a comment with the summary on the pull request',
  usage: ['ci comment [--pr <pr>] [--remote <url>] [<options>]'],
  description:
    "Brings the trace of the job's pull request together, records its title, status and reviews, and keeps one comment with\n" +
    "the summary up to date. A branch's trace becomes the pull request's on this occasion; from a fork what is about this\n" +
    'pull request is taken over. Where the job may not comment, the summary goes to the summary of the job. Fails no build.',
  options: TARGET_OPTIONS,
  arguments: { min: 0, max: 0 },
  examples: [['git trace ci comment', "for the job's pull request"]],
  run: async (context, input) => forPullRequest(context, input, 'comment on', async (target) => comment(context, target)),
};

/** @returns whether the comment says what it should */
async function comment(context: Context, target: CiTarget): Promise<boolean> {
  const { trace, host, repository, ci, head } = target;
  const { output } = context;
  if (!(await gatherTrace(context, target))) {
    output.say(`nothing was recorded for pull request ${trace} yet: no comment is needed`);
    return true;
  }
  const { markdown, events, head: newest } = await summaryOf(repository.context, trace, { host: host?.kind ?? 'plain' });
  if (host === undefined) {
    output.say('warning: the host of this repository is none that can be asked: no comment was made');
    output.say("hint: docs/hosts.md tells how to name it; 'git trace summary' prints the text");
    keep(target, markdown);
    return false;
  }
  try {
    const outcome = await host.upsertComment(trace, commentWish(markdown, { events, head: head?.oid ?? newest ?? '' }));
    if (outcome.kind === 'forbidden') {
      output.say(`warning: no comment was made on pull request ${trace}: ${outcome.reason}`);
      output.say(
        ci?.stepSummary == null
          ? "hint: give the job the right to write to pull requests (docs/ci.md); 'git trace summary' prints the text"
          : "hint: the summary is in the job's summary; with the right to write to pull requests it would be a comment (docs/ci.md)",
      );
      keep(target, markdown);
      return false;
    }
    output.say(`${DONE[outcome.kind]} on pull request ${trace}: ${outcome.url}`);
    return true;
  } catch (error) {
    if (isTraceError(error)) keep(target, markdown);
    throw error;
  }
}

const DONE: Readonly<Record<Exclude<CommentOutcome['kind'], 'forbidden'>, string>> = {
  created: 'made the comment',
  updated: 'brought the comment up to date',
  unchanged: 'nothing has changed in the comment',
  newer: 'left the comment, which knows more than this job,',
};

/** Puts the summary where the server shows it with the job. */
function keep({ ci }: CiTarget, markdown: string): void {
  if (ci?.stepSummary != null) appendSummary(ci.stepSummary, `${markdown}\n`, SUMMARY_BYTES);
}
