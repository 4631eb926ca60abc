/** `git trace link`: says which pull request a branch belongs to; its trace becomes the pull request's. */
import { fail } from '../../core/errors.ts';
import { parseRemoteUrl } from '../../core/pull-request.ts';
import { timestamp } from '../../core/time.ts';
import { journalRef, parseTraceArgument } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { adoptBranch } from '../../journal/link.ts';
import { SpoolFile } from '../../spool/append.ts';
import { united } from '../../sync/fetch.ts';
import type { Command } from '../command.ts';
import { remoteNames } from '../remote.ts';

export const link: Command = {
  name: 'link',
  summary: 'say which pull request a branch belongs to',
  usage: ['link [--branch <branch>] [--base <branch>] <pr>'],
  description:
    "Makes the branch's trace the trace of a pull request: what was recorded so far moves there, what comes later goes\nthere. A branch may be linked again for a stacked pull request; then its later events go to the newest.",
  options: {
    branch: { type: 'string', value: '<branch>', summary: 'link this branch instead of the current one' },
    base: { type: 'string', value: '<branch>', summary: 'name the branch that the pull request is to be merged into' },
  },
  arguments: { min: 1, max: 1 },
  examples: [
    ['git trace link 42', 'the current branch belongs to pull request 42'],
    ['git trace link owner/repo#42', 'the same, named in full'],
  ],
  async run(context, input) {
    const meant = parseTraceArgument(input.positionals[0] ?? '');
    if (meant.kind !== 'number')
      throw fail('bad-argument', `"${input.positionals[0]}" is no pull request`, ['give its number, owner/repo#number, or its URL']);
    const ports = await context.flushPorts();
    const { repository } = ports;
    const { config } = repository;
    const branch = input.text('branch') ?? (await repository.head()).branch;
    if (branch === undefined)
      throw fail('no-branch', 'HEAD is detached, so there is no branch to link', ["check out a branch, or name one with '--branch'"]);
    await flush(ports, { wait: 30_000 });

    const trace = meant.number;
    const before = config.getAll(`branch.${branch}.trace`).at(-1);
    const unite = async (ours: string, theirs: string, ref: string): Promise<string> =>
      (await united(ports, ours, theirs, ref, `branch ${branch}`)).oid;
    const moved = await adoptBranch({ repository, files: ports.files, sha256: context.sha256, unite }, branch, trace);

    const remote = config.get(`branch.${branch}.remote`) ?? remoteNames(config)[0];
    const hosted = parseRemoteUrl(config.get(`remote.${remote ?? 'origin'}.url`) ?? '');
    const path = meant.repository ?? hosted?.path;
    const spool = new SpoolFile(ports.files, context.random, 'link', process.pid);
    // with an assigned time the id depends on what is said alone: linking twice, or in two clones, adds nothing
    spool.append(
      {
        place: { trace },
        type: 'pr_linked',
        ts: timestamp(context.clock.now()),
        tsAssigned: true,
        payload: {
          base: input.text('base') ?? null,
          head: branch,
          host: meant.host ?? hosted?.host ?? null,
          pr_id: path === undefined ? trace : `${path}#${trace}`,
        },
      },
      { durable: true },
    );
    await flush(ports, { wait: 30_000, finished: new Set([spool.name]) });
    context.output.say(`linked branch '${branch}' to pull request ${trace} (${journalRef(trace)})`);
    if (moved) context.output.say('what was recorded on the branch moved there');
    if (before !== undefined && before !== trace)
      context.output.say(`pull request ${before} keeps what it has; later events go to ${trace}`);
    return 0;
  },
};
