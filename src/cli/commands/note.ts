/** `git trace note`: a sentence of the person's own in the trace. */
import { fail, isTraceError } from '../../core/errors.ts';
import { describeTrace } from '../../core/trace-name.ts';
import { type FlushPorts, type FlushResult, flush } from '../../journal/flush.ts';
import { traceOf } from '../../journal/trace-of.ts';
import { SpoolFile } from '../../spool/append.ts';
import type { Command } from '../command.ts';
import { recordEdits } from '../edits.ts';
import { recorderPid } from '../recorder.ts';

export const note: Command = {
  name: 'note',
  summary: 'record why, in your own words',
  usage: ['note [--target <what>] <text>'],
  description: 'Adds a note to the trace of the current branch. Notes are shown in full to everyone who reads the trace.',
  options: {
    target: { type: 'string', value: '<what>', summary: 'what the note is about: a commit, file:line, or an event' },
  },
  arguments: { min: 1, max: Number.MAX_SAFE_INTEGER },
  examples: [
    ['git trace note "reproduced: empty input"', 'a note on the current branch'],
    ['git trace note --target src/a.ts:12 "racy"', 'a note on a line'],
  ],
  async run(context, input) {
    const text = input.positionals.join(' ').trim();
    if (text === '') throw fail('usage', 'the note is empty', ['usage: git trace note [--target <what>] <text>']);
    const files = await context.files();
    const place = await context.place();
    // what was edited before stands before; where a recorder runs, it has seen to that
    if (recorderPid(files) === undefined) await recordEdits(context, 'note', { quiet: true });
    const target = input.text('target');
    const spool = new SpoolFile(files, context.random, 'note', process.pid);
    const session = context.env['GITTRACE_SESSION'];
    const record = {
      place,
      ...(session === undefined ? {} : { session: { id: session } }),
      type: 'annotation',
      ts: new Date(context.clock.now()).toISOString(),
      payload: { text: text.toWellFormed(), ...(target === undefined ? {} : { target: target.toWellFormed() }) },
    };
    spool.append(record, { durable: true });
    let written: { ports: FlushPorts; held: FlushResult['held'] };
    try {
      const ports = await context.flushPorts();
      written = { ports, held: (await flush(ports, { wait: 10_000, finished: new Set([spool.name]) })).held };
    } catch (error) {
      // it is kept: whoever runs the command again has noted it twice
      if (!isTraceError(error)) throw error;
      context.output.say(`warning: the note waits in the spool: ${error.message}`);
      if (error.code === 'bad-policy') for (const hint of error.hints) context.output.say(`hint: ${hint}`);
      else context.output.say("hint: the next flush takes it; 'git trace status' tells what waits");
      return 0;
    }
    const { ports, held } = written;
    const trace = traceOf(record, ports.repository.config, context.sha256);
    const problem = held.get(trace)?.error;
    if (problem !== undefined) throw problem;
    context.output.say(`noted in ${describeTrace(trace)}`);
    return 0;
  },
};
