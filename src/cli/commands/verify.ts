/** `git trace verify`: proves a trace: every hash, line, schema, sequence, and the history of its journal. */
import { fail } from '../../core/errors.ts';
import { archiveRef, describeTrace, journalRef } from '../../core/trace-name.ts';
import { verifyJournal } from '../../journal/verify.ts';
import { terminalText } from '../../replay/terminal-text.ts';
import { wholeTrace } from '../../sync/whole.ts';
import type { Command } from '../command.ts';
import { counted } from '../output.ts';

/** Findings of one kind that are printed; `--json` has all. */
const MOST = 50;

export const verify: Command = {
  name: 'verify',
  summary: 'check a trace',
  usage: ['verify [--json] [<pr>]'],
  description:
    'Recomputes every hash of a trace and checks its lines, schemas, sequences and history. Tells correctness, completeness\n' +
    'and consistency as figures, and each fault with its place. Ends with 1 if there is a fault.',
  options: { json: { type: 'boolean', summary: 'print figures, faults and observations as JSON' } },
  arguments: { min: 0, max: 1 },
  examples: [['git trace verify 42', 'check the trace of pull request 42']],
  async run(context, input) {
    const repository = await context.repository();
    const trace = await context.trace(input.positionals[0]);
    const whole = await wholeTrace({ repository, sha256: context.sha256 }, trace);
    if (whole === undefined)
      throw fail('no-such-trace', `there is no trace of ${describeTrace(trace)} here`, [
        "'git trace fetch' brings one, 'git trace list' lists those that are here",
      ]);
    const { root, objects, tip, month } = whole;
    const found = await verifyJournal(objects, root, tip, context.sha256);
    const { correctness, completeness, consistency, faults, observations } = found;
    if (input.flag('json')) {
      context.output.out(
        `${JSON.stringify({ trace, ref: tip === undefined && month !== undefined ? archiveRef(month) : journalRef(trace), tip: tip ?? null, ...found })}\n`,
      );
      return faults.length > 0 ? 1 : 0;
    }
    const { out } = context.output;
    out(
      `correctness:  ${counted(correctness.events, 'event')} in ${counted(correctness.lines, 'line')}, ${counted(correctness.hashes, 'hash', 'hashes')} recomputed, ${correctness.erased} erased${correctness.pruned > 0 ? `, ${correctness.pruned} pruned` : ''}\n`,
    );
    out(
      `completeness: ${completeness.ended} of ${counted(completeness.sessions, 'session')} ended, ${completeness.commits_here} of ${counted(completeness.commits, 'commit')} in this clone\n`,
    );
    out(
      `consistency:  ${counted(consistency.writers, 'writer')}, ${counted(consistency.flushes, 'journal commit')}, ${counted(consistency.repeated, 'repeated event')}\n`,
    );
    const notes = observations.filter(({ code }) => code !== 'unfinished');
    const unfinished = observations.length - notes.length;
    if (unfinished > 0) out(`note: ${counted(unfinished, 'session')} without an end: still active, or interrupted\n`);
    for (const { where, message } of notes.slice(0, MOST)) out(`note: ${terminalText(where)}: ${terminalText(message)}\n`);
    if (notes.length > MOST) out(`note: ${notes.length - MOST} more; --json has all\n`);
    for (const { where, message } of faults.slice(0, MOST)) out(`fault: ${terminalText(where)}: ${terminalText(message)}\n`);
    if (faults.length > MOST) out(`fault: ${faults.length - MOST} more; --json has all\n`);
    out(
      faults.length === 0
        ? `the journal of ${describeTrace(trace)} is sound\n`
        : `the journal of ${describeTrace(trace)} has ${counted(faults.length, 'fault')}\n`,
    );
    return faults.length > 0 ? 1 : 0;
  },
};
