/** `git trace sync`: flush, fetch, unite, push: everything that waits, both ways. */
import { isTraceError, type TraceError } from '../../core/errors.ts';
import type { TraceName } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { type Fetched, fetchTraces } from '../../sync/fetch.ts';
import { pendingFor } from '../../sync/pending.ts';
import { notPushed, pushTraces } from '../../sync/push.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { recordEdits } from '../edits.ts';
import { counted, tellHeld } from '../output.ts';
import { defaultRemote, tellFailedFetch, tellPush, tracesOfBranch, undelivered } from '../remote.ts';

export const sync: Command = {
  name: 'sync',
  summary: 'bring and send everything that waits',
  usage: ['sync [--remote <remote>] [--json] [<pr>]'],
  description:
    'Writes what waits in the spool, fetches and unites the traces concerned, and sends what the remote lacks.\nWithout an argument: the trace of the current branch and every trace that has not been delivered.',
  options: {
    remote: { type: 'string', value: '<remote>', summary: 'sync with this remote' },
    json: { type: 'boolean', summary: 'print what was done as JSON' },
  },
  arguments: { min: 0, max: 1 },
  examples: [],
  async run(context, input) {
    const ports = await context.flushPorts();
    const { repository } = ports;
    await recordEdits(context, 'sync');
    const written = await flush(ports, { wait: 30_000 });
    tellHeld(context.output, written.held);
    const remote = input.text('remote') ?? defaultRemote(repository.config, (await repository.head()).branch);
    const argument = input.positionals[0];
    // what was refused waits in any case, also where the tracking refs look as if it had arrived
    const all = [...new Set([...pendingFor(ports.files, remote), ...(await undelivered(repository, remote))])];
    const current = argument === undefined ? await currentTraces(context) : [await context.trace(argument)];
    const pending = argument === undefined ? all : all.filter((trace) => current.includes(trace));
    const traces = [...new Set([...current, ...pending])];
    let unread: ReadonlyMap<TraceName, TraceError> = new Map();
    let fetched: Fetched | undefined;
    let silent: TraceError | undefined;
    try {
      fetched = await fetchTraces(ports, remote, traces);
      unread = fetched.failed;
    } catch (error) {
      if (!isTraceError(error)) throw error;
      unread = new Map(traces.map((trace) => [trace, error]));
      if (isSilence(error)) silent = error;
    }
    // who has not answered the one question is not asked another, which would take as long once more
    const result =
      silent === undefined
        ? await pushTraces(ports, remote, traces, { inboxes: fetched?.inboxes ?? [] })
        : await notPushed(ports, remote, pending, silent);
    const left = result.failed.size;
    if (input.flag('json')) {
      const delivered = Object.fromEntries(result.delivered);
      const failed = Object.fromEntries([...[...unread].map(([trace, { message }]) => [trace, message] as const), ...result.failed]);
      context.output.out(`${JSON.stringify({ remote, events: written.accepted, pending: pending.length, delivered, failed })}\n`);
    } else {
      // a remote that cannot be reached is told of once, by the push
      tellFailedFetch(context.output, new Map([...unread].filter(([trace]) => !result.failed.has(trace))), fetched?.left);
      tellPush(context.output, remote, { ...result, news: [...result.failed.keys()] });
      context.output.say(`${counted(pending.length, 'trace')} pending, ${left} left`);
    }
    return left > 0 || unread.size > 0 || written.held.size > 0 ? 1 : 0;
  },
};

/** Whether an error of a remote means that the time limit was reached. */
function isSilence({ cause }: TraceError): boolean {
  return isTraceError(cause) && cause.code === 'git-failed';
}

/** Every trace of the current branch: of all the pull requests that it was linked to, the newest first. */
async function currentTraces(context: Context): Promise<TraceName[]> {
  const repository = await context.repository();
  const { branch } = await repository.head();
  return branch === undefined ? [] : tracesOfBranch(repository, branch, context.sha256);
}
