/** `git trace fetch`: brings traces from a remote and unites them with what is here. */
import { fail } from '../../core/errors.ts';
import { parseRemoteUrl } from '../../core/pull-request.ts';
import { harmless } from '../../core/shown.ts';
import { describeTrace, journalRef, parseTraceArgument } from '../../core/trace-name.ts';
import { fetchTraces } from '../../sync/fetch.ts';
import { fetchForeign } from '../../sync/foreign.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { counted } from '../output.ts';
import { defaultRemote, remoteNames, tellFailedFetch } from '../remote.ts';

export const fetch: Command = {
  name: 'fetch',
  summary: 'bring traces from a remote',
  usage: ['fetch [--remote <remote>] [<pr>…]', 'fetch --fork <url> --branch <branch> <pr>'],
  description:
    'Fetches traces by name and unites them with the local ones: no event is lost on either side, whoever was first.\n' +
    'With --fork, takes over what was recorded in a fork, where the branch of the pull request is: it can add to the\n' +
    'trace, and change nothing that is here.',
  options: {
    remote: { type: 'string', value: '<remote>', summary: 'fetch from this remote, given by name or URL' },
    fork: { type: 'string', value: '<url>', summary: 'take over from this fork' },
    branch: { type: 'string', value: '<branch>', summary: "the pull request's branch in the fork" },
  },
  arguments: { min: 0, max: 1_000 },
  examples: [
    ['git trace fetch 42', 'the trace of pull request 42'],
    ['git trace fetch --fork https://example.com/ann/repo.git --branch fix 42', 'what ann has recorded for it in a fork'],
  ],
  async run(context, input) {
    if (input.text('fork') !== undefined || input.text('branch') !== undefined) return fetchFork(context, input);
    const ports = await context.flushPorts();
    const remote = input.text('remote') ?? defaultRemote(ports.repository.config, (await ports.repository.head()).branch);
    const names = input.positionals.length === 0 ? [undefined] : input.positionals;
    const traces = await Promise.all(names.map((name) => context.trace(name)));
    const { traces: results, failed, left } = await fetchTraces(ports, remote, traces);
    for (const [trace, what] of results) {
      if (what === 'archived') context.output.say(`${describeTrace(trace)}: archived`);
      else context.output.say(what === 'nothing' ? `'${remote}' has no trace of ${describeTrace(trace)}` : `${journalRef(trace)}: ${what}`);
    }
    tellFailedFetch(context.output, failed, left);
    const missing = [...results.values()].filter((what) => what === 'nothing').length;
    return failed.size > 0 || missing === results.size ? 1 : 0;
  },
};

/** Takes over what a fork has for a pull request. */
async function fetchFork(context: Context, input: Input): Promise<number> {
  const [url, branch, argument] = [input.text('fork'), input.text('branch'), input.positionals[0]];
  const meant = argument === undefined ? undefined : parseTraceArgument(argument);
  if (url === undefined || branch === undefined || meant?.kind !== 'number' || input.positionals.length > 1)
    throw fail('usage', "'--fork' wants a URL, '--branch' and one pull request", ["'git trace fetch -h' shows how"]);
  const ports = await context.flushPorts();
  const { config } = ports.repository;
  const remote = remoteNames(config).length === 0 ? undefined : defaultRemote(config, undefined);
  const path = meant.repository ?? parseRemoteUrl(config.get(`remote.${remote}.url`) ?? '')?.path;
  const pr = { branch: branch.replace(/^refs\/heads\//, ''), number: meant.number, prId: `${path ?? ''}#${meant.number}` };
  const { taken, refused } = await fetchForeign(ports, url, pr, meant.number);
  for (const [ref, lines] of taken) context.output.say(`${harmless(ref)}: ${counted(lines, 'new line')}`);
  for (const [what, why] of refused) context.output.say(`warning: ${harmless(what)} was not taken over: ${harmless(why)}`);
  if (taken.size === 0) context.output.say(`the fork has no trace of ${describeTrace(meant.number)}`);
  return taken.size === 0 ? 1 : 0;
}
