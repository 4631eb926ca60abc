/** `git trace fetch`: brings traces from a remote and unites them with what is here. */
import { describeTrace, journalRef } from '../../core/trace-name.ts';
import { fetchTraces } from '../../sync/fetch.ts';
import type { Command } from '../command.ts';
import { defaultRemote, tellFailedFetch } from '../remote.ts';

export const fetch: Command = {
  name: 'fetch',
  summary: 'bring traces from a remote',
  usage: ['fetch [--remote <remote>] [<pr>…]'],
  description: 'Fetches traces by name and unites them with the local ones: no event is lost on either side, whoever was first.',
  options: { remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote' } },
  arguments: { min: 0, max: 1_000 },
  examples: [['git trace fetch 42', 'the trace of pull request 42']],
  async run(context, input) {
    const ports = await context.flushPorts();
    const remote = input.text('remote') ?? defaultRemote(ports.repository.config, (await ports.repository.head()).branch);
    const names = input.positionals.length === 0 ? [undefined] : input.positionals;
    const traces = await Promise.all(names.map((name) => context.trace(name)));
    const { traces: results, failed, left } = await fetchTraces(ports, remote, traces);
    for (const [trace, what] of results) {
      context.output.say(what === 'nothing' ? `'${remote}' has no trace of ${describeTrace(trace)}` : `${journalRef(trace)}: ${what}`);
    }
    tellFailedFetch(context.output, failed, left);
    const missing = [...results.values()].filter((what) => what === 'nothing').length;
    return failed.size > 0 || missing === results.size ? 1 : 0;
  },
};
