/** `git trace sync`: flush, fetch, unite, push: everything that waits, both ways. */

import { messageOf } from '../../core/errors.ts';
import { UNASSIGNED } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { fetchTraces } from '../../sync/fetch.ts';
import { loadPending } from '../../sync/pending.ts';
import { pushTraces } from '../../sync/push.ts';
import type { Command } from '../command.ts';
import { counted, tellHeld } from '../output.ts';
import { defaultRemote, tellPush, undelivered } from '../remote.ts';

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
    const written = await flush(ports, { wait: 30_000 });
    tellHeld(context.output, written.held);
    const remote = input.text('remote') ?? defaultRemote(repository.config, (await repository.head()).branch);
    const argument = input.positionals[0];
    const pending = await undelivered(repository, remote);
    const current = await context.trace(argument);
    const traces =
      argument === undefined
        ? [...new Set([...pending, ...Object.keys(loadPending(ports.files)[remote] ?? {}), current])].filter(
            (trace) => trace !== UNASSIGNED,
          )
        : [current];
    let fetched: string | undefined;
    try {
      await fetchTraces(ports, remote, traces);
    } catch (error) {
      fetched = messageOf(error);
    }
    const result = await pushTraces(ports, remote, traces);
    const left = result.failed.size;
    if (input.flag('json')) {
      context.output.out(
        `${JSON.stringify({ remote, events: written.accepted, pending: pending.length, delivered: Object.fromEntries(result.delivered), failed: Object.fromEntries(result.failed) })}\n`,
      );
    } else {
      tellPush(context.output, remote, { ...result, news: [...result.failed.keys()] });
      context.output.say(`${counted(pending.length, 'trace')} pending, ${left} left`);
    }
    return left > 0 || fetched !== undefined || written.held.size > 0 ? 1 : 0;
  },
};
