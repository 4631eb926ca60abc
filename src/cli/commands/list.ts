/** `git trace list`: the traces that are here. */
import { describeTrace } from '../../core/trace-name.ts';
import { terminalText } from '../../replay/terminal-text.ts';
import type { Command } from '../command.ts';
import { ago, counted } from '../output.ts';
import { listTraces } from '../trace-list.ts';

export const list: Command = {
  name: 'list',
  summary: 'list the traces that are here',
  usage: ['list [--json]'],
  description: "Lists every trace of this clone, the latest first. 'git trace fetch <pr>' brings one that is not here.",
  options: { json: { type: 'boolean', summary: 'print them as JSON' } },
  arguments: { min: 0, max: 0 },
  examples: [],
  async run(context, input) {
    const rows = await listTraces(context);
    rows.sort((a, b) => compare(b.end_time ?? '', a.end_time ?? '') || compare(a.trace, b.trace));
    if (input.flag('json')) {
      context.output.out(`${JSON.stringify(rows)}\n`);
      return 0;
    }
    if (rows.length === 0) context.output.say("no traces here; 'git trace init' begins to record, 'git trace fetch <pr>' brings one");
    const now = context.clock.now();
    const names = rows.map((row) => terminalText(describeTrace(row.trace)));
    const wide = names.reduce((most, name) => Math.max(most, name.length), 4);
    const lines = rows.map((row, i) => {
      const when = row.end_time === null ? '' : `, ${ago(now - Date.parse(row.end_time))} ago`;
      const what =
        row.fault === null
          ? `${counted(row.events, 'event')} in ${counted(row.sessions, 'session')}${when}${row.archived === null ? '' : ', archived'}`
          : `cannot be read: ${row.fault}`;
      return `${(names[i] ?? '').padEnd(wide)}  ${what}${row.title === null ? '' : `  ${terminalText(row.title)}`}\n`;
    });
    // all at once: a hundred thousand lines would be as many system calls
    context.output.out(lines.join(''));
    return 0;
  },
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
