/** `git trace prune`: drops what is old: completed sessions, or the whole traces of closed pull requests. */
import { fail, isTraceError } from '../../core/errors.ts';
import type { Ordered } from '../../core/order.ts';
import { mergeSessions } from '../../core/order.ts';
import { describeTrace, isNumbered, type TraceName, UNASSIGNED } from '../../core/trace-name.ts';
import { archivedTraces, localArchives } from '../../journal/archive.ts';
import { type FlushPorts, flush } from '../../journal/flush.ts';
import { type JournalContents, readRoot } from '../../journal/read.ts';
import { parseWhen } from '../../replay/filter.ts';
import { terminalText } from '../../replay/terminal-text.ts';
import { archiveTraces, type ToArchive } from '../../sync/archive.ts';
import { fetchTraces } from '../../sync/fetch.ts';
import { pruneArchived, pruneJournal } from '../../sync/prune.ts';
import { pushTraces } from '../../sync/push.ts';
import { wholeTrace } from '../../sync/whole.ts';
import { type AgedTrace, agedTrace, type Expired, expired, expiredSessions, type Retention } from '../../timeline/retention.ts';
import type { Command, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { counted, tellHeld } from '../output.ts';
import { defaultRemote, localTraces, remoteNames, tellFailedFetch, tellPush } from '../remote.ts';
import { closingOf } from './archive.ts';

/** Everything one run of the command works with. */
interface Pruning {
  readonly context: Context;
  readonly ports: FlushPorts;
  readonly rule: Retention;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly remote: string | undefined;
  readonly isDry: boolean;
  /** The traces named, or all that are here. */
  readonly traces: readonly TraceName[];
}

/** What was dropped, or would be. */
interface Report {
  readonly dropped: readonly (Expired & { readonly trace: TraceName })[];
  /** Traces of which something could not be done, and why. */
  readonly failed: ReadonlyMap<TraceName, string>;
}

export const prune: Command = {
  name: 'prune',
  summary: 'drop what is old',
  usage: ['prune [--older-than <age>] [--keep <n>] [--traces] [--remote <remote>] [--dry-run] [--json] [<pr>…]'],
  description:
    'Drops the events of completed sessions, the oldest first, here and on the remote. A session stays that is active,\n' +
    'was interrupted, or says what the host says of the pull request. With --traces: drops all events of pull requests that\n' +
    'are merged or closed, also where they are archived. One of --older-than and --keep must be given; with both, what is\n' +
    'dropped is older and not among the newest. What was dropped comes back from no clone. Earlier commits of a journal\n' +
    "still hold it: 'git trace redact' takes out a secret. Without <pr>: every trace that is here.",
  options: {
    'older-than': { type: 'string', value: '<age>', summary: "drop what ended before that: '90d', '12 weeks', '2026-01-31'" },
    keep: { type: 'string', value: '<n>', summary: 'keep the n newest sessions of a trace; with --traces, the n newest closed traces' },
    traces: { type: 'boolean', summary: 'drop whole traces, not sessions' },
    remote: { type: 'string', value: '<remote>', summary: 'prune on this remote too, instead of the default one' },
    'dry-run': { type: 'boolean', summary: 'only say what would be dropped' },
    json: { type: 'boolean', summary: 'print what was dropped as JSON' },
  },
  arguments: { min: 0, max: 1_000 },
  examples: [
    ['git trace prune --older-than 90d --dry-run', 'what ended more than 90 days ago'],
    ['git trace prune --keep 20 42', 'all but the 20 newest sessions of pull request 42'],
    ['git trace prune --traces --older-than 52w', 'pull requests on which nothing happened for a year'],
  ],
  async run(context, input) {
    const pruning = await begin(context, input);
    const report = await (input.flag('traces') ? pruneTraces(pruning) : pruneSessions(pruning));
    tell(pruning, report, input);
    return report.failed.size > 0 ? 1 : 0;
  },
};

async function begin(context: Context, input: Input): Promise<Pruning> {
  const now = context.clock.now();
  const age = input.text('older-than');
  const rule = { before: age === undefined ? undefined : parseWhen(age, 'since', now), keep: input.number('keep', 0) };
  if (rule.before === undefined && rule.keep === undefined) {
    throw fail('usage', "'git trace prune' wants '--older-than' or '--keep'", [
      "'git trace prune --older-than 90d --dry-run' tells what ended more than 90 days ago",
    ]);
  }
  const ports = await context.flushPorts();
  const { repository } = ports;
  tellHeld(context.output, (await flush(ports, { wait: 30_000 })).held);
  const hasRemote = input.text('remote') !== undefined || remoteNames(repository.config).length > 0;
  const remote = hasRemote ? (input.text('remote') ?? defaultRemote(repository.config, (await repository.head()).branch)) : undefined;
  const named = await Promise.all(input.positionals.map((argument) => context.trace(argument)));
  const traces = named.length > 0 ? [...new Set(named)] : await tracesHere(ports, input.flag('traces'));
  return { context, ports, rule, now, remote, isDry: input.flag('dry-run'), traces };
}

/** Live traces; with archived ones where whole traces are meant. */
async function tracesHere({ repository }: FlushPorts, archived: boolean): Promise<TraceName[]> {
  const live = (await localTraces(repository)).map(({ trace }) => trace);
  if (!archived) return live;
  return [...new Set([...live.filter(isNumbered), ...(await archivedTraces(repository.objects, await localArchives(repository)))])];
}

async function pruneSessions(pruning: Pruning): Promise<Report> {
  const { context, ports, rule, now, remote, isDry } = pruning;
  const planOf = (trace: TraceName, contents: JournalContents): Expired[] => {
    // of a journal that cannot be read in full, nobody knows what is complete
    if (contents.faults.length > 0) return [];
    return expiredSessions(trace, mergeSessions(contents.parts, context.sha256), rule, now, context.sha256);
  };
  const concerned: TraceName[] = [];
  const plans = new Map<TraceName, Expired[]>();
  const look = async (traces: readonly TraceName[]): Promise<void> => {
    for (const trace of traces) {
      const contents = await contentsOf(pruning, trace);
      const plan = contents === undefined ? [] : planOf(trace, contents);
      if (plan.length > 0) plans.set(trace, plan);
      else plans.delete(trace);
    }
  };
  await look(pruning.traces);
  concerned.push(...plans.keys());
  if (!isDry) {
    // a session may go on elsewhere: what the remote knows counts
    await bring(pruning, concerned);
    await look(concerned);
    for (const trace of plans.keys()) {
      await pruneJournal(ports, trace, (contents) => {
        const plan = planOf(trace, contents);
        plans.set(trace, plan);
        return new Set(plan.map(({ name }) => name));
      });
    }
  }
  const dropped = [...plans].flatMap(([trace, plan]) => plan.map((session) => ({ ...session, trace })));
  const sent = [...plans.keys()].filter((trace) => trace !== UNASSIGNED);
  if (isDry || remote === undefined || sent.length === 0) return { dropped, failed: new Map() };
  const result = await pushTraces(ports, remote, sent);
  tellPush(context.output, remote, { ...result, delivered: new Map(), news: [...result.failed.keys()] });
  return { dropped, failed: result.failed };
}

async function pruneTraces(pruning: Pruning): Promise<Report> {
  const { context, ports, rule, remote, isDry } = pruning;
  const planOf = async (): Promise<Expired[]> => {
    const aged: AgedTrace[] = [];
    for (const trace of pruning.traces) {
      const ordered = await orderedOf(pruning, trace);
      const facts = ordered && isNumbered(trace) ? agedTrace(trace, ordered, pruning.now, context.sha256) : undefined;
      // those that are open are none of those of which the newest are kept
      if (facts?.mayGo) aged.push(facts);
    }
    return expired(aged, rule);
  };
  let plan = await planOf();
  if (!isDry && plan.length > 0) {
    await bring(
      pruning,
      plan.map(({ name }) => name),
    );
    plan = await planOf();
  }
  const dropped = plan.map((trace) => ({ ...trace, trace: trace.name }));
  if (isDry || plan.length === 0) return { dropped, failed: new Map() };
  const wanted: ToArchive[] = [];
  for (const { name, events } of plan) {
    const closing = await closingOf(context, name);
    // what came since we looked is not old
    const isAsItWas = ({ parts }: JournalContents): boolean => mergeSessions(parts, context.sha256).entries.length <= events;
    await pruneJournal(ports, name, (contents) => (isAsItWas(contents) ? 'all' : new Set()));
    await pruneArchived(ports, name, isAsItWas);
    if (closing !== undefined) wanted.push(closing);
  }
  const { failed } = await archiveTraces(ports, remote, wanted);
  for (const [trace, why] of failed) context.output.say(`warning: ${describeTrace(trace)} is not pruned on the remote: ${why}`);
  if (failed.size > 0) context.output.say("hint: 'git trace archive' goes on from there");
  return { dropped, failed };
}

/** Fetches traces before anything of them is dropped; where that cannot be, goes on with what is here. */
async function bring({ context, ports, remote }: Pruning, traces: readonly TraceName[]): Promise<void> {
  const wanted = traces.filter((trace) => trace !== UNASSIGNED);
  if (remote === undefined || wanted.length === 0) return;
  try {
    const { failed, left } = await fetchTraces(ports, remote, wanted);
    tellFailedFetch(context.output, failed, left);
  } catch (error) {
    if (!isTraceError(error)) throw error;
    context.output.say(`warning: nothing was fetched first: ${error.message}`);
  }
}

/** The live journal of a trace. */
async function contentsOf({ ports }: Pruning, trace: TraceName): Promise<JournalContents | undefined> {
  const whole = await wholeTrace(ports, trace, { archives: [] });
  return whole && readRoot(whole.objects, whole.root);
}

async function orderedOf({ ports, context }: Pruning, trace: TraceName): Promise<Ordered | undefined> {
  const whole = await wholeTrace(ports, trace);
  return whole && mergeSessions((await readRoot(whole.objects, whole.root)).parts, context.sha256);
}

function tell({ context, isDry }: Pruning, { dropped, failed }: Report, input: Input): void {
  const { out, say } = context.output;
  const events = dropped.reduce((sum, item) => sum + item.events, 0);
  const bytes = dropped.reduce((sum, item) => sum + item.bytes, 0);
  const isWhole = input.flag('traces');
  if (input.flag('json')) {
    const list = dropped.map(({ trace, name, ...facts }) => ({ trace, ...(isWhole ? {} : { session: name }), ...facts }));
    out(`${JSON.stringify({ dry_run: isDry, dropped: list, events, bytes, failed: Object.fromEntries(failed) })}\n`);
    return;
  }
  for (const { trace, name, end_time, ...size } of dropped) {
    const what = `${isWhole ? '' : `session ${name} of `}trace ${describeTrace(trace)}`;
    say(
      terminalText(
        `${isDry ? 'would drop' : 'dropped'} ${what}: ${counted(size.events, 'event')}, ${counted(size.bytes, 'byte')}, ended ${end_time.slice(0, 10)}`,
      ),
    );
  }
  const things = counted(dropped.length, isWhole ? 'trace' : 'session');
  if (dropped.length === 0) say('there is nothing to prune');
  else say(`${things} ${isDry ? 'would be pruned' : 'pruned'}: ${counted(events, 'event')}, ${counted(bytes, 'byte')}`);
}
