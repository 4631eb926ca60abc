/** `git trace push`: sends traces to a remote by hand. */
import { describeTrace } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { pushTraces } from '../../sync/push.ts';
import type { Command } from '../command.ts';
import { recordEdits } from '../edits.ts';
import { counted, tellHeld } from '../output.ts';
import { defaultRemote, tellPush, undelivered } from '../remote.ts';

export const push: Command = {
  name: 'push',
  summary: 'send traces to a remote',
  usage: ['push [--remote <remote>] [--json] [<pr>]'],
  description:
    "Sends the trace of a pull request or branch, or without an argument every trace the remote lacks.\nAfter 'git trace init' a plain 'git push' does it for what it pushes.",
  options: {
    remote: { type: 'string', value: '<remote>', summary: 'send to this remote' },
    json: { type: 'boolean', summary: 'print what was sent as JSON' },
  },
  arguments: { min: 0, max: 1 },
  examples: [['git trace push 42', 'the trace of pull request 42']],
  async run(context, input) {
    const ports = await context.flushPorts();
    const { repository } = ports;
    await recordEdits(context, 'push');
    tellHeld(context.output, (await flush(ports, { wait: 30_000 })).held);
    const remote = input.text('remote') ?? defaultRemote(repository.config, (await repository.head()).branch);
    const argument = input.positionals[0];
    const traces = argument === undefined ? await undelivered(repository, remote) : [await context.trace(argument)];
    const result = await pushTraces(ports, remote, traces);
    if (input.flag('json')) {
      context.output.out(
        `${JSON.stringify({ remote, delivered: Object.fromEntries(result.delivered), failed: Object.fromEntries(result.failed) })}\n`,
      );
    } else {
      tellPush(context.output, remote, { ...result, news: [...result.failed.keys()] });
      const same = [...result.delivered].filter(([, what]) => what === 'up-to-date').map(([trace]) => describeTrace(trace));
      if (traces.length === 0) context.output.say(`'${remote}' has every trace`);
      else if (same.length > 0) context.output.say(`${counted(same.length, 'trace')} up to date: ${same.join(', ')}`);
    }
    return result.failed.size > 0 ? 1 : 0;
  },
};
