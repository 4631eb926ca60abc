/**
 * `git trace hook pre-push <remote> <url>`: what the pre-push hook starts in the background. Reads git's lines about the
 * refs from standard input; never fails and never asks, for nobody may be there.
 */
import { text } from 'node:stream/consumers';
import { fail, messageOf } from '../../core/errors.ts';
import { type TraceName, UNASSIGNED } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { traceOf } from '../../journal/prepare.ts';
import { loadPending } from '../../sync/pending.ts';
import { pushTraces } from '../../sync/push.ts';
import type { Command } from '../command.ts';
import { tellHeld } from '../output.ts';
import { tellPush } from '../remote.ts';

export const hook: Command = {
  name: 'hook',
  summary: 'what the git hooks call',
  usage: ['hook pre-push <remote> <url>'],
  description: 'Called by the hooks that init installs; of no use by hand.',
  options: {},
  arguments: { min: 1, max: 3 },
  examples: [],
  async run(context, input) {
    const [name, remote, url] = input.positionals;
    if (name !== 'pre-push' || remote === undefined) throw fail('usage', `there is no work for the hook "${name}"`);
    // the terminal may close, and a person may press ^C at the push: this goes on
    for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => {});
    try {
      const lines = await text(process.stdin);
      const ports = await context.flushPorts();
      tellHeld(context.output, (await flush(ports, { wait: 10_000 })).held);
      if (ports.repository.config.flag('trace.push') === false) return 0;
      const where = withoutUserinfo(remote === '' ? (url ?? '') : remote);
      const waiting = Object.keys(loadPending(ports.files)[where] ?? {});
      const traces = new Set<TraceName>(waiting);
      for (const branch of pushedBranches(lines))
        traces.add(traceOf({ place: { branch }, type: 'push', payload: {} }, ports.repository.config, context.sha256));
      traces.delete(UNASSIGNED);
      tellPush(context.output, where, await pushTraces(ports, where, [...traces]));
    } catch (error) {
      context.output.say(`warning: the trace was not pushed: ${messageOf(error)}`);
      context.output.say("hint: nothing is lost; the next push or 'git trace sync' tries again");
    }
    return 0;
  },
};

/** Branches that a push updates, from git's lines `<local ref> <local oid> <remote ref> <remote oid>`. */
function pushedBranches(lines: string): string[] {
  return lines.split('\n').flatMap((line) => {
    const [local = '', oid = '', remote = ''] = line.split(' ');
    if (oid === '' || /^0+$/.test(oid)) return [];
    const ref = local.startsWith('refs/heads/') ? local : remote; // `git push origin HEAD:refs/heads/x`
    return ref.startsWith('refs/heads/') ? [ref.slice('refs/heads/'.length)] : [];
  });
}

function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]+@/i, '$1');
}
