/** Opens a trace to read it: takes in what waits, and brings the trace from the remote if it is not here. */
import { fail, isTraceError, messageOf } from '../core/errors.ts';
<<<<<<< HEAD
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { flush } from '../journal/flush.ts';
import { type JournalContents, readRoot } from '../journal/read.ts';
import { wholeTrace } from '../sync/whole.ts';
=======
import { describeTrace, journalRef, type TraceName } from '../core/trace-name.ts';
import { type JournalContents, readJournal } from '../journal/read.ts';
>>>>>>> 4ef257a (cli: reading a trace loads no recording; a bench of the summary)
import type { Context } from './context.ts';
import { defaultRemote } from './remote.ts';

/**
 * The journal of a trace, fetched if it is not here.
 *
 * @param options `boundary`: what the command is called in the edits that it makes known
 * @throws no-such-trace
 */
export async function openTrace(
  context: Context,
  trace: TraceName,
  options: { readonly remote: string | undefined; readonly boundary: string },
): Promise<JournalContents> {
<<<<<<< HEAD
  const ports = await context.flushPorts();
  const { repository } = ports;
  await recordEdits(context, options.boundary);
  try {
    await flush(ports, { wait: 2_000 });
  } catch (error) {
    // reading goes on where writing cannot: a read-only clone, a full disk, a busy flusher
    context.output.say(`warning: what waits in the spool is not shown: ${messageOf(error)}`);
  }
  let whole = await wholeTrace(ports, trace);
=======
  const [repository, files] = [await context.repository(), await context.files()];
  const ref = journalRef(trace);
  // where nothing waits and nobody records, the tools of recording need not even be loaded
  if (files.exists('hook.sh') || files.list('spool').length > 0) await takeIn(context, options.boundary);
  let tip = await repository.refs.get(ref);
>>>>>>> 4ef257a (cli: reading a trace loads no recording; a bench of the summary)
  let why: string | undefined;
  if (whole === undefined) {
    try {
      const remote = options.remote ?? defaultRemote(repository.config, (await repository.head()).branch);
      const { fetchTraces } = await import('../sync/fetch.ts');
<<<<<<< HEAD
      await fetchTraces(ports, remote, [trace]);
      whole = await wholeTrace(ports, trace);
=======
      await fetchTraces(await context.flushPorts(), remote, [trace]);
      tip = await repository.refs.get(ref);
>>>>>>> 4ef257a (cli: reading a trace loads no recording; a bench of the summary)
      why = `'${remote}' has none either`;
    } catch (error) {
      if (!isTraceError(error)) throw error;
      why = error.message;
    }
  }
  if (whole === undefined) {
    throw fail('no-such-trace', `there is no trace of ${describeTrace(trace)} here${why === undefined ? '' : `, and ${why}`}`, [
      "'git trace list' lists those that are here",
      ...(files.exists('hook.sh') ? [] : ["nothing is recorded in this clone by itself; 'git trace init' begins with it"]),
    ]);
  }
  return readRoot(whole.objects, whole.root);
}

/** Takes what waits into the journal. */
async function takeIn(context: Context, boundary: string): Promise<void> {
  const { flush } = await import('../journal/flush.ts');
  const { recordEdits } = await import('./edits.ts');
  const ports = await context.flushPorts();
  await recordEdits(context, boundary);
  try {
    await flush(ports, { wait: 2_000 });
  } catch (error) {
    // reading goes on where writing cannot: a read-only clone, a full disk, a busy flusher
    context.output.say(`warning: what waits in the spool is not shown: ${messageOf(error)}`);
  }
}
