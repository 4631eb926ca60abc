/** `git trace archive`: puts the traces of closed pull requests into one ref a month. */
import { fail } from '../../core/errors.ts';
import type { EventPayload } from '../../core/line.ts';
import { mergeSessions } from '../../core/order.ts';
import { archiveRef, describeTrace, isNumbered, type TraceName } from '../../core/trace-name.ts';
import { flush } from '../../journal/flush.ts';
import { readRoot } from '../../journal/read.ts';
import { archiveTraces, type ToArchive } from '../../sync/archive.ts';
import { fetchTraces } from '../../sync/fetch.ts';
import { wholeTrace } from '../../sync/whole.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { counted, tellHeld } from '../output.ts';
import { defaultRemote, localTraces, remoteNames, tellFailedFetch } from '../remote.ts';

export const archive: Command = {
  name: 'archive',
  summary: 'put the traces of closed pull requests together',
  usage: ['archive [--remote <remote>] [--dry-run] [<pr>…]'],
  description:
    'Moves the traces of pull requests into one ref a month, by when they were closed, here and on the remote, so that\n' +
    "refs stay few. Every command finds them there as before, and a late event opens one again. Without an argument: every\ntrace here whose last 'pr_updated' says that it was merged or closed.",
  options: {
    remote: { type: 'string', value: '<remote>', summary: 'archive on this remote too, instead of the default one' },
    'dry-run': { type: 'boolean', summary: 'say what would be archived' },
  },
  arguments: { min: 0, max: 1_000 },
  examples: [
    ['git trace archive --dry-run', 'what would go where'],
    ['git trace archive 42', 'pull request 42'],
  ],
  async run(context, input) {
    const ports = await context.flushPorts();
    const { repository } = ports;
    const { say } = context.output;
    tellHeld(context.output, (await flush(ports, { wait: 30_000 })).held);
    const hasRemote = input.text('remote') !== undefined || remoteNames(repository.config).length > 0;
    const remote = hasRemote ? (input.text('remote') ?? defaultRemote(repository.config, (await repository.head()).branch)) : undefined;
    const named = await Promise.all(input.positionals.map((argument) => context.trace(argument)));
    const branch = named.find((trace) => !isNumbered(trace));
    if (branch !== undefined)
      throw fail('bad-argument', `${describeTrace(branch)} is no pull request`, ['only traces of pull requests are archived']);
    if (remote !== undefined && named.length > 0) {
      const { failed, left } = await fetchTraces(ports, remote, named);
      tellFailedFetch(context.output, failed, left);
    }
    const candidates = named.length > 0 ? named : (await localTraces(repository)).map(({ trace }) => trace).filter(isNumbered);
    const wanted: ToArchive[] = [];
    for (const trace of new Set(candidates)) {
      const closing = await closingOf(context, trace);
      if (closing === undefined) say(`warning: there is no trace of ${describeTrace(trace)} here`);
      else if (closing.closed || named.length > 0) wanted.push(closing);
    }
    if (input.flag('dry-run')) {
      for (const { trace, month } of wanted) say(`would archive ${trace} in ${archiveRef(month)}`);
      if (wanted.length === 0) say('there is nothing to archive');
      return 0;
    }
    const { archived, failed } = await archiveTraces(ports, remote, wanted);
    for (const [trace, month] of archived) say(`archived ${trace} in ${archiveRef(month)}`);
    for (const [trace, why] of failed) say(`warning: ${describeTrace(trace)} was not archived: ${why}`);
    if (failed.size > 0) say("hint: nothing is lost; 'git trace archive' goes on from there");
    else if (archived.size === 0) say('there is nothing to archive');
    else say(`${counted(archived.size, 'trace')} archived`);
    return failed.size > 0 || wanted.length < named.length ? 1 : 0;
  },
};

/** When a pull request was opened and closed, by the last event that tells it; else its last event counts. */
export async function closingOf(context: Context, trace: TraceName): Promise<(ToArchive & { readonly closed: boolean }) | undefined> {
  const ports = await context.flushPorts();
  const whole = await wholeTrace(ports, trace);
  if (whole === undefined) return undefined;
  const { entries } = mergeSessions((await readRoot(whole.objects, whole.root)).parts, context.sha256);
  const updated = entries.findLast(({ event }) => event.type === 'pr_updated')?.event.payload ?? {};
  const time = (member: string): string | undefined => timeOf(updated, member);
  const closed = updated['status'] === 'merged' || updated['status'] === 'closed';
  const at = (closed ? (time('merged_at') ?? time('closed_at')) : undefined) ?? entries.at(-1)?.event.ts ?? '1970-01';
  const since = time('created_at')?.slice(0, 7);
  return { trace, month: at.slice(0, 7), closed, ...(since === undefined ? {} : { since }) };
}

function timeOf(payload: EventPayload, member: string): string | undefined {
  const value = payload[member];
  return typeof value === 'string' && /^[0-9]{4}-(0[1-9]|1[0-2])-/.test(value) ? value : undefined;
}
