/** `git trace scan`: looks through traces that are in git already for what today's rules would take out. Never prints it. */
import { fail, messageOf } from '../../core/errors.ts';
import type { TraceEvent } from '../../core/line.ts';
import { mergeSessions } from '../../core/order.ts';
import type { TraceFiles } from '../../core/ports.ts';
import type { Redactor } from '../../core/redact.ts';
import { describeTrace, journalRef, type TraceName } from '../../core/trace-name.ts';
import { readJournal } from '../../journal/read.ts';
import { terminalText } from '../../replay/terminal-text.ts';
import { kindsInBytes, QUARANTINE } from '../../spool/quarantine.ts';
import { SPOOL } from '../../spool/read.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { counted } from '../output.ts';
import { localTraces } from '../remote.ts';

/** An event that holds what looks like a secret. */
interface Found {
  readonly trace: TraceName;
  readonly session: string;
  /** Position in the whole trace, as 'git trace show' has it. */
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly kinds: readonly string[];
}

/** A file below `trace/` that does. */
interface FoundFile {
  readonly file: string;
  readonly kinds: readonly string[];
}

export const scan: Command = {
  name: 'scan',
  summary: 'look for secrets that a trace holds',
  usage: ['scan [--all] [--spool] [--json] [<pr>...]'],
  description:
    'Looks through traces of this clone, without one through that of the current branch, for what the rules of today would\n' +
    'take out: rules are younger than some traces. Prints where something was found and of which kind, never what.\n' +
    'Ends with 1 if something was found.',
  options: {
    all: { type: 'boolean', summary: 'look through all traces that are here' },
    spool: { type: 'boolean', summary: 'look through spool and quarantine too' },
    json: { type: 'boolean', summary: 'print what was found as JSON' },
  },
  arguments: { min: 0, max: Number.MAX_SAFE_INTEGER },
  examples: [
    ['git trace scan 42', 'the trace of pull request 42'],
    ['git trace scan --all --spool', 'everything that is here'],
  ],
  async run(context, input) {
    const repository = await context.repository();
    const redactor = await context.redactor(await context.policy());
    const traces = await tracesMeant(context, input.positionals, input.flag('all'));
    const found: Found[] = [];
    let events = 0;
    for (const { trace, tip } of traces) {
      const { parts, faults } = await readJournal(repository.objects, tip);
      for (const { path, reason } of faults)
        context.output.say(`warning: cannot look through '${terminalText(path)}' of ${describeTrace(trace)}: ${reason}`);
      const { entries } = mergeSessions(parts, context.sha256);
      events += entries.length;
      for (const [i, { id, event }] of entries.entries()) {
        const kinds = kindsIn(event, redactor);
        if (kinds.length > 0) found.push({ trace, session: event.session, seq: i + 1, id, type: event.type, kinds });
      }
    }
    const loose = input.flag('spool') ? looseFiles(await context.files(), redactor) : [];
    if (input.flag('json')) context.output.out(`${JSON.stringify({ traces: traces.length, events, found, files: loose })}\n`);
    else {
      for (const { trace, session, seq, type, kinds } of found)
        context.output.out(`${terminalText(trace)}  seq ${seq}  ${session}  ${type}  ${kinds.join(', ')}\n`);
      for (const { file, kinds } of loose) context.output.out(`${terminalText(file)}  ${kinds.join(', ')}\n`);
      tell(context, traces.length, events, found, loose);
    }
    return found.length + loose.length === 0 ? 0 : 1;
  },
};

function tell({ output }: Context, traces: number, events: number, found: readonly Found[], loose: readonly FoundFile[]): void {
  if (found.length + loose.length === 0) {
    output.say(`nothing found in ${counted(events, 'event')} of ${counted(traces, 'trace')}`);
    return;
  }
  const counts = [
    ...(found.length > 0 ? [`${counted(found.length, 'event')} of ${events}`] : []),
    ...(loose.length > 0 ? [`${counted(loose.length, 'file')} of spool and quarantine`] : []),
  ];
  output.say(`${counts.join(' and ')} ${found.length + loose.length === 1 ? 'holds' : 'hold'} what looks like a secret`);
  if (found.length > 0) {
    output.say('hint: revoke or change it first: whoever has fetched the trace has it');
    output.say("hint: 'git trace redact --event <id> <pr>' erases it, here and on the remote; --json tells the ids");
    output.say("hint: a rule that is wrong can be allowed for by 'redact.allow' in '.gittrace.json'");
  }
  if (loose.some(({ file }) => file.startsWith(SPOOL)))
    output.say("hint: secrets in the spool are taken out on the way into git; a shell's file goes when that shell has ended");
}

async function tracesMeant(
  context: Context,
  names: readonly string[],
  all: boolean,
): Promise<readonly { readonly trace: TraceName; readonly tip: string }[]> {
  const repository = await context.repository();
  if (all) return localTraces(repository);
  const meant = names.length > 0 ? names : [undefined];
  return Promise.all(
    meant.map(async (name) => {
      const trace = await context.trace(name);
      const tip = await repository.refs.get(journalRef(trace));
      if (tip === undefined)
        throw fail('no-such-trace', `there is no trace of ${describeTrace(trace)} here`, [
          "'git trace fetch' brings one, 'git trace list' lists those that are here",
        ]);
      return { trace, tip };
    }),
  );
}

/** Kinds of what today's rules find in an event, as it stands in its line. */
function kindsIn(event: TraceEvent, redactor: Redactor): readonly string[] {
  // what was taken out already is no news
  const { redaction: _, ...payload } = event.payload;
  const after = redactor.redact({ ...event, payload })['redaction'];
  const kinds = typeof after === 'object' && after !== null && 'kinds' in after && Array.isArray(after.kinds) ? after.kinds : [];
  return kinds.map(String);
}

function looseFiles(files: TraceFiles, redactor: Redactor): FoundFile[] {
  return [SPOOL, QUARANTINE].flatMap((folder) =>
    files.list(folder).flatMap((name) => {
      const file = `${folder}/${name}`;
      try {
        const kinds = [...new Set(kindsInBytes(files.read(file) ?? Buffer.alloc(0), redactor))].sort();
        return kinds.length === 0 ? [] : [{ file, kinds }];
      } catch (error) {
        return [{ file, kinds: [`unreadable: ${messageOf(error)}`] }];
      }
    }),
  );
}
