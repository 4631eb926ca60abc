/** Opens a trace to read it: takes in what waits, and brings the trace from the remote if it is not here. */
import { fail, isTraceError, messageOf } from '../core/errors.ts';
import { describeTrace, type TraceName } from '../core/trace-name.ts';
import { type JournalContents, readRoot } from '../journal/read.ts';
import { type WholeTrace, wholeTrace } from '../sync/whole.ts';
import type { Context } from './context.ts';
import { defaultRemote } from './remote.ts';

/**
 * The journal of a trace, fetched if it is not here.
 *
 * @param options `boundary`: what the command is called in the edits that it makes known
 * @throws no-such-trace
 */
export async function openTrace(context: Context, trace: TraceName, options: OpenOptions): Promise<JournalContents> {
  const whole = await findTrace(context, trace, options);
  return readRoot(whole.objects, whole.root);
}

interface OpenOptions {
  readonly remote: string | undefined;
  readonly boundary: string;
}

/** Where a trace is read, as {@link openTrace} would. @throws no-such-trace */
export async function findTrace(context: Context, trace: TraceName, options: OpenOptions): Promise<WholeTrace> {
  const [repository, files] = [await context.repository(), await context.files()];
  // where nothing waits and nobody records, the tools of recording need not even be loaded
  if (files.exists('hook.sh') || files.list('spool').length > 0) await takeIn(context, options.boundary);
  let whole = await wholeTrace({ repository, sha256: context.sha256 }, trace);
  let why: string | undefined;
  if (whole === undefined) {
    try {
      const remote = options.remote ?? defaultRemote(repository.config, (await repository.head()).branch);
      const { fetchTraces } = await import('../sync/fetch.ts');
      await fetchTraces(await context.flushPorts(), remote, [trace]);
      whole = await wholeTrace({ repository, sha256: context.sha256 }, trace);
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
  return whole;
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
