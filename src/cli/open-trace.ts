/** Opens a trace to read it: takes in what waits, and brings the trace from the remote if it is not here. */
import { fail, isTraceError, messageOf } from '../core/errors.ts';
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { flush } from '../journal/flush.ts';
import { type JournalContents, readRoot } from '../journal/read.ts';
import { wholeTrace } from '../sync/whole.ts';
import type { Context } from './context.ts';
import { recordEdits } from './edits.ts';
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
  let why: string | undefined;
  if (whole === undefined) {
    try {
      const remote = options.remote ?? defaultRemote(repository.config, (await repository.head()).branch);
      const { fetchTraces } = await import('../sync/fetch.ts');
      await fetchTraces(ports, remote, [trace]);
      whole = await wholeTrace(ports, trace);
      why = `'${remote}' has none either`;
    } catch (error) {
      if (!isTraceError(error)) throw error;
      why = error.message;
    }
  }
  if (whole === undefined) {
    throw fail('no-such-trace', `there is no trace of ${describeTrace(trace)} here${why === undefined ? '' : `, and ${why}`}`, [
      "'git trace list' lists those that are here",
      ...(ports.files.exists('hook.sh') ? [] : ["nothing is recorded in this clone by itself; 'git trace init' begins with it"]),
    ]);
  }
  return readRoot(whole.objects, whole.root);
}
