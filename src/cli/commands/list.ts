/** `git trace list`: the traces that are here. */
import { messageOf } from '../../core/errors.ts';
import { mergeSessions } from '../../core/order.ts';
import { archiveRef, describeTrace, journalRef } from '../../core/trace-name.ts';
import { archivedTraces, localArchives } from '../../journal/archive.ts';
import { readRoot } from '../../journal/read.ts';
import { terminalText } from '../../replay/terminal-text.ts';
import { wholeTrace } from '../../sync/whole.ts';
import { foldHead } from '../../timeline/document.ts';
import type { Command } from '../command.ts';
import { ago, counted } from '../output.ts';
import { localTraces } from '../remote.ts';

interface Row {
  readonly trace: string;
  readonly ref: string;
  /** The month in whose archive it is. */
  readonly archived: string | null;
  readonly title: string | null;
  readonly status: string;
  readonly events: number;
  readonly sessions: number;
  readonly start_time: string | null;
  readonly end_time: string | null;
  /** Why it cannot be read, where it cannot. */
  readonly fault: string | null;
}

export const list: Command = {
  name: 'list',
  summary: 'list the traces that are here',
  usage: ['list [--json]'],
  description: "Lists every trace of this clone, the latest first. 'git trace fetch <pr>' brings one that is not here.",
  options: { json: { type: 'boolean', summary: 'print them as JSON' } },
  arguments: { min: 0, max: 0 },
  examples: [],
  async run(context, input) {
    const repository = await context.repository();
    const rows: Row[] = [];
    const archives = await localArchives(repository);
    const live = (await localTraces(repository)).map(({ trace }) => trace);
    for (const trace of new Set([...live, ...(await archivedTraces(repository.objects, archives))])) {
      const row = {
        trace,
        ref: journalRef(trace),
        archived: null,
        title: null,
        status: 'open',
        events: 0,
        sessions: 0,
        start_time: null,
        end_time: null,
        fault: null,
      };
      try {
        const whole = await wholeTrace({ repository, sha256: context.sha256 }, trace, { archives });
        if (whole === undefined) continue; // gone since we looked
        const { parts } = await readRoot(whole.objects, whole.root);
        const ordered = mergeSessions(parts, context.sha256);
        const { pr, sessions, timeline } = foldHead(trace, ordered, context.sha256);
        rows.push({
          ...row,
          ref: whole.tip === undefined && whole.month !== undefined ? archiveRef(whole.month) : row.ref,
          archived: whole.month ?? null,
          title: pr.title,
          status: pr.status,
          events: ordered.entries.length,
          sessions: sessions.length,
          start_time: timeline.start_time,
          end_time: timeline.end_time,
        });
      } catch (error) {
        rows.push({ ...row, fault: messageOf(error) });
      }
    }
    rows.sort((a, b) => ((a.end_time ?? '') > (b.end_time ?? '') ? -1 : 1));
    if (input.flag('json')) {
      context.output.out(`${JSON.stringify(rows)}\n`);
      return 0;
    }
    if (rows.length === 0) context.output.say("no traces here; 'git trace init' begins to record, 'git trace fetch <pr>' brings one");
    const now = context.clock.now();
    const names = rows.map((row) => terminalText(describeTrace(row.trace)));
    const wide = Math.max(...names.map((name) => name.length), 4);
    for (const [i, row] of rows.entries()) {
      const when = row.end_time === null ? '' : `, ${ago(now - Date.parse(row.end_time))} ago`;
      const what =
        row.fault === null
          ? `${counted(row.events, 'event')} in ${counted(row.sessions, 'session')}${when}${row.archived === null ? '' : ', archived'}`
          : `cannot be read: ${row.fault}`;
      context.output.out(`${(names[i] ?? '').padEnd(wide)}  ${what}${row.title === null ? '' : `  ${terminalText(row.title)}`}\n`);
    }
    return 0;
  },
};
