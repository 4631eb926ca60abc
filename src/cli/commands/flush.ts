/** `git trace flush`: puts what waits in the spool into the journals now. */
import { describeTrace } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { loadPending } from '../../sync/pending.ts';
import type { Command } from '../command.ts';
import { recordEdits } from '../edits.ts';
import { counted, tellHeld } from '../output.ts';

export const flushCommand: Command = {
  name: 'flush',
  summary: 'put what waits in the spool into the journal',
  usage: ['flush [--no-edits] [--json]'],
  description: 'Takes everything that was recorded and is not yet in git into the journals. Hooks, push and show do it by themselves.',
  options: {
    'no-edits': { type: 'boolean', summary: 'do not look for edits in the work tree first' },
    json: { type: 'boolean', summary: 'print what was done as JSON' },
  },
  arguments: { min: 0, max: 0 },
  examples: [],
  async run(context, input) {
    const ports = await context.flushPorts();
    if (!input.flag('no-edits')) await recordEdits(context, 'flush');
    const result = await flush(ports, { wait: 30_000 });
    const { pending, accepted, duplicate, excluded, quarantined } = result;
    const status = result.held.size === 0 ? 0 : 1;
    const undelivered = Object.entries(loadPending(ports.files)).map(([remote, traces]) => [remote, Object.keys(traces).length] as const);
    if (input.flag('json')) {
      const held = Object.fromEntries([...result.held].map(([trace, { error }]) => [trace, error.message]));
      context.output.out(
        `${JSON.stringify({ pending, accepted, duplicate, excluded, quarantined, traces: Object.fromEntries(result.traces), held, undelivered: Object.fromEntries(undelivered) })}\n`,
      );
      return status;
    }
    const where = [...result.traces.keys()].map(describeTrace).join(', ');
    context.output.say(
      pending === 0
        ? 'nothing was pending'
        : `${counted(pending, 'record')} pending, ${counted(accepted, 'event')} written${where === '' ? '' : ` to ${where}`}, ${duplicate} known before${excluded === 0 ? '' : `, ${excluded} left out by the policy`}`,
    );
    if (quarantined > 0)
      context.output.say(
        `warning: ${counted(quarantined, 'record')} could not be read and ${quarantined === 1 ? 'was' : 'were'} put aside; 'git trace status' tells where`,
      );
    for (const [remote, count] of undelivered)
      context.output.say(`${counted(count, 'trace')} could not be delivered to '${remote}' yet; 'git trace sync' tries again`);
    tellHeld(context.output, result.held);
    return status;
  },
};
