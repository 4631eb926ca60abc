/** `git trace ci archive`: when a pull request is closed, its trace goes to the archive of that month. Fails no build. */
import { timestamp } from '../core/time.ts';
import { archiveRef } from '../core/trace-name.ts';
import { archiveTraces } from '../sync/archive.ts';
import { type CiTarget, forPullRequest, gatherTrace, TARGET_OPTIONS } from './ci-trace.ts';
import type { Command } from './command.ts';
import type { Context } from './context.ts';

export const ciArchive: Command = {
  name: 'ci archive',
  summary: 'put the trace of a closed pull request into the archive',
  usage: ['ci archive [--pr <pr>] [--remote <url>] [<options>]'],
  description:
    "Records how the job's pull request ended, and moves its trace into the archive of the month in which it was closed. It is\n" +
    'found there as before; what comes later is united with it. Of an open pull request nothing is moved. Fails no build.',
  options: TARGET_OPTIONS,
  arguments: { min: 0, max: 0 },
  examples: [['git trace ci archive', "for the job's pull request, when it was closed"]],
  run: async (context, input) => forPullRequest(context, input, 'archive', async (target) => archive(context, target)),
};

/** @returns whether the trace is in the archive, or need not be */
async function archive(context: Context, target: CiTarget): Promise<boolean> {
  const { trace, repository, said } = target;
  const { output } = context;
  if (said === undefined || said.status === 'open') {
    output.say(
      said === undefined
        ? `whether pull request ${trace} is closed is not known: nothing was moved`
        : `pull request ${trace} is open: nothing was moved`,
    );
    return said !== undefined;
  }
  if (!(await gatherTrace(context, target))) {
    output.say(`nothing was recorded for pull request ${trace}: there is nothing to archive`);
    return true;
  }
  const ports = await repository.context.flushPorts();
  const month = (said.mergedAt ?? said.closedAt ?? timestamp(context.clock.now())).slice(0, 7);
  const since = said.createdAt?.slice(0, 7);
  const { archived, failed } = await archiveTraces(ports, repository.remote, [{ trace, month, ...(since === undefined ? {} : { since }) }]);
  for (const where of archived.values()) output.say(`archived pull request ${trace} in ${archiveRef(where)}`);
  for (const why of failed.values()) {
    output.say(`warning: pull request ${trace} was not archived: ${why}`);
    output.say("hint: nothing is lost; run the job again, or 'git trace archive' where it may write");
  }
  return failed.size === 0;
}
